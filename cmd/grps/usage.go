package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/grps/grps/domain"
)

// usageError is a fault of whoever called, not of the service.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// takes refuses arguments that a command was not made for, as a usage error that says how to write it.
func takes(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case check(cmd, args) == nil:
			return nil
		case cmd.HasAvailableSubCommands() && len(args) > 0:
			return unknownCommand(cmd, args[0])
		}
		how := fmt.Sprintf("write it as '%s'; see '%s --help'", strings.TrimSuffix(cmd.UseLine(), " [flags]"), cmd.CommandPath())
		if check(cmd, append(args[:len(args):len(args)], "more")) == nil {
			return usageError{fmt.Errorf("something is missing: %s", how)}
		}
		return usageError{fmt.Errorf("%q is one word too many: %s", args[len(args)-1], how)}
	}
}

// chooses is what a command does that only holds others.
func chooses(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(cmd, args[0])
	}
	return usageError{fmt.Errorf("%s needs one of: %s", cmd.Name(), strings.Join(commandNames(cmd), ", "))}
}

// unknownCommand says that parent holds no command of that name, and which one may be meant.
func unknownCommand(parent *cobra.Command, name string) error {
	names := commandNames(parent)
	if meant := likest(name, names); meant != "" {
		return usageError{fmt.Errorf("there is no '%s %s'; did you mean '%s %s'?", parent.CommandPath(), name, parent.CommandPath(), meant)}
	}
	if !parent.HasParent() {
		return usageError{fmt.Errorf("there is no '%s %s'; '%s --help' lists the commands", parent.CommandPath(), name, parent.CommandPath())}
	}
	return usageError{fmt.Errorf("there is no '%s %s'; choose one of: %s", parent.CommandPath(), name, strings.Join(names, ", "))}
}

func commandNames(parent *cobra.Command) []string {
	var names []string
	for _, sub := range parent.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

// unknownHere returns what is wrong with a command line that names no command: the error of cobra in our words.
func unknownHere(root *cobra.Command, args []string, err error) error {
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") && strings.HasPrefix(err.Error(), "unknown command") {
			return unknownCommand(root, arg)
		}
	}
	return usageError{err}
}

// flagFault says what is wrong with a flag, and what it takes.
func flagFault(cmd *cobra.Command, err error) error {
	see := fmt.Sprintf("see '%s --help'", cmd.CommandPath())
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		kinds := map[string]string{
			"bool": "true or false", "int": "a whole number", "int64": "a whole number", "int64Slice": "a whole number", "uint64": "a whole number, not below 0",
			"float64": "a number", "duration": "a time such as 10s, 5m or 1h",
		}
		if kind := kinds[e.GetFlag().Value.Type()]; kind != "" {
			return usageError{fmt.Errorf("--%s must be %s, not %q; %s", e.GetFlag().Name, kind, e.GetValue(), see)}
		}
	}
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok && e.GetSpecifiedShortnames() == "" {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		meant := ""
		if name := likest(e.GetSpecifiedName(), names); name != "" {
			meant = fmt.Sprintf("did you mean --%s? ", name)
		}
		return usageError{fmt.Errorf("there is no flag --%s here; %s%s", e.GetSpecifiedName(), meant, see)}
	}
	return usageError{fmt.Errorf("%w; %s", err, see)}
}

// likest returns the name that somebody may have meant who wrote another; "" when none is close, or two are equally so.
func likest(written string, names []string) string {
	best, closest := "", max(2, len(written)/3)+1
	for _, name := range names {
		switch d := domain.Distance(written, name); {
		case d < closest:
			best, closest = name, d
		case d == closest:
			best = ""
		}
	}
	return best
}

// newHelp is the command that shows the help of others.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(found, rest[0])
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}
