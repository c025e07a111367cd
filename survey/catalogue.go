package survey

import (
	"regexp"
	"slices"
	"strings"
)

// Record is what every administrative document has: a key, a revision that
// starts at 1 and grows by one with each update, and the audit entry that its
// last write still owes (nil once the audit chain holds it).
type Record interface {
	Key() string
	Revision() int64
	Owed() *AuditEntry
}

// Versioned is embedded by every administrative document.
type Versioned struct {
	Rev          int64       `json:"rev"`
	PendingAudit *AuditEntry `json:"pendingAudit,omitempty"`
}

// Revision gives the document's revision.
func (v Versioned) Revision() int64 { return v.Rev }

// Owed gives the audit entry not yet known to be in the chain, or nil.
func (v Versioned) Owed() *AuditEntry { return v.PendingAudit }

// Stamp sets the revision and the audit entry the write owes, nil for none.
func (v *Versioned) Stamp(rev int64, owed *AuditEntry) { v.Rev, v.PendingAudit = rev, owed }

var slugPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// IsSlug reports whether s can be the id of an agency, field, procedure or questionnaire.
func IsSlug(s string) bool { return len(s) <= 80 && slugPattern.MatchString(s) }

// AgencyKind is what an agency is in the two-tier local government.
type AgencyKind string

// The kinds of agency.
const (
	KindProvince   AgencyKind = "province"   // uỷ ban nhân dân tỉnh: the root
	KindDepartment AgencyKind = "department" // sở, ban, ngành
	KindCommune    AgencyKind = "commune"    // xã, phường, đặc khu
	KindVertical   AgencyKind = "vertical"   // công an, thuế, BHXH: line agencies of the centre
	KindProvider   AgencyKind = "provider"   // bệnh viện, trường: public service providers
	KindDistrict   AgencyKind = "district"   // huyện: closed since 2025-06-30
)

// AgencyLevel is the tier of government an agency works at.
type AgencyLevel string

// The levels of government.
const (
	LevelProvince AgencyLevel = "province"
	LevelCommune  AgencyLevel = "commune"
	LevelDistrict AgencyLevel = "district"
)

// Agency (cơ quan, đơn vị) is a node of the province's tree. It exists on the
// days ValidFrom to ValidTo, both included; an empty ValidTo means still. When it
// is merged, Successors names the agencies that took its work over.
type Agency struct {
	ID         string      `json:"id"`
	Parent     string      `json:"parent"` // empty for the root only
	Kind       AgencyKind  `json:"kind"`
	Level      AgencyLevel `json:"level"`
	Name       Text        `json:"name"`
	Sector     string      `json:"sector"` // of a provider: the field id its promise is looked up by (y-te, giao-duc)
	ValidFrom  Date        `json:"validFrom"`
	ValidTo    Date        `json:"validTo"`
	Successors []string    `json:"successors"`
	Versioned
}

// Key gives the agency's id.
func (a Agency) Key() string { return a.ID }

// ValidOn reports whether the agency exists on the day.
func (a Agency) ValidOn(d Date) bool { return a.ValidFrom <= d && (a.ValidTo == "" || d <= a.ValidTo) }

// Field (lĩnh vực) is a field of administration: land, construction, civil status.
// It belongs to procedures, not to agencies.
type Field struct {
	ID     string `json:"id"`
	Name   Text   `json:"name"`
	Order  int    `json:"order"` // place in lists
	Closed bool   `json:"closed"`
	Versioned
}

// Key gives the field's id.
func (f Field) Key() string { return f.ID }

// Procedure (thủ tục hành chính) is an optional finer level below a field.
type Procedure struct {
	ID     string `json:"id"`
	Field  string `json:"field"`
	Name   Text   `json:"name"`
	Closed bool   `json:"closed"`
	Versioned
}

// Key gives the procedure's id.
func (p Procedure) Key() string { return p.ID }

// Delivery is how the service itself was given; it belongs to the point.
type Delivery string

// The ways of delivery.
const (
	DeliveryCounter Delivery = "counter"
	DeliveryOnline  Delivery = "online"
	DeliveryPost    Delivery = "post"
)

