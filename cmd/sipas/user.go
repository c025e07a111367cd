package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sipas/survey"
	"sipas/survey/identity"
)

func newUserCommand() *cobra.Command {
	cmd := parent("user", "Manage the people who sign in", newUserAddCommand(), newUserListCommand(), newUserPasswordCommand())
	for _, sub := range cmd.Commands() {
		addSettings(sub.Flags(), "data", "mongodb-uri", "mongodb-database", "log-level")
	}
	return cmd
}

func newUserAddCommand() *cobra.Command {
	var role, agency, name string
	cmd := &cobra.Command{
		Use:   "add LOGIN",
		Short: "Create a user; the password is read from standard input",
		Args:  needs("LOGIN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withIdentity(cmd, func(ctx context.Context, users *identity.Service) error {
				password, err := readPassword(cmd)
				if err != nil {
					return err
				}
				if name == "" {
					name = args[0]
				}
				user := survey.User{ID: args[0], Name: name, Grants: []survey.Grant{{Role: survey.Role(role), Agency: agency}}}
				_, err = users.CreateUser(ctx, survey.System, user, password)
				if survey.IsCode(err, survey.CodeConflict) {
					return fmt.Errorf("there is a user %s already", args[0])
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "User %s created.\n", args[0])
				return err
			})
		},
	}
	cmd.Flags().StringVar(&role, "role", string(survey.RoleViewer), "admin, manager or viewer")
	cmd.Flags().StringVar(&agency, "agency", "", "agency whose subtree the role is limited to (default: the whole province)")
	cmd.Flags().StringVar(&name, "name", "", "name shown on screen (default: the login)")
	return cmd
}

func newUserListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the users with their roles",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withIdentity(cmd, func(ctx context.Context, users *identity.Service) error {
				all, err := users.Users(ctx, survey.System)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "LOGIN\tNAME\tROLES\tSTATE")
				for _, u := range all {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.ID, u.Name, grantList(u.Grants), state(u))
				}
				return w.Flush()
			})
		},
	}
}

func grantList(grants []survey.Grant) string {
	var parts []string
	for _, g := range grants {
		where := g.Agency
		if where == "" {
			where = "whole province"
		}
		parts = append(parts, string(g.Role)+" ("+where+")")
	}
	return strings.Join(parts, ", ")
}

func state(u survey.User) string {
	if u.Disabled {
		return "disabled"
	}
	return "active"
}

func newUserPasswordCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "password LOGIN",
		Short: "Set a user's password, read from standard input, and end their sessions",
		Args:  needs("LOGIN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withIdentity(cmd, func(ctx context.Context, users *identity.Service) error {
				password, err := readPassword(cmd)
				if err != nil {
					return err
				}
				err = users.SetPassword(ctx, survey.System, args[0], password)
				if survey.IsCode(err, survey.CodeNotFound) {
					return fmt.Errorf("there is no user %s; sipas user list names all", args[0])
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "Password of %s set; their sessions are ended.\n", args[0])
				return err
			})
		},
	}
}

// withIdentity opens an existing store for one act on its users.
func withIdentity(cmd *cobra.Command, act func(context.Context, *identity.Service) error) (err error) {
	c, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	store, _, err := openProvince(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	reg, err := openRegistry(ctx, store, time.Now, newLogger(cmd.ErrOrStderr(), c.LogLevel))
	if err != nil {
		return err
	}
	return act(ctx, identity.New(identity.Options{Store: store, Registry: reg, Now: time.Now, Random: rand.Reader}))
}

// readPassword takes the first line of standard input. A person at a terminal is
// asked for it; passwords never stand on the command line, where others can read them.
func readPassword(cmd *cobra.Command) (string, error) {
	fmt.Fprint(cmd.ErrOrStderr(), "Password: ")
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}
