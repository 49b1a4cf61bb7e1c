package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// told returns an entry that tells a webhook about the player and can be told from others by its mark.
func told(n int64, webhook, mark string) ports.OutboxEntry {
	e := to(effectOf(domain.EffectWebhook, n), webhook)
	e.Effect.Rank = mark
	return e
}

// alert returns an entry that tells a webhook something that is about no player.
func alert(webhook, mark string) ports.OutboxEntry {
	return ports.OutboxEntry{
		Effect: domain.Effect{
			Kind: domain.EffectWebhook, Rank: mark, Alert: domain.Alert{ID: "id of " + mark, Topic: "topic", Text: awkward},
		},
		Target: webhook,
	}
}

// claimWebhooks leases an entry for each webhook that is not busy, for a long time.
func claimWebhooks(t *testing.T, s ports.Store, busy ...string) []ports.Claim {
	t.Helper()
	claims, err := s.ClaimWebhooks(soon(t), busy, longLease)
	if err != nil {
		t.Fatalf("ClaimWebhooks(%q): got error %v, want none", busy, err)
	}
	return claims
}

// wantTold claims for the webhooks that are not busy and fails the test unless exactly those are told exactly that.
func wantTold(t *testing.T, s ports.Store, why string, busy []string, want ...string) []ports.Claim {
	t.Helper()
	claims := claimWebhooks(t, s, busy...)
	got := labels(claims)
	if len(got) != 0 || len(want) != 0 {
		same(t, "ClaimWebhooks: "+why, got, want)
	}
	return claims
}

// settleTold ends a claim, that of an alert too.
func settleTold(t *testing.T, s ports.Store, c ports.Claim, result ports.SettleResult) {
	t.Helper()
	settled := false
	write(t, s, func(ctx context.Context, w ports.Writer) (err error) {
		if user := c.Entry.Effect.User; !user.IsZero() {
			if _, err = w.LockStandings(ctx, []domain.UserID{user}); err != nil {
				return err
			}
		}
		settled, err = w.Settle(ctx, ports.Settlement{Claim: c, Result: result, After: longLease, Reason: undelivered})
		return err
	})
	if !settled {
		t.Errorf("Settle of %s: got false, want true", label(c.Entry))
	}
}

