package api

import (
	"slices"

	"sipas/survey"
)

// offered are the values that the leak walk gives each parameter of a result
// operation, besides leaving it out; "operation.parameter" is for one operation only.
// A value may bring further parameters, which it makes no sense without: value&name=value.
// A parameter that is not here fails the walk.
var offered = map[string][]string{
	"period":     {"2026", "2026-H2", "2026-Q3", "2026-07", "2026-08", "2026-09", "2026-08-01..2026-08-20"},
	"agency":     {"phuong-dong", "so-xay-dung"},
	"field":      {"ho-tich", "chung-thuc"},
	"flags":      {"include"},
	"point":      {"{phuong-dong}", "{so-xay-dung}", "{trung-tam}"}, // the code of the agency's point
	"capture":    {"kiosk", "qr"},
	"delivery":   {"counter", "online"},
	"campaign":   leakCampaigns,
	"measure":    {"index", "tc", "tc1"},
	"gender":     {"female", "male", "male&capture=kiosk"},
	"ageGroup":   {"under_25", "over_60&gender=male"},
	"occupation": {"student"},
	"audience":   {"public"},

	"get-breakdown.by": {"agency", "field", "point", "capture", "delivery", "language", "questionnaire", "month", "quarter", "gender", "ageGroup", "occupation"},

	"by":                             {"agency", "field"},
	"get-ranking.level":              {"commune", "province"},
	"get-funnel.level":               {"commune", "province"},
	"get-comparison.level":           {"commune&by=agency"},
	"get-ranking.kind":               {"department"},
	"get-funnel.kind":                {"department"},
	"get-comparison.kind":            {"department&by=agency"},
	"get-comparison.adjust":          {"bh&by=agency"},
	"get-comparison.againstPeriod":   {"2026-Q2", "2026-07", "2026-08", "2026-H2", "2026-08&by=agency", "2026-07&by=field"},
	"get-comparison.againstAgency":   {"phuong-tay", "so-xay-dung", "tinh"},
	"get-comparison.againstField":    {"dat-dai", "ho-tich"},
	"get-comparison.againstCapture":  {"qr", "qr&capture=kiosk"},
	"get-comparison.againstDelivery": {"counter", "online&delivery=counter"},
	"around":                         {"target"},
	"get-drivers.level":              {"criterion"},
	"contrast":                       {"rating", "period", "agency", "field&field=dat-dai"},
	"against":                        {"2026-07&contrast=period", "phuong-tay&contrast=agency", "ho-tich&contrast=field&field=dat-dai"},
	"term":                           {"nhiet tinh", "chờ quá lâu"},
	"levels":                         {"4,5", "1,2,3"},
	"page":                           {"2&size=200"},
	"size":                           {"200"},
	"margin":                         {"3"},
	"conf":                           {"0.9"},
	"expected":                       {"80"},
	"designEffect":                   {"1.5"},
	"responseRate":                   {"40"},
	"population":                     {"5000"},
	"target":                         {"90"},
	"truth":                          {"95"},
	"power":                          {"0.9&truth=95"},
	"rule":                           {"neyman", "equal"},
	"minimum":                        {"20"},
	"total":                          {"300&rule=neyman"},
}

// crossed are the parameters that the walk combines in every way. Of the others it
// gives one at a time, with all of these: decision 0013 guards filters one by one.
var crossed = []string{"period", "agency", "field", "flags"}

// required are the parameters without which an operation has no answer.
var required = map[string][]string{"get-breakdown": {"by"}, "get-sample": {"campaign"}}

// place says what the numbers at a path of an answer are about. A path names
// members; * stands for every element of a list and every member of an object.
type place struct {
	path string
	kind kind
	of   []narrow
}

type kind int

const (
	figure    kind = iota // an object with n, satisfied, answered, index and what follows from them; no number where withheld
	counted               // a number of respondents
	levelled              // an object with the numbers of answers by level
	compared              // an object with a figure, another one and their difference
	stratum               // an object with the number of respondents of some fields of an agency
	estimated             // an object with n, the estimate of a sample, and what follows from it; no number where withheld
	ticked                // an object with the number of those who ticked a reason
	constant              // says nothing of ratings: the catalogue's numbers, parameters of methods
	derived               // made of shown figures alone, or of comments; the twin provinces prove it
)

// narrow narrows what a whole answer is about to one number in it, by the objects
// around the number, the innermost first, and the number's name there.
type narrow func(p *part, around []map[string]any, name string)

// everywhere are the places of every answer.
var everywhere = []place{{path: "methods.*.parameters.*", kind: constant}}

