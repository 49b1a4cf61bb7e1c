package memstore

import (
	"cmp"
	"context"
	"slices"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Snapshots returns a page of the player's history, newest first; see ports.SnapshotReader.
func (s *Store) Snapshots(ctx context.Context, user domain.UserID, before int64, limit int) ([]ports.SnapshotRecord, error) {
	return read(ctx, s, "read the history", func(kept *tables) ([]ports.SnapshotRecord, error) {
		records := kept.history[user]
		if before != 0 {
			end, _ := slices.BinarySearchFunc(records, before, compareSnapshot)
			records = records[:end]
		}
		page := slices.Clone(records[len(records)-min(max(limit, 0), len(records)):])
		slices.Reverse(page)
		for i := range page {
			page[i].Disregarded = kept.disregarded[page[i].ID]
		}
		return page, nil
	})
}

func compareSnapshot(r ports.SnapshotRecord, id int64) int { return cmp.Compare(r.ID, id) }

func (u *unit) AppendSnapshots(ctx context.Context, records []ports.SnapshotRecord) ([]int64, error) {
	ids := make([]int64, len(records))
	err := u.call(ctx, "append to the history", func() error {
		for i, r := range records {
			ids[i] = u.appendSnapshot(r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

func (u *unit) SaveReports(ctx context.Context, standings []ports.PlacedStanding, records []ports.SnapshotRecord) ([]int64, error) {
	if err := u.SaveStandings(ctx, standings); err != nil {
		return nil, err
	}
	return u.AppendSnapshots(ctx, records)
}

func (u *unit) SaveLastReports(ctx context.Context, standings []ports.PlacedStanding, records []ports.SnapshotRecord) ([]int64, error) {
	ids, err := u.SaveReports(ctx, standings, records)
	if err == nil && slices.Contains(ids, 0) {
		err = u.call(ctx, "append to the history", func() error { return domain.ErrConflict })
	}
	u.complete = true
	return ids, err
}

// appendSnapshot returns the id that the record got, or 0 when its key is stored already.
func (u *unit) appendSnapshot(r ports.SnapshotRecord) int64 {
	if r.Request.Key != "" {
		if _, ok := u.answers.get(r.Request); ok {
			return 0
		}
	}
	u.last.snapshot++
	r.ID = u.last.snapshot
	if r.Request.Key != "" {
		u.answers.put(r.Request, ports.StoredAnswer{
			RequestHash: r.RequestHash, SnapshotID: r.ID, Answer: copyOfAnswer(r.Answer),
		})
	}
	r.RequestHash, r.Answer, r.Disregarded = "", ports.Answer{}, ""
	u.appended = append(u.appended, r)
	return r.ID
}

func (u *unit) Answers(ctx context.Context, keys []ports.RequestKey) (map[ports.RequestKey]ports.StoredAnswer, error) {
	found := make(map[ports.RequestKey]ports.StoredAnswer)
	err := u.call(ctx, "look up answers", func() error {
		for _, key := range keys {
			if stored, ok := u.answers.get(key); ok {
				stored.Answer = copyOfAnswer(stored.Answer)
				found[key] = stored
			}
		}
		return nil
	})
	return found, err
}

// copyOfAnswer returns the answer as it is kept: nothing in it is shared, and its instants are in the form of the domain.
func copyOfAnswer(a ports.Answer) ports.Answer {
	a.Standing = normal(a.Standing)
	if a.Decision != nil {
		decision := normalRecord(*a.Decision)
		a.Decision = &decision
	}
	return a
}
