package storetest

import (
	"context"
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
