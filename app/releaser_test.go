package app_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const trial = 14 * 24 * time.Hour

// release lets a releaser of this service work until the test ends.
func (b *bench) release() {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	var done sync.WaitGroup
	done.Go(func() { b.service.Releaser().Run(ctx) })
	b.t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

// decisions returns what was decided, oldest first, as "ACTION status principal".
func (b *bench) decisions() []string {
	b.t.Helper()
	records, err := b.store.Decisions(b.t.Context(), ports.DecisionFilter{}, "", 100)
	if err != nil {
		b.t.Fatal(err)
	}
	var lines []string
	for _, r := range slices.Backward(records) {
		lines = append(lines, r.Decision.Action.String()+" "+string(r.Status)+" "+r.Principal)
	}
	return lines
}

func (b *bench) wantDecisions(want ...string) {
	b.t.Helper()
	if got := b.decisions(); !slices.Equal(got, want) {
		b.t.Errorf("decided %q, want %q", got, want)
	}
}

func TestASuspensionEndsByItselfOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		stop := b.run()
		b.apply(b.report(7, 150, rank("Trooper"), warnings(4)))
		stop()
		time.Sleep(trial - time.Minute) // nothing runs meanwhile: the date is in the store
		b.run()
		b.release()
		time.Sleep(50 * time.Second)
		b.wantHeld(7, "Suspended")
		time.Sleep(20 * time.Second)
		b.wantHeld(7, "Trooper")
		b.wantRank("Trooper")
		b.wantDecisions("SUSPEND applied game", "RESTORE applied "+app.SchedulePrincipal)
	})
}

func TestTwoReleasersReleaseOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, g := memstore.New(), newGroup()
		defer store.Close()
		g.join(t, 7, "Trooper")
		one := newBenchOn(t, store, app.Remote{Roles: g.mock()})
		two := newBenchUnder(t, store, app.Remote{Roles: g.mock()}, testPolicy(t))
		one.group = g
		stop := one.run()
		one.apply(one.report(7, 150, rank("Trooper"), warnings(4)))
		stop()
		time.Sleep(trial)
		one.run()
		one.release()
		two.release()
		time.Sleep(time.Minute)
		one.wantDecisions("SUSPEND applied game", "RESTORE applied "+app.SchedulePrincipal)
		one.wantHeld(7, "Trooper")
	})
}

func TestNobodyIsReleasedBeforeRobloxConfirmedTheSuspension(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		suspended := b.apply(b.report(7, 150, rank("Trooper"), warnings(4))).Decision // and nothing delivers it
		time.Sleep(trial)
		b.release()
		time.Sleep(time.Minute)
		wantStatus(t, b.decision(suspended.ID), domain.ActionSuspend, domain.StatusPending)
		b.wantDecisions("SUSPEND pending game")
	})
}

func TestAReleaseThatNeedsAPersonIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		defer store.Close()
		automatic := newBenchUnder(t, store, app.Remote{}, changedPolicy(t, domain.PrivilegedAutomatic, 200))
		automatic.apply(automatic.report(7, 450, rank("General"), warnings(4)))
		time.Sleep(trial)
		b := newBenchOn(t, store, app.Remote{})
		b.release()
		time.Sleep(3 * time.Hour)
		b.wantDecisions("SUSPEND applied game", "RESTORE awaiting_approval "+app.SchedulePrincipal)
	})
}

func TestWhomTheRulesDoNotReleaseIsNotAskedAboutAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &flakyStore{Store: memstore.New()}
		defer store.Close()
		automatic := newBenchUnder(t, store, app.Remote{}, changedPolicy(t, domain.PrivilegedAutomatic, 200))
		automatic.apply(automatic.report(7, 450, rank("General"), warnings(4)))
		time.Sleep(trial)
		never := newBenchUnder(t, store, app.Remote{}, changedPolicy(t, domain.PrivilegedNever, 200))
		before := store.units.Load()
		never.release()
		time.Sleep(150 * time.Minute)
		if units := store.units.Load() - before; units != 3 {
			t.Errorf("%d units in two and a half hours, want 3", units)
		}
	})
}

func TestAReleaseThatRobloxRefusesIsNotTriedAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup()
		roles := g.mock()
		assign := roles.AssignRoleFunc
		var refusing atomic.Bool
		roles.AssignRoleFunc = func(ctx context.Context, user domain.UserID, role domain.RoleID, lane ports.Lane) (ports.Membership, error) {
			if refusing.Load() {
				return ports.Membership{}, denied()
			}
			return assign(ctx, user, role, lane)
		}
		b := newBench(t, app.Remote{Roles: roles})
		b.group = g
		g.join(t, 7, "Trooper")
		stop := b.run()
		b.apply(b.report(7, 150, rank("Trooper"), warnings(4)))
		refusing.Store(true)
		stop() // nothing has to run meanwhile
		time.Sleep(trial)
		b.run()
		b.release()
		time.Sleep(3 * time.Hour)
		if n := len(b.decisions()); n < 5 || n > 10 {
			t.Errorf("%d decisions in three hours: %q", n, b.decisions())
		}
		b.wantRank("Suspended")
		refusing.Store(false)
		time.Sleep(time.Hour + time.Minute)
		b.wantRank("Trooper")
		b.wantHeld(7, "Trooper")
	})
}
