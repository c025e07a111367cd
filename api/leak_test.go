package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sipas/stats"
	"sipas/survey"
	"sipas/survey/results"
)

// Three tests here hold what the API publishes against what it withholds. Two walk
// every result operation of the OpenAPI document with combinations of its parameters: all of
// those in crossed, and a sample with the others that offered lists.
//
// TestNothingLeaks reads all numbers of all answers as sums over the slots that
// places says they are about, holds each against the truth, and shows that no group below the
// minimum is in a number of its own, follows from others by adding and subtracting, or
// is known from them, people being no negative number, to be of one to nine. All answers that
// an audience may ask for are held together, whatever their period, filters and flags.
//
// TestNoYearLeaks does so with the boards of all periods of a year, whose sums and tables are settled together.
//
// TestTwinProvinces walks two provinces that differ in withheld figures alone: their
// answers must be the same to the last digit, whatever an answer is made of.
//
// The command sipas export responses gives raw ratings to the operator, who has the
// store anyway; it lies outside the rules and outside these tests.

// unstated is the value that is not known.
const unstated = "?"

// peopleParameters choose a group of people; peopleItems are the questions behind them.
var (
	peopleParameters = []string{"gender", "ageGroup", "occupation"}
	peopleItems      = []string{"gender", "age_group", "occupation"}
)

// ratings says which ratings of a group a number counts.
type ratings int

const (
	clean    ratings = iota // those that no flag takes out of the results
	all                     // these and the others
	excluded                // the others
)

// part is what a number in an answer is about.
type part struct {
	measure, agency, field, point, capture, delivery, campaign, language, form string
	people                                                                     [3]string // as peopleParameters
	period                                                                     survey.Period
	ratings                                                                    ratings
	flag                                                                       survey.Flag // only ratings with it
	own                                                                        bool        // without the agencies below
	fields                                                                     []string    // nil: any
	agencies                                                                   []string    // with all below; nil: any
	without                                                                    *part       // whose ratings are left out
	by                                                                         string      // what the answer's rows are
}

func (p part) String() string {
	s := fmt.Sprintf("%s of %s in %s", p.measure, p.agency, p.period.Name)
	for _, more := range slices.Concat([]string{p.field, p.point, p.capture, p.delivery, p.campaign, p.language, p.form, string(p.flag),
		[...]string{"", "flagged ones too", "flagged ones only"}[p.ratings]}, p.people[:], p.fields, p.agencies) {
		if more != "" {
			s += ", " + more
		}
	}
	if p.own {
		s += ", directly"
	}
	if p.without != nil {
		s += fmt.Sprintf(", without %v", p.without)
	}
	return s
}

// has reports whether ratings of a slot are counted in the part.
func (l *leakWorld) has(p part, s slot) bool {
	matches := func(asked, is string) bool { return asked == "" || asked == is }
	taken := s.flag != "" && !s.flag.Informative()
	if !matches(p.field, s.field) || !matches(p.point, s.point) || !matches(p.form, s.form) || !matches(p.language, string(languageOf(s.who))) ||
		!matches(p.capture, string(s.capture)) || !matches(p.delivery, string(s.delivery)) || p.campaign != s.campaign ||
		!matches(string(p.flag), string(s.flag)) || p.ratings != all && taken != (p.ratings == excluded) ||
		p.own && s.agency != p.agency || p.fields != nil && !slices.Contains(p.fields, s.field) || !p.period.Contains(survey.Date(s.day)) {
		return false
	}
	for i, asked := range p.people {
		if asked != "" && asked != said(s.who, peopleItems[i]) {
			return false
		}
	}
	within := l.server.registry.Snapshot().Within
	if p.agencies != nil && !slices.ContainsFunc(p.agencies, func(above string) bool { return within(s.agency, above) }) {
		return false
	}
	return within(s.agency, p.agency) && (p.without == nil || !l.has(*p.without, s))
}

// sum gives the slots that a part counts.
func (l *leakWorld) sum(p part) []uint64 {
	row := make([]uint64, len(l.slots))
	for i, s := range l.slots {
		if l.has(p, s) {
			row[i] = 1
		}
	}
	return row
}

