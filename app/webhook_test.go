package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

// ears are webhooks that remember what they were told, and when.
type ears struct {
	mu     sync.Mutex
	heard  []ports.WebhookMessage
	tries  map[string][]time.Time // by webhook
	ids    map[string][]string
	answer map[string]func(try int) error // by webhook; try counts from 1
}

func newEars() *ears {
	return &ears{tries: make(map[string][]time.Time), ids: make(map[string][]string), answer: make(map[string]func(int) error)}
}

func (e *ears) mock() *portsmock.WebhooksMock {
	return &portsmock.WebhooksMock{SendFunc: func(ctx context.Context, m ports.WebhookMessage) error {
		e.mu.Lock()
		e.tries[m.Webhook] = append(e.tries[m.Webhook], time.Now())
		e.ids[m.Webhook] = append(e.ids[m.Webhook], m.ID)
		try, answer := len(e.tries[m.Webhook]), e.answer[m.Webhook]
		e.mu.Unlock()
		if answer != nil {
			if err := answer(try); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		e.heard = append(e.heard, m)
		return nil
	}}
}

// lines returns what a webhook has heard, as "action status of user".
func (e *ears) lines(webhook string) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var lines []string
	for _, m := range e.heard {
		if m.Webhook == webhook {
			lines = append(lines, fmt.Sprintf("%s %s of %s", m.Decision.Decision.Action, m.Decision.Status, m.Decision.UserID))
		}
	}
	return lines
}

func (e *ears) triesOf(webhook string) []time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.tries[webhook])
}

// wantHeard fails the test unless the webhook has heard exactly that.
func (e *ears) wantHeard(t *testing.T, webhook string, want ...string) {
	t.Helper()
	if got := e.lines(webhook); !slices.Equal(got, want) {
		t.Errorf("%s heard %q, want %q", webhook, got, want)
	}
}

// withEars returns a service that ranks members of a group and tells webhooks of those names.
func withEars(t *testing.T, names ...string) (*bench, *ears) {
	t.Helper()
	return withEarsOn(t, memstore.New(), names...)
}

func withEarsOn(t *testing.T, store ports.Store, names ...string) (*bench, *ears) {
	t.Helper()
	g, e := newGroup(), newEars()
	b := newBenchOn(t, store, app.Remote{Roles: g.mock(), Webhooks: e.mock(), Targets: targets(names...)})
	b.group = g
	return b, e
}

func targets(names ...string) []ports.Webhook {
	var all []ports.Webhook
	for _, name := range names {
		all = append(all, ports.Webhook{Name: name})
	}
	return all
}

// seldom is withEars for what takes days: its dispatcher looks for work every ten seconds only.
func seldom(t *testing.T, store ports.Store, remote app.Remote) *bench {
	t.Helper()
	b := newBenchOn(t, store, remote)
	b.service, b.dispatcher = app.New(app.Parts{
		Store: store, Policies: fixedPolicy{testPolicy(t)}, Clock: bubbleClock{}, IDs: &countedIDs{}, Recorder: b.events, Remote: remote,
	}, app.DispatcherOptions{Jitter: func() float64 { return 1 }, Poll: 10 * time.Second})
	return b
}

