package importer

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"sipas/survey"
	"sipas/survey/intake"
)

// idKey is the subkey that ids are derived with. It can never change: an import
// repeated later must give the same ids.
func idKey(key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("sipas ids of imported responses 1"))
	return mac.Sum(nil)
}

// derived gives the id of a content that has come so many times. Answers can be
// guessed and ids outlive their erasure, so that nobody without the key can tell which content an id is of.
func (im *Importer) derived(content []byte, occurrence uint32) uuid.UUID {
	mac := hmac.New(sha256.New, im.idKey)
	mac.Write(content)
	mac.Write([]byte("\n" + strconv.FormatUint(uint64(occurrence), 10)))
	id := uuid.UUID(mac.Sum(nil)[:16])
	id[6] = id[6]&0x0f | 0x80 // version 8: of a way of our own
	id[8] = id[8]&0x3f | 0x80 // of RFC 9562
	return id
}

// reading is what reading responses has to remember: of every row 16 bytes and a count.
type reading struct {
	*run
	credential intake.Credential
	counts     map[[16]byte]uint32 // how often a content has come
	ids        map[uuid.UUID]int32 // line of every id given
	codes      map[string]int32    // line of every receipt code given
	rows       []*row
	batch      []survey.Submission
}

// responses imports responses in batches, in the order of the file.
func (x *run) responses(ctx context.Context, src source) error {
	in := &reading{run: x, credential: intake.Credential{Actor: &x.actor}, counts: map[[16]byte]uint32{}, ids: map[uuid.UUID]int32{}, codes: map[string]int32{}}
	for {
		r, err := x.next(src)
		if err == io.EOF {
			return in.flush(ctx)
		}
		if err != nil {
			return err
		}
		submission := in.submission(r)
		if len(r.problems) > 0 {
			x.settle(r, unchanged)
			continue
		}
		r.cells = nil // read, and the source may use it again
		in.rows, in.batch = append(in.rows, r), append(in.batch, submission)
		if len(in.batch) == intake.MaxBatch {
			if err := in.flush(ctx); err != nil {
				return err
			}
		}
	}
}

// submission makes what intake takes of a row, and reports what a row can get wrong beyond it.
func (in *reading) submission(r *row) survey.Submission {
	s := survey.Submission{
		Point:         r.text("point"),
		Language:      survey.Language(cmp.Or(strings.ToLower(r.text("language")), string(survey.Vietnamese))),
		Capture:       survey.Capture(cmp.Or(strings.ToLower(r.text("capture")), string(survey.CaptureImport))),
		Questionnaire: r.text("questionnaire"),
		Version:       int(r.whole("version")),
		Answers:       survey.Answers{},
		ReceiptCode:   r.text("receipt_code"),
	}
	if code, err := survey.ParsePointCode(s.Point); err == nil {
		point, known := in.registry.Snapshot().Point(code)
		if s.Point = point.Code; !known {
			s.Point = code
			r.fail("point", survey.ReasonUnknown, nil)
		}
	} else if s.Point != "" {
		_ = r.reject(err, "point") // always invalid, hence always taken
	}
	in.receipt(r, s)
	for column, into := range map[string]**string{"field": &s.Field, "procedure": &s.Procedure} {
		if text := r.text(column); text != "" {
			*into = &text
		}
	}
	if text := r.text("answered_at"); text != "" {
		at, ok := r.instant(text)
		switch {
		case !ok:
			r.fail("answered_at", survey.ReasonImportTime, nil)
		case at.After(in.importer.now()):
			// A device's clock may run ahead; what was written down cannot lie ahead.
			r.fail("answered_at", survey.ReasonInTheFuture, nil)
		default:
			at = at.UTC().Truncate(time.Millisecond)
			s.AnsweredAt = &at
		}
	}
	// What the file leaves open is filled in after the id was derived: a newer
	// version of the form must not make other responses of the same rows.
	named := s
	in.complete(&s)
	form := in.registry.Snapshot().Questionnaire(s.Questionnaire, s.Version)
	if form != nil {
		in.answers(r, form, s.Answers)
	}
	s.ID = in.id(r, named)
	if len(r.problems) > 0 && form != nil {
		// Intake will not see the row, so what is wrong with its answers is said here.
		for _, e := range form.Check(s.Answers, false) {
			r.fail(columnOf(e.Path), e.Reason, e.Params)
		}
	}
	return s
}

// receipt reports a receipt's code that a row before has used up: a dry run uses none.
func (in *reading) receipt(r *row, s survey.Submission) {
	code, err := survey.ParseReceiptCode(s.ReceiptCode)
	if point, _ := in.registry.Snapshot().Point(s.Point); err != nil || point.Receipts() == survey.ReceiptNone {
		return // intake judges it, or nobody asks for it
	}
	key := s.Point + code
	if line, taken := in.codes[key]; taken {
		r.fail("receipt_code", survey.ReasonRepeatedRow, map[string]any{"line": int(line)})
		return
	}
	in.codes[key] = int32(r.line)
}

