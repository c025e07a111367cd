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

// Seal is a signed list of all heads of a ledger at one moment. Verifier finds
// whether they are in place. What was written after the seal it knows nothing of.
type Seal struct {
	Store     string    // id of the store's identity
	Synthetic bool      // the store holds demo data
	At        time.Time // UTC, milliseconds
	Heads     []Head    // the oldest stream first
	PublicKey ed25519.PublicKey
	Signature []byte
}

// MakeSeal signs the heads that a store has now. It reads one entry of each
// stream and does not verify what is below it. The error is that of the store, or
// invalid for a key of the wrong length.
func MakeSeal(ctx context.Context, store survey.LedgerStore, identity survey.Identity, key ed25519.PrivateKey, at time.Time) (*Seal, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, &survey.Error{Code: survey.CodeInvalid, Reason: "ledger.key", Message: "the ledger key is no Ed25519 private key"}
	}
	_, heads, err := Heads(ctx, store)
	if err != nil {
		return nil, err
	}
	s := &Seal{Store: identity.ID, Synthetic: identity.Synthetic, At: at.UTC().Truncate(time.Millisecond),
		Heads: heads, PublicKey: key.Public().(ed25519.PublicKey)}
	signed, err := s.signed()
	if err != nil {
		return nil, err
	}
	s.Signature = ed25519.Sign(key, signed)
	return s, nil
}

// signed gives the bytes the signature is of:
//
//	"sipas/ledger/seal/1" ‖ {"at","heads":[{"hash","n","stream"}…],"publicKey","store","synthetic"}
//
// The JSON is canonical as that of entries is; hashes are hexadecimal, the key base64.
func (s *Seal) signed() ([]byte, error) {
	c := canonical{buf: []byte(sealTag)}
	c.open('{')
	c.time("at", s.At)
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
	PublicKey []byte     `json:"publicKey"`
	Signature []byte     `json:"signature"`
}

type sealHead struct {
	Stream string `json:"stream"`
	N      int64  `json:"n"`
	Hash   string `json:"hash"`
}

// Encode gives the seal as a JSON file; ParseSeal reads it. The error is internal.
func (s *Seal) Encode() ([]byte, error) {
	f := sealFile{Format: SealFormat, Store: s.Store, Synthetic: s.Synthetic, At: s.At, Heads: make([]sealHead, len(s.Heads)),
		PublicKey: s.PublicKey, Signature: s.Signature}
	for i, h := range s.Heads {
		f.Heads[i] = sealHead{h.Stream, h.N, hex.EncodeToString(h.Hash)}
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
	signed, err := s.signed()
	if err != nil || !ed25519.Verify(s.PublicKey, signed, s.Signature) {
		return nil, refused(ReasonSealSignature, "the seal was changed after it was signed", err)
	}
	return s, nil
}
