package main

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"sipas/survey"
)

func TestSentences(t *testing.T) {
	cause := &survey.Error{Code: survey.CodeUnavailable, Message: "the store does not answer"}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"another error", io.ErrClosedPipe, io.ErrClosedPipe.Error()},
		{"a reason alone", &survey.Error{Code: survey.CodeConflict, Reason: survey.ReasonExists}, "This key is taken"},
		{"a cause", &survey.Error{Code: survey.CodeInternal, Message: "nothing is written", Err: cause}, "nothing is written: the store does not answer"},
		{"what was said around it", fmt.Errorf("the source cannot be opened: %w", cause), "the source cannot be opened: the store does not answer"},
		{"fields", &survey.Error{Code: survey.CodeInvalid, Message: "the user is not valid", Fields: []survey.FieldError{
			{Path: "password", Reason: survey.ReasonTooShort, Params: map[string]any{"min": 10}},
			{Path: "name", Reason: survey.ReasonTooLong, Params: map[string]any{"max": 80}},
			{Path: "id", Reason: survey.ReasonFormat},
			{Path: "grants.0.role", Reason: survey.ReasonUnknown},
			{Path: "grants.0.agency", Reason: survey.ReasonUnknown},
			{Path: "grants.0.agency", Reason: survey.ReasonClosedRecord},
			{Path: "order", Reason: survey.ReasonRequired},
		}}, "the user is not valid: the password must have at least 10 characters; the name must have at most 80 characters; " +
			"the login must be letters a to z and digits, with single . _ @ - between them; the role must be admin, manager or viewer; " +
			"the agency is not known; the agency: Names something that is closed; order: Nothing was given"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := sentence(test.err); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestArgumentsAreChecked(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"export nothing", `sipas export has no command "nothing"; it has: responses`},
		{"user nothing", `sipas user has no command "nothing"; it has: add, list, password`},
		{"backup", "sipas backup needs a FILE"},
		{"backup a b", `sipas backup takes nothing after the FILE, and there is "b"`},
		{"backup -", "a backup is written to a FILE"},
		{"restore", "sipas restore needs a FILE"},
		{"user add", "sipas user add needs a LOGIN"},
	} {
		t.Run(test.args, func(t *testing.T) {
			root := newRootCommand()
			root.SetArgs(strings.Fields(test.args))
			if err := root.Execute(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