// rowName tells some slots from others.
func rowName(row []uint64) string {
	name := make([]byte, len(row))
	for i, x := range row {
		name[i] = byte('0' + x)
	}
	return string(name)
}

// count gives what is true of some slots.
func (l *leakWorld) count(measure string, row []uint64) (sum tally) {
	for i, t := range l.truth[measure] {
		if row[i] != 0 {
			sum.n, sum.satisfied, sum.answered = sum.n+t.n, sum.satisfied+t.satisfied, sum.answered+t.answered
		}
	}
	return sum
}

// request is one question to a result operation.
type request struct {
	operation, path string
	parameters      url.Values
}

func (r request) target() string { return r.path + "?" + r.parameters.Encode() }

// sampled is how many of the questions with parameters that are not crossed, and of those
// that split a figure by a filter, the walk asks of each operation: chosen by chance, with a
// fixed seed, since there are thousands.
const sampled = 200

// requests lists those of the walk, found in the description of the API.
func (l *leakWorld) requests() (list []request) {
	chance := rand.New(rand.NewPCG(1, 2))
	var api struct {
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []struct{ Name, In string }
		}
	}
	l.must(json.Unmarshal([]byte(l.get("/api/openapi.json").body), &api))
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		op, ok := api.Paths[path]["get"]
		if !ok || !strings.HasPrefix(path, "/api/v1/results/") {
			continue
		}
		if _, known := places[op.OperationID]; !known {
			l.t.Errorf("places does not say what %s answers", op.OperationID)
			continue
		}
		whole := []url.Values{{}}
		give := func(to []url.Values, name string) (given []url.Values) {
			for _, values := range to {
				for _, value := range l.values(op.OperationID, name) {
					with := maps.Clone(values)
					more, err := url.ParseQuery(name + "=" + value)
					l.must(err)
					maps.Copy(with, more)
					given = append(given, with)
				}
			}
			return given
		}
		var alone []string
		for _, p := range op.Parameters {
			switch {
			case p.In != "query":
				l.t.Errorf("%s has the parameter %s in its %s", op.OperationID, p.Name, p.In)
			case slices.Contains(required[op.OperationID], p.Name):
				whole = give(whole, p.Name)
			case slices.Contains(crossed, p.Name):
				whole = append(whole, give(whole, p.Name)...)
			default:
				alone = append(alone, p.Name)
			}
		}
		some := func(of []url.Values) []url.Values {
			chance.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
			return of[:min(len(of), sampled)]
		}
		var more, split []url.Values
		for _, name := range alone {
			more = append(more, give(whole, name)...)
		}
		whole = slices.DeleteFunc(whole, func(v url.Values) bool {
			splits := (request{op.OperationID, path, v}).splitsByFilter()
			if splits {
				split = append(split, v)
			}
			return splits
		})
		for _, values := range slices.Concat(whole, some(split), some(more)) {
			list = append(list, request{op.OperationID, path, values})
		}
	}
	return list
}

func (l *leakWorld) values(operation, parameter string) []string {
	values, ok := offered[operation+"."+parameter]
	if !ok {
		if values, ok = offered[parameter]; !ok {
			l.t.Errorf("offered has no value for the parameter %s of %s", parameter, operation)
		}
	}
	values = slices.Clone(values)
	for i, value := range values {
		for _, p := range l.points {
			if value == "{"+p.Agency+"}" {
				values[i] = p.Code
			}
		}
	}
	return values
}

// part gives what a whole answer is about.
func (l *leakWorld) part(r request) part {
	get := func(name, otherwise string) string {
		if r.parameters.Has(name) {
			return r.parameters.Get(name)
		}
		return otherwise
	}
	p := part{measure: get("measure", survey.Overall), agency: get("agency", "tinh"), field: get("field", ""), point: get("point", ""), capture: get("capture", ""),
		delivery: get("delivery", ""), campaign: get("campaign", ""), period: mustPeriod(get("period", "2026-Q3")), by: get("by", "")}
	for i, name := range peopleParameters {
		p.people[i] = get(name, "")
	}
	if get("flags", "") == "include" {
		p.ratings = all
	}
	if r.operation == "get-drivers" {
		p.measure = survey.Overall
	}
	return p
}

