package main

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// proxy stands between servers and their database, so that the way can be cut.
type proxy struct {
	t        *testing.T
	to       string
	address  string
	listener net.Listener

	mu    sync.Mutex
	hung  bool
	conns []net.Conn
}

// proxied gives the environment with a proxy before its MongoDB server.
func proxied(t *testing.T, environment []string) ([]string, *proxy) {
	t.Helper()
	uri, err := url.Parse(environmentValue(environment, "SIPAS_MONGODB_URI"))
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, to: uri.Host, address: "127.0.0.1:0"}
	p.listen()
	t.Cleanup(p.cut)
	uri.Host = p.address
	query := uri.Query()
	query.Set("directConnection", "true") // the server names itself by its own address
	uri.RawQuery = query.Encode()
	if uri.Path == "" {
		uri.Path = "/"
	}
	var out []string
	for _, entry := range environment {
		if strings.HasPrefix(entry, "SIPAS_MONGODB_URI=") {
			entry = "SIPAS_MONGODB_URI=" + uri.String()
		}
		out = append(out, entry)
	}
	return out, p
}

func (p *proxy) listen() {
	p.t.Helper()
	listener, err := net.Listen("tcp", p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.address, p.listener = listener.Addr().String(), listener
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if !p.keep(conn) {
				continue // it waits for an answer that never comes
			}
			far, err := net.Dial("tcp", p.to)
			if err != nil {
				conn.Close()
				continue
			}
			p.keep(far)
			go p.pass(conn, far)
			go p.pass(far, conn)
		}
	}()
}

// keep remembers a connection; false while the way is hung.
func (p *proxy) keep(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, conn)
	return !p.hung
}

// pass copies what comes in, and swallows it while the way is hung.
func (p *proxy) pass(from, to net.Conn) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		p.mu.Lock()
		hung := p.hung
		p.mu.Unlock()
		if n > 0 && !hung {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cut drops every connection and refuses new ones.
func (p *proxy) cut() {
	p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.conns {
		conn.Close()
	}
	p.conns = nil
}

// hang keeps every connection and takes new ones, but answers nothing.
func (p *proxy) hang() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hung = true
}

// heal lets everything through again; what was lost on the way stays lost.
func (p *proxy) heal() {
	p.cut()
	p.mu.Lock()
	p.hung = false
	p.mu.Unlock()
	p.listen()
}

const (
	answerLimit   = 15 * time.Second // no answer may take longer, however the store is away
	settledLimit  = 4 * time.Second  // nor than this once it has been away for a while
	recoveryLimit = 5 * time.Second  // after this much, ratings are stored again
)

