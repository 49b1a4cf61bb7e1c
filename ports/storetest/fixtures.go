package storetest

import (
	"fmt"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// awkward is a text that breaks whoever builds SQL or JSON by hand: quotes of all kinds, backslashes, placeholders, comment signs,
// two-, three- and four-byte runes, and an emoji of several runes.
const awkward = `O'Brien "Ash" \ \\n ` + "`$1 ?1 :a %s -- /* ; é ẞ 漢 𝕾 👩🏽‍🚀"

// noon is a whole second, so that every storage keeps it as it is.
func noon() time.Time { return time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC) }

// user returns the id for n; it panics when n is no id, which is the fault of the case that asks.
func user(n int64) domain.UserID {
	id, err := domain.NewUserID(n)
	if err != nil {
		panic(err)
	}
	return id
}

// player returns a plain standing that was never stored.
func player(n int64) domain.Standing {
	return domain.Standing{
		UserID: user(n), Username: fmt.Sprintf("Player_%d", n), Rank: "Storm Corporal I", Points: 100,
		ObservedAt: noon(), CreatedAt: noon(), LastSyncedAt: noon(),
	}
}

// snapshotOf returns a record of a plain report of the player, with the points given to tell records apart, and no key.
func snapshotOf(n, points int64) ports.SnapshotRecord {
	report := domain.Report{UserID: user(n), Username: fmt.Sprintf("Player_%d", n), Points: points}
	return ports.SnapshotRecord{Snapshot: restored(report, noon()), Outcome: domain.FoldUpdated, Source: ports.SourceGame}
}

// keyed returns the record under a key, with a hash and an answer.
func keyed(r ports.SnapshotRecord, principal, key string) ports.SnapshotRecord {
	points := r.Snapshot.Report().Points
	r.Request = ports.RequestKey{Principal: principal, Key: key}
	r.RequestHash = fmt.Sprintf("hash of %d", points)
	r.Answer = ports.Answer{Standing: player(r.Snapshot.UserID().Int64()), Outcome: r.Outcome}
	r.Answer.Standing.Points = points
	return r
}

// restored returns the snapshot of a report; it panics when the report has no user.
func restored(r domain.Report, received time.Time) domain.Snapshot {
	s, err := domain.RestoreSnapshot(r, received)
	if err != nil {
		panic(err)
	}
	return s
}

// decisionOf returns the record of a plain promotion of the player. The id is made of the number, in the form of a UUID version 7.
func decisionOf(n, number int64, status domain.Status) ports.DecisionRecord {
	return ports.DecisionRecord{
		ID:     fmt.Sprintf("01890a5d-ac96-774b-bcce-%012x", number),
		UserID: user(n),
		Decision: domain.Decision{
			Action: domain.ActionPromote, From: "Volt Specialist II", To: "Storm Corporal I",
			Reason: domain.ReasonEligible, Revision: "revision",
		},
		Input: player(n), Status: status, Apply: true, Principal: "arena", RequestID: "request",
		CreatedAt: noon(), UpdatedAt: noon(),
	}
}

// effectOf returns an entry in lane 0 about the player.
func effectOf(kind domain.EffectKind, n int64) ports.OutboxEntry {
	e := domain.Effect{Kind: kind, User: user(n)}
	switch kind {
	case domain.EffectGroupRole:
		e.Rank, e.Expect = "Storm Corporal I", domain.TrailOf("Volt Specialist II")
	case domain.EffectRestriction:
		e.Active = true
	case domain.EffectObserve, domain.EffectMirror, domain.EffectAnnounce, domain.EffectWebhook, domain.EffectErase:
	}
	return ports.OutboxEntry{Effect: e}
}

// to returns the entry with a target.
func to(e ports.OutboxEntry, target string) ports.OutboxEntry {
	e.Target = target
	return e
}

// inLane returns the entry in a lane.
func inLane(lane ports.Lane, e ports.OutboxEntry) ports.OutboxEntry {
	e.Lane = lane
	return e
}
