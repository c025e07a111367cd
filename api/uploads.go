package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"sipas/survey"
	"sipas/survey/importer"
)

// Bounds of the files that are imported over HTTP.
const (
	uploadLimit    = 64 << 20 // bytes of a file
	uploadPart     = 1 << 20  // bytes of a part: sent within the read time-out on a slow line too
	uploadsPerUser = 3        // files of one user kept at a time
	uploadsAtAll   = 30       // files kept at a time
	uploadRuns     = 2        // imports under way at a time
	uploadKept     = 24 * time.Hour
	uploadIdle     = 10 * time.Minute // a file that nobody sends on for so long makes room for another
	uploadBusy     = 30               // seconds to come back after when there is no room
	uploadStop     = 10 * time.Second // given to imports under way at a stop
)

const uploadPrefix = "sipas-import-"

// The reasons of refused imports that are not about the content of a file.
const (
	reasonImportTooMany    = "import.tooMany"    // throttled: params max, seconds
	reasonImportBusy       = "import.busy"       // throttled: params seconds
	reasonImportStarted    = "import.started"    // conflict: no parts are taken any more
	reasonImportRunning    = "import.running"    // conflict: it is being imported
	reasonImportIncomplete = "import.incomplete" // params missing (parts)
)

// fileImporter imports files; *importer.Importer is one.
type fileImporter interface {
	Run(ctx context.Context, actor survey.Actor, job importer.Job) (importer.Report, error)
}

// uploads keeps the files that users send in parts, and imports them in the
// background. Files are readable by this process's user only and are removed a day after their
// creation, when their user says so, and at a stop.
type uploads struct {
	dir      string
	importer fileImporter
	now      func() time.Time
	log      *slog.Logger

	mu      sync.Mutex
	files   map[string]*upload
	stopped bool
	running sync.WaitGroup
	runs    int
}

// uploadState is how far an upload is.
type uploadState string

// The states of an upload.
const (
	uploadReceiving uploadState = "receiving"
	uploadRunning   uploadState = "running"
	uploadDone      uploadState = "done"
	uploadFailed    uploadState = "failed"
)

// upload is one file; guarded by uploads.mu, but for what never changes.
type upload struct {
	id, owner, fileName string
	kind                importer.Kind
	size                int64
	created             time.Time
	file                *os.File

	touched  time.Time
	received []bool // by part
	writers  int    // parts being stored now
	state    uploadState
	dryRun   bool
	lines    int
	total    *int
	report   *importer.Report // of the last run; nil: none yet, or nothing was read
	problem  error            // of the last run

	expiry  *time.Timer
	cancel  context.CancelFunc // of the run under way
	removed bool
}

func newUploads(dir string, im fileImporter, now func() time.Time, log *slog.Logger) *uploads {
	if dir == "" {
		dir = os.TempDir()
	}
	return &uploads{dir: dir, importer: im, now: now, log: log, files: map[string]*upload{}}
}

// create makes room for a file. Errors: throttled, internal.
func (s *uploads) create(owner string, kind importer.Kind, fileName string, size int64) (upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return upload{}, &survey.Error{Code: survey.CodeUnavailable, Message: "the server is stopping"}
	}
	if err := s.makeRoom(owner); err != nil {
		return upload{}, err
	}
	file, err := s.newFile()
	if err != nil {
		return upload{}, &survey.Error{Code: survey.CodeInternal, Message: "no file can be made for an import", Err: err}
	}
	now := s.now().UTC().Truncate(time.Millisecond)
	u := &upload{id: strings.ToLower(rand.Text()), owner: owner, kind: kind, fileName: fileName, size: size, created: now, touched: now, file: file,
		received: make([]bool, (size+uploadPart-1)/uploadPart), state: uploadReceiving}
	u.expiry = time.AfterFunc(uploadKept, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.remove(u)
	})
	s.files[u.id] = u
	return u.copy(), nil
}

// newFile makes a file that only this process's user can read, after removing
// those a process that died left behind. A node that may write nothing of its own falls back on
// the system's folder.
func (s *uploads) newFile() (*os.File, error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		s.log.Warn("imports are kept in the system's folder of temporary files", "cause", err.Error())
		s.dir = os.TempDir()
	}
	left, err := filepath.Glob(filepath.Join(s.dir, uploadPrefix+"*"))
	if err != nil {
		return nil, err
	}
	for _, path := range left {
		// Younger ones may be those of another process that uses the folder.
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > uploadKept {
			_ = os.Remove(path) // tried again with the next file
		}
	}
	return os.CreateTemp(s.dir, uploadPrefix+"*") // 0600
}

