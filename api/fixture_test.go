package api

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/identity"
	"sipas/survey/intake"
	"sipas/survey/languages"
	"sipas/survey/ledger"
	"sipas/survey/pulse"
	"sipas/survey/questionnaires"
	"sipas/survey/receipts"
	"sipas/survey/registry"
	"sipas/survey/results"
	"sipas/survey/sqlitestore"
	"sipas/survey/storetest"
	"sipas/survey/suspicion"
)

const publicURL = "https://danhgia.example.vn"

const password = "mot-mat-khau-dai"

// world is a small province with the application in front of it.
type world struct {
	t      *testing.T
	server *server
	store  *storetest.FaultyStore // without faults unless a test sets them
	ledger *ledger.Ledger
	log    *safeBuffer
	append *faultyAppender

	mu  sync.Mutex
	now time.Time

	kiosk, other survey.Kiosk // both at quick, never enrolled

	quick, oneField, full, short, every, closed survey.Point // points, by what they ask
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// faultyAppender is the ledger, out of order while fail is set.
type faultyAppender struct {
	*ledger.Ledger
	fail  error
	panic bool
}

func (f *faultyAppender) Append(ctx context.Context, drafts []ledger.Draft) ([]ledger.Appended, error) {
	if f.panic {
		panic("ledger: a secret of the process")
	}
	if f.fail != nil {
		return nil, f.fail
	}
	return f.Ledger.Append(ctx, drafts)
}

func text(vi, en string) survey.Text {
	return survey.Text{survey.Vietnamese: vi, survey.English: en}
}

// everyType is a form with every type of item, each conditional on the one before it.
var everyType = &survey.Questionnaire{
	ID: "every", Version: 1, Title: text("Mọi loại câu hỏi", "Every type"),
	Sections: []survey.Section{{ID: "one", Title: text("Một", "One"), Items: []string{"hello", "overall", "visit"}},
		{ID: "two", Title: text("Hai", "Two"), Items: []string{"late", "hours", "why", "more"}}},
	Items: []survey.Item{
		{ID: "hello", Type: survey.ItemInfo, Text: text("Xin chào", "Hello")},
		{ID: "overall", Type: survey.ItemRating, Text: text("Hài lòng?", "Satisfied?"), Required: true, NA: true},
		{ID: "visit", Type: survey.ItemSingle, Text: text("Lần thứ mấy?", "Which visit?"), Required: true,
			Options: []survey.Option{{ID: "first", Text: text("Đầu tiên", "First")}, {ID: "again", Text: text("Lần nữa", "Again")}}},
		{ID: "late", Type: survey.ItemYesNo, Text: text("Có trễ không?", "Was it late?"), Required: true,
			ShowWhen: &survey.Condition{Item: "visit", In: []survey.Answer{survey.TextAnswer("again")}}},
		{ID: "hours", Type: survey.ItemNumber, Text: text("Mấy giờ?", "How many hours?"), Required: true, Max: 100,
			ShowWhen: &survey.Condition{Item: "late", In: []survey.Answer{survey.BoolAnswer(true)}}},
		{ID: "why", Type: survey.ItemMultiple, Text: text("Vì sao?", "Why?"), Max: 1,
			Options:  []survey.Option{{ID: "queue", Text: text("Đông", "Queue")}, {ID: "papers", Text: text("Giấy tờ", "Papers")}},
			ShowWhen: &survey.Condition{Item: "late", In: []survey.Answer{survey.BoolAnswer(true)}}},
		{ID: "more", Type: survey.ItemText, Text: text("Thêm?", "More?"), Max: 20},
	},
}

type worldOption func(*Options, *survey.Identity)

func withFrontend(files fs.FS) worldOption {
	return func(o *Options, _ *survey.Identity) { o.Frontend = files }
}

func synthetic(o *Options, id *survey.Identity) { id.Synthetic = true }

func newWorld(t *testing.T, options ...worldOption) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{t: t, now: time.Date(2026, 11, 23, 7, 33, 46, 123e6, time.UTC), log: &safeBuffer{}}
	clock := func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }
	o := Options{PublicURL: publicURL, SigningKey: bytes.Repeat([]byte("k"), MinKeyBytes), PageKey: bytes.Repeat([]byte("p"), 32), Now: clock, Version: "test",
		Log: slog.New(slog.NewTextHandler(w.log, nil))}
	id := survey.Identity{ID: "store", CreatedAt: w.now}
	for _, option := range options {
		option(&o, &id)
	}
	file, err := sqlitestore.Open(ctx, filepath.Join(t.TempDir(), "province.db"))
	w.must(err)
	store := storetest.Faulty(file)
	w.store = store
	t.Cleanup(func() { _ = store.Close() })
	w.must(store.Create(ctx, id))
	forms, err := languages.Translate(append(questionnaires.All(), everyType), further)
	w.must(err)
	o.Registry, err = registry.Open(ctx, registry.Options{Store: store, Now: clock, Random: rand.Reader, Questionnaires: forms, Languages: Languages()})
	w.must(err)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	w.ledger, err = ledger.Open(ctx, ledger.Options{Store: store.Ledger(), Key: key, Now: clock, Random: rand.Reader, Timeout: 2 * time.Second})
	w.must(err)
	t.Cleanup(func() { _ = w.ledger.Close(ctx) })
	figures := results.New(results.Options{Registry: o.Registry, Entries: store.Ledger(), Now: clock})
	w.ledger.Subscribe(figures.Consume)
	w.must(w.ledger.CatchUp(ctx))
	o.Results = figures
	o.Reviewer = &suspicion.Reviewer{Registry: o.Registry, Ledger: w.ledger, Store: store.Ledger(), Counted: figures, Now: clock}
	o.Ready = store.Ping
	o.Identity = identity.New(identity.Options{Store: store, Registry: o.Registry, Now: clock, Random: rand.Reader})
	w.append = &faultyAppender{Ledger: w.ledger}
	o.Pulse = pulse.New(store.Heartbeats(), slog.New(slog.DiscardHandler))
	o.Receipts = receipts.New(receipts.Options{Store: store, Registry: o.Registry, Key: o.PageKey, Now: clock, Random: rand.Reader})
	o.Intake = intake.New(intake.Options{Registry: o.Registry, Ledger: w.append, PageKey: o.PageKey, Receipts: o.Receipts, Now: clock, Languages: Languages()})

	agency := func(id, parent string, kind survey.AgencyKind, level survey.AgencyLevel, vi, en string) survey.Agency {
		return survey.Agency{ID: id, Parent: parent, Kind: kind, Level: level, Name: text(vi, en), ValidFrom: "2025-07-01"}
	}
	w.must(o.Registry.Load(ctx, registry.Catalogue{
		Fields: registry.DefaultFields(), Targets: registry.DefaultTargets(),
		Agencies: []survey.Agency{
			agency("tinh", "", survey.KindProvince, survey.LevelProvince, "Tỉnh Hải Long", "Hai Long"),
			agency("phuong-dong", "tinh", survey.KindCommune, survey.LevelCommune, "Phường Đông Hải", "Dong Hai Ward"),
			agency("phuong-tay", "tinh", survey.KindCommune, survey.LevelCommune, "Phường Tây Hồ", "Tay Ho Ward"),
		},
		Procedures: []survey.Procedure{{ID: "cap-giay", Field: "dat-dai", Name: text("Cấp giấy chứng nhận", "Land certificate")}},
		Volumes: []survey.Volume{{Agency: "phuong-dong", Month: "2026-09", Files: map[string]int64{"dat-dai": 40}},
			{Agency: "phuong-tay", Month: "2026-09", Files: map[string]int64{"dat-dai": 30}}},
	}))
	point := func(agency, name, form string, fields ...string) survey.Point {
		p, err := o.Registry.CreatePoint(ctx, survey.System, survey.Point{Agency: agency, Name: text(name, "Desk "+name), Fields: fields,
			Delivery: survey.DeliveryCounter, Questionnaire: form})
		w.must(err)
		return p
	}
	w.quick = point("phuong-dong", "Quầy 1", "quick", "dat-dai", "ho-tich", "chung-thuc")
	w.oneField = point("phuong-tay", "Quầy 2", "quick", "ho-tich")
	w.full = point("phuong-dong", "Quầy 3", "full")
	w.short = point("phuong-dong", "Quầy 4", "short")
	w.every = point("phuong-dong", "Quầy 5", "every")
	w.closed = point("phuong-dong", "Quầy 6", "quick")
	w.closed.Closed = "2026-01-01"
	w.closed, err = o.Registry.UpdatePoint(ctx, survey.System, w.closed)
	w.must(err)
	for name, kiosk := range map[string]*survey.Kiosk{"Máy 1": &w.kiosk, "Máy 2": &w.other} {
		*kiosk, err = o.Registry.CreateKiosk(ctx, survey.System, survey.Kiosk{Name: name, Point: w.quick.Code})
		w.must(err)
	}
	for _, c := range []survey.Campaign{
		{ID: "quy-4-2026", Name: text("Quý IV/2026", "Q4 2026"), Kind: survey.CampaignContinuous, Agency: "tinh", Questionnaire: "quick", From: "2026-10-01", To: "2026-12-31"},
		{ID: "dieu-tra-2026", Name: text("Điều tra 2026", "Survey of 2026"), Kind: survey.CampaignSampled, Agency: "tinh", Questionnaire: "full", From: "2026-10-01", To: "2026-12-15",
			Unit: survey.UnitPerson, Strata: []survey.Stratum{{ID: "dong", Name: text("Đông", "East"), Agencies: []string{"phuong-dong"}, Population: 40, Planned: 20}}},
		{ID: "dong-2026", Name: text("Điều tra phường Đông", "Survey of the East ward"), Kind: survey.CampaignSampled, Agency: "phuong-dong", Questionnaire: "quick", From: "2026-08-01", To: "2026-08-31",
			Unit: survey.UnitPerson, Strata: []survey.Stratum{{ID: "dong", Name: text("Đông", "East"), Agencies: []string{"phuong-dong"}, Population: 40, Planned: 20}}},
	} {
		_, err := o.Registry.CreateCampaign(ctx, survey.System, c)
		w.must(err)
	}
	w.server = newServer(o)
	t.Cleanup(func() { _ = w.server.uploads.stop() })
	return w
}

