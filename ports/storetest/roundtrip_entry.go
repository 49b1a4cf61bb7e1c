package storetest

import (
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func entryRoundTrip(t *testing.T, h Harness) {
	t.Helper()

	t.Run("every field of an outbox entry comes back, waiting and claimed, but its delay", func(t *testing.T) {
		s := h.open(t)
		known(t, s, domain.MaxID)
		decide(t, s, h.fullRecord())
		want := h.fullEntry()
		given := after(time.Microsecond, want)
		full(t, given)
		enqueue(t, s, given)
		same(t, "Waiting", waiting(t, s, domain.MaxID), []ports.OutboxEntry{want})
		same(t, "Claim.Entry", claimSoon(t, s).Entry, want)
	})

	t.Run("an outbox entry of every kind comes back without its optional values", func(t *testing.T) {
		s := h.open(t)
		for _, kind := range domain.EffectKinds() {
			n := int64(kind)
			known(t, s, n)
			want := ports.OutboxEntry{Effect: domain.Effect{Kind: kind, User: user(n)}}
			if kind == domain.EffectWebhook {
				want.Target = "webhook " + awkward
			}
			enqueue(t, s, want)
			same(t, "Waiting", waiting(t, s, n), []ports.OutboxEntry{want})
			claims := append(claim(t, s, 10, longLease), claimWebhooks(t, s)...)
			same(t, "Claim.Entry", only(t, claims).Entry, want)
		}
	})

	t.Run("the end of a restriction comes back in UTC and in microseconds", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		want := effectOf(domain.EffectRestriction, 1)
		want.Effect.Until = h.instant(1)
		given := want
		given.Effect.Until = abroad(given.Effect.Until)
		enqueue(t, s, given)
		same(t, "Claim.Entry", claimOne(t, s).Entry, want)
	})
}
