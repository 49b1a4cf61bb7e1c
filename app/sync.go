package app

import (
	"context"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// syncUnit is how many entries one unit takes in: enough to be fast, few enough not to hold players locked for long.
const syncUnit = 100

// Sync implements ports.Syncer.
func (s *Service) Sync(ctx context.Context, r ports.SyncRequest) (ports.SyncResult, error) {
	if s.parts.Remote.DataStore == nil {
		return ports.SyncResult{}, &domain.Error{
			Kind: domain.KindBlocked, Code: "sync_not_configured",
			Message: "there is no data store to read; set ROBLOX_OPEN_CLOUD_API_KEY and ROBLOX_UNIVERSE_ID",
		}
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
		if err := s.take(ctx, jobs, false); err != nil {
			return ports.SyncResult{}, wrap("take the entries in", err)
		}
		for _, j := range jobs {
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
