package survey

import "time"

// Capture is how a rating was taken.
type Capture string

// The ways of capture.
const (
	CaptureKiosk  Capture = "kiosk"
	CaptureQR     Capture = "qr"
	CaptureLink   Capture = "link"
	CapturePaper  Capture = "paper"
	CaptureImport Capture = "import"
)

// Captures lists the ways of capture in their fixed order.
var Captures = []Capture{CaptureKiosk, CaptureQR, CaptureLink, CapturePaper, CaptureImport}

// Submission is what a client sends: one citizen's answers.
//
// Times are UTC with milliseconds. AnsweredAt is the device's clock plus
// ClockOffset (milliseconds, measured against the server); without AnsweredAt the
// server's time of receipt stands.
type Submission struct {
	ID            string     `json:"id"` // UUID, made before sending
	Point         string     `json:"point"`
	Questionnaire string     `json:"questionnaire"`
	Version       int        `json:"version"`
	Language      Language   `json:"language"`
	Capture       Capture    `json:"capture"`
	Field         *string    `json:"field"`
	Procedure     *string    `json:"procedure"`
	Campaign      *string    `json:"campaign"`
	StartedAt     *time.Time `json:"startedAt"`
	AnsweredAt    *time.Time `json:"answeredAt"`
	ClockOffset   *int64     `json:"clockOffset"`
	Partial       bool       `json:"partial"`
	Answers       Answers    `json:"answers"`
	// ReceiptCode is judged when the submission is taken and kept nowhere: not in a
	// response, nor in what is hashed.
	ReceiptCode string `json:"receiptCode,omitempty"`
}

// Flag marks a response as suspicious. Flagged responses are kept; results
// leave them out by default and always show the difference.
type Flag string

// The flags, each with a fixed bit in the tally table (its place in Flags). Clock,
// stale page, fast, trap and out of hours come with the response; the others are later judgements, of
// the system but for "marked", which only a person gives.
const (
	FlagClock        Flag = "clock"        // no measured clock offset, or one above five minutes
	FlagStalePage    Flag = "stalePage"    // the page was older than 24 hours when sent
	FlagFast         Flag = "fast"         // answered faster than the form can be read
	FlagBurst        Flag = "burst"        // one of many alike at one point within minutes
	FlagRun          Flag = "run"          // in a row of one answer longer than chance allows
	FlagStraightLine Flag = "straightLine" // all items of a long form alike, at a point where that is far too common
	FlagDuplicate    Flag = "duplicate"    // a long form filled in as several others at the point, item by item
	FlagImpossible   Flag = "impossible"   // of an agency, field and month with more ratings than files
	FlagMarked       Flag = "marked"       // a person set it aside, and said why
	FlagTrap         Flag = "trap"         // the form came with a field filled in that people do not see
	FlagOutOfHours   Flag = "outOfHours"   // given on a kiosk an hour or more away from the point's opening hours
)

// Flags lists the flags; the order is stored and only ever grows at the end.
var Flags = []Flag{FlagClock, FlagStalePage, FlagFast, FlagBurst, FlagRun, FlagStraightLine, FlagDuplicate, FlagImpossible, FlagMarked, FlagTrap, FlagOutOfHours}

// Informative reports whether the flag only informs: such responses stay in the
// results. Clock and stale-page flags say that a time is uncertain, not that a
// rating is; more ratings than files says that one of two counts is wrong, not which;
// and a table of opening hours knows of no Saturday service.
func (f Flag) Informative() bool {
	return f == FlagClock || f == FlagStalePage || f == FlagImpossible || f == FlagOutOfHours
}

// Text names the flag for people.
func (f Flag) Text() Text { return flagTexts[f] }

var flagTexts = map[Flag]Text{
	FlagClock:        {Vietnamese: "Thời điểm không chắc chắn", English: "Time uncertain"},
	FlagStalePage:    {Vietnamese: "Trang đã mở quá 24 giờ", English: "Page open for over 24 hours"},
	FlagFast:         {Vietnamese: "Trả lời quá nhanh", English: "Answered too fast"},
	FlagBurst:        {Vietnamese: "Dồn dập cùng một mức", English: "Burst of one answer"},
	FlagRun:          {Vietnamese: "Chuỗi dài cùng một mức", English: "Long run of one answer"},
	FlagStraightLine: {Vietnamese: "Mọi câu cùng một mức", English: "All items alike"},
	FlagDuplicate:    {Vietnamese: "Phiếu trùng lặp", English: "Repeated pattern"},
	FlagImpossible:   {Vietnamese: "Nhiều phiếu hơn hồ sơ", English: "More ratings than files"},
	FlagMarked:       {Vietnamese: "Do người phụ trách đánh dấu", English: "Set aside by a person"},
	FlagTrap:         {Vietnamese: "Do máy tự điền", English: "Filled in by a program"},
	FlagOutOfHours:   {Vietnamese: "Ngoài giờ làm việc", English: "Outside opening hours"},
}

// Response (phiếu trả lời) is a submission that was taken, with what the server derived.
type Response struct {
	Submission
	Agency     string    `json:"agency"`
	FieldID    string    `json:"fieldId"` // empty: unknown ("không rõ lĩnh vực")
	Delivery   Delivery  `json:"delivery"`
	At         time.Time `json:"at"` // effective answeredAt: decides period and target year
	ReceivedAt time.Time `json:"receivedAt"`
	Flags      []Flag    `json:"flags"`
}

// Outcome is what became of one submission.
type Outcome string

// The outcomes.
const (
	OutcomeStored    Outcome = "stored"    // durable now
	OutcomeDuplicate Outcome = "duplicate" // the same content was stored before
	OutcomeConflict  Outcome = "conflict"  // other content is stored under this id
	OutcomeInvalid   Outcome = "invalid"   // see the problem
	OutcomeClosed    Outcome = "closed"    // the point took no ratings at that time
	OutcomeRetry     Outcome = "retry"     // not stored, send again later
)
