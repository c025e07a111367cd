package survey

import (
	"errors"
	"strings"
)

// Code is the stable, machine-readable class of an Error. The HTTP edge maps
// each code to one status; clients may rely on the spelling.
type Code string

// The codes. Nothing else is ever returned.
const (
	CodeInvalid      Code = "invalid"      // the request is wrong; Fields says where
	CodeNotFound     Code = "not_found"    // no such record, or not visible to the caller
	CodeConflict     Code = "conflict"     // another revision or another content is stored
	CodeClosed       Code = "closed"       // the record exists but no longer takes part
	CodeUnauthorized Code = "unauthorized" // the caller is not known
	CodeForbidden    Code = "forbidden"    // the caller is known and may not
	CodeThrottled    Code = "throttled"    // too many attempts; try later
	CodeUnavailable  Code = "unavailable"  // the store cannot take or give data now; try later
	CodeInternal     Code = "internal"     // a fault of ours
)

// Error is the one error type that crosses package borders.
//
// Message is an English sentence for logs and the command line; a user reads
// the text of Reason in their own language. Neither ever contains a submitted value.
// Err is the cause; it goes to the log only.
type Error struct {
	Code    Code
	Reason  string         // stable key of the sentence, such as "point.closed"; empty means the code's own sentence
	Params  map[string]any // values the sentence names: limits, dates; never what was submitted
	Message string
	Fields  []FieldError
	Err     error
}

// FieldError says what is wrong with one part of a request. Path is dotted, as
// in "answers.overall" or "fields.0"; Reason is a stable key such as "required".
type FieldError struct {
	Path   string         `json:"path"`
	Reason string         `json:"reason"`
	Params map[string]any `json:"params,omitempty"`
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	} else if e.Reason != "" {
		b.WriteString(": " + e.Reason)
	}
	for i, f := range e.Fields {
		if i == 0 {
			b.WriteString(" (")
		} else {
			b.WriteString("; ")
		}
		b.WriteString(f.Path + ": " + f.Reason)
	}
	if len(e.Fields) > 0 {
		b.WriteByte(')')
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf-style helpers are deliberately absent: an error is written as
// &Error{Code: …, Reason: …} so that every reason can be found by a search.

// CodeOf gives the code of the first *Error in err's chain, CodeInternal for any
// other error and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// IsCode reports whether err carries the code.
func IsCode(err error, code Code) bool { return err != nil && CodeOf(err) == code }