func mustPeriod(name string) survey.Period {
	p, err := survey.ParsePeriod(name)
	if err != nil {
		panic(err)
	}
	return p
}

// ask gives the answer to a request, none where the parameters make no question together.
func (l *leakWorld) ask(r request, authorization string) (body string, ok bool) {
	l.t.Helper()
	a := l.get(r.target(), "Authorization", authorization)
	if a.StatusCode != http.StatusOK && a.StatusCode != http.StatusUnprocessableEntity {
		l.t.Fatalf("%s answers %d: %s", r.target(), a.StatusCode, a.body)
	}
	return a.body, a.StatusCode == http.StatusOK
}

// published is what all answers together say.
type published struct {
	*leakWorld
	sums   map[string]map[string]equation // by measure and by what is counted, then by the slots summed up
	hidden map[string]part                // parts that an answer withholds, by their names

	minimum int64 // of the audience
}

type equation struct {
	row    []uint64
	value  int64
	source string // one of the answers that say so, and where
}

// read takes the numbers of an answer in.
func (pub *published) read(r request, body string) {
	var v any
	pub.must(json.Unmarshal([]byte(body), &v))
	pub.walk(r, v, nil, nil, "")
}

// walk looks for figures and numbers below a value. around are the objects that it is
// in, the innermost first.
func (pub *published) walk(r request, v any, path []string, around []map[string]any, name string) {
	where := strings.Join(path, ".")
	if p, ok := placeOf(r.operation, path); ok {
		about := pub.part(r)
		for _, n := range p.of {
			n(&about, around, name)
		}
		switch p.kind {
		case figure:
			if object, ok := v.(map[string]any); ok {
				pub.figure(r, where, about, object)
			}
			return
		case counted:
			if n, ok := v.(float64); ok {
				pub.say(r, where, about, "n", int64(n))
			}
			return
		case levelled:
			if levels, ok := v.(map[string]any); ok {
				n := func(level string) int64 { return int64(levels[level].(float64)) }
				pub.say(r, where, about, "n", n("1")+n("2")+n("3")+n("4")+n("5"))
				pub.say(r, where, about, "satisfied", n("4")+n("5"))
			}
			return
		case compared:
			pub.compared(r, where, v.(map[string]any))
			return
		case stratum:
			pub.stratum(r, where, about, v.(map[string]any))
			return
		case estimated:
			pub.estimated(r, where, about, v.(map[string]any))
			return
		case ticked:
			pub.ticked(r, where, about, v.(map[string]any))
			return
		case constant, derived:
			return
		}
	}
	switch v := v.(type) {
	case map[string]any:
		around = slices.Concat([]map[string]any{v}, around)
		for name, inner := range v {
			pub.walk(r, inner, append(path[:len(path):len(path)], name), around, name)
		}
	case []any:
		for _, inner := range v {
			pub.walk(r, inner, append(path[:len(path):len(path)], "*"), around, name)
		}
	case float64:
		pub.t.Errorf("places does not say what the number %s of %s is about", where, r.operation)
	}
}

// compared reads a figure and the one beside it.
func (pub *published) compared(r request, where string, pair map[string]any) {
	names := []string{"figure", "against"}
	abouts := make([]part, 2)
	for i, name := range names {
		side := pair[name].(map[string]any)
		about := pub.part(r)
		about.period = mustPeriod(side["period"].(map[string]any)["name"].(string))
		about.agency = side["agency"].(map[string]any)["id"].(string)
		for member, to := range map[string]*string{"field": &about.field, "capture": &about.capture, "delivery": &about.delivery} {
			*to, _ = side[member].(string)
		}
		abouts[i] = about
	}
	for i, name := range names {
		about, side := abouts[i], pair[name].(map[string]any)
		if side["rest"].(bool) {
			about.without = &abouts[1-i]
		}
		pub.figure(r, where+"."+name, about, side["cell"].(map[string]any))
	}
}

