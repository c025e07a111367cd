package ledger

import (
	"crypto/sha256"
	"encoding/binary"

	"sipas/survey"
)

// The parts of an entry's hash and salt that can never change.
const (
	hashTag  = "sipas/ledger/entry/1"
	hashSize = sha256.Size
	saltSize = 16
)

// OpenHash is the digest of an open part under its salt. It is taken of an empty
// open part too, so that every entry has a salt until it is erased.
//
//	SHA-256(salt ‖ open)
func OpenHash(salt, open []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(open)
	return h.Sum(nil)
}

// EntryHash is the hash of an entry, from its fields other than Hash, Salt, Open
// and Signature. n is 8 bytes and len 4 bytes, both big-endian.
//
//	SHA-256("sipas/ledger/entry/1" ‖ prev ‖ len‖stream ‖ n ‖ len‖id ‖ len‖kind ‖ len‖kept ‖ openHash)
func EntryHash(e survey.Entry) []byte {
	b := make([]byte, 0, 256+len(e.Kept))
	b = append(b, hashTag...)
	b = append(b, e.Prev...)
	prefixed := func(part string) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	prefixed(e.Stream)
	b = binary.BigEndian.AppendUint64(b, uint64(e.N))
	prefixed(e.ID)
	prefixed(string(e.Kind))
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.Kept)))
	b = append(b, e.Kept...)
	b = append(b, e.OpenHash...)
	sum := sha256.Sum256(b)
	return sum[:]
}

// Position is the place of an entry in the ledger.
type Position struct {
	Stream string
	N      int64
}

// head is the newest entry of a stream that is known to be stored.
type head struct {
	n    int64
	hash []byte
}

// start is the head of a stream without entries.
func start() head { return head{hash: make([]byte, hashSize)} }

// continues reports whether e is the next entry of the chain and hashes to what it says.
func (h head) continues(e survey.Entry) bool { return h.flaw(e) == "" }

// flaw says what is wrong with e as the next entry of the chain, "" if nothing.
func (h head) flaw(e survey.Entry) string {
	switch {
	case e.N != h.n+1:
		return ReasonGap
	case string(e.Prev) != string(h.hash):
		return ReasonPrev
	case string(EntryHash(e)) != string(e.Hash):
		return ReasonHash
	case e.Salt != nil && (len(e.Salt) != saltSize || string(OpenHash(e.Salt, e.Open)) != string(e.OpenHash)):
		return ReasonOpen
	case e.Salt == nil && e.Open != nil:
		return ReasonOpen
	}
	return ""
}
