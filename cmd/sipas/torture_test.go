package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
)

// raceDetector says that the tests were built with the race detector.
var raceDetector bool

const (
	tortureSubmitters  = 16
	tortureKills       = 20 // SIPAS_TORTURE_KILLS says otherwise
	tortureKillsRemote = 5  // where a server needs several seconds to start
	patience           = 10 * time.Second
)

// TestTorture: a server is killed at random moments under load and started
// again, some while they start or make the day's seal; submitters send again what
// was not acknowledged. Nothing that was acknowledged is lost or doubled, nothing
// is half-written, the ledger verifies and so do a seal made at the beginning and
// the one a server was making, and the board counts what the ledger holds.
func TestTorture(t *testing.T) {
	if testing.Short() {
		t.Skip("TestTorture takes long; run it without -short, or with: make torture")
	}
	if raceDetector {
		t.Skip("TestTorture is skipped under the race detector: its servers are processes of their own, and too slow with it; run: make torture")
	}
	eachStore(t, func(t *testing.T, environment []string) {
		kills := tortureKills
		if environmentValue(environment, "SIPAS_MONGODB_URI") != "" {
			kills = tortureKillsRemote
		}
		if text := os.Getenv("SIPAS_TORTURE_KILLS"); text != "" {
			var err error
			if kills, err = strconv.Atoi(text); err != nil || kills < 1 {
				t.Fatalf("SIPAS_TORTURE_KILLS is %q, want a number of kills", text)
			}
		}
		torture(t, environment, kills)
	})
}

func torture(t *testing.T, environment []string, kills int) {
	loadSmallDemo(t, environment)
	seal := filepath.Join(t.TempDir(), "seal.json")
	if out, err := runSipas(t, environment, "", "seal", seal); err != nil {
		t.Fatalf("seal: %v\n%s", err, out)
	}
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)

	s := startServer(t, environment)
	load := &load{codes: s.quickPoints(s.signIn("admin", adminPassword))}
	load.at.Store(&s.url)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var submitters sync.WaitGroup
	for i := range tortureSubmitters {
		submitters.Go(func() { load.submit(ctx, rand.New(rand.NewPCG(seed, uint64(i+1)))) })
	}
	early := 0
	for kill := range kills {
		// Some kills hit a server that is just warm, some one in full swing.
		awaited := load.acknowledged.Load() + int64(random.IntN(200))
		for deadline := time.Now().Add(startTimeout); load.acknowledged.Load() <= awaited; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("before kill %d: %d acknowledged, no more come in\n%s", kill+1, load.acknowledged.Load(), s.output)
			}
		}
		time.Sleep(time.Duration(random.IntN(20_000)) * time.Microsecond) // the moment is random, nothing is waited for
		s.kill()
		// Every server seals its ledger anew, and some do not live to be ready.
		for random.IntN(3) == 0 {
			unseal(t, environment)
			s = launchServer(t, environment)
			time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond) // random, too
			s.kill()
			early++
		}
		unseal(t, environment)
		s = startServer(t, environment)
		load.at.Store(&s.url)
	}
	stop()
	submitters.Wait()
	load.finish(t)
	ids := load.ids
	t.Logf("%d ratings were acknowledged over %d kills and %d more before a server was ready, %d of them only when sent again, of which %d had been stored already",
		len(ids), kills, early, load.again.Load(), load.landed.Load())
	if load.again.Load() == 0 {
		t.Error("no kill hit a rating under way")
	}
	// The last insert of a killed server may land late, and is then followed.
	authorization := s.signIn("admin", adminPassword)
	stored, counted := recount(t, environment)
	n, _ := s.answeredThisYear(authorization)
	for deadline := time.Now().Add(patience); n != counted && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		stored, counted = recount(t, environment)
		n, _ = s.answeredThisYear(authorization)
	}
	if n != counted {
		t.Errorf("the board counts %d, the ledger holds %d", n, counted)
	}
	if out, err := runSipas(t, environment, "", "verify", "--seal", seal); err != nil {
		t.Errorf("verify beside the server: %v\n%s", err, out)
	}
	s.stop()
	for _, seal := range []string{seal, dailySeal(t, environment)} {
		if out, err := runSipas(t, environment, "", "verify", "--seal", seal); err != nil {
			t.Errorf("verify: %v\n%s", err, out)
		}
	}
	whole(t, environment)
	for _, id := range ids {
		if stored[id] != 1 {
			t.Errorf("the acknowledged rating %s is stored %d times", id, stored[id])
		}
	}
	for id, times := range stored {
		if times != 1 {
			t.Errorf("%s is stored %d times", id, times)
		}
	}
}

