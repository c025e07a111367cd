package storetest

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"sipas/survey"
	"sipas/survey/ledger"
)

// Tampering changes a ledger past its store, as somebody with access to the
// database can. Entries are named by id.
type Tampering struct {
	SetKept  func(t *testing.T, id string, kept []byte)
	SetOpen  func(t *testing.T, id string, open []byte)
	SetPlace func(t *testing.T, id string, n int64) // within its stream; the place is free
	Remove   func(t *testing.T, id string)
}

// RunTampering checks that verification, alone and with a seal, finds what it
// promises to find, and only that. open gives a new, empty store each time.
func RunTampering(t *testing.T, open func(t *testing.T) (survey.Store, Tampering)) {
	const perCommit, beforeSeal, all = 3, 6, 12
	// Entry n of the one stream is response n.
	problem := func(n int64, response int, reason string) ledger.Problem {
		return ledger.Problem{N: n, ID: responseID(response), Reason: reason}
	}
	for _, test := range []struct {
		name string
		do   func(t *testing.T, store survey.LedgerStore, how Tampering, at int) // at: entries before the part that is tampered with
		want func(at int) []ledger.Problem
		seal func(at int) []ledger.Problem // found only with the seal
		tail int64                         // entries at the end that nothing signed covers, where no problem is found
	}{
		{name: "untouched", do: func(*testing.T, survey.LedgerStore, Tampering, int) {}},
		{name: "kept part changed",
			do: func(t *testing.T, store survey.LedgerStore, how Tampering, at int) {
				e := one(t, store, at+2)
				changed := bytes.Replace(e.Kept, []byte(`"overall":`+level(at+2)), []byte(`"overall":5`), 1)
				if bytes.Equal(changed, e.Kept) {
					t.Fatalf("nothing to change in %s", e.Kept)
				}
				how.SetKept(t, e.ID, changed)
			},
			want: func(at int) []ledger.Problem { return []ledger.Problem{problem(int64(at+2), at+2, ledger.ReasonHash)} }},
		{name: "open part changed",
			do: func(t *testing.T, _ survey.LedgerStore, how Tampering, at int) {
				how.SetOpen(t, responseID(at+2), []byte(`{"answers":{"comment":"tốt"}}`))
			},
			want: func(at int) []ledger.Problem { return []ledger.Problem{problem(int64(at+2), at+2, ledger.ReasonOpen)} }},
		{name: "open part removed",
			do: func(t *testing.T, _ survey.LedgerStore, how Tampering, at int) {
				how.SetOpen(t, responseID(at+2), nil)
			},
			want: func(at int) []ledger.Problem { return []ledger.Problem{problem(int64(at+2), at+2, ledger.ReasonOpen)} }},
		{name: "open part erased without an entry that says so",
			do: func(t *testing.T, store survey.LedgerStore, _ Tampering, at int) {
				must(t, store.EraseOpen(t.Context(), []string{responseID(at + 2)}))
			},
			want: func(at int) []ledger.Problem {
				return []ledger.Problem{problem(int64(at+2), at+2, ledger.ReasonErasure)}
			}},
		{name: "removed",
			do: func(t *testing.T, _ survey.LedgerStore, how Tampering, at int) { how.Remove(t, responseID(at+2)) },
			want: func(at int) []ledger.Problem {
				found := problem(int64(at+3), at+3, ledger.ReasonGap)
				found.Missing = 1
				return []ledger.Problem{found}
			}},
		{name: "removed, what follows moved up",
			do: func(t *testing.T, _ survey.LedgerStore, how Tampering, at int) {
				how.Remove(t, responseID(at+2))
				for i := at + 3; i <= all; i++ {
					how.SetPlace(t, responseID(i), int64(i-1))
				}
			},
			want: func(at int) []ledger.Problem {
				found := []ledger.Problem{problem(int64(at+2), at+3, ledger.ReasonPrev)}
				for i := at + 4; i <= all; i++ {
					found = append(found, problem(int64(i-1), i, ledger.ReasonHash))
				}
				return append(found, ledger.Problem{N: all, Reason: ledger.ReasonEnd, Missing: 1})
			}},
		{name: "exchanged",
			do: func(t *testing.T, _ survey.LedgerStore, how Tampering, at int) {
				how.SetPlace(t, responseID(at+2), all+1)
				how.SetPlace(t, responseID(at+3), int64(at+2))
				how.SetPlace(t, responseID(at+2), int64(at+3))
			},
			want: func(at int) []ledger.Problem {
				return []ledger.Problem{problem(int64(at+2), at+3, ledger.ReasonPrev), problem(int64(at+3), at+2, ledger.ReasonPrev),
					problem(int64(at+4), at+4, ledger.ReasonPrev)}
			}},
		{name: "put in between",
			do: func(t *testing.T, store survey.LedgerStore, how Tampering, at int) {
				for i := all; i >= at+2; i-- {
					how.SetPlace(t, responseID(i), int64(i+1))
				}
				before := one(t, store, at+1)
				put := chained(before.Stream, &before, "put in")
				put[0].Signature = nil
				must(t, store.Insert(t.Context(), put))
			},
			want: func(at int) []ledger.Problem {
				found := []ledger.Problem{problem(int64(at+3), at+2, ledger.ReasonPrev)}
				for i := at + 3; i <= all; i++ {
					found = append(found, problem(int64(i+1), i, ledger.ReasonHash))
				}
				return found
			}},
		// Nobody can tell it from what a killed server left, so it is counted.
		{name: "put at the end",
			do: func(t *testing.T, store survey.LedgerStore, _ Tampering, _ int) {
				last := one(t, store, all)
				put := chained(last.Stream, &last, "put in")
				put[0].Signature = nil
				must(t, store.Insert(t.Context(), put))
			},
			tail: 1},
		{name: "put at the end with a signature",
			do: func(t *testing.T, store survey.LedgerStore, _ Tampering, _ int) {
				last := one(t, store, all)
				must(t, store.Insert(t.Context(), chained(last.Stream, &last, responseID(all+1))))
			},
			want: func(int) []ledger.Problem { return []ledger.Problem{problem(all+1, all+1, ledger.ReasonSignature)} }},
		{name: "end cut off",
			do: func(t *testing.T, _ survey.LedgerStore, how Tampering, at int) {
				for i := all; i > at+perCommit; i-- { // whole commits
					how.Remove(t, responseID(i))
				}
			},
			// The stream was closed in order, and its end noted.
			want: func(at int) []ledger.Problem {
				return []ledger.Problem{{N: all, Reason: ledger.ReasonEnd, Missing: int64(all - at - perCommit)}}
			},
			seal: func(at int) []ledger.Problem {
				if at >= beforeSeal {
					return nil
				}
				return []ledger.Problem{{N: beforeSeal, Reason: ledger.ReasonRemoved}}
			}},
		{name: "end cut off and the note of it changed",
			do: func(t *testing.T, store survey.LedgerStore, how Tampering, at int) {
				stream := one(t, store, all).Stream
				for i := all; i > at+perCommit; i-- {
					how.Remove(t, responseID(i))
				}
				must(t, store.EndStream(t.Context(), stream, int64(at+perCommit)))
			},
			// Alone, a chain that ends early is a chain; after the seal nobody remembers its end.
			seal: func(at int) []ledger.Problem {
				if at >= beforeSeal {
					return nil
				}
				return []ledger.Problem{{N: beforeSeal, Reason: ledger.ReasonRemoved}}
			}},
	} {
		for part, at := range map[string]int{"before the seal": 0, "after the seal": beforeSeal} {
			t.Run(test.name+" "+part, func(t *testing.T) {
				store, how := open(t)
				led := store.Ledger()
				seal := sealedLedger(t, store, perCommit, beforeSeal, all)
				test.do(t, led, how, at)
				var want []ledger.Problem
				if test.want != nil {
					want = test.want(at)
				}
				same(t, "problems", problems(t, ledger.Verifier{Store: led}, test.tail), want)
				if test.seal != nil {
					want = append(want, test.seal(at)...)
				}
				same(t, "problems with the seal", problems(t, ledger.Verifier{Store: led, Seal: seal}, test.tail), want)
			})
		}
	}
}

