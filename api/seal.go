package api

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"time"

	"sipas/survey"
)

// What a browser keeps of a rating, and for how long it counts.
const (
	summaryLife = 10 * time.Minute // the thank-you page still says what was received
	markLife    = 30 * time.Minute // the point's address says that it was rated from this browser
)

// markCookie holds the mark; its path is the point's form.
const markCookie = "rated"

// summaryBytes is what a summary is filled up to, so that the length of its
// address does not tell how much was answered.
const summaryBytes = 384

// summary is what a thank-you page says was received: nothing that names the
// response or repeats free text.
type summary struct {
	Form    string   `json:"q"`
	Version int      `json:"v"`
	Field   string   `json:"f,omitempty"` // as chosen; fieldUnknown: "Không rõ / không nhớ"
	Level   int      `json:"l,omitempty"` // of the overall item
	Reasons []string `json:"r,omitempty"` // "item option" of multiple-choice answers
	Comment bool     `json:"c,omitempty"`
	Answers int      `json:"n"` // how many questions were answered
}

// seals encrypts and authenticates (AES-256-GCM, random nonces) what a browser
// brings back after a rating. A seal is good for its purpose and point only.
type seals struct {
	aead cipher.AEAD
	now  func() time.Time
}

// newSeals takes a key of 32 bytes.
func newSeals(key []byte, now func() time.Time) *seals {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return &seals{aead, now}
}

// sealed is what a seal holds.
type sealed struct {
	At      int64   `json:"t"` // seconds since 1970
	Summary summary `json:"s,omitzero"`
}

// sealSummary seals what the point's thank-you page may say.
func (s *seals) sealSummary(point string, m summary) string {
	return s.seal("summary", point, sealed{Summary: m}, summaryBytes)
}

// openSummary gives a summary of ours for the point; fresh reports whether the
// page may still say what was received.
func (s *seals) openSummary(token, point string) (m summary, fresh, ok bool) {
	content, age, ok := s.open("summary", point, token)
	return content.Summary, ok && age <= summaryLife, ok
}

// sealMark seals that the point was rated from this browser now, and nothing else.
func (s *seals) sealMark(point string) string { return s.seal("mark", point, sealed{}, 0) }

// marked reports whether the token is a mark of ours for the point that still counts.
func (s *seals) marked(token, point string) bool {
	_, age, ok := s.open("mark", point, token)
	return ok && age <= markLife
}

func (s *seals) seal(purpose, point string, content sealed, size int) string {
	content.At = s.now().Unix()
	payload, err := json.Marshal(content)
	if err != nil {
		panic(err) // strings and numbers always have JSON
	}
	if missing := size - len(payload); missing > 0 {
		payload = append(payload, bytes.Repeat([]byte(" "), missing)...)
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, payload, sealContext(purpose, point)))
}

func (s *seals) open(purpose, point, token string) (content sealed, age time.Duration, ok bool) {
	const longest = 4096
	if token == "" || len(token) > longest {
		return sealed{}, 0, false
	}
	box, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return sealed{}, 0, false
	}
	payload, err := s.aead.Open(nil, nil, box, sealContext(purpose, point))
	if err != nil || json.Unmarshal(payload, &content) != nil {
		return sealed{}, 0, false
	}
	return content, s.now().Sub(time.Unix(content.At, 0)), true
}

func sealContext(purpose, point string) []byte { return []byte(purpose + "\n" + point) }

// summarise says what the thank-you page may repeat; field is the choice as the
// browser sent it.
func summarise(q *survey.Questionnaire, sub survey.Submission, field string) summary {
	m := summary{Form: q.ID, Version: q.Version, Field: field, Answers: len(sub.Answers)}
	if level, ok := sub.Answers[survey.Overall].Level(); ok {
		m.Level = level
	}
	for i := range q.Items {
		it := &q.Items[i]
		answer, given := sub.Answers[it.ID]
		switch {
		case !given:
		case it.Type == survey.ItemText:
			m.Comment = true
		case it.Type == survey.ItemMultiple && !it.Open():
			options, _ := answer.List()
			for _, option := range options {
				m.Reasons = append(m.Reasons, it.ID+" "+option)
			}
		}
	}
	return m
}
