package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"sipas/survey"
)

// EncodeResponse gives the canonical bytes of a response's kept and open parts;
// open is nil where nothing open was answered. q is the questionnaire version
// the response names: it says which answers are open.
//
// kept is {"agency","at","delivery","fieldId","flags","receivedAt","sent"}, where
// sent holds what the client sent after normalisation, without the id and the open answers;
// optional parts that were not sent are left out. open is {"answers":{…}}.
// Texts are taken as NFC already; times are cut to milliseconds.
//
// The error is internal: an answer to no item of q, or something that has no JSON.
func EncodeResponse(r survey.Response, q *survey.Questionnaire) (kept, open []byte, err error) {
	k := &canonical{buf: make([]byte, 0, 512)}
	k.open('{')
	k.text("agency", r.Agency)
	k.time("at", r.At)
	k.text("delivery", string(r.Delivery))
	k.text("fieldId", r.FieldID)
	k.flags("flags", r.Flags)
	k.time("receivedAt", r.ReceivedAt)
	k.key("sent")
	k.open('{')
	if r.AnsweredAt != nil {
		k.time("answeredAt", *r.AnsweredAt)
	}
	k.key("answers")
	k.open('{')
	o := &canonical{}
	for _, id := range r.Answers.IDs() {
		item := q.Item(id)
		if item == nil {
			return nil, nil, &survey.Error{Code: survey.CodeInternal, Message: "an answer to no item of the questionnaire"}
		}
		part := k
		if item.Open() {
			part = o
			if len(o.buf) == 0 {
				o.buf = append(o.buf, `{"answers":{`...)
			}
		}
		part.key(id)
		part.answer(r.Answers[id])
	}
	k.close('}')
	k.optional("campaign", r.Campaign)
	k.text("capture", string(r.Capture))
	if r.ClockOffset != nil {
		k.integer("clockOffset", *r.ClockOffset)
	}
	k.optional("field", r.Field)
	k.text("language", string(r.Language))
	k.boolean("partial", r.Partial)
	k.text("point", r.Point)
	k.optional("procedure", r.Procedure)
	k.text("questionnaire", r.Questionnaire)
	if r.StartedAt != nil {
		k.time("startedAt", *r.StartedAt)
	}
	k.integer("version", int64(r.Version))
	k.close('}')
	k.close('}')
	if kept, err = k.bytes(); err != nil {
		return nil, nil, err
	}
	if len(o.buf) > 0 {
		o.buf = append(o.buf, "}}"...)
	}
	if open, err = o.bytes(); err != nil {
		return nil, nil, err
	}
	return kept, open, nil
}

// DecodeResponse reads a response entry back, with its open answers as long as
// they exist. Times are UTC. The error is internal: an entry of another kind or
// bytes that EncodeResponse did not write.
func DecodeResponse(e survey.Entry) (survey.Response, error) {
	if e.Kind == survey.EntryResponse {
		if r, ok := scanResponse(e.Kept, e.Open); ok {
			r.ID = e.ID
			return r, nil
		}
	}
	return decodeResponse(e)
}

// decodeResponse reads a response in any order of its keys.
func decodeResponse(e survey.Entry) (survey.Response, error) {
	var kept struct {
		Agency     string            `json:"agency"`
		At         time.Time         `json:"at"`
		Delivery   survey.Delivery   `json:"delivery"`
		FieldID    string            `json:"fieldId"`
		Flags      []survey.Flag     `json:"flags"`
		ReceivedAt time.Time         `json:"receivedAt"`
		Sent       survey.Submission `json:"sent"`
	}
	if err := decode(e, survey.EntryResponse, &kept); err != nil {
		return survey.Response{}, err
	}
	r := survey.Response{Submission: kept.Sent, Agency: kept.Agency, FieldID: kept.FieldID, Delivery: kept.Delivery,
		At: kept.At, ReceivedAt: kept.ReceivedAt, Flags: kept.Flags}
	r.ID = e.ID
	if len(e.Open) > 0 {
		// Unmarshal adds to a map that is there, so the kept answers stay.
		open := struct {
			Answers survey.Answers `json:"answers"`
		}{r.Answers}
		if err := json.Unmarshal(e.Open, &open); err != nil {
			return survey.Response{}, unreadable(err)
		}
		r.Answers = open.Answers
	}
	return r, nil
}

// Flagging is a later judgement on a response: flags set, or cleared. Stream and
// N say where the response's entry is. The system also says what it judged by; a
// person says why, and repeats what the flag stood on. Nothing of an entry can be erased: a reason names nobody.
type Flagging struct {
	Response string        `json:"response"`
	Stream   string        `json:"stream"`
	N        int64         `json:"n"`
	Flags    []survey.Flag `json:"flags"`
	By       string        `json:"by"` // user id, or "system"
	At       time.Time     `json:"at"`
	Clear    bool          `json:"clear"` // the flags are taken away, not set
	Reason   string        `json:"reason,omitempty"`
	Signal   string        `json:"signal,omitempty"`
	Score    *float64      `json:"score,omitempty"` // of the signal, on its own scale
}

