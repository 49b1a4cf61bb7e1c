package app

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Trace implements ports.Historian.
func (s *Service) Trace(ctx context.Context, id string) (ports.DecisionTrace, error) {
	record, err := s.parts.Store.Decision(ctx, id)
	if err != nil {
		return ports.DecisionTrace{}, wrap("read the decision", err)
	}
	transitions, err := s.parts.Store.Transitions(ctx, id)
	if err != nil {
		return ports.DecisionTrace{}, wrap("read the decision's transitions", err)
	}
	return ports.DecisionTrace{Decision: record, Transitions: transitions}, nil
}

// Decisions implements ports.Historian.
func (s *Service) Decisions(
	ctx context.Context, filter ports.DecisionFilter, cursor string, limit int,
) (ports.DecisionPage, error) {
	records, err := s.parts.Store.Decisions(ctx, filter, cursor, limit+1)
	if err != nil {
		return ports.DecisionPage{}, wrap("read the ledger", err)
	}
	decisions, next := paged(records, limit, func(r ports.DecisionRecord) string { return r.ID })
	return ports.DecisionPage{Decisions: decisions, Next: next}, nil
}

// History implements ports.Historian.
func (s *Service) History(ctx context.Context, user domain.UserID, cursor string, limit int) (ports.HistoryPage, error) {
	from, err := parseBookmark(cursor)
	if err != nil {
		return ports.HistoryPage{}, err
	}
	if _, err := s.parts.Store.Standing(ctx, user); err != nil {
		return ports.HistoryPage{}, wrap("look the player up", err)
	}
	snapshots, err := s.parts.Store.Snapshots(ctx, user, from.snapshot, limit+1)
	if err != nil {
		return ports.HistoryPage{}, wrap("read the player's reports", err)
	}
	decisions, err := s.parts.Store.Decisions(ctx, ports.DecisionFilter{User: user}, from.decision, limit+1)
	if err != nil {
		return ports.HistoryPage{}, wrap("read the player's decisions", err)
	}
	entries := merge(snapshots, decisions)
	if len(entries) <= limit {
		return ports.HistoryPage{Entries: entries}, nil
	}
	return ports.HistoryPage{Entries: entries[:limit], Next: from.behind(entries[:limit]).String()}, nil
}

// merge returns both lists, each newest first, as one. A decision stands above the report that led to it.
func merge(snapshots []ports.SnapshotRecord, decisions []ports.DecisionRecord) []ports.HistoryEntry {
	var entries []ports.HistoryEntry
	for len(snapshots)+len(decisions) > 0 {
		if len(decisions) > 0 && (len(snapshots) == 0 || !decisions[0].CreatedAt.Before(snapshots[0].Snapshot.Received())) {
			entries = append(entries, ports.HistoryEntry{At: decisions[0].CreatedAt, Decision: &decisions[0]})
			decisions = decisions[1:]
			continue
		}
		entries = append(entries, ports.HistoryEntry{At: snapshots[0].Snapshot.Received(), Snapshot: &snapshots[0]})
		snapshots = snapshots[1:]
	}
	return entries
}

// bookmark is where a page of a history begins: before these, in each of the two lists.
type bookmark struct {
	snapshot int64  // 0 for the newest
	decision string // "" for the newest
}

// behind returns the bookmark after entries that begin at p.
func (p bookmark) behind(entries []ports.HistoryEntry) bookmark {
	for _, e := range entries {
		if e.Snapshot != nil {
			p.snapshot = e.Snapshot.ID
		} else {
			p.decision = e.Decision.ID
		}
	}
	return p
}

// String returns the bookmark as a cursor.
func (p bookmark) String() string { return fmt.Sprintf("%d.%s", p.snapshot, p.decision) }

func parseBookmark(cursor string) (bookmark, error) {
	if cursor == "" {
		return bookmark{}, nil
	}
	digits, decision, ok := strings.Cut(cursor, ".")
	snapshot, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || snapshot < 0 {
		return bookmark{}, errCursor
	}
	return bookmark{snapshot, decision}, nil
}