// stratum reads the ratings of some fields of an agency.
func (pub *published) stratum(r request, where string, about part, object map[string]any) {
	about.agency = object["agency"].(string)
	for _, id := range object["fields"].([]any) {
		about.fields = append(about.fields, id.(string))
	}
	pub.say(r, where, about, "n", int64(object["n"].(float64)))
}

// estimated reads a figure of a sample. Its weighted numbers are made of those of its strata; those without
// weights are the sums themselves.
func (pub *published) estimated(r request, where string, about part, object map[string]any) {
	if object["n"] == nil {
		if object["withheld"] == nil || hasNumber(object) {
			pub.t.Errorf("%s: %s has no respondents, is not withheld or has a number: %v", r.target(), where, object)
		}
		pub.hidden[about.String()] = about
		return
	}
	n := object["n"].(float64)
	pub.say(r, where, about, "n", int64(n))
	if u, ok := object["unweighted"].(map[string]any); ok && !results.Pooled(about.measure) {
		pub.say(r, where, about, "satisfied", int64(math.Round(u["index"].(float64)*n/100)))
	}
}

// ticked reads how many of those asked ticked a reason, and how many did not.
func (pub *published) ticked(r request, where string, about part, object map[string]any) {
	if object["withheld"] != nil {
		if hasNumber(object) {
			pub.t.Errorf("%s: %s is withheld and has a number: %v", r.target(), where, object)
		}
		return
	}
	question, reason := about.measure, object["id"].(string)
	count, n := int64(object["count"].(float64)), pub.count(question, pub.sum(about)).n
	about.measure = question + "=" + reason
	pub.say(r, where, about, "n", count)
	about.measure = question + "≠" + reason
	pub.say(r, where, about, "n", n-count)
}

// placeOf finds the place of a path.
func placeOf(operation string, path []string) (place, bool) {
	for _, p := range slices.Concat(places[operation], everywhere) {
		pattern := strings.Split(p.path, ".")
		if slices.EqualFunc(pattern, path, func(want, is string) bool { return want == "*" || want == is }) {
			return p, true
		}
	}
	return place{}, false
}

// inFigures are the members of figures that say no more than n, satisfied and answered,
// or come from the catalogue.
var inFigures = []string{"index", "mean", "interval", "target", "milestone", "bound", "coverage"}

// figure reads the object of one figure.
func (pub *published) figure(r request, where string, about part, object map[string]any) {
	if object["n"] == nil {
		if object["withheld"] == nil {
			pub.t.Errorf("%s: %s has no number and is not withheld", r.target(), where)
		}
		for name, v := range object {
			if hasNumber(v) {
				pub.t.Errorf("%s: %s is withheld and has the number %s: %v", r.target(), where, name, v)
			}
		}
		pub.hidden[about.String()] = about
		return
	}
	n := int64(object["n"].(float64))
	pub.say(r, where, about, "n", n)
	for name, v := range object {
		number, isNumber := v.(float64)
		switch {
		case name == "n":
		case name == "satisfied" || name == "answered":
			pub.say(r, where, about, name, int64(number))
		case name == "index" && isNumber && object["satisfied"] == nil && !results.Pooled(about.measure):
			pub.say(r, where, about, "satisfied", int64(math.Round(number*float64(n)/100)))
		case !slices.Contains(inFigures, name) && hasNumber(v):
			pub.t.Errorf("the figure %s of %s has the unknown number %s", where, r.operation, name)
		}
	}
}

func hasNumber(v any) bool {
	switch v := v.(type) {
	case float64:
		return true
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), hasNumber)
	case []any:
		return slices.ContainsFunc(v, hasNumber)
	}
	return false
}

// say takes note of one number. It must be true: otherwise places errs in what it is
// about, and the walk would show nothing.
func (pub *published) say(r request, where string, about part, what string, value int64) {
	row := pub.sum(about)
	true := pub.count(about.measure, row)
	if is := map[string]int64{"n": true.n, "satisfied": true.satisfied, "answered": true.answered}[what]; is != value {
		pub.t.Errorf("%s: %s is %s %d, but %v has %d", r.target(), where, what, value, about, is)
		return
	}
	if what == "n" && 0 < value && value < pub.minimum {
		pub.t.Errorf("%s: %s tells that %v has %d", r.target(), where, about, value)
	}
	of := about.measure + " " + what
	if pub.sums[of] == nil {
		pub.sums[of] = map[string]equation{}
	}
	pub.sums[of][rowName(row)] = equation{row, value, fmt.Sprintf("%s: %s is %d", r.target(), where, value)}
}

