package identity

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"sipas/survey"
)

// Limits in characters. A longer password only costs work.
const (
	minPassword = 10
	maxPassword = 200
	maxName     = 120
)

// The cost of new hashes: OWASP's first choice for argon2id (19 MiB, two passes, one lane).
const (
	memoryKiB  = 19 * 1024
	passes     = 2
	lanes      = 1
	saltLength = 16
	keyLength  = 32
)

// Bounds on the cost a stored hash may ask for, so that a damaged document cannot stop the process.
const (
	maxMemoryKiB = 256 * 1024
	maxPasses    = 16
	maxLanes     = 8
)

// maxWaiting is how many logins may wait for their turn to compute a hash.
const maxWaiting = 128

// nobody is a hash no password is checked against in earnest: logins under unknown names do the same work.
var nobody = phc(memoryKiB, passes, lanes, make([]byte, saltLength), make([]byte, keyLength))

var loginName = regexp.MustCompile(`^[a-z0-9]+([._@-][a-z0-9]+)*$`)

func isLoginName(s string) bool { return len(s) <= 80 && loginName.MatchString(s) }

func cleanID(s string) string { return strings.ToLower(strings.TrimSpace(norm.NFC.String(s))) }

func checkPassword(password string) []survey.FieldError {
	switch n := utf8.RuneCountInString(password); {
	case n == 0:
		return []survey.FieldError{{Path: "password", Reason: survey.ReasonRequired}}
	case n < minPassword:
		return []survey.FieldError{{Path: "password", Reason: survey.ReasonTooShort, Params: map[string]any{"min": minPassword}}}
	case n > maxPassword:
		return []survey.FieldError{{Path: "password", Reason: survey.ReasonTooLong, Params: map[string]any{"max": maxPassword}}}
	}
	return nil
}

// turn waits for a place among the hashes under way; the error is unavailable.
func (s *Service) turn(ctx context.Context) error {
	defer s.waiting.Add(-1)
	if s.waiting.Add(1) <= maxWaiting {
		select {
		case s.hashing <- struct{}{}:
			return nil
		case <-ctx.Done():
		}
	}
	return &survey.Error{Code: survey.CodeUnavailable, Reason: survey.ReasonLoginBusy, Message: "too many logins under way", Err: ctx.Err()}
}

// hash gives the argon2id hash of a password in PHC form.
func (s *Service) hash(ctx context.Context, password string) (string, error) {
	salt, err := s.draw(saltLength)
	if err != nil {
		return "", err
	}
	if err := s.turn(ctx); err != nil {
		return "", err
	}
	defer func() { <-s.hashing }()
	return phc(memoryKiB, passes, lanes, salt, key(password, salt, memoryKiB, passes, lanes, keyLength)), nil
}

// verify reports whether the password is the hash's; a hash that cannot be read matches nothing.
func (s *Service) verify(ctx context.Context, hash, password string) (bool, error) {
	if utf8.RuneCountInString(password) > maxPassword {
		password = "" // never a password, and no reason for more work
	}
	memory, time, threads, salt, want, err := readPHC(hash)
	if err != nil {
		return false, &survey.Error{Code: survey.CodeInternal, Message: "a stored password hash cannot be read", Err: err}
	}
	if err := s.turn(ctx); err != nil {
		return false, err
	}
	defer func() { <-s.hashing }()
	got := key(password, salt, memory, time, threads, len(want))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// key normalises the password first: the same text typed on another keyboard is the same password.
func key(password string, salt []byte, memory, time uint32, threads uint8, length int) []byte {
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, time, memory, threads, uint32(length))
}

func phc(memory, time uint32, threads uint8, salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, time, threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

func readPHC(s string) (memory, time uint32, threads uint8, salt, key []byte, err error) {
	bad := fmt.Errorf("not an argon2id hash in PHC form")
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return 0, 0, 0, nil, nil, bad
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil || n != 3 {
		return 0, 0, 0, nil, nil, bad
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(key) < 16 || len(key) > 64 || len(salt) < 8 ||
		memory < 8*uint32(threads) || memory > maxMemoryKiB || time < 1 || time > maxPasses || threads < 1 || threads > maxLanes {
		return 0, 0, 0, nil, nil, bad
	}
	return memory, time, threads, salt, key, nil
}
