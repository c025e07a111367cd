package registry

import (
	"sipas/survey"
)

// everywhere reports whether a grant is over the whole province. The admin role always is.
func (s *Snapshot) everywhere(g survey.Grant) bool {
	root, ok := s.Root()
	return g.Role == survey.RoleAdmin || g.Agency == "" || ok && g.Agency == root.ID
}

// Allows reports whether the actor has the right over an agency: one of the
// grants includes it and the agency lies in the grant's subtree. An empty agency asks for the whole province.
func (s *Snapshot) Allows(a survey.Actor, right survey.Right, agency string) bool {
	for _, g := range a.Grants {
		if g.Has(right) && (s.everywhere(g) || agency != "" && s.Within(agency, g.Agency)) {
			return true
		}
	}
	return false
}

// Scope lists the agencies over which the actor has the right, in tree order, and
// reports whether that is the whole province (then including what belongs to no agency).
func (s *Snapshot) Scope(a survey.Actor, right survey.Right) (agencies []string, whole bool) {
	whole = s.Allows(a, right, "")
	for _, agency := range s.agencies.list {
		if whole || s.Allows(a, right, agency.ID) {
			agencies = append(agencies, agency.ID)
		}
	}
	return agencies, whole
}

// Permit gives nil where the actor has the right over the agency (empty: the
// whole province), else forbidden: reason outOfScope where the right is held elsewhere, noRight otherwise.
func (r *Registry) Permit(a survey.Actor, right survey.Right, agency string) error {
	if r.Snapshot().Allows(a, right, agency) {
		return nil
	}
	for _, g := range a.Grants {
		if g.Has(right) {
			return &survey.Error{Code: survey.CodeForbidden, Reason: survey.ReasonOutOfScope,
				Message: "outside the part of the province the actor works for"}
		}
	}
	return &survey.Error{Code: survey.CodeForbidden, Reason: survey.ReasonNoRight, Message: "the actor lacks the right " + string(right)}
}
