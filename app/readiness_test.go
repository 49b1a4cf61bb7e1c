package app_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

// ailingStore is a store that can be silent, or gone, or tell of an outbox that is full.
type ailingStore struct {
	ports.Store
	pings  atomic.Int64
	silent chan struct{} // Ping waits for it, whatever its context says; nil for not at all
	fails  error
	depths []ports.KindDepth
}

func (s *ailingStore) Ping(context.Context) error {
	s.pings.Add(1)
	if s.silent != nil {
		<-s.silent
	}
	return s.fails
}

func (s *ailingStore) KindDepths(ctx context.Context) ([]ports.KindDepth, error) {
	if s.depths != nil {
		return s.depths, nil
	}
	return s.Store.KindDepths(ctx)
}

// watchedPolicy is a policy whose newest documents may be broken.
type watchedPolicy struct {
	fixedPolicy
	broken error
}

func (p *watchedPolicy) Newest() error { return p.broken }

// patient is a service on an ailing store.
type patient struct {
	*app.Service
	store  *ailingStore
	policy *watchedPolicy
}

func newPatient(t *testing.T, changes ...func(*app.Parts)) *patient {
	t.Helper()
	p := &patient{store: &ailingStore{Store: memstore.New()}, policy: &watchedPolicy{fixedPolicy: fixedPolicy{testPolicy(t)}}}
	t.Cleanup(func() { _ = p.store.Store.Close() })
	parts := app.Parts{Store: p.store, Policies: p.policy, Clock: bubbleClock{}, IDs: &countedIDs{}, Recorder: &events{}}
	for _, change := range changes {
		change(&parts)
	}
	p.Service, _ = app.New(parts, app.DispatcherOptions{})
	return p
}

func TestAServiceThatIsWellIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := newPatient(t).Readiness(t.Context())
		if !got.Ready || got.Status() != ports.PartOK || got.Revision != "test" || !got.Newest || len(got.Depths) == 0 {
			t.Errorf("got %+v, want everything well", got)
		}
	})
}

func TestWithoutItsStoreAServiceIsNotReadyAndSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(t)
		p.store.fails = &domain.Error{Kind: domain.KindUnavailable, Message: "the store does not answer", Cause: errors.New("host canary")}
		got := p.Readiness(t.Context())
		if got.Ready || got.Status() != ports.PartFail || got.Store.Status != ports.PartFail {
			t.Errorf("got %+v, want not ready for the store", got)
		}
		if !strings.Contains(got.Store.Reason, "the store does not answer") || strings.Contains(got.Store.Reason, "canary") {
			t.Errorf("the reason is %q, want the sentence without its cause", got.Store.Reason)
		}
		p.store.fails = nil
		time.Sleep(time.Second)
		if got := p.Readiness(t.Context()); !got.Ready {
			t.Errorf("a second after the store is back: got %+v, want ready", got)
		}
	})
}

func TestAStoreThatHangsDelaysNobodyForASecondAndIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(t)
		p.store.silent = make(chan struct{})
		for range 5 { // over and over again, while the first question hangs
			began := time.Now()
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					if got := p.Readiness(t.Context()); got.Ready || got.Store.Status != ports.PartFail {
						t.Errorf("got %+v, want not ready for the store", got)
					}
				})
			}
			all.Wait()
			if took := time.Since(began); took >= time.Second {
				t.Errorf("the answers took %s, want less than a second", took)
			}
			time.Sleep(2 * time.Second)
		}
		if got := p.store.pings.Load(); got != 1 {
			t.Errorf("the store was asked %d times while it hangs, want once", got)
		}
		close(p.store.silent)
		time.Sleep(2 * time.Second)
		if got := p.Readiness(t.Context()); !got.Ready {
			t.Errorf("once the store answers again: got %+v, want ready", got)
		}
	})
}

func TestAFloodOfQuestionsCostsOneLookASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(t)
		for range 100 {
			for range 100 {
				if !p.Readiness(t.Context()).Ready {
					t.Error("got not ready, want ready")
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
		if got := p.store.pings.Load(); got < 9 || got > 11 {
			t.Errorf("10,000 questions in ten seconds: the store was asked %d times, want about ten", got)
		}
	})
}

func TestAServiceThatStopsIsNotReadyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(t)
		if !p.Readiness(t.Context()).Ready {
			t.Fatal("got not ready, want ready")
		}
		p.Leave()
		if got := p.Readiness(t.Context()); got.Ready || got.Service.Status != ports.PartFail || got.Store.Status != ports.PartOK {
			t.Errorf("got %+v, want not ready for the process alone", got)
		}
	})
}

func TestABrokenPolicyIsAWarningThatNamesTheFirstFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(t)
		p.policy.broken = &domain.Error{Kind: domain.KindInvalid, Message: "the policy cannot be used", Fields: []domain.FieldError{
			{Field: "policy.ranks.json#/ranks/0", Message: "is wrong"},
			{Field: "b", Message: "too"},
			{Field: "c", Message: "too"},
			{Field: "d", Message: "too"},
			{Field: "e", Message: "too"},
		}}
		got := p.Readiness(t.Context())
		if !got.Ready || got.Status() != ports.PartWarn || got.Newest || got.Policy.Status != ports.PartWarn || got.Revision != "test" {
			t.Errorf("got %+v, want ready with a warning", got)
		}
		if want := "policy.ranks.json#/ranks/0 is wrong; b too; c too; and 2 more"; !strings.HasSuffix(got.Policy.Reason, want) {
			t.Errorf("the reason is %q, want it to end in %q", got.Policy.Reason, want)
		}
	})
}

