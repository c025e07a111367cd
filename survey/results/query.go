package results

import (
	"slices"

	"sipas/survey"
)

// FlagRule says what becomes of ratings with a flag that is more than informative.
type FlagRule string

// The rules for flagged ratings.
const (
	FlagsExclude FlagRule = "exclude"
	FlagsInclude FlagRule = "include"
)

// Audience says who an answer is for, and with it how much a figure has to rest on.
type Audience string

// The audiences. What is made for managers is no open data.
const (
	AudienceManagers Audience = "managers" // at least MinimumN respondents
	AudiencePublic   Audience = "public"   // at least PublicN respondents, and an interval that is narrow enough
)

// Query selects ratings. Empty strings do not filter, with two exceptions: an
// empty Agency is the highest agency the actor may see, and an empty Campaign is
// the ratings outside every campaign, which are never pooled with sampled ones.
//
// Gender, AgeGroup and Occupation are options of the questionnaires' items of these
// names, which few forms ask and nobody has to answer. They are erased when the time they may
// be kept is over: ratings older than that have none, and are in no answer limited to a group of people.
type Query struct {
	Period   survey.Period
	Agency   string // with its subtree
	Field    string
	Point    string // normalised code
	Capture  survey.Capture
	Delivery survey.Delivery
	Campaign string

	Gender     string // option of gender
	AgeGroup   string // option of age_group
	Occupation string // option of occupation

	Measure  string
	Flags    FlagRule
	Audience Audience // "" is AudienceManagers
}

// ParseQuery reads the parameters period, agency, field, point, capture, delivery,
// campaign, gender, ageGroup, occupation, measure, flags and audience; get gives "" for
// what is missing. Defaults: the last quarter closed before today, measure overall, flags
// exclude, audience managers. The error is CodeInvalid with a field error for every parameter
// that cannot be read; whether the questionnaires have an option is looked at with the query.
func ParseQuery(get func(string) string, today survey.Date) (Query, error) {
	var errs []survey.FieldError
	bad := func(path, reason string) { errs = append(errs, survey.FieldError{Path: path, Reason: reason}) }
	q := Query{
		Period:   survey.LastClosedQuarter(today),
		Agency:   get("agency"),
		Field:    get("field"),
		Capture:  survey.Capture(get("capture")),
		Delivery: survey.Delivery(get("delivery")),
		Campaign: get("campaign"),

		Gender:     get("gender"),
		AgeGroup:   get("ageGroup"),
		Occupation: get("occupation"),

		Measure:  get("measure"),
		Flags:    FlagRule(get("flags")),
		Audience: Audience(get("audience")),
	}
	if s := get("period"); s != "" {
		p, err := survey.ParsePeriod(s)
		if err != nil {
			bad("period", reasonOf(err))
		}
		q.Period = p
	}
	if q.Agency != "" && !survey.IsSlug(q.Agency) {
		bad("agency", survey.ReasonFormat)
	}
	if q.Field != "" && !survey.IsSlug(q.Field) {
		bad("field", survey.ReasonFormat)
	}
	if s := get("point"); s != "" {
		code, err := survey.ParsePointCode(s)
		if err != nil {
			bad("point", reasonOf(err))
		}
		q.Point = code
	}
	if q.Capture != "" && !slices.Contains(survey.Captures, q.Capture) {
		bad("capture", survey.ReasonUnknownOption)
	}
	if q.Delivery != "" && !slices.Contains(survey.Deliveries, q.Delivery) {
		bad("delivery", survey.ReasonUnknownOption)
	}
	if q.Measure == "" {
		q.Measure = survey.Overall
	} else if !IsMeasure(q.Measure) {
		bad("measure", survey.ReasonUnknownOption)
	}
	switch q.Flags {
	case "":
		q.Flags = FlagsExclude
	case FlagsExclude, FlagsInclude:
	default:
		bad("flags", survey.ReasonUnknownOption)
	}
	switch q.Audience {
	case "":
		q.Audience = AudienceManagers
	case AudienceManagers, AudiencePublic:
	default:
		bad("audience", survey.ReasonUnknownOption)
	}
	if errs != nil {
		return Query{}, unreadable(errs)
	}
	return q, nil
}

func reasonOf(err error) string {
	if e, ok := err.(*survey.Error); ok && e.Reason != "" {
		return e.Reason
	}
	return survey.ReasonFormat
}

// unreadable says which parameters of a query cannot be read.
func unreadable(errs []survey.FieldError) error {
	return &survey.Error{Code: survey.CodeInvalid, Message: "the query cannot be read", Fields: errs}
}

// withFields adds what is wrong with further parameters to the error of [ParseQuery].
func withFields(err error, more []survey.FieldError) error {
	if len(more) == 0 {
		return err
	}
	if e, ok := err.(*survey.Error); ok {
		more = slices.Concat(e.Fields, more)
	}
	return unreadable(more)
}
