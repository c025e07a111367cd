package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/importer"
)

func (w *world) announce(user, kind string, size int) Import {
	w.t.Helper()
	return read[Import](w.t, w.write(http.MethodPost, "/api/v1/imports", fmt.Sprintf(`{"kind":%q,"fileName":"C:\\Tệp\\số liệu.csv","size":%d}`, kind, size), user), http.StatusCreated)
}

func (w *world) part(user, id string, n int, content []byte) answer {
	w.t.Helper()
	return w.do(http.MethodPut, fmt.Sprintf("/api/v1/imports/%s/parts/%d", id, n), string(content), "Content-Type", "application/octet-stream", "Authorization", w.token(user))
}

func (w *world) importOf(user, id string) Import {
	w.t.Helper()
	return read[Import](w.t, w.get("/api/v1/imports/"+id, "Authorization", w.token(user)), http.StatusOK)
}

func (w *world) start(user, id string, dryRun bool) answer {
	w.t.Helper()
	return w.write(http.MethodPost, "/api/v1/imports/"+id+"/run", fmt.Sprintf(`{"dryRun":%v}`, dryRun), user)
}

// ended waits until the import is no longer running.
func (w *world) ended(user, id string) Import {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		if i := w.importOf(user, id); i.State != uploadRunning {
			return i
		}
		if time.Now().After(deadline) {
			w.t.Fatal("the import does not end")
		}
	}
}

// sent announces a file and sends it in one part.
func (w *world) sent(user, kind, content string) Import {
	w.t.Helper()
	i := w.announce(user, kind, len(content))
	return read[Import](w.t, w.part(user, i.ID, 1, []byte(content)), http.StatusOK)
}

func (w *world) runToEnd(user, id string, dryRun bool) Import {
	w.t.Helper()
	if i := read[Import](w.t, w.start(user, id, dryRun), http.StatusAccepted); i.DryRun != dryRun || i.Report != nil || i.Problem != nil {
		w.t.Errorf("started: %+v", i)
	}
	return w.ended(user, id)
}

// withImports keeps the uploaded files in a folder of the test.
func withImports(dir string) worldOption {
	return func(o *Options, _ *survey.Identity) { o.ImportDir = dir }
}

func filesIn(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return files
}

func TestImportsRefuse(t *testing.T) {
	w := newWorld(t, withImports(t.TempDir()))
	w.addUsers()
	size := uploadPart + 10
	own := w.announce("manager", "points", size)
	if own.Parts != 2 || own.PartSize != uploadPart || own.FileName != "số liệu.csv" || own.State != uploadReceiving || len(own.Received) != 0 || own.Progress.Total != nil ||
		!own.ExpiresAt.Equal(own.CreatedAt.Add(24*time.Hour)) {
		t.Errorf("announced: %+v", own)
	}
	bytesOf := func(n int) string { return strings.Repeat("x", n) }
	octets := []string{"Content-Type", "application/octet-stream"}
	for _, c := range []struct {
		name, method, target, user, body string
		headers                          []string
		status                           int
		path, reason                     string
	}{
		{"no such kind", "POST", "/api/v1/imports", "admin", `{"kind":"secret","fileName":"x","size":1}`, nil, 422, "kind", "unknownOption"},
		{"an empty file", "POST", "/api/v1/imports", "admin", `{"kind":"points","fileName":"x","size":0}`, nil, 422, "size", "range"},
		{"a file too large", "POST", "/api/v1/imports", "admin", `{"kind":"points","fileName":"x","size":67108865}`, nil, 422, "size", "range"},
		{"responses without the right", "POST", "/api/v1/imports", "manager", `{"kind":"responses","fileName":"x","size":1}`, nil, 403, "", "noRight"},
		{"a kiosk's queue without the right", "POST", "/api/v1/imports", "manager", `{"kind":"kiosk-queue","fileName":"x","size":1}`, nil, 403, "", "noRight"},
		{"agencies without the right", "POST", "/api/v1/imports", "manager", `{"kind":"agencies","fileName":"x","size":1}`, nil, 403, "", "noRight"},
		{"no such part", "PUT", "/api/v1/imports/" + own.ID + "/parts/3", "manager", "x", octets, 422, "part", "unknown"},
		{"part nought", "PUT", "/api/v1/imports/" + own.ID + "/parts/0", "manager", "x", octets, 422, "part", "unknown"},
		{"a part too short", "PUT", "/api/v1/imports/" + own.ID + "/parts/1", "manager", "x", octets, 422, "body", "range"},
		{"a last part too long", "PUT", "/api/v1/imports/" + own.ID + "/parts/2", "manager", bytesOf(11), octets, 422, "body", "range"},
		{"a part beyond its limit", "PUT", "/api/v1/imports/" + own.ID + "/parts/1", "manager", bytesOf(uploadPart + 1), octets, 413, "", "http.tooLarge"},
		{"an empty part", "PUT", "/api/v1/imports/" + own.ID + "/parts/1", "manager", "", octets, 400, "", "http.malformed"},
		{"a part of another type", "PUT", "/api/v1/imports/" + own.ID + "/parts/2", "manager", bytesOf(10), []string{"Content-Type", "text/csv"}, 415, "", "http.mediaType"},
		{"somebody else's", "PUT", "/api/v1/imports/" + own.ID + "/parts/2", "admin", bytesOf(10), octets, 404, "", ""},
		{"an unknown one", "POST", "/api/v1/imports/secret/run", "admin", `{"dryRun":true}`, nil, 404, "", ""},
		{"an incomplete one", "POST", "/api/v1/imports/" + own.ID + "/run", "manager", `{"dryRun":true}`, nil, 422, "parts", "import.incomplete"},
		{"columns of no kind", "GET", "/api/v1/imports/secret/columns", "admin", "", nil, 422, "kind", "unknownOption"},
		{"a sample of no kind", "GET", "/api/v1/imports/secret/sample.csv", "admin", "", nil, 422, "kind", "unknownOption"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.headers == nil {
				c.headers = []string{"Content-Type", "application/json"}
			}
			a := w.do(c.method, c.target, c.body, append(c.headers, "Authorization", w.token(c.user))...)
			p := a.problem(t)
			if a.StatusCode != c.status {
				t.Fatalf("got %d: %.300s", a.StatusCode, a.body)
			}
			if got := a.reasons(t)[c.path]; c.path != "" && got != c.reason || c.path == "" && p.Reason != c.reason {
				t.Errorf("%s", a.body)
			}
			lacks(t, a.body, "secret")
		})
	}
	if got := w.importOf("manager", own.ID); len(got.Received) != 0 {
		t.Errorf("parts are here: %+v", got)
	}
}

