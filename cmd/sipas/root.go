package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

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

// sentence turns an error into what a person at a terminal can act on.
func sentence(err error) string {
	var e *survey.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	text := e.Message
	if text == "" {
		text = string(e.Code) + " " + e.Reason
	}
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, f.Path+": "+f.Reason)
	}
	if len(fields) > 0 {
		text += " (" + strings.Join(fields, "; ") + ")"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}
