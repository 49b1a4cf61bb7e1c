package app_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// expire lets an expirer of this service work until the test ends.
func (b *bench) expire() {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	var done sync.WaitGroup
	done.Go(func() { b.service.Expirer().Run(ctx) })
	b.t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

func TestAQuestionExpiresExactlyWhenItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		asked := b.question()
		b.expire()
		time.Sleep(app.DefaultApprovalTTL - time.Microsecond)
		wantStatus(t, b.decision(asked.ID), domain.ActionPromote, domain.StatusAwaitingApproval)
		time.Sleep(time.Microsecond)
		synctest.Wait()
		want := ports.Transition{Status: domain.StatusExpired, Detail: "nobody approved it in time", At: asked.CreatedAt.Add(app.DefaultApprovalTTL)}
		if trail := b.transitions(asked.ID); len(trail) != 2 || trail[1] != want {
			t.Errorf("it came to %+v, want %+v last", trail, want)
		}
		_, err := b.service.Approve(t.Context(), ports.ApprovalRequest{Caller: admin(t), ID: asked.ID})
		wantRefused(t, err, "not_awaiting", "it is expired (nobody approved it in time)")
		again := b.apply(b.report(7, 460)).Decision
		wantStatus(t, *again, domain.ActionPromote, domain.StatusAwaitingApproval)
		if again.ID == asked.ID {
			t.Error("the next report found the old question, want it to ask anew")
		}
		b.wantRank("Sergeant")
	})
}

func TestNobodyCanAnswerAQuestionWhoseTimeIsOverEvenBeforeItIsCleanedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, answer := range map[string]func(*bench, ports.ApprovalRequest) error{
			"approve": func(b *bench, r ports.ApprovalRequest) error { _, err := b.service.Approve(t.Context(), r); return err },
			"reject":  func(b *bench, r ports.ApprovalRequest) error { _, err := b.service.Reject(t.Context(), r); return err },
		} {
			b := newBench(t, app.Remote{})
			asked := b.question()
			time.Sleep(app.DefaultApprovalTTL)
			wantRefused(t, answer(b, ports.ApprovalRequest{Caller: admin(t), ID: asked.ID}), "not_awaiting", "it is expired")
			if got := b.decision(asked.ID); got.Status != domain.StatusExpired {
				t.Errorf("%s: the question is %s, want expired", name, got.Status)
			}
			b.wantRank("Sergeant")
		}
		b := newBench(t, app.Remote{})
		asked := b.question()
		time.Sleep(app.DefaultApprovalTTL - time.Microsecond)
		wantStatus(t, b.approve(asked.ID).Decision, domain.ActionPromote, domain.StatusApplied)
	})
}

func TestTwoExpirersExpireOnceAndLeaveWhatWasAnsweredAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, ids := memstore.New(), &countedIDs{}
		defer store.Close()
		one := newBenchBeside(t, store, app.Remote{}, testPolicy(t), ids)
		two := newBenchBeside(t, store, app.Remote{}, testPolicy(t), ids)
		var asked []string
		for user := range int64(150) { // more than one batch
			asked = append(asked, one.apply(one.report(100+user, 450, rank("Sergeant"))).Decision.ID)
		}
		one.approve(asked[3])
		one.expire()
		two.expire()
		time.Sleep(app.DefaultApprovalTTL + time.Minute)
		for i, id := range asked {
			want := domain.StatusExpired
			if i == 3 {
				want = domain.StatusApplied
			}
			if trail := one.transitions(id); len(trail) != 2 || trail[1].Status != want {
				t.Errorf("question %d came to %+v, want %s once", i, trail, want)
			}
		}
		expired := 0
		for _, event := range append(one.events.all(), two.events.all()...) {
			if d, ok := event.(ports.DecisionEvent); ok && d.Decision.Status == domain.StatusExpired {
				expired++
			}
		}
		if expired != len(asked)-1 {
			t.Errorf("%d events tell of an expiry, want %d", expired, len(asked)-1)
		}
	})
}

// hastyStore is a store whose clock is far ahead, and where somebody is quicker than whoever asks what is due.
type hastyStore struct {
	ports.Store
	meanwhile func()
}

func (s *hastyStore) DueApprovals(ctx context.Context, _ time.Duration, after ports.Due, limit int) ([]ports.Due, error) {
	due, err := s.Store.DueApprovals(ctx, 0, after, limit)
	s.meanwhile()
	return due, err
}

func TestWhatIsAnsweredWhileItExpiresDoesNotExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &hastyStore{Store: memstore.New(), meanwhile: func() {}}
		b := newBenchOn(t, store, app.Remote{Roles: newGroup().mock()})
		asked := b.question()
		var once sync.Once
		store.meanwhile = func() { once.Do(func() { b.approve(asked.ID) }) }
		b.expire()
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(asked.ID), domain.ActionPromote, domain.StatusPending)
	})
}