func TestAFileIsImportedDryThenForGoodThenAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "when", "needed")
	w := newWorld(t, withImports(dir))
	w.addUsers()
	csv := "agency,name_vi,fields,delivery,questionnaire\nphuong-dong,Quầy 21,dat-dai,counter,quick\nphuong-dong,Quầy 22,ho-tich,counter,quick\nphuong-tay,Quầy 23,,counter,quick\nphuong-dong,,,secret,quick\n"
	// Two parts, the last one first, one of them twice.
	content := append([]byte(csv), bytes.Repeat([]byte("\n"), uploadPart)...)
	i := w.announce("manager", "points", len(content))
	for _, n := range []int{2, 1, 2} {
		part := content[(n-1)*uploadPart : min(n*uploadPart, len(content))]
		i = read[Import](t, w.part("manager", i.ID, n, part), http.StatusOK)
	}
	if fmt.Sprint(i.Received) != "[1 2]" {
		t.Errorf("received %v", i.Received)
	}
	files := filesIn(t, dir)
	if len(files) != 1 {
		t.Fatalf("files %v", files)
	}
	if info, err := files[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v", info.Mode())
	}
	points := len(w.server.registry.Snapshot().Points())
	for _, c := range []struct {
		name                                  string
		dryRun                                bool
		created, unchanged, rejected, pointed int
	}{
		{"dry", true, 2, 0, 2, points}, {"for good", false, 2, 0, 2, points + 2}, {"again", false, 0, 2, 2, points + 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			done := w.runToEnd("manager", i.ID, c.dryRun)
			r := done.Report
			if done.State != uploadDone || done.Problem != nil || r == nil || r.Lines != 4 || r.Created != c.created || r.Unchanged != c.unchanged || r.Rejected != c.rejected ||
				done.Progress.Lines != 4 || done.Progress.Total == nil || *done.Progress.Total != 4 || r.DryRun != c.dryRun || r.FileName != "số liệu.csv" {
				t.Fatalf("%+v %+v", done, r)
			}
			if got := len(w.server.registry.Snapshot().Points()); got != c.pointed {
				t.Errorf("%d points, want %d", got, c.pointed)
			}
			if r.ProblemCount != len(r.Problems) || r.Problems[0].Line != 4 || r.Problems[0].Message == "" {
				t.Errorf("problems %+v", r.Problems)
			}
		})
	}
	english := w.get("/api/v1/imports/"+i.ID, "Authorization", w.token("manager"), "Accept-Language", "en")
	if got := read[Import](t, english, http.StatusOK); got.Report.Problems[0].Message == w.importOf("manager", i.ID).Report.Problems[0].Message {
		t.Errorf("both languages say %q", got.Report.Problems[0].Message)
	}
	lacks(t, english.body, "secret")
	lacks(t, w.log.String(), "số liệu", i.ID)
	if p := w.part("manager", i.ID, 2, content[uploadPart:]).problem(t); p.Status != http.StatusConflict || p.Reason != reasonImportStarted {
		t.Errorf("a part after the run: %+v", p)
	}
	if a := w.do(http.MethodDelete, "/api/v1/imports/"+i.ID, "", "Authorization", w.token("manager")); a.StatusCode != http.StatusNoContent {
		t.Errorf("removing it: %d %s", a.StatusCode, a.body)
	}
	if files := filesIn(t, dir); len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
}

