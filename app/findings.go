package app

import (
	"context"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// oddity is a finding about a report of a batch that has no id yet.
type oddity struct {
	record   ports.FindingRecord
	snapshot int // the index of the report in the batch
}

// examine finds what is odd about a report that turned a standing before into after. It must be called before the report stands in the
// batch.
func (b *batch) examine(before, after domain.Standing, j *job) {
	for _, f := range domain.Examine(b.policy, before, after, j.snapshot) {
		b.odd = append(b.odd, oddity{snapshot: len(b.records), record: ports.FindingRecord{
			ID: b.service.parts.IDs.NewID(), UserID: before.UserID, Finding: f, At: j.snapshot.Received(), ObservedAt: j.snapshot.At(),
			Experience: j.snapshot.Report().Experience, Principal: j.request.Principal,
		}})
	}
}

// writeFindings stores what was found. ids are those of the reports.
func (b *batch) writeFindings(ctx context.Context, ids []int64) (err error) {
	if len(b.odd) == 0 {
		return nil
	}
	records := make([]ports.FindingRecord, len(b.odd))
	for i, o := range b.odd {
		records[i] = o.record
		records[i].SnapshotID = ids[o.snapshot]
	}
	b.found, err = b.ledger.w.AddFindings(ctx, records)
	return wrap("keep what was found", err)
}

// Findings implements ports.Historian.
func (s *Service) Findings(
	ctx context.Context, filter ports.FindingFilter, cursor string, limit int,
) (ports.FindingPage, error) {
	found, err := s.parts.Store.Findings(ctx, filter, cursor, limit+1)
	if err != nil {
		return ports.FindingPage{}, wrap("read what was found", err)
	}
	findings, next := paged(found, limit, func(f ports.FindingRecord) string { return f.ID })
	return ports.FindingPage{Findings: findings, Next: next}, nil
}
