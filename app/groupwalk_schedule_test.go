package app_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/ports"
)

func TestWalksByScheduleAreHeldOnceByOneOfTwoReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, g := memstore.New(), newGroup()
		defer store.Close()
		one := newBenchOn(t, store, app.Remote{Roles: g.mock(), Roster: g.roster(nil)})
		two := newBenchOn(t, store, app.Remote{Roles: g.mock(), Roster: g.roster(nil)})
		one.group, two.group = g, g
		one.drifted()
		for _, b := range []*bench{one, two} {
			b.sweep()
			b.run()
			b.everyHour()
		}
		time.Sleep(150 * time.Minute)
		page, err := one.service.Reconciliations(t.Context(), "", 10)
		if err != nil {
			t.Fatal(err)
		}
		var schedules []string
		for _, walk := range page.Reconciliations {
			if !walk.Apply || walk.Principal != app.SchedulePrincipal || walk.State != ports.SweepDone {
				t.Errorf("the walk of %s: apply %t by %s, %s", walk.Schedule, walk.Apply, walk.Principal, walk.State)
			}
			schedules = append(schedules, walk.Schedule)
		}
		slices.Sort(schedules) // the two count their ids each for itself
		want := []string{"2000-01-01T00:00:00Z", "2000-01-01T01:00:00Z", "2000-01-01T02:00:00Z"}
		if diff := cmp.Diff(want, schedules); diff != "" {
			t.Errorf("walks (-want +got):\n%s", diff)
		}
		one.wantHeld(1, "Trooper")
		one.wantHeld(25, "Suspended")
	})
}

// everyHour lets a scheduler of walks work until the test ends.
func (b *bench) everyHour() {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	var done sync.WaitGroup
	done.Go(func() { b.service.ReconcileScheduler(time.Hour).Run(ctx) })
	b.t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

func TestAWalkByScheduleChangesNoRolesOfWhomGRPSNeverDecidedAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, nil)
		b.drifted()
		for n := int64(200); n < 250; n++ {
			b.group.join(t, n, "Recruit", "Trooper") // as groups have it that let members keep what they were
		}
		b.sweep()
		b.run()
		b.everyHour()
		time.Sleep(30 * time.Minute)
		for n := int64(200); n < 250; n++ {
			b.wantHeld(n, "Recruit", "Trooper")
		}
	})
}

func TestAWalkByScheduleKeepsTheWarrantOfAPersonsWalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, nil)
		b.drifted()
		b.sweep()
		b.walk(true)
		b.everyHour()
		time.Sleep(time.Hour + time.Minute) // another walk, and still nobody looks
		var active []bool
		if err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
			waiting, err := w.Waiting(ctx, userID(t, 1)) // who lost their role
			for _, out := range waiting {
				if out.Target == "walk" {
					active = append(active, out.Effect.Active)
				}
			}
			return err
		}); err != nil || !slices.Equal(active, []bool{true}) {
			t.Fatalf("ordered looks %v wait (%v), want one", active, err)
		}
	})
}