func TestAFileThatCannotBeReadFails(t *testing.T) {
	w := newWorld(t, withImports(t.TempDir()))
	w.addUsers()
	i := w.sent("manager", "volumes", "what,ever\n1,2\n")
	failed := w.runToEnd("manager", i.ID, false)
	if failed.State != uploadFailed || failed.Report != nil || failed.Problem == nil || failed.Problem.Code != survey.CodeInvalid || len(failed.Problem.Errors) == 0 ||
		failed.Problem.Errors[0].Path != "columns" || failed.Problem.Errors[0].Message == "" {
		t.Errorf("%+v", failed)
	}
}

func TestResponsesAreImported(t *testing.T) {
	w := newWorld(t, withImports(t.TempDir()))
	w.addUsers()
	i := w.sent("admin", "responses", "point,questionnaire,version,capture,answered_at,overall\n"+w.quick.Code+",quick,1,paper,01/10/2026,5\n")
	if done := w.runToEnd("admin", i.ID, false); done.Report == nil || done.Report.Created != 1 {
		t.Fatalf("%+v %+v", done, done.Report)
	}
	if stored := w.theOne(); stored.Capture != survey.CapturePaper {
		t.Errorf("%+v", stored)
	}
	// Another node, or the command line, knows them again by the page key.
	file := []byte("point,questionnaire,version,capture,answered_at,overall\n" + w.quick.Code + ",quick,1,paper,01/10/2026,5\n")
	again, err := importer.New(importer.Options{Key: bytes.Repeat([]byte("p"), 32), Registry: w.server.registry, Intake: w.server.intake, Now: w.server.now}).
		Run(t.Context(), survey.System, importer.Job{Kind: importer.KindResponses, File: bytes.NewReader(file), Size: int64(len(file))})
	if err != nil || again.Unchanged != 1 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

func TestEveryKindHasColumnsAndASample(t *testing.T) {
	w := newWorld(t)
	w.addUsers()
	for _, kind := range importer.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			columns := read[ImportColumns](t, w.get("/api/v1/imports/"+string(kind)+"/columns", "Authorization", w.token("viewer")), http.StatusOK)
			if columns.Kind != kind || len(columns.Columns) == 0 || columns.Columns[0].Meaning[survey.English] == "" {
				t.Errorf("%+v", columns)
			}
			sample := w.get("/api/v1/imports/"+string(kind)+"/sample.csv", "Authorization", w.token("viewer"))
			if sample.Header.Get("Content-Type") != "text/csv; charset=utf-8" || sample.Header.Get("Content-Disposition") != `attachment; filename="`+string(kind)+`.csv"` ||
				sample.body != string(importer.Sample(kind)) {
				t.Errorf("%v %.100s", sample.Header, sample.body)
			}
		})
	}
}

// slowImporter waits for the test, and gives up when it is told to.
type slowImporter struct{ began, goOn chan struct{} }

func (s *slowImporter) Run(ctx context.Context, _ survey.Actor, job importer.Job) (importer.Report, error) {
	job.Progress(100, 300)
	s.began <- struct{}{}
	report := importer.Report{Lines: 100, Problems: []importer.Problem{}}
	select {
	case <-s.goOn:
		return report, nil
	case <-ctx.Done():
		return report, &survey.Error{Code: survey.CodeUnavailable, Message: "called off", Err: ctx.Err()}
	}
}

