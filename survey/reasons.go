package survey

// The stable reason keys of Error.Reason and FieldError.Reason. Each has a
// sentence in every language of Languages at the HTTP edge; a client may rely on the spelling.
const (
	// Of any field.
	ReasonRequired       = "required"      // nothing was given
	ReasonType           = "type"          // another kind of value is expected
	ReasonFormat         = "format"        // not written as it has to be
	ReasonUnknown        = "unknown"       // no such thing
	ReasonUnknownKey     = "unknownKey"    // the object has a key that does not belong there
	ReasonRepeated       = "repeated"      // given twice
	ReasonTooShort       = "tooShort"      // params min (characters)
	ReasonTooLong        = "tooLong"       // params max (characters)
	ReasonTooMany        = "tooMany"       // params max
	ReasonTooFew         = "tooFew"        // params min
	ReasonRange          = "range"         // params min, max
	ReasonImmutable      = "immutable"     // cannot be changed once set
	ReasonMustBeEmpty    = "mustBeEmpty"   // does not apply here
	ReasonNotAllowed     = "notAllowed"    // not with these means
	ReasonJSON           = "json"          // not readable as JSON
	ReasonOutOfScope     = "outOfScope"    // outside the part of the province the caller works for
	ReasonBatchSize      = "batch.size"    // params min, max
	ReasonTooLongSpan    = "tooLongSpan"   // params max (days)
	ReasonClosedRecord   = "closedRecord"  // names something that is closed
	ReasonBeforeStart    = "beforeStart"   // ends before it begins
	ReasonInTheFuture    = "inTheFuture"   // lies ahead
	ReasonTooEarly       = "tooEarly"      // params min (a date)
	ReasonDateFormat     = "date.format"   // YYYY-MM-DD
	ReasonClockFormat    = "clock.format"  // HH:MM
	ReasonMonthFormat    = "month.format"  // YYYY-MM
	ReasonPeriodFormat   = "period.format" // 2026, 2026-H1, 2026-Q3, 2026-09, 2026-01-05..2026-02-03
	ReasonPeriodOrder    = "period.order"  // ends before it begins
	ReasonCodeFormat     = "pointCode.format"
	ReasonCodeCheck      = "pointCode.check"
	ReasonRevision       = "rev"     // conflict: another revision is stored
	ReasonExists         = "exists"  // conflict: the key is taken
	ReasonNoRight        = "noRight" // forbidden: the caller lacks the right
	ReasonNotOfPoint     = "notOfPoint"
	ReasonNotOfField     = "notOfField"
	ReasonNotOfPage      = "notOfPage"  // another value than the page was made for
	ReasonNotOfKiosk     = "notOfKiosk" // a point the kiosk never stood at
	ReasonLevel          = "level"      // params min, max
	ReasonNANotOffered   = "naNotOffered"
	ReasonNotShown       = "notShown"
	ReasonUnknownItem    = "unknownItem"
	ReasonUnknownOption  = "unknownOption"
	ReasonRepeatedOption = "repeatedOption"

	// Of the catalogue.
	ReasonAgencyRoot       = "agency.root"         // there is one root, and it is the province
	ReasonAgencyCycle      = "agency.cycle"        // an agency cannot lie below itself
	ReasonAgencySuccessors = "agency.successors"   // successors only of an agency with a last day
	ReasonAgencySuccession = "agency.succession"   // the successors lead back to the agency itself
	ReasonHoursOverlap     = "hours.overlap"       // two spans of a day have a moment in common
	ReasonOutOfCampaign    = "campaign.agency"     // not the campaign's agency, nor below it
	ReasonStratumOverlap   = "campaign.overlap"    // an agency of another stratum, or above or below one
	ReasonNotSampled       = "campaign.notSampled" // only a sampled campaign has a design
	ReasonCampaignOver     = "campaign.over"       // the fieldwork is over, or the campaign was closed

	// Of responses.
	ReasonPointClosed  = "point.closed"         // the point took no ratings at that time
	ReasonAgencyClosed = "agency.closed"        // the agency did not exist at that time
	ReasonAlreadySent  = "response.alreadySent" // conflict: this page has sent a rating already
	ReasonOtherContent = "response.conflict"    // conflict: other content is stored under this id
	ReasonPageToken    = "page.token"           // unauthorized: not a page token of ours
	ReasonPageExpired  = "page.expired"         // unauthorized: the page is older than 30 days
	ReasonTooOften     = "response.tooOften"    // throttled: params seconds

	// Of receipt codes.
	ReasonReceiptRequired = "receiptCode.required" // the point takes no rating without one
	ReasonReceiptFormat   = "receiptCode.format"   // params n (characters)
	ReasonReceiptCheck    = "receiptCode.check"    // a typing error
	ReasonReceiptUnknown  = "receiptCode.unknown"  // no code of this point
	ReasonReceiptUsed     = "receiptCode.used"
	ReasonReceiptExpired  = "receiptCode.expired" // params day: the last on which it was good
	ReasonReceiptRevoked  = "receiptCode.revoked"
	ReasonReceiptTooOften = "receiptCode.tooOften" // throttled: params seconds

	// Of kiosks and their devices.
	ReasonKioskClosed        = "kiosk.closed"        // closed, or unauthorized as a device: the kiosk is out of service
	ReasonDeviceUnknown      = "device.unknown"      // unauthorized: not the token of an enrolled device
	ReasonDeviceRevoked      = "device.revoked"      // unauthorized: the device was revoked
	ReasonPINGuessable       = "pin.guessable"       // one digit repeated, or digits that run up or down
	ReasonEnrolmentFormat    = "enrolment.format"    // params n (characters)
	ReasonEnrolmentUnknown   = "enrolment.unknown"   // unauthorized: no such code
	ReasonEnrolmentUsed      = "enrolment.used"      // unauthorized: used before
	ReasonEnrolmentReplaced  = "enrolment.replaced"  // unauthorized: never used; a newer code was issued, or it was revoked
	ReasonEnrolmentExpired   = "enrolment.expired"   // unauthorized: older than ten minutes
	ReasonEnrolmentThrottled = "enrolment.throttled" // throttled: params seconds

	// Of imported files.
	ReasonImportSize        = "import.size"           // params max (MiB)
	ReasonImportUnreadable  = "import.unreadable"     // neither CSV nor XLSX, or damaged
	ReasonImportOldWorkbook = "import.oldWorkbook"    // XLS, or locked with a password
	ReasonImportEmpty       = "import.empty"          // no header
	ReasonImportEncoding    = "import.encoding"       // params line
	ReasonImportQuotes      = "import.quotes"         // params line
	ReasonImportWideRow     = "import.wideRow"        // params line, max (cells)
	ReasonImportLongRow     = "import.longRow"        // params line, max (KiB)
	ReasonImportRows        = "import.rows"           // params max
	ReasonImportQueue       = "import.queue"          // not what a kiosk exported
	ReasonImportChecksum    = "import.checksum"       // of a kiosk's queue: changed or cut off since
	ReasonImportKiosk       = "import.kiosk"          // of a kiosk that is not of this province
	ReasonUnknownColumn     = "import.unknownColumn"  // params column: its name in the file, since nothing else tells which one is meant
	ReasonMissingColumn     = "import.missingColumn"  // params column
	ReasonRepeatedColumn    = "import.repeatedColumn" // params column
	ReasonExtraCell         = "import.extraCell"      // more values than columns
	ReasonImportDate        = "import.date"           // dd/mm/yyyy or YYYY-MM-DD
	ReasonImportMonth       = "import.month"          // mm/yyyy or YYYY-MM
	ReasonImportTime        = "import.time"           // a date, or a date and a time
	ReasonImportBoolean     = "import.boolean"        // yes or no
	ReasonImportNumber      = "import.number"         // a whole number
	ReasonRepeatedRow       = "import.repeatedRow"    // params line
	ReasonRejectedRow       = "import.rejectedRow"    // params line
	ReasonSeveralPoints     = "import.severalPoints"  // several points of the agency have this name

	// Of results and planned samples.
	ReasonTooManyParts        = "results.tooManyParts"   // params max
	ReasonTooClose            = "planning.tooClose"      // params target: no sample tells so small a difference
	ReasonMinimumExceedsTotal = "planning.minimum"       // params total, needed: the minima take more than there is to spread
	ReasonNoVariation         = "planning.noVariation"   // where everybody agrees, the rule spreads nothing
	ReasonSameFigure          = "results.sameFigure"     // a figure compared with itself
	ReasonOverlap             = "results.overlap"        // two figures share some ratings, and neither holds the other
	ReasonNoTarget            = "results.noTarget"       // no promise is in force
	ReasonSeveralTargets      = "results.severalTargets" // the units have different promises

	// Of recordings.
	ReasonAudioFormat   = "audio.format"   // neither MP3 nor Ogg, M4A or WAV
	ReasonAudioTooLarge = "audio.tooLarge" // params max (thousands of bytes)
	ReasonAudioFull     = "audio.full"     // params max (MiB of all together)

	// Of users and sessions.
	ReasonCredentials    = "login.credentials" // unauthorized: name or password is wrong
	ReasonLoginThrottled = "login.throttled"   // throttled: params seconds
	ReasonLoginBusy      = "login.busy"        // unavailable: too many logins under way
	ReasonSessionEnded   = "session.ended"     // unauthorized: sign in again
	ReasonSessionReused  = "session.reused"    // unauthorized: a used-up token came back; the session is ended
	ReasonUserDisabled   = "user.disabled"     // unauthorized: the account is disabled or gone
	ReasonLastAdmin      = "user.lastAdmin"    // somebody must be able to manage users
	ReasonAdminScope     = "grant.adminScope"  // an administrator is always over the whole province
)

