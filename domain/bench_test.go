package domain_test

import (
	"fmt"
	"testing"

	"github.com/grps/grps/domain"
)

// longPolicy has a ladder of 24 rungs, as large groups do.
func longPolicy(t fataler) domain.Policy {
	t.Helper()
	return policyWith(t, func(p *policyDocument) {
		p.Ranks = []rankDocument{{Name: "Suspended", IsPunishment: true, RoleID: 1000}}
		for i := range int64(24) {
			p.Ranks = append(p.Ranks, rankDocument{
				Name: fmt.Sprintf("Rank %d", i), MinPoints: i * 100, MinTimeDays: i, RoleID: i + 1, Privileged: i >= 20,
			})
		}
	})
}

// longStanding is in the middle of longPolicy's ladder, and nothing happens to it.
func longStanding(t fataler) domain.Standing {
	t.Helper()
	return newStanding(t, func(s *domain.Standing) {
		s.Rank, s.Points, s.RankSince, s.Left = "Rank 12", 1250, noon.Add(-5*day), domain.TrailOf("Rank 11", "Rank 10")
	})
}

func BenchmarkEvaluateNone(b *testing.B) {
	policy, s := longPolicy(b), longStanding(b)
	b.ReportAllocs()
	for b.Loop() {
		if d := domain.Evaluate(policy, s, noon); d.Action != domain.ActionNone {
			b.Fatalf("got %s, want NONE", d.Action)
		}
	}
}

func BenchmarkFold(b *testing.B) {
	policy, s := longPolicy(b), longStanding(b)
	report := snapshot(b, func(r *domain.Report) {
		r.Rank, r.Points, r.Warnings, r.Experience.Server = "Rank 11", 1260, domain.CountOf(1), "s-1"
	})
	b.ReportAllocs()
	for b.Loop() {
		if _, result := domain.Fold(policy, s, report, noon); result.Outcome != domain.FoldUpdated {
			b.Fatalf("got %s, want updated", result.Outcome)
		}
	}
}