// unseal takes the day's seal away, so that the next server makes another one.
func unseal(t *testing.T, environment []string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(environmentValue(environment, "SIPAS_DATA"), "seals")); err != nil {
		t.Fatal(err)
	}
}

// whole checks that nothing is half-written: every stream is a chain from its
// first entry on without a gap, whose entries verify and can be read, and where a
// commit is one transaction it ends with the signature of one.
func whole(t *testing.T, environment []string) {
	t.Helper()
	store := openStoreOf(t, environment)
	defer store.Close()
	report, err := ledger.Verify(t.Context(), store.Ledger())
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() {
		t.Errorf("the ledger does not verify: %+v", report.Problems())
	}
	for _, stream := range report.Streams {
		n := int64(0)
		for {
			entries, err := store.Ledger().Read(t.Context(), stream.Stream.ID, n, 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if n++; e.N != n {
					t.Fatalf("stream %s: entry %d follows %d", stream.Stream.ID, e.N, n-1)
				}
				r, err := ledger.DecodeResponse(e)
				if level, answered := r.Answers[survey.Overall].Level(); err != nil || !answered || level < survey.LevelMin || level > survey.LevelMax {
					t.Errorf("stream %s: entry %d is no whole rating: %v", stream.Stream.ID, n, err)
				}
			}
			if len(entries) < 1000 {
				break
			}
		}
		if environmentValue(environment, "SIPAS_MONGODB_URI") == "" && stream.Unsigned > 0 {
			t.Errorf("stream %s ends with %d entries of a commit that is not whole", stream.Stream.ID, stream.Unsigned)
		}
	}
}

// quickPoints lists the codes of the open points with the quick form.
func (s *server) quickPoints(authorization string) (codes []string) {
	s.t.Helper()
	var points struct {
		Items []struct{ Code, Questionnaire, Closed string } `json:"items"`
	}
	s.call(http.MethodGet, "/api/v1/points?size=200", authorization, nil, &points)
	for _, p := range points.Items {
		if p.Questionnaire == "quick" && p.Closed == "" {
			codes = append(codes, p.Code)
		}
	}
	if len(codes) == 0 {
		s.t.Fatal("the province has no open quick point")
	}
	return codes
}

// load is what the submitters share.
type load struct {
	codes []string
	at    atomic.Pointer[string] // address of the server of the moment
	wait  time.Duration          // how long the first answer is waited for before a rating is sent again; 0: as long as any

	// again counts those acknowledged only when sent again, landed those of them
	// that were stored before the kill took their answer away.
	acknowledged, again, landed atomic.Int64

	mu     sync.Mutex
	ids    []string // acknowledged
	faults []string // answers that must never come
}

