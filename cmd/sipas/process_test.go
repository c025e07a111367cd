package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/questionnaires"
	"sipas/survey/registry"
	"sipas/survey/sqlitestore"
)

// TestMain lets the test binary stand in for the product: with SIPAS_TEST_RUN
// set it is sipas itself, so that real processes can be started and killed.
func TestMain(m *testing.M) {
	if os.Getenv("SIPAS_TEST_RUN") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const (
	adminPassword = "mat-khau-quan-tri-1"
	startTimeout  = 60 * time.Second
)

// sipas prepares a command of the product; environment entries are NAME=value.
func sipas(ctx context.Context, environment []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "SIPAS_") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.Env = append(append(cmd.Env, "SIPAS_TEST_RUN=1", "SIPAS_ADMIN_PASSWORD="+adminPassword), environment...)
	return cmd
}

// runSipas runs a command to its end and gives what it printed.
func runSipas(t *testing.T, environment []string, input string, args ...string) (string, error) {
	t.Helper()
	cmd := sipas(t.Context(), environment, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// server is a running product process.
type server struct {
	t      *testing.T
	cmd    *exec.Cmd
	output *bytes.Buffer
	url    string
	exited chan error
}

// startServer starts a server and waits until it is ready.
func startServer(t *testing.T, environment []string, args ...string) *server {
	t.Helper()
	s := launchServer(t, environment, args...)
	s.awaitReady()
	return s
}

// launchServer starts a server and does not wait for it.
func launchServer(t *testing.T, environment []string, args ...string) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()

	s := &server{t: t, output: &bytes.Buffer{}, url: "http://" + address, exited: make(chan error, 1)}
	s.cmd = sipas(context.Background(), environment, append([]string{"serve", "--listen", address, "--public-url", s.url}, args...)...)
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.exited <- s.cmd.Wait() }()
	t.Cleanup(s.kill)
	return s
}

func (s *server) awaitReady() {
	s.t.Helper()
	until(s.t, startTimeout, "the server is ready", func() bool {
		select {
		case err := <-s.exited:
			s.exited <- err
			s.t.Fatalf("the server ended at start: %v\n%s", err, s.output)
		default:
		}
		answer, err := http.Get(s.url + "/readyz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

// kill ends the process at once, as a power cut would.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	err := <-s.exited
	s.exited <- err
}

// stop asks the process to stop and expects it to do so cleanly.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case err := <-s.exited:
		s.exited <- err
		if err != nil {
			s.t.Fatalf("the server did not stop cleanly: %v\n%s", err, s.output)
		}
	case <-time.After(edgeStopTimeout + ledgerStopTimeout):
		s.t.Fatal("the server did not stop in time")
	}
}

// call sends a JSON request and decodes the answer into result.
func (s *server) call(method, path, authorization string, body, result any) int {
	s.t.Helper()
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		content = bytes.NewReader(encoded)
	}
	req, err := http.NewRequest(method, s.url+path, content)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if result != nil {
		if err := json.Unmarshal(text, result); err != nil {
			s.t.Fatalf("%s %s answered %d %s", method, path, answer.StatusCode, text)
		}
	}
	return answer.StatusCode
}

// signIn gives an Authorization header value.
func (s *server) signIn(name, password string) string {
	s.t.Helper()
	var session struct {
		AccessToken string `json:"accessToken"`
	}
	if status := s.call(http.MethodPost, "/api/v1/session", "", map[string]string{"name": name, "password": password}, &session); status != http.StatusOK {
		s.t.Fatalf("signing in answered %d\n%s", status, s.output)
	}
	return "Bearer " + session.AccessToken
}

// openForm opens the form of a quick point and gives the point and the page's token.
func (s *server) openForm(authorization string) (point, token string) {
	s.t.Helper()
	var points struct {
		Items []struct{ Code, Questionnaire, Closed string } `json:"items"`
	}
	s.call(http.MethodGet, "/api/v1/points?size=200", authorization, nil, &points)
	for _, p := range points.Items {
		if p.Questionnaire != "quick" || p.Closed != "" {
			continue
		}
		return p.Code, s.pageToken(p.Code)
	}
	s.t.Fatal("the province has no open quick point")
	return "", ""
}

// pageToken opens a point's form and gives the page's token.
func (s *server) pageToken(point string) string {
	s.t.Helper()
	answer, err := http.Get(s.url + "/s/" + point)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	html, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	found := pageToken.FindSubmatch(html)
	if found == nil {
		s.t.Fatalf("the form of %s has no page token:\n%s", point, html)
	}
	return string(found[1])
}

