package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// ImportedPlayer is what another system knows of a player.
type ImportedPlayer struct {
	Report    domain.Report
	RankSince time.Time // since when the rank is held, of a player who is not known here yet; zero when the other system does not say
}

// ImportResult is what became of imported players.
type ImportResult struct {
	Created int
	Updated int
	Stale   int     // older than what is known here
	Faults  []error // of kind invalid, for each player in order; nil for those that were taken in
}

// Import takes players in from elsewhere, in one unit, as reports that are not kept as history: whoever is not known here starts with the
// rank, of whoever is the rank stands. The error is of the unit: nothing was taken in then, and it may be called again. It may be called
// again after success too, as the same report changes nothing twice.
func (s *Service) Import(ctx context.Context, players []ImportedPlayer) (ImportResult, error) {
	now, policy := s.now(), s.parts.Policies.Current()
	faults := make([]error, len(players))
	snapshots := make([]domain.Snapshot, len(players))
	users := make([]domain.UserID, 0, len(players))
	for i, p := range players {
		if snapshots[i], faults[i] = domain.NewSnapshot(p.Report, now); faults[i] == nil {
			users = append(users, p.Report.UserID)
		}
	}
	var result ImportResult
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		done := ImportResult{Faults: slices.Clone(faults)}
		known, err := w.LockStandings(ctx, users)
		if err != nil {
			return wrap("lock the players", err)
		}
		standings := make(map[domain.UserID]domain.Standing, len(users))
		for _, standing := range known {
			standings[standing.UserID] = standing
		}
		gone, err := s.erased(ctx, w, unknown(users, standings))
		if err != nil {
			return err
		}
		for i, p := range players {
			if gone[p.Report.UserID] && faults[i] == nil {
				done.Faults[i] = errErased
			} else if faults[i] == nil {
				standings[p.Report.UserID] = done.fold(policy, standings[p.Report.UserID], snapshots[i], domain.Instant(p.RankSince))
			}
		}
		var placed []ports.PlacedStanding
		for _, user := range slices.SortedFunc(maps.Keys(standings), ascending) {
			placed = append(placed, place(policy, standings[user]))
		}
		if len(placed) > 0 {
			if err := w.SaveStandings(ctx, placed); err != nil {
				return wrap("save the players", err)
			}
		}
		result = done
		return nil
	})
	return result, wrap("import players", err)
}

// fold takes a snapshot into a standing and counts what that meant.
func (r *ImportResult) fold(p domain.Policy, prev domain.Standing, s domain.Snapshot, rankSince time.Time) domain.Standing {
	next, folded := domain.Fold(p, prev, s, s.Received())
	if folded.Outcome == domain.FoldUpdated {
		next.Growth = domain.Growth{} // a person's file says what the points are: no game made them grow
	}
	switch folded.Outcome {
	case domain.FoldFirst:
		r.Created++
		if next.Rank == s.Report().Rank {
			next.RankSince = rankSince
		}
	case domain.FoldUpdated:
		r.Updated++
	case domain.FoldStale:
		r.Stale++
	}
	return next
}