func TestTheOutboxIsJudgedByItsOldestWishAndByWhatWasGivenUp(t *testing.T) {
	for _, c := range []struct {
		name   string
		depths []ports.KindDepth
		want   ports.PartStatus
		says   string
	}{
		{"nothing", []ports.KindDepth{{Kind: domain.EffectGroupRole}}, ports.PartOK, "nothing waits"},
		{"a young role", []ports.KindDepth{{Kind: domain.EffectGroupRole, Waiting: 2, Oldest: 15 * time.Minute}}, ports.PartOK, "group_role for 15m0s"},
		{"an old role", []ports.KindDepth{{Kind: domain.EffectGroupRole, Waiting: 2, Oldest: 15*time.Minute + 1}}, ports.PartWarn, "2 effects"},
		{"a lost ban", []ports.KindDepth{{Kind: domain.EffectRestriction, Waiting: 1, Oldest: 2*time.Hour + 1}}, ports.PartFail, "restriction"},
		{"a late message", []ports.KindDepth{{Kind: domain.EffectWebhook, Waiting: 1, Oldest: 2 * time.Hour}}, ports.PartOK, "webhook"},
		{"a very late message", []ports.KindDepth{
			{Kind: domain.EffectGroupRole, Waiting: 1, Oldest: time.Minute}, {Kind: domain.EffectWebhook, Waiting: 1, Oldest: 20 * time.Hour},
		}, ports.PartWarn, "webhook for 20h"},
		{"the dead", []ports.KindDepth{{Kind: domain.EffectWebhook, Dead: 3}}, ports.PartWarn, "nothing waits; 3 were given up"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPatient(t)
				p.store.depths = c.depths
				got := p.Readiness(t.Context())
				if !got.Ready || got.Outbox.Status != c.want || !strings.Contains(got.Outbox.Reason, c.says) {
					t.Errorf("got %+v, want ready, %s and %q", got.Outbox, c.want, c.says)
				}
			})
		})
	}
}

func TestTheKeyIsExaminedBesideRequestsAndRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said, fails := ports.KeyState{Usable: true}, error(nil)
		key := &portsmock.KeyExaminerMock{ExamineKeyFunc: func(context.Context) (ports.KeyState, error) {
			time.Sleep(5 * time.Second) // Roblox is slow
			return said, fails
		}}
		p := newPatient(t, func(parts *app.Parts) { parts.Remote.Key = key })
		wants := func(status ports.PartStatus, says string) {
			t.Helper()
			time.Sleep(10 * time.Second)
			began := time.Now()
			got := p.Readiness(t.Context())
			if !got.Ready || got.OpenCloud.Status != status || !strings.Contains(got.OpenCloud.Reason, says) {
				t.Errorf("got %+v, want ready, %s and %q", got.OpenCloud, status, says)
			}
			if took := time.Since(began); took > 0 {
				t.Errorf("the answer took %s, want it not to wait for Roblox", took)
			}
		}
		wants(ports.PartOK, "not examined yet")
		wants(ports.PartOK, "accepts")
		for range 50 {
			time.Sleep(10 * time.Second)
			p.Readiness(t.Context())
		}
		if got := len(key.ExamineKeyCalls()); got != 1 {
			t.Errorf("in nine minutes the key was examined %d times, want once", got)
		}
		said.ExpiresAt = time.Now().Add(24 * time.Hour)
		time.Sleep(2 * time.Minute)
		p.Readiness(t.Context())
		wants(ports.PartWarn, "expires on")
		said = ports.KeyState{Reason: "the key is disabled"}
		time.Sleep(10 * time.Minute)
		p.Readiness(t.Context())
		wants(ports.PartFail, "the key is disabled")
		fails = &domain.Error{Kind: domain.KindUnavailable, Message: "Roblox cannot be reached"}
		said = ports.KeyState{Usable: true}
		time.Sleep(time.Minute)
		p.Readiness(t.Context())
		wants(ports.PartFail, "the key is disabled") // which is the last that is known
		fails = nil
		time.Sleep(time.Minute)
		p.Readiness(t.Context())
		wants(ports.PartOK, "accepts")
		fails = &domain.Error{Kind: domain.KindUnavailable, Message: "Roblox cannot be reached"}
		time.Sleep(10 * time.Minute)
		p.Readiness(t.Context())
		wants(ports.PartWarn, "Roblox cannot be reached")
	})
}

func TestAProcessThatSendsNothingExaminesNoKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := &portsmock.KeyExaminerMock{}
		p := newPatient(t, func(parts *app.Parts) { parts.Remote.Key, parts.Stopped = key, true })
		if got := p.Readiness(t.Context()); !got.Ready || got.OpenCloud.Status != ports.PartWarn {
			t.Errorf("got %+v, want ready with a warning", got.OpenCloud)
		}
		if got := newPatient(t).Readiness(t.Context()); got.OpenCloud.Status != ports.PartOK {
			t.Errorf("without a key: got %+v, want ok", got.OpenCloud)
		}
	})
}
