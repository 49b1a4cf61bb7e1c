package storetest

import (
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// inHistory returns the record as history shows it once it was written under id.
func inHistory(r ports.SnapshotRecord, id int64) ports.SnapshotRecord {
	r.ID, r.RequestHash, r.Answer, r.Disregarded = id, "", ports.Answer{}, ""
	return r
}

func snapshotRoundTrip(t *testing.T, h Harness) {
	t.Helper()

	t.Run("every field of a snapshot comes back, but for the hash and the answer", func(t *testing.T) {
		s := h.open(t)
		known(t, s, domain.MaxID)
		want := h.fullSnapshot()
		full(t, want)
		full(t, h.fullReport())
		id := appendAll(t, s, want)[0]
		same(t, "Snapshots", page(t, s, domain.MaxID, 0, 10), []ports.SnapshotRecord{inHistory(want, id)})
	})

	t.Run("a snapshot without its optional values comes back as empty as it was", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		want := ports.SnapshotRecord{
			Snapshot: restored(domain.Report{UserID: user(1)}, noon()), Source: ports.SourceGame,
			Request: ports.RequestKey{Principal: "arena"},
		}
		id := appendAll(t, s, want)[0]
		same(t, "Snapshots", page(t, s, 1, 0, 10), []ports.SnapshotRecord{inHistory(want, id)})
	})

	t.Run("a counter reported as nothing is not one that was left out", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		report := domain.Report{UserID: user(1), Username: "a", Warnings: domain.CountOf(0)}
		want := snapshotOf(1, 0)
		want.Snapshot = restored(report, noon())
		id := appendAll(t, s, want)[0]
		same(t, "Snapshots", page(t, s, 1, 0, 10), []ports.SnapshotRecord{inHistory(want, id)})
	})

	t.Run("every outcome, source and reported punishment comes back", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		var records []ports.SnapshotRecord
		for outcome := domain.FoldFirst; outcome <= domain.FoldStale; outcome++ {
			for status := domain.PunishmentNone; status <= domain.PunishmentSevere; status++ {
				report := domain.Report{UserID: user(1), Username: "a", Punishment: status}
				game := ports.SnapshotRecord{
					Snapshot: restored(report, noon()), Outcome: outcome, Source: ports.SourceGame,
				}
				pulled := game
				pulled.Source = ports.SourceDataStore
				records = append(records, game, pulled)
			}
		}
		var want []ports.SnapshotRecord
		for i, id := range appendAll(t, s, records...) {
			want = append([]ports.SnapshotRecord{inHistory(records[i], id)}, want...)
		}
		same(t, "Snapshots", page(t, s, 1, 0, 100), want)
	})

	t.Run("instants of another zone come back equal, in UTC and in microseconds", func(t *testing.T) {
		s := h.open(t)
		known(t, s, domain.MaxID)
		report := h.fullReport()
		report.ObservedAt, report.PunishmentUntil = abroad(report.ObservedAt), abroad(report.PunishmentUntil)
		given := h.fullSnapshot()
		given.Snapshot = restored(report, abroad(h.instant(13)))
		id := appendAll(t, s, given)[0]
		same(t, "Snapshots", page(t, s, domain.MaxID, 0, 10), []ports.SnapshotRecord{inHistory(h.fullSnapshot(), id)})
	})
}

func answerRoundTrip(t *testing.T, h Harness) {
	t.Helper()

	t.Run("every field of an answer and of its decision comes back", func(t *testing.T) {
		s := h.open(t)
		known(t, s, domain.MaxID)
		given := h.fullSnapshot()
		id := appendAll(t, s, given)[0]
		same(t, "Answers", answers(t, s, given.Request), map[ports.RequestKey]ports.StoredAnswer{
			given.Request: {RequestHash: given.RequestHash, SnapshotID: id, Answer: given.Answer},
		})
	})

	t.Run("an answer without a decision comes back without one", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		given := keyed(snapshotOf(1, 5), "arena", "k")
		id := appendAll(t, s, given)[0]
		same(t, "Answers", answers(t, s, given.Request), map[ports.RequestKey]ports.StoredAnswer{
			given.Request: {RequestHash: given.RequestHash, SnapshotID: id, Answer: given.Answer},
		})
	})

	t.Run("instants in an answer come back equal, in UTC and in microseconds", func(t *testing.T) {
		s := h.open(t)
		known(t, s, domain.MaxID)
		given := h.fullSnapshot()
		given.Answer.Standing.RankSince = abroad(given.Answer.Standing.RankSince)
		given.Answer.Decision.CreatedAt = abroad(given.Answer.Decision.CreatedAt)
		given.Answer.Decision.Decision.Until = abroad(given.Answer.Decision.Decision.Until)
		given.Answer.Decision.Input.CreatedAt = abroad(given.Answer.Decision.Input.CreatedAt)
		appendAll(t, s, given)
		same(t, "Answer", answers(t, s, given.Request)[given.Request].Answer, h.fullSnapshot().Answer)
	})
}
