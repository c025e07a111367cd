package survey_test

import (
	"errors"
	"fmt"
	"testing"

	"sipas/survey"
)

func TestCodeOf(t *testing.T) {
	cause := errors.New("disk full")
	for name, test := range map[string]struct {
		err  error
		code survey.Code
	}{
		"nil":           {nil, ""},
		"another error": {cause, survey.CodeInternal},
		"one of ours":   {&survey.Error{Code: survey.CodeClosed}, survey.CodeClosed},
		"wrapped":       {fmt.Errorf("saving: %w", &survey.Error{Code: survey.CodeConflict, Err: cause}), survey.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			if code := survey.CodeOf(test.err); code != test.code || survey.IsCode(test.err, survey.CodeClosed) != (test.code == survey.CodeClosed) {
				t.Errorf("code %q, want %q", code, test.code)
			}
		})
	}
	err := &survey.Error{Code: survey.CodeInvalid, Message: "not valid", Err: cause,
		Fields: []survey.FieldError{{Path: "name", Reason: survey.ReasonRequired}, {Path: "id", Reason: survey.ReasonFormat}}}
	if got, want := err.Error(), "invalid: not valid (name: required; id: format): disk full"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
}