// openPage opens a form and gives a submission for it with its authorization, as
// a page with scripts would send it.
func (s *server) openPage(authorization string, overall int) (page string, submission map[string]any) {
	s.t.Helper()
	point, token := s.openForm(authorization)
	return "Page " + token, submissionOf(s.t, point, token, overall)
}

// submissionOf gives what a page with scripts would send.
func submissionOf(t *testing.T, point, token string, overall int) map[string]any {
	t.Helper()
	claims := pageClaims(t, token)
	return map[string]any{
		"id": claims.ID, "point": point, "questionnaire": claims.Questionnaire, "version": claims.Version,
		"language": "vi", "capture": "qr", "answers": map[string]any{"overall": overall},
	}
}

// claims are the part of a page token that a page with scripts reads.
type claims struct {
	ID            string `json:"i"`
	Questionnaire string `json:"q"`
	Version       int    `json:"v"`
}

func pageClaims(t *testing.T, token string) claims {
	t.Helper()
	c, err := tokenClaims(token)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func tokenClaims(token string) (c claims, err error) {
	payload, _, _ := strings.Cut(token, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return c, err
	}
	err = json.Unmarshal(decoded, &c)
	return c, err
}

// submit sends one submission and gives its outcome.
func (s *server) submit(page string, submission map[string]any) string {
	s.t.Helper()
	var answer struct {
		Results []struct{ Outcome string } `json:"results"`
	}
	status := s.call(http.MethodPost, "/api/v1/responses", page, map[string]any{"responses": []any{submission}}, &answer)
	if status != http.StatusOK || len(answer.Results) != 1 {
		s.t.Fatalf("the submission was answered %d %+v\n%s", status, answer, s.output)
	}
	return answer.Results[0].Outcome
}

// answeredThisYear reads the province's overall item from the board: how many
// answered, and how many of them are satisfied. Suspicious ratings count, for the tests answer
// faster than anybody can.
func (s *server) answeredThisYear(authorization string) (n, satisfied int64) {
	s.t.Helper()
	var board struct {
		Total struct{ N, Satisfied *int64 } `json:"total"`
	}
	path := "/api/v1/results/board?flags=include&period=" + time.Now().In(survey.Vietnam).Format("2006")
	if status := s.call(http.MethodGet, path, authorization, nil, &board); status != http.StatusOK || board.Total.N == nil || board.Total.Satisfied == nil {
		s.t.Fatalf("the board answered %d without a count", status)
	}
	return *board.Total.N, *board.Total.Satisfied
}

// eachStore runs the test on the embedded store and, where a server is named, on MongoDB.
func eachStore(t *testing.T, test func(t *testing.T, environment []string)) {
	t.Run("embedded", func(t *testing.T) {
		test(t, []string{"SIPAS_DATA=" + t.TempDir()})
	})
	t.Run("mongodb", func(t *testing.T) {
		uri := os.Getenv("SIPAS_TEST_MONGODB_URI")
		if uri == "" {
			t.Skip("SIPAS_TEST_MONGODB_URI names no server (make mongo-test starts one)")
		}
		database := "sipas_process_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
		test(t, []string{"SIPAS_DATA=" + t.TempDir(), "SIPAS_MONGODB_URI=" + uri, "SIPAS_MONGODB_DATABASE=" + database})
	})
}

// Of a small province's ratings, how many are its own, and how many more each month of the year so far has.
const (
	ownRatings        = 400
	ratingsPerMonth   = 40
	suspiciousOfMonth = 10
)

// smallDemo is how many entries loadSmallDemo makes, in two streams.
var smallDemo = ownRatings + ratingsPerMonth*int(time.Now().In(survey.Vietnam).Month())

// loadSmallDemo makes a small province, with more ratings in each month of the year so far, of which
// some are suspicious: with too few of either, the figures of the year are withheld.
func loadSmallDemo(t *testing.T, environment []string) {
	t.Helper()
	if out, err := runSipas(t, environment, "", "demo", "--size", strconv.Itoa(ownRatings), "--seed", "7"); err != nil {
		t.Fatalf("demo: %v\n%s", err, out)
	}
	ctx, log := t.Context(), slog.New(slog.DiscardHandler)
	store := openStoreOf(t, environment)
	defer store.Close()
	k, err := loadKeys(&config{Data: environmentValue(environment, "SIPAS_DATA")})
	if err != nil {
		t.Fatal(err)
	}
	reg, err := openRegistry(ctx, store, time.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	led, err := openLedger(ctx, store, k, time.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	points := reg.Snapshot().Points()
	point := points[slices.IndexFunc(points, func(p survey.Point) bool { return p.Questionnaire == "quick" })]
	drafts := make([]ledger.Draft, smallDemo-ownRatings)
	now := time.Now().UTC()
	for i := range drafts {
		at := now
		if month := time.Month(1 + i/ratingsPerMonth); month != now.In(survey.Vietnam).Month() {
			at = time.Date(now.In(survey.Vietnam).Year(), month, 15, 9, 0, 0, 0, survey.Vietnam).UTC()
		}
		r := survey.Response{
			Submission: survey.Submission{ID: uuid.NewString(), Point: point.Code, Questionnaire: "quick", Version: 1, Language: survey.Vietnamese,
				Capture: survey.CaptureQR, Answers: survey.Answers{survey.Overall: survey.LevelAnswer(4)}},
			Agency: point.Agency, Delivery: point.Delivery, At: at, ReceivedAt: at,
		}
		if i%ratingsPerMonth < suspiciousOfMonth {
			r.Flags = []survey.Flag{survey.FlagFast}
		}
		drafts[i] = ledger.Draft{ID: r.ID, Kind: survey.EntryResponse}
		if drafts[i].Kept, _, err = ledger.EncodeResponse(r, questionnaires.Find("quick", 1)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := led.Append(ctx, drafts); err != nil {
		t.Fatal(err)
	}
	if err := led.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// A citizen without scripts rates, and the board moves by exactly that rating.
func TestFromTheFormToTheBoard(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		loadSmallDemo(t, environment)
		s := startServer(t, environment)
		authorization := s.signIn("admin", adminPassword)
		n, satisfied := s.answeredThisYear(authorization)
		point, token := s.openForm(authorization)
		answer, err := http.PostForm(s.url+"/s/"+point, url.Values{
			".page": {token}, ".language": {"vi"}, "overall": {"2"}, "reasons_unhappy": {"late", "guidance"}, "comment": {"Chờ hơi lâu."}, "send": {"1"},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if path := answer.Request.URL.Path; answer.StatusCode != http.StatusOK || path != "/s/"+point+"/thanks" {
			text, _ := io.ReadAll(answer.Body)
			t.Fatalf("the form led to %s with status %d\n%s", path, answer.StatusCode, text)
		}
		if nAfter, satisfiedAfter := s.answeredThisYear(authorization); nAfter != n+1 || satisfiedAfter != satisfied {
			t.Errorf("the board went from %d of %d to %d of %d, want one more answer and none more satisfied", satisfied, n, satisfiedAfter, nAfter)
		}
		s.stop()
	})
}

// The command says where the demo province is, and that it was there.
func TestDemoTwice(t *testing.T) {
	environment := []string{"SIPAS_DATA=" + t.TempDir()}
	serveIt := "Serve it with: sipas serve --data " + environmentValue(environment, "SIPAS_DATA") + "\n"
	for _, want := range []string{"The demo province is in the folder", "The demo province is already in the folder"} {
		if out := ran(t, environment, "demo", "--size", "100"); !strings.Contains(out, want) || !strings.HasSuffix(out, serveIt) || strings.Contains(out, "\r") {
			t.Errorf("%q and %q are not in\n%q", want, serveIt, out)
		}
	}
}

func TestAnsweredSubmissionSurvivesKill(t *testing.T) {
	eachStore(t, func(t *testing.T, environment []string) {
		loadSmallDemo(t, environment)
		s := startServer(t, environment)
		authorization := s.signIn("admin", adminPassword)
		before, _ := s.answeredThisYear(authorization)
		page, submission := s.openPage(authorization, 2)
		if outcome := s.submit(page, submission); outcome != "stored" {
			t.Fatalf("outcome is %s, want stored", outcome)
		}
		s.kill()

		s = startServer(t, environment)
		authorization = s.signIn("admin", adminPassword)
		if after, _ := s.answeredThisYear(authorization); after != before+1 {
			t.Errorf("the board counts %d, want %d", after, before+1)
		}
		if outcome := s.submit(page, submission); outcome != "duplicate" {
			t.Errorf("sent again after the restart, the outcome is %s, want duplicate", outcome)
		}
		submission["answers"] = map[string]any{"overall": 5}
		if outcome := s.submit(page, submission); outcome != "conflict" {
			t.Errorf("other answers under the same id are %s, want conflict", outcome)
		}
		if after, _ := s.answeredThisYear(authorization); after != before+1 {
			t.Errorf("after sending again the board counts %d, want %d", after, before+1)
		}
		s.stop()
	})
}

func TestLedgerOfAKilledServerVerifies(t *testing.T) {
	data := t.TempDir()
	environment := []string{"SIPAS_DATA=" + data}
	loadSmallDemo(t, environment)
	s := startServer(t, environment)
	page, submission := s.openPage(s.signIn("admin", adminPassword), 5)
	s.submit(page, submission)
	s.kill()

	store, err := sqlitestore.Open(t.Context(), filepath.Join(data, "sipas.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	report, err := ledger.Verify(t.Context(), store.Ledger())
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() {
		t.Errorf("the ledger does not verify: %+v", report)
	}
}

func TestUsersFromTheCommandLine(t *testing.T) {
	environment := []string{"SIPAS_DATA=" + t.TempDir()}
	if out, err := runSipas(t, environment, "a good password\n", "user", "add", "lan"); err == nil || !strings.Contains(out, "sipas serve") {
		t.Errorf("a user in a store without a province: %v\n%s", err, out)
	}
	loadSmallDemo(t, environment)
	for _, test := range []struct {
		name, input, want string
		args              []string
		refused           bool
	}{
		{"short password", "short\n", "password must have at least 10 characters", []string{"add", "lan"}, true},
		{"unknown role", "a good password\n", "role must be admin, manager or viewer", []string{"add", "lan", "--role", "king"}, true},
		{"unknown agency", "a good password\n", "agency is not known", []string{"add", "lan", "--agency", "atlantis"}, true},
		{"added", "a good password\n", "lan", []string{"add", "lan", "--role", "viewer", "--name", "Nguyễn Thị Lan"}, false},
		{"added twice", "a good password\n", "there is a user lan already", []string{"add", "lan"}, true},
		{"listed", "", "Nguyễn Thị Lan", []string{"list"}, false},
		{"password", "another password\n", "set", []string{"password", "lan"}, false},
		{"password of nobody", "another password\n", "there is no user minh", []string{"password", "minh"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := runSipas(t, environment, test.input, append([]string{"user"}, test.args...)...)
			if (err != nil) != test.refused || !strings.Contains(strings.ToLower(out), strings.ToLower(test.want)) {
				t.Errorf("error is %v (refused: %v), output %q, want %q in it", err, test.refused, out, test.want)
			}
		})
	}
	s := startServer(t, environment)
	s.signIn("lan", "another password")
	s.stop()
}

func TestStoresAreNeverMixed(t *testing.T) {
	t.Run("demo data do not load into a real province", func(t *testing.T) {
		environment := []string{"SIPAS_DATA=" + t.TempDir()}
		s := startServer(t, environment, "--demo=false")
		s.stop()
		if out, err := runSipas(t, environment, "", "demo", "--size", "100"); err == nil || !strings.Contains(out, "real province") {
			t.Errorf("error is %v: %s", err, out)
		}
	})
	t.Run("production does not open a synthetic store", func(t *testing.T) {
		environment := []string{"SIPAS_DATA=" + t.TempDir()}
		loadSmallDemo(t, environment)
		production := append(environment, "SIPAS_PUBLIC_URL=https://danhgia.example.vn",
			"SIPAS_SIGNING_KEY="+strongKey(1), "SIPAS_PAGE_KEY="+strongKey(2), "SIPAS_LEDGER_KEY="+strongKey(3))
		if out, err := runSipas(t, production, "", "serve", "--production", "--listen", "127.0.0.1:0"); err == nil || !strings.Contains(out, "synthetic") {
			t.Errorf("error is %v: %s", err, out)
		}
	})
}

func TestANewProvinceStartsWithThePlansTargets(t *testing.T) {
	environment := []string{"SIPAS_DATA=" + t.TempDir()}
	for start := range 2 {
		s := startServer(t, environment, "--demo=false")
		var targets struct {
			Items []struct{ ID string } `json:"items"`
		}
		s.call(http.MethodGet, "/api/v1/targets", s.signIn("admin", adminPassword), nil, &targets)
		if len(targets.Items) != len(registry.DefaultTargets()) {
			t.Errorf("start %d: %d targets, want %d", start+1, len(targets.Items), len(registry.DefaultTargets()))
		}
		s.stop()
	}
}

func TestHealthcheckAndVersion(t *testing.T) {
	environment := []string{"SIPAS_DATA=" + t.TempDir()}
	s := startServer(t, environment, "--demo=false")
	address := strings.TrimPrefix(s.url, "http://")
	if out, err := runSipas(t, environment, "", "healthcheck", "--listen", address); err != nil {
		t.Errorf("a ready server is not healthy: %v\n%s", err, out)
	}
	s.stop()
	if out, err := runSipas(t, environment, "", "healthcheck", "--listen", address); err == nil || !strings.Contains(out, "does not answer") {
		t.Errorf("a stopped server is healthy: %v\n%s", err, out)
	}
	if out, err := runSipas(t, environment, "", "version"); err != nil || !strings.HasPrefix(out, "sipas ") {
		t.Errorf("version: %v\n%s", err, out)
	}
}
