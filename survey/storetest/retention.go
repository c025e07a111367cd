package storetest

import (
	"fmt"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
)

func day(i int) time.Time { return instant.AddDate(0, 0, i) }

// opened gives the responses below n that still have an open part, as "0 2 5".
func opened(t *testing.T, store survey.Store, n int) (open string) {
	t.Helper()
	for i := range n {
		if e := one(t, store.Ledger(), i); e.Open != nil {
			open += fmt.Sprint(i, " ")
		}
	}
	return open
}

// sweeps sweeps what was received before a day, and wants it clean before and after.
func sweeps(t *testing.T, store survey.Store, r *ledger.Retention, before time.Time, want int) {
	t.Helper()
	due, err := ledger.CountDue(t.Context(), store.Ledger(), before)
	must(t, err)
	erased, err := r.Sweep(t.Context(), before)
	must(t, err)
	if due != want || erased != want {
		t.Errorf("before %s %d are due and %d were erased, want %d", before.Format(time.DateOnly), due, erased, want)
	}
	report, err := ledger.Verify(t.Context(), store.Ledger())
	must(t, err)
	same(t, "problems and unfinished erasures", []int{len(report.Problems()), int(report.UnfinishedCount)}, []int{0, 0})
}

// retention: exactly what is due is erased, on every stream, whatever interrupts it.
func (s suite) retention(t *testing.T) {
	plain := s.open(t)
	store := Faulty(plain)
	p, other := start(t, store, patience), start(t, plain, patience)
	var all []ledger.Draft
	for i := range 10 {
		comment := "góp ý"
		if i%3 == 1 {
			comment = "" // nothing to erase
		}
		all = append(all, received(t, day(i), i, 1+i%5, comment))
	}
	p.appends("evens and odds", []ledger.Draft{all[0], all[2], all[1], all[4], all[6], all[8]}, isStored)
	other.appends("odds", []ledger.Draft{all[3], all[5], all[7], all[9]}, isStored)
	if got, want := opened(t, plain, 10), "0 2 3 5 6 8 9 "; got != want {
		t.Fatalf("open at first: %s, want %s", got, want)
	}
	first := ledger.NewRetention(p.Ledger)
	sweeps(t, plain, first, day(0), 0)

	// The entries are there, the bytes are, too: another process finishes it, and so does the same.
	store.KeepOpen(true)
	erased, err := first.Sweep(t.Context(), day(3))
	wantCode(t, "sweeping a store that keeps everything", err, survey.CodeUnavailable)
	report, err := ledger.Verify(t.Context(), plain.Ledger())
	must(t, err)
	same(t, "erased, problems, unfinished", []int{erased, len(report.Problems()), int(report.UnfinishedCount)}, []int{0, 0, 2})
	other.has(12)
	sweeps(t, plain, ledger.NewRetention(other.Ledger), day(3), 2)
	if got, want := opened(t, plain, 10), "3 5 6 8 9 "; got != want {
		t.Errorf("open after the first sweep: %s, want %s", got, want)
	}
	store.KeepOpen(false)
	erased, err = first.Sweep(t.Context(), day(3))
	must(t, err)
	if erased != 2 { // it cannot know that another has erased them meanwhile
		t.Errorf("%d were erased again, want the 2 that had failed", erased)
	}

	sweeps(t, plain, first, day(3), 0)
	sweeps(t, plain, first, day(6).Add(time.Millisecond), 3)
	sweeps(t, plain, first, day(6), 0)
	if got, want := opened(t, plain, 10), "8 9 "; got != want {
		t.Errorf("open after the second sweep: %s, want %s", got, want)
	}
	for i := range 10 {
		r, err := ledger.DecodeResponse(one(t, plain.Ledger(), i))
		must(t, err)
		if level, _ := r.Answers[survey.Overall].Level(); level != 1+i%5 {
			t.Errorf("response %d has the level %d now, want %d", i, level, 1+i%5)
		}
	}
	p.has(15)
	other.has(15)
	p.appends("sent again", []ledger.Draft{all[0], all[3], all[9], received(t, day(0), 0, 5, "góp ý")}, isDuplicate, isDuplicate, isDuplicate, isConflict)

	store.SetDown(true)
	_, err = first.Sweep(t.Context(), day(30))
	wantCode(t, "sweeping a store that is away", err, survey.CodeUnavailable)
	store.SetDown(false)
	sweeps(t, plain, first, day(30), 2)
	// Whoever was killed in an erasure owes nothing any more: every sweep finishes it.
	store.KeepOpen(true)
	_, err = first.Sweep(t.Context(), day(30))
	wantCode(t, "sweeping when nothing is due and the store cannot erase", err, survey.CodeUnavailable)
	store.KeepOpen(false)
	for _, e := range p.entries {
		if e.Kind != survey.EntryErasure {
			continue
		}
		x, err := ledger.DecodeErasure(e)
		must(t, err)
		if x.Reason != ledger.ReasonRetention {
			t.Errorf("an erasure says %q", x.Reason)
		}
	}
}

// retentionOfMany: more than are erased at a time.
func (s suite) retentionOfMany(t *testing.T) {
	const many = 520
	store := s.open(t)
	l := open(t, store, patience)
	must(t, errOf(l.Append(t.Context(), drafts(t, 0, many))))
	sweeps(t, store, ledger.NewRetention(l), day(1), many)
	sweeps(t, store, ledger.NewRetention(l), day(1), 0)
	must(t, l.Close(t.Context()))
}
