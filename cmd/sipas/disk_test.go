//go:build linux

package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// A write beyond the limit of a file's size raises this signal, whose default is
// to end the process; ignored, the write fails.
func init() { signal.Ignore(syscall.SIGXFSZ) }

// limitFiles makes every write of the server beyond so many bytes of a file fail.
func (s *server) limitFiles(bytes uint64) {
	s.t.Helper()
	limit := syscall.Rlimit{Cur: bytes, Max: ^uint64(0)}
	_, _, err := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(s.cmd.Process.Pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if err != 0 {
		s.t.Fatalf("the limit cannot be set: %v", err)
	}
}

// A server whose disk fails under load says so, is not ready, goes on showing what
// it knows, and stores ratings again once the disk does, without a restart. What
// it acknowledged is there, whole and once.
func TestAFailingDisk(t *testing.T) {
	environment := []string{"SIPAS_DATA=" + t.TempDir()}
	loadSmallDemo(t, environment)
	s := startServer(t, environment)
	authorization := s.signIn("admin", adminPassword)
	form, token := s.openForm(authorization)
	sent := &load{codes: s.quickPoints(authorization)}
	sent.at.Store(&s.url)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var submitting sync.WaitGroup
	for i := range 8 {
		submitting.Go(func() { sent.submit(ctx, rand.New(rand.NewPCG(2, uint64(i)))) })
	}
	filled := url.Values{".page": {token}, ".language": {"vi"}, "overall": {"2"}, "comment": {"Chờ hơi lâu."}}.Encode()
	asForm := []string{"Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html"}
	ask := func(what string, want int, method, path, body string, headers ...string) {
		t.Helper()
		began := time.Now()
		status, text, err := send(method, s.url+path, []byte(body), headers...)
		if took := time.Since(began); err != nil || status != want || took > settledLimit {
			t.Errorf("%s: answered %d after %v (%v), want %d\n%.600s", what, status, took, err, want, text)
		}
		if status == http.StatusServiceUnavailable && strings.HasPrefix(path, "/s/") && !strings.Contains(string(text), "Chờ hơi lâu.</textarea>") {
			t.Errorf("%s: the answers are gone\n%s", what, text)
		}
	}
	for range 3 {
		enough := sent.acknowledged.Load() + 100
		until(t, startTimeout, "ratings are stored", func() bool { return sent.acknowledged.Load() > enough })

		s.limitFiles(4096)
		until(t, patience, "the server is not ready", func() bool {
			status, _, err := send(http.MethodGet, s.url+"/readyz", nil)
			return err == nil && status == http.StatusServiceUnavailable
		})
		ask("a form", http.StatusServiceUnavailable, http.MethodPost, "/s/"+form, filled, asForm...)
		ask("signing in", http.StatusServiceUnavailable, http.MethodPost, "/api/v1/session", `{"name":"admin","password":"`+adminPassword+`"}`)
		ask("a change", http.StatusServiceUnavailable, http.MethodPost, "/api/v1/fields", `{"id":"moi","name":{"vi":"Mới"},"order":99}`, "Authorization", authorization)
		ask("the form itself", http.StatusOK, http.MethodGet, "/s/"+form, "")
		ask("the board", http.StatusOK, http.MethodGet, "/api/v1/results/board?period=2026", "", "Authorization", authorization)
		ask("readiness", http.StatusServiceUnavailable, http.MethodGet, "/readyz", "")
		ask("health", http.StatusOK, http.MethodGet, "/healthz", "")

		before := sent.acknowledged.Load()
		s.limitFiles(^uint64(0))
		until(t, recoveryLimit, "ratings are stored again", func() bool { return sent.acknowledged.Load() > before })
		ask("readiness afterwards", http.StatusOK, http.MethodGet, "/readyz", "")
	}
	ask("the form afterwards", http.StatusOK, http.MethodPost, "/s/"+form, filled, asForm...)
	stop()
	submitting.Wait()
	sent.finish(t)
	if sent.again.Load() == 0 {
		t.Error("no fault hit a rating under way")
	}
	stored, counted := recount(t, environment)
	until(t, patience, "the board counts what the ledger holds", func() bool {
		n, _ := s.answeredThisYear(authorization)
		return n == counted
	})
	for _, id := range append(sent.ids, pageClaims(t, token).ID) {
		if stored[id] != 1 {
			t.Errorf("the acknowledged rating %s is stored %d times", id, stored[id])
		}
	}
	s.stop()
	if out, err := runSipas(t, environment, "", "verify"); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	t.Logf("%d ratings were acknowledged, %d only when sent again, of which %d had been stored already", len(sent.ids), sent.again.Load(), sent.landed.Load())
}
