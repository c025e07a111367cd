package results

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sipas/stats/tally"
	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/registry"
)

// Options configure a Service. Registry is required, and Entries for Words and
// Comments; Now is time.Now and Log the default logger where they are missing.
type Options struct {
	Registry *registry.Registry
	Entries  Entries
	Now      func() time.Time
	Log      *slog.Logger
}

// Entries is where comments are read: the store's ledger.
type Entries interface {
	// ReadAt is that of survey.LedgerStore.
	ReadAt(ctx context.Context, stream string, places []int64) ([]survey.Entry, error)
}

// Service counts the responses of the ledger. Its methods may be called from any goroutine.
type Service struct {
	registry *registry.Registry
	entries  Entries
	reading  chan struct{} // held while comments are read: the store answers other questions, too
	now      func() time.Time
	log      *slog.Logger
	table    *tally.Table
	options  [tally.Demographics][]string   // of the demographic items, by code less one
	reasons  [len(reasonQuestions)][]string // options of the questions for reasons
	readings map[string]*reading            // of the ticks of those, by measure

	settlements settlements
	verdicts    memo[verdictKey, verdict]

	keeping sync.Mutex
	kept    *kept // of the last request's moment

	mu         sync.RWMutex // guards everything below
	agencies   *codes[uint16]
	fields     *codes[uint8]
	points     *codes[uint16]
	campaigns  *codes[uint16]
	items      map[string]tally.Measure
	forms      map[formKey]*form
	names      map[int]string      // of forms, by tally.FormID
	rows       map[string][]uint32 // stream → place in it → row reference + 1
	commented  commented
	judgements ledger.Judgements      // by the response they are about
	arrivals   map[uint16]*arrivals   // by agency code
	marks      map[string]ledger.Mark // the newest entry consumed of each stream
	uncounted  int64                  // entries that could not be read or counted
	erased     int64                  // erasures consumed, without those before a restored checkpoint
}

type formKey struct {
	id      string
	version int
}

func formName(id string, version int) string { return fmt.Sprintf("%s/%d", id, version) }

// New gives a service that has seen no responses yet; hand Consume to the ledger.
func New(o Options) *Service {
	s := &Service{
		registry:   o.Registry,
		entries:    o.Entries,
		reading:    make(chan struct{}, 2),
		now:        o.Now,
		log:        o.Log,
		table:      tally.NewTable(),
		options:    demographicOptions(o.Registry.Snapshot().Questionnaires()),
		reasons:    reasonOptions(o.Registry.Snapshot().Questionnaires()),
		agencies:   newCodes[uint16](""),
		fields:     newCodes[uint8](""),
		points:     newCodes[uint16](""),
		campaigns:  newCodes[uint16](""),
		items:      map[string]tally.Measure{},
		forms:      map[formKey]*form{},
		names:      map[int]string{},
		rows:       map[string][]uint32{},
		commented:  commented{},
		judgements: ledger.Judgements{},
		arrivals:   map[uint16]*arrivals{},
		marks:      map[string]ledger.Mark{},
	}
	for _, id := range singles {
		s.itemMeasure(id)
	}
	s.readings = s.newReadings()
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	return s
}

// Entries is the number of ledger entries consumed, those before a restored checkpoint included.
func (s *Service) Entries() (n int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, m := range s.marks {
		n += m.N
	}
	return n
}

// Erased is the number of erasures that this process consumed: what they took
// away is still in every checkpoint written before.
func (s *Service) Erased() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.erased
}

// Today is the day in Vietnam by which periods are open or closed.
func (s *Service) Today() survey.Date { return survey.DateOf(s.now()) }

// Board gives where the query's agency and everything below it stand: one figure
// for the whole, one for each agency, field, and pair of them, all from the same
// moment.
//
// The actor sees the agencies that a grant with the results right covers. Errors:
// not_found for an agency, field or point that does not exist, forbidden for one
// outside the actor's scope and for actors without the right.
func (s *Service) Board(ctx context.Context, actor survey.Actor, q Query) (Board, error) {
	sel, err := s.selection(actor, q)
	if err != nil {
		return Board{}, err
	}
	return sel.board(ctx)
}

// Trend gives the measure of the query's agency for each of the twelve months that
// end with the period's last month, or for all months of a longer period; never
// months before the agency's first rating or after today. Errors as with Board.
func (s *Service) Trend(ctx context.Context, actor survey.Actor, q Query) (Trend, error) {
	sel, err := s.selection(actor, q)
	if err != nil {
		return Trend{}, err
	}
	return sel.trend(ctx)
}

// alive gives an error when the request has ended.
func alive(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &survey.Error{Code: survey.CodeUnavailable, Message: "the request ended", Err: err}
	}
	return nil
}