// sealedLedger writes responses 1 to all as one stream and gives a seal made after the first ones.
func sealedLedger(t *testing.T, store survey.Store, perCommit, beforeSeal, all int) (seal *ledger.Seal) {
	t.Helper()
	l := open(t, store, patience)
	for i := 1; i <= all; i += perCommit {
		var batch []ledger.Draft
		for j := i; j < i+perCommit; j++ {
			batch = append(batch, draft(t, j, 1+j%4, "góp ý"))
		}
		_, err := l.Append(t.Context(), batch)
		must(t, err)
		if i+perCommit-1 == beforeSeal {
			seal, err = ledger.MakeSeal(t.Context(), store, survey.Identity{ID: "tinh"}, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)), instant)
			must(t, err)
		}
	}
	must(t, l.Close(t.Context()))
	return seal
}

// level is what response i answers.
func level(i int) string { return string(rune('1' + i%4)) }

func one(t *testing.T, store survey.LedgerStore, i int) survey.Entry {
	t.Helper()
	found, err := store.Find(t.Context(), []string{responseID(i)})
	must(t, err)
	if len(found) != 1 {
		t.Fatalf("response %d is not stored", i)
	}
	return found[0]
}

// problems gives all that is found, without the stream: there is one. Where it
// is nothing, tail is how many entries at the end are unsigned.
func problems(t *testing.T, v ledger.Verifier, tail int64) (found []ledger.Problem) {
	t.Helper()
	v.Found = func(p ledger.Problem) {
		p.Stream = ""
		found = append(found, p)
	}
	report, err := v.Verify(t.Context())
	must(t, err)
	if report.OK() != (len(found) == 0) {
		t.Errorf("the report says %v of %d problems", report.OK(), len(found))
	}
	if got := report.Streams[0].Unsigned; report.OK() && got != tail {
		t.Errorf("%d entries at the end are unsigned, want %d", got, tail)
	}
	return found
}
