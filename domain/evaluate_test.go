package domain_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

var update = flag.Bool("update", false, "write what Evaluate answers into the want part of testdata/evaluate; review it as a diff")

// caseFile is one file of testdata/evaluate: with this policy, a player who stands so is decided about so.
type caseFile struct {
	Description string          `json:"description"`
	Policy      json.RawMessage `json:"policy,omitempty"` // what differs from testdata/standard-policy.json
	Standing    json.RawMessage `json:"standing"`
	Now         time.Time       `json:"now"`
	Want        decisionWanted  `json:"want"`
}

type decisionWanted struct {
	Action        string        `json:"action"`
	From          string        `json:"from"`
	To            string        `json:"to"`
	Reason        string        `json:"reason"`
	Until         string        `json:"until,omitempty"`
	NeedsApproval bool          `json:"needsApproval"`
	Sentence      string        `json:"sentence"`
	Checks        []checkWanted `json:"checks"`
}

type checkWanted struct {
	Criterion string `json:"criterion"`
	Action    string `json:"action,omitempty"`
	Rank      string `json:"rank,omitempty"`
	Required  *int64 `json:"required,omitempty"` // absent for a plain fact
	Actual    *int64 `json:"actual,omitempty"`
	Unknown   bool   `json:"unknown,omitempty"`
	Met       bool   `json:"met"`
	Sentence  string `json:"sentence"`
}

func TestEvaluateDecidesEveryCaseAsItsFileSays(t *testing.T) {
	files := must(filepath.Glob("testdata/evaluate/*.json"))(t)
	if len(files) < 60 {
		t.Errorf("got %d case files, want at least 60: are they gone?", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			var c caseFile
			decode(t, must(os.ReadFile(file))(t), &c)
			var standing standingDocument
			decode(t, c.Standing, &standing)
			policy := standardDocument(t).with(t, c.Policy).policy(t)

			got := wantedFrom(domain.Evaluate(policy, standing.standing(t), c.Now))

			if *update {
				c.Want = got
				rewrite(t, file, c)
				return
			}
			if diff := cmp.Diff(c.Want, got); diff != "" {
				t.Errorf("%s\ndecision (-want +got):\n%s", c.Description, diff)
			}
		})
	}
}

func wantedFrom(d domain.Decision) decisionWanted {
	wanted := decisionWanted{
		Action: d.Action.String(), From: d.From, To: d.To, Reason: string(d.Reason),
		NeedsApproval: d.NeedsApproval, Sentence: d.Sentence(), Checks: []checkWanted{},
	}
	if !d.Until.IsZero() {
		wanted.Until = d.Until.Format(time.RFC3339Nano)
	}
	for _, check := range d.Checks.All() {
		c := checkWanted{
			Criterion: check.Criterion.String(), Rank: check.Rank,
			Unknown: check.Unknown, Met: check.Met, Sentence: check.Sentence(),
		}
		if check.Action != domain.ActionNone {
			c.Action = check.Action.String()
		}
		if check.Criterion.Unit() != "" {
			c.Required, c.Actual = &check.Required, &check.Actual
		}
		wanted.Checks = append(wanted.Checks, c)
	}
	return wanted
}

func rewrite(t *testing.T, file string, c caseFile) {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(c); err != nil {
		t.Fatalf("writing the case: %v", err)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		t.Fatalf("writing the case: %v", err)
	}
}