func TestRunsInTheBackground(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t, withImports(dir))
	w.addUsers()
	slow := &slowImporter{make(chan struct{}), make(chan struct{})}
	w.server.uploads.importer = slow
	first, second, third := w.sent("manager", "points", "x"), w.sent("manager", "points", "x"), w.sent("managerOut", "points", "x")
	begin := func(user, id string) {
		t.Helper()
		read[Import](t, w.start(user, id, true), http.StatusAccepted)
		<-slow.began
	}
	begin("manager", first.ID)
	if i := w.importOf("manager", first.ID); i.State != uploadRunning || i.Progress.Lines != 100 || *i.Progress.Total != 300 || !i.DryRun {
		t.Errorf("under way: %+v", i)
	}
	if p := w.start("manager", first.ID, false).problem(t); p.Status != http.StatusConflict || p.Reason != reasonImportRunning {
		t.Errorf("started twice: %+v", p)
	}
	begin("manager", second.ID)
	busy := w.start("managerOut", third.ID, true)
	if p := busy.problem(t); p.Status != http.StatusTooManyRequests || p.Reason != reasonImportBusy || busy.Header.Get("Retry-After") == "" {
		t.Errorf("a third at the same time: %+v", p)
	}
	if a := w.do(http.MethodDelete, "/api/v1/imports/"+second.ID, "", "Authorization", w.token("manager")); a.StatusCode != http.StatusNoContent {
		t.Errorf("removing a running one: %d", a.StatusCode)
	}
	if a := w.get("/api/v1/imports/"+second.ID, "Authorization", w.token("manager")); a.StatusCode != http.StatusNotFound {
		t.Errorf("afterwards: %d", a.StatusCode)
	}
	slow.goOn <- struct{}{}
	if i := w.ended("manager", first.ID); i.State != uploadDone || i.Report.Lines != 100 {
		t.Errorf("done: %+v", i)
	}
	begin("managerOut", third.ID)
	w.must(w.server.uploads.stop())
	if files := filesIn(t, dir); len(files) != 0 {
		t.Errorf("left behind at the stop: %v", files)
	}
	if p := w.write(http.MethodPost, "/api/v1/imports", `{"kind":"points","fileName":"x","size":1}`, "admin").problem(t); p.Code != survey.CodeUnavailable {
		t.Errorf("after the stop: %+v", p)
	}
}

type panickingImporter struct{}

func (panickingImporter) Run(context.Context, survey.Actor, importer.Job) (importer.Report, error) {
	panic("importer: a secret of the process")
}

func TestAPanicInTheBackgroundIsAFailedImport(t *testing.T) {
	w := newWorld(t, withImports(t.TempDir()))
	w.addUsers()
	w.server.uploads.importer = panickingImporter{}
	i := w.sent("manager", "points", "x")
	if failed := w.runToEnd("manager", i.ID, false); failed.State != uploadFailed || failed.Problem.Code != survey.CodeInternal {
		t.Errorf("%+v", failed)
	}
	contains(t, w.log.String(), "a secret of the process")
}

