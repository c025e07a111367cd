package results

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"sipas/stats/tally"
	"sipas/survey"
	"sipas/survey/words"
)

// CommentsQuery asks for one page of comments. Measure says nothing here.
type CommentsQuery struct {
	Query
	Term       string // only those that hold it, as Words counts it; without diacritics in every spelling
	Levels     []int  // only those with these levels of overall; empty: all, also without one
	Page, Size int    // from 1
}

// ParseCommentsQuery reads what ParseQuery does, and term and levels ("1,2,3"). Page
// and Size are left to the caller. Errors as with ParseQuery.
func ParseCommentsQuery(get func(string) string, today survey.Date) (CommentsQuery, error) {
	q, err := ParseQuery(get, today)
	c := CommentsQuery{Query: q, Term: get("term")}
	var bad []survey.FieldError
	if c.Term != "" {
		if _, ok := words.Shipped.Search(c.Term); !ok {
			bad = append(bad, survey.FieldError{Path: "term", Reason: survey.ReasonUnknown})
		}
	}
	if s := get("levels"); s != "" {
		for level := range strings.SplitSeq(s, ",") {
			n, err := strconv.Atoi(level)
			if err != nil || n < survey.LevelMin || n > survey.LevelMax {
				bad = append(bad, survey.FieldError{Path: "levels", Reason: survey.ReasonLevel,
					Params: map[string]any{"min": survey.LevelMin, "max": survey.LevelMax}})
				break
			}
			c.Levels = append(c.Levels, n)
		}
	}
	return c, withFields(err, bad)
}

// Comments is a page of what people wrote, masked, the newest first.
type Comments struct {
	Heading
	Items    []Comment `json:"items"`
	Total    int       `json:"total"`    // on all pages
	Searched int       `json:"searched"` // newest comments that were looked through for the term; all of them without one
	Of       int       `json:"of"`       // comments of the selection and the levels that may be shown
	Withheld *Withheld `json:"withheld"` // why there are none: the selection's figure is
}

// Comment is what one citizen wrote, without what could lead to a person as far as
// a program can see that, and without the response's id and hour.
type Comment struct {
	Text   string        `json:"text"`
	Agency string        `json:"agency"`
	Field  *string       `json:"field"` // null where it is not known
	Level  *int          `json:"level"` // of overall
	Day    *survey.Date  `json:"day"`   // null where too few ratings of the agency and field are of that day
	Month  *survey.Month `json:"month"` // null where too few are of that month
}

// analysedComments is how many comments one answer reads at most.
const analysedComments = 20_000

// Comments gives a page of the comments on the query's agency and everything
// below it. Comments of cells that are withheld are left out, whoever asks. Scope and
// errors as with Board; unavailable where the store does not answer.
func (s *Service) Comments(ctx context.Context, actor survey.Actor, q CommentsQuery) (Comments, error) {
	sel, t, err := s.spoken(actor, q.Query)
	if err != nil {
		return Comments{}, err
	}
	c := Comments{Heading: sel.heading(masking.use()), Items: []Comment{}, Withheld: t.withholding(pair{sel.agency.ID, sel.Field})}
	if c.Withheld == nil {
		err = sel.comments(ctx, t, q, &c)
	}
	c.conclude(c.summary())
	return c, err
}

// spoken makes a query about words ready, with the table that says of whom may be told.
func (s *Service) spoken(actor survey.Actor, q Query) (*selection, *table, error) {
	if q.Audience == AudiencePublic {
		return nil, nil, &survey.Error{Code: survey.CodeInvalid, Message: "free text is never public",
			Fields: []survey.FieldError{{Path: "audience", Reason: survey.ReasonMustBeEmpty}}}
	}
	q.Measure = survey.Overall
	sel, err := s.selection(actor, q)
	if err != nil {
		return nil, nil, err
	}
	t, err := sel.newTable(survey.Overall)
	return sel, t, err
}

func (sel *selection) comments(ctx context.Context, t *table, q CommentsQuery, c *Comments) error {
	all := sel.remarks(t, toldField)
	if len(q.Levels) > 0 {
		all = slices.DeleteFunc(all, func(r remark) bool { return !slices.Contains(q.Levels, int(r.level)) })
	}
	c.Of, c.Searched = len(all), len(all)
	if q.Term != "" {
		find, ok := words.Shipped.Search(q.Term)
		if !ok {
			return &survey.Error{Code: survey.CodeInvalid, Message: "the term says nothing"}
		}
		read, err := sel.fetch(ctx, all[:min(len(all), analysedComments)])
		if err != nil {
			return err
		}
		c.Searched = len(read)
		all = slices.DeleteFunc(read, func(r remark) bool { return !find(r.text) })
	}
	c.Total = len(all)
	dates, err := sel.dates(t, all)
	if err != nil {
		return err
	}
	page := newestShown(all, dates)
	page = page[min((q.Page-1)*q.Size, len(page)):]
	page = page[:min(q.Size, len(page))]
	if q.Term == "" {
		if page, err = sel.fetch(ctx, page); err != nil {
			return err
		}
	}
	for _, r := range page {
		shown := Comment{Text: words.Mask(r.text), Agency: r.rating.agency, Day: dates[r.date()].day, Month: dates[r.date()].month}
		shown.Field, _ = sel.fieldName(r.rating.field)
		if r.level > 0 {
			shown.Level = pointer(int(r.level))
		}
		c.Items = append(c.Items, shown)
	}
	return nil
}

