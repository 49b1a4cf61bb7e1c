package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// write runs fn in a unit, and ends the test when it is not kept. Functions given to it return their errors: ending a test inside a
// unit would leave the unit open.
func write(t *testing.T, s ports.Store, fn func(ctx context.Context, w ports.Writer) error) {
	t.Helper()
	if err := s.Write(soon(t), fn); err != nil {
		t.Fatalf("Write: got error %v, want none", err)
	}
}

// placed returns the standings with no position.
func placed(standings ...domain.Standing) []ports.PlacedStanding {
	all := make([]ports.PlacedStanding, len(standings))
	for i, s := range standings {
		all[i] = ports.PlacedStanding{Standing: s}
	}
	return all
}

// save stores the standings in one unit and returns them as they are stored then.
func save(t *testing.T, s ports.Store, standings ...domain.Standing) []domain.Standing {
	t.Helper()
	write(t, s, func(ctx context.Context, w ports.Writer) error { return w.SaveStandings(ctx, placed(standings...)) })
	stored := slices.Clone(standings)
	for i := range stored {
		stored[i].Version++
	}
	return stored
}

// known stores plain players of those numbers.
func known(t *testing.T, s ports.Store, numbers ...int64) {
	t.Helper()
	standings := make([]domain.Standing, len(numbers))
	for i, n := range numbers {
		standings[i] = player(n)
	}
	save(t, s, standings...)
}

// standing returns what is stored of the player, and ends the test when nothing is.
func standing(t *testing.T, s ports.Store, n int64) domain.Standing {
	t.Helper()
	got, err := s.Standing(soon(t), user(n))
	if err != nil {
		t.Fatalf("Standing(%d): got error %v, want none", n, err)
	}
	return got
}

// unknown fails the test when anything is stored of the player.
func unknown(t *testing.T, s ports.Store, n int64) {
	t.Helper()
	_, err := s.Standing(soon(t), user(n))
	is(t, "Standing of a player who was not kept", err, domain.ErrNotFound)
}

// locked runs fn in a unit that holds the player's row, as whoever writes more than the row itself must.
func locked(t *testing.T, s ports.Store, n int64, fn func(ctx context.Context, w ports.Writer) error) {
	t.Helper()
	write(t, s, lockFirst(n, fn))
}

func lockFirst(n int64, fn func(ctx context.Context, w ports.Writer) error) func(context.Context, ports.Writer) error {
	return func(ctx context.Context, w ports.Writer) error {
		if _, err := w.LockStandings(ctx, []domain.UserID{user(n)}); err != nil {
			return err
		}
		return fn(ctx, w)
	}
}

// appendAll appends records of one player and returns their ids.
func appendAll(t *testing.T, s ports.Store, records ...ports.SnapshotRecord) []int64 {
	t.Helper()
	var ids []int64
	locked(t, s, records[0].Snapshot.UserID().Int64(), func(ctx context.Context, w ports.Writer) (err error) {
		ids, err = w.AppendSnapshots(ctx, records)
		return err
	})
	if len(ids) != len(records) {
		t.Fatalf("AppendSnapshots of %d records: got ids %v, want one for each", len(records), ids)
	}
	return ids
}

// answers returns the stored answers to the keys.
func answers(t *testing.T, s ports.Store, keys ...ports.RequestKey) map[ports.RequestKey]ports.StoredAnswer {
	t.Helper()
	var found map[ports.RequestKey]ports.StoredAnswer
	write(t, s, func(ctx context.Context, w ports.Writer) (err error) {
		found, err = w.Answers(ctx, keys)
		return err
	})
	if found == nil {
		t.Error("Answers: got a nil map, want one that is never nil")
	}
	return found
}

// page returns a page of the player's history.
func page(t *testing.T, s ports.Store, n, before int64, limit int) []ports.SnapshotRecord {
	t.Helper()
	records, err := s.Snapshots(soon(t), user(n), before, limit)
	if err != nil {
		t.Fatalf("Snapshots(%d, before %d, limit %d): got error %v, want none", n, before, limit, err)
	}
	return records
}

// decide adds records of one player in one unit.
func decide(t *testing.T, s ports.Store, records ...ports.DecisionRecord) {
	t.Helper()
	locked(t, s, records[0].UserID.Int64(), func(ctx context.Context, w ports.Writer) error {
		return w.AddDecisions(ctx, records)
	})
}

// decision returns the record of that id, and ends the test when there is none.
func decision(t *testing.T, s ports.Store, id string) ports.DecisionRecord {
	t.Helper()
	got, err := s.Decision(soon(t), id)
	if err != nil {
		t.Fatalf("Decision(%s): got error %v, want none", id, err)
	}
	return got
}

// openOf returns the open decisions of the players.
func openOf(t *testing.T, s ports.Store, users ...domain.UserID) []ports.DecisionRecord {
	t.Helper()
	var open []ports.DecisionRecord
	write(t, s, func(ctx context.Context, w ports.Writer) (err error) {
		open, err = w.OpenDecisions(ctx, users)
		return err
	})
	return open
}

// reviveAs revives the player's decision and returns what ReviveDecision returned.
func reviveAs(t *testing.T, s ports.Store, r ports.DecisionRecord, status domain.Status, at time.Time) bool {
	t.Helper()
	revived := false
	locked(t, s, r.UserID.Int64(), func(ctx context.Context, w ports.Writer) (err error) {
		revived, err = w.ReviveDecision(ctx, r.ID, ports.Transition{Status: status, Detail: "detail of " + string(status), At: at})
		return err
	})
	return revived
}

// closeAs closes the player's decision and returns what MoveDecision returned.
func closeAs(t *testing.T, s ports.Store, r ports.DecisionRecord, status domain.Status, at time.Time) bool {
	t.Helper()
	closed := false
	locked(t, s, r.UserID.Int64(), func(ctx context.Context, w ports.Writer) (err error) {
		closed, err = w.MoveDecision(ctx, r.ID, ports.Transition{Status: status, Detail: "detail of " + string(status), At: at})
		return err
	})
	return closed
}
