package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/grps/grps/adapters/filepolicy"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/policy"
)

func newPolicy() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Check and show the rules",
		Args:  cobra.ArbitraryArgs,
		RunE:  chooses,
	}
	cmd.AddCommand(newPolicyCheck(), newPolicyShow())
	return cmd
}

func newPolicyCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check [DIR]",
		Short: "Check the policy documents in a folder",
		Long: `Checks the documents in DIR, or in CONFIG_DIR, or the shipped example, and prints every fault with its file, its
place in the file and what to write instead. The exit code is 0 when the policy can be used and 2 when not.`,
		Example: "  grps policy check\n  grps policy check ./policy",
		Args:    takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, from, err := policyOf(args)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if _, err := fmt.Fprintf(out, "ok: %s: %d ranks, revision %s\n", from, p.Ladder().Len(), p.Revision()); err != nil {
				return err
			}
			for _, remark := range remarks(p) {
				if _, err := fmt.Fprintln(out, "note:", remark); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// remarks returns what is allowed in a policy but perhaps not meant.
func remarks(p domain.Policy) []string {
	var lines, unmapped []string
	if _, ok := p.Ladder().Suspension(); !ok {
		lines = append(lines, "no rank has isPunishment, so suspensions and bans change no role")
	}
	for r := range p.Ladder().Managed() {
		if r.Role.IsZero() {
			unmapped = append(unmapped, r.Name)
		}
	}
	if len(unmapped) > 0 {
		lines = append(lines, "ranks without a roleId exist in the record only: "+strings.Join(unmapped, ", "))
	}
	return lines
}

func newPolicyShow() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show [DIR]",
		Short:   "Print the rank ladder, lowest rank first",
		Example: "  grps policy show\n  grps policy show ./policy --json",
		Args:    takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, _, err := policyOf(args)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), ranksOf(p))
			}
			return printLadder(cmd.OutOrStdout(), p)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// policyOf loads the policy of the folder that args name, or of CONFIG_DIR, or the shipped one, and says which it is.
func policyOf(args []string) (domain.Policy, string, error) {
	s, err := newSource(nil)
	if err != nil {
		return domain.Policy{}, "", err
	}
	dir := s.text("CONFIG_DIR")
	if len(args) > 0 {
		dir = args[0]
		if dir == "" {
			return domain.Policy{}, "", usageError{errors.New("the folder of the policy is empty; name one, or leave it out")}
		}
	}
	if dir == "" {
		p, err := filepolicy.Load(policy.Documents())
		return p, "the shipped example", err
	}
	p, err := filepolicy.LoadDir(dir)
	return p, dir, err
}

// rankRow is a rank as `grps policy show --json` prints it.
type rankRow struct {
	Name         string `json:"name"`
	MinPoints    int64  `json:"minPoints"`
	MinTimeDays  int64  `json:"minTimeDays"`
	Level        string `json:"level"`
	Privileged   bool   `json:"privileged"`
	IsPunishment bool   `json:"isPunishment"`
	RoleID       int64  `json:"roleId"`
}

func ranksOf(p domain.Policy) []rankRow {
	var rows []rankRow
	for r := range p.Ladder().Managed() {
		rows = append(rows, rankRow{r.Name, r.MinPoints, r.MinTimeDays, r.Level, r.Privileged, r.Punishment, r.Role.Int64()})
	}
	return rows
}

func printLadder(w io.Writer, p domain.Policy) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RANK\tPOINTS\tDAYS\tLEVEL\tROLE\tNOTES")
	for _, r := range ranksOf(p) {
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\t%s\n", r.Name, r.MinPoints, r.MinTimeDays, cmp.Or(r.Level, "-"), roleText(r.RoleID), notes(p, r))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	rules := p.Punishments()
	_, err := fmt.Fprintf(w, "\nSuspended for %d days at %d warnings, banned at %d. Privileged ranks: %s. Revision %s\n",
		rules.TrialDays, rules.TrialThreshold, rules.SevereThreshold, p.Privileged(), p.Revision())
	return err
}

func roleText(id int64) string {
	if id == 0 {
		return "-"
	}
	return strconv.FormatInt(id, 10)
}

func notes(p domain.Policy, r rankRow) string {
	text := ""
	add := func(note string, holds bool) {
		if holds && text != "" {
			text += ", "
		}
		if holds {
			text += note
		}
	}
	perm := p.Permission(r.Name)
	add("privileged", r.Privileged)
	add("suspension rank", r.IsPunishment)
	add("locked", perm.Locked)
	add("ignored", perm.Ignored)
	return cmp.Or(text, "-")
}
