package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func newEvaluate() *cobra.Command {
	var dir, at string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "evaluate [FILE]",
		Short: "Decide about a standing on paper: policy, standing and instant in, decision out",
		Long: `Reads a standing as JSON from FILE or from standard input and prints what the policy decides about it at an instant.
Nothing is stored and nobody is told. The keys are those of a player in the API, and besides:
servedWarnings, hold, decidedAt. Only rank is needed; a player as the API answers it will do, though that does not say which
warnings were punished already.`,
		Example: `  echo '{"rank":"Volt Specialist II","rankPoints":520,"warnings":1}' | grps evaluate
  grps evaluate standing.json --policy ./policy --at 2026-01-31T12:00:00Z --json`,
		Args: takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			now := time.Now()
			if at != "" {
				var err error
				if now, err = time.Parse(time.RFC3339, at); err != nil {
					return usageError{fmt.Errorf("--at must be an instant such as 2026-01-31T12:00:00Z, not %q", at)}
				}
			}
			var dirs []string
			if dir != "" {
				dirs = []string{dir}
			}
			p, _, err := policyOf(dirs)
			if err != nil {
				return err
			}
			standing, err := readStanding(cmd.InOrStdin(), args)
			if err != nil {
				return err
			}
			decision := domain.Evaluate(p, standing, now)
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), httpapi.Document(ports.DecisionRecord{
					UserID: standing.UserID, Decision: decision, Status: domain.StatusAdvisory, CreatedAt: domain.Instant(now),
				}))
			}
			return printDecision(cmd.OutOrStdout(), decision)
		},
	}
	cmd.Flags().StringVar(&dir, "policy", "", "folder of the policy documents; by default CONFIG_DIR or the shipped example")
	cmd.Flags().StringVar(&at, "at", "", "instant to decide at, RFC 3339; by default now")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// maxStanding bounds what is read as one standing, in bytes.
const maxStanding = 64 << 10

// standingRow is a standing as people write it.
type standingRow struct {
	UserID              int64     `json:"userId"`
	Username            string    `json:"username"`
	DisplayName         string    `json:"displayName"`
	Rank                string    `json:"rank"`
	FormerRank          string    `json:"formerRank"`
	RankSince           time.Time `json:"rankSince"`
	RankPoints          int64     `json:"rankPoints"`
	Kos                 int64     `json:"kos"`
	Wos                 int64     `json:"wos"`
	Warnings            int64     `json:"warnings"`
	Recommendations     int64     `json:"recommendations"`
	ServedWarnings      int64     `json:"servedWarnings"`
	PunishmentStatus    string    `json:"punishmentStatus"`
	PunishmentExpiresAt time.Time `json:"punishmentExpiresAt"`
	Hold                bool      `json:"hold"`
	DecidedAt           time.Time `json:"decidedAt"`

	// What the API derives from these and the policy is accepted, and derived again.
	NextRank         any `json:"nextRank"`
	NextPoints       any `json:"nextRankRequiredPoints"`
	PreviousRank     any `json:"previousRank"`
	PreviousPoints   any `json:"previousRankRequiredPoints"`
	Privileged       any `json:"privileged"`
	DecisionsBlocked any `json:"decisionsBlocked"`
	CreatedAt        any `json:"createdAt"`
	LastSyncedAt     any `json:"lastSyncedAt"`
	Metadata         any `json:"metadata"`
}

func readStanding(stdin io.Reader, args []string) (domain.Standing, error) {
	in, name := stdin, "standard input"
	if len(args) > 0 && args[0] != "-" {
		file, err := os.Open(args[0])
		if err != nil {
			return domain.Standing{}, usageError{fmt.Errorf("open the standing: %w", err)}
		}
		defer file.Close()
		in, name = file, args[0]
	}
	row := standingRow{UserID: 1}
	decoder := json.NewDecoder(io.LimitReader(in, maxStanding))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&row)
	if errors.Is(err, io.EOF) {
		err = errors.New(`it is empty; write a standing such as {"rank": "Line Trooper", "rankPoints": 50}`)
	}
	if err == nil && decoder.More() {
		err = errors.New("there is more than one JSON object")
	}
	if err == nil && row.Rank == "" {
		err = errors.New("it names no rank")
	}
	if err != nil {
		return domain.Standing{}, usageError{fmt.Errorf("read the standing from %s: %w; see 'grps evaluate --help'", name, err)}
	}
	standing, err := standingOf(row)
	if err != nil {
		return domain.Standing{}, usageError{fmt.Errorf("read the standing from %s: %w", name, err)}
	}
	return standing, nil
}

func standingOf(row standingRow) (domain.Standing, error) {
	user, err := domain.NewUserID(row.UserID)
	if err != nil {
		return domain.Standing{}, err
	}
	status, err := domain.ParsePunishmentStatus(row.PunishmentStatus)
	if err != nil {
		return domain.Standing{}, err
	}
	return domain.RestoreStanding(domain.Standing{
		UserID: user, Username: row.Username, DisplayName: row.DisplayName,
		Rank: row.Rank, FormerRank: row.FormerRank, RankSince: row.RankSince,
		Points: row.RankPoints, Kos: row.Kos, Wos: row.Wos, Warnings: row.Warnings, Recommendations: row.Recommendations,
		Served: row.ServedWarnings, Punishment: domain.Punishment{Status: status, Until: row.PunishmentExpiresAt},
		Hold: row.Hold, DecidedAt: row.DecidedAt,
	})
}

func printDecision(w io.Writer, d domain.Decision) error {
	line := d.Action.String()
	if d.Action != domain.ActionNone {
		line += " " + d.From + " -> " + d.To
	}
	if d.Action == domain.ActionSuspend {
		line += " until " + d.Until.Format(time.RFC3339)
	}
	if d.NeedsApproval {
		line += " (needs approval)"
	}
	if _, err := fmt.Fprintf(w, "%s  %s: %s\n", line, d.Reason, d.Sentence()); err != nil {
		return err
	}
	for _, c := range d.Checks.All() {
		mark := "no "
		if c.Met {
			mark = "yes"
		}
		if _, err := fmt.Fprintf(w, "  %s  %-19s  %s\n", mark, c.Criterion, c.Sentence()); err != nil {
			return err
		}
	}
	return nil
}
