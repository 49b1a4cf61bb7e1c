package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
)

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "grps",
		Short: "Rank the members of a Roblox group by rule",
		Long: `GRPS receives reports from game servers, keeps every player's standing, decides by policy files who is
promoted, demoted, suspended or banned, and carries that out through Roblox Open Cloud.`,
		Example:       "  grps serve --sandbox      try everything without a Roblox account\n  grps policy show          print the rank ladder",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
	}
	root.SetVersionTemplate("grps {{.Version}}\n")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see '%s --help'", err, cmd.CommandPath())}
	})
	root.AddCommand(
		newServe(), newSandboxCommand(), newMigrate(), newPolicy(), newEvaluate(), newDecision(), newUndo(), newRewind(), newReview(), newReconcile(), newAutomation(), newFindings(), newWebhooks(),
		newHealth(), newBench(), newImport(), newExport(), newErase(), newBackup(), newRestore(), newKeys(), newConfig(), newDoctorCommand(), newVersion(),
	)
	return root
}

// takes refuses what a command was not made for as a usage error.
func takes(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w; see '%s --help'", err, cmd.CommandPath())}
		}
		return nil
	}
}

// chooses is what a command does that only holds others.
func chooses(cmd *cobra.Command, args []string) error {
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s has no %q; choose one of: %s", cmd.Name(), args[0], strings.Join(names, ", "))}
	}
	return usageError{fmt.Errorf("%s needs one of: %s", cmd.Name(), strings.Join(names, ", "))}
}

// usageError is a fault of whoever called, not of the service.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// explain prints err for a person and returns the exit code it deserves.
func explain(w io.Writer, err error) int {
	code := exitFault
	if _, ok := errors.AsType[usageError](err); ok {
		code = exitUsage
	}
	e, ok := errors.AsType[*domain.Error](err)
	if !ok {
		fmt.Fprintln(w, "grps:", oneLine(err))
		return code
	}
	if e.Kind == domain.KindInvalid {
		code = exitUsage
	}
	if len(e.Fields) == 0 {
		fmt.Fprintln(w, "grps:", oneLine(err))
		return code
	}
	fmt.Fprintln(w, "grps:", visible(e.Message))
	for _, f := range e.Fields {
		fmt.Fprintf(w, "  %s %s\n", visible(f.Field), visible(f.Message))
	}
	return code
}

// oneLine returns the text of an error in the words of people, without the line breaks that some libraries put in, and what else is unseen.
func oneLine(err error) string { return visible(strings.Join(strings.Fields(inWords(err)), " ")) }
