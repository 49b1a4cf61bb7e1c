package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// storeCall is one method of a Store with arguments that it can serve.
type storeCall struct {
	name string
	do   func(ctx context.Context, s ports.Store) error
}

// storeCalls returns every method of a Store but Close.
func storeCalls() []storeCall {
	return []storeCall{
		{"Write", func(ctx context.Context, s ports.Store) error { return s.Write(ctx, tracesOf(1).leave) }},
		{"Standing", func(ctx context.Context, s ports.Store) error {
			_, err := s.Standing(ctx, user(7))
			return err
		}},
		{"PlayersBefore", func(ctx context.Context, s ports.Store) error {
			_, err := s.PlayersBefore(ctx, ports.Mark{}, 5)
			return err
		}},
		{"CountBetween", func(ctx context.Context, s ports.Store) error {
			_, err := s.CountBetween(ctx, ports.Mark{}, ports.Mark{})
			return err
		}},
		{"EveryNth", func(ctx context.Context, s ports.Store) error {
			_, err := s.EveryNth(ctx, 5)
			return err
		}},
		{"SearchPlayers", func(ctx context.Context, s ports.Store) error {
			_, err := s.SearchPlayers(ctx, ports.PlayerFilter{Name: "a"}, domain.UserID{}, 5)
			return err
		}},
		{"SpendNonce", func(ctx context.Context, s ports.Store) error {
			_, err := s.SpendNonce(ctx, "nonce", noon())
			return err
		}},
		{"PruneNonces", func(ctx context.Context, s ports.Store) error {
			_, err := s.PruneNonces(ctx, noon(), 5)
			return err
		}},
		{"PruneSnapshots", func(ctx context.Context, s ports.Store) error {
			_, err := s.PruneSnapshots(ctx, ports.PruneStep{Before: noon(), Limit: 5})
			return err
		}},
		{"StandingsOf", func(ctx context.Context, s ports.Store) error {
			_, err := s.StandingsOf(ctx, []domain.UserID{user(7)})
			return err
		}},
		{"TopPlayers", func(ctx context.Context, s ports.Store) error {
			_, err := s.TopPlayers(ctx, ports.Mark{}, 5)
			return err
		}},
		{"TopKos", func(ctx context.Context, s ports.Store) error {
			_, err := s.TopKos(ctx, 5)
			return err
		}},
		{"TopWos", func(ctx context.Context, s ports.Store) error {
			_, err := s.TopWos(ctx, 5)
			return err
		}},
		{"Snapshots", func(ctx context.Context, s ports.Store) error {
			_, err := s.Snapshots(ctx, user(7), 0, 5)
			return err
		}},
		{"Decision", func(ctx context.Context, s ports.Store) error {
			_, err := s.Decision(ctx, decisionOf(7, 7, domain.StatusPending).ID)
			return err
		}},
		{"Transitions", func(ctx context.Context, s ports.Store) error {
			_, err := s.Transitions(ctx, decisionOf(7, 7, domain.StatusPending).ID)
			return err
		}},
		{"Decisions", func(ctx context.Context, s ports.Store) error {
			_, err := s.Decisions(ctx, ports.DecisionFilter{}, "", 5)
			return err
		}},
		{"DueApprovals", func(ctx context.Context, s ports.Store) error {
			_, err := s.DueApprovals(ctx, time.Hour, ports.Due{}, 5)
			return err
		}},
		{"CountDecisions", func(ctx context.Context, s ports.Store) error {
			_, err := s.CountDecisions(ctx, ports.DecisionFilter{})
			return err
		}},
		{"PolicyDocuments", func(ctx context.Context, s ports.Store) error {
			_, err := s.PolicyDocuments(ctx, tracesOf(7).revision)
			return err
		}},
		{"DueReleases", func(ctx context.Context, s ports.Store) error {
			_, err := s.DueReleases(ctx, ports.Due{}, 5)
			return err
		}},
		{"Standings", func(ctx context.Context, s ports.Store) error {
			_, err := s.Standings(ctx, ports.StandingFilter{}, domain.UserID{}, 5)
			return err
		}},
		{"Standings of no rows", func(ctx context.Context, s ports.Store) error {
			_, err := s.Standings(ctx, ports.StandingFilter{}, domain.UserID{}, 0)
			return err
		}},
		{"CountStandings", func(ctx context.Context, s ports.Store) error {
			_, err := s.CountStandings(ctx, ports.StandingFilter{})
			return err
		}},
		{"ClaimSweep", func(ctx context.Context, s ports.Store) error {
			_, _, err := s.ClaimSweep(ctx, ports.SweepReview, longLease)
			return err
		}},
		{"RenewSweep", func(ctx context.Context, s ports.Store) error {
			_, err := s.RenewSweep(ctx, sweepOf(1).ID, 1, longLease)
			return err
		}},
		{"SweepUnderWay", func(ctx context.Context, s ports.Store) error {
			_, _, err := s.SweepUnderWay(ctx, ports.SweepReview)
			return err
		}},
		{"Sweep", func(ctx context.Context, s ports.Store) error {
			_, err := s.Sweep(ctx, sweepOf(1).ID)
			return err
		}},
		{"Differences", func(ctx context.Context, s ports.Store) error {
			_, err := s.Differences(ctx, sweepOf(7).ID, domain.UserID{}, 5)
			return err
		}},
		{"Findings", func(ctx context.Context, s ports.Store) error {
			_, err := s.Findings(ctx, ports.FindingFilter{}, "", 5)
			return err
		}},
		{"PruneFindings", func(ctx context.Context, s ports.Store) error {
			_, err := s.PruneFindings(ctx, noon(), 5)
			return err
		}},
		{"SnapshotSpan", func(ctx context.Context, s ports.Store) error {
			_, _, err := s.SnapshotSpan(ctx, noon())
			return err
		}},
		{"ScopedSnapshots", func(ctx context.Context, s ports.Store) error {
			_, err := s.ScopedSnapshots(ctx, ports.SnapshotScope{Principal: "arena"}, 1, 9)
			return err
		}},
		{"DeliveredBy", func(ctx context.Context, s ports.Store) error {
			_, err := s.DeliveredBy(ctx, "arena", 1, 9)
			return err
		}},
		{"FirstDisregarded", func(ctx context.Context, s ports.Store) error {
			_, err := s.FirstDisregarded(ctx, user(7))
			return err
		}},
		{"CountRewound", func(ctx context.Context, s ports.Store) error {
			_, err := s.CountRewound(ctx, sweepOf(7).ID)
			return err
		}},
		{"Rewound", func(ctx context.Context, s ports.Store) error {
			_, err := s.Rewound(ctx, sweepOf(7).ID, nil, domain.UserID{}, 5)
			return err
		}},
		{"Sweeps", func(ctx context.Context, s ports.Store) error {
			_, err := s.Sweeps(ctx, ports.SweepReview, "", 5)
			return err
		}},
		{"Claim", func(ctx context.Context, s ports.Store) error {
			_, err := s.Claim(ctx, ports.AnyLane(5), longLease)
			return err
		}},
		{"ClaimWebhooks", func(ctx context.Context, s ports.Store) error {
			_, err := s.ClaimWebhooks(ctx, nil, longLease)
			return err
		}},
		{"DeadEntries", func(ctx context.Context, s ports.Store) error {
			_, err := s.DeadEntries(ctx, ports.DeadFilter{}, 0, 5)
			return err
		}},
		{"ReviveEntries", func(ctx context.Context, s ports.Store) error {
			_, err := s.ReviveEntries(ctx, ports.DeadFilter{})
			return err
		}},
		{"WebhookDepths", func(ctx context.Context, s ports.Store) error {
			_, err := s.WebhookDepths(ctx)
			return err
		}},
		{"KindDepths", func(ctx context.Context, s ports.Store) error {
			_, err := s.KindDepths(ctx)
			return err
		}},
		{"Depth", func(ctx context.Context, s ports.Store) error {
			_, err := s.Depth(ctx)
			return err
		}},
		{"Automation", func(ctx context.Context, s ports.Store) error {
			_, err := s.Automation(ctx)
			return err
		}},
		{"HeldPlayers", func(ctx context.Context, s ports.Store) error {
			_, err := s.HeldPlayers(ctx, ports.Due{}, 5)
			return err
		}},
		{"CountHeld", func(ctx context.Context, s ports.Store) error {
			_, err := s.CountHeld(ctx)
			return err
		}},
		{"CountPlayers", func(ctx context.Context, s ports.Store) error {
			_, err := s.CountPlayers(ctx)
			return err
		}},
		{"Erasure", func(ctx context.Context, s ports.Store) error {
			_, err := s.Erasure(ctx, erasureOf(7).ID)
			return err
		}},
		{"Erasures", func(ctx context.Context, s ports.Store) error {
			_, err := s.Erasures(ctx, "", 5)
			return err
		}},
		{"QueuedErasures", func(ctx context.Context, s ports.Store) error {
			_, err := s.QueuedErasures(ctx, "", 5)
			return err
		}},
		{"AwaitUnits", func(ctx context.Context, s ports.Store) error { return s.AwaitUnits(ctx) }},
		{"Strays", func(ctx context.Context, s ports.Store) error {
			_, err := s.Strays(ctx, domain.UserID{}, 5)
			return err
		}},
		{"ErasureKeys", func(ctx context.Context, s ports.Store) error {
			_, err := s.ErasureKeys(ctx)
			return err
		}},
		{"KeepErasureKey", func(ctx context.Context, s ports.Store) error {
			_, err := s.KeepErasureKey(ctx, "key")
			return err
		}},
		{"NamesOf", func(ctx context.Context, s ports.Store) error {
			_, err := s.NamesOf(ctx, user(7))
			return err
		}},
		{"EraseMentions", func(ctx context.Context, s ports.Store) error {
			_, err := s.EraseMentions(ctx, user(7), nil, "")
			return err
		}},
		{"Holdings", func(ctx context.Context, s ports.Store) error {
			return s.Holdings(ctx, user(7), func(string, []byte) error { return nil })
		}},
		{"Share", func(ctx context.Context, s ports.Store) error {
			return s.Share(ctx, "calls", func(kept string, _ time.Time) (string, error) { return kept, nil })
		}},
		{"Ping", func(ctx context.Context, s ports.Store) error { return s.Ping(ctx) }},
	}
}

func contexts(t *testing.T, h Harness) {
	t.Helper()

	t.Run("a store that is open answers a ping", func(t *testing.T) {
		s := h.open(t)
		if err := s.Ping(soon(t)); err != nil {
			t.Errorf("Ping: got error %v, want none", err)
		}
	})

	t.Run("every call with a context that has ended does nothing but say so", func(t *testing.T) {
		s := h.open(t)
		write(t, s, tracesOf(7).leave)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		for _, call := range storeCalls() {
			refused(t, call.name, call.do(ended, s))
		}
		unknown(t, s, 1)
		same(t, "Claim afterwards", labels(claim(t, s, 5, longLease)), []string{"mirror 7"})
	})
}
