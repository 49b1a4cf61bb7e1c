package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// eraseUser erases a player in a unit of its own.
func eraseUser(t *testing.T, s ports.Store, n int64) (leased bool) {
	t.Helper()
	write(t, s, func(ctx context.Context, w ports.Writer) (err error) {
		leased, err = w.EraseUser(ctx, user(n))
		return err
	})
	return leased
}

// held returns how many rows of each table are held about a player, and fails the test when a row is no JSON object.
func held(t *testing.T, s ports.Store, n int64) map[string]int {
	t.Helper()
	tables := make(map[string]int)
	err := s.Holdings(soon(t), user(n), func(table string, row []byte) error {
		tables[table]++
		var fields map[string]any
		return json.Unmarshal(row, &fields)
	})
	fine(t, "Holdings", err)
	return tables
}

// everythingAbout stores something about a player in every place: a decision that ended and one that is open, an effect that waits and one
// that was given up, and reports with and without a key.
func everythingAbout(t *testing.T, s ports.Store, n int64) {
	t.Helper()
	write(t, s, func(ctx context.Context, w ports.Writer) error {
		ended, open := decisionOf(n, 10*n, domain.StatusApplied), decisionOf(n, 10*n+1, domain.StatusPending)
		ended.Reason, ended.Detail, ended.Order = "for Player_"+fmt.Sprint(n), "detail", domain.Order{Action: domain.ActionPromote, To: "High"}
		ended.Decision.Checks = domain.ChecksOf(domain.Check{Criterion: domain.CriterionPoints, Required: 1, Actual: 100})
		ended.Decision.Returned = domain.Returned{FormerRank: "Low"}
		_, err := w.AppendSnapshots(ctx, []ports.SnapshotRecord{snapshotOf(n, 1), keyed(snapshotOf(n, 2), "arena", fmt.Sprintf("key %d", n))})
		_, wrong := w.AddFindings(ctx, []ports.FindingRecord{findingOf(n, n, 0)})
		return errors.Join(
			w.SaveStandings(ctx, placed(player(n))), err, wrong,
			w.AddDecisions(ctx, []ports.DecisionRecord{ended, open}),
			w.KeepDifferences(ctx, "walk", []ports.Difference{differenceOf(n, "Low")}),
			w.AddRewound(ctx, "rewind", []ports.Rewound{{User: user(n), Outcome: ports.RewoundFound}}),
			w.Enqueue(ctx, []ports.OutboxEntry{effectOf(domain.EffectMirror, n), effectOf(domain.EffectGroupRole, n), to(effectOf(domain.EffectWebhook, n), "staff")}),
		)
	})
	dead := false
	for !dead { // the group role goes first
		claims, err := s.Claim(soon(t), ports.AnyLane(1), longLease)
		fine(t, "Claim", err)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			_, err := w.Settle(ctx, ports.Settlement{Claim: claims[0], Result: ports.SettleDead, Reason: "no"})
			return err
		})
		dead = claims[0].Entry.Effect.User == user(n)
	}
}

func erasesOne(t *testing.T, s ports.Store) {
	t.Helper()
	everythingAbout(t, s, 1)
	everythingAbout(t, s, 2)
	names, err := s.NamesOf(soon(t), user(1))
	fine(t, "NamesOf", err)
	same(t, "NamesOf", names, []string{"Player_1"})
	before := held(t, s, 2)
	mine := held(t, s, 1)
	for _, table := range []string{"players", "player_snapshots", "decisions", "outbox", "sweep_differences", "findings", "rewound_players"} {
		if mine[table] == 0 {
			t.Errorf("Holdings: got nothing of %s, want what is stored there", table)
		}
	}
	stop := errors.New("enough")
	if err := s.Holdings(soon(t), user(1), func(string, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("Holdings whose use fails: got error %v, want that of use", err)
	}
	write(t, s, func(ctx context.Context, w ports.Writer) error {
		_, err := w.MoveDecision(ctx, decisionOf(1, 11, domain.StatusPending).ID, ports.Transition{Status: domain.StatusSuperseded, Detail: "x", At: noon()})
		return err
	})
	same(t, "leased", eraseUser(t, s, 1), false)

	same(t, "what is held", held(t, s, 1), map[string]int{})
	same(t, "what is held about another", held(t, s, 2), before)
	if _, err := s.Standing(soon(t), user(1)); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("Standing: got error %v, want ErrNotFound", err)
	}
	history, err := s.Snapshots(soon(t), user(1), 0, 5)
	fine(t, "Snapshots", err)
	same(t, "reports", len(history), 0)
	write(t, s, func(ctx context.Context, w ports.Writer) error {
		answers, err := w.Answers(ctx, []ports.RequestKey{{Principal: "arena", Key: "key 1"}, {Principal: "arena", Key: "key 2"}})
		same(t, "answers to keys", len(answers), 1)
		return err
	})
	gone, err := s.NamesOf(soon(t), user(1))
	fine(t, "NamesOf", err)
	same(t, "names", len(gone), 0)
	same(t, "differences", recordedOf(differing(t, s, "walk", 0, 5)), []string{"Low"})

	decision, err := s.Decision(soon(t), decisionOf(1, 10, domain.StatusApplied).ID)
	fine(t, "Decision", err)
	want := decisionOf(1, 10, domain.StatusApplied)
	want.UserID, want.Input, want.RequestID = domain.UserID{}, domain.Standing{}, ""
	same(t, "the decision that stays", decision, want)
	for _, number := range []int64{10, 11} {
		transitions, err := s.Transitions(soon(t), decisionOf(1, number, domain.StatusApplied).ID)
		fine(t, "Transitions", err)
		for _, next := range transitions {
			same(t, "the detail of a transition", next.Detail, "")
		}
	}
	count, err := s.CountDecisions(soon(t), ports.DecisionFilter{})
	fine(t, "CountDecisions", err)
	same(t, "decisions", count, int64(4))
}

