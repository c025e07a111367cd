package main

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/demo"
	"sipas/survey/ledger"
	"sipas/survey/registry"
	"sipas/survey/results"
	"sipas/survey/sqlitestore"
	"sipas/survey/suspicion"
)

// judging is what of a node judges and counts.
type judging struct {
	registry  *registry.Registry
	ledger    *ledger.Ledger
	figures   *results.Service
	reviewer  *suspicion.Reviewer
	suspecter *suspecter
}

// What a person decided stands on every node, through nights and new starts, also where
// the machine's clock is behind.
func TestAPersonsJudgementStands(t *testing.T) {
	ctx := t.Context()
	store, err := sqlitestore.Open(ctx, filepath.Join(t.TempDir(), "sipas.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	morning := demo.DefaultUntil.Start().Add(9 * time.Hour)
	if err := store.Create(ctx, survey.Identity{ID: "test", Synthetic: true, CreatedAt: morning}); err != nil {
		t.Fatal(err)
	}
	k := keys{Ledger: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
	log := slog.New(slog.DiscardHandler)
	if _, err := loadDemo(ctx, store, k, demo.Options{Size: stuffed, Until: demo.DefaultUntil}, log, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	now := morning
	start := func(behind time.Duration) *judging {
		clock := func() time.Time { return now.Add(-behind) }
		n := &judging{}
		if n.registry, err = openRegistry(ctx, store, clock, log); err != nil {
			t.Fatal(err)
		}
		if n.ledger, err = openLedger(ctx, store, k, clock, log); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = n.ledger.Close(context.Background()) })
		n.figures = results.New(results.Options{Registry: n.registry, Now: clock, Log: log})
		n.ledger.Subscribe(n.figures.Consume)
		n.reviewer = &suspicion.Reviewer{Registry: n.registry, Ledger: n.ledger, Store: store.Ledger(), Counted: n.figures, Now: clock}
		n.suspecter = &suspecter{inspector: suspicion.NewInspector(store.Ledger()), registry: n.registry, ledger: n.ledger, now: func() time.Time { return now }, log: log}
		return n
	}
	nodes := []*judging{start(0), start(48 * time.Hour)}
	findings := func(n *judging, flag survey.Flag, point string) []results.Finding {
		t.Helper()
		if err := n.ledger.CatchUp(ctx); err != nil {
			t.Fatal(err)
		}
		q, err := results.ParseQuery(func(name string) string {
			return map[string]string{"period": "2025-07-01.." + string(demo.DefaultUntil), "point": point}[name]
		}, demo.DefaultUntil)
		if err != nil {
			t.Fatal(err)
		}
		found, err := n.figures.Findings(ctx, survey.System, q, flag)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	night := func(n *judging) int {
		t.Helper()
		flagged, err := n.suspecter.today(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return flagged
	}
	if night(nodes[0]) == 0 {
		t.Fatal("nothing was flagged")
	}
	found := findings(nodes[0], survey.FlagBurst, "")
	if len(found) == 0 || found[0].Score == nil || found[0].Signal != "burst" || found[0].Judged != nil {
		t.Fatalf("%d bursts: %+v", len(found), found)
	}
	f := found[0]
	lan := survey.Actor{User: "lan", Grants: []survey.Grant{{Role: survey.RoleManager, Agency: f.Agency}}}
	review := suspicion.Review{Point: f.Point, From: f.Day.Start(), To: f.Day.AddDays(1).Start(), Flag: survey.FlagBurst, Reason: "Đoàn khách của xã bên"}
	late := nodes[1]
	_ = findings(late, survey.FlagBurst, f.Point) // it has caught up
	if n, err := late.reviewer.Review(ctx, lan, review); err != nil || int64(n) != f.Set {
		t.Fatalf("%d of %d judged: %v", n, f.Set, err)
	}
	if n, err := late.reviewer.Review(ctx, lan, review); err != nil || n != 0 {
		t.Errorf("a second time %d are judged: %v", n, err)
	}
	mark := review
	mark.Flag, mark.Set, mark.Reason = survey.FlagMarked, true, "Thử máy trong buổi sáng"
	mark.To = mark.From.Add(12 * time.Hour)
	marked, err := late.reviewer.Review(ctx, lan, mark)
	if err != nil || marked == 0 {
		t.Fatalf("%d marked: %v", marked, err)
	}
	check := func(name string, n *judging) {
		t.Helper()
		got := findings(n, survey.FlagBurst, f.Point)
		i := 0
		for i < len(got) && got[i].Day != f.Day {
			i++
		}
		if i == len(got) || got[i].Set != 0 || got[i].Cleared != f.Set || *got[i].Score != *f.Score || got[i].Judged == nil || got[i].Judged.By != "lan" || got[i].Judged.Reason != review.Reason {
			t.Errorf("%s: %+v", name, got)
		}
		if got := findings(n, survey.FlagMarked, f.Point); len(got) != 1 || got[0].Set != int64(marked) || got[0].Score != nil || !got[0].Judged.Set {
			t.Errorf("%s: %+v", name, got)
		}
	}
	check("where it was judged", late)
	check("on the other node", nodes[0])
	for _, test := range []struct {
		name string
		node func() *judging
	}{
		{"the next night", func() *judging { return nodes[0] }},
		{"the night after, on the node whose clock is behind", func() *judging { return late }},
		{"started anew", func() *judging { return start(0) }},
	} {
		now = now.Add(24 * time.Hour)
		n := test.node()
		if flagged := night(n); flagged != 0 {
			t.Errorf("%s %d were flagged", test.name, flagged)
		}
		check(test.name, n)
	}
	// And it can be taken back, but a sign of the system is not put on what never bore it.
	back := review
	back.Set, back.Reason = true, "Không phải đoàn khách"
	if n, err := nodes[0].reviewer.Review(ctx, lan, back); err != nil || int64(n) != f.Set {
		t.Errorf("%d put back: %v", n, err)
	}
	if report, err := ledger.Verify(ctx, store.Ledger()); err != nil || !report.OK() {
		t.Errorf("the ledger does not verify: %+v, %v", report.Problems(), err)
	}
	entries, err := nodes[0].registry.Audit(ctx, survey.System, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var acts []survey.AuditAction
	for _, e := range entries {
		if e.Collection == registry.CollectionFlags {
			acts = append(acts, e.Action)
			if e.Actor != "lan" || e.RecordKey != f.Point || e.Agency != f.Agency || len(e.Digest) == 0 {
				t.Errorf("%+v", e)
			}
		}
	}
	if len(acts) != 3 || acts[0] != survey.ActionClear || acts[1] != survey.ActionFlag || acts[2] != survey.ActionFlag {
		t.Errorf("the audit log has %v", acts)
	}
	if n, err := registry.VerifyAudit(ctx, store.Audit()); err != nil {
		t.Errorf("the audit log breaks after %d: %v", n, err)
	}
}
