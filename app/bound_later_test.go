package app_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// boundTo is a trooper with the points of a corporal, as a key says that grants no more than troopers. Nobody has asked the rules yet.
func boundTo(t *testing.T) *bench {
	t.Helper()
	b := withLimits(t, domain.Limits{}, 7)
	b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
	time.Sleep(time.Minute)
	b.ingest(ports.IngestRequest{Caller: boundBy("Trooper"), Report: b.report(7, 250)})
	time.Sleep(time.Minute)
	return b
}

// wantAsked fails the test unless the newest decision about player 7 asks a person, and returns it.
func (b *bench) wantAsked() ports.DecisionRecord {
	b.t.Helper()
	all := b.decisionsAbout(7)
	if len(all) == 0 {
		b.t.Fatal("nothing was decided, want a question")
	}
	asked := all[0]
	if asked.Status != domain.StatusAwaitingApproval || asked.Decision.To != "Corporal" || !strings.Contains(asked.Detail, "ranks up to Trooper only") {
		b.t.Errorf("got %s (%s) to %s, want a question that says up to where the key grants", asked.Status, asked.Detail, asked.Decision.To)
	}
	b.wantRank("Trooper")
	return asked
}

func TestWhatABoundKeyReportedStaysBoundHoweverAndWheneverTheRulesAreAsked(t *testing.T) {
	for name, ask := range map[string]func(b *bench){
		"by a key without a bound": func(b *bench) {
			if _, err := b.service.Decide(b.t.Context(), ports.DecideRequest{Caller: ports.Caller{Principal: "dashboard"}, User: userID(b.t, 7), Apply: true}); err != nil {
				b.t.Fatal(err)
			}
		},
		"by a review": func(b *bench) {
			b.sweep()
			b.review(b.startReview(ports.ReviewRequest{Apply: true}).ID)
		},
		"once what was held is taken up": func(b *bench) {
			b.ingest(ports.IngestRequest{Report: b.report(7, 250)})
			b.turn(b.service.StopAutomation, "")
			if held := b.apply(b.report(7, 250)).Decision; held.Status != domain.StatusHeld {
				b.t.Fatalf("while automation is stopped: got %s, want it held", held.Status)
			}
			time.Sleep(time.Minute)
			b.ingest(ports.IngestRequest{Caller: boundBy("Trooper"), Report: b.report(7, 260)})
			b.resumer()
			b.turn(b.service.ResumeAutomation, "")
			time.Sleep(10 * time.Second)
		},
		"because another decision was under way": func(b *bench) {
			b.wish(ports.OutboxEntry{Effect: domain.Effect{Kind: domain.EffectObserve, User: userID(b.t, 7)}, Target: "held", Lane: ports.LanePromote})
			stop := b.run()
			time.Sleep(time.Minute)
			stop()
		},
		"when the hold of a player is over": func(b *bench) {
			b.order(domain.Order{Hold: domain.HoldOn})
			b.order(domain.Order{Hold: domain.HoldOff})
			b.wantRank("Trooper")
			if _, err := b.service.Decide(b.t.Context(), ports.DecideRequest{Caller: ports.Caller{Principal: "dashboard"}, User: userID(b.t, 7), Apply: true}); err != nil {
				b.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := boundTo(t)
				ask(b)
				asked := b.wantAsked()

				after := b.alongside(limitedPolicy(b.t, domain.Limits{})) // a process that was started since, with other keys
				again, err := after.service.Decide(t.Context(), ports.DecideRequest{Caller: ports.Caller{Principal: "dashboard"}, User: userID(t, 7), Apply: true})
				if err != nil || again.Decision.ID != asked.ID {
					t.Errorf("asked again after a restart: got %s %s (%v), want the same question", again.Decision.ID, again.Decision.Status, err)
				}
				stop := after.run()
				if got := after.approve(asked.ID).Decision; got.Status != domain.StatusApplied {
					t.Errorf("approved by an administrator: got %s (%s), want it applied", got.Status, got.Detail)
				}
				stop()
				b.wantRank("Corporal")
			})
		})
	}
}

func TestWhoeverReportsLastSaysHowMuchTheRulesMayGrant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := boundTo(t)
		decide := func() ports.DecisionRecord {
			t.Helper()
			got, err := b.service.Decide(t.Context(), ports.DecideRequest{Caller: ports.Caller{Principal: "dashboard"}, User: userID(t, 7), Apply: true})
			if err != nil {
				t.Fatal(err)
			}
			return got.Decision
		}
		asked := decide()
		wantStatus(t, asked, domain.ActionPromote, domain.StatusAwaitingApproval)
		b.ingest(ports.IngestRequest{Report: b.report(7, 250, observed(time.Now().Add(-time.Hour)))})
		if still := decide(); still.ID != asked.ID {
			t.Errorf("after a report that was too old: got %s, want the same question", still.Status)
		}
		b.ingest(ports.IngestRequest{Report: b.report(7, 250)})
		stop := b.run()
		defer stop()
		wantStatus(t, decide(), domain.ActionPromote, domain.StatusApplied)
		b.wantRank("Corporal")
	})
}

func TestAWalkThatTakesReportsOutOfAccountAsksByTheReportsThatAreLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{}, 7)
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
		time.Sleep(time.Minute)
		b.ingest(ports.IngestRequest{Caller: boundBy("Trooper"), Report: b.report(7, 250)})
		time.Sleep(time.Minute)
		b.ingest(ports.IngestRequest{Report: b.report(7, 90, func(r *domain.Report) { r.Experience.Server = "forged" })})
		b.sweep()
		b.run()
		b.rewindOf("forged", true)
		b.wantAsked()
	})
}