func forgetsMentions(t *testing.T, s ports.Store) {
	t.Helper()
	one := user(4242)
	byOne, plain := decisionOf(2, 1, domain.StatusAwaitingApproval), decisionOf(3, 2, domain.StatusApplied)
	byOne.Actor, byOne.Reason, byOne.Detail = one, "player_4242 (4242) asked, Player_42420 (42420) did not", "4242"
	plain.Actor, plain.Reason = user(7), awkward
	answered := keyed(snapshotOf(2, 5), "arena", "key")
	answered.Actor, answered.Answer.Decision = one, &byOne
	review := sweepOf(1)
	review.Kind, review.State, review.Actor, review.Override, review.Cursor = ports.SweepReview, ports.SweepQueued, one, "4242 says so", "4242"
	write(t, s, func(ctx context.Context, w ports.Writer) error {
		_, _, err := w.LockAutomation(ctx)
		_, appended := w.AppendSnapshots(ctx, []ports.SnapshotRecord{answered})
		_, _, added := w.AddSweep(ctx, review)
		moved := w.AddDecisions(ctx, []ports.DecisionRecord{byOne, plain})
		_, rejected := w.MoveDecision(ctx, byOne.ID, ports.Transition{Status: domain.StatusRejected, Detail: "no, Player_4242", At: noon(), Principal: "admin", Actor: one})
		alert := domain.Alert{ID: "a", Topic: domain.AlertPaused, Text: "Player_4242 stopped it"}
		return errors.Join(err, appended, added, moved, rejected,
			w.SaveAutomation(ctx, domain.Automation{State: domain.AutomationStopped, Reason: "élodie did", Actor: one}),
			w.Enqueue(ctx, []ports.OutboxEntry{{Effect: domain.Effect{Kind: domain.EffectWebhook, Alert: alert}, Target: "staff"}}))
	})
	for _, name := range []string{"Player_4242", "Élodie"} { // of which no database need know the other case
		steps := 0
		for after := ""; ; steps++ {
			next, err := s.EraseMentions(soon(t), one, []string{name}, after)
			fine(t, "EraseMentions", err)
			if next == "" {
				break
			}
			if after = next; steps > 100 {
				t.Fatal("EraseMentions: got no end of steps, want one")
			}
		}
	}

	byOne.Actor, byOne.Reason = domain.UserID{}, domain.Redacted+" ("+domain.Redacted+") asked, Player_42420 (42420) did not"
	decision, err := s.Decision(soon(t), byOne.ID)
	fine(t, "Decision", err)
	same(t, "the actor", decision.Actor, domain.UserID{})
	same(t, "the reason", decision.Reason, byOne.Reason)
	same(t, "the detail", decision.Detail, "no, "+domain.Redacted)
	kept, err := s.Decision(soon(t), plain.ID)
	fine(t, "Decision", err)
	same(t, "a decision of another", kept, plain)
	transitions, err := s.Transitions(soon(t), byOne.ID)
	fine(t, "Transitions", err)
	same(t, "transitions", transitions, []ports.Transition{
		{Status: domain.StatusAwaitingApproval, Detail: domain.Redacted, At: noon()},
		{Status: domain.StatusRejected, Detail: "no, " + domain.Redacted, At: noon(), Principal: "admin"},
	})
	history, err := s.Snapshots(soon(t), user(2), 0, 5)
	fine(t, "Snapshots", err)
	same(t, "the actor of a report", history[0].Actor, domain.UserID{})
	write(t, s, func(ctx context.Context, w ports.Writer) error {
		answers, err := w.Answers(ctx, []ports.RequestKey{answered.Request})
		same(t, "the actor in an answer", answers[answered.Request].Answer.Decision.Actor, domain.UserID{})
		return err
	})
	sweep, err := s.Sweep(soon(t), review.ID)
	fine(t, "Sweep", err)
	same(t, "who began a review", sweep.Actor, domain.UserID{})
	same(t, "why it passes its brake over", sweep.Override, domain.Redacted+" says so")
	same(t, "where it goes on", sweep.Cursor, "4241")
	automation, err := s.Automation(soon(t))
	fine(t, "Automation", err)
	same(t, "who stopped automation", automation.Actor, domain.UserID{})
	same(t, "why", automation.Reason, domain.Redacted+" did")
	claims, err := s.ClaimWebhooks(soon(t), nil, longLease)
	fine(t, "ClaimWebhooks", err)
	same(t, "an alert", claims[0].Entry.Effect.Alert.Text, domain.Redacted+" stopped it")
	same(t, "what is held", held(t, s, 4242), map[string]int{})
}
