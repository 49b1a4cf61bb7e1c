package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// fine ends the test when a call failed.
func fine(t *testing.T, call string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: got error %v, want none", call, err)
	}
}

// erasureOf returns the n-th erasure, of the player of that number.
func erasureOf(n int64) ports.Erasure {
	return ports.Erasure{
		ID: fmt.Sprintf("01890a5d-ac96-774b-bcce-%012x", n), User: user(n), Mark: fmt.Sprintf("mark of %d", n), KeyID: "a",
		Principal: "admin", State: ports.ErasureQueued, AskedAt: noon(),
	}
}

// addErasures adds each in a unit.
func addErasures(t *testing.T, s ports.Store, erasures ...ports.Erasure) {
	t.Helper()
	write(t, s, func(ctx context.Context, w ports.Writer) error {
		for _, e := range erasures {
			if _, added, err := w.AddErasure(ctx, e); err != nil || !added {
				return fmt.Errorf("AddErasure(%s): added %t, error %w", e.ID, added, err)
			}
		}
		return nil
	})
}

// saveErasure saves it in a unit.
func saveErasure(t *testing.T, s ports.Store, e ports.Erasure) (saved bool) {
	t.Helper()
	write(t, s, func(ctx context.Context, w ports.Writer) (err error) {
		saved, err = w.SaveErasure(ctx, e)
		return err
	})
	return saved
}

// marked returns the ids of the erasures with those marks.
func marked(t *testing.T, s ports.Store, marks ...string) []string {
	t.Helper()
	ids := []string{}
	write(t, s, func(ctx context.Context, w ports.Writer) error {
		erasures, err := w.ErasuresOf(ctx, marks)
		ids = idsOfErasures(erasures)
		return err
	})
	return ids
}

func idsOfErasures(erasures []ports.Erasure) []string {
	ids := make([]string, len(erasures))
	for i, e := range erasures {
		ids[i] = e.ID
	}
	return ids
}

