package ledger

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"time"

	"sipas/survey"
)

// sealTag comes before the canonical bytes of a seal where they are signed. It
// can never change, and nothing else that the ledger key signs begins with it.
const sealTag = "sipas/ledger/seal/1"

// SealFormat is what a seal's file says it is.
const SealFormat = sealTag

// Seal is a signed list of all heads of a ledger, and of the audit log, at one moment.
// Verifier finds whether those of the ledger are in place. What was written after the
// seal it knows nothing of.
type Seal struct {
	Store     string    // id of the store's identity
	Synthetic bool      // the store holds demo data
	At        time.Time // UTC, milliseconds
	Heads     []Head    // the oldest stream first
	Audit     *Head     // of the audit log, which is no stream; nil in seals made before it was named
	PublicKey ed25519.PublicKey
	Signature []byte
}

// MakeSeal signs the heads that a store has now. It reads one entry of each
// stream and of the audit log and does not verify what is below it. The error is that of the store, or
// invalid for a key of the wrong length.
func MakeSeal(ctx context.Context, store survey.Store, identity survey.Identity, key ed25519.PrivateKey, at time.Time) (*Seal, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, &survey.Error{Code: survey.CodeInvalid, Reason: "ledger.key", Message: "the ledger key is no Ed25519 private key"}
	}
	_, heads, err := Heads(ctx, store.Ledger())
	if err != nil {
		return nil, err
	}
	audit := Head{Hash: start().hash}
	if last, err := store.Audit().Last(ctx); err == nil {
		audit = Head{N: last.N, Hash: last.Hash}
	} else if !survey.IsCode(err, survey.CodeNotFound) {
		return nil, err
	}
	s := &Seal{Store: identity.ID, Synthetic: identity.Synthetic, At: at.UTC().Truncate(time.Millisecond),
		Heads: heads, Audit: &audit, PublicKey: key.Public().(ed25519.PublicKey)}
	signed, err := s.signed()
	if err != nil {
		return nil, err
	}
	s.Signature = ed25519.Sign(key, signed)
	return s, nil
}

// signed gives the bytes the signature is of:
//
//	"sipas/ledger/seal/1" ‖ {"at","audit":{"hash","n"},"heads":[{"hash","n","stream"}…],"publicKey","store","synthetic"}
//
// The JSON is canonical as that of entries is; hashes are hexadecimal, the key base64.
// A seal that does not name the audit log has no member audit.
func (s *Seal) signed() ([]byte, error) {
	c := canonical{buf: []byte(sealTag)}
	c.open('{')
	c.time("at", s.At)
	if s.Audit != nil {
		c.key("audit")
		c.open('{')
		c.text("hash", hex.EncodeToString(s.Audit.Hash))
		c.integer("n", s.Audit.N)
		c.close('}')
	}
	c.key("heads")
	c.open('[')
	for _, h := range s.Heads {
		c.separate()
		c.open('{')
		c.text("hash", hex.EncodeToString(h.Hash))
		c.integer("n", h.N)
		c.text("stream", h.Stream)
		c.close('}')
	}
	c.close(']')
	c.text("publicKey", base64.StdEncoding.EncodeToString(s.PublicKey))
	c.text("store", s.Store)
	c.boolean("synthetic", s.Synthetic)
	c.close('}')
	return c.bytes()
}

// sealFile is a seal as it is written.
type sealFile struct {
	Format    string     `json:"format"`
	Store     string     `json:"store"`
	Synthetic bool       `json:"synthetic"`
	At        time.Time  `json:"at"`
	Heads     []sealHead `json:"heads"`
	Audit     *auditHead `json:"audit,omitempty"`
	PublicKey []byte     `json:"publicKey"`
	Signature []byte     `json:"signature"`
}

type sealHead struct {
	Stream string `json:"stream"`
	N      int64  `json:"n"`
	Hash   string `json:"hash"`
}

type auditHead struct {
	N    int64  `json:"n"`
	Hash string `json:"hash"`
}

// Encode gives the seal as a JSON file; ParseSeal reads it. The error is internal.
func (s *Seal) Encode() ([]byte, error) {
	f := sealFile{Format: SealFormat, Store: s.Store, Synthetic: s.Synthetic, At: s.At, Heads: make([]sealHead, len(s.Heads)),
		PublicKey: s.PublicKey, Signature: s.Signature}
	for i, h := range s.Heads {
		f.Heads[i] = sealHead{h.Stream, h.N, hex.EncodeToString(h.Hash)}
	}
	if s.Audit != nil {
		f.Audit = &auditHead{s.Audit.N, hex.EncodeToString(s.Audit.Hash)}
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, &survey.Error{Code: survey.CodeInternal, Message: "a seal cannot be written as JSON", Err: err}
	}
	return append(text, '\n'), nil
}

// The reasons why a file is refused as a seal.
const (
	ReasonSealFormat    = "seal.format"    // it is no seal, or one of a newer version
	ReasonSealSignature = "seal.signature" // it is not as it was signed
)

// ParseSeal reads a seal and checks its signature by the public key it names.
// Whose key that is, the caller must know. The error is invalid with one of the reasons above.
func ParseSeal(text []byte) (*Seal, error) {
	refused := func(reason, message string, err error) error {
		return &survey.Error{Code: survey.CodeInvalid, Reason: reason, Message: message, Err: err}
	}
	var f sealFile
	if err := json.Unmarshal(text, &f); err != nil || f.Format != SealFormat || len(f.PublicKey) != ed25519.PublicKeySize {
		return nil, refused(ReasonSealFormat, "the file is no seal of a ledger", err)
	}
	s := &Seal{Store: f.Store, Synthetic: f.Synthetic, At: f.At, Heads: make([]Head, len(f.Heads)), PublicKey: f.PublicKey, Signature: f.Signature}
	streams := map[string]bool{}
	for i, h := range f.Heads {
		hash, err := hex.DecodeString(h.Hash)
		if err != nil || len(hash) != hashSize || h.N < 0 || streams[h.Stream] {
			return nil, refused(ReasonSealFormat, "the file is no seal of a ledger", err)
		}
		streams[h.Stream] = true
		s.Heads[i] = Head{h.Stream, h.N, hash}
	}
	if f.Audit != nil {
		hash, err := hex.DecodeString(f.Audit.Hash)
		if err != nil || len(hash) != hashSize || f.Audit.N < 0 {
			return nil, refused(ReasonSealFormat, "the file is no seal of a ledger", err)
		}
		s.Audit = &Head{N: f.Audit.N, Hash: hash}
	}
	signed, err := s.signed()
	if err != nil || !ed25519.Verify(s.PublicKey, signed, s.Signature) {
		return nil, refused(ReasonSealSignature, "the seal was changed after it was signed", err)
	}
	return s, nil
}