// Deliveries lists the ways of delivery in their fixed order.
var Deliveries = []Delivery{DeliveryCounter, DeliveryOnline, DeliveryPost}

// Point (điểm khảo sát) is where ratings come from: a counter, a desk, a web
// page. Its Code, drawn when it is made, stays its identity in ratings, results and kiosks; what
// the QR carries is Public. A point never changes its agency.
type Point struct {
	Code          string   `json:"code"` // 10 characters of Crockford's base32, without hyphen; see NewPointCode
	Agency        string   `json:"agency"`
	Name          Text     `json:"name"`
	Fields        []string `json:"fields"` // empty: field unknown; one: derived; several: the citizen chooses
	Delivery      Delivery `json:"delivery"`
	Questionnaire string   `json:"questionnaire"`   // id; the newest version is asked
	Opens         Date     `json:"opens,omitempty"` // the first day on which it takes ratings; empty: since ever
	Closed        Date     `json:"closed"`          // the first day on which it takes no ratings any more; empty: open
	// ReceiptCode says whether citizens are asked for a receipt's one-time code; empty: none.
	ReceiptCode ReceiptUse `json:"receiptCode,omitempty"`
	// Hours are shown where ratings are given; a rating given outside them is taken all the same.
	Hours OpeningHours `json:"hours,omitempty"`
	// FormerFields are those it offered once and offers no more: a rating that waited
	// on a kiosk or an open page may still name them.
	FormerFields []string `json:"formerFields,omitempty"`
	// PublicCode is the code citizens come by since Code was replaced; empty: Code.
	PublicCode string `json:"publicCode,omitempty"`
	// FormerCodes are those citizens came by before, oldest first; the first is Code.
	// No code is ever given to another point.
	FormerCodes []FormerCode `json:"formerCodes,omitempty"`
	// Reprint: nobody has said yet that the sheets with the present code hang there.
	Reprint bool `json:"reprint,omitempty"`
	Versioned
}

// FormerCode is a code that was replaced. Sheets with it are honoured until the
// day Ends, which is the first on which it is not good any more.
type FormerCode struct {
	Code string `json:"code"`
	Ends Date   `json:"ends"`
}

// Key gives the point's code.
func (p Point) Key() string { return p.Code }

// Public gives the code that addresses and QR codes carry now.
func (p Point) Public() string {
	if p.PublicCode != "" {
		return p.PublicCode
	}
	return p.Code
}

// Receipts says whether the point asks for receipt codes.
func (p Point) Receipts() ReceiptUse {
	if p.ReceiptCode == "" {
		return ReceiptNone
	}
	return p.ReceiptCode
}

// Accepts reports whether citizens may come by the code on the day: it is the
// public one, or one that was replaced and is honoured still.
func (p Point) Accepts(code string, d Date) bool {
	return code == p.Public() || slices.ContainsFunc(p.FormerCodes, func(f FormerCode) bool { return f.Code == code && d < f.Ends })
}

// Offered reports whether the point offers the field or ever did.
func (p Point) Offered(field string) bool {
	return slices.Contains(p.Fields, field) || slices.Contains(p.FormerFields, field)
}

// OpenOn reports whether the point takes ratings on the day.
func (p Point) OpenOn(d Date) bool { return p.Opens <= d && !p.ClosedOn(d) }

// ClosedOn reports whether the point takes no ratings any more on the day.
func (p Point) ClosedOn(d Date) bool { return p.Closed != "" && p.Closed <= d }

// Volume (số hồ sơ đã trả kết quả) is the monthly sheet of an agency: the number
// of files on which it returned a result, by field. It is the denominator of coverage.
type Volume struct {
	Agency string           `json:"agency"`
	Month  Month            `json:"month"`
	Files  map[string]int64 `json:"files"` // field id → files
	Versioned
}

// Key gives "agency/month".
func (v Volume) Key() string { return VolumeKey(v.Agency, v.Month) }

// VolumeKey builds the key of a monthly sheet.
func VolumeKey(agency string, month Month) string { return agency + "/" + string(month) }

// SplitVolumeKey undoes VolumeKey.
func SplitVolumeKey(key string) (agency string, month Month) {
	a, m, _ := strings.Cut(key, "/")
	return a, Month(m)
}