// places lists, by operation, all numbers that answers have. An endpoint that is
// new, or has new numbers, must say here what they are about, or the walk fails.
var places = map[string][]place{
	"get-board": {
		{"total", figure, nil},
		{"levels", levelled, nil},
		{"flagged.excluded", counted, []narrow{side(excluded)}},
		{"flagged.with", figure, []narrow{side(all)}},
		{"agencies.*.cell", figure, []narrow{agency("id")}},
		{"agencies.*.depth", constant, nil},
		{"fields.*.cell", figure, []narrow{field("id")}},
		{"agencyFields.*.cell", figure, []narrow{agency("agency"), field("field")}},
		{"measures.*.cell", figure, []narrow{measure}},
	},
	"get-trend": {
		{"months.*.cell", figure, []narrow{month}},
		{"months.*.limits", derived, nil},
		{"watch", derived, nil},
		{"breaks.*.changes", derived, nil},
	},
	"get-quality": {
		{"total.without", figure, []narrow{side(clean)}},
		{"total.with", figure, []narrow{side(all)}},
		{"total.excluded", counted, []narrow{side(excluded)}},
		{"total.flagged.*", counted, []narrow{side(all), flag}},
		{"total.share", derived, nil},
		{"total.difference", derived, nil},
		{"agencies.*.without", figure, []narrow{side(clean), agency("id")}},
		{"agencies.*.with", figure, []narrow{side(all), agency("id")}},
		{"agencies.*.excluded", counted, []narrow{side(excluded), agency("id")}},
		{"agencies.*.share", derived, nil},
		{"agencies.*.difference", derived, nil},
		{"agencies.*.depth", constant, nil},
		{"points.*.without", figure, []narrow{side(clean), point}},
		{"points.*.with", figure, []narrow{side(all), point}},
		{"points.*.excluded", counted, []narrow{side(excluded), point}},
		{"points.*.share", derived, nil},
		{"points.*.difference", derived, nil},
		{"agencies.*.flagged.*", counted, []narrow{side(all), outer(agency("id")), flag}},
		{"points.*.flagged.*", counted, []narrow{side(all), outer(point), flag}},
	},
	"get-breakdown": {
		{"total.cell", figure, nil},
		{"total.levels", levelled, nil},
		{"total.score", derived, nil},
		{"total.macroMean", derived, nil},
		{"total.full", derived, nil},
		{"rows.*.cell", figure, []narrow{row}},
		{"rows.*.levels", levelled, []narrow{row}},
		{"rows.*.score", derived, nil},
		{"rows.*.macroMean", derived, nil},
		{"rows.*.full", derived, nil},
		{"rows.*.rest", derived, nil},
		{"test", derived, nil},
	},
	"get-response-rates": {
		{"total.cell", figure, nil},
		{"total.bounds", derived, nil},
		{"agencyFields.*.cell", figure, []narrow{agency("agency"), field("field")}},
		{"agencyFields.*.bounds", derived, nil},
		{"items.*.valid", counted, []narrow{question}},
		{"items.*.asked", counted, []narrow{askers}},
		{"items.*.notApplicable", derived, nil},
		{"items.*.notAnswered", derived, nil},
		{"items.*.notApplicableRate", derived, nil},
		{"items.*.notAnsweredRate", derived, nil},
		{"items.*.index", derived, nil},
		{"items.*.ofAnswered", derived, nil},
		{"items.*.ofAsked", derived, nil},
		{"poststrata.strata.*", stratum, nil},
		{"poststrata.n", derived, nil},
		{"poststrata.index", derived, nil},
		{"poststrata.interval", derived, nil},
		{"poststrata.effectiveN", derived, nil},
		{"poststrata.unweighted", derived, nil},
		{"poststrata.volume", constant, nil},
		{"suppositions", derived, nil},
	},
	"get-planning": {
		{"population", constant, nil},
		{"margin", constant, nil},
		{"verdict", constant, nil},
		{"allocation", derived, nil}, // Neyman's uses the agencies' shares
	},
	"get-comparison": {
		{"pairs.*", compared, nil},
		{"units.rows.*.cell", figure, []narrow{unit}},
		{"units.rows.*.against", figure, []narrow{unit, otherPeriod}},
		{"units.rows.*.difference", derived, nil},
		{"units.compared", derived, nil},
	},
	"get-ranking": {
		{"units.*.cell", figure, []narrow{unit}},
		{"units.*.rank", derived, nil},
		{"units.*.bar", derived, nil},
		{"units.*.shrunken", derived, nil},
		{"ranked", derived, nil},
		{"distinguishable", derived, nil},
		{"quarter", derived, nil},
		{"pooling", derived, nil},
	},
	"get-funnel": {
		{"units.*.cell", figure, []narrow{unit}},
		{"units.*.limit", derived, nil},
		{"units.*.z", derived, nil},
		{"units.*.outside", derived, nil},
		{"centre", derived, nil},
		{"target", constant, nil},
		{"phi", derived, nil},
		{"tau2", derived, nil},
		{"limits", derived, nil},
	},
	"get-drivers": {
		{"overall", figure, nil},
		{"drivers.*.performance", figure, []narrow{measure}},
		{"drivers.*.association", derived, nil},
		{"model", derived, nil},
		{"reliability", derived, nil},
		{"expectation.n", counted, []narrow{expectation}},
		{"expectation.options", derived, nil},
		{"expectation.better", derived, nil},
		{"expectation.worse", derived, nil},
		{"expectation.gap", derived, nil},
	},
	"get-words": {
		{"first", derived, nil},
		{"second", derived, nil},
	},
	"list-comments": {
		{"items", derived, nil},
		{"total", derived, nil},
		{"searched", derived, nil},
		{"of", derived, nil},
	},
	"get-sample": {
		{"total", estimated, []narrow{inStrata}},
		{"measures.*.figure", estimated, []narrow{measure, inStrata}},
		{"strata.*.figure", estimated, []narrow{inStratum}},
		{"strata.*.population", constant, nil},
		{"strata.*.planned", constant, nil},
		{"strata.*.clusters", constant, nil},
		{"strata.*.share", constant, nil},
		{"strata.*.drawn", derived, nil},
		{"strata.*.weight", derived, nil},
		{"strata.*.fraction", derived, nil},
		{"strata.*.response", derived, nil},
		{"campaign.population", constant, nil},
		{"campaign.planned", constant, nil},
		{"campaign.response", derived, nil},
	},
	"get-reasons": {
		{"questions.*.n", counted, []narrow{asked}},
		{"questions.*.levels", constant, nil},
		{"questions.*.reasons.*", ticked, []narrow{asked}},
	},
	"list-methods": nil,
}

