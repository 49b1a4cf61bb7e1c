package main

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/grps/grps/adapters/filekeys"
	"github.com/grps/grps/adapters/filepolicy"
	"github.com/grps/grps/domain"
)

// secretBytes is how much of a secret is random.
const secretBytes = 32

// keyPrefix begins every secret, so that whoever looks for secrets in a repository or a log finds it.
const keyPrefix = "grps_"

func newKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make keys for KEYS_FILE, and check the file",
		Args:  cobra.ArbitraryArgs,
		RunE:  chooses,
	}
	cmd.AddCommand(newKeysNew(), newKeysCheck())
	return cmd
}

// keyEntry is a key as KEYS_FILE holds it.
type keyEntry struct {
	Name        string     `json:"name"`
	SHA256      string     `json:"sha256"`
	Scopes      []string   `json:"scopes"`
	Experiences []string   `json:"experiences,omitempty"`
	MaxRank     string     `json:"maxRank,omitempty"`
	Actors      any        `json:"actors,omitempty"`
	NotBefore   string     `json:"notBefore,omitempty"`
	ExpiresAt   string     `json:"expiresAt,omitempty"`
	Signed      bool       `json:"signed,omitempty"`
	Rate        *rateEntry `json:"rate,omitempty"`
}

type rateEntry struct {
	PerSecond float64 `json:"perSecond"`
	Burst     int     `json:"burst,omitempty"`
}

func newKeysNew() *cobra.Command {
	entry, rate, actors := keyEntry{}, rateEntry{}, []string(nil)
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Make a key: print its secret, once, and the line to store",
		Long: `Makes a secret. The first line printed is the secret, for the caller; it is kept nowhere. The second is the entry for
the list "keys" of KEYS_FILE, which holds its hash only.`,
		Example: "  grps keys new --name lobby --scope ingest,decide --experience Lobby --max-rank 'Storm Corporal I'\n" +
			"  grps keys new --name dashboard --scope read,approve --actor any --expires-at 2027-01-01T00:00:00Z --signed",
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if rate != (rateEntry{}) {
				entry.Rate = &rate
			}
			entry.Actors = actorsEntry(actors)
			secret := make([]byte, secretBytes)
			_, _ = rand.Read(secret) // it never fails
			return printKey(cmd.OutOrStdout(), cmd.ErrOrStderr(), keyPrefix+hex.EncodeToString(secret), entry)
		},
	}
	f := cmd.Flags()
	f.StringVar(&entry.Name, "name", "", "its name, which logs and records show (required)")
	f.StringSliceVar(&entry.Scopes, "scope", nil, "what it may do: ingest, read, decide, approve, admin (required)")
	f.StringSliceVar(&entry.Experiences, "experience", nil, "an experience that it may report for: its name, or the id of its universe; else any")
	f.StringVar(&entry.MaxRank, "max-rank", "", "the highest rank that its decisions may grant; else any")
	f.StringSliceVar(&actors, "actor", nil, "a Roblox user whom it may act for, or any; else nobody")
	f.StringVar(&entry.NotBefore, "not-before", "", "an instant before which it opens nothing, such as 2027-01-01T00:00:00Z")
	f.StringVar(&entry.ExpiresAt, "expires-at", "", "an instant from which on it opens nothing")
	f.BoolVar(&entry.Signed, "signed", false, "its requests must be signed, and never hold the secret")
	f.Float64Var(&rate.PerSecond, "rate", 0, "how many requests a second it may make in the long run; else as many as others")
	f.IntVar(&rate.Burst, "burst", 0, "how many of them at once; by default those of a second")
	return cmd
}

// actorsEntry returns what stands in the file for the actors of the command line. What is no id stays a text, which the check refuses.
func actorsEntry(actors []string) any {
	switch {
	case len(actors) == 0:
		return nil
	case len(actors) == 1 && actors[0] == filekeys.AnyActor:
		return filekeys.AnyActor
	}
	list := make([]any, len(actors))
	for i, actor := range actors {
		list[i] = actor
		if n, err := strconv.ParseInt(actor, 10, 64); err == nil {
			list[i] = n
		}
	}
	return list
}

// printKey prints a secret and its entry, once the entry is found to be good.
func printKey(stdout, stderr io.Writer, secret string, entry keyEntry) error {
	sum := sha256.Sum256([]byte(secret))
	entry.SHA256 = hex.EncodeToString(sum[:])
	line, err := json.Marshal(entry)
	if err != nil {
		return fmt.Errorf("write the key down: %w", err)
	}
	if _, err := filekeys.Parse(fmt.Appendf(nil, `{"keys":[%s]}`, line), nil, ownNames()...); err != nil {
		return inFlags(err)
	}
	fmt.Fprintln(stderr, `The first line is the secret, which is shown this once. The second goes into KEYS_FILE: {"keys":[…]}`)
	_, err = fmt.Fprintf(stdout, "%s\n%s\n", secret, line)
	return err
}