// makeRoom removes what is over, and where the user or the node has as many files
// as there may be, the oldest one nothing is done with.
func (s *uploads) makeRoom(owner string) error {
	now := s.now()
	var own []*upload
	for _, u := range s.files {
		if now.Sub(u.created) >= uploadKept {
			s.remove(u)
		} else if u.owner == owner {
			own = append(own, u)
		}
	}
	slices.SortFunc(own, func(a, b *upload) int { return a.created.Compare(b.created) })
	if len(own) >= uploadsPerUser {
		i := slices.IndexFunc(own, func(u *upload) bool { return u.idle(now) })
		if i < 0 {
			return &survey.Error{Code: survey.CodeThrottled, Reason: reasonImportTooMany, Message: "the user has too many imports under way",
				Params: map[string]any{"max": uploadsPerUser, "seconds": uploadBusy}}
		}
		s.remove(own[i])
	}
	if len(s.files) < uploadsAtAll {
		return nil
	}
	var oldest *upload // the one that was left alone the longest
	for _, u := range s.files {
		if u.idle(now) && (oldest == nil || u.touched.Before(oldest.touched)) {
			oldest = u
		}
	}
	if oldest == nil {
		return busy()
	}
	s.remove(oldest)
	return nil
}

// idle reports whether nothing is done with the upload: it may make room for
// another. s.mu is held.
func (u *upload) idle(now time.Time) bool {
	switch u.state {
	case uploadDone, uploadFailed:
		return true
	case uploadReceiving:
		return u.writers == 0 && now.Sub(u.touched) >= uploadIdle
	}
	return false
}

func busy() error {
	return &survey.Error{Code: survey.CodeThrottled, Reason: reasonImportBusy, Message: "too many imports under way",
		Params: map[string]any{"seconds": uploadBusy}}
}

// find gives a user's upload; not_found for any other. s.mu is held.
func (s *uploads) find(owner, id string) (*upload, error) {
	u, ok := s.files[id]
	if ok && s.now().Sub(u.created) >= uploadKept {
		s.remove(u)
		ok = false
	}
	if !ok || u.owner != owner {
		return nil, errNotFound
	}
	return u, nil
}

// get gives the state of a user's upload; not_found for any other.
func (s *uploads) get(owner, id string) (upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.find(owner, id)
	if err != nil {
		return upload{}, err
	}
	return u.copy(), nil
}

// put stores part n, from 1. Sending a part again is safe. Errors: not_found,
// conflict once it was run, invalid where there is no such part or it has another length.
func (s *uploads) put(owner, id string, n int, part []byte) (upload, error) {
	s.mu.Lock()
	u, err := s.find(owner, id)
	if err == nil {
		err = u.takes(n, len(part))
	}
	if err == nil {
		u.writers++
	}
	s.mu.Unlock()
	if err != nil {
		return upload{}, err
	}
	// Without the lock: other users need not wait for the disk.
	_, err = u.file.WriteAt(part, int64(n-1)*uploadPart)

	s.mu.Lock()
	defer s.mu.Unlock()
	u.writers--
	switch {
	case u.removed:
		return upload{}, errNotFound
	case err != nil:
		return upload{}, &survey.Error{Code: survey.CodeInternal, Message: "a part of an import cannot be stored", Err: err}
	}
	u.received[n-1], u.touched = true, s.now()
	return u.copy(), nil
}

// takes checks a part before it is stored.
func (u *upload) takes(n, length int) error {
	if u.state != uploadReceiving {
		return &survey.Error{Code: survey.CodeConflict, Reason: reasonImportStarted, Message: "the file is complete"}
	}
	field := survey.FieldError{Path: "part", Reason: survey.ReasonUnknown}
	if n >= 1 && n <= len(u.received) {
		want := min(uploadPart, u.size-int64(n-1)*uploadPart)
		if int64(length) == want {
			return nil
		}
		field = survey.FieldError{Path: "body", Reason: survey.ReasonRange, Params: map[string]any{"min": want, "max": want}}
	}
	return &survey.Error{Code: survey.CodeInvalid, Message: "the part does not fit the file", Fields: []survey.FieldError{field}}
}

