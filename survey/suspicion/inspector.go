package suspicion

import (
	"cmp"
	"context"
	"hash/fnv"
	"maps"
	"slices"
	"sync"
	"time"

	"sipas/stats"
	"sipas/survey"
	"sipas/survey/ledger"
)

// Catalogue is what is to be known about a province; *registry.Snapshot is one.
type Catalogue interface {
	Questionnaire(id string, version int) *survey.Questionnaire
	VolumeSheet(agency string, month survey.Month) (survey.Volume, bool)
}

const (
	pageSize     = 1000 // entries read at a time
	recentMonths = 3    // judged again each time: their sheets of files may have come
)

// Inspector judges the ratings of a ledger. It holds the ratings of one month at
// a time, and remembers between inspections what it read and who decided on which flags. Its
// methods are safe for concurrent use.
type Inspector struct {
	store survey.LedgerStore

	mu      sync.Mutex
	read    map[string]int64 // by stream
	pages   []page
	decided map[ledger.Position]flags
	due     map[survey.Month]bool // ratings came that were not judged yet
}

// page is a stretch of a stream and the months its ratings were given in.
type page struct {
	stream     string
	after, end int64
	months     []survey.Month
}

// flags is a set of flags, by their place in survey.Flags.
type flags uint16

func flagsOf(list ...survey.Flag) (set flags) {
	for _, f := range list {
		if i := slices.Index(survey.Flags, f); i >= 0 {
			set |= 1 << i
		}
	}
	return set
}

// NewInspector gives an inspector that has read nothing yet.
func NewInspector(store survey.LedgerStore) *Inspector {
	return &Inspector{store: store, read: map[string]int64{}, decided: map[ledger.Position]flags{}, due: map[survey.Month]bool{}}
}

// Inspect judges what was received before a time and hands the findings over,
// month by month from the earliest, in a fixed order. It judges the months of which
// ratings came since the last inspection, all of them the first time, and the last
// three again. The same ledger gives the same findings.
//
// The error is that of the store, of ctx or of hand; what was not judged then is judged the next time.
func (in *Inspector) Inspect(ctx context.Context, catalogue Catalogue, before time.Time, hand func(Finding) error) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if err := in.catchUp(ctx); err != nil {
		return err
	}
	months := maps.Clone(in.due)
	last := survey.DateOf(before.Add(-time.Millisecond)).Month()
	for i := range recentMonths {
		months[survey.DateOf(last.First().Start().AddDate(0, -i, 0)).Month()] = true
	}
	for _, month := range slices.Sorted(maps.Keys(months)) {
		ratings, later, err := in.month(ctx, catalogue, month, before)
		if err != nil {
			return err
		}
		over := !month.Next().First().Start().After(before)
		for _, f := range judge(month, over, ratings, catalogue) {
			if err := hand(f); err != nil {
				return err
			}
		}
		if !later {
			delete(in.due, month)
		}
	}
	return nil
}

// catchUp reads what every stream holds beyond what was read before, up to its first gap.
func (in *Inspector) catchUp(ctx context.Context) error {
	streams, err := in.store.Streams(ctx)
	if err != nil {
		return err
	}
	for _, s := range streams {
		for full := true; full; {
			entries, err := in.store.Read(ctx, s.ID, in.read[s.ID], pageSize)
			if err != nil {
				return err
			}
			full = len(entries) == pageSize
			p := page{stream: s.ID, after: in.read[s.ID], end: in.read[s.ID]}
			for _, e := range entries {
				if e.N != p.end+1 {
					full = false
					break
				}
				p.end = e.N
				in.note(e, &p)
			}
			in.read[s.ID] = p.end
			if len(p.months) > 0 {
				in.pages = append(in.pages, p)
			}
		}
	}
	return nil
}

