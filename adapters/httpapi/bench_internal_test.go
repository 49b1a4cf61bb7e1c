package httpapi

import (
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// reported is a report as games send it.
const reported = `{"userId":12345678,"username":"ArcTrooper12345678","displayName":"Arc","rank":"Volt Specialist II","rankPoints":520,` +
	`"kos":84,"wos":12,"warnings":1,"recommendations":0,"punishmentStatus":null,` +
	`"experience":{"universeId":987654321,"placeId":1234567890,"server":"vip-3"},"metadata":{"build":"7"}}`

// BenchmarkDecode is what it costs to read a report.
func BenchmarkDecode(b *testing.B) {
	now, body := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), []byte(reported)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readReport(body, now); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncode is what it costs to write the answer to a report that was evaluated.
func BenchmarkEncode(b *testing.B) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	user, err := domain.NewUserID(12345678)
	if err != nil {
		b.Fatal(err)
	}
	standing := domain.Standing{
		UserID: user, Username: "ArcTrooper12345678", DisplayName: "Arc", Rank: "Volt Specialist II", Points: 520, Kos: 84, Wos: 12, Warnings: 1,
		CreatedAt: now, LastSyncedAt: now, Metadata: `{"build":"7"}`,
	}
	policy := benchPolicy(b)
	result := ports.IngestResult{
		Player:  ports.PlacedStanding{Standing: standing, Position: domain.Locate(policy, standing)},
		Outcome: domain.FoldUpdated,
		Decision: &ports.DecisionRecord{
			ID: "01a210ee-2e7f-7ccb-925a-35b02692cef7", UserID: user, Decision: domain.Evaluate(policy, standing, now),
			Status: domain.StatusAdvisory, CreatedAt: now,
		},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsonText(ingestDTOFrom(result)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAnswer is what the rules and the answer cost together: to fold a report, to decide and to write what is answered.
func BenchmarkAnswer(b *testing.B) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	report, err := readReport([]byte(reported), now)
	if err != nil {
		b.Fatal(err)
	}
	snapshot, err := domain.NewSnapshot(report, now)
	if err != nil {
		b.Fatal(err)
	}
	policy := benchPolicy(b)
	before, _ := domain.Fold(policy, domain.Standing{}, snapshot, now.Add(-time.Hour))
	b.ReportAllocs()
	for b.Loop() {
		standing, folded := domain.Fold(policy, before, snapshot, now)
		decision := domain.Evaluate(policy, standing, now)
		if folded.Outcome != domain.FoldUpdated || decision.Reason != domain.ReasonNotYet {
			b.Fatalf("got %s and %s, want updated and %s", folded.Outcome, decision.Reason, domain.ReasonNotYet)
		}
		result := ports.IngestResult{
			Player:  ports.PlacedStanding{Standing: standing, Position: domain.Locate(policy, standing)},
			Outcome: folded.Outcome,
			Decision: &ports.DecisionRecord{
				ID: "01a210ee-2e7f-7ccb-925a-35b02692cef7", UserID: standing.UserID, Decision: decision, Input: standing,
				Status: domain.StatusAdvisory, CreatedAt: now,
			},
		}
		if _, err := jsonText(ingestDTOFrom(result)); err != nil {
			b.Fatal(err)
		}
	}
}

// benchPolicy has the ladder that the report climbs.
func benchPolicy(b *testing.B) domain.Policy {
	b.Helper()
	ladder, err := domain.NewLadder([]domain.Rank{
		{Name: "Suspended", Punishment: true},
		{Name: "Shock Trooper II"},
		{Name: "Volt Specialist II", MinPoints: 400},
		{Name: "Storm Corporal I", MinPoints: 750},
	})
	if err != nil {
		b.Fatal(err)
	}
	policy, err := domain.NewPolicy(domain.PolicyParts{
		Ladder: ladder, Revision: "4231db09c68516caa68b06ba7558b7b0d25ace9c59b9146a2d73dad61a9222fb",
		Punishments: domain.DefaultPunishments(),
	})
	if err != nil {
		b.Fatal(err)
	}
	return policy
}
