package app_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestAReviewStopsWhereALimitPausesAutomationAndGoesOnFromThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := domain.Limits{MovesPerHour: 60}
		b := newBenchUnder(t, memstore.New(), app.Remote{}, limitedPolicy(t, limits))
		b.crowd(part{n: 200, rank: "Trooper", points: 250})
		stop := b.sweep()
		id := b.startReview(everybody()).ID
		got := b.review(id)
		b.wantReview(got, ports.SweepStopped, ports.Tally{"promote": 200}, ports.Tally{"promote": 100, "held": 40})
		if want := "stopped, as automation is paused: more than 60 moves in an hour"; !strings.HasPrefix(got.Detail, want) {
			t.Errorf("detail: got %q, want it to begin with %q", got.Detail, want)
		}
		b.resume(id, "")
		b.wantReview(b.review(id), ports.SweepStopped, ports.Tally{"promote": 200}, ports.Tally{"promote": 100, "held": 40})
		stop()
		if _, err := b.service.ResumeAutomation(t.Context(), ports.SwitchRequest{}); err != nil {
			t.Fatal(err)
		}
		unlimited := b.beside(b.store)
		unlimited.sweep()
		unlimited.resume(id, "")
		unlimited.wantReview(unlimited.review(id), ports.SweepDone, ports.Tally{"promote": 200}, ports.Tally{"promote": 200, "held": 40})
	})
}

func TestAReviewWhoseLastDecisionsAreHeldIsAtItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBenchUnder(t, memstore.New(), app.Remote{}, limitedPolicy(t, domain.Limits{MovesPerHour: 7}))
		b.crowd(part{n: 10, rank: "Trooper", points: 250})
		b.sweep()
		got := b.review(b.startReview(everybody()).ID)
		b.wantReview(got, ports.SweepDone, ports.Tally{"promote": 10}, ports.Tally{"promote": 10, "held": 3})
		if want := "3 of its decisions were held"; !strings.HasPrefix(got.Detail, want) {
			t.Errorf("detail: got %q, want it to begin with %q", got.Detail, want)
		}
	})
}

func TestAReviewCarriesNothingOutWhereAutomationIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.crowd(part{n: 10, rank: "Trooper", points: 250})
		if _, err := b.service.StopAutomation(t.Context(), ports.SwitchRequest{Reason: "a fault"}); err != nil {
			t.Fatal(err)
		}
		b.sweep()
		got := b.review(b.startReview(everybody()).ID)
		b.wantReview(got, ports.SweepStopped, ports.Tally{"promote": 10}, nil)
		if !strings.HasPrefix(got.Detail, "stopped, as automation is stopped: a fault") {
			t.Errorf("detail: got %q, want the reason", got.Detail)
		}
		b.wantDecisions()
	})
}

func TestAReviewThatIsNotToApplyIsFinishedWhileAutomationIsStopped(t *testing.T) {
	for _, how := range []string{"by an administrator", "by its setting"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, app.Remote{})
				if how == "by its setting" {
					b = b.alongside(testPolicy(t), func(p *app.Parts) { p.Remote, p.Stopped = app.Remote{}, true })
				} else if _, err := b.service.StopAutomation(t.Context(), ports.SwitchRequest{Reason: "a fault"}); err != nil {
					t.Fatal(err)
				}
				b.crowd(part{n: 10, rank: "Trooper", points: 250})
				b.sweep()
				asked := everybody()
				asked.Apply = false
				b.wantReview(b.review(b.startReview(asked).ID), ports.SweepDone, ports.Tally{"promote": 10}, nil)
				b.wantDecisions()
			})
		})
	}
}
