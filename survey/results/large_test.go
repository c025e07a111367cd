package results

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sipas/stats/tally"
	"sipas/survey"
	"sipas/survey/registry"
)

const (
	largeRows     = 1_000_000
	largeAgencies = 500
	largeBranches = 25 // right below the province; every one has as many below it as the next
)

// openLarge gives the service of a large province after a year: a million ratings of
// 500 agencies, on three levels, in 22 fields by three forms, the same at every call. The rows go
// straight into the table, where a ledger would take minutes to be read.
func openLarge(b *testing.B) *Service {
	b.Helper()
	fields := registry.DefaultFields()
	var ids []string
	for _, f := range fields {
		ids = append(ids, f.ID)
	}
	agency := func(id, parent string, kind survey.AgencyKind, level survey.AgencyLevel) survey.Agency {
		return survey.Agency{ID: id, Parent: parent, Kind: kind, Level: level, Name: survey.Text{"vi": id}, ValidFrom: "2010-01-01"}
	}
	catalogue := registry.Catalogue{
		Agencies: []survey.Agency{agency("tinh", "", survey.KindProvince, survey.LevelProvince)},
		Fields:   fields,
		Targets:  registry.DefaultTargets(),
	}
	for i := 1; i < largeAgencies; i++ {
		id, parent := fmt.Sprintf("co-quan-%d", i), "tinh"
		if i >= largeBranches {
			parent = fmt.Sprintf("co-quan-%d", 1+i%(largeBranches-1))
		}
		catalogue.Agencies = append(catalogue.Agencies, agency(id, parent, survey.KindDepartment, survey.LevelProvince))
		catalogue.Points = append(catalogue.Points, survey.Point{Code: valid(fmt.Sprintf("A%08d", i)), Agency: id,
			Name: survey.Text{"vi": id}, Fields: ids, Delivery: survey.DeliveryCounter, Questionnaire: "quick"})
		for month := range 12 {
			sheet := survey.Volume{Agency: id, Month: survey.Month(fmt.Sprintf("2026-%02d", 1+month)), Files: map[string]int64{}}
			for _, field := range ids {
				sheet.Files[field] = 1000
			}
			catalogue.Volumes = append(catalogue.Volumes, sheet)
		}
	}
	_, s := open(b, catalogue, func() time.Time { return survey.Date("2027-01-15").Start() })
	s.fill(b, catalogue)
	return s
}

// fill adds the rows. Fields differ in how often they are asked for, as do agencies.
func (s *Service) fill(b *testing.B, c registry.Catalogue) {
	b.Helper()
	random := rand.New(rand.NewPCG(20, 26))
	var forms []*form
	for _, id := range []string{"quick", "short", "full"} {
		forms = append(forms, s.form(id, 1))
	}
	first, _ := tally.DayOf(survey.Date("2026-01-01").Start())
	s.mu.Lock()
	defer s.mu.Unlock()
	chunks := make([][]tally.Row, len(forms))
	flush := func(f int) {
		if _, err := s.table.Append(forms[f].id, chunks[f]...); err != nil {
			b.Fatal(err)
		}
		chunks[f] = chunks[f][:0]
	}
	levels := [16]uint8{5, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4, 4, 4, 3, 2}
	skewed := func(n int) int { return int(float64(n) * random.Float64() * (0.2 + 0.8*random.Float64())) }
	for i := range largeRows {
		a := skewed(len(c.Points))
		at := tally.Row{
			Day:      first + tally.Day(i*365/largeRows),
			Agency:   s.agencies.add(c.Points[a].Agency),
			Point:    s.points.add(c.Points[a].Code),
			Field:    s.fields.add(c.Fields[skewed(len(c.Fields))].ID),
			Capture:  uint8(1 + random.IntN(2)),
			Delivery: uint8(1 + random.IntN(2)),
			Language: 1,
		}
		if random.IntN(30) == 0 {
			at.Flags = flagBits(survey.FlagFast)
		}
		f := random.IntN(len(forms))
		for item := range forms[f].items {
			at.Items[item] = levels[random.IntN(len(levels))]
		}
		for column, it := range forms[f].demographics {
			if it != nil {
				at.Demographics[column] = uint8(1 + random.IntN(len(it.Options)))
			}
		}
		s.arrived(at.Agency, at.Day, at.Day.Date())
		if chunks[f] = append(chunks[f], at); len(chunks[f]) == 1000 {
			flush(f)
		}
	}
	for f := range forms {
		flush(f)
	}
}

// BenchmarkFullBoard is the whole province on one board, with intervals, verdicts
// and publication rules. In "first" nothing is known; in "next" the table has counted its months, the year
// is settled and the verdicts on equal counts are known, as after a rating of another period; before "later" one came on
// the period's last day; in "again" none has come.
func BenchmarkFullBoard(b *testing.B) {
	s := openLarge(b)
	for _, text := range []string{"period=2026-Q3", "period=2026", "period=2026-Q3 measure=index", "period=2026-Q3 audience=public", "period=2026-Q3 capture=qr"} {
		q, err := parse(text, s.Today())
		if err != nil {
			b.Fatal(err)
		}
		run := func(name string, prepare func()) {
			b.Run(text+", "+name, func(b *testing.B) {
				var board Board
				for b.Loop() {
					b.StopTimer()
					prepare()
					b.StartTimer()
					if board, err = s.Board(context.Background(), survey.System, q); err != nil {
						b.Fatal(err)
					}
				}
				cells, kept := 0, 0
				for _, n := range figures(board) {
					if cells++; n == nil {
						kept++
					}
				}
				b.ReportMetric(float64(cells), "figures")
				b.ReportMetric(float64(kept), "withheld")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ms/board")
			})
		}
		run("first", func() { s.forget(b) })
		run("next", s.arrive)
		run("later", func() { s.another(b, q.Period.To) })
		run("again", func() {})
	}
}

// another adds a rating of a day.
func (s *Service) another(b *testing.B, on survey.Date) {
	b.Helper()
	day, _ := tally.DayOf(on.Start())
	row := tally.Row{Day: day, Agency: s.agencies.add("co-quan-7"), Point: 1, Field: 1, Capture: 1, Delivery: 1, Language: 1}
	form := s.form("quick", 1)
	for item := range form.items {
		row.Items[item] = 5
	}
	if _, err := s.table.Append(form.id, row); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkQuality judges every point of the province, without and with flagged ratings.
func BenchmarkQuality(b *testing.B) {
	s := openLarge(b)
	q, err := parse("period=2026-Q3", s.Today())
	if err != nil {
		b.Fatal(err)
	}
	var quality Quality
	for b.Loop() {
		s.arrive()
		if quality, err = s.Quality(context.Background(), survey.System, q); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(quality.Points)), "points")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ms/answer")
}

// forget gives the service a table of the same rows that has counted nothing yet, and no settled year.
func (s *Service) forget(b *testing.B) {
	b.Helper()
	var file bytes.Buffer
	if _, err := s.table.Snapshot().WriteTo(&file); err != nil {
		b.Fatal(err)
	}
	table, err := tally.Read(&file)
	if err != nil {
		b.Fatal(err)
	}
	s.table, s.settlements, s.verdicts.values = table, settlements{}, nil
	s.arrive()
}

// arrive makes the service forget what any rating would make it forget.
func (s *Service) arrive() { s.kept = nil }
