package results

import (
	"cmp"
	"context"
	"slices"

	"sipas/stats/tally"
	"sipas/survey"
	"sipas/survey/ledger"
)

// remark is a comment in view of a query: what the table says of its response,
// and where its words are.
type remark struct {
	at     ledger.Position
	rating pair // the agency and the field that it is about
	day    tally.Day
	level  uint8  // of overall; 0 without
	text   string // as it was written, once it was read
}

// remarks gives the comments of those of the selection's ratings of which at least so
// much may be told, the newest first. None is read yet.
func (sel *selection) remarks(t *table, least told) []remark {
	filter := sel.filter
	if sel.Flags == FlagsExclude {
		filter.ExcludeFlags = excludedBits
	}
	type place struct{ stream, n uint32 }
	var streams []string
	var places []place
	var refs []tally.RowRef
	sel.mu.RLock()
	for stream, all := range sel.commented {
		for n := range all.all() {
			if ref, ok := sel.row(ledger.Position{Stream: stream, N: n}); ok {
				places, refs = append(places, place{uint32(len(streams)), uint32(n)}), append(refs, ref)
			}
		}
		streams = append(streams, stream)
	}
	sel.mu.RUnlock()
	tells := t.tells()
	var found []remark
	for _, m := range sel.table.Match(filter, singleMeasure(survey.Overall), refs) {
		r := remark{rating: t.pair(t.of(int(m.Agency), int(m.Field))), day: m.Day}
		if tells[r.rating] < least {
			continue
		}
		p := places[m.Index]
		r.at = ledger.Position{Stream: streams[p.stream], N: int64(p.n)}
		if m.Code >= survey.LevelMin && m.Code <= survey.LevelMax {
			r.level = m.Code
		}
		found = append(found, r)
	}
	slices.SortFunc(found, newerFirst)
	return found
}

// newerFirst has the same order on every node.
func newerFirst(a, b remark) int {
	return cmp.Or(cmp.Compare(b.day, a.day), cmp.Compare(a.at.Stream, b.at.Stream), cmp.Compare(b.at.N, a.at.N))
}

// readPlaces is how many comments are asked for at a time.
const readPlaces = 2000

// fetch gives the remarks with their words, in their order, without those whose words
// were erased: the ledger is asked anew for every answer, and nothing of it is kept.
// Unavailable where the store does not answer, or the request ends first.
func (s *Service) fetch(ctx context.Context, remarks []remark) ([]remark, error) {
	select {
	case s.reading <- struct{}{}:
		defer func() { <-s.reading }()
	case <-ctx.Done():
		return nil, alive(ctx)
	}
	byStream := map[string]map[int64]int{}
	for i, r := range remarks {
		if byStream[r.at.Stream] == nil {
			byStream[r.at.Stream] = map[int64]int{}
		}
		byStream[r.at.Stream][r.at.N] = i
	}
	texts := make([]string, len(remarks))
	for stream, index := range byStream {
		places := make([]int64, 0, len(index))
		for n := range index {
			places = append(places, n)
		}
		slices.Sort(places)
		for some := range slices.Chunk(places, readPlaces) {
			entries, err := s.entries.ReadAt(ctx, stream, some)
			if err != nil {
				return nil, err
			}
			for i, c := range read(entries) {
				if c.err != nil {
					return nil, c.err
				}
				texts[index[entries[i].N]] = comment(&c.response)
			}
		}
	}
	var written []remark
	for i, r := range remarks {
		if r.text = texts[i]; r.text != "" {
			written = append(written, r)
		}
	}
	return written, nil
}