// groups lists whatever a reader may have in mind: every agency by every field, in
// every period and month, with at most one further filter, without, with, and only the flagged ratings.
func (l *leakWorld) groups() (list []group) {
	fields := []string{""}
	for _, f := range l.server.registry.Snapshot().Fields() {
		fields = append(fields, f.ID)
	}
	filters := []part{{}, {capture: "kiosk"}, {capture: "qr"}, {delivery: "counter"}, {delivery: "online"},
		{people: [3]string{"female"}}, {people: [3]string{"male"}}, {people: [3]string{1: "under_25"}}, {people: [3]string{2: "retired"}}, {language: "en"}}
	for _, p := range l.points {
		filters = append(filters, part{point: p.Code})
		for _, campaign := range leakCampaigns {
			filters = append(filters, part{point: p.Code, campaign: campaign})
		}
	}
	for _, campaign := range leakCampaigns {
		filters = append(filters, part{campaign: campaign})
	}
	periods := slices.Clone(offered["period"])
	for _, day := range leakDays {
		periods = append(periods, day[:7])
	}
	for _, name := range append(periods, "2026-H1", "2026-Q1", "2026-Q2", "2026-Q4") {
		for _, a := range l.server.registry.Snapshot().Agencies() {
			for _, f := range fields {
				for _, p := range filters {
					for _, r := range []ratings{clean, all, excluded} {
						p.period, p.agency, p.field, p.ratings = mustPeriod(name), a.ID, f, r
						list = append(list, group{p, l.sum(p)})
					}
				}
			}
		}
	}
	return list
}

// group is a part with the slots that it counts.
type group struct {
	part
	row []uint64
}

// small lists the groups of which fewer people than a minimum are in a measure, one of each set of slots.
func (l *leakWorld) small(groups []group, measure string, minimum int64) []group {
	small := map[string]group{}
	for _, g := range groups {
		if n := l.count(measure, g.row).n; 0 < n && n < minimum {
			g.measure = measure
			small[rowName(g.row)] = g
		}
	}
	return slices.Collect(maps.Values(small))
}

func TestNothingLeaks(t *testing.T) {
	if underRace {
		t.Skip("asks one thing after the other: nothing can race")
	}
	t.Parallel()
	l := newLeakWorld(newWorld(t), 0)
	l.addUsers()
	admin := l.token("admin")
	together, answered := map[int64]*published{}, map[string]bool{} // what the public may see is a world of its own
	for _, r := range l.requests() {
		minimum := r.minimum()
		if together[minimum] == nil {
			together[minimum] = &published{leakWorld: l, sums: map[string]map[string]equation{}, hidden: map[string]part{}, minimum: minimum}
		}
		if body, ok := l.ask(r, admin); ok {
			together[minimum].read(r, body)
			answered[r.operation] = true
		}
	}
	for operation := range places {
		if !answered[operation] {
			t.Errorf("%s answers nothing", operation)
		}
	}
	if t.Failed() {
		t.FailNow() // what follows would only repeat it
	}
	groups := l.groups()
	for minimum, pub := range together {
		pub.judge(survey.Overall, l.small(groups, survey.Overall, minimum))
		if minimum == results.MinimumN {
			pub.bound(l.small(groups, survey.Overall, minimum)) // of the public's many small groups it would take minutes
		}
		for measure := range l.truth {
			if question, reason, ticked := strings.Cut(measure, "="); ticked {
				for _, m := range []string{question, measure, question + "≠" + reason} {
					pub.judge(m, l.small(groups, m, minimum))
				}
			}
		}
	}
	if few := together[results.MinimumN].few(); few < 5 {
		t.Errorf("only %d figures are withheld for being of too few: the walk shows little", few)
	}
}

