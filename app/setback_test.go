package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// oneID is where every id is the same.
type oneID string

func (o oneID) NewID() string { return string(o) }

// instantClock always tells the same time.
type instantClock time.Time

func (c instantClock) Now() time.Time { return time.Time(c) }

func TestARestoredStoreIsComparedFirstAndCarriesNothingOutByItself(t *testing.T) {
	noon := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	running, stopped := domain.Automation{}, domain.Automation{}.Stopped("odd reports", "admin-1", domain.UserID{}, noon)
	for name, test := range map[string]struct {
		backup, replaced domain.Automation
		state            domain.AutomationState
		reason           string
	}{
		"where automation ran":             {running, running, domain.AutomationPaused, "restored"},
		"where it was stopped since":       {running, stopped, domain.AutomationStopped, "odd reports"},
		"where the backup says it stopped": {stopped, running, domain.AutomationStopped, "odd reports"},
	} {
		t.Run(name, func(t *testing.T) {
			store := memstore.New()
			const review, comparison = "01a210b1-024e-7aba-ab88-04a7306ab5e0", "01a210b1-024e-7aba-ab88-04a7306ab5e1"
			if err := store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
				if _, _, err := w.AddSweep(ctx, ports.Sweep{ID: review, Kind: ports.SweepReview, Apply: true, State: ports.SweepQueued, Phase: ports.PhaseApply}); err != nil {
					return err
				}
				if _, _, err := w.LockAutomation(ctx); err != nil {
					return err
				}
				return w.SaveAutomation(ctx, test.backup)
			}); err != nil {
				t.Fatal(err)
			}
			if err := app.SetBack(t.Context(), store, instantClock(noon), oneID(comparison), test.replaced, "restored"); err != nil {
				t.Fatal(err)
			}
			if a, err := store.Automation(t.Context()); err != nil || a.State != test.state || a.Reason != test.reason {
				t.Errorf("automation is %s for %q, %v; want %s for %q", a.State, a.Reason, err, test.state, test.reason)
			}
			if s, err := store.Sweep(t.Context(), review); err != nil || s.State != ports.SweepStopped || s.Detail == "" || s.EndedAt != noon {
				t.Errorf("the review is %+v, %v; want it stopped", s, err)
			}
			s, ok, err := store.SweepUnderWay(t.Context(), ports.SweepReconcile)
			if err != nil || !ok || !s.Apply || s.Schedule == "" {
				t.Errorf("the comparison is %+v, %v; want one that is nobody's word", s, err)
			}
		})
	}
}
