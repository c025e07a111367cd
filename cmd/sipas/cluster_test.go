package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/mongostore"
	"sipas/survey/sqlitestore"
	"sipas/survey/storetest"
)

// boardLimit is how late a rating taken by one node may be on another one's board.
const boardLimit = 2 * time.Second

// member is a node in this process. Its server has a URL to ask and no process to kill.
type member struct {
	*server
	store *storetest.FaultyStore
	ahead *atomic.Int64 // nanoseconds its clock is ahead of the true time
	stop  func()
}

// openStoreOf opens the store that the environment of a process names.
func openStoreOf(t *testing.T, environment []string) survey.Store {
	t.Helper()
	var store survey.Store
	var err error
	if uri := environmentValue(environment, "SIPAS_MONGODB_URI"); uri != "" {
		store, err = mongostore.Open(t.Context(), mongostore.Options{URI: uri, Database: environmentValue(environment, "SIPAS_MONGODB_DATABASE"), Timeout: mongoTimeout})
	} else {
		store, err = sqlitestore.Open(t.Context(), filepath.Join(environmentValue(environment, "SIPAS_DATA"), "sipas.db"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// startMember starts a node on the store that the environment names, with its
// own connections and a clock of its own.
func startMember(t *testing.T, environment []string, ahead time.Duration) *member {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k, err := loadKeys(&config{Data: environmentValue(environment, "SIPAS_DATA")})
	if err != nil {
		t.Fatal(err)
	}
	m := &member{server: &server{t: t, output: &bytes.Buffer{}, url: "http://" + listener.Addr().String(), exited: make(chan error, 1)}, ahead: &atomic.Int64{}}
	m.ahead.Store(int64(ahead))
	m.store = storetest.Faulty(openStoreOf(t, environment))
	now := func() time.Time { return time.Now().Add(time.Duration(m.ahead.Load())) }
	// One issuer for all nodes, as behind one load balancer.
	c := &config{Data: t.TempDir(), PublicURL: "http://localhost", AdminName: "admin", AdminPassword: adminPassword}
	log := slog.New(slog.DiscardHandler)
	n, err := openNode(t.Context(), c, k, m.store, now, log)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := firstAdministrator(t.Context(), c, n); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.run(ctx, listener, log) }()
	m.stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, m.store.Close()); err != nil {
			t.Errorf("a node did not stop cleanly: %v", err)
		}
	})
	t.Cleanup(m.stop)
	m.awaitReady()
	return m
}

// until waits until the condition holds; what other nodes write shows after a moment.
func until(t *testing.T, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

// cluster starts nodes on a small demo province, one for each clock.
func cluster(t *testing.T, environment []string, ahead ...time.Duration) []*member {
	t.Helper()
	loadSmallDemo(t, environment)
	nodes := make([]*member, len(ahead))
	for i := range nodes {
		nodes[i] = startMember(t, environment, ahead[i])
	}
	return nodes
}

// weakServer skips what the development server cannot do.
func weakServer(t *testing.T, environment []string, ability string) {
	t.Helper()
	if environmentValue(environment, "SIPAS_MONGODB_URI") != "" && os.Getenv("SIPAS_TEST_MONGODB_WEAK") != "" {
		t.Skipf("this server lacks %s", ability)
	}
}

// agree waits until the board of every node counts what the raw ledger holds.
func agree(t *testing.T, environment []string, nodes []*member, authorization string) (stored map[string]int) {
	t.Helper()
	var counted int64
	stored, counted = recount(t, environment)
	for i, node := range nodes {
		var n int64
		until(t, patience, fmt.Sprintf("node %d counts the %d ratings of the ledger", i, counted), func() bool {
			n, _ = node.answeredThisYear(authorization)
			return n == counted
		})
	}
	return stored
}

// clean verifies the ledger of the environment's store, and that all of it is readable.
func clean(t *testing.T, environment []string) {
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
}

// A rating taken by one node is on the board of every other one within two
// seconds, whatever the clocks say.
func TestARatingIsOnEveryNodesBoardInTime(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		nodes := cluster(t, environment, 0, 5*time.Second, -5*time.Second)
		// An access token of the node that is ahead is good on the one that is behind.
		authorization := nodes[1].signIn("admin", adminPassword)
		before, _ := nodes[0].answeredThisYear(authorization)
		var slowest time.Duration
		for round := range 3 * len(nodes) {
			taker := nodes[round%len(nodes)]
			page, submission := nodes[(round+1)%len(nodes)].openPage(authorization, 1+round%5)
			if outcome := taker.submit(page, submission); outcome != "stored" {
				t.Fatalf("the outcome is %s, want stored", outcome)
			}
			took := time.Now()
			for i, node := range nodes {
				until(t, boardLimit, fmt.Sprintf("node %d shows rating %d", i, round+1), func() bool {
					n, _ := node.answeredThisYear(authorization)
					return n == before+int64(round)+1
				})
			}
			slowest = max(slowest, time.Since(took))
		}
		t.Logf("the slowest of %d ratings was on all boards after %v", 3*len(nodes), slowest.Round(time.Millisecond))
	})
}

