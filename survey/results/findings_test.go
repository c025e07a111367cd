package results

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
)

// judge appends a judgement on ratings of the stream.
func (p *province) judge(f ledger.Flagging, about ...ledger.Position) {
	p.t.Helper()
	for _, at := range about {
		p.n++
		f.Stream, f.N = at.Stream, at.N
		kept, err := ledger.EncodeFlagging(f)
		if err != nil {
			p.t.Fatal(err)
		}
		p.s.Consume([]survey.Entry{{ID: fmt.Sprint(p.n), Kind: survey.EntryFlag, Stream: "main", N: p.n, Kept: kept}})
	}
}

// flagged is a province whose ratings bear flags of every origin.
func flagged(t testing.TB) (p *province, burst []ledger.Position) {
	p = newProvince(t)
	one := func(point, day string, flags ...survey.Flag) ledger.Position {
		r := p.response(point, "", day, survey.Answers{survey.Overall: survey.LevelAnswer(5)})
		r.Flags = flags
		return p.take(r)
	}
	for range 4 {
		burst = append(burst, one(deskA, "2026-08-03"))
	}
	one(deskA, "2026-08-03") // nothing is wrong with it
	one(deskUnit, "2026-08-05", survey.FlagFast, survey.FlagClock)
	one(desk1, "2026-08-04", survey.FlagFast)
	one(deskA, "2026-05-03", survey.FlagFast) // another quarter
	marked := one(deskA, "2026-08-03")
	at := p.now.Add(-time.Hour)
	low, high := 3.5, 7.25
	system := ledger.Flagging{Flags: []survey.Flag{survey.FlagBurst}, By: survey.System.User, At: at, Signal: "burst", Score: &low}
	p.judge(system, burst[:3]...)
	system.Score = &high
	p.judge(system, burst[3])
	person := ledger.Flagging{Flags: []survey.Flag{survey.FlagBurst}, By: "lan", At: at.Add(time.Minute), Clear: true, Reason: "Đoàn khách", Signal: "burst", Score: &low}
	p.judge(person, burst[0])
	p.judge(ledger.Flagging{Flags: []survey.Flag{survey.FlagMarked}, By: "lan", At: at, Reason: "Thử máy"}, marked)
	return p, burst
}

func (f Finding) brief() string {
	s := fmt.Sprintf("%s %s %s %d-%d", f.Day, f.Point[:1], f.Flag, f.Set, f.Cleared)
	if f.Score != nil {
		s += fmt.Sprintf(" %s %.2f", f.Signal, *f.Score)
	}
	if f.Judged != nil {
		s += fmt.Sprintf(" %s %t %s", f.Judged.By, f.Judged.Set, f.Judged.Reason)
	}
	return s
}

func TestFindings(t *testing.T) {
	p, _ := flagged(t)
	burst, marked := "2026-08-03 A burst 3-1 burst 7.25 lan false Đoàn khách", "2026-08-03 A marked 1-0 lan true Thử máy"
	clock, fast, far := "2026-08-05 B clock 1-0", "2026-08-05 B fast 1-0", "2026-08-04 E fast 1-0"
	manager := func(agencies ...string) (a survey.Actor) {
		for _, id := range agencies {
			a.Grants = append(a.Grants, survey.Grant{Role: survey.RoleManager, Agency: id})
		}
		return a
	}
	viewer := survey.Grant{Role: survey.RoleViewer}
	watching := manager("xa-1")
	watching.Grants = append(watching.Grants, viewer)
	for _, c := range []struct {
		name  string
		actor survey.Actor
		query string
		flag  survey.Flag
		want  []string
		code  survey.Code
	}{
		{"everything", survey.System, "", "", []string{clock, fast, far, burst, marked}, ""},
		{"one flag", survey.System, "", survey.FlagFast, []string{fast, far}, ""},
		{"an agency with what is below", survey.System, "agency=so-a", "", []string{clock, fast, burst, marked}, ""},
		{"a point", survey.System, "point=" + valid(desk1), "", []string{far}, ""},
		{"another quarter", survey.System, "period=2026-Q2", "", []string{"2026-05-03 A fast 1-0"}, ""},
		{"a quarter of nothing", survey.System, "period=2026-Q1", "", nil, ""},
		{"the manager's own", manager("so-a"), "", "", []string{clock, fast, burst, marked}, ""},
		{"who sees all but judges little", watching, "", "", []string{far}, ""},
		{"a viewer", survey.Actor{Grants: []survey.Grant{viewer}}, "", "", nil, survey.CodeForbidden},
		{"another's agency", manager("xa-1"), "agency=so-a", "", nil, survey.CodeForbidden},
		{"an agency one only sees", watching, "agency=so-a", "", nil, survey.CodeForbidden},
		{"a point one only sees", watching, "point=" + valid(deskA), "", nil, survey.CodeForbidden},
		{"no agency", survey.System, "agency=khong-co", "", nil, survey.CodeNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := p.s.Findings(context.Background(), c.actor, p.query(c.query), c.flag)
			if survey.CodeOf(err) != c.code {
				t.Fatalf("error %v, want %q", err, c.code)
			}
			var got []string
			for _, f := range found {
				got = append(got, f.brief())
				if f.AgencyName["vi"] == "" || f.PointName["vi"] == "" {
					t.Errorf("nameless: %+v", f)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestStanding(t *testing.T) {
	p, burst := flagged(t)
	standing := p.s.Standing(valid(deskA), "2026-08-03", "2026-08-03", survey.FlagBurst)
	if len(standing) != 6 {
		t.Fatalf("%d ratings of the day", len(standing))
	}
	for i, want := range []string{"false lan", "true system", "true system", "true system", "false", "false"} {
		got := fmt.Sprint(standing[i].Set)
		if d := standing[i].Decision; d != nil {
			got += " " + d.By
		}
		if got != want || i < len(burst) && standing[i].Entry != burst[i] {
			t.Errorf("%d: %s at %v, want %s", i, got, standing[i].Entry, want)
		}
	}
	for _, none := range [][]string{{deskA, "2026-08-04", "2026-09-30"}, {ward, "2026-08-03", "2026-08-03"}} {
		if got := p.s.Standing(valid(none[0]), survey.Date(none[1]), survey.Date(none[2]), survey.FlagBurst); len(got) != 0 {
			t.Errorf("%v: %v", none, got)
		}
	}
}
