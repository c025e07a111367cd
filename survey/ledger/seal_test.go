package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sipas/survey"
)

var sealedAt = time.Date(2026, 11, 23, 17, 0, 0, 123456789, time.UTC)

// province is a store of a ledger to be tampered with and an audit log of so many entries.
type province struct {
	survey.Store
	survey.AuditStore
	ledger *memory
	acts   int64
}

func (p province) Ledger() survey.LedgerStore { return p.ledger }
func (p province) Audit() survey.AuditStore   { return p }

func (p province) Last(context.Context) (survey.AuditEntry, error) {
	if p.acts == 0 {
		return survey.AuditEntry{}, &survey.Error{Code: survey.CodeNotFound}
	}
	return survey.AuditEntry{N: p.acts, Hash: bytes.Repeat([]byte{0xcd}, hashSize)}, nil
}

func sealed(t *testing.T, m *memory) *Seal {
	t.Helper()
	s, err := MakeSeal(t.Context(), province{ledger: m}, survey.Identity{ID: "tinh", Synthetic: true}, testKey, sealedAt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealRefuses(t *testing.T) {
	if _, err := MakeSeal(t.Context(), province{ledger: &memory{}}, survey.Identity{}, testKey[:10], sealedAt); !survey.IsCode(err, survey.CodeInvalid) {
		t.Errorf("a short key: error %v, want invalid", err)
	}
	text, err := sealed(t, sample(t)).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, old, new, reason string }{
		{"no JSON", "{", "", ReasonSealFormat},
		{"another format", SealFormat, "sipas/ledger/seal/2", ReasonSealFormat},
		{"a hash that is none", `"hash": "`, `"hash": "zz`, ReasonSealFormat},
		{"a stream twice", `"stream": "b"`, `"stream": "a"`, ReasonSealFormat},
		{"a place below none", `"n": 5`, `"n": -5`, ReasonSealFormat},
		{"another place", `"n": 5`, `"n": 4`, ReasonSealSignature},
		{"another stream", `"stream": "b"`, `"stream": "c"`, ReasonSealSignature},
		{"another store", `"store": "tinh"`, `"store": "huyen"`, ReasonSealSignature},
		{"another kind of store", `"synthetic": true`, `"synthetic": false`, ReasonSealSignature},
		{"another time", "17:00:00.123", "17:00:00.124", ReasonSealSignature},
		{"an audit log of no hash", `"audit": {
    "n": 0,
    "hash": "`, `"audit": {"n": 0, "hash": "zz`, ReasonSealFormat},
		{"another audit log", `"audit": {
    "n": 0`, `"audit": {"n": 1`, ReasonSealSignature},
		{"the audit log left out", `"audit": {`, `"was": {`, ReasonSealSignature},
		{"no signature", `"signature": "`, `"was": "`, ReasonSealSignature},
	} {
		t.Run(test.name, func(t *testing.T) {
			changed := strings.Replace(string(text), test.old, test.new, 1)
			if changed == string(text) {
				t.Fatalf("%s is not in %s", test.old, text)
			}
			_, err := ParseSeal([]byte(changed))
			if !survey.IsCode(err, survey.CodeInvalid) || err.(*survey.Error).Reason != test.reason {
				t.Errorf("error %v, want invalid %s", err, test.reason)
			}
		})
	}
	t.Run("another key", func(t *testing.T) {
		s := sealed(t, sample(t))
		s.PublicKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
		text, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseSeal(text); !survey.IsCode(err, survey.CodeInvalid) {
			t.Errorf("error %v, want invalid", err)
		}
	})
}

func TestSeal(t *testing.T) {
	m := sample(t)
	s := sealed(t, m)
	want := []Head{{"a", 5, m.entries[4].Hash}, {"b", 1, m.entries[5].Hash}, {"empty", 0, make([]byte, hashSize)}}
	if none := (&Head{Hash: make([]byte, hashSize)}); !reflect.DeepEqual(s.Heads, want) || !reflect.DeepEqual(s.Audit, none) {
		t.Errorf("heads %+v, %+v, want %+v, %+v", s.Heads, s.Audit, want, none)
	}
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := ParseSeal(text); err != nil || !reflect.DeepEqual(back, s) {
		t.Errorf("read back: %+v %v, want %+v", back, err, s)
	}
}

// A seal of today is read in years: its bytes never change. Those made before the
// audit log was named are as good as ever.
func TestSealGolden(t *testing.T) {
	hash := bytes.Repeat([]byte{0xab}, hashSize)
	m := &memory{streams: []survey.Stream{{ID: "2a"}, {ID: "zz"}}, entries: []survey.Entry{{Stream: "2a", N: 12, Hash: hash}}}
	now, err := MakeSeal(t.Context(), province{ledger: m, acts: 34}, survey.Identity{ID: "tinh", Synthetic: true}, testKey, sealedAt)
	if err != nil {
		t.Fatal(err)
	}
	before := *now
	before.Audit = nil
	signed, err := before.signed()
	if err != nil {
		t.Fatal(err)
	}
	before.Signature = ed25519.Sign(testKey, signed)
	for path, s := range map[string]*Seal{"testdata/seal.json": &before, "testdata/seal-audit.json": now} {
		text, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		golden, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(golden, text) {
			t.Errorf("the seal is %s, want %s (%v)", text, golden, err)
		}
		if back, err := ParseSeal(golden); err != nil || !reflect.DeepEqual(back, s) {
			t.Errorf("read back from %s: %+v %v, want %+v", path, back, err, s)
		}
	}
}

func TestVerifyWithSeal(t *testing.T) {
	for _, test := range []struct {
		name      string
		tamper    func(t *testing.T, m *memory)
		want      []Problem
		displaced int
	}{
		{"untouched", func(*testing.T, *memory) {}, nil, 0},
		{"went on", func(t *testing.T, m *memory) {
			m.add("a", answered(t, "a6", ""))
			m.add("empty", answered(t, "c1", ""))
		}, nil, 0},
		{"end of a stream removed", func(_ *testing.T, m *memory) { m.entries = slices.Delete(m.entries, 4, 5) }, []Problem{{"a", 5, "", ReasonRemoved, 0}}, 1},
		{"a whole stream removed", func(_ *testing.T, m *memory) { m.entries = m.entries[:5] }, []Problem{{"b", 1, "", ReasonRemoved, 0}}, 1},
		{"a stream removed with its registration", func(_ *testing.T, m *memory) { m.entries, m.streams = m.entries[5:], m.streams[1:] },
			[]Problem{{"a", 5, "", ReasonStream, 0}}, 1},
		{"end removed, then gone on", func(t *testing.T, m *memory) {
			m.entries = slices.Delete(m.entries, 3, 5)
			m.add("a", answered(t, "x1", ""), answered(t, "x2", ""), answered(t, "x3", ""))
		}, []Problem{{"a", 5, "x2", ReasonSealed, 0}}, 1},
		{"all hashed and signed anew by the holder of the key", func(_ *testing.T, m *memory) {
			m.entries[0].Kept = []byte(`{}`)
			m.rechain()
			for i := range m.entries {
				m.entries[i].Signature = ed25519.Sign(testKey, m.entries[i].Hash)
			}
		}, []Problem{{"a", 5, "a5", ReasonSealed, 0}}, 1},
		{"one removed below the head", func(_ *testing.T, m *memory) { m.entries = slices.Delete(m.entries, 1, 2) }, []Problem{{"a", 3, "a3", ReasonGap, 1}}, 0},
		{"the head changed", func(_ *testing.T, m *memory) { m.entries[4].Kept = []byte(`{}`) }, []Problem{{"a", 5, "a5", ReasonHash, 0}}, 1},
		{"one changed below the head", func(_ *testing.T, m *memory) { m.entries[1].Kept = []byte(`{}`) }, []Problem{{"a", 2, "a2", ReasonHash, 0}}, 0},
		{"the head removed, what follows it kept", func(t *testing.T, m *memory) {
			m.add("a", answered(t, "a6", ""))
			m.entries = slices.Delete(m.entries, 4, 5)
		}, []Problem{{"a", 6, "a6", ReasonGap, 1}, {"a", 5, "", ReasonRemoved, 0}}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := sample(t)
			s := sealed(t, m)
			test.tamper(t, m)
			var found []Problem
			report, err := Verifier{Store: m, Seal: s, Found: func(p Problem) { found = append(found, p) }}.Verify(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(found, test.want) || report.OK() != (test.want == nil) || report.Displaced != test.displaced {
				t.Errorf("found %+v, %d heads displaced, want %+v, %d", found, report.Displaced, test.want, test.displaced)
			}
		})
	}
}