// users are one person of every role, in and out of phuong-dong.
var users = map[string][]survey.Grant{
	"viewer":     {{Role: survey.RoleViewer, Agency: "phuong-dong"}},
	"manager":    {{Role: survey.RoleManager, Agency: "phuong-dong"}},
	"viewerOut":  {{Role: survey.RoleViewer, Agency: "phuong-tay"}},
	"managerOut": {{Role: survey.RoleManager, Agency: "phuong-tay"}},
	"admin":      {{Role: survey.RoleAdmin}},
}

// addUsers puts the users straight into the store: hashing their passwords is slow and not the point.
func (w *world) addUsers() {
	for name, grants := range users {
		w.must(w.store.Users().Create(context.Background(), survey.User{ID: strings.ToLower(name), Name: name, Grants: grants, Versioned: survey.Versioned{Rev: 1}}))
	}
}

func (w *world) token(user string) string {
	token, _, err := w.server.tokens.issue(strings.ToLower(user))
	w.must(err)
	return "Bearer " + token
}

// enrol makes a device of the kiosk and gives its Authorization.
func (w *world) enrol(kiosk survey.Kiosk) string {
	w.t.Helper()
	code, _, err := w.server.identity.IssueEnrolment(context.Background(), survey.System, kiosk.ID)
	w.must(err)
	_, token, err := w.server.identity.Enrol(context.Background(), code)
	w.must(err)
	return "Kiosk " + token
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// answer is a response read to its end.
type answer struct {
	*http.Response
	body string
}

func (w *world) do(method, target, body string, headers ...string) answer {
	w.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := w.server.app.Test(r, -1)
	w.must(err)
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	w.must(err)
	return answer{resp, string(content)}
}

func (w *world) get(target string, headers ...string) answer {
	w.t.Helper()
	return w.do(http.MethodGet, target, "", headers...)
}

func (w *world) postJSON(target, body string, headers ...string) answer {
	w.t.Helper()
	return w.do(http.MethodPost, target, body, append(headers, "Content-Type", "application/json")...)
}

// postForm sends a form as a browser does; values alternate between name and value.
func (w *world) postForm(target string, values ...string) answer {
	w.t.Helper()
	return w.do(http.MethodPost, target, form(values...), "Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html")
}

// form writes names and values, which alternate, as the body of a form.
func form(values ...string) string {
	form := url.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		form.Add(values[i], values[i+1])
	}
	return form.Encode()
}

