package app_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestOfManyWhoAnswerAtOnceOneIsHeard(t *testing.T) {
	for range 20 {
		b := newBench(t, app.Remote{Mirror: nil, Roles: newGroup().mock()})
		asked := b.question()
		heard := make([]string, 8)
		var all sync.WaitGroup
		for i := range heard {
			all.Go(func() {
				request := ports.ApprovalRequest{Caller: admin(t), ID: asked.ID}
				answer, word := b.service.Approve, "approve"
				if i%2 == 1 {
					answer, word = b.service.Reject, "reject"
				}
				if _, err := answer(t.Context(), request); err == nil {
					heard[i] = word
				} else {
					wantRefused(t, err, "not_awaiting", "")
				}
			})
		}
		all.Wait()
		heard = slices.DeleteFunc(heard, func(word string) bool { return word == "" })
		if len(heard) != 1 {
			t.Fatalf("%q were heard, want one", heard)
		}
		status, effects := domain.StatusPending, 1
		if heard[0] == "reject" {
			status, effects = domain.StatusRejected, 0
		}
		depth, err := b.store.Depth(t.Context())
		if trail := b.transitions(asked.ID); len(trail) != 2 || trail[1].Status != status || err != nil || depth.Waiting != effects {
			t.Errorf("after %s it came to %+v with %d effects (%v), want %s with %d", heard[0], trail, depth.Waiting, err, status, effects)
		}
	}
}

// Whether the report or the approval comes first, what is carried out is what the rules say of the player as they are then.
func TestAReportThatComesWithAnApprovalDoesNotSlipThrough(t *testing.T) {
	for range 50 {
		b := newBench(t, app.Remote{})
		asked := b.question()
		var both sync.WaitGroup
		both.Go(func() { b.apply(b.report(7, 350)) })
		var err error
		both.Go(func() {
			_, err = b.service.Approve(b.t.Context(), ports.ApprovalRequest{Caller: admin(t), ID: asked.ID})
		})
		both.Wait()
		switch got := b.decision(asked.ID); {
		case err == nil: // the approval was first: then a general has too few points, which is the next question
			if got.Status != domain.StatusApplied || b.standing(7).Rank != "General" {
				t.Fatalf("approved: the decision is %s and the player %s", got.Status, b.standing(7).Rank)
			}
		default:
			if got.Status != domain.StatusSuperseded || b.standing(7).Rank != "Sergeant" {
				t.Fatalf("not approved (%v): the decision is %s and the player %s", err, got.Status, b.standing(7).Rank)
			}
		}
	}
}

func TestAnAnswerIsRepeatedOnFreshDataAfterAConflict(t *testing.T) {
	store := &flakyStore{Store: memstore.New()}
	defer store.Close()
	b := newBenchOn(t, store, app.Remote{})
	asked := b.question()
	store.conflicts.Store(2)
	wantStatus(t, b.approve(asked.ID).Decision, domain.ActionPromote, domain.StatusApplied)
	if trail := b.transitions(asked.ID); len(trail) != 2 {
		t.Errorf("it came to %+v, want to be applied once", trail)
	}
	b.wantRank("General")
}

func TestAnAnswerIsStoredWholeOrNotAtAll(t *testing.T) {
	for name, answer := range map[string]func(*bench, ports.ApprovalRequest) error{
		"approve": func(b *bench, r ports.ApprovalRequest) error {
			_, err := b.service.Approve(b.t.Context(), r)
			return err
		},
		"reject": func(b *bench, r ports.ApprovalRequest) error {
			_, err := b.service.Reject(b.t.Context(), r)
			return err
		},
	} {
		for n := 1; ; n++ {
			store := &faultyStore{Store: memstore.New()}
			b := newBenchOn(t, store, app.Remote{Roles: newGroup().mock()})
			asked, before := b.question(), b.standing(7)
			store.failAt = n
			err := answer(b, ports.ApprovalRequest{Caller: admin(t), ID: asked.ID})
			if err == nil {
				if n < 4 {
					t.Errorf("%s: only %d calls were seen", name, n-1)
				}
				break
			}
			depth, _ := store.Depth(t.Context())
			if got := b.decision(asked.ID); !errors.Is(err, errFaulty) || got != asked || b.standing(7) != before || depth.Waiting != 0 {
				t.Errorf("%s, call %d failed: got %v, the question %s and %d effects, want %v and nothing changed", name, n, err, got.Status, depth.Waiting, errFaulty)
			}
		}
	}
}
