package registry

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"sipas/survey"
)

// auditTag separates the hashes of the audit chain from all others.
const auditTag = "sipas audit entry 1\n"

// canonical writes a value as encoding/json does without HTML escaping, with
// the members of every object in byte order of their names. AuditHash names the rule for what it needs.
func canonical(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var plain any
	if err := decoder.Decode(&plain); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(plain); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// digest is the SHA-256 of a value as canonical JSON.
func digest(v any) ([]byte, error) {
	b, err := canonical(v)
	if err != nil {
		return nil, &survey.Error{Code: survey.CodeInternal, Message: "a document has no JSON", Err: err}
	}
	sum := sha256.Sum256(b)
	return sum[:], nil
}

// AuditHash is what chains an audit entry to the one before:
//
//	SHA-256("sipas audit entry 1\n" ‖ prev ‖ body)
//
// prev are the 32 bytes of the hash of the entry before, zeros for the first. body
// is the entry as a JSON object in UTF-8 without white space, with exactly these members in this order:
//
//	action actor agency at collection digest hash id key n prev rev
//
// hash and prev are null. n and rev are decimal integers. digest is base64 (standard
// alphabet, padded). at is RFC 3339 in UTC with "Z", cut to milliseconds, without trailing zeros in the
// fraction and without a fraction of zero. The other members are texts, escaped as in RFC 8785
// (\" \\ \b \f \n \r \t, else \u00xx below U+0020), but with U+2028 and U+2029 as \u2028 and \u2029;
// each byte that is not UTF-8 is U+FFFD.
func AuditHash(e survey.AuditEntry) ([]byte, error) {
	prev := e.Prev
	e.Prev, e.Hash, e.At = nil, nil, e.At.UTC().Truncate(time.Millisecond)
	body, err := canonical(e)
	if err != nil {
		return nil, &survey.Error{Code: survey.CodeInternal, Message: "an audit entry has no JSON", Err: err}
	}
	h := sha256.New()
	h.Write([]byte(auditTag))
	h.Write(prev)
	h.Write(body)
	return h.Sum(nil), nil
}

// appendAudit puts an entry at the end of the chain, once: an entry whose id the
// chain already holds is left alone, and a place another node took is tried again one further on.
func (r *Registry) appendAudit(ctx context.Context, e survey.AuditEntry) error {
	r.auditMu.Lock()
	defer r.auditMu.Unlock()
	chain := r.store.Audit()
	const attempts = 200 // each failed one means that another node appended
	for range attempts {
		_, err := chain.Find(ctx, e.ID)
		if err == nil {
			return nil
		}
		if !survey.IsCode(err, survey.CodeNotFound) {
			return err
		}
		last, err := chain.Last(ctx)
		switch {
		case survey.IsCode(err, survey.CodeNotFound):
			last = survey.AuditEntry{Hash: make([]byte, sha256.Size)}
		case err != nil:
			return err
		}
		e.N, e.Prev = last.N+1, last.Hash
		if e.Hash, err = AuditHash(e); err != nil {
			return err
		}
		err = chain.Append(ctx, e)
		if !survey.IsCode(err, survey.CodeConflict) {
			return err
		}
	}
	return &survey.Error{Code: survey.CodeUnavailable, Message: "the audit chain is too busy"}
}

// Record leaves the audit entry of an act that writes no document here, before it is done:
// key says what it concerns, and what is what its digest covers. Errors: forbidden
// (see Permit), unavailable; the act is then not to be done.
func (r *Registry) Record(ctx context.Context, act Act, key string, what any) error {
	if err := r.Permit(act.Actor, act.Right, act.Agency); err != nil {
		return err
	}
	sum, err := digest(what)
	if err != nil {
		return err
	}
	at := r.now().UTC().Truncate(time.Millisecond)
	e := survey.AuditEntry{At: at, Actor: act.Actor.User, Action: act.Action, Collection: act.Collection, RecordKey: key, Rev: at.UnixMilli(),
		Agency: act.Agency, Digest: sum}
	for ; ; e.Rev++ {
		e.ID = act.Collection + "/" + key + "/" + strconv.FormatInt(e.Rev, 10)
		_, err := r.store.Audit().Find(ctx, e.ID)
		if survey.IsCode(err, survey.CodeNotFound) {
			return r.appendAudit(ctx, e)
		}
		if err != nil {
			return err
		}
		// Another act of this millisecond.
	}
}

// FinishAudits appends every audit entry that documents still owe after a crash
// or an outage. It reads every collection. Safe to call at any time and on any node; done by Open,
// by Run where this node owes something, and by reading the beginning of the audit log.
func (r *Registry) FinishAudits(ctx context.Context) error {
	r.owing.Store(false)
	for _, c := range r.audited {
		if err := c.finish(ctx, r); err != nil {
			r.owing.Store(true)
			return err
		}
	}
	return nil
}

// readAudit checks that the actor may read some of the audit log and appends
// what is owed: what any node's crash left out where the log is read from its beginning, which
// every reader does first, and else only what this node knows of.
func (r *Registry) readAudit(ctx context.Context, actor survey.Actor, beginning bool) (s *Snapshot, whole bool, err error) {
	s = r.Snapshot()
	scope, whole := s.Scope(actor, survey.RightAudit)
	if !whole && len(scope) == 0 {
		return nil, false, r.Permit(actor, survey.RightAudit, "")
	}
	if beginning || r.owing.Load() {
		err = r.FinishAudits(ctx)
	}
	return s, whole, err
}

// auditStep is the most entries of the audit log read at a time.
const auditStep = 1000

// AuditPage gives up to limit (at most 1000) entries of the audit log, oldest
// first, after the first skip of those that the actor may read, and how many these are in all.
// Forbidden where the actor may read none; else unavailable. What a crash left out is appended before the first page is read.
//
// Over the whole province a page costs the reading of its own entries; over a part
// of it, that of the whole log.
func (r *Registry) AuditPage(ctx context.Context, actor survey.Actor, skip, limit int) (entries []survey.AuditEntry, total int, err error) {
	skip, limit = max(0, skip), max(0, min(limit, auditStep))
	s, whole, err := r.readAudit(ctx, actor, skip == 0)
	if err != nil {
		return nil, 0, err
	}
	entries = []survey.AuditEntry{}
	chain := r.store.Audit()
	if whole {
		last, err := chain.Last(ctx)
		if err != nil && !survey.IsCode(err, survey.CodeNotFound) {
			return nil, 0, err
		}
		total = int(last.N) // numbers count from 1 without a gap
		if skip >= total || limit == 0 {
			return entries, total, nil
		}
		entries, err = chain.After(ctx, int64(skip), min(limit, total-skip))
		return entries, total, err
	}
	for n := int64(0); ; {
		step, err := chain.After(ctx, n, auditStep)
		if err != nil {
			return nil, 0, err
		}
		for _, e := range step {
			n = e.N
			if !s.Allows(actor, survey.RightAudit, e.Agency) {
				continue
			}
			if total >= skip && len(entries) < limit {
				entries = append(entries, e)
			}
			total++
		}
		if len(step) < auditStep {
			return entries, total, nil
		}
	}
}

// Audit gives up to limit (at most 1000) entries of the audit log after number
// n, in order, limited to the part of the province whose log the actor may read;
// forbidden where there is none. What a crash left out is appended before reading from the beginning.
func (r *Registry) Audit(ctx context.Context, actor survey.Actor, n int64, limit int) ([]survey.AuditEntry, error) {
	s, _, err := r.readAudit(ctx, actor, n <= 0)
	if err != nil {
		return nil, err
	}
	limit = max(1, min(limit, auditStep))
	visible := []survey.AuditEntry{}
	for {
		entries, err := r.store.Audit().After(ctx, n, limit)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			n = e.N
			if s.Allows(actor, survey.RightAudit, e.Agency) {
				visible = append(visible, e)
			}
			if len(visible) == limit {
				return visible, nil
			}
		}
		if len(entries) < limit {
			return visible, nil
		}
	}
}

// VerifyAudit reads the whole audit chain and gives the number of entries. A
// chain that was altered, reordered or cut in the middle is an internal error that
// names the first bad number and what is wrong there; entries cut off at the end cannot
// be found this way, a seal of the ledger finds them.
func VerifyAudit(ctx context.Context, chain survey.AuditStore) (int64, error) {
	n, prev := int64(0), make([]byte, sha256.Size)
	for {
		entries, err := chain.After(ctx, n, 500)
		if err != nil {
			return n, err
		}
		if len(entries) == 0 {
			return n, nil
		}
		for _, e := range entries {
			hash, err := AuditHash(e)
			if err != nil {
				return n, err
			}
			flaw := ""
			switch {
			case e.N != n+1:
				flaw = "it is missing"
			case !bytes.Equal(e.Prev, prev):
				flaw = "it does not follow the entry before it"
			case !bytes.Equal(e.Hash, hash):
				flaw = "its content is not what was hashed"
			}
			if flaw != "" {
				return n, &survey.Error{Code: survey.CodeInternal, Message: fmt.Sprintf("the audit chain is broken at entry %d: %s", n+1, flaw)}
			}
			n, prev = e.N, e.Hash
		}
	}
}
