package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"sipas/api"
	"sipas/survey"
)

// newRootCommand builds the command tree. Commands print results to their
// standard output and leave errors to main.
func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "sipas",
		Short:         "The citizen-satisfaction platform of a province",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newServeCommand(), newDemoCommand(), newImportCommand(), newUserCommand(), newVerifyCommand(), newSealCommand(), newRetentionCommand(), newFlagsCommand(),
		newBackupCommand(), newRestoreCommand(), newMigrateCommand(), newExportCommand(), newHealthcheckCommand(), newVersionCommand())
	return root
}

// parent is a command that does nothing by itself.
func parent(name, short string, commands ...*cobra.Command) *cobra.Command {
	var names []string
	for _, c := range commands {
		names = append(names, c.Name())
	}
	cmd := &cobra.Command{
		Use:   name,
		Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("%s has no command %q; it has: %s", cmd.CommandPath(), args[0], strings.Join(names, ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(commands...)
	return cmd
}

// needs takes one argument for each name, as the command's usage has them.
func needs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return fmt.Errorf("%s needs a %s; see: %[1]s --help", cmd.CommandPath(), strings.Join(names[len(args):], " and a "))
		}
		if len(args) > len(names) {
			return fmt.Errorf("%s takes nothing after the %s, and there is %q", cmd.CommandPath(), names[len(names)-1], args[len(names)])
		}
		return nil
	}
}

// stopped says what to do after a signal ended a run that goes on when it is run again.
func stopped(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return errors.New("stopped; run the same command again to go on")
	}
	return err
}

// sentence turns an error into what a person at a terminal can act on.
func sentence(err error) string {
	var e *survey.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	text := e.Message
	if text == "" {
		text = api.Sentence(survey.English, e.Reason, e.Params)
	}
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, fieldSentence(f))
	}
	if len(fields) > 0 {
		text += ": " + strings.Join(fields, "; ")
	}
	if e.Err != nil {
		text += ": " + sentence(e.Err)
	}
	return strings.Replace(err.Error(), e.Error(), text, 1) // with what was said around it
}

// fieldNames are the names at the terminal of what an error has at its paths.
var fieldNames = map[string]string{
	"id":              "the login",
	"name":            "the name",
	"password":        "the password",
	"grants.0.role":   "the role",
	"grants.0.agency": "the agency",
}

// fieldSentence says what is wrong with a part of what was given. What no command
// has a name for is said as the API does.
func fieldSentence(f survey.FieldError) string {
	name, ok := fieldNames[f.Path]
	if !ok {
		return f.Path + ": " + api.Sentence(survey.English, f.Reason, f.Params)
	}
	switch f.Reason {
	case survey.ReasonRequired:
		return name + " is missing"
	case survey.ReasonTooShort:
		return fmt.Sprintf("%s must have at least %v characters", name, f.Params["min"])
	case survey.ReasonTooLong:
		return fmt.Sprintf("%s must have at most %v characters", name, f.Params["max"])
	case survey.ReasonFormat:
		return name + " must be letters a to z and digits, with single . _ @ - between them"
	case survey.ReasonUnknown:
		if f.Path == "grants.0.role" {
			return name + " must be admin, manager or viewer"
		}
		return name + " is not known"
	case survey.ReasonAdminScope:
		return name + " must not be given: an administrator is always over the whole province"
	}
	return name + ": " + api.Sentence(survey.English, f.Reason, f.Params)
}
