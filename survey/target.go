package survey

import "slices"

// TargetScope is what a promise is looked up by.
type TargetScope string

// The scopes. The more specific wins: field before procedure, sector before agency.
const (
	ScopeProcedure TargetScope = "procedure"
	ScopeField     TargetScope = "field"
	ScopeAgency    TargetScope = "agency"
	ScopeSector    TargetScope = "sector"
	ScopeDelivery  TargetScope = "delivery"
)

// Comparator is how a promise is worded: "tối thiểu" is at least, "trên" is above.
type Comparator string

// The comparators.
const (
	AtLeast Comparator = "ge"
	Above   Comparator = "gt"
)

// Target (chỉ tiêu) is a promise of a reform plan: by the end of the Deadline
// year the satisfied share shall be at least, or above, Percent basis points.
type Target struct {
	ID          string      `json:"id"`
	Scope       TargetScope `json:"scope"`
	Members     []string    `json:"members"` // fields, sectors or deliveries; "*": all
	Name        Text        `json:"name"`
	Comparator  Comparator  `json:"comparator"`
	BasisPoints int64       `json:"basisPoints"` // 9000 is 90 %
	Deadline    int         `json:"deadline"`
	Source      string      `json:"source"`
	Closed      bool        `json:"closed"`
	Versioned
}

// Key gives the target's id.
func (t Target) Key() string { return t.ID }

func (t Target) covers(member string) bool { return slices.Contains(t.Members, "*") || t.names(member) }

func (t Target) names(member string) bool { return slices.Contains(t.Members, member) }

// Subject is what a figure is about, as far as targets are concerned.
type Subject struct {
	Sector   string   // the provider's sector; empty for other agencies
	Field    string   // field id; empty for rows that are not of one field
	ByField  bool     // a field row or an agency × field cell (also of the unknown field)
	Delivery Delivery // when the figure is limited to one delivery; else empty
}

// lookups lists the scopes to try, the first that has a promise in force wins.
func (s Subject) lookups() []struct {
	scope  TargetScope
	member string
} {
	type lookup = struct {
		scope  TargetScope
		member string
	}
	var all []lookup
	if s.Delivery == DeliveryOnline {
		all = append(all, lookup{ScopeDelivery, string(DeliveryOnline)})
		if !s.ByField {
			return append(all, lookup{ScopeProcedure, ""})
		}
	}
	if s.ByField {
		return append(all, lookup{ScopeField, s.Field}, lookup{ScopeProcedure, ""})
	}
	if s.Sector != "" {
		all = append(all, lookup{ScopeSector, s.Sector})
	}
	return append(all, lookup{ScopeAgency, ""})
}

// TargetsFor gives the promise in force for a subject in a year, and the next
// milestone; either may be nil.
//
// In force is, of the most specific scope that has one, the promise with the
// latest deadline not after the year. A promise whose deadline lies ahead and
// that has an earlier one of its scope and members does not bind yet: it is the
// milestone. Of promises due in the same year the one naming the member goes before one for all. Before 2025 the promises of 2025 already count as the goal. A scope whose
// only promise is not yet due is a milestone only, and the subject is held to the next scope.
func TargetsFor(targets []Target, s Subject, year int) (inForce, milestone *Target) {
	const firstDeadline = 2025
	if year < firstDeadline {
		year = firstDeadline
	}
	for _, l := range s.lookups() {
		var current, next *Target
		for i := range targets {
			t := &targets[i]
			if t.Closed || t.Scope != l.scope || !t.covers(l.member) {
				continue
			}
			switch {
			case t.Deadline <= year && (current == nil || t.Deadline > current.Deadline ||
				t.Deadline == current.Deadline && t.names(l.member) && !current.names(l.member)):
				current = t
			case t.Deadline > year && (next == nil || t.Deadline < next.Deadline ||
				t.Deadline == next.Deadline && t.names(l.member) && !next.names(l.member)):
				next = t
			}
		}
		if milestone == nil {
			milestone = next
		}
		if current != nil {
			return current, milestone
		}
	}
	return nil, milestone
}