// complete fills in the form of the point and its newest version.
func (in *reading) complete(s *survey.Submission) {
	snapshot := in.registry.Snapshot()
	if s.Questionnaire == "" {
		point, _ := snapshot.Point(s.Point)
		s.Questionnaire = point.Questionnaire
	}
	if newest := snapshot.Newest(s.Questionnaire); s.Version == 0 && newest != nil {
		s.Version = newest.Version
	}
}

// answers reads the cells of the items.
func (in *reading) answers(r *row, form *survey.Questionnaire, answers survey.Answers) {
	for _, column := range r.columns[len(described[KindResponses]):] {
		if strings.TrimSpace(r.raw(column.Name)) == "" {
			continue
		}
		item := form.Item(column.Name)
		if item == nil {
			r.fail(column.Name, survey.ReasonUnknownItem, nil)
			continue
		}
		answers[item.ID] = r.answer(item)
	}
}

// answer reads a cell as its item is answered. What is no such answer stays text, which intake refuses with the reason.
func (r *row) answer(item *survey.Item) survey.Answer {
	text := r.text(item.ID)
	if item.Type == survey.ItemText {
		return survey.TextAnswer(r.prose(item.ID))
	}
	if strings.EqualFold(text, survey.NA) {
		return survey.TextAnswer(survey.NA)
	}
	switch item.Type {
	case survey.ItemRating, survey.ItemNumber:
		if n, ok := number(text); ok {
			return survey.NumberAnswer(n)
		}
	case survey.ItemMultiple:
		return survey.ListAnswer(r.list(item.ID)...)
	case survey.ItemYesNo:
		if value, ok := truth(text); ok {
			return survey.BoolAnswer(value)
		}
	}
	return survey.TextAnswer(text)
}

// id gives the id of a row: its own, or one derived from its content and how
// often that has come before.
func (in *reading) id(r *row, s survey.Submission) string {
	if text := r.text("id"); text != "" {
		id, err := uuid.Parse(text)
		if err != nil || len(text) != 36 {
			r.fail("id", survey.ReasonFormat, nil)
			return ""
		}
		if line, taken := in.ids[id]; taken {
			r.fail("id", survey.ReasonRepeatedRow, map[string]any{"line": int(line)})
			return ""
		}
		in.ids[id] = int32(r.line)
		return id.String()
	}
	content := contentOf(s, r.text("number"))
	sum := sha256.Sum256(content)
	key := [16]byte(sum[:16])
	in.counts[key]++
	return in.importer.derived(content, in.counts[key]).String()
}

// contentOf is what ids are derived from: what a row says, however the file
// writes it. It can never change either.
func contentOf(s survey.Submission, number string) []byte {
	b, err := json.Marshal(struct {
		Number        string
		Point         string
		Field         *string
		Procedure     *string
		AnsweredAt    *time.Time
		Language      survey.Language
		Capture       survey.Capture
		Questionnaire string
		Version       int
		Answers       survey.Answers
	}{number, s.Point, s.Field, s.Procedure, s.AnsweredAt, s.Language, s.Capture, s.Questionnaire, s.Version, s.Answers})
	if err != nil {
		panic(err) // plain texts and numbers always have JSON
	}
	return b
}

// flush hands the batch to intake and settles its rows.
func (in *reading) flush(ctx context.Context) error {
	defer func() { in.rows, in.batch = in.rows[:0], in.batch[:0] }()
	if len(in.batch) == 0 {
		return nil
	}
	take := in.importer.intake.Submit
	if in.DryRun {
		take = in.importer.intake.Check
	}
	results := make([]intake.Result, len(in.batch))
	open := make([]int, len(in.batch)) // items without an answer yet
	for i := range open {
		open[i] = i
	}
	err := patiently(ctx, func() error {
		items := make([]survey.Submission, len(open))
		for j, i := range open {
			items[j] = in.batch[i]
		}
		answered, err := take(ctx, in.credential, items)
		if err != nil {
			return err
		}
		var left []int
		for j, i := range open {
			if p := answered[j].Problem; answered[j].Outcome == survey.OutcomeRetry && p != nil && len(p.Fields) > 0 {
				// A form that no node knows yet: a file can be imported again, and need not wait for it.
				answered[j].Outcome = survey.OutcomeInvalid
				answered[j].Problem = &survey.Error{Code: survey.CodeInvalid, Message: p.Message, Fields: p.Fields}
			}
			if results[i] = answered[j]; answered[j].Outcome == survey.OutcomeRetry {
				left = append(left, i)
			}
		}
		if open = left; len(left) > 0 {
			return &survey.Error{Code: survey.CodeUnavailable, Message: "the ledger did not take every response"}
		}
		return nil
	})
	for i, r := range in.rows {
		switch results[i].Outcome {
		case survey.OutcomeStored:
			in.settle(r, created)
		case survey.OutcomeDuplicate:
			in.settle(r, unchanged)
		case survey.OutcomeRetry, "":
			// Not known to be stored: not counted, and err says why.
		default:
			whose := "point" // took no ratings on that day
			if results[i].Outcome == survey.OutcomeConflict {
				whose = "id"
			}
			if err := r.reject(results[i].Problem, whose); err != nil {
				return err
			}
			in.settle(r, unchanged)
		}
	}
	return err
}
