package results

import (
	"time"

	"sipas/survey"
)

// Board is where an agency and everything below it stand in a period.
type Board struct {
	Heading
	Questionnaires []string     `json:"questionnaires"` // "id/version" of the forms the measure's answers came from
	UpdatedAt      *time.Time   `json:"updatedAt"`      // receipt of the newest rating of the agency's subtree in the period, whole hours; null without one
	Total          Cell         `json:"total"`
	Agencies       []AgencyRow  `json:"agencies"`     // tree order; each the roll-up of its subtree
	Fields         []FieldRow   `json:"fields"`       // catalogue order, the unknown field last
	AgencyFields   []PairRow    `json:"agencyFields"` // pairs with answers; each the roll-up of the agency's subtree
	Measures       []MeasureRow `json:"measures"`     // overall, index and the factors, for the same selection
	Levels         *Levels      `json:"levels"`       // answers to the measure by level; null for pooled measures and where withheld
	Flagged        Flagged      `json:"flagged"`
}

// AgencyRow is an agency below the chosen one with the roll-up of its subtree.
type AgencyRow struct {
	ID     string             `json:"id"`
	Name   survey.Text        `json:"name"`
	Kind   survey.AgencyKind  `json:"kind"`
	Level  survey.AgencyLevel `json:"level"`
	Parent string             `json:"parent"`
	Depth  int                `json:"depth"` // 1: child of the chosen agency
	Cell   Cell               `json:"cell"`
}

// FieldRow is one field over the whole selection; a null ID is the unknown field.
type FieldRow struct {
	ID   *string     `json:"id"`
	Name survey.Text `json:"name"`
	Cell Cell        `json:"cell"`
}

// PairRow is one field in one agency's subtree; a null field is the unknown one.
type PairRow struct {
	Agency string  `json:"agency"`
	Field  *string `json:"field"`
	Cell   Cell    `json:"cell"`
}

// MeasureRow is one measure over the whole selection.
type MeasureRow struct {
	Measure string      `json:"measure"`
	Name    survey.Text `json:"name"`
	Cell    Cell        `json:"cell"`
}

// Levels counts answers by level.
type Levels struct {
	Level1 int64 `json:"1"`
	Level2 int64 `json:"2"`
	Level3 int64 `json:"3"`
	Level4 int64 `json:"4"`
	Level5 int64 `json:"5"`
}

// Flagged shows what leaving flagged ratings out changes. With and Excluded are
// null when flagged ratings are included anyway, or where either figure is withheld.
type Flagged struct {
	Excluded *int64 `json:"excluded"` // ratings left out of the total
	With     *Cell  `json:"with"`     // the total with them
}

// Trend is one measure of an agency's subtree month by month.
type Trend struct {
	Heading
	From    survey.Month `json:"from"`
	To      survey.Month `json:"to"`
	Months  []TrendMonth `json:"months"`
	Watch   *Watch       `json:"watch"`   // null with fewer than nine closed months that have figures
	Signals []Signal     `json:"signals"` // in the order of their months
	Breaks  []Break      `json:"breaks"`  // in the order of their months
}

// TrendMonth is one calendar month.
type TrendMonth struct {
	Month       survey.Month `json:"month"`
	Cell        Cell         `json:"cell"`
	Provisional bool         `json:"provisional"` // the month is not over
	Limits      *Limits      `json:"limits"`      // null where the month is not judged, or without spread
}
