package survey

import (
	"io"
	"slices"
	"time"
)

// Kiosk is a tablet standing at a point, enrolled by staff. It may move from
// point to point; ratings that still wait on it keep the point of their time, so
// it may send for every point it ever stood at.
type Kiosk struct {
	ID     string   `json:"id"`   // 8 characters of Crockford's base32, drawn
	Name   string   `json:"name"` // as staff call it
	Point  string   `json:"point"`
	Points []string `json:"points"` // every point it was ever bound to, the current one included, oldest first
	Closed bool     `json:"closed"` // out of service: its device may not send and cannot be enrolled

	Settings KioskSettings `json:"settings"`

	// Enrolments counts the enrolment codes issued; only the newest one is good.
	// Codes and devices of the enrolments up to number Revoked are not valid any more.
	Enrolments int64 `json:"enrolments"`
	Revoked    int64 `json:"revoked"`

	// StaffPIN opens the staff screen of its device; nil: none is set.
	StaffPIN *StaffPIN `json:"staffPin"`
	Versioned
}

// StaffPIN is a PIN as PBKDF2-HMAC-SHA-256, which a browser can check without a
// connection. A device is told it; it opens nothing on the server.
type StaffPIN struct {
	Salt       []byte `json:"salt"`
	Iterations int    `json:"iterations"`
	Hash       []byte `json:"hash"`
}

// Key gives the kiosk's id.
func (k Kiosk) Key() string { return k.ID }

// KioskTheme is how a kiosk's screen looks to a citizen who changes nothing.
type KioskTheme string

// The themes.
const (
	ThemeLight    KioskTheme = "light"
	ThemeContrast KioskTheme = "contrast" // high contrast, on black
)

// KioskSettings say how a kiosk behaves. It takes them over within minutes.
type KioskSettings struct {
	Theme      KioskTheme `json:"theme"`
	Languages  []Language `json:"languages"`  // offered; Vietnamese is always one of them
	Voice      bool       `json:"voice"`      // offers to read questions out, where the device has a voice for the language
	Sound      bool       `json:"sound"`      // answers a touch by a tone
	Volume     int        `json:"volume"`     // of voice and tone, in percent
	Brightness int        `json:"brightness"` // of the inviting line on the first screen, in percent
}

// The ranges of settings in percent. A line less bright than the least could not be read from afar.
const (
	MinVolume     = 10
	MinBrightness = 60
	MaxPercent    = 100
)

// OrDefault gives the settings, or where none were ever set (there is no language
// then): light, the shipped languages, no sound, full brightness.
func (s KioskSettings) OrDefault() KioskSettings {
	if s.Languages != nil {
		return s
	}
	const volume = 60
	return KioskSettings{Theme: ThemeLight, Languages: slices.Clone(Languages), Volume: volume, Brightness: MaxPercent}
}

// Device is the one tablet a kiosk's token was given to. Only hashes of tokens
// are stored. After a rotation the old token lives until the new one is first used.
type Device struct {
	ID         string    `json:"id"` // the kiosk's
	Enrolment  int64     `json:"enrolment"`
	TokenHash  []byte    `json:"tokenHash"`
	NextHash   []byte    `json:"nextHash"` // of the token a rotation gave, until it is used
	Salt       []byte    `json:"salt"`     // random; with the old token it gives the new one again
	EnrolledAt time.Time `json:"enrolledAt"`
	SeenAt     time.Time `json:"seenAt"` // to a few minutes
	Versioned
}

// Key gives the kiosk's id.
func (d Device) Key() string { return d.ID }

// Enrolment is an enrolment code: short-lived, good once, for one kiosk.
type Enrolment struct {
	ID        string    `json:"id"` // hash of the code
	Kiosk     string    `json:"kiosk"`
	Number    int64     `json:"number"` // which of the kiosk's codes this is, from 1
	ExpiresAt time.Time `json:"expiresAt"`
	Used      bool      `json:"used"`
	Versioned
}

// Key gives the hash of the code.
func (e Enrolment) Key() string { return e.ID }

// Heartbeat is what a kiosk's device last said of itself. It is the state of
// operations, not a record: it is overwritten every minute, never audited, and no part of an archive.
type Heartbeat struct {
	ID          string     `json:"id"`          // the kiosk's
	At          time.Time  `json:"at"`          // of the receipt
	Waiting     int        `json:"waiting"`     // ratings the server has not confirmed
	Aside       int        `json:"aside"`       // ratings the server will not take as they are
	Oldest      *time.Time `json:"oldest"`      // when the first of them was given; nil: none
	LastRating  *time.Time `json:"lastRating"`  // nil: none yet
	Build       string     `json:"build"`       // which build of the kiosk's page runs
	ClockOffset *int64     `json:"clockOffset"` // milliseconds its clock is behind the server's; nil: not measured
	StorageKept *bool      `json:"storageKept"` // whether the browser promised not to clear its storage; nil: not known
	Battery     *Battery   `json:"battery"`     // nil: none, or not known
	Settings    string     `json:"settings"`    // revision of what the server told it, as it applies now
	Versioned
}

// Key gives the kiosk's id.
func (h Heartbeat) Key() string { return h.ID }

// Battery is the charge of a device.
type Battery struct {
	Percent  int  `json:"percent"`
	Charging bool `json:"charging"`
}

// EnrolmentCodeLength is the number of characters of an enrolment code and of a kiosk's id.
const EnrolmentCodeLength = 8

// NewKioskID draws the id of a kiosk.
func NewKioskID(random io.Reader) (string, error) { return drawCrockford(random, EnrolmentCodeLength) }

// IsKioskID reports whether s has the form of a kiosk's id.
func IsKioskID(s string) bool {
	id, ok := readCrockford(s, EnrolmentCodeLength)
	return ok && id == s
}

// NewEnrolmentCode draws an enrolment code (40 bits).
func NewEnrolmentCode(random io.Reader) (string, error) {
	return drawCrockford(random, EnrolmentCodeLength)
}

// ParseEnrolmentCode normalises what staff typed, as ParsePointCode does. The
// error is CodeInvalid with reason enrolment.format at path code.
func ParseEnrolmentCode(s string) (string, error) {
	code, ok := readCrockford(s, EnrolmentCodeLength)
	if !ok {
		return "", &Error{Code: CodeInvalid, Message: "an enrolment code has 8 letters and digits",
			Fields: []FieldError{{Path: "code", Reason: ReasonEnrolmentFormat, Params: map[string]any{"n": EnrolmentCodeLength}}}}
	}
	return code, nil
}

// ShowEnrolmentCode writes a code as people read it: K7QX-2M9A.
func ShowEnrolmentCode(code string) string {
	if len(code) != EnrolmentCodeLength {
		return code
	}
	return code[:4] + "-" + code[4:]
}