// dead returns what was given up, as "target attempts reason", the newest first.
func (b *bench) dead() []string {
	b.t.Helper()
	page, err := b.service.Undelivered(b.t.Context(), ports.DeadFilter{}, "", 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	var lines []string
	for _, d := range page.Entries {
		lines = append(lines, fmt.Sprintf("%s %d %s", d.Entry.Target, d.Attempts, d.Reason))
	}
	return lines
}

func TestEveryWebhookIsToldOnceHowADecisionEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := withEars(t, "staff", "log")
		b.group.join(t, 7, "Trooper")
		b.group.join(t, 8, "Sergeant")
		b.group.fail(unavailable(5 * time.Second))
		b.run()
		applied := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		time.Sleep(2 * time.Second)
		e.wantHeard(t, "staff") // Roblox has not confirmed it
		time.Sleep(10 * time.Second)
		superseded := b.apply(b.report(8, 250, rank("Trooper"))).Decision // it is a Sergeant by now
		time.Sleep(time.Second)
		failed := b.apply(b.report(9, 250, rank("Trooper"))).Decision // not a member
		time.Sleep(time.Minute)
		for _, webhook := range []string{"staff", "log"} {
			e.wantHeard(t, webhook, "PROMOTE applied of 7", "PROMOTE superseded of 8", "PROMOTE applied of 8", "PROMOTE failed of 9")
		}
		adopted := b.decisionsAbout(8)[0] // what somebody did by hand
		for i, d := range []*ports.DecisionRecord{applied, superseded, &adopted, failed} {
			var told []ports.WebhookMessage
			for _, m := range e.heard {
				if m.Webhook == "staff" {
					told = append(told, m)
				}
			}
			want := b.decision(d.ID)
			if m := told[i]; m.ID != d.ID || !m.At.Equal(want.UpdatedAt) || m.Username != fmt.Sprintf("Player%s", d.UserID) || m.Decision.Detail != want.Detail {
				t.Errorf("told %+v, want the decision as it stands in the ledger", m)
			}
		}
	})
}

func TestAWebhookHearsOnlyOfTheActionsThatItAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEars()
		b := newBench(t, app.Remote{Webhooks: e.mock(), Targets: []ports.Webhook{
			{Name: "all"}, {Name: "bans", Actions: []domain.Action{domain.ActionBan, domain.ActionSuspend}},
		}})
		b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		b.apply(b.report(7, 250, warnings(7)))
		time.Sleep(time.Minute)
		e.wantHeard(t, "all", "PROMOTE applied of 7", "BAN applied of 7")
		e.wantHeard(t, "bans", "BAN applied of 7")
	})
}

func TestAWebhookHearsOfAPlayersDecisionsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEars()
		e.answer["staff"] = func(try int) error {
			if try <= 3 {
				return unavailable(0)
			}
			return nil
		}
		b := newBench(t, app.Remote{Webhooks: e.mock(), Targets: targets("staff")})
		b.apply(b.report(7, 250, rank("Trooper")))
		for _, n := range []int64{4, 7} {
			time.Sleep(time.Second)
			b.apply(b.report(7, 250, warnings(n)))
		}
		b.run()
		time.Sleep(10 * time.Minute)
		e.wantHeard(t, "staff", "PROMOTE applied of 7", "SUSPEND applied of 7", "BAN applied of 7")
	})
}

// The promise: a bad sink never delays decisions or other sinks.
func TestAWebhookThatHangsDelaysNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const queued = 500
		b, e := withEars(t, "hangs", "hangs-too", "works")
		hang := func(int) error {
			time.Sleep(8 * time.Second)
			return unavailable(0)
		}
		e.answer["hangs"], e.answer["hangs-too"] = hang, hang
		for user := int64(1); user <= queued; user++ {
			b.group.join(t, user, "Trooper")
			if _, err := b.service.Ingest(t.Context(), ports.IngestRequest{Report: b.report(user, 250, rank("Trooper")), Apply: true}); err != nil {
				t.Fatal(err)
			}
		}
		b.run()
		began := time.Now()
		for len(e.lines("works")) < queued {
			time.Sleep(time.Second)
			if time.Since(began) > time.Minute {
				t.Fatalf("the webhook that works has heard %d of %d after a minute", len(e.lines("works")), queued)
			}
		}
		time.Sleep(time.Minute) // two webhooks hang, with hundreds of messages each
		b.group.join(t, 7000, "Trooper")
		asked := time.Now()
		wantStatus(t, *b.apply(b.report(7000, 250, rank("Trooper"))).Decision, domain.ActionPromote, domain.StatusApplied)
		if took := time.Since(asked); took > 100*time.Millisecond {
			t.Errorf("a role change took %s beside webhooks that hang", took)
		}
		time.Sleep(time.Second)
		if heard := e.lines("works"); heard[len(heard)-1] != "PROMOTE applied of 7000" {
			t.Errorf("the webhook that works has not heard of it within a second: %q", heard[len(heard)-1])
		}
		if tries := len(e.triesOf("hangs")); tries > 20 {
			t.Errorf("the webhook that hangs was tried %d times in two minutes", tries)
		}
	})
}

