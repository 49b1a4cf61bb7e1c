package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

func newDoctorCommand() *cobra.Command {
	var asJSON, strict bool
	var patience time.Duration
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Examine everything that a service depends on",
		Long: `Examines the configuration, the database, the policy, the Open Cloud key, the group's roles, the games and the webhooks, as a
service with these settings would use them, and prints for each what was found and what to do. It changes nothing, needs no
service that runs, and prints no secret. It calls Roblox a dozen times.

The exit code is 0 when nothing fails, 2 when something does, and with --strict 1 when something is only worth a warning.`,
		Example: "  grps doctor\n  grps doctor --json | jq '.findings[] | select(.result != \"ok\")'\n  grps doctor --strict && grps serve",
		Args:    takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if patience <= 0 {
				return usageError{errors.New("--timeout must be more than 0s")}
			}
			s, err := newSource(cmd.Flags())
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			symptoms := newDoctor(s, patience).examine(ctx)
			if err := printSymptoms(cmd.OutOrStdout(), symptoms, asJSON); err != nil {
				return err
			}
			return diagnosis(symptoms, strict)
		},
	}
	addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&strict, "strict", false, "end with exit code 1 when something is worth a warning")
	cmd.Flags().DurationVar(&patience, "timeout", 10*time.Second, "how long one examination may take; all together three times as long at most")
	return cmd
}

// worst returns the gravest verdict among the symptoms.
func worst(symptoms []symptom) verdict {
	for _, v := range []verdict{verdictFail, verdictWarn} {
		if count(symptoms, v) > 0 {
			return v
		}
	}
	return verdictOK
}

func count(symptoms []symptom, v verdict) int {
	n := 0
	for _, f := range symptoms {
		if f.Result == v {
			n++
		}
	}
	return n
}

// diagnosis returns the error that the symptoms deserve; its kind decides the exit code.
func diagnosis(symptoms []symptom, strict bool) error {
	switch w := worst(symptoms); {
	case w == verdictFail:
		return usageError{fmt.Errorf("%s failed; what to do stands below each", counted(count(symptoms, verdictFail), "examination"))}
	case w == verdictWarn && strict:
		return fmt.Errorf("%s, and --strict was given", counted(count(symptoms, verdictWarn), "warning"))
	}
	return nil
}

func printSymptoms(w io.Writer, symptoms []symptom, asJSON bool) error {
	if asJSON {
		return writeJSON(w, map[string]any{"result": worst(symptoms), "findings": symptoms})
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RESULT\tCHECK\tFOUND")
	for _, f := range symptoms {
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.Result, f.Check, oneLineText(f.Found))
		if f.Advice != "" {
			fmt.Fprintf(table, "\t\t→ %s\n", oneLineText(f.Advice))
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var sums []string
	for _, v := range []verdict{verdictOK, verdictWarn, verdictFail, verdictSkipped} {
		if n := count(symptoms, v); n > 0 || v == verdictOK {
			sums = append(sums, fmt.Sprintf("%d %s", n, v))
		}
	}
	_, err := fmt.Fprintf(w, "\n%s\n", strings.Join(sums, ", "))
	return err
}

// oneLineText returns a text without what would disturb a table: names of roles and files may hold anything.
func oneLineText(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || unseen(r) }), " ")
}
