package memstore

import (
	"context"
	"fmt"
	"slices"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// PruneSnapshots forgets old records; see ports.SnapshotPruner.
func (s *Store) PruneSnapshots(ctx context.Context, step ports.PruneStep) (ports.Pruned, error) {
	if err := s.takeTurn(ctx); err != nil {
		return ports.Pruned{}, fmt.Errorf("prune the history: %w", err)
	}
	defer s.endTurn()
	s.mu.Lock()
	defer s.mu.Unlock()
	var records []ports.SnapshotRecord
	for _, history := range s.kept.history {
		records = append(records, history...)
	}
	slices.SortFunc(records, func(a, b ports.SnapshotRecord) int { return compareSnapshot(a, b.ID) })
	var pruned ports.Pruned
	looked := 0
	for _, r := range records {
		if r.ID <= step.After {
			continue
		}
		if looked == step.Limit {
			return pruned, nil
		}
		if !r.Snapshot.Received().Before(step.Before) {
			break
		}
		looked++
		pruned.Next = r.ID
		if s.kept.forget(r) {
			pruned.Removed++
		}
	}
	pruned.Next = 0
	return pruned, nil
}

// forget removes a record and the answer to its key, unless none of its player follows that counts and was not stale.
func (t *tables) forget(r ports.SnapshotRecord) bool {
	user := r.Snapshot.UserID()
	history := t.history[user]
	if !slices.ContainsFunc(history, func(other ports.SnapshotRecord) bool {
		return other.ID > r.ID && t.disregarded[other.ID] == "" && other.Outcome != domain.FoldStale
	}) {
		return false
	}
	t.history[user] = slices.DeleteFunc(slices.Clone(history), func(other ports.SnapshotRecord) bool { return other.ID == r.ID })
	delete(t.answers, r.Request)
	delete(t.disregarded, r.ID)
	return true
}
