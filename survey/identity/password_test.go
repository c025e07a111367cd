package identity

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"testing"
	"time"

	"sipas/survey"
)

func bare() *Service {
	return &Service{random: rand.Reader, hashing: make(chan struct{}, 1)}
}

func TestVerifyReadsOtherCosts(t *testing.T) {
	s := bare()
	salt := []byte("saltsaltsaltsalt")
	cheap := phc(64, 1, 2, salt, key("mật khẩu", salt, 64, 1, 2, 24))
	if ok, err := s.verify(t.Context(), cheap, "mật khẩu"); !ok || err != nil {
		t.Errorf("a hash of another cost: %v, %v", ok, err)
	}
	if ok, err := s.verify(t.Context(), cheap, "Mật khẩu"); ok || err != nil {
		t.Errorf("another password: %v, %v", ok, err)
	}
}

func TestVerifyRefusesDamagedHashes(t *testing.T) {
	s := bare()
	good, err := s.hash(t.Context(), "mật khẩu")
	if err != nil {
		t.Fatal(err)
	}
	for name, hash := range map[string]string{
		"empty":           "",
		"another scheme":  strings.Replace(good, "argon2id", "argon2i", 1),
		"another version": strings.Replace(good, "v=19", "v=16", 1),
		"no passes":       strings.Replace(good, "t=2", "t=0", 1),
		"no lanes":        strings.Replace(good, "p=1", "p=0", 1),
		"all the memory":  strings.Replace(good, "m=19456", "m=4000000000", 1),
		"no numbers":      strings.Replace(good, "m=19456", "m=x", 1),
		"a short key":     good[:len(good)-30],
		"not base64":      good[:len(good)-1] + "!",
	} {
		t.Run(name, func(t *testing.T) {
			if ok, err := s.verify(t.Context(), hash, "mật khẩu"); ok || !survey.IsCode(err, survey.CodeInternal) {
				t.Errorf("%v, %v", ok, err)
			}
		})
	}
}

func TestHashesWaitTheirTurn(t *testing.T) {
	s := bare()
	s.hashing <- struct{}{} // the one place is taken
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { _, err := s.hash(ctx, "mật khẩu"); done <- err }()
	cancel()
	if err := <-done; !survey.IsCode(err, survey.CodeUnavailable) {
		t.Errorf("a caller who went away: %v", err)
	}
	s.waiting.Store(maxWaiting)
	if _, err := s.hash(t.Context(), "mật khẩu"); !survey.IsCode(err, survey.CodeUnavailable) {
		t.Errorf("a full queue: %v", err)
	}
	<-s.hashing
	s.waiting.Store(0)
	if _, err := s.hash(t.Context(), "mật khẩu"); err != nil {
		t.Error(err)
	}
}

func TestThrottleForgetsWhatMattersLeast(t *testing.T) {
	th := newThrottle(maxFailures, failureWindow)
	now := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	for range maxFailures {
		th.attempt("admin", now)
	}
	for i := range maxThrottled + 10 {
		th.attempt("made-up-"+strconv.Itoa(i), now)
	}
	if len(th.failures) > maxThrottled {
		t.Errorf("%d names are remembered", len(th.failures))
	}
	if _, wait := th.attempt("admin", now); wait != failureWindow {
		t.Errorf("made-up names made it forget admin: wait %s", wait)
	}
}