func webhooks(t *testing.T, h Harness) {
	t.Helper()

	t.Run("for each webhook one entry is claimed: the one longest due, by the webhook's name", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, told(1, "staff", "a"), told(1, "log", "b"))
		pause(t.Context(), shortLease/6) // so that the store's clock tells the two apart
		enqueue(t, s, told(2, "staff", "c"), told(2, "audit", "d"))
		wantTold(t, s, "all at once", nil, "webhook 2 audit d", "webhook 1 log b", "webhook 1 staff a")
		wantTold(t, s, "what is left", nil, "webhook 2 staff c")
		wantTold(t, s, "everything is leased", nil)
	})

	t.Run("nothing is claimed for a webhook that is busy", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, told(1, "a", "1"), told(1, "b", "2"), told(1, "c", "3"))
		wantTold(t, s, "two are busy", []string{"a", "c"}, "webhook 1 b 2")
		wantTold(t, s, "all are busy or leased", []string{"c", "a", awkward})
		wantTold(t, s, "none is busy", nil, "webhook 1 a 1", "webhook 1 c 3")
	})

	t.Run("a player's entries to one webhook are all kept and claimed one after another, in order", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, inLane(5, told(1, "staff", "a")), told(1, "staff", "b"))
		enqueue(t, s, inLane(-1, told(1, "staff", "b")), told(1, "staff", "c"))
		for _, mark := range []string{"a", "b", "b", "c"} {
			claims := wantTold(t, s, "the oldest", nil, "webhook 1 staff "+mark)
			wantTold(t, s, "the older one is leased", nil)
			settleTold(t, s, claims[0], ports.SettleDelivered)
		}
		wantTold(t, s, "nothing is left", nil)
		same(t, "Depth", depth(t, s), ports.OutboxDepth{})
	})

	t.Run("an entry waits for an older one that is put off, and for none that is dead", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, told(1, "staff", "a"), told(1, "staff", "b"))
		settleTold(t, s, claimWebhooks(t, s)[0], ports.SettleRetry)
		wantTold(t, s, "the older one is put off", nil)
		enqueue(t, s, told(2, "staff", "c"), told(2, "staff", "d"))
		claims := wantTold(t, s, "another player does not wait", nil, "webhook 2 staff c")
		settleTold(t, s, claims[0], ports.SettleDead)
		wantTold(t, s, "the older one is dead", nil, "webhook 2 staff d")
	})

	t.Run("a webhook that is put off or dead holds up no other webhook", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, told(1, "bad", "a"), told(1, "good", "a"), told(1, "dead", "a"))
		for _, c := range claimWebhooks(t, s) {
			settleTold(t, s, c, map[string]ports.SettleResult{
				"bad": ports.SettleRetry, "good": ports.SettleDelivered, "dead": ports.SettleDead,
			}[c.Entry.Target])
		}
		enqueue(t, s, told(1, "bad", "b"), told(1, "good", "b"), told(1, "dead", "b"))
		wantTold(t, s, "the others", nil, "webhook 1 dead b", "webhook 1 good b")
	})

	t.Run("what webhooks are told waits for what settles decisions of the player, as long as that waits", func(t *testing.T) {
		s := h.open(t)
		n := int64(0)
		for _, settling := range []domain.EffectKind{domain.EffectGroupRole, domain.EffectRestriction} {
			for _, result := range []ports.SettleResult{ports.SettleDelivered, ports.SettleDead} {
				n++
				known(t, s, n)
				enqueue(t, s, told(n, "staff", "a"), effectOf(settling, n))
				wantTold(t, s, "it waits", nil)
				c := claimOne(t, s)
				wantTold(t, s, "it is leased", nil)
				settle(t, s, c, result, 0)
				wantTold(t, s, "it is settled", nil, fmt.Sprintf("webhook %d staff a", n))
			}
		}
	})

	t.Run("nothing waits for what webhooks are told, and no webhook for what other servers are told", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, told(1, "staff", "a"))
		enqueue(t, s, effectOf(domain.EffectMirror, 1), announcement(1, "b"), effectOf(domain.EffectObserve, 1))
		same(t, "Claim", labels(claim(t, s, 10, longLease)), []string{"mirror 1", "announce 1 b", "observe 1"})
		claims := wantTold(t, s, "the others are leased", nil, "webhook 1 staff a")
		settleTold(t, s, claims[0], ports.SettleRetry)
		enqueue(t, s, effectOf(domain.EffectGroupRole, 1))
		same(t, "Claim", labels(claim(t, s, 10, longLease)), []string{"group_role 1 Storm Corporal I"})
	})

	t.Run("claiming the one leaves the other alone", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, told(1, "staff", "a"), effectOf(domain.EffectMirror, 1))
		wantTold(t, s, "a mirror is no webhook", nil, "webhook 1 staff a")
		same(t, "Claim", labels(claim(t, s, 10, longLease)), []string{"mirror 1"})
		idle(t, s, "only a webhook's entry is left")
	})

	t.Run("what is about no player is told in order, and comes back as it was", func(t *testing.T) {
		s := h.open(t)
		first, second := alert("staff", "a"), alert("staff", "b")
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			return w.Enqueue(ctx, []ports.OutboxEntry{first, second, alert("log", "c")})
		})
		claims := claimWebhooks(t, s, "log")
		same(t, "Claim.Entry", only(t, claims).Entry, first)
		wantTold(t, s, "the older one is leased", nil, "webhook 0 log c")
		settleTold(t, s, claims[0], ports.SettleDelivered)
		same(t, "Claim.Entry", only(t, claimWebhooks(t, s)).Entry, second)
	})

	t.Run("a lease that is over can be claimed again: the next attempt, first tried when it was", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, told(1, "staff", "a"))
		first, err := s.ClaimWebhooks(soon(t), nil, shortLease)
		if err != nil {
			t.Fatalf("ClaimWebhooks: got error %v, want none", err)
		}
		want := only(t, first)
		pause(t.Context(), 2*shortLease)
		want.Attempt = 2
		same(t, "the second claim", only(t, claimWebhooks(t, s)), want)
	})

	t.Run("the depth counts what webhooks are told, together and for each", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		enqueue(t, s, told(1, "b", "1"), told(1, "b", "2"), told(1, "c", "3"), told(1, "a", "4"), effectOf(domain.EffectMirror, 1))
		settleTold(t, s, claimWebhooks(t, s, "a", "c")[0], ports.SettleDead)
		settleTold(t, s, claimWebhooks(t, s, "a", "b")[0], ports.SettleDead)
		pause(t.Context(), shortLease)
		if d := depth(t, s); d.Waiting != 3 || d.Dead != 2 {
			t.Errorf("Depth: got %+v, want 3 waiting and 2 dead", d)
		}
		depths, err := s.WebhookDepths(soon(t))
		if err != nil {
			t.Fatalf("WebhookDepths: got error %v, want none", err)
		}
		for i, d := range depths {
			if waits := d.Webhook != "c"; waits && (d.Oldest < shortLease/2 || d.Oldest > patience) || !waits && d.Oldest != 0 {
				t.Errorf("WebhookDepths of %s: got %s for the oldest that waits", d.Webhook, d.Oldest)
			}
			depths[i].Oldest = 0
		}
		same(t, "WebhookDepths", depths, []ports.WebhookDepth{
			{Webhook: "a", Waiting: 1}, {Webhook: "b", Waiting: 1, Dead: 1}, {Webhook: "c", Dead: 1},
		})
	})

	t.Run("eight workers tell two webhooks everything once and each player's in order", func(t *testing.T) {
		s := h.open(t)
		const everybody, each = 5, 4
		for n := range int64(everybody) {
			known(t, s, n+1)
			for i := range each {
				enqueue(t, s, told(n+1, "a", fmt.Sprint(i)), told(n+1, "b", fmt.Sprint(i)))
			}
		}
		heard := tellWithWorkers(t, s, 8)
		for n := range int64(everybody) {
			for _, webhook := range []string{"a", "b"} {
				to := fmt.Sprintf("%s %d", webhook, n+1)
				same(t, "what is told to "+to, heard[to], []string{"0", "1", "2", "3"})
			}
		}
	})
}

// tellWithWorkers delivers everything to webhooks and returns what each heard of each player.
func tellWithWorkers(t *testing.T, s ports.Store, workers int) map[string][]string {
	t.Helper()
	ctx := soon(t)
	var mu sync.Mutex
	heard := make(map[string][]string)
	for i, err := range race(workers, func(int) error {
		for ctx.Err() == nil {
			claims, err := s.ClaimWebhooks(ctx, nil, longLease)
			if err != nil {
				return err
			}
			for _, c := range claims {
				mu.Lock()
				to := fmt.Sprintf("%s %s", c.Entry.Target, c.Entry.Effect.User)
				heard[to] = append(heard[to], c.Entry.Effect.Rank)
				mu.Unlock()
				if err := deliver(ctx, s, c); err != nil {
					return err
				}
			}
			if d, err := s.Depth(ctx); err != nil || d.Waiting == 0 {
				return err
			}
		}
		return ctx.Err()
	}) {
		if err != nil {
			t.Errorf("worker %d: got error %v, want none", i, err)
		}
	}
	return heard
}