// A server whose database cannot be reached, or does not answer, says so in
// time, goes on with what needs no store, loses nothing it acknowledged, and works
// again by itself within seconds.
func TestAnUnreachableDatabase(t *testing.T) {
	for _, test := range []struct {
		name  string
		sever func(p *proxy)
	}{{"cut", (*proxy).cut}, {"hung", (*proxy).hang}} {
		t.Run(test.name, func(t *testing.T) {
			eachStore(t, func(t *testing.T, environment []string) {
				if environmentValue(environment, "SIPAS_MONGODB_URI") == "" {
					t.Skip("the embedded store is reached without a network")
				}
				loadSmallDemo(t, environment)
				beyond, way := proxied(t, environment)
				s := startServer(t, beyond)
				authorization := s.signIn("admin", adminPassword)
				form, token := s.openForm(authorization)
				device := s.enrol(authorization, form)
				sent := &load{codes: s.quickPoints(authorization)}
				sent.at.Store(&s.url)
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				var submitting sync.WaitGroup
				for i := range 8 {
					submitting.Go(func() { sent.submit(ctx, rand.New(rand.NewPCG(1, uint64(i)))) })
				}
				until(t, startTimeout, "ratings are stored", func() bool { return sent.acknowledged.Load() > 20 })

				test.sever(way)
				slowest := map[bool]time.Duration{}
				ask := func(settled bool, what string, want int, method, path string, body string, headers ...string) http.Header {
					began := time.Now()
					answer, err := request(method, s.url+path, []byte(body), headers...)
					if err != nil {
						t.Errorf("%s: %v", what, err)
						return nil
					}
					defer answer.Body.Close()
					text, _ := io.ReadAll(answer.Body)
					took := time.Since(began)
					slowest[settled] = max(slowest[settled], took)
					limit := answerLimit
					if settled {
						limit = settledLimit
					}
					if took > limit || answer.StatusCode != want {
						t.Errorf("%s: answered %d after %v, want %d within %v\n%s", what, answer.StatusCode, took, want, limit, text)
					}
					if want == http.StatusServiceUnavailable && strings.HasPrefix(path, "/api/") && (answer.Header.Get("Retry-After") == "" || !strings.Contains(string(text), answer.Header.Get("X-Request-Id"))) {
						t.Errorf("%s: no Retry-After or no request id: %v\n%s", what, answer.Header, text)
					}
					return answer.Header
				}
				filled := url.Values{".page": {token}, ".language": {"vi"}, "overall": {"2"}, "comment": {"Chờ hơi lâu."}}.Encode()
				asForm := []string{"Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html"}
				ask(false, "a form", http.StatusServiceUnavailable, http.MethodPost, "/s/"+form, filled, asForm...)
				ask(false, "signing in", http.StatusServiceUnavailable, http.MethodPost, "/api/v1/session", `{"name":"admin","password":"`+adminPassword+`"}`)
				until(t, patience, "the server is not ready", func() bool {
					answer, err := http.Get(s.url + "/readyz")
					if err != nil {
						return false
					}
					answer.Body.Close()
					return answer.StatusCode == http.StatusServiceUnavailable
				})
				later := s.pageToken(form) // the form is shown nevertheless
				submission := submissionOf(t, form, later, 4)
				rating := oneRating(t, submission)
				submission["id"], submission["capture"] = uuid.NewString(), "kiosk"
				kioskRating := oneRating(t, submission)
				for _, request := range []struct {
					what, method, path, body string
					want                     int
					headers                  []string
				}{
					{"a rating", http.MethodPost, "/api/v1/responses", rating, 503, []string{"Authorization", "Page " + later}},
					{"a kiosk", http.MethodPost, "/api/v1/responses", kioskRating, 503, []string{"Authorization", device}},
					{"a form", http.MethodPost, "/s/" + form, filled, 503, asForm},
					{"signing in", http.MethodPost, "/api/v1/session", `{"name":"admin","password":"` + adminPassword + `"}`, 503, nil},
					{"a change", http.MethodPost, "/api/v1/fields", `{"id":"moi","name":{"vi":"Mới"},"order":99}`, 503, []string{"Authorization", authorization}},
					{"the board", http.MethodGet, "/api/v1/results/board?period=2026", "", 200, []string{"Authorization", authorization}},
					{"readiness", http.MethodGet, "/readyz", "", 503, nil},
					{"health", http.MethodGet, "/healthz", "", 200, nil},
				} {
					ask(true, request.what, request.want, request.method, request.path, request.body, request.headers...)
				}

				before := sent.acknowledged.Load()
				way.heal()
				healed := time.Now()
				until(t, recoveryLimit, "ratings are stored again", func() bool { return sent.acknowledged.Load() > before })
				t.Logf("the slowest answer took %v, later %v; ratings were stored again after %v",
					slowest[false].Round(time.Millisecond), slowest[true].Round(time.Millisecond), time.Since(healed).Round(time.Millisecond))
				ask(true, "the form again", http.StatusOK, http.MethodPost, "/s/"+form, filled, asForm...)
				ask(true, "the kiosk again", http.StatusOK, http.MethodPost, "/api/v1/responses", kioskRating, "Authorization", device)
				stop()
				submitting.Wait()
				sent.finish(t)
				stored, counted := recount(t, environment)
				until(t, patience, "the board counts what the ledger holds", func() bool {
					n, _ := s.answeredThisYear(authorization)
					return n == counted
				})
				for _, id := range append(sent.ids, pageClaims(t, token).ID, submission["id"].(string)) {
					if stored[id] != 1 {
						t.Errorf("the acknowledged rating %s is stored %d times", id, stored[id])
					}
				}
				s.stop()
				if out, err := runSipas(t, environment, "", "verify"); err != nil {
					t.Errorf("verify: %v\n%s", err, out)
				}
			})
		})
	}
}

// oneRating is the body of a batch of one.
func oneRating(t *testing.T, submission map[string]any) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"responses": []any{submission}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// enrol makes a kiosk at the point and gives its device's Authorization.
func (s *server) enrol(authorization, point string) string {
	s.t.Helper()
	var made struct{ ID, Code, Token string }
	s.call(http.MethodPost, "/api/v1/kiosks", authorization, map[string]string{"name": "Máy 1", "point": point}, &made)
	s.call(http.MethodPost, "/api/v1/kiosks/"+made.ID+"/enrolment", authorization, nil, &made)
	if status := s.call(http.MethodPost, "/api/v1/device/enrol", "", map[string]string{"code": made.Code}, &made); status != http.StatusOK {
		s.t.Fatalf("enrolling answered %d\n%s", status, s.output)
	}
	return "Kiosk " + made.Token
}
