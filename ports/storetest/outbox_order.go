package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func outboxOrder(t *testing.T, h Harness) {
	t.Helper()

	t.Run("lower lanes are claimed first, and in a lane those longest due", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3, 4, 5)
		for _, e := range []ports.OutboxEntry{
			inLane(2, effectOf(domain.EffectMirror, 1)), inLane(1, effectOf(domain.EffectMirror, 2)),
			inLane(-1, effectOf(domain.EffectMirror, 3)), inLane(1, effectOf(domain.EffectMirror, 4)),
			inLane(0, effectOf(domain.EffectMirror, 5)),
		} {
			enqueue(t, s, e)
		}
		want := []string{"mirror 3", "mirror 5", "mirror 2", "mirror 4", "mirror 1"}
		same(t, "Claim", labels(claim(t, s, 10, longLease)), want)
	})

	t.Run("small claims follow the same order", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3)
		for n := range int64(3) {
			enqueue(t, s, inLane(ports.Lane(3-n), effectOf(domain.EffectMirror, n+1)))
		}
		for _, want := range []string{"mirror 3", "mirror 2", "mirror 1"} {
			same(t, "Claim", labels(claim(t, s, 1, longLease)), []string{want})
		}
		idle(t, s, "everything is leased")
	})

	t.Run("entries of one call are claimed in the order of the call", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3, 4)
		var entries []ports.OutboxEntry
		for _, n := range []int64{3, 1, 4, 2} {
			entries = append(entries, effectOf(domain.EffectMirror, n))
		}
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			users := []domain.UserID{user(1), user(2), user(3), user(4)}
			if _, err := w.LockStandings(ctx, users); err != nil {
				return err
			}
			return w.Enqueue(ctx, entries)
		})
		want := []string{"mirror 3", "mirror 1", "mirror 4", "mirror 2"}
		same(t, "Claim", labels(claim(t, s, 10, longLease)), want)
	})

	t.Run("an entry put off goes behind those that were due meanwhile", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		first := claimOne(t, s)
		enqueue(t, s, effectOf(domain.EffectMirror, 2))
		pause(t.Context(), shortLease/6) // so that the store's clock tells the two apart
		settle(t, s, first, ports.SettleRetry, 0)
		same(t, "Claim", labels(claim(t, s, 10, longLease)), []string{"mirror 2", "mirror 1"})
	})

	t.Run("effects of one kind about different targets are claimed together", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, to(effectOf(domain.EffectRestriction, 1), "a"), to(effectOf(domain.EffectRestriction, 1), "b"),
			effectOf(domain.EffectGroupRole, 1))
		want := []string{"restriction 1 a", "restriction 1 b", "group_role 1 Storm Corporal I"}
		same(t, "Claim", labels(claim(t, s, 10, longLease)), want)
	})

	t.Run("a claim names a first lease of a first wish, with instants of the store's clock", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, effectOf(domain.EffectMirror, 1))
		enqueue(t, s, effectOf(domain.EffectMirror, 2))
		claims := claim(t, s, 10, longLease)
		if len(claims) != 2 || claims[0].ID == claims[1].ID {
			t.Fatalf("Claim: got %v, want two claims with ids of their own", claims)
		}
		for _, c := range claims {
			if c.Attempt != 1 || c.EnqueuedAt.IsZero() || c.FirstTried.Before(c.EnqueuedAt) {
				t.Errorf("Claim: got %+v, want attempt 1, first tried no earlier than enqueued", c)
			}
			for name, at := range map[string]time.Time{"FirstTried": c.FirstTried, "EnqueuedAt": c.EnqueuedAt} {
				if at != domain.Instant(at) {
					t.Errorf("%s: got %s, want UTC in microseconds", name, at)
				}
			}
		}
	})

	t.Run("waiting entries come oldest wish first, those leased or put off too, the dead not", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, to(effectOf(domain.EffectGroupRole, 1), "put off"), to(effectOf(domain.EffectRestriction, 1), "dead"),
			to(effectOf(domain.EffectRestriction, 1), "leased"))
		enqueue(t, s, inLane(-1, announcement(1, "new")), announcement(1, "newer"))
		enqueue(t, s, effectOf(domain.EffectMirror, 2))
		for _, c := range claim(t, s, 3, longLease) {
			switch c.Entry.Target {
			case "put off":
				settle(t, s, c, ports.SettleRetry, longLease)
			case "dead":
				settle(t, s, c, ports.SettleDead, 0)
			}
		}
		want := []string{
			"group_role 1 put off Storm Corporal I", "restriction 1 leased", "announce 1 new", "announce 1 newer",
		}
		same(t, "Waiting", labelsOf(waiting(t, s, 1)), want)
	})
}
