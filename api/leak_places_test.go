package api

import "sipas/survey"

// offered are the values that the leak walk gives each parameter of a result
// operation, besides leaving it out; "operation.parameter" is for one operation only.
// A parameter that is not here fails the walk.
var offered = map[string][]string{
	"period":   {"2026", "2026-H2", "2026-Q3", "2026-07", "2026-08", "2026-09", "2026-08-01..2026-08-20"},
	"agency":   {"phuong-dong", "so-xay-dung"},
	"field":    {"ho-tich", "chung-thuc"},
	"flags":    {"include"},
	"point":    {"{phuong-dong}", "{so-xay-dung}"}, // the code of the agency's point
	"capture":  {"kiosk", "qr"},
	"delivery": {"counter", "online"},
	"campaign": {"dot-1"},
	"measure":  {"index"},
}

// crossed are the parameters that the walk combines in every way. Of the others it
// gives one at a time, with all of these: decision 0013 guards filters one by one.
var crossed = []string{"period", "agency", "field", "flags"}

// place says what the numbers at a path of an answer are about. A path names
// members; * stands for every element of a list and every member of an object.
type place struct {
	path string
	kind kind
	of   []narrow
}

type kind int

const (
	figure   kind = iota // an object with n, satisfied, answered, index and what follows from them; no number where withheld
	counted              // a number of respondents
	levelled             // an object with the numbers of answers by level
	constant             // says nothing of ratings: the catalogue's numbers, parameters of methods
	derived              // made of shown figures alone; the twin provinces prove it
)

// narrow narrows what a whole answer is about to one number in it, by the object
// around the number and the number's name there.
type narrow func(p *part, around map[string]any, name string)

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
		// By flag: the object around is the row's "flagged", which does not say whose it is.
		{"agencies.*.flagged.*", derived, nil},
		{"points.*.flagged.*", derived, nil},
	},
	"list-methods": nil,
}

func member(name string, set func(p *part, value string)) narrow {
	return func(p *part, around map[string]any, _ string) {
		value, _ := around[name].(string) // null is the field that is not known
		set(p, value)
	}
}

func agency(name string) narrow { return member(name, func(p *part, id string) { p.agency = id }) }

func field(name string) narrow {
	return member(name, func(p *part, id string) {
		if p.field = id; id == "" {
			p.field = noField
		}
	})
}

func side(ratings ratings) narrow {
	return func(p *part, _ map[string]any, _ string) { p.ratings = ratings }
}

func flag(p *part, _ map[string]any, name string) { p.flag = survey.Flag(name) }

var (
	point   = member("code", func(p *part, code string) { p.point = code })
	measure = member("measure", func(p *part, id string) { p.measure = id })
	month   = member("month", func(p *part, name string) { p.period = mustPeriod(name) })
)
