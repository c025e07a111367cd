package intake_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/intake"
)

// A time no calendar of the product has is a fault of its item alone.
func TestTimesOutOfRange(t *testing.T) {
	f := newFixture(t)
	for name, test := range map[string]struct {
		times sent
		want  string
	}{
		"answered in year 10000 UTC":     {sent{"answeredAt": "9999-12-31T23:59:59-07:00"}, "invalid: answeredAt: inTheFuture"},
		"answered in year 9999":          {sent{"answeredAt": "9999-12-31T23:59:59Z"}, "invalid: answeredAt: inTheFuture"},
		"answered in year 0":             {sent{"answeredAt": "0000-01-01T00:00:00Z"}, "invalid: answeredAt: tooEarly"},
		"answered in year -1 UTC":        {sent{"answeredAt": "0000-01-01T00:00:00+07:00"}, "invalid: answeredAt: tooEarly"},
		"answered a century ahead":       {sent{"answeredAt": "2099-12-31T17:00:00Z"}, "invalid: answeredAt: inTheFuture"},
		"answered within it":             {sent{"answeredAt": "2099-12-31T16:59:59.999Z"}, "stored"},
		"started in year 10000 UTC":      {sent{"startedAt": "9999-12-31T23:59:59-07:00"}, "invalid: startedAt: inTheFuture"},
		"started in year 9999":           {sent{"startedAt": "9999-12-31T23:59:59Z", "answeredAt": "2026-11-20T01:00:00Z"}, "invalid: startedAt: inTheFuture"},
		"started in year 0":              {sent{"startedAt": "0000-01-01T00:00:00Z"}, "invalid: startedAt: tooEarly"},
		"started in year -1 UTC":         {sent{"startedAt": "0000-01-01T00:00:00+07:00"}, "invalid: startedAt: tooEarly"},
		"started before the first day":   {sent{"startedAt": "2019-12-31T16:59:59.999Z"}, "invalid: startedAt: tooEarly"},
		"started on the first day":       {sent{"startedAt": "2019-12-31T17:00:00Z"}, "stored"},
		"both":                           {sent{"startedAt": "0000-01-01T00:00:00Z", "answeredAt": "9999-12-31T23:59:59Z"}, "invalid: startedAt: tooEarly; answeredAt: inTheFuture"},
		"answered in year 0, not begun":  {sent{"startedAt": "2026-11-20T01:00:05Z", "answeredAt": "0000-01-01T00:00:00Z"}, "invalid: answeredAt: tooEarly"},
		"started after it was answered":  {sent{"startedAt": "2026-11-20T01:00:05Z", "answeredAt": "2026-11-20T01:00:00Z"}, "stored"},
		"started ahead, no answer given": {sent{"startedAt": "2026-11-24T00:00:00Z"}, "stored"},
	} {
		t.Run(name, func(t *testing.T) {
			results := f.send(t, rating(onePoint, nil), rating(onePoint, test.times), rating(onePoint, nil))
			for i, want := range []string{"stored", test.want, "stored"} {
				if got := said(results[i]); got != want {
					t.Errorf("item %d: got %s, want %s", i, got, want)
				}
			}
		})
	}
}

// A clock that was set back meanwhile is no reason to refuse a rating.
func TestAStartIsNeverAfterTheAnswer(t *testing.T) {
	f := newFixture(t)
	item := rating(onePoint, sent{"startedAt": "2026-11-20T01:00:05Z", "answeredAt": "2026-11-20T01:00:00Z"})
	if got := said(f.send(t, item)[0]); got != "stored" {
		t.Fatal(got)
	}
	if r := f.stored(t, item["id"].(string)); !r.StartedAt.Equal(*r.AnsweredAt) || !r.At.Equal(time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)) {
		t.Errorf("started %s, answered %s, at %s", r.StartedAt, r.AnsweredAt, r.At)
	}
	if got := said(f.send(t, item)[0]); got != "duplicate" {
		t.Errorf("again: %s", got)
	}
}

// What has no canonical form is a fault of its item alone.
func TestWhatCannotBeEncodedRefusesNoOther(t *testing.T) {
	f := newFixture(t)
	submission := func(visits float64) survey.Submission {
		return survey.Submission{ID: uuid.NewString(), Point: onePoint, Questionnaire: "types", Version: 1, Language: survey.Vietnamese,
			Capture: survey.CaptureImport, Answers: survey.Answers{"overall": survey.LevelAnswer(4), "visits": survey.NumberAnswer(visits)}}
	}
	items := []survey.Submission{submission(1), submission(math.NaN()), submission(2)}
	for name, take := range map[string]func() ([]intake.Result, error){
		"checked":   func() ([]intake.Result, error) { return f.Check(t.Context(), intake.Credential{Actor: &admin}, items) },
		"submitted": func() ([]intake.Result, error) { return f.Submit(t.Context(), intake.Credential{Actor: &admin}, items) },
	} {
		results, err := take()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if said(results[1]) != "invalid: : format" || results[1].ID != items[1].ID {
			t.Errorf("%s: %s", name, said(results[1]))
		}
		for _, i := range []int{0, 2} {
			if got := said(results[i]); got != "stored" && got != "duplicate" {
				t.Errorf("%s: item %d: %s", name, i, got)
			}
		}
	}
}