// TestNoYearLeaks asks for the board of every calendar period of a year, with and without flagged
// ratings, of a province where months withhold figures for their sums, and holds the answers against all small groups.
func TestNoYearLeaks(t *testing.T) {
	if underRace {
		t.Skip("asks one thing after the other: nothing can race")
	}
	t.Parallel()
	l := newLeakWorld(newWorld(t), 0)
	chance := rand.New(rand.NewPCG(4, 5))
	for i := range l.points {
		for _, field := range l.points[i].Fields {
			for _, day := range leakDays {
				if n := chance.IntN(16); n > 3 { // where few come
					l.rate(visitors{&l.points[i], field, day, survey.CaptureKiosk, "", "", n / 2, n})
				}
			}
		}
	}
	l.addUsers()
	admin := l.token("admin")
	pub := &published{leakWorld: l, sums: map[string]map[string]equation{}, hidden: map[string]part{}, minimum: results.MinimumN}
	periods := []string{"2026", "2026-H1", "2026-H2", "2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"}
	for month := 1; month <= 12; month++ {
		periods = append(periods, fmt.Sprintf("2026-%02d", month))
	}
	secondary := 0
	for _, period := range periods {
		for _, flags := range []string{"exclude", "include"} {
			r := request{"get-board", "/api/v1/results/board", url.Values{"period": {period}, "flags": {flags}}}
			body, ok := l.ask(r, admin)
			if !ok {
				t.Fatalf("%s: %s", r.target(), body)
			}
			pub.read(r, body)
			if strings.HasPrefix(period, "2026-0") {
				secondary += strings.Count(body, `"withheld":"secondary"`)
			}
		}
	}
	if secondary == 0 {
		t.Error("no month withholds anything for its sums: the walk shows little")
	}
	pub.judge(survey.Overall, l.small(l.groups(), survey.Overall, results.MinimumN))
}

// splitsByFilter reports whether the answer's rows are those of filters.
func (r request) splitsByFilter() bool {
	return r.operation == "get-breakdown" && !slices.Contains([]string{"agency", "field", "month", "quarter"}, r.parameters.Get("by"))
}

// minimum is the smallest group that the question's audience may know of.
func (r request) minimum() int64 {
	if r.parameters.Get("audience") == string(results.AudiencePublic) {
		return results.PublicN
	}
	return results.MinimumN
}

// few counts the figures that are withheld for being of too few.
func (pub *published) few() (count int) {
	for _, p := range pub.hidden {
		if n := pub.count(p.measure, pub.sum(p)).n; 0 < n && n < pub.minimum {
			count++
		}
	}
	return count
}

// judge holds the answers against the groups that must not be told.
func (pub *published) judge(measure string, small []group) {
	free := pub.free(measure)
	for _, what := range []string{"n", "satisfied"} {
		e, known := &equations{}, pub.sums[measure+" "+what]
		for _, s := range known {
			e.add(masked(s.row, free))
		}
		for _, p := range small {
			if e.tell(masked(p.row, free)) {
				pub.t.Errorf("the answers together tell %s of %v, which is %+v:\n%s", what, p.part, pub.count(p.measure, p.row),
					strings.Join(pub.because(known, p.row, free), "\n"))
			}
		}
	}
}