// date is the day of a rating among those of its agency and field.
type date struct {
	rating pair
	day    tally.Day
}

func (r *remark) date() date { return date{r.rating, r.day} }

// shownDate is as much of a date as enough people share.
type shownDate struct {
	day   *survey.Date
	month *survey.Month
}

// first is the first day of a date, "" of one that is not shown.
func (d shownDate) first() survey.Date {
	switch {
	case d.day != nil:
		return *d.day
	case d.month != nil:
		return d.month.First()
	}
	return ""
}

// newestShown orders comments by what is shown of their dates, the newest first.
// Those of one date come as chance has it, the same on every node: their true order would tell the hour.
func newestShown(remarks []remark, dates map[date]shownDate) []remark {
	type placed struct {
		remark
		first  survey.Date
		chance uint64
	}
	order := make([]placed, len(remarks))
	for i, r := range remarks {
		h := fnv.New64a()
		_, _ = h.Write(strconv.AppendInt([]byte(r.at.Stream), r.at.N, 10))
		order[i] = placed{r, dates[r.date()].first(), h.Sum64()}
	}
	slices.SortFunc(order, func(a, b placed) int { return cmp.Or(cmp.Compare(b.first, a.first), cmp.Compare(a.chance, b.chance)) })
	newest := make([]remark, len(order))
	for i := range order {
		newest[i] = order[i].remark
	}
	return newest
}

// dates says how much of the date of each remark may be shown: the day where at
// least MinimumN ratings of the agency and field are of it, else the month likewise.
func (sel *selection) dates(t *table, remarks []remark) (map[date]shownDate, error) {
	filter := sel.filter
	if sel.Flags == FlagsExclude {
		filter.ExcludeFlags = excludedBits
	}
	groups, err := sel.countIn(filter, []string{survey.Overall}, tally.ByAgency, tally.ByField, tally.ByDay)
	if err != nil {
		return nil, err
	}
	type inMonth struct {
		rating pair
		month  survey.Month
	}
	monthOf := func(d date) inMonth { return inMonth{d.rating, survey.Month(d.day.Date().Format("2006-01"))} }
	days, months := map[date]int64{}, map[inMonth]int64{}
	for i := range groups {
		g := &groups[i]
		d := date{t.pair(t.of(g.key[0], g.key[1])), tally.Day(g.key[2])}
		n := g.counts[0].levels().Answered()
		days[d] += n
		months[monthOf(d)] += n
	}
	shown := map[date]shownDate{}
	for i := range remarks {
		d := remarks[i].date()
		var s shownDate
		if m := monthOf(d); months[m] >= MinimumN {
			s.month = &m.month
		}
		if days[d] >= MinimumN {
			s.day = pointer(survey.Date(d.day.Date().Format("2006-01-02")))
		}
		shown[d] = s
	}
	return shown, nil
}

func (c *Comments) summary() survey.Text {
	switch {
	case c.Withheld != nil:
		return say("Góp ý trong %s không được hiển thị, vì quá ít người đánh giá.", "The comments of %s are not shown, because too few people rated.", c.Period.spoken)
	case c.Total == 0 && c.Of > 0:
		return say("Không có góp ý nào chứa cụm từ đã tìm, trong %[2]s góp ý trong %[1]s.", "None of %[2]s comments in %[1]s holds the term.", c.Period.spoken, int64(c.Searched))
	case c.Total == 0:
		return say("Không có góp ý nào trong %s để hiển thị.", "There are no comments to show in %s.", c.Period.spoken)
	}
	count := say("%s góp ý", "%s comments", int64(c.Total))
	if c.Total < c.Searched {
		count = say("%s trong %s góp ý chứa cụm từ đã tìm,", "%s of %s comments with the term,", int64(c.Total), int64(c.Searched))
	}
	said := say("%[2]s trong %[1]s, đã che số điện thoại, số giấy tờ và địa chỉ thư; tên người thì chương trình không nhận ra được, xin đừng chuyển tiếp.",
		"%[2]s in %[1]s, with telephone numbers, numbers of papers and mail addresses masked; names of people a program cannot recognise, so do not pass them on.",
		c.Period.spoken, count)
	return joined(" ", said, selfSelection)
}
