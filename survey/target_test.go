package survey_test

import (
	"testing"

	"sipas/survey"
	"sipas/survey/registry"
)

func TestTargetsFor(t *testing.T) {
	plan := registry.DefaultTargets()
	agency := survey.Subject{}
	health := survey.Subject{Sector: "y-te"}
	land := survey.Subject{Field: "dat-dai", ByField: true}
	tax := survey.Subject{Field: "thue", ByField: true}
	unknown := survey.Subject{ByField: true}
	online := survey.Subject{Delivery: survey.DeliveryOnline}
	onlineLand := survey.Subject{Field: "dat-dai", ByField: true, Delivery: survey.DeliveryOnline}
	tests := []struct {
		name              string
		subject           survey.Subject
		year              int
		inForce, upcoming string
	}{
		{"agency in 2024: the goal of 2025 counts already", agency, 2024, "agency-2025", "agency-2030"},
		{"agency in 2025", agency, 2025, "agency-2025", "agency-2030"},
		{"agency in 2029: not yet held to 2030", agency, 2029, "agency-2025", "agency-2030"},
		{"agency in 2030", agency, 2030, "agency-2030", ""},
		{"agency in 2040", agency, 2040, "agency-2030", ""},
		{"hospital: its sector before agencies", health, 2026, "public-service-2025", "public-service-2030"},
		{"provider of a sector without promise: agency", survey.Subject{Sector: "van-hoa"}, 2026, "agency-2025", "agency-2030"},
		{"hospital × field: the field row's rule", survey.Subject{Sector: "y-te", Field: "y-te", ByField: true}, 2026, "procedure-2025", "procedure-2030"},
		{"priority field", land, 2026, "field-priority-2025", "field-priority-2030"},
		{"priority field in 2030", land, 2030, "field-priority-2030", ""},
		{"another field: procedure", tax, 2026, "procedure-2025", "procedure-2030"},
		{"unknown field: procedure", unknown, 2026, "procedure-2025", "procedure-2030"},
		{"counter: like any agency", survey.Subject{Delivery: survey.DeliveryCounter}, 2026, "agency-2025", "agency-2030"},
		{"online before 2030: a milestone only, held to procedure", online, 2026, "procedure-2025", "online-2030"},
		{"online in 2030", online, 2030, "online-2030", ""},
		{"online of a hospital before 2030: procedure", survey.Subject{Sector: "y-te", Delivery: survey.DeliveryOnline}, 2026, "procedure-2025", "online-2030"},
		{"online × priority field before 2030", onlineLand, 2026, "field-priority-2025", "online-2030"},
		{"online × priority field in 2030", onlineLand, 2030, "online-2030", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inForce, upcoming := survey.TargetsFor(plan, test.subject, test.year)
			if id(inForce) != test.inForce || id(upcoming) != test.upcoming {
				t.Errorf("in force %q, milestone %q; want %q, %q", id(inForce), id(upcoming), test.inForce, test.upcoming)
			}
		})
	}
}

func id(t *survey.Target) string {
	if t == nil {
		return ""
	}
	return t.ID
}

func TestTargetsForOverrides(t *testing.T) {
	target := func(id string, scope survey.TargetScope, deadline int, members ...string) survey.Target {
		return survey.Target{ID: id, Scope: scope, Members: members, Deadline: deadline, Comparator: survey.AtLeast, BasisPoints: 9000}
	}
	all, land := target("all", survey.ScopeField, 2025, "*"), target("land", survey.ScopeField, 2025, "dat-dai")
	closed := target("closed", survey.ScopeField, 2026, "dat-dai")
	closed.Closed = true
	subject := survey.Subject{Field: "dat-dai", ByField: true}
	for name, plan := range map[string][]survey.Target{
		"the one naming the field, last":  {all, land},
		"the one naming the field, first": {land, all},
		"a closed one does not count":     {closed, land, all},
	} {
		t.Run(name, func(t *testing.T) {
			if inForce, _ := survey.TargetsFor(plan, subject, 2026); id(inForce) != "land" {
				t.Errorf("in force: %q", id(inForce))
			}
		})
	}
	if inForce, upcoming := survey.TargetsFor(nil, subject, 2026); inForce != nil || upcoming != nil {
		t.Errorf("without a plan: %v, %v", inForce, upcoming)
	}
	tenYears := []survey.Target{target("a", survey.ScopeAgency, 2025, "*"), target("b", survey.ScopeAgency, 2027, "*"), target("c", survey.ScopeAgency, 2030, "*")}
	if inForce, upcoming := survey.TargetsFor(tenYears, survey.Subject{}, 2028); id(inForce) != "b" || id(upcoming) != "c" {
		t.Errorf("the latest that is due: %q, %q", id(inForce), id(upcoming))
	}
}