// run imports a complete file in the background, for the second time too.
// Errors: not_found, conflict while it is under way, invalid while parts are missing, throttled
// while a part is being stored or too many imports are under way.
func (s *uploads) run(actor survey.Actor, id string, dryRun bool) (upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.find(actor.User, id)
	if err != nil {
		return upload{}, err
	}
	missing := 0
	for _, received := range u.received {
		if !received {
			missing++
		}
	}
	switch {
	case u.state == uploadRunning:
		return upload{}, &survey.Error{Code: survey.CodeConflict, Reason: reasonImportRunning, Message: "the file is being imported"}
	case missing > 0:
		return upload{}, &survey.Error{Code: survey.CodeInvalid, Message: "the file is not complete", Fields: []survey.FieldError{
			{Path: "parts", Reason: reasonImportIncomplete, Params: map[string]any{"missing": missing}}}}
	case u.writers > 0, s.runs >= uploadRuns: // a part that is sent again would change under the run
		return upload{}, busy()
	case s.stopped:
		return upload{}, &survey.Error{Code: survey.CodeUnavailable, Message: "the server is stopping"}
	}
	ctx, cancel := context.WithCancel(context.Background())
	u.state, u.dryRun, u.cancel = uploadRunning, dryRun, cancel
	u.lines, u.total, u.report, u.problem = 0, nil, nil, nil
	s.runs++
	s.running.Add(1)
	go s.work(ctx, u, actor)
	return u.copy(), nil
}

// work is a run of its own goroutine.
func (s *uploads) work(ctx context.Context, u *upload, actor survey.Actor) {
	defer s.running.Done()
	start := time.Now()
	report, err := s.guarded(ctx, u, actor)
	calledOff := ctx.Err() != nil

	s.mu.Lock()
	defer s.mu.Unlock()
	u.cancel()
	u.cancel = nil
	s.runs--
	u.state, u.touched, u.problem = uploadDone, s.now(), err
	if err != nil {
		u.state = uploadFailed
	}
	if err == nil || report.Lines > 0 || report.ProblemCount > 0 {
		u.report = &report
	}
	if u.removed {
		s.discard(u)
	}
	attributes := []any{"kind", u.kind, "dryRun", u.dryRun, "lines", report.Lines, "created", report.Created, "updated", report.Updated,
		"unchanged", report.Unchanged, "rejected", report.Rejected, "milliseconds", time.Since(start).Milliseconds()}
	switch {
	case err == nil:
		s.log.Info("import", attributes...)
	case calledOff:
		s.log.Info("import called off", attributes...)
	case survey.IsCode(err, survey.CodeInvalid) || survey.IsCode(err, survey.CodeForbidden):
		s.log.Info("import refused", append(attributes, "code", survey.CodeOf(err))...)
	default:
		s.log.Error("import failed", append(attributes, "cause", err.Error())...)
	}
}

// guarded runs the importer; nothing else would stop a panic here.
func (s *uploads) guarded(ctx context.Context, u *upload, actor survey.Actor) (report importer.Report, err error) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("panic", "route", "import", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = &survey.Error{Code: survey.CodeInternal, Message: "panic"}
		}
	}()
	return s.importer.Run(ctx, actor, importer.Job{Kind: u.kind, FileName: u.fileName, File: io.NewSectionReader(u.file, 0, u.size), Size: u.size,
		DryRun: u.dryRun, Progress: func(lines, total int) {
			s.mu.Lock()
			defer s.mu.Unlock()
			u.lines, u.total = lines, &total
		}})
}

// drop removes a user's upload and stops its run; not_found for any other.
func (s *uploads) drop(owner, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.find(owner, id)
	if err == nil {
		s.remove(u)
	}
	return err
}

// remove forgets an upload; a run under way is stopped and takes its file along. s.mu is held.
func (s *uploads) remove(u *upload) {
	if u.removed {
		return
	}
	u.removed = true
	delete(s.files, u.id)
	u.expiry.Stop()
	if u.cancel != nil {
		u.cancel()
		return
	}
	s.discard(u)
}

func (s *uploads) discard(u *upload) {
	if err := errors.Join(u.file.Close(), os.Remove(u.file.Name())); err != nil {
		s.log.Warn("an imported file is left behind", "cause", err.Error())
	}
}

// stop ends every run and removes every file.
func (s *uploads) stop() error {
	s.mu.Lock()
	s.stopped = true
	for _, u := range s.files {
		s.remove(u)
	}
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() { s.running.Wait(); close(ended) }()
	select {
	case <-ended:
		return nil
	case <-time.After(uploadStop):
		return errors.New("api: an import did not end in time")
	}
}

// copy gives the upload as it is now. s.mu is held.
func (u *upload) copy() upload {
	now := *u
	now.received = slices.Clone(u.received)
	return now
}

// cleanFileName gives the last part of a path, which some browsers send whole,
// without control characters and of bounded length.
func cleanFileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	return cmp.Or(strings.TrimSpace(cutCharacters(name, 200)), "-")
}
