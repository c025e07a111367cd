package survey

import (
	"slices"
	"time"
)

// Role names a set of rights.
type Role string

// The roles.
const (
	RoleAdmin   Role = "admin"
	RoleManager Role = "manager"
	RoleViewer  Role = "viewer"
)

// Right is one thing a user may do.
type Right string

// The rights.
const (
	RightResults   Right = "results"   // read results
	RightCatalogue Right = "catalogue" // write agencies, fields, procedures, targets
	RightPoints    Right = "points"    // write points
	RightKiosks    Right = "kiosks"    // enrol and revoke kiosks
	RightVolumes   Right = "volumes"   // write transaction volumes
	RightFlags     Right = "flags"     // judge which ratings are suspicious
	RightUsers     Right = "users"     // manage users
	RightAudit     Right = "audit"     // read the audit log
	RightImport    Right = "import"    // submit imported responses
)

// Roles is the one table of who may do what. A grant's agency limits it to that
// agency's subtree.
var Roles = map[Role][]Right{
	RoleAdmin:   {RightResults, RightCatalogue, RightPoints, RightKiosks, RightVolumes, RightFlags, RightUsers, RightAudit, RightImport},
	RoleManager: {RightResults, RightPoints, RightKiosks, RightVolumes, RightFlags},
	RoleViewer:  {RightResults},
}

// Grant gives a role over the subtree of an agency; an empty Agency is the whole
// province. The admin role is always over the whole province.
type Grant struct {
	Role   Role   `json:"role"`
	Agency string `json:"agency"`
}

// Has reports whether the grant's role includes the right.
func (g Grant) Has(r Right) bool { return slices.Contains(Roles[g.Role], r) }

// User is a person who signs in to the administration. ID is the login name.
type User struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`
	Grants       []Grant `json:"grants"`
	PasswordHash string  `json:"passwordHash"` // argon2id in PHC form; never leaves the server
	Disabled     bool    `json:"disabled"`
	Versioned
}

// Key gives the login name.
func (u User) Key() string { return u.ID }

// Session is one sign-in, renewed by rotating its refresh token. Only hashes of
// tokens are stored. The previous token is honoured until PreviousUntil (two
// requests of one page may cross); after that its use ends the session.
type Session struct {
	ID            string    `json:"id"`
	User          string    `json:"user"`
	TokenHash     []byte    `json:"tokenHash"`
	PreviousHash  []byte    `json:"previousHash"`
	PreviousUntil time.Time `json:"previousUntil"`
	Salt          []byte    `json:"salt"` // random; with the previous token it gives the current one again
	CreatedAt     time.Time `json:"createdAt"`
	ExpiresAt     time.Time `json:"expiresAt"`
	Versioned
}

// Key gives the session's id.
func (s Session) Key() string { return s.ID }