func TestAWebhookThatIsBackWithinADayHearsEverythingUnderTheSameID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, e := memstore.New(), newEars()
		defer store.Close()
		b := seldom(t, store, app.Remote{Webhooks: e.mock(), Targets: targets("staff")})
		back := time.Now().Add(22 * time.Hour)
		e.answer["staff"] = func(int) error {
			if time.Now().Before(back) {
				return unavailable(0)
			}
			return nil
		}
		b.run()
		d := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		time.Sleep(24 * time.Hour)
		e.wantHeard(t, "staff", "PROMOTE applied of 7")
		for _, id := range e.ids["staff"] {
			if id != d.ID {
				t.Errorf("a try had the id %s, want %s every time", id, d.ID)
			}
		}
		if dead := b.dead(); dead != nil {
			t.Errorf("given up: %q", dead)
		}
	})
}

func TestWhatAWebhookDoesNotTakeForADayIsGivenUpAndCanBeReplayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, e := memstore.New(), newEars()
		defer store.Close()
		b := seldom(t, store, app.Remote{Webhooks: e.mock(), Targets: targets("staff")})
		e.answer["staff"] = func(int) error { return unavailable(0) }
		b.run()
		began := time.Now()
		d := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		time.Sleep(26 * time.Hour)
		tries := e.triesOf("staff")
		if n := len(tries); n < 30 || n > 60 {
			t.Errorf("tried %d times in a day", n)
		}
		if last := tries[len(tries)-1].Sub(began); last < 24*time.Hour || last > 25*time.Hour+time.Minute {
			t.Errorf("the last try was %s after the first, want a day and an hour at most", last)
		}
		want := fmt.Sprintf("staff %d given up at its deadline; last: down: Roblox does not answer", len(tries))
		if got := b.dead(); !slices.Equal(got, []string{want}) {
			t.Errorf("given up: %q, want %q", got, want)
		}
		e.answer["staff"] = nil
		done, err := b.service.Redeliver(t.Context(), ports.DeadFilter{Kind: domain.EffectWebhook})
		if err != nil || done != (ports.Revival{Revived: 1}) {
			t.Errorf("replayed %+v (%v), want one", done, err)
		}
		time.Sleep(2 * time.Minute)
		e.wantHeard(t, "staff", "PROMOTE applied of 7")
		if id := e.ids["staff"][len(tries)]; id != d.ID {
			t.Errorf("replayed under the id %s, want %s", id, d.ID)
		}
		if got := b.dead(); got != nil {
			t.Errorf("still given up: %q", got)
		}
	})
}

func TestWhatAWebhookRefusesIsGivenUpAfterOneMoreTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := withEars(t, "staff")
		b.group.join(t, 7, "Trooper")
		e.answer["staff"] = func(int) error { return denied() }
		b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		time.Sleep(10 * time.Minute)
		if tries := e.triesOf("staff"); len(tries) != 2 {
			t.Errorf("tried %d times, want 2", len(tries))
		}
		if want := []string{"staff 2 permission_denied: the key may not do this"}; !slices.Equal(b.dead(), want) {
			t.Errorf("given up: %q, want %q", b.dead(), want)
		}
	})
}

