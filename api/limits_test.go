package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/intake"
	"sipas/survey/ledger"
)

// counting is a ledger that only counts what it would store.
type counting map[string]int

func (c counting) Append(_ context.Context, drafts []ledger.Draft) ([]ledger.Appended, error) {
	all := make([]ledger.Appended, len(drafts))
	for i, d := range drafts {
		c[d.ID]++
		all[i].Outcome = survey.OutcomeStored
	}
	return all, nil
}

// A full hall shares one address and one point.
func TestSixHundredPhonesBehindOneAddress(t *testing.T) {
	const phones = 600
	w := newWorld(t)
	stored := counting{}
	w.server.intake = intakeWith(w, stored)
	for i := range phones {
		device := []string{"Content-Type", "application/x-www-form-urlencoded", headerDevice, fmt.Sprint("phone ", i)}
		if a := w.do(http.MethodPost, w.formPath(w.quick), form(".page", w.open(w.quick), "overall", "4"), device...); a.StatusCode != http.StatusOK {
			t.Fatalf("phone %d gets %d", i, a.StatusCode)
		}
		w.advance(10 * time.Minute / phones)
	}
	if len(stored) != phones {
		t.Errorf("%d ratings are stored", len(stored))
	}
}

func TestAPageSentAThousandTimesIsOneRating(t *testing.T) {
	w := newWorld(t)
	target, token := w.formPath(w.quick), w.open(w.quick)
	statuses := map[int]int{}
	for i := range 1000 {
		statuses[w.postForm(target, ".page", token, "overall", strconv.Itoa(1+i%5)).StatusCode]++
	}
	w.theOne()
	if statuses[303] != 4 || statuses[409] != 16 || statuses[429] != 980 {
		t.Errorf("answers %v", statuses)
	}
}

func TestWhoSendsTooOftenKeepsTheAnswers(t *testing.T) {
	w := newWorld(t)
	target, token := w.formPath(w.quick), w.open(w.quick)
	for range pageLimit.burst {
		w.postForm(target, ".page", token)
	}
	a := w.postForm(target, ".page", token, ".language", "en", "overall", "4", "comment", "Good")
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "6" {
		t.Errorf("status %d, Retry-After %q", a.StatusCode, a.Header.Get("Retry-After"))
	}
	contains(t, a.body, `<html lang="en">`, `role="alert"`, "after 6 seconds", `value="4" checked`, ">Good</textarea>", "Send again")
	if a.pageToken(t) != token || a.Header.Get(headerOutcome) != "" {
		t.Error("it is another page, or said to be settled")
	}
	api := w.postJSON("/api/v1/responses", `{"responses":[]}`, "Authorization", "Page "+token)
	if p := api.problem(t); api.StatusCode != http.StatusTooManyRequests || p.Reason != survey.ReasonTooOften || api.Header.Get("Retry-After") != "6" {
		t.Errorf("the API answers %s", api.body)
	}
	w.advance(6 * time.Second)
	if again := w.postForm(target, ".page", token, ".language", "en", "overall", "4", "comment", "Good"); again.StatusCode != http.StatusSeeOther {
		t.Errorf("after the wait: %d", again.StatusCode)
	}
}

func TestLimits(t *testing.T) {
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	page := func(id, point string) intake.Page { return intake.Page{ID: id, Point: point} }
	for _, c := range []struct {
		name   string
		limit  limit
		page   func(i int) intake.Page
		device func(i int) string
	}{
		{"a page", pageLimit, func(int) intake.Page { return page("one", "A") }, func(int) string { return "" }},
		{"a device", deviceLimit, func(i int) intake.Page { return page(fmt.Sprint(i), fmt.Sprint(i)) }, func(int) string { return "phone" }},
		{"a point", pointLimit, func(i int) intake.Page { return page(fmt.Sprint(i), "A") }, func(i int) string { return fmt.Sprint(i) }},
		{"a point, by devices that keep nothing", pointLimit, func(i int) intake.Page { return page(fmt.Sprint(i), "A") }, func(int) string { return unknownDevice }},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := at
			l := newLimits(func() time.Time { return now })
			for i := range c.limit.burst {
				if wait := l.admit(c.page(i), c.device(i)); wait != 0 {
					t.Fatalf("form %d has to wait %d seconds", i, wait)
				}
			}
			next := c.limit.burst
			if wait := l.admit(c.page(next), c.device(next)); wait != int(max(c.limit.every, time.Second)/time.Second) {
				t.Errorf("has to wait %d seconds", wait)
			}
			now = now.Add(c.limit.every)
			if wait := l.admit(c.page(next), c.device(next)); wait != 0 {
				t.Errorf("after the wait it has to wait %d seconds", wait)
			}
			if wait := l.admit(page("another", "B"), "another"); wait != 0 {
				t.Errorf("others have to wait %d seconds", wait)
			}
		})
	}
}

func TestLimitsRememberABoundedNumber(t *testing.T) {
	l := newLimits(time.Now)
	for i := range maxLimited + 100 {
		if wait := l.admit(intake.Page{ID: fmt.Sprint(i), Point: fmt.Sprint(i)}, fmt.Sprint(i)); wait != 0 {
			t.Fatalf("form %d has to wait", i)
		}
	}
	if len(l.full) > maxLimited {
		t.Errorf("%d are remembered", len(l.full))
	}
}

func TestARobotWithoutAPageIsRefused(t *testing.T) {
	w := newWorld(t)
	for _, token := range []string{"", "made.up"} {
		if a := w.postForm(w.formPath(w.quick), ".page", token, "overall", "5", "send", "1"); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%q gives %d", token, a.StatusCode)
		}
	}
	if len(w.stored()) != 0 {
		t.Error("it is stored")
	}
}

func TestWhatLooksLikeAProgramIsFlaggedAndKept(t *testing.T) {
	for _, c := range []struct {
		name   string
		read   time.Duration
		values []string
		want   []survey.Flag
	}{
		{"a person", time.Minute, []string{controlTrap, ""}, []survey.Flag{}},
		{"at once", 0, nil, []survey.Flag{survey.FlagFast}},
		{"every field filled in", time.Minute, []string{controlTrap, "http://example.com"}, []survey.Flag{survey.FlagTrap}},
		{"both", 0, []string{controlTrap, "x"}, []survey.Flag{survey.FlagFast, survey.FlagTrap}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			token := w.open(w.quick)
			w.advance(c.read)
			if a := w.postForm(w.formPath(w.quick), append([]string{".page", token, "overall", "5"}, c.values...)...); a.StatusCode != http.StatusSeeOther {
				t.Errorf("got %d", a.StatusCode)
			}
			if r := w.theOne(); !slices.Equal(r.Flags, c.want) {
				t.Errorf("flags %v, want %v", r.Flags, c.want)
			}
		})
	}
}