func (l *load) fault(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

// finish tells of the answers that must never come.
func (l *load) finish(t *testing.T) {
	t.Helper()
	for _, fault := range l.faults[:min(len(l.faults), 20)] {
		t.Error(fault)
	}
	if slices.Sort(l.ids); len(slices.Compact(slices.Clone(l.ids))) != len(l.ids) {
		t.Error("two ratings were acknowledged under one id")
	}
}

var pageToken = regexp.MustCompile(`name="\.page" value="([^"]+)"`)

// submit opens forms and sends ratings until ctx ends. What was sent is sent
// again until it is acknowledged, also after the end: a citizen's page does not give up.
func (l *load) submit(ctx context.Context, random *rand.Rand) {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for ctx.Err() == nil {
		code := l.codes[random.IntN(len(l.codes))]
		html, status, err := l.get(client, "/s/"+code)
		if err != nil || status == http.StatusServiceUnavailable {
			time.Sleep(5 * time.Millisecond) // the server is away
			continue
		}
		found := pageToken.FindSubmatch(html)
		if status != http.StatusOK || found == nil {
			l.fault("the form of %s was answered %d without a page token", code, status)
			return
		}
		token := string(found[1])
		claims, err := tokenClaims(token)
		if err != nil {
			l.fault("a page token cannot be read: %v", err)
			return
		}
		level := 1 + random.IntN(5)
		answers := map[string]any{"overall": level}
		if random.IntN(4) == 0 {
			answers["comment"] = "Chờ hơi lâu."
		}
		body, err := json.Marshal(map[string]any{"responses": []any{map[string]any{
			"id": claims.ID, "point": code, "questionnaire": claims.Questionnaire, "version": claims.Version,
			"language": "vi", "capture": "qr", "answers": answers}}})
		if err != nil {
			l.fault("%v", err)
			return
		}
		if !l.send(client, token, claims.ID, body) {
			return
		}
	}
}

func (l *load) get(client *http.Client, path string) (text []byte, status int, err error) {
	answer, err := client.Get(*l.at.Load() + path)
	if err != nil {
		return nil, 0, err
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	return text, answer.StatusCode, err
}

// send sends one rating until it is acknowledged; false after an answer that must never come.
func (l *load) send(client *http.Client, token, id string, body []byte) bool {
	deadline := time.Now().Add(2 * startTimeout)
	for attempt := 0; time.Now().Before(deadline); attempt++ {
		client := *client
		if attempt > 0 {
			time.Sleep(5 * time.Millisecond)
		} else if l.wait > 0 {
			client.Timeout = l.wait
		}
		req, err := http.NewRequest(http.MethodPost, *l.at.Load()+"/api/v1/responses", bytes.NewReader(body))
		if err != nil {
			l.fault("%v", err)
			return false
		}
		req.Header.Set("Authorization", "Page "+token)
		req.Header.Set("Content-Type", "application/json")
		answer, err := client.Do(req)
		if err != nil {
			continue
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode == http.StatusServiceUnavailable {
			continue
		}
		var result struct {
			Results []struct{ Outcome survey.Outcome } `json:"results"`
		}
		if err := json.Unmarshal(text, &result); answer.StatusCode != http.StatusOK || err != nil || len(result.Results) != 1 {
			l.fault("a rating was answered %d %s", answer.StatusCode, text)
			return false
		}
		outcome := result.Results[0].Outcome
		switch {
		case outcome == survey.OutcomeRetry:
			continue
		case outcome == survey.OutcomeStored, outcome == survey.OutcomeDuplicate && attempt > 0:
			l.mu.Lock()
			l.ids = append(l.ids, id)
			l.mu.Unlock()
			l.acknowledged.Add(1)
			if attempt > 0 {
				l.again.Add(1)
			}
			if outcome == survey.OutcomeDuplicate {
				l.landed.Add(1)
			}
			return true
		}
		l.fault("rating %s has the outcome %s at attempt %d", id, outcome, attempt+1)
		return false
	}
	l.fault("rating %s was not acknowledged in time", id)
	return false
}

// recount reads the raw ledger past everything but the store: how often each
// response is stored, and how many of this year answer the overall item.
func recount(t *testing.T, environment []string) (stored map[string]int, answered int64) {
	t.Helper()
	store := openStoreOf(t, environment)
	defer store.Close()
	streams, err := store.Ledger().Streams(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stored = map[string]int{}
	year := time.Now().In(survey.Vietnam).Year()
	for _, stream := range streams {
		for after := int64(0); ; {
			entries, err := store.Ledger().Read(t.Context(), stream.ID, after, 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				after = e.N
				if e.Kind != survey.EntryResponse {
					continue
				}
				stored[e.ID]++
				r, err := ledger.DecodeResponse(e)
				if err != nil {
					t.Fatal(err)
				}
				if _, ok := r.Answers[survey.Overall].Level(); ok && r.At.In(survey.Vietnam).Year() == year {
					answered++
				}
			}
			if len(entries) < 1000 {
				break
			}
		}
	}
	return stored, answered
}
