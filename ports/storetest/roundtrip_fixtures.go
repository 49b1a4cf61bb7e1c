package storetest

import (
	"fmt"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The metadata of a fixture: an object with nesting, null, quotes and wide runes, but no number that JSON libraries read differently.
const metadata = `{"z": [1, {"a": null}], "text": "quote \" slash \\ 漢 𝕾", "flag": true}`

// instant returns the n-th instant of a fixture: as fine as the storage keeps, each different.
func (h Harness) instant(n int) time.Time {
	fine := time.Date(2026, time.March, 14, 9, 26, 53, 589_793_000, time.UTC).Truncate(h.precision())
	return fine.Add(time.Duration(n) * (time.Hour + h.precision()))
}

// abroad returns the same instant as a clock in another zone shows it, with more digits than any storage keeps.
func abroad(t time.Time) time.Time {
	return t.Add(789 * time.Nanosecond).In(time.FixedZone("Kathmandu", 5*60*60+45*60))
}

// fullStanding has a value in every field, each at its largest or most awkward.
func (h Harness) fullStanding() domain.Standing {
	return domain.Standing{
		UserID: user(domain.MaxID), Version: 7,
		Username: awkward, DisplayName: "display " + awkward, Rank: "rank " + awkward, FormerRank: "former " + awkward,
		RankSince: h.instant(1),
		Left:      domain.TrailOf("1 "+awkward, "2", "3", "4", "5", "6", "7", "8"),
		Points:    domain.MaxCount, Kos: domain.MaxCount - 1, Wos: domain.MaxCount - 2,
		Warnings: domain.MaxCount - 3, Recommendations: domain.MaxCount - 4, Served: domain.MaxCount - 5,
		Punishment:   domain.Punishment{Status: domain.PunishmentTrial, Until: h.instant(2)},
		Owed:         domain.Owed{Status: domain.PunishmentSevere, Until: h.instant(3), Imposed: true},
		Hold:         true,
		Rejected:     domain.Rejection{Action: domain.ActionPromote, From: "from " + awkward, To: "to " + awkward, Until: h.instant(18)},
		DecidedAt:    h.instant(4),
		Moves:        domain.MovesOf(h.instant(4), h.instant(3), h.instant(2)),
		Growth:       domain.GrowthOf(fmt.Sprintf("%d %d:7 %d:8", domain.MaxCount, h.instant(2).UnixMicro(), h.instant(5).UnixMicro())),
		AbsentSince:  h.instant(15),
		ConfirmedAt:  h.instant(16),
		ObservedAt:   h.instant(5),
		CreatedAt:    h.instant(6),
		LastSyncedAt: h.instant(7),
		Experience:   fullExperience(),
		Metadata:     metadata,
	}
}

func fullExperience() domain.Experience {
	universe, err := domain.NewUniverseID(domain.MaxID)
	if err != nil {
		panic(err)
	}
	return domain.Experience{
		Universe: universe, PlaceID: domain.MaxID, Server: "server " + awkward, Key: "key " + awkward,
	}
}

func (h Harness) fullDecision() domain.Decision {
	return domain.Decision{
		Action: domain.ActionSuspend, From: "from " + awkward, To: "to " + awkward,
		Reason: domain.ReasonWarningsTrial, Until: h.instant(8), NeedsApproval: true,
		Checks: domain.ChecksOf(
			domain.Check{Criterion: domain.CriterionTenure, Rank: awkward, Required: 30 * 86400, Unknown: true, Met: true},
			domain.Check{Criterion: domain.CriterionOtherwise, Rank: "x", Action: domain.ActionRestore, Met: true},
			domain.Check{Criterion: domain.CriterionPoints, Rank: "y", Required: domain.MaxCount, Actual: 3},
		),
		Revision: "sha256:" + awkward,
		Hold:     domain.HoldOff,
		Returned: domain.Returned{
			RankSince: h.instant(16), FormerRank: "returned " + awkward,
			Punishment: domain.Punishment{Status: domain.PunishmentTrial, Until: h.instant(17)},
		},
	}
}

func (h Harness) fullRecord() ports.DecisionRecord {
	return ports.DecisionRecord{
		ID: "01890a5d-ac96-774b-bcce-b302099a8057", UserID: user(domain.MaxID),
		Decision: h.fullDecision(), Input: h.fullStanding(), Status: domain.StatusAwaitingApproval,
		Detail: "detail " + awkward, Reason: "reason " + awkward, Apply: true,
		Origin: domain.OriginUndo,
		Order:  domain.Order{Action: domain.ActionSuspend, To: "ordered " + awkward, Days: domain.MaxDays, Hold: domain.HoldOn},
		Undoes: "01890a5d-ac96-774b-bcce-b302099a8055", ReviewID: "review " + awkward,
		Overtakes: "01890a5d-ac96-774b-bcce-b302099a8056",
		Principal: "principal " + awkward, Actor: user(domain.MaxID - 1), SnapshotID: domain.MaxID,
		RequestID: "request " + awkward, CreatedAt: h.instant(9), UpdatedAt: h.instant(10),
	}
}

func (h Harness) fullReport() domain.Report {
	return domain.Report{
		UserID: user(domain.MaxID), Username: awkward, DisplayName: "display " + awkward, Rank: "rank " + awkward,
		Points: domain.MaxCount, Kos: domain.MaxCount - 1, Wos: domain.MaxCount - 2,
		Warnings: domain.CountOf(domain.MaxCount - 3), Recommendations: domain.CountOf(domain.MaxCount - 4),
		Punishment: domain.PunishmentTrial, PunishmentUntil: h.instant(11),
		Experience: fullExperience(), GroupID: domain.MaxID, Metadata: metadata, ObservedAt: h.instant(12),
	}
}

// fullSnapshot is a record under a key, with the answer that was given.
func (h Harness) fullSnapshot() ports.SnapshotRecord {
	answered := h.fullRecord()
	return ports.SnapshotRecord{
		ID:       domain.MaxID, // the storage gives its own
		Snapshot: restored(h.fullReport(), h.instant(13)), Outcome: domain.FoldStale, Source: ports.SourceDataStore,
		Actor: user(domain.MaxID - 2), RequestID: "request " + awkward, MaxRank: "most " + awkward,
		Request:     ports.RequestKey{Principal: "principal " + awkward, Key: "key " + awkward},
		RequestHash: "hash " + awkward,
		Disregarded: "rewind " + awkward, // likewise
		Answer: ports.Answer{
			Standing: h.fullStanding(), Position: fullPosition(), Outcome: domain.FoldUpdated, Decision: &answered,
		},
	}
}

func fullPosition() domain.Position {
	return domain.Position{
		Next: "next " + awkward, NextPoints: domain.MaxCount, Previous: "previous " + awkward, PreviousPoints: domain.MaxCount - 1,
		Privileged: true, Blocked: true,
	}
}

func (h Harness) fullEntry() ports.OutboxEntry {
	return ports.OutboxEntry{
		Effect: domain.Effect{
			Kind: domain.EffectGroupRole, User: user(domain.MaxID), Rank: "rank " + awkward,
			Expect: domain.TrailOf("1 "+awkward, "2", "3", "4", "5", "6", "7", "8"), Active: true, Until: h.instant(14),
			Alert: domain.Alert{ID: "alert " + awkward, Topic: "topic " + awkward, Text: "text " + awkward},
		},
		Target: "target " + awkward, DecisionID: h.fullRecord().ID, Lane: 3, Trace: "trace " + awkward,
	}
}
