package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// How much of a history a rewind reads.
const (
	hearingPage = 500   // reports that are read at once
	hearingDeep = 5_000 // older reports that are looked through, at most, for what newer ones leave out
)

// hearing is what a rewind has heard of a player: which reports are taken out of account, and what the others say.
type hearing struct {
	found     ports.Rewound
	scope     ports.SnapshotScope
	retelling domain.Retelling
	upTo      int64                  // the id of the newest report heard
	ledger    string                 // the oldest decision that matters; "" for the oldest of all
	bound     string                 // the highest rank that the newest report that counts may grant; "" for any
	lost      map[int64]bool         // the ids of the reports that do not count any more
	lostAt    map[time.Time]bool     // when those arrived
	since     time.Time              // when the first of those arrived
	said      [2]map[saying]struct{} // what the reports that count, and those that do not, said that punishes
}

// saying is a number of warnings, or a punishment, that a report told of.
type saying struct {
	warnings int64
	status   domain.PunishmentStatus
}

// hear hears what is known of players, outside any unit: a history only grows, so a unit need only hear what came since.
func (r rewind) hear(ctx context.Context, s ports.Sweep, found []ports.Rewound) ([]*hearing, error) {
	told := make([]*hearing, len(found))
	for i, p := range found {
		h := &hearing{
			found: p, scope: r.scope(s), retelling: domain.NewRetelling(r.service.parts.Policies.Current()),
			lost: make(map[int64]bool), lostAt: make(map[time.Time]bool),
			said: [2]map[saying]struct{}{make(map[saying]struct{}), make(map[saying]struct{})},
		}
		if err := r.hearOne(ctx, h); err != nil {
			return nil, err
		}
		decisions, err := r.service.parts.Store.Decisions(ctx, ports.DecisionFilter{User: p.User}, "", maxLater)
		if err != nil {
			return nil, wrap("read the decisions about the player", err)
		}
		if len(decisions) > 0 {
			h.ledger = decisions[len(decisions)-1].ID
		}
		told[i] = h
	}
	return told, nil
}

// hearOne hears the history of a player from the first report on that does not count any more, and of what is older as much as tells what
// the player was then. What was folded of that is known; later, reports that were too old beside one that does not count may be news.
func (r rewind) hearOne(ctx context.Context, h *hearing) error {
	store, user := r.service.parts.Store, h.found.User
	first, err := store.FirstDisregarded(ctx, user)
	if err != nil {
		return wrap("look for what does not count", err)
	}
	if first == 0 || first > h.found.First {
		first = h.found.First
	}
	var later, older []ports.SnapshotRecord // newest first
	for before := int64(0); ; {
		page, err := store.Snapshots(ctx, user, before, hearingPage)
		if err != nil {
			return wrap("read the player's reports", err)
		}
		for _, record := range page {
			if before = record.ID; record.ID >= first {
				later = append(later, record)
			} else if record.Outcome != domain.FoldStale {
				older = append(older, record)
			}
		}
		base := h.retelling
		for _, record := range slices.Backward(older) {
			base = base.Count(record.Snapshot)
		}
		told := len(older) > 0 && len(later) > 0 && base.Complete(later[len(later)-1].Snapshot.Received())
		if len(page) < hearingPage || told || len(older) >= hearingDeep {
			h.retelling = base
			break
		}
	}
	for _, record := range slices.Backward(older) {
		h.hears(0, record)
	}
	for _, record := range slices.Backward(later) {
		h.next(record)
	}
	return nil
}

// next hears one more report, in the order of arrival.
func (h *hearing) next(record ports.SnapshotRecord) {
	h.upTo = record.ID
	switch {
	case record.Disregarded != "": // by an earlier rewind
		h.retelling = h.retelling.Drop(record.Snapshot)
	case h.scope.Covers(record):
		if len(h.lost) == 0 {
			h.since = record.Snapshot.Received()
		}
		h.retelling = h.retelling.Drop(record.Snapshot)
		h.lost[record.ID], h.lostAt[record.Snapshot.Received()] = true, true
		h.hears(1, record)
	default:
		h.retelling = h.retelling.Count(record.Snapshot)
		h.hears(0, record)
	}
}

// hears keeps what a report said that punishes: of those that count under 0, of the others under 1. Those that count are heard in their order.
func (h *hearing) hears(which int, record ports.SnapshotRecord) {
	if which == 0 && record.Outcome != domain.FoldStale {
		h.bound = record.MaxRank
	}
	r := record.Snapshot.Report()
	if n, told := r.Warnings.Get(); told {
		h.said[which][saying{warnings: n}] = struct{}{}
	}
	if r.Punishment != domain.PunishmentNone {
		h.said[which][saying{status: r.Punishment}] = struct{}{}
	}
}

// onlyLost reports whether only reports that do not count any more said so.
func (h *hearing) onlyLost(s saying) bool {
	_, counts := h.said[0][s]
	_, lost := h.said[1][s]
	return lost && !counts
}

// catchUp hears, inside a unit that has locked the player, what came since. It returns a copy, as units may be repeated.
func (h *hearing) catchUp(ctx context.Context, w ports.Writer) (*hearing, error) {
	now := *h
	now.lost, now.lostAt = maps.Clone(h.lost), maps.Clone(h.lostAt)
	now.said = [2]map[saying]struct{}{maps.Clone(h.said[0]), maps.Clone(h.said[1])}
	for {
		page, err := w.SnapshotsFrom(ctx, h.found.User, now.upTo, hearingPage)
		if err != nil {
			return nil, wrap("read the player's newest reports", err)
		}
		for _, record := range page {
			now.next(record)
		}
		if len(page) < hearingPage {
			return &now, nil
		}
	}
}

// restsOn reports whether a decision was made on a report that does not count any more: it came of one, or of what one had made of the
// player. A punishment also where only such reports told of what it punishes.
func (h *hearing) restsOn(record ports.DecisionRecord) bool {
	if record.CreatedAt.Before(h.since) || len(h.lost) == 0 {
		return false
	}
	d := record.Decision
	rules := record.Origin == domain.OriginRules
	switch {
	case record.SnapshotID != 0 && h.lost[record.SnapshotID]:
		return true
	case rules && record.SnapshotID == 0 && h.lostAt[record.Input.LastSyncedAt]:
		return true
	case rules && (d.Reason == domain.ReasonWarningsTrial || d.Reason == domain.ReasonWarningsSevere):
		return h.onlyLost(saying{warnings: record.Input.Warnings})
	case rules && d.Reason == domain.ReasonReported:
		return h.onlyLost(saying{status: record.Input.Owed.Status})
	}
	return false
}

// ids returns the reports that do not count any more, in ascending order.
func (h *hearing) ids() []int64 {
	ids := make([]int64, 0, len(h.lost))
	for id := range h.lost {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