// Ratings are sent to nodes whose clocks are apart, again to any of them where
// the answer was unclear, while inserts land late and one node ends and another
// begins: each is stored and counted once, everywhere.
func TestNodesCountEveryRatingOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		nodes := cluster(t, environment, 0, 5*time.Second, -5*time.Second)
		authorization := nodes[0].signIn("admin", adminPassword)
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		troubled := func(m *member, random *rand.Rand) {
			m.store.Each(func() storetest.Fault {
				switch random.IntN(8) {
				case 0:
					return m.store.TimeOutLate(random.IntN(3))
				case 1:
					return storetest.TimeOutLanded
				case 2:
					return storetest.TimeOutLost
				}
				return nil
			})
		}
		for i, m := range nodes {
			troubled(m, rand.New(rand.NewPCG(seed, uint64(i))))
		}

		const wanted, submitters = 300, 12
		// Impatient, so that many are sent to another node before the first one has answered.
		sent := &load{codes: nodes[0].quickPoints(authorization), wait: 20 * time.Millisecond}
		sent.at.Store(&nodes[0].url)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var submitting sync.WaitGroup
		for i := range submitters {
			submitting.Go(func() { sent.submit(ctx, rand.New(rand.NewPCG(seed, uint64(100+i)))) })
		}
		// The balancer sends on to another node at every turn, and late inserts land.
		random := rand.New(rand.NewPCG(seed, 99))
		replaced := false
		for deadline := time.Now().Add(startTimeout); sent.acknowledged.Load() < wanted; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("only %d of %d ratings were acknowledged", sent.acknowledged.Load(), wanted)
			}
			sent.at.Store(&nodes[random.IntN(len(nodes))].url)
			if random.IntN(20) == 0 {
				nodes[random.IntN(len(nodes))].store.Land(t.Context())
			}
			if !replaced && sent.acknowledged.Load() >= wanted/2 {
				replaced = true
				gone := nodes[2]
				sent.at.Store(&nodes[0].url)
				gone.stop()
				nodes[2] = startMember(t, environment, -5*time.Second)
				troubled(nodes[2], rand.New(rand.NewPCG(seed, 2000)))
			}
		}
		stop()
		submitting.Wait()
		sent.finish(t)
		for _, m := range nodes {
			m.store.Each(nil)
			m.store.Land(t.Context())
		}
		stored := agree(t, environment, nodes, authorization)
		for _, id := range sent.ids {
			if stored[id] != 1 {
				t.Errorf("the acknowledged rating %s is stored %d times", id, stored[id])
			}
		}
		for id, times := range stored {
			if times != 1 {
				t.Errorf("%s is stored %d times", id, times)
			}
		}
		clean(t, environment)
		if sent.landed.Load() == 0 {
			t.Error("no rating had been stored by the node that was asked first")
		}
		t.Logf("%d ratings were acknowledged, %d only when sent again, of which %d had been stored already",
			len(sent.ids), sent.again.Load(), sent.landed.Load())
	})
}

// The same id sent to two nodes at the same moment is stored once: the other one
// is its duplicate, or a conflict where the answers differ.
func TestOneIDAtTwoNodesAtOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		nodes := cluster(t, environment, 5*time.Second, -5*time.Second)
		authorization := nodes[0].signIn("admin", adminPassword)
		const ids = 100
		var sent []string
		for i := range ids {
			page, submission := nodes[i%2].openPage(authorization, 1+i%5)
			second, want := submission, survey.OutcomeDuplicate
			if i%4 < 2 {
				second, want = map[string]any{}, survey.OutcomeConflict
				for key, value := range submission {
					second[key] = value
				}
				second["answers"] = map[string]any{"overall": 1 + (i+1)%5}
			}
			outcomes := make([]survey.Outcome, 2)
			var both sync.WaitGroup
			for j, body := range []map[string]any{submission, second} {
				both.Go(func() {
					var err error
					if outcomes[j], err = submitTo(nodes[j].url, page, body); err != nil {
						t.Error(err)
					}
				})
			}
			both.Wait()
			slices.Sort(outcomes)
			if wanted := []survey.Outcome{want, survey.OutcomeStored}; !slices.Equal(outcomes, wanted) {
				t.Errorf("id %d has the outcomes %q, want %q", i, outcomes, wanted)
			}
			sent = append(sent, submission["id"].(string))
		}
		stored := agree(t, environment, nodes, authorization)
		for _, id := range sent {
			if stored[id] != 1 {
				t.Errorf("%s is stored %d times", id, stored[id])
			}
		}
		clean(t, environment)
	})
}

// submitTo sends one submission and gives its outcome.
func submitTo(url, page string, submission map[string]any) (survey.Outcome, error) {
	body, err := json.Marshal(map[string]any{"responses": []any{submission}})
	if err != nil {
		return "", err
	}
	status, text, err := send(http.MethodPost, url+"/api/v1/responses", body, "Authorization", page)
	if err != nil {
		return "", err
	}
	var result struct {
		Results []struct{ Outcome survey.Outcome } `json:"results"`
	}
	if err := json.Unmarshal(text, &result); status != http.StatusOK || err != nil || len(result.Results) != 1 {
		return "", fmt.Errorf("a rating was answered %d %s", status, text)
	}
	return result.Results[0].Outcome, nil
}