// Reasons lists every reason key.
var Reasons = []string{
	ReasonRequired, ReasonType, ReasonFormat, ReasonUnknown, ReasonUnknownKey, ReasonRepeated, ReasonTooShort,
	ReasonTooLong, ReasonTooMany, ReasonTooFew, ReasonRange, ReasonImmutable, ReasonMustBeEmpty, ReasonNotAllowed,
	ReasonJSON, ReasonOutOfScope, ReasonBatchSize, ReasonTooLongSpan, ReasonClosedRecord, ReasonBeforeStart, ReasonInTheFuture,
	ReasonTooEarly, ReasonDateFormat, ReasonClockFormat, ReasonMonthFormat, ReasonPeriodFormat, ReasonPeriodOrder, ReasonCodeFormat,
	ReasonCodeCheck, ReasonRevision, ReasonExists, ReasonNoRight, ReasonNotOfPoint, ReasonNotOfField,
	ReasonNotOfPage, ReasonLevel, ReasonNANotOffered, ReasonNotShown, ReasonUnknownItem, ReasonUnknownOption,
	ReasonRepeatedOption, ReasonNotOfKiosk,
	ReasonAgencyRoot, ReasonAgencyCycle, ReasonAgencySuccessors, ReasonAgencySuccession, ReasonHoursOverlap,
	ReasonOutOfCampaign, ReasonStratumOverlap, ReasonNotSampled, ReasonCampaignOver,
	ReasonPointClosed, ReasonAgencyClosed, ReasonAlreadySent, ReasonOtherContent, ReasonPageToken, ReasonPageExpired, ReasonTooOften,
	ReasonReceiptRequired, ReasonReceiptFormat, ReasonReceiptCheck, ReasonReceiptUnknown, ReasonReceiptUsed, ReasonReceiptExpired, ReasonReceiptRevoked, ReasonReceiptTooOften,
	ReasonKioskClosed, ReasonDeviceUnknown, ReasonDeviceRevoked, ReasonPINGuessable, ReasonEnrolmentFormat, ReasonEnrolmentUnknown,
	ReasonEnrolmentUsed, ReasonEnrolmentReplaced, ReasonEnrolmentExpired, ReasonEnrolmentThrottled,
	ReasonImportSize, ReasonImportUnreadable, ReasonImportOldWorkbook, ReasonImportEmpty, ReasonImportEncoding,
	ReasonImportQuotes, ReasonImportLongRow, ReasonImportWideRow, ReasonImportRows, ReasonImportQueue, ReasonImportChecksum, ReasonImportKiosk, ReasonUnknownColumn, ReasonMissingColumn,
	ReasonRepeatedColumn, ReasonExtraCell, ReasonImportDate, ReasonImportMonth, ReasonImportTime,
	ReasonImportBoolean, ReasonImportNumber, ReasonRepeatedRow, ReasonRejectedRow, ReasonSeveralPoints,
	ReasonAudioFormat, ReasonAudioTooLarge, ReasonAudioFull,
	ReasonSameFigure, ReasonOverlap, ReasonNoTarget, ReasonSeveralTargets,
	ReasonCredentials, ReasonLoginThrottled, ReasonLoginBusy, ReasonSessionEnded, ReasonSessionReused,
	ReasonUserDisabled, ReasonLastAdmin, ReasonAdminScope,
	ReasonTooManyParts, ReasonTooClose, ReasonMinimumExceedsTotal, ReasonNoVariation,
}