func TestUploadsAreBoundedAndForgotten(t *testing.T) {
	dir := t.TempDir()
	stale := filepath.Join(dir, uploadPrefix+"of-a-process-that-died")
	fresh := filepath.Join(dir, uploadPrefix+"of-another-process")
	w := newWorld(t, withImports(dir))
	w.addUsers()
	for _, path := range []string{stale, fresh} {
		w.must(os.WriteFile(path, nil, 0o600))
	}
	w.must(os.Chtimes(stale, time.Now().Add(-25*time.Hour), time.Now().Add(-25*time.Hour)))

	one := w.announce("manager", "points", 1)
	w.advance(time.Second)
	two := w.announce("manager", "points", 1)
	w.advance(time.Second)
	three := w.announce("manager", "points", 1)
	if _, err := os.Stat(stale); !os.IsNotExist(err) {
		t.Errorf("what a dead process left is still there: %v", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("another process lost its file: %v", err)
	}
	full := w.write(http.MethodPost, "/api/v1/imports", `{"kind":"points","fileName":"x","size":1}`, "manager")
	if p := full.problem(t); p.Status != http.StatusTooManyRequests || p.Reason != reasonImportTooMany || full.Header.Get("Retry-After") == "" {
		t.Errorf("a fourth: %+v", p)
	}
	w.announce("managerOut", "points", 1) // others are not concerned

	// One that is over makes room before one that nobody sends on.
	w.part("manager", two.ID, 1, []byte("x"))
	w.runToEnd("manager", two.ID, true)
	w.announce("manager", "points", 1)
	if a := w.get("/api/v1/imports/"+two.ID, "Authorization", w.token("manager")); a.StatusCode != http.StatusNotFound {
		t.Errorf("the finished one: %d", a.StatusCode)
	}
	w.advance(uploadIdle)
	w.announce("manager", "points", 1)
	if a := w.get("/api/v1/imports/"+one.ID, "Authorization", w.token("manager")); a.StatusCode != http.StatusNotFound {
		t.Errorf("the idle one: %d", a.StatusCode)
	}
	w.importOf("manager", three.ID)
	w.advance(uploadKept)
	if a := w.get("/api/v1/imports/"+three.ID, "Authorization", w.token("manager")); a.StatusCode != http.StatusNotFound {
		t.Errorf("after a day: %d", a.StatusCode)
	}
	w.announce("admin", "fields", 1)
	if files := filesIn(t, dir); len(files) != 2 { // the admin's and the other process's
		t.Errorf("after a day: %v", files)
	}
	for range uploadsAtAll {
		name := "user" + fmt.Sprint(time.Now().UnixNano())
		_, _ = w.server.uploads.create(name, importer.KindPoints, "x", 1)
	}
	if p := w.write(http.MethodPost, "/api/v1/imports", `{"kind":"points","fileName":"x","size":1}`, "manager").problem(t); p.Reason != reasonImportBusy {
		t.Errorf("beyond what the node keeps: %+v", p)
	}
}

func TestWhatIsOverMakesRoomForOthers(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t, withImports(dir))
	w.addUsers()
	finished := w.sent("manager", "points", "x")
	w.runToEnd("manager", finished.ID, true)
	w.advance(time.Second)
	idle := w.announce("managerOut", "points", 1)
	w.advance(uploadIdle)
	var last string
	for n := range uploadsAtAll - 2 {
		u, err := w.server.uploads.create(fmt.Sprint("user", n), importer.KindPoints, "x", 1)
		w.must(err)
		last = u.id
	}
	kept := func(id string) bool {
		w.server.uploads.mu.Lock()
		defer w.server.uploads.mu.Unlock()
		return w.server.uploads.files[id] != nil
	}
	w.announce("admin", "points", 1)
	if kept(finished.ID) || !kept(idle.ID) {
		t.Errorf("finished: %v, idle: %v", kept(finished.ID), kept(idle.ID))
	}
	// One that is being written is not idle.
	w.server.uploads.files[idle.ID].writers = 1
	if p := w.write(http.MethodPost, "/api/v1/imports", `{"kind":"points","fileName":"x","size":1}`, "admin").problem(t); p.Reason != reasonImportBusy {
		t.Errorf("beyond what the node keeps: %+v", p)
	}
	w.server.uploads.files[idle.ID].writers = 0
	stale := filepath.Join(dir, uploadPrefix+"of-a-process-that-died")
	w.must(os.WriteFile(stale, nil, 0o600))
	w.must(os.Chtimes(stale, time.Now().Add(-25*time.Hour), time.Now().Add(-25*time.Hour)))
	w.announce("admin", "points", 1)
	if kept(idle.ID) || !kept(last) {
		t.Errorf("idle: %v, sent to: %v", kept(idle.ID), kept(last))
	}
	if _, err := os.Stat(stale); !os.IsNotExist(err) {
		t.Errorf("what a process left that died later is still there: %v", err)
	}
	if files := filesIn(t, dir); len(files) != uploadsAtAll {
		t.Errorf("%d files", len(files))
	}
}

func TestNoRunBeginsWhileAPartIsWritten(t *testing.T) {
	w := newWorld(t, withImports(t.TempDir()))
	w.addUsers()
	i := w.sent("manager", "points", "agency,name_vi\n")
	writing := func(n int) {
		w.server.uploads.mu.Lock()
		defer w.server.uploads.mu.Unlock()
		w.server.uploads.files[i.ID].writers += n
	}
	writing(1) // a part that is sent again
	refused := w.start("manager", i.ID, true)
	if p := refused.problem(t); p.Status != http.StatusTooManyRequests || p.Reason != reasonImportBusy || refused.Header.Get("Retry-After") == "" {
		t.Errorf("%+v", p)
	}
	writing(-1)
	if done := w.runToEnd("manager", i.ID, true); done.State != uploadDone {
		t.Errorf("%+v", done)
	}
}

func TestANodeWithoutAFolderOfItsOwnImportsToo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "no-folder")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	w := newWorld(t, withImports(filepath.Join(file, "imports")))
	w.addUsers()
	if i := w.sent("manager", "points", "x"); len(i.Received) != 1 {
		t.Errorf("%+v", i)
	}
	contains(t, w.log.String(), "folder of temporary files")
}