// note takes what an entry says: the month of a rating, or who decided. What
// cannot be read says nothing; Verify tells of it.
func (in *Inspector) note(e survey.Entry, p *page) {
	switch e.Kind {
	case survey.EntryResponse:
		r, ok := response(e)
		if !ok {
			return
		}
		month := survey.DateOf(r.At).Month()
		if !slices.Contains(p.months, month) {
			p.months = append(p.months, month)
			in.due[month] = true
		}
	case survey.EntryFlag:
		if f, err := ledger.DecodeFlagging(e); err == nil {
			in.decided[ledger.Position{Stream: f.Stream, N: f.N}] |= flagsOf(f.Flags...)
		}
	}
}

// response reads the kept part of a response.
func response(e survey.Entry) (survey.Response, bool) {
	e.Open, e.Salt = nil, nil
	r, err := ledger.DecodeResponse(e)
	return r, err == nil
}

// rating is a response as far as it is judged.
type rating struct {
	Rated
	known    flags
	point    string
	agency   string
	field    string
	online   bool
	day      survey.Date
	timed    bool   // the time is the device's own and was measured
	level    int    // of the overall question; 0: none
	form     string // id of a long form that was filled in; empty: another
	straight int    // the level that all items of the long form have; 0: not one
	pattern  uint64 // digest of the long form's levels
}

// month reads the ratings that were given in a month and received before a time,
// point by point in the order of their time. later reports that some were received after it.
func (in *Inspector) month(ctx context.Context, catalogue Catalogue, month survey.Month, before time.Time) (ratings []rating, later bool, err error) {
	first, next := month.First().Start(), month.Next().First().Start()
	for _, p := range in.pages {
		if !slices.Contains(p.months, month) {
			continue
		}
		entries, err := in.store.Read(ctx, p.stream, p.after, int(p.end-p.after))
		if err != nil {
			return nil, false, err
		}
		for _, e := range entries {
			if e.Kind != survey.EntryResponse {
				continue
			}
			r, ok := response(e)
			if !ok || r.At.Before(first) || !r.At.Before(next) || slices.Contains(r.Flags, survey.FlagFast) || slices.Contains(r.Flags, survey.FlagTrap) {
				continue
			}
			if !r.ReceivedAt.Before(before) {
				later = true
				continue
			}
			at := ledger.Position{Stream: e.Stream, N: e.N}
			ratings = append(ratings, rated(r, at, in.decided[at], catalogue.Questionnaire(r.Questionnaire, r.Version)))
		}
	}
	slices.SortFunc(ratings, func(a, b rating) int {
		return cmp.Or(cmp.Compare(a.point, b.point), a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	return ratings, later, nil
}

// longForm is how many ratings a form has at least whose items are compared: fewer
// are alike too easily.
const longForm = 10

// rated reads a response; form may be nil.
func rated(r survey.Response, at ledger.Position, known flags, form *survey.Questionnaire) rating {
	x := rating{
		Rated: Rated{ID: r.ID, At: r.At, Entry: at}, known: known, point: r.Point, agency: r.Agency, field: r.FieldID,
		online: r.Delivery == survey.DeliveryOnline, day: survey.DateOf(r.At),
		timed: r.Capture != survey.CapturePaper && r.Capture != survey.CaptureImport && !slices.Contains(r.Flags, survey.FlagClock),
	}
	if level, ok := r.Answers[survey.Overall].Level(); ok && survey.LevelMin <= level && level <= survey.LevelMax {
		x.level = level
	}
	if form == nil {
		return x
	}
	digest := fnv.New64a()
	var levels []int
	for i := range form.Items {
		if form.Items[i].Type != survey.ItemRating {
			continue
		}
		level, ok := r.Answers[form.Items[i].ID].Level()
		if ok {
			levels = append(levels, level)
		}
		_, _ = digest.Write([]byte{byte(level)}) // 0 where none was given
	}
	if len(levels) < longForm {
		return x
	}
	x.form, x.pattern = form.ID, digest.Sum64()
	if stats.DescribeStyle(levels).StraightLined {
		x.straight = levels[0]
	}
	return x
}
