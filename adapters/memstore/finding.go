package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Findings returns a page of findings; see ports.FindingReader.
func (s *Store) Findings(
	ctx context.Context, filter ports.FindingFilter, before string, limit int,
) ([]ports.FindingRecord, error) {
	filter.Since = domain.Instant(filter.Since)
	return read(ctx, s, "list findings", func(kept *tables) ([]ports.FindingRecord, error) {
		var page []ports.FindingRecord
		for _, f := range kept.findings {
			if fits(filter, f) && (before == "" || f.ID < before) {
				page = append(page, f)
			}
		}
		slices.SortFunc(page, func(a, b ports.FindingRecord) int { return cmp.Compare(b.ID, a.ID) })
		return page[:min(max(limit, 0), len(page))], nil
	})
}

// fits reports whether everything that the filter sets holds for the finding.
func fits(filter ports.FindingFilter, f ports.FindingRecord) bool {
	return (filter.User.IsZero() || f.UserID == filter.User) &&
		(filter.Kind == 0 || f.Finding.Kind == filter.Kind) &&
		!f.At.Before(filter.Since)
}

// PruneFindings forgets old findings; see ports.FindingReader.
func (s *Store) PruneFindings(ctx context.Context, before time.Time, limit int) (int, error) {
	if err := s.takeTurn(ctx); err != nil {
		return 0, fmt.Errorf("prune findings: %w", err)
	}
	defer s.endTurn()
	s.mu.Lock()
	defer s.mu.Unlock()
	var old []ports.FindingRecord
	for _, f := range s.kept.findings {
		if f.At.Before(before) {
			old = append(old, f)
		}
	}
	slices.SortFunc(old, func(a, b ports.FindingRecord) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	old = old[:min(max(limit, 0), len(old))]
	for _, f := range old {
		delete(s.kept.findings, f.ID)
	}
	return len(old), nil
}

func (u *unit) AddFindings(ctx context.Context, findings []ports.FindingRecord) ([]ports.FindingRecord, error) {
	var added []ports.FindingRecord
	err := u.call(ctx, "add findings", func() error {
		for _, f := range findings {
			f.At, f.ObservedAt = domain.Instant(f.At), domain.Instant(f.ObservedAt)
			var others []ports.FindingRecord // of the user and kind
			quiet := false
			for other := range u.findings.values() {
				if other.ID == f.ID {
					return fmt.Errorf("finding %q exists: %w", f.ID, domain.ErrConflict)
				}
				if other.UserID != f.UserID || other.Finding.Kind != f.Finding.Kind {
					continue
				}
				others = append(others, other)
				quiet = quiet || other.Finding.Window == f.Finding.Window && other.At.After(f.At.Add(-f.Finding.Quiet()))
			}
			if quiet {
				continue
			}
			u.findings.put(f.ID, f)
			added = append(added, f)
			others = append(others, f)
			slices.SortFunc(others, func(a, b ports.FindingRecord) int { return cmp.Compare(b.ID, a.ID) })
			for _, old := range others[min(ports.FindingsKept, len(others)):] {
				u.findings.remove(old.ID)
			}
		}
		return nil
	})
	return added, err
}
