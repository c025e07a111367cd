package suspicion_test

import (
	"context"
	"testing"
	"time"

	"sipas/survey"
	"sipas/survey/ledger"
	"sipas/survey/questionnaires"
	"sipas/survey/suspicion"
)

// memory is a ledger of streams in memory.
type memory struct {
	survey.LedgerStore
	streams map[string][]survey.Entry
}

func (m *memory) Streams(context.Context) (list []survey.Stream, err error) {
	for id := range m.streams {
		list = append(list, survey.Stream{ID: id})
	}
	return list, nil
}

func (m *memory) Read(_ context.Context, stream string, after int64, limit int) (page []survey.Entry, err error) {
	for _, e := range m.streams[stream] {
		if e.N > after && len(page) < limit {
			page = append(page, e)
		}
	}
	return page, nil
}

func (m *memory) add(t testing.TB, stream string, r survey.Response) ledger.Position {
	t.Helper()
	kept, open, err := ledger.EncodeResponse(r, questionnaires.Find(r.Questionnaire, r.Version))
	if err != nil {
		t.Fatal(err)
	}
	return m.entry(stream, survey.Entry{ID: r.ID, Kind: survey.EntryResponse, Kept: kept, Open: open})
}

func (m *memory) flag(t testing.TB, stream string, f ledger.Flagging) {
	t.Helper()
	kept, err := ledger.EncodeFlagging(f)
	if err != nil {
		t.Fatal(err)
	}
	m.entry(stream, survey.Entry{Kind: survey.EntryFlag, Kept: kept})
}

func (m *memory) entry(stream string, e survey.Entry) ledger.Position {
	if m.streams == nil {
		m.streams = map[string][]survey.Entry{}
	}
	e.Stream, e.N = stream, int64(len(m.streams[stream]))+1
	m.streams[stream] = append(m.streams[stream], e)
	return ledger.Position{Stream: stream, N: e.N}
}

// catalogue knows the shipped forms and some sheets.
type catalogue map[string]survey.Volume

func (catalogue) Questionnaire(id string, version int) *survey.Questionnaire {
	return questionnaires.Find(id, version)
}

func (c catalogue) VolumeSheet(agency string, month survey.Month) (survey.Volume, bool) {
	v, ok := c[survey.VolumeKey(agency, month)]
	return v, ok
}

func inspect(t testing.TB, in *suspicion.Inspector, c suspicion.Catalogue, before time.Time) (found []suspicion.Finding) {
	t.Helper()
	if err := in.Inspect(t.Context(), c, before, func(f suspicion.Finding) error { found = append(found, f); return nil }); err != nil {
		t.Fatal(err)
	}
	return found
}