// open shows a point's form and gives its page token.
func (w *world) open(p survey.Point) string {
	w.t.Helper()
	a := w.get("/s/" + p.Code)
	if a.StatusCode != http.StatusOK {
		w.t.Fatalf("the form answers %d: %s", a.StatusCode, a.body)
	}
	return a.pageToken(w.t)
}

var tokenControl = regexp.MustCompile(`name="\.page" value="([^"]*)"`)

func (a answer) pageToken(t *testing.T) string {
	t.Helper()
	found := tokenControl.FindStringSubmatch(a.body)
	if found == nil {
		t.Fatal("the page has no token")
	}
	return html.UnescapeString(found[1])
}

func (a answer) problem(t *testing.T) Problem {
	t.Helper()
	var p Problem
	if got := a.Header.Get("Content-Type"); got != problemType {
		t.Fatalf("content type %q, want %q; status %d, body %s", got, problemType, a.StatusCode, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != a.StatusCode || p.Type != "urn:sipas:problem:"+string(p.Code) || p.Title == "" || p.Detail == "" || p.RequestID == "" ||
		p.Errors == nil || p.Params == nil {
		t.Fatalf("incomplete problem: %s", a.body)
	}
	if id := a.Header.Get("X-Request-Id"); id != p.RequestID {
		t.Fatalf("request id %q in the header, %q in the problem", id, p.RequestID)
	}
	return p
}

// stored reads every response of the ledger.
func (w *world) stored() []survey.Response {
	w.t.Helper()
	ctx := context.Background()
	streams, err := w.store.Ledger().Streams(ctx)
	w.must(err)
	var all []survey.Response
	for _, stream := range streams {
		entries, err := w.store.Ledger().Read(ctx, stream.ID, 0, 1000)
		w.must(err)
		for _, e := range entries {
			if e.Kind != survey.EntryResponse {
				continue
			}
			r, err := ledger.DecodeResponse(e)
			w.must(err)
			all = append(all, r)
		}
	}
	return all
}

func (w *world) theOne() survey.Response {
	w.t.Helper()
	all := w.stored()
	if len(all) != 1 {
		w.t.Fatalf("%d responses are stored, want 1", len(all))
	}
	return all[0]
}

func contains(t *testing.T, body string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(body, want) {
			t.Errorf("the body lacks %q", want)
		}
	}
}

func lacks(t *testing.T, body string, unwanted ...string) {
	t.Helper()
	for _, s := range unwanted {
		if strings.Contains(body, s) {
			t.Errorf("the body has %q", s)
		}
	}
}

// retrying is a ledger that cannot say yet.
type retrying struct{}

func (retrying) Append(_ context.Context, drafts []ledger.Draft) ([]ledger.Appended, error) {
	all := make([]ledger.Appended, len(drafts))
	for i := range all {
		all[i].Outcome = survey.OutcomeRetry
	}
	return all, nil
}

// intakeWith is the world's way in with another ledger behind it.
func intakeWith(w *world, l intake.Appender) *intake.Service {
	return intake.New(intake.Options{Registry: w.server.registry, Ledger: l, PageKey: bytes.Repeat([]byte("p"), 32), Now: w.server.now})
}

// listen serves the world on a loopback address, for what Fiber's own test helper cannot show.
func (w *world) listen() string {
	w.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	go func() { _ = w.server.app.Listener(listener) }()
	w.t.Cleanup(func() { _ = w.server.app.Shutdown() })
	return "http://" + listener.Addr().String()
}
