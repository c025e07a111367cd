package api

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"sipas/survey"
)

// metrics counts what the process did since it started. Labels are route
// patterns, methods, statuses and outcomes; nothing in them comes from a client.
type metrics struct {
	version       string
	ledgerEntries func() int64

	mu       sync.Mutex
	requests map[requestLabels]uint64
	outcomes map[survey.Outcome]uint64
}

type requestLabels struct {
	route, method string
	status        int
}

func newMetrics(version string, ledgerEntries func() int64) *metrics {
	return &metrics{version: version, ledgerEntries: ledgerEntries,
		requests: map[requestLabels]uint64{}, outcomes: map[survey.Outcome]uint64{}}
}

func (m *metrics) request(route, method string, status int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests[requestLabels{route, method, status}]++
}

func (m *metrics) outcome(o survey.Outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.outcomes[o]++
}

// text writes the counters in the Prometheus text format, in a fixed order.
func (m *metrics) text() string {
	m.mu.Lock()
	requests, outcomes := maps.Clone(m.requests), maps.Clone(m.outcomes)
	m.mu.Unlock()

	var b strings.Builder
	b.WriteString("# HELP sipas_info The running program.\n# TYPE sipas_info gauge\n")
	fmt.Fprintf(&b, "sipas_info{version=%q} 1\n", m.version)

	b.WriteString("# HELP sipas_http_requests_total Requests answered, by route pattern.\n# TYPE sipas_http_requests_total counter\n")
	var lines []string
	for l, n := range requests {
		lines = append(lines, fmt.Sprintf("sipas_http_requests_total{route=%q,method=%q,status=\"%d\"} %d\n", l.route, l.method, l.status, n))
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, ""))

	b.WriteString("# HELP sipas_responses_total Submitted responses, by outcome.\n# TYPE sipas_responses_total counter\n")
	for _, o := range slices.Sorted(maps.Keys(outcomes)) {
		fmt.Fprintf(&b, "sipas_responses_total{outcome=%q} %d\n", o, outcomes[o])
	}
	if m.ledgerEntries != nil {
		b.WriteString("# HELP sipas_ledger_entries Ledger entries known to this process.\n# TYPE sipas_ledger_entries gauge\n")
		fmt.Fprintf(&b, "sipas_ledger_entries %d\n", m.ledgerEntries())
	}
	return b.String()
}

func (s *server) metricsPage(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentType, "text/plain; version=0.0.4; charset=utf-8")
	return c.SendString(s.metrics.text())
}

// health answers as long as the process can answer at all.
func (s *server) health(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.SendString("ok\n")
}

// readinessLimit bounds how long a load balancer waits for readiness.
const readinessLimit = 2 * time.Second

// readiness answers 200 where the store can be read and written now, else 503.
func (s *server) readiness(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), readinessLimit)
	defer cancel()
	c.Set(fiber.HeaderCacheControl, "no-store")
	if err := s.ready(ctx); err != nil {
		s.log.Warn("not ready", "cause", err.Error())
		return c.Status(http.StatusServiceUnavailable).SendString("not ready\n")
	}
	return c.SendString("ready\n")
}