func TestAWebhookIsLeftAloneForAsLongAsItAsks(t *testing.T) {
	for name, kind := range map[string]domain.Kind{"when it is told too much": domain.KindExhausted, "when it is down": domain.KindUnavailable} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEars()
				e.answer["staff"] = func(try int) error {
					if try == 1 {
						return &domain.Error{Kind: kind, Code: "later", Message: "later", RetryAfter: 10 * time.Minute}
					}
					return nil
				}
				b := newBench(t, app.Remote{Webhooks: e.mock(), Targets: targets("staff", "other")})
				for user := int64(1); user <= 5; user++ {
					b.apply(b.report(user, 250, rank("Trooper")))
				}
				b.run()
				time.Sleep(9 * time.Minute)
				if tries := e.triesOf("staff"); len(tries) != 1 {
					t.Errorf("tried %d times within the ten minutes that it asked for, want once", len(tries))
				}
				if heard := e.lines("other"); len(heard) != 5 {
					t.Errorf("another webhook has heard %q meanwhile, want five decisions", heard)
				}
				time.Sleep(2 * time.Minute)
				if heard := e.lines("staff"); len(heard) != 5 {
					t.Errorf("heard %q, want five decisions", heard)
				}
			})
		})
	}
}

// A webhook that hangs for days, under more decisions than it could be told one by one in that time.
func TestWhatIsTooOldIsGivenUpWithoutBeingTriedOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const queued = 40
		e := newEars()
		e.answer["staff"] = func(int) error {
			time.Sleep(8 * time.Second)
			return unavailable(time.Hour)
		}
		store := memstore.New()
		defer store.Close()
		b := seldom(t, store, app.Remote{Webhooks: e.mock(), Targets: targets("staff")})
		for user := int64(1); user <= queued; user++ {
			b.apply(b.report(user, 250, rank("Trooper")))
		}
		b.run()
		time.Sleep(50 * time.Hour)
		if dead := b.dead(); len(dead) != queued || !strings.Contains(dead[0], "given up at its deadline; last: down:") {
			t.Errorf("given up: %d, want %d, each with the reason: %q", len(dead), queued, dead[0])
		}
		if tries := len(e.triesOf("staff")); tries < 40 || tries > 60 {
			t.Errorf("tried %d times, want about once an hour", tries)
		}
	})
}

func TestWhatAWebhookThatIsGoneWasToBeToldWaitsAndIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		defer store.Close()
		with, _ := withEarsOn(t, store, "staff")
		with.group.join(t, 7, "Trooper")
		without := seldom(t, store, app.Remote{Roles: with.group.mock()})
		with.apply(with.report(7, 250, rank("Trooper")))
		without.run()
		time.Sleep(20 * time.Hour)
		if dead := without.dead(); dead != nil {
			t.Errorf("given up too soon: %q", dead)
		}
		states, err := without.service.Webhooks(t.Context())
		if err != nil || len(states) != 1 || states[0].Configured || states[0].Depth.Waiting != 1 {
			t.Errorf("got %+v (%v), want one that is not configured, with one message waiting", states, err)
		}
		time.Sleep(6 * time.Hour)
		if dead := without.dead(); len(dead) != 1 || !strings.Contains(dead[0], "webhook_not_configured") {
			t.Errorf("given up: %q, want one with the reason", dead)
		}
	})
}

func TestStoppingFinishesWhatAWebhookIsBeingTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := withEars(t, "staff")
		b.group.join(t, 7, "Trooper")
		e.answer["staff"] = func(int) error {
			time.Sleep(3 * time.Second)
			return nil
		}
		stop := b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		time.Sleep(time.Second)
		stop()
		e.wantHeard(t, "staff", "PROMOTE applied of 7")
		if depths, err := b.store.WebhookDepths(t.Context()); err != nil || len(depths) != 0 {
			t.Errorf("left over: %+v (%v)", depths, err)
		}
	})
}

func TestTwoProcessesTellAWebhookEachThingOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		defer store.Close()
		one, e := withEarsOn(t, store, "staff")
		two := newBenchOn(t, store, app.Remote{Roles: one.group.mock(), Webhooks: e.mock(), Targets: targets("staff")})
		for user := int64(1); user <= 40; user++ {
			one.group.join(t, user, "Trooper")
			if _, err := one.service.Ingest(t.Context(), ports.IngestRequest{Report: one.report(user, 250, rank("Trooper")), Apply: true}); err != nil {
				t.Fatal(err)
			}
		}
		one.run()
		two.run()
		time.Sleep(time.Minute)
		heard := e.lines("staff")
		slices.Sort(heard)
		if len(heard) != 40 || len(slices.Compact(heard)) != 40 {
			t.Errorf("heard %d messages, want 40 different ones", len(heard))
		}
	})
}

func TestATestOfAWebhookIsTriedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := withEars(t, "staff", "bad")
		e.answer["bad"] = func(int) error { return denied() }
		trial, err := b.service.TryWebhook(t.Context(), "staff")
		if err != nil || !trial.Taken || len(e.heard) != 1 || e.heard[0].Alert.Topic != domain.AlertTest {
			t.Errorf("got %+v (%v), and it heard %+v", trial, err, e.heard)
		}
		trial, err = b.service.TryWebhook(t.Context(), "bad")
		if err != nil || trial.Taken || trial.Reason != "permission_denied: the key may not do this" {
			t.Errorf("got %+v (%v), want the reason", trial, err)
		}
		if _, err = b.service.TryWebhook(t.Context(), "nobody"); domain.KindOf(err) != domain.KindNotFound {
			t.Errorf("got %v, want that there is no such webhook", err)
		}
	})
}

func TestWhatWasGivenUpIsShownPageByPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := withEars(t, "staff")
		e.answer["staff"] = func(int) error { return denied() }
		b.run()
		for user := int64(1); user <= 5; user++ {
			b.apply(b.report(user, 250, rank("Trooper"))) // not a member: the role change dies too
			time.Sleep(time.Minute)
		}
		var kinds []string
		cursor := ""
		for range 10 {
			page, err := b.service.Undelivered(t.Context(), ports.DeadFilter{}, cursor, 3)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range page.Entries {
				kinds = append(kinds, d.Entry.Effect.Kind.String())
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(kinds) != 10 {
			t.Errorf("the pages show %q, want five role changes and five messages", kinds)
		}
		done, err := b.service.Redeliver(t.Context(), ports.DeadFilter{})
		if err != nil || done != (ports.Revival{Revived: 5, Settled: 5}) {
			t.Errorf("replayed %+v (%v), want the five messages", done, err)
		}
		for _, cursor := range []string{"x", "0", "-1", "1.5"} {
			if _, err := b.service.Undelivered(t.Context(), ports.DeadFilter{}, cursor, 3); domain.KindOf(err) != domain.KindInvalid {
				t.Errorf("cursor %q: got %v, want it refused", cursor, err)
			}
		}
	})
}

func TestATargetThatNothingHasIsNotFoundAndOneOfBeforeIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		before, e := withEarsOn(t, store, "staff", "gone")
		e.answer["gone"] = func(int) error { return denied() }
		before.run()
		before.apply(before.report(1, 250, rank("Trooper"))) // not a member: the role change dies too
		time.Sleep(time.Minute)

		b := newBenchOn(t, store, app.Remote{Webhooks: e.mock(), Targets: targets("staff"), Universes: universes(t, 42)})
		for _, kind := range []domain.EffectKind{0, domain.EffectWebhook, domain.EffectMirror} {
			for _, target := range []string{"", "staff", "gone", "42", "gnoe", "STAFF"} {
				known := target == "" || target == "staff" || target == "gone" || target == "42" && kind == 0 || kind == domain.EffectMirror
				_, err := b.service.Undelivered(t.Context(), ports.DeadFilter{Kind: kind, Target: target}, "", 3)
				if errors.Is(err, domain.ErrNotFound) == known || known && err != nil {
					t.Errorf("listing %d of %q: got %v, want it known %t", kind, target, err, known)
				}
				_, err = b.service.Redeliver(t.Context(), ports.DeadFilter{Kind: kind, Target: target, IDs: []int64{1 << 40}})
				if errors.Is(err, domain.ErrNotFound) == known || known && err != nil {
					t.Errorf("replaying %d of %q: got %v, want it known %t", kind, target, err, known)
				}
			}
		}
		if _, err := b.service.Undelivered(t.Context(), ports.DeadFilter{Target: "gnoe"}, "77", 3); err != nil {
			t.Errorf("the end of a list: got %v, want an empty page", err)
		}
		done, err := b.service.Redeliver(t.Context(), ports.DeadFilter{Target: "gone"})
		if err != nil || done != (ports.Revival{Revived: 1}) {
			t.Errorf("replayed %+v (%v), want what the webhook of before was not told", done, err)
		}
		if done, err = b.service.Redeliver(t.Context(), ports.DeadFilter{Target: "gone"}); err != nil || done != (ports.Revival{}) {
			t.Errorf("replayed again %+v (%v), want nothing, as it waits", done, err)
		}
	})
}

