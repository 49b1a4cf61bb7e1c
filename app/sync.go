package app

import (
	"context"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// syncUnit is how many entries are taken in at once: enough to be fast, few enough to leave room for reports.
const syncUnit = 100

// Sync implements ports.Syncer.
func (s *Service) Sync(ctx context.Context, r ports.SyncRequest) (ports.SyncResult, error) {
	if s.parts.Remote.DataStore == nil {
		return ports.SyncResult{}, &domain.Error{
			Kind: domain.KindBlocked, Code: "sync_not_configured",
			Message: "there is no data store to read; set ROBLOX_OPEN_CLOUD_API_KEY and ROBLOX_UNIVERSE_ID",
		}
	}
	if err := s.permitted(ctx); err != nil {
		return ports.SyncResult{}, err
	}
	page, err := s.parts.Remote.DataStore.Entries(ctx, r.Cursor, r.Limit)
	if err != nil {
		return ports.SyncResult{}, wrap("read the data store", err)
	}
	result := ports.SyncResult{Skipped: page.Skipped, Next: page.Next}
	for begin := 0; begin < len(page.Reports); begin += syncUnit {
		reports := page.Reports[begin:min(begin+syncUnit, len(page.Reports))]
		jobs := make([]*job, len(reports))
		for i, report := range reports {
			jobs[i] = s.newJob(ports.IngestRequest{Caller: r.Caller, Report: report}, ports.SourceDataStore)
		}
		s.take(ctx, jobs)
		for _, j := range jobs {
			if j.err != nil && domain.KindOf(j.err) != domain.KindInvalid {
				return ports.SyncResult{}, wrap("take the entries in", j.err)
			}
			count(&result, j)
		}
	}
	return result, nil
}

func count(result *ports.SyncResult, j *job) {
	switch {
	case j.err != nil || j.result.Outcome == domain.FoldStale:
		result.Skipped++
	case j.result.Outcome == domain.FoldFirst:
		result.Created++
	default:
		result.Updated++
	}
}