func erasures(t *testing.T, h Harness) {
	t.Helper()

	t.Run("every field of an erasure comes back", func(t *testing.T) {
		s := h.open(t)
		want := ports.Erasure{
			ID: erasureOf(1).ID, User: user(domain.MaxID), Mark: awkward, KeyID: "key " + awkward, Notification: "n " + awkward,
			Principal: "p " + awkward, State: ports.ErasureQueued, Banned: true, AskedAt: h.instant(1), EndedAt: h.instant(2),
		}
		full(t, want)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			got, added, err := w.AddErasure(ctx, want)
			same(t, "AddErasure", got, want)
			same(t, "it was added", added, true)
			return err
		})
		got, err := s.Erasure(soon(t), want.ID)
		fine(t, "Erasure", err)
		same(t, "Erasure", got, want)
		if _, err := s.Erasure(soon(t), erasureOf(2).ID); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("Erasure of an id that is not stored: got error %v, want ErrNotFound", err)
		}
	})

	t.Run("of one notification the first erasure is kept, also against another writer, and without one nothing is", func(t *testing.T) {
		s := h.open(t)
		first, second, byHand := erasureOf(1), erasureOf(2), erasureOf(3)
		first.Notification, second.Notification = "n", "n"
		addErasures(t, s, first, byHand, erasureOf(4))
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			got, added, err := w.AddErasure(ctx, second)
			same(t, "AddErasure of a notification that is stored", got, first)
			same(t, "it was added", added, false)
			return err
		})
		err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
			_, _, err := w.AddErasure(ctx, byHand)
			return err
		})
		if !errors.Is(err, domain.ErrConflict) {
			t.Errorf("AddErasure of an id that is stored: got error %v, want ErrConflict", err)
		}
	})

	t.Run("saving writes how far it came, a ban that was said once stays said, and who is unknown is said to be", func(t *testing.T) {
		s := h.open(t)
		want := erasureOf(1)
		addErasures(t, s, want)
		want.User, want.State, want.Banned = domain.UserID{}, ports.ErasureRemoving, true
		changed := want
		changed.Mark, changed.KeyID, changed.Principal, changed.AskedAt = "other", "other", "other", noon().Add(time.Hour)
		same(t, "SaveErasure", saveErasure(t, s, changed), true)
		want.State, want.EndedAt = ports.ErasureDone, noon()
		changed.State, changed.EndedAt, changed.Banned = ports.ErasureDone, noon(), false
		same(t, "SaveErasure again", saveErasure(t, s, changed), true)
		got, err := s.Erasure(soon(t), want.ID)
		fine(t, "Erasure", err)
		same(t, "Erasure", got, want)
		same(t, "SaveErasure of none", saveErasure(t, s, erasureOf(9)), false)
	})

	t.Run("erasures come newest first, page by page, and what is added meanwhile shifts nothing", func(t *testing.T) {
		s := h.open(t)
		page := func(before string, limit int) []string {
			found, err := s.Erasures(soon(t), before, limit)
			fine(t, "Erasures", err)
			return idsOfErasures(found)
		}
		same(t, "of none", len(page("", 5)), 0)
		addErasures(t, s, erasureOf(3), erasureOf(1), erasureOf(2))
		same(t, "the first page", page("", 2), []string{erasureOf(3).ID, erasureOf(2).ID})
		addErasures(t, s, erasureOf(4))
		same(t, "the second page", page(erasureOf(2).ID, 2), []string{erasureOf(1).ID})
		same(t, "behind the end", len(page(erasureOf(1).ID, 2)), 0)
		same(t, "a page of nothing", len(page("", 0)), 0)
	})

	t.Run("those that are queued come oldest first, and those of a mark unless they are lifted", func(t *testing.T) {
		s := h.open(t)
		queued := func(after string, limit int) []string {
			found, err := s.QueuedErasures(soon(t), after, limit)
			fine(t, "QueuedErasures", err)
			return idsOfErasures(found)
		}
		keys := func() []string {
			keys, err := s.ErasureKeys(soon(t))
			fine(t, "ErasureKeys", err)
			return keys
		}
		same(t, "queued of none", len(queued("", 5)), 0)
		same(t, "keys of none", len(keys()), 0)
		done, lifted, other := erasureOf(2), erasureOf(3), erasureOf(5)
		other.KeyID, other.Mark = "b", erasureOf(1).Mark
		addErasures(t, s, other, erasureOf(4), lifted, done, erasureOf(1))
		done.State, lifted.State = ports.ErasureDone, ports.ErasureLifted
		saveErasure(t, s, done)
		saveErasure(t, s, lifted)
		same(t, "queued", queued("", 2), []string{erasureOf(1).ID, erasureOf(4).ID})
		same(t, "queued behind those", queued(erasureOf(4).ID, 5), []string{other.ID})
		same(t, "of marks", marked(t, s, erasureOf(1).Mark, done.Mark, lifted.Mark, "none"), []string{erasureOf(1).ID, done.ID, other.ID})
		same(t, "of no marks", len(marked(t, s)), 0)
		same(t, "keys", keys(), []string{"a", "b"})
		other.State = ports.ErasureLifted
		saveErasure(t, s, other)
		same(t, "keys of what is not lifted", keys(), []string{"a"})
	})

	t.Run("the first key that is offered is kept, whoever offers one at once", func(t *testing.T) {
		s := h.open(t)
		none, err := s.KeepErasureKey(soon(t), "")
		fine(t, "KeepErasureKey of nothing", err)
		same(t, "KeepErasureKey of nothing", none, "")
		const n = 8
		got := make(chan string, n)
		for i := range n {
			go func() {
				kept, err := s.KeepErasureKey(soon(t), fmt.Sprintf("key %d", i))
				if err != nil {
					kept = err.Error()
				}
				got <- kept
			}()
		}
		first := <-got
		for range n - 1 {
			same(t, "KeepErasureKey", <-got, first)
		}
		for _, offered := range []string{"another", ""} {
			again, err := s.KeepErasureKey(soon(t), offered)
			fine(t, "KeepErasureKey again", err)
			same(t, "KeepErasureKey again", again, first)
		}
	})

	t.Run("nothing of a player stays but decisions about nobody, and others stay as they are", func(t *testing.T) { erasesOne(t, h.open(t)) })
	t.Run("somebody unknown is erased without an error, and twice", func(t *testing.T) {
		s := h.open(t)
		for range 2 {
			same(t, "leased", eraseUser(t, s, 5), false)
		}
	})
	t.Run("an effect that is leased is told of", func(t *testing.T) {
		s := h.open(t)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			return w.Enqueue(ctx, []ports.OutboxEntry{effectOf(domain.EffectMirror, 1), effectOf(domain.EffectMirror, 2)})
		})
		claims, err := s.Claim(soon(t), ports.AnyLane(1), longLease)
		fine(t, "Claim", err)
		leased := claims[0].Entry.Effect.User.Int64()
		same(t, "leased", eraseUser(t, s, leased), true)
		same(t, "the other", eraseUser(t, s, 3-leased), false)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			live, err := w.Settle(ctx, ports.Settlement{Claim: claims[0], Result: ports.SettleRetry})
			same(t, "the claim of what is gone", live, false)
			return err
		})
	})
	t.Run("strays are users of whom something is stored who are no players", func(t *testing.T) {
		s := h.open(t)
		strays := func(after domain.UserID, limit int) []int64 {
			users, err := s.Strays(soon(t), after, limit)
			fine(t, "Strays", err)
			numbers := []int64{}
			for _, u := range users {
				numbers = append(numbers, u.Int64())
			}
			return numbers
		}
		same(t, "in an empty store", strays(domain.UserID{}, 9), []int64{})
		everythingAbout(t, s, 1)
		nobody := to(effectOf(domain.EffectWebhook, 1), "staff")
		nobody.Effect.User = domain.UserID{}
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			_, err := w.AddFindings(ctx, []ports.FindingRecord{findingOf(4, 4, 0)})
			return errors.Join(
				err,
				w.KeepDifferences(ctx, "walk", []ports.Difference{differenceOf(3, "Low"), differenceOf(5, "Low")}),
				w.AddRewound(ctx, "rewind", []ports.Rewound{{User: user(domain.MaxID), Outcome: ports.RewoundFound}, {User: user(5), Outcome: ports.RewoundFound}}),
				w.Enqueue(ctx, []ports.OutboxEntry{effectOf(domain.EffectMirror, 2), nobody}),
			)
		})
		same(t, "all", strays(domain.UserID{}, 9), []int64{2, 3, 4, 5, domain.MaxID})
		same(t, "the first", strays(domain.UserID{}, 2), []int64{2, 3})
		same(t, "behind those", strays(user(3), 2), []int64{4, 5})
		same(t, "behind the last", strays(user(domain.MaxID), 2), []int64{})
		same(t, "none of them", strays(domain.UserID{}, 0), []int64{})
		eraseUser(t, s, 5)
		save(t, s, player(3))
		same(t, "without one who was erased and one who is known", strays(domain.UserID{}, 9), []int64{2, 4, domain.MaxID})
	})
	t.Run("what others wrote and did forgets who is erased, step by step", func(t *testing.T) { forgetsMentions(t, h.open(t)) })
}

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