// bound holds the answers against the groups by linear programming: the numbers of
// people in slots are 0 or more, whatever else is known of them.
func (pub *published) bound(small []group) {
	free := pub.free(survey.Overall)
	known := slices.Collect(maps.Values(pub.sums[survey.Overall+" n"]))
	rows := make([][]uint64, 0, len(known)+len(small))
	for _, s := range known {
		rows = append(rows, masked(s.row, free))
	}
	for _, p := range small {
		rows = append(rows, masked(p.row, free))
	}
	// Slots that all sums take together are one unknown.
	unknown := map[string]int{}
	var cells []stats.Cell
	members := make([][]int, len(rows))
	for slot := range pub.slots {
		column := make([]byte, len(rows))
		for i, row := range rows {
			column[i] = byte('0' + row[slot])
		}
		if !strings.Contains(string(column), "1") {
			continue
		}
		at, ok := unknown[string(column)]
		if !ok {
			at = len(cells)
			unknown[string(column)] = at
			cells = append(cells, stats.Cell{Withheld: true})
			for i, is := range column {
				if is == '1' {
					members[i] = append(members[i], at)
				}
			}
		}
		cells[at].Value += pub.truth[survey.Overall][slot].n
	}
	var sums []stats.Sum
	about := map[int]part{}
	for i, parts := range members {
		if len(parts) == 0 {
			continue
		}
		var value int64
		for _, part := range parts {
			value += cells[part].Value
		}
		if i >= len(known) {
			about[len(cells)] = small[i-len(known)].part
		}
		sums = append(sums, stats.Sum{Total: len(cells), Parts: parts})
		cells = append(cells, stats.Cell{Value: value, Withheld: i >= len(known)})
	}
	exposed, err := stats.AuditTable(cells, sums, pub.minimum)
	pub.must(err)
	for _, e := range exposed {
		if p, ok := about[e.Cell]; ok && 1 <= e.Lower && e.Upper < pub.minimum {
			pub.t.Errorf("the answers together tell that %v has %d to %d", p, e.Lower, e.Upper)
		}
	}
}

// because lists answers that together tell a sum, none of which can be spared.
func (pub *published) because(known map[string]equation, sum []uint64, free []bool) (sources []string) {
	left := slices.SortedFunc(maps.Values(known), func(a, b equation) int { return strings.Compare(a.source, b.source) })
	for i := 0; i < len(left); {
		without := slices.Delete(slices.Clone(left), i, i+1)
		e := &equations{}
		for _, s := range without {
			e.add(masked(s.row, free))
		}
		if e.tell(masked(sum, free)) {
			left = without
		} else {
			i++
		}
	}
	for _, s := range left {
		sources = append(sources, s.source)
	}
	return sources
}

// free says of each slot whether people may be in it: nobody is where a sum is 0.
func (pub *published) free(measure string) []bool {
	free := make([]bool, len(pub.slots))
	for i := range free {
		free[i] = true
	}
	for _, s := range pub.sums[measure+" n"] {
		for i, x := range s.row {
			if s.value == 0 && x != 0 {
				free[i] = false
			}
		}
	}
	return free
}

func masked(row []uint64, free []bool) []uint64 {
	left := slices.Clone(row)
	for i := range left {
		if !free[i] {
			left[i] = 0
		}
	}
	return left
}

func TestTwinProvinces(t *testing.T) {
	if underRace {
		t.Skip("asks one thing after the other: nothing can race")
	}
	t.Parallel()
	l, twin := newLeakWorld(newWorld(t), 0), newLeakWorld(newWorld(t), 1)
	l.addUsers()
	twin.addUsers()
	var pairs []string
	ours := l.server.registry.Snapshot().Points()
	for i, p := range twin.server.registry.Snapshot().Points() {
		pairs = append(pairs, p.Code, ours[i].Code)
	}
	codes := strings.NewReplacer(pairs...)
	theirs, admin, twins := twin.requests(), l.token("admin"), twin.token("admin")
	for i, r := range l.requests() {
		if r.parameters.Has("flags") {
			continue // other figures are withheld with the others, for one of few flagged ratings
		}
		if r.operation == "list-comments" {
			theirs[i].parameters.Set("size", "200") // all: which page one is on is for chance
			r.parameters.Set("size", "200")
			r.parameters.Del("page")
			theirs[i].parameters.Del("page")
		}
		a, _ := l.ask(r, admin)
		b, _ := twin.ask(theirs[i], twins)
		if a, b = alike(r, a), alike(r, codes.Replace(b)); a != b {
			t.Fatalf("%s tells provinces apart that differ in withheld figures alone:\n%s\n%s", r.target(), a, b)
		}
	}
}

// alike leaves out of an answer what chance alone decides: the number of a refused
// request, and the order of comments of one day.
func alike(r request, body string) string {
	var v map[string]any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		return body
	}
	delete(v, "requestId")
	if items, ok := v["items"].([]any); ok && r.operation == "list-comments" {
		slices.SortFunc(items, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	sorted, _ := json.Marshal(v)
	return string(sorted)
}