// lookedFor counts the claims that would have taken something for a webhook.
type lookedFor struct {
	ports.Store
	mu     sync.Mutex
	claims int
}

func (l *lookedFor) ClaimWebhooks(ctx context.Context, busy []string, lease time.Duration) ([]ports.Claim, error) {
	l.mu.Lock()
	if !slices.Contains(busy, "staff") {
		l.claims++
	}
	l.mu.Unlock()
	return l.Store.ClaimWebhooks(ctx, busy, lease)
}

// What waits for a webhook that is down may be a lot, and all of it is looked through when nothing of it is due.
func TestTheOutboxIsNotSearchedAgainAndAgainForAWebhookThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memstore.New()
		defer inner.Close()
		store := &lookedFor{Store: inner}
		b, e := withEarsOn(t, store, "staff")
		b.group.join(t, 7, "Trooper")
		e.answer["staff"] = func(int) error { return unavailable(0) }
		b.run()
		b.apply(b.report(7, 250, rank("Trooper")))
		time.Sleep(2 * time.Hour)
		store.mu.Lock()
		before := store.claims
		store.mu.Unlock()
		time.Sleep(time.Hour)
		store.mu.Lock()
		defer store.mu.Unlock()
		if n := store.claims - before; n > 720+5 {
			t.Errorf("looked %d times in an hour, want every five seconds at most", n)
		}
	})
}

func TestADecisionThatIsOpenIsToldOnceItHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, e := withEars(t, "staff")
		b.run()
		first := b.ingest(ports.IngestRequest{Report: b.report(7, 250, rank("Trooper"))}).Player.Standing
		open := ports.DecisionRecord{
			ID: "00000000-0000-7000-8000-00000000ffff", UserID: first.UserID, Input: first, Status: domain.StatusHeld, CreatedAt: time.Now().UTC(), UpdatedAt: time.Now().UTC(),
			Decision: domain.Decision{Action: domain.ActionPromote, From: "Trooper", To: "Corporal", Reason: domain.ReasonEligible},
		}
		write := func(fn func(context.Context, ports.Writer) error) {
			t.Helper()
			if err := b.store.Write(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		write(func(ctx context.Context, w ports.Writer) error {
			if err := w.AddDecisions(ctx, []ports.DecisionRecord{open}); err != nil {
				return err
			}
			return w.Enqueue(ctx, []ports.OutboxEntry{{
				Effect: domain.Effect{Kind: domain.EffectWebhook, User: first.UserID}, Target: "staff", DecisionID: open.ID,
			}})
		})
		time.Sleep(5 * time.Minute)
		e.wantHeard(t, "staff")
		write(func(ctx context.Context, w ports.Writer) error {
			_, err := w.MoveDecision(ctx, open.ID, ports.Transition{Status: domain.StatusRejected, At: time.Now().UTC()})
			return err
		})
		time.Sleep(5 * time.Minute)
		e.wantHeard(t, "staff", "PROMOTE rejected of 7")
	})
}
