package intake

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"sipas/survey"
)

// How long a page's rating is accepted, and after which time it is flagged stalePage.
const (
	PageLifetime = 30 * 24 * time.Hour
	PageFresh    = 24 * time.Hour
)

// Page is one form page handed to a citizen. Its ID is the id of the one
// response it can send, so that a replay stores one rating with no state and no address kept.
type Page struct {
	ID            string
	Point         string
	Questionnaire string
	Version       int
	Campaign      string            // of the invitation that led here; empty: none
	IssuedAt      time.Time         // UTC, milliseconds
	Receipt       survey.ReceiptUse // whether the page asks for a receipt's code; empty: no
	// Secret is what the page uses a receipt's code with: random, in the token and
	// nowhere else. Empty where it asked for none.
	Secret string
}

// pagePayload is what the token carries; times in milliseconds since 1970.
type pagePayload struct {
	ID            string            `json:"i"`
	Point         string            `json:"p"`
	Questionnaire string            `json:"q"`
	Version       int               `json:"v"`
	Campaign      string            `json:"c,omitempty"`
	IssuedAt      int64             `json:"t"`
	Receipt       survey.ReceiptUse `json:"r,omitempty"`
	Secret        string            `json:"s,omitempty"`
}

var tokenEncoding = base64.RawURLEncoding.Strict()

// IssuePage makes a page of now for a form of a point, which asks for no receipt's code.
func (s *Service) IssuePage(point, questionnaire string, version int) (Page, string) {
	return s.Issue(Page{Point: point, Questionnaire: questionnaire, Version: version})
}

// Issue makes the page of now and its token: the page's content and an
// HMAC-SHA256 of it, both base64url, joined by a dot. Its id, time and secret are
// made here, whatever is given.
func (s *Service) Issue(page Page) (Page, string) {
	page.ID, page.IssuedAt, page.Secret = s.newID(), s.now().UTC().Truncate(time.Millisecond), ""
	if page.Receipt == survey.ReceiptNone {
		page.Receipt = ""
	}
	if page.Receipt != "" {
		page.Secret = rand.Text()
	}
	payload, err := json.Marshal(pagePayload{page.ID, page.Point, page.Questionnaire, page.Version, page.Campaign, page.IssuedAt.UnixMilli(), page.Receipt, page.Secret})
	if err != nil {
		panic(err) // strings and numbers always have JSON
	}
	return page, tokenEncoding.EncodeToString(payload) + "." + tokenEncoding.EncodeToString(s.pageMAC(payload))
}

// OpenPage reads a token of Issue, of any node with the same key. The error
// is unauthorized: page.token for anything else, page.expired after PageLifetime,
// when the page is given nevertheless, to say which one is meant.
func (s *Service) OpenPage(token string) (Page, error) {
	const longest = 1024
	refused := &survey.Error{Code: survey.CodeUnauthorized, Reason: survey.ReasonPageToken, Message: "not a page token"}
	if len(token) > longest || strings.ContainsAny(token, "\r\n") { // which base64 would pass over
		return Page{}, refused
	}
	text, mac, ok := strings.Cut(token, ".")
	payload, err1 := tokenEncoding.DecodeString(text)
	sum, err2 := tokenEncoding.DecodeString(mac)
	if !ok || err1 != nil || err2 != nil || !hmac.Equal(sum, s.pageMAC(payload)) {
		return Page{}, refused
	}
	var p pagePayload
	if err := json.Unmarshal(payload, &p); err != nil {
		return Page{}, refused
	}
	page := Page{ID: p.ID, Point: p.Point, Questionnaire: p.Questionnaire, Version: p.Version, Campaign: p.Campaign, IssuedAt: time.UnixMilli(p.IssuedAt).UTC(),
		Receipt: p.Receipt, Secret: p.Secret}
	if s.now().Sub(page.IssuedAt) > PageLifetime {
		return page, &survey.Error{Code: survey.CodeUnauthorized, Reason: survey.ReasonPageExpired,
			Params: map[string]any{"days": int(PageLifetime / (24 * time.Hour))}, Message: "the page is too old"}
	}
	return page, nil
}

func (s *Service) pageMAC(payload []byte) []byte {
	mac := hmac.New(sha256.New, s.pageKey)
	mac.Write([]byte("sipas page token 1\n"))
	mac.Write(payload)
	return mac.Sum(nil)
}