func member(name string, set func(p *part, value string)) narrow {
	return func(p *part, around []map[string]any, _ string) {
		value, _ := around[0][name].(string) // null is the value that is not known
		set(p, value)
	}
}

func agency(name string) narrow { return member(name, func(p *part, id string) { p.agency = id }) }

func field(name string) narrow { return member(name, func(p *part, id string) { p.field = known(id) }) }

// outer narrows by the object around the one around the number.
func outer(n narrow) narrow {
	return func(p *part, around []map[string]any, name string) { n(p, around[1:], name) }
}

func known(id string) string {
	if id == "" {
		return unstated
	}
	return id
}

func side(ratings ratings) narrow {
	return func(p *part, _ []map[string]any, _ string) { p.ratings = ratings }
}

func flag(p *part, _ []map[string]any, name string) { p.flag = survey.Flag(name) }

var (
	point       = member("code", func(p *part, code string) { p.point = code })
	measure     = member("measure", func(p *part, id string) { p.measure = id })
	question    = member("item", func(p *part, id string) { p.measure = id })
	month       = member("month", func(p *part, name string) { p.period = mustPeriod(name) })
	asked       = member("id", func(p *part, id string) { p.measure = id })
	expectation = func(p *part, _ []map[string]any, _ string) { p.measure = "expectation" }
	otherPeriod = func(p *part, around []map[string]any, _ string) {
		p.period = mustPeriod(around[1]["period"].(map[string]any)["name"].(string))
	}
)

// askers are the respondents of the forms that have a question.
var askers = member("item", func(p *part, id string) {
	if p.measure = survey.Overall; id != survey.Overall {
		p.form = "full"
	}
})

// inStratum narrows to the agencies of a stratum, inStrata to those of all.
func inStratum(p *part, around []map[string]any, _ string) { p.add(around[0]) }

func inStrata(p *part, around []map[string]any, _ string) {
	for _, s := range around[len(around)-1]["strata"].([]any) {
		p.add(s.(map[string]any))
	}
}

func (p *part) add(stratum map[string]any) {
	for _, id := range stratum["agencies"].([]any) {
		p.agencies = append(p.agencies, id.(string))
	}
}

// unit is an agency or a field of a league.
func unit(p *part, around []map[string]any, name string) {
	if p.by == "field" {
		field("id")(p, around, name)
	} else {
		agency("id")(p, around, name)
	}
}

// row is a value of what a figure is split by.
var row = member("id", func(p *part, id string) {
	switch p.by {
	case "agency":
		p.own, p.agency = id == p.agency, id
	case "field":
		p.field = known(id)
	case "point":
		p.point = known(id)
	case "capture":
		p.capture = known(id)
	case "delivery":
		p.delivery = known(id)
	case "language":
		p.language = known(id)
	case "questionnaire":
		p.form = known(id[:max(0, len(id)-len("/1"))])
	case "month", "quarter":
		p.period = mustPeriod(id)
	default:
		p.people[slices.Index(peopleParameters, p.by)] = known(id)
	}
})