// keyFlags returns the flags that fill the members of a key in.
func keyFlags() map[string]string {
	return map[string]string{
		"name": "--name", "scopes": "--scope", "experiences": "--experience", "maxRank": "--max-rank", "actors": "--actor", "notBefore": "--not-before",
		"expiresAt": "--expires-at", "rate/perSecond": "--rate", "rate/burst": "--burst",
	}
}

// inFlags names the flags where a fault of a new key names its members.
func inFlags(err error) error {
	e, ok := errors.AsType[*domain.Error](err)
	if !ok {
		return err
	}
	named := *e
	named.Message, named.Fields = "the key cannot be made", nil
	flags := keyFlags()
	for _, f := range e.Fields {
		f.Field = strings.TrimPrefix(f.Field, "keys#/keys/0/")
		member, _, _ := strings.Cut(f.Field, "/")
		if flag := cmp.Or(flags[f.Field], flags[member]); flag != "" {
			f.Field = flag
		}
		named.Fields = append(named.Fields, f)
	}
	return &named
}

func newKeysCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check a file of keys, KEYS_FILE by default, and print what each may do",
		Long: `Reads the file as the service does, beside the keys of the environment, and says what is wrong with it. Of a good one it prints the
keys, and warns of those whose maxRank is no rung of the ladder in CONFIG_DIR.`,
		Example: "  grps keys check keys.json\n  KEYS_FILE=/etc/grps/keys.json grps keys check",
		Args:    takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := newSource(cmd.Flags())
			if err != nil {
				return err
			}
			file := s.text("KEYS_FILE")
			if len(args) > 0 {
				file = args[0]
			}
			if file == "" {
				return usageError{errors.New("name a file of keys, or set KEYS_FILE; see 'grps keys check --help'")}
			}
			r := reader{source: s}
			keys, err := filekeys.Load(file, environmentKeys(r.secrets("INBOUND_API_KEYS"), r.secrets("ADMIN_API_KEYS")), ownNames()...)
			if err != nil {
				return aboutFile(err, file)
			}
			policy, err := filepolicy.LoadDir(s.text("CONFIG_DIR"))
			if err != nil {
				return err
			}
			for _, name := range offLadder(policy.Ladder(), keys) {
				fmt.Fprintf(cmd.ErrOrStderr(), "warning: the maxRank of the key %s is no rung of the ladder, so it can grant no rank\n", name)
			}
			return printKeys(cmd.OutOrStdout(), keys, time.Now())
		},
	}
	addFlags(cmd.Flags(), "CONFIG_DIR")
	return cmd
}

// aboutFile names the file that was checked, which need not be that of KEYS_FILE.
func aboutFile(err error, file string) error {
	e, ok := errors.AsType[*domain.Error](err)
	if !ok {
		return err
	}
	named := *e
	named.Message = strings.Replace(e.Message, "of KEYS_FILE", "of "+file, 1)
	return &named
}

func printKeys(w io.Writer, keys []domain.Key, now time.Time) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tSCOPES\tSTATE\tEXPERIENCES\tMAX RANK\tACTORS\tSIGNED\tRATE")
	for _, key := range keys {
		signed, rate := "no", "-"
		if key.Signed {
			signed = "yes"
		}
		if key.Rate != (domain.Rate{}) {
			rate = fmt.Sprintf("%g/s, %d at once", key.Rate.PerSecond, key.Rate.Burst)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", key.Name, key.Scopes, keyState(key, now),
			cmp.Or(strings.Join(key.Experiences, ", "), "any"), cmp.Or(key.MaxRank, "any"), actorsText(key), signed, rate)
	}
	return table.Flush()
}

// keyState says whether a key opens anything now.
func keyState(key domain.Key, now time.Time) string {
	switch {
	case now.Before(key.NotBefore):
		return "from " + key.NotBefore.Format(time.RFC3339)
	case key.ExpiresAt.IsZero():
		return "live"
	case key.Live(now):
		return "until " + key.ExpiresAt.Format(time.RFC3339)
	}
	return "expired " + key.ExpiresAt.Format(time.RFC3339)
}

func actorsText(key domain.Key) string {
	if key.AnyActor {
		return filekeys.AnyActor
	}
	var ids []string
	for _, user := range key.Actors {
		ids = append(ids, user.String())
	}
	return cmp.Or(strings.Join(ids, ", "), "nobody")
}
