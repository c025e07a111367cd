package results

import (
	"slices"

	"sipas/survey"
)

// Index is the measure that pools the criteria of all five factors.
const Index = "index"

// Factors lists the factors' ids in their fixed order.
var Factors = []string{"tc", "tt", "cc", "kq", "pa"}

// criteriaOf is the number of criteria of each factor in the framework.
var criteriaOf = map[string]int{"tc": 4, "tt": 4, "cc": 5, "kq": 3, "pa": 3}

var measureNames = map[string]survey.Text{
	survey.Overall: {survey.Vietnamese: "Hài lòng chung", survey.English: "Overall satisfaction"},
	Index:          {survey.Vietnamese: "Chỉ số hài lòng (theo khung SIPAS)", survey.English: "Satisfaction index (SIPAS framework)"},
	"tc":           {survey.Vietnamese: "Tiếp cận dịch vụ", survey.English: "Access to services"},
	"tt":           {survey.Vietnamese: "Thủ tục hành chính", survey.English: "Administrative procedures"},
	"cc":           {survey.Vietnamese: "Công chức trực tiếp giải quyết công việc", survey.English: "Civil servants"},
	"kq":           {survey.Vietnamese: "Kết quả giải quyết", survey.English: "Results"},
	"pa":           {survey.Vietnamese: "Tiếp nhận, xử lý phản ánh, kiến nghị", survey.English: "Handling of feedback"},
}

// Headlines lists the measures every board shows for its selection: overall,
// index and the five factors.
var Headlines = append([]string{survey.Overall, Index}, Factors...)

// Criteria lists the 19 criteria of the framework, tc1 to pa3.
var Criteria = func() []string {
	var ids []string
	for _, f := range Factors {
		for i := range criteriaOf[f] {
			ids = append(ids, f+string(rune('1'+i)))
		}
	}
	return ids
}()

// IsMeasure reports whether a figure can be asked for by this name.
func IsMeasure(id string) bool {
	return slices.Contains(Headlines, id) || slices.Contains(Criteria, id)
}

// Pooled reports whether the measure adds up the answers to several items.
func Pooled(measure string) bool {
	switch measure {
	case Index, "tc", "tt", "cc", "kq", "pa": // the factors, asked for each count
		return true
	}
	return false
}

// judged reports whether a figure of the measure is held to the plan: the
// headline and the index are, factors and criteria only show the line.
func judged(measure string) bool { return measure == survey.Overall || measure == Index }