// EncodeFlagging gives the canonical bytes of a flag entry's kept part; the error is internal.
func EncodeFlagging(f Flagging) ([]byte, error) {
	var c canonical
	c.open('{')
	c.time("at", f.At)
	c.text("by", f.By)
	c.boolean("clear", f.Clear)
	c.flags("flags", f.Flags)
	c.integer("n", f.N)
	if f.Reason != "" {
		c.text("reason", f.Reason)
	}
	c.text("response", f.Response)
	if f.Score != nil {
		c.key("score")
		c.number(*f.Score)
	}
	if f.Signal != "" {
		c.text("signal", f.Signal)
	}
	c.text("stream", f.Stream)
	c.close('}')
	return c.bytes()
}

// DecodeFlagging reads a flag entry back; the error is internal.
func DecodeFlagging(e survey.Entry) (f Flagging, err error) {
	err = decode(e, survey.EntryFlag, &f)
	return f, err
}

// flaggingID names a flag entry by what it says, so that a repeated one is a duplicate.
func flaggingID(response string, kept []byte) string {
	digest := sha256.Sum256(kept)
	return "flag/" + response + "/" + hex.EncodeToString(digest[:8])
}

// Erasure says that the open part of a response was removed, and why. Stream and
// N say where the response's entry is.
type Erasure struct {
	Response string    `json:"response"`
	Stream   string    `json:"stream"`
	N        int64     `json:"n"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
}

// EncodeErasure gives the canonical bytes of an erasure entry's kept part; the error is internal.
func EncodeErasure(x Erasure) ([]byte, error) {
	var c canonical
	c.open('{')
	c.time("at", x.At)
	c.integer("n", x.N)
	c.text("reason", x.Reason)
	c.text("response", x.Response)
	c.text("stream", x.Stream)
	c.close('}')
	return c.bytes()
}

// DecodeErasure reads an erasure entry back; the error is internal.
func DecodeErasure(e survey.Entry) (x Erasure, err error) {
	err = decode(e, survey.EntryErasure, &x)
	return x, err
}

const erasurePrefix = "erasure/"

// erasureID is the one id the erasure of a response can have.
func erasureID(response string) string { return erasurePrefix + response }

// Erased gives those of the responses, named by their ids, that an erasure entry is
// stored of, whether or not their open part is gone yet. The error is that of the store.
func Erased(ctx context.Context, store survey.LedgerStore, responses []string) (map[string]bool, error) {
	if len(responses) == 0 {
		return nil, nil
	}
	ids := make([]string, len(responses))
	for i, id := range responses {
		ids[i] = erasureID(id)
	}
	found, err := store.Find(ctx, ids)
	if err != nil {
		return nil, err
	}
	erased := make(map[string]bool, len(found))
	for _, e := range found {
		erased[strings.TrimPrefix(e.ID, erasurePrefix)] = true
	}
	return erased, nil
}

func decode(e survey.Entry, kind survey.EntryKind, into any) error {
	if e.Kind != kind {
		return &survey.Error{Code: survey.CodeInternal, Message: "a ledger entry of another kind than " + string(kind)}
	}
	if err := json.Unmarshal(e.Kept, into); err != nil {
		return unreadable(err)
	}
	return nil
}

func unreadable(err error) error {
	return &survey.Error{Code: survey.CodeInternal, Message: "a ledger entry cannot be read", Err: err}
}

// Draft is what is to become an entry: everything but its place in the chain.
// Kept and Open are canonical bytes; Open may be nil.
type Draft struct {
	ID         string
	Kind       survey.EntryKind
	Kept, Open []byte
}

// SameContent reports whether a draft says what the stored entry of its id says.
// Of a response that is what the client sent: its kept part without the server's
// own findings (receipt, agency, flags), and its open part as far as it was not
// erased. Of other kinds it is the whole kept part.
func SameContent(stored survey.Entry, d Draft) bool {
	if stored.Kind != d.Kind {
		return false
	}
	if stored.Salt != nil && !bytes.Equal(stored.OpenHash, OpenHash(stored.Salt, d.Open)) {
		return false
	}
	if d.Kind != survey.EntryResponse {
		return bytes.Equal(stored.Kept, d.Kept)
	}
	was, ok := sent(stored.Kept)
	is, ok2 := sent(d.Kept)
	return ok && ok2 && bytes.Equal(was, is)
}

// sent cuts out of a response's kept part what the client sent. Both sides of a
// comparison are canonical, so equal bytes are equal content.
func sent(kept []byte) ([]byte, bool) {
	var part struct {
		Sent json.RawMessage `json:"sent"`
	}
	err := json.Unmarshal(kept, &part)
	return part.Sent, err == nil && part.Sent != nil
}