// send sends JSON, with headers as names and values in turn.
func send(method, url string, body []byte, headers ...string) (status int, text []byte, err error) {
	answer, err := request(method, url, body, headers...)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}

func request(method, url string, body []byte, headers ...string) (*http.Response, error) {
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return http.DefaultClient.Do(req)
}

// The same refresh token used at two nodes at the same moment gives the same next
// one; after the grace it ends the session.
func TestOneRefreshTokenAtTwoNodesAtOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		weakServer(t, environment, storetest.AtomicUpdates)
		nodes := cluster(t, environment, 4*time.Second, -4*time.Second)
		renew := func(node *member, token string) (next string, status int, err error) {
			answer, err := request(http.MethodPost, node.url+"/api/v1/session/refresh", nil, "Cookie", "sipas_refresh="+token)
			if err != nil {
				return "", 0, err
			}
			defer answer.Body.Close()
			for _, cookie := range answer.Cookies() {
				next = cookie.Value
			}
			return next, answer.StatusCode, nil
		}
		answer, err := request(http.MethodPost, nodes[0].url+"/api/v1/session", []byte(`{"name":"admin","password":"`+adminPassword+`"}`))
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatal(answer.Status, err)
		}
		answer.Body.Close()
		token := answer.Cookies()[0].Value
		var used string
		for range 20 {
			next := make([]string, 2)
			var both sync.WaitGroup
			for i, node := range nodes {
				both.Go(func() {
					var status int
					var err error
					if next[i], status, err = renew(node, token); err != nil || status != http.StatusOK {
						t.Errorf("node %d answered %d, %v", i, status, err)
					}
				})
			}
			both.Wait()
			if next[0] != next[1] || next[0] == token || next[0] == "" {
				t.Fatal("two nodes give different next tokens")
			}
			used, token = token, next[0]
		}
		for _, node := range nodes {
			node.ahead.Add(int64(20 * time.Second))
		}
		if _, status, err := renew(nodes[1], used); err != nil || status != http.StatusUnauthorized {
			t.Errorf("after the grace a used-up token is answered %d, %v", status, err)
		}
		for i, node := range nodes {
			if _, status, err := renew(node, token); err != nil || status != http.StatusUnauthorized {
				t.Errorf("node %d goes on with a session whose token came back: %d, %v", i, status, err)
			}
		}
	})
}

// Of two nodes that change the same revision, one does; the other one's caller is
// shown what is stored now.
func TestOneRevisionChangedByTwoNodesAtOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		weakServer(t, environment, storetest.AtomicUpdates)
		nodes := cluster(t, environment, 5*time.Second, -5*time.Second)
		authorization := nodes[0].signIn("admin", adminPassword)
		code := nodes[0].quickPoints(authorization)[0]
		type shown struct {
			Rev           int64             `json:"rev"`
			Name          map[string]string `json:"name"`
			Fields        []string          `json:"fields"`
			Delivery      string            `json:"delivery"`
			Questionnaire string            `json:"questionnaire"`
		}
		var point shown
		nodes[0].call(http.MethodGet, "/api/v1/points/"+code, authorization, nil, &point)
		for round := range 20 {
			names := make([]string, 2)
			status, text := make([]int, 2), make([][]byte, 2)
			var both sync.WaitGroup
			for i, node := range nodes {
				names[i] = fmt.Sprintf("Quầy %d của nút %d", round, i)
				change := point
				change.Name = map[string]string{"vi": names[i]}
				body, err := json.Marshal(change)
				if err != nil {
					t.Fatal(err)
				}
				both.Go(func() {
					var err error
					if status[i], text[i], err = send(http.MethodPut, node.url+"/api/v1/points/"+code, body, "Authorization", authorization); err != nil {
						t.Error(err)
					}
				})
			}
			both.Wait()
			winner := slices.Index(status, http.StatusOK)
			if winner < 0 || status[1-winner] != http.StatusConflict {
				t.Fatalf("round %d: the changes are answered %d: %s\n%s", round, status, text[0], text[1])
			}
			var conflict struct{ Current shown }
			if err := json.Unmarshal(text[1-winner], &conflict); err != nil {
				t.Fatal(err)
			}
			if got := conflict.Current; got.Rev != point.Rev+1 || got.Name["vi"] != names[winner] {
				t.Fatalf("round %d: the loser is shown revision %d, %q; stored is %d, %q", round, got.Rev, got.Name["vi"], point.Rev+1, names[winner])
			}
			point = conflict.Current
		}
		for i, node := range nodes {
			until(t, boardLimit, fmt.Sprintf("node %d shows the last change", i), func() bool {
				var now shown
				node.call(http.MethodGet, "/api/v1/points/"+code, authorization, nil, &now)
				return now.Rev == point.Rev && now.Name["vi"] == point.Name["vi"]
			})
		}
	})
}
