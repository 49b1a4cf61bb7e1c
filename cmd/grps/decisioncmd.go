package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/grps/grps/adapters/filepolicy"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func newDecision() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "decision",
		Short: "Look after the ledger of decisions",
		Args:  cobra.ArbitraryArgs,
		RunE:  chooses,
	}
	cmd.AddCommand(newDecisionVerify())
	return cmd
}

func newDecisionVerify() *cobra.Command {
	var all, asJSON, allowUnknown bool
	cmd := &cobra.Command{
		Use:   "verify ID | --all",
		Short: "Make decisions again from what they were made of, and say where another comes out",
		Long: `Reads decisions from the configured database and makes each again: from the standing that is stored with it, at its instant,
under the policy that is stored by its revision. What comes out must be what is stored, byte by byte. Nothing is changed.

What a person ordered or took back is made again from the order. What GRPS did about roles that it saw at Roblox is only
counted: what it saw is not stored. The exit code is 1 when a decision differs, and when one cannot be made again because
its policy is not stored; --allow-unknown lets those pass.`,
		Example: `  grps decision verify --all
  DATABASE_URL=postgres://grps@db/grps grps decision verify 01a205df-3d69-75c8-a941-5a1b062f530f`,
		Args: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) == 1) || len(args) > 1 {
				return usageError{fmt.Errorf("name one decision by its id, or all of them by --all; see '%s --help'", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			store, err := openExisting(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { _ = store.Close() }()
			var result audit
			if all {
				result, err = verifyAll(cmd.Context(), store, cmd.ErrOrStderr())
			} else {
				result, err = verifyOne(cmd.Context(), store, strings.ToLower(args[0]))
			}
			if err != nil {
				return err
			}
			if err := result.print(cmd.OutOrStdout(), asJSON); err != nil {
				return err
			}
			return result.verdict(allowUnknown)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every decision of the ledger")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&allowUnknown, "allow-unknown", false, "do not fail for decisions whose policy is not stored")
	return cmd
}

// maxFindings bounds how many decisions an audit lists, so that it needs no more memory for a ledger where nothing is right.
const maxFindings = 1000

// audit is what came of making decisions again.
type audit struct {
	Decisions int64     `json:"decisions"`
	Same      int64     `json:"same"`
	Differ    int64     `json:"differ"`
	Unknown   int64     `json:"unknown"` // what they were made under is not stored
	Seen      int64     `json:"seen"`    // they were made of what Roblox showed
	Erased    int64     `json:"erased"`  // they were about players who were erased
	Findings  []finding `json:"findings"`
	Unlisted  int64     `json:"unlisted"` // findings beyond the first of them
}

// finding is a decision that did not come out as it is stored, or could not be made again.
type finding struct {
	ID         string `json:"id"`
	UserID     int64  `json:"userId"`
	Verdict    string `json:"verdict"`
	Stored     string `json:"stored"`
	Recomputed string `json:"recomputed"`
	Why        string `json:"why"`
}

// count adds a decision and its proof.
func (a *audit) count(record ports.DecisionRecord, proof app.Proof) {
	a.Decisions++
	switch proof.Verdict {
	case app.VerdictSame:
		a.Same++
		return
	case app.VerdictSeen:
		a.Seen++
		return
	case app.VerdictErased:
		a.Erased++
		return
	case app.VerdictDiffers:
		a.Differ++
	case app.VerdictUnknown:
		a.Unknown++
	}
	if len(a.Findings) == maxFindings {
		a.Unlisted++
		return
	}
	a.Findings = append(a.Findings, finding{
		ID: record.ID, UserID: record.UserID.Int64(), Verdict: proof.Verdict.String(), Stored: proof.Stored, Recomputed: proof.Again, Why: proof.Why,
	})
}

// verifyAll makes every decision again. It shows on stderr how far it is.
func verifyAll(ctx context.Context, store ports.Store, stderr io.Writer) (audit, error) {
	total, err := store.CountDecisions(ctx, ports.DecisionFilter{})
	if err != nil {
		total = 0 // counting a large ledger may take longer than the database lets one statement; the walk goes on without an end in sight
	}
	bar := newProgress(stderr, "verify the ledger", total)
	defer bar.end()
	var result audit
	err = app.NewAuditor(store, filepolicy.Parse).VerifyAll(ctx, func(record ports.DecisionRecord, proof app.Proof) error {
		result.count(record, proof)
		bar.add(1)
		return nil
	})
	return result, err
}

// verifyOne makes the decision of that id again.
func verifyOne(ctx context.Context, store ports.Store, id string) (audit, error) {
	record, err := store.Decision(ctx, id)
	if errors.Is(err, domain.ErrNotFound) {
		return audit{}, fmt.Errorf("there is no decision %q in the ledger", id)
	}
	if err != nil {
		return audit{}, fmt.Errorf("read the decision: %w", err)
	}
	proof, err := app.NewAuditor(store, filepolicy.Parse).Verify(ctx, record)
	var result audit
	if err == nil {
		result.count(record, proof)
	}
	return result, err
}

// verdict returns nil when every decision was proved that can be, or what the exit code is for.
func (a audit) verdict(allowUnknown bool) error {
	switch {
	case a.Differ > 0:
		return fmt.Errorf("%d of %d decisions are not what comes out when they are made again", a.Differ, a.Decisions)
	case a.Unknown > 0 && !allowUnknown:
		return fmt.Errorf("%d of %d decisions cannot be made again: their policy is not stored; --allow-unknown lets them pass",
			a.Unknown, a.Decisions)
	}
	return nil
}

func (a audit) print(w io.Writer, asJSON bool) error {
	if asJSON {
		if a.Findings == nil {
			a.Findings = []finding{} // a list in JSON too
		}
		return writeJSON(w, a)
	}
	if len(a.Findings) > 0 {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "DECISION\tPLAYER\tVERDICT\tSTORED\tRECOMPUTED")
		for _, f := range a.Findings {
			stored, again := firstDifference(f.Stored, f.Recomputed)
			if f.Why != "" {
				again = f.Why
			}
			fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\n", f.ID, f.UserID, f.Verdict, visible(stored), visible(again))
		}
		if err := table.Flush(); err != nil {
			return err
		}
		if a.Unlisted > 0 {
			fmt.Fprintf(w, "and %d more\n", a.Unlisted)
		}
		fmt.Fprintln(w)
	}
	erased := ""
	if a.Erased > 0 {
		erased = fmt.Sprintf(", %d not to be made again, as their players were erased", a.Erased)
	}
	_, err := fmt.Fprintf(w, "%d decisions: %d the same, %d differ, %d unknown, %d seen at Roblox%s\n",
		a.Decisions, a.Same, a.Differ, a.Unknown, a.Seen, erased)
	return err
}

// firstDifference returns the first line in which two texts differ, of each; "" where a text has ended.
func firstDifference(a, b string) (inA, inB string) {
	for a != "" || b != "" {
		inA, a, _ = strings.Cut(a, "\n")
		inB, b, _ = strings.Cut(b, "\n")
		if inA != inB {
			break
		}
	}
	return inA, inB
}
