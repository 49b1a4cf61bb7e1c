package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// reports holds what SaveReports promises: what both of its halves do alone.
func reports(t *testing.T, h Harness) {
	t.Helper()

	t.Run("reports save players, known and new, and append what was reported, in order", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 2)
		var ids []int64
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			players, err := w.LockStandings(ctx, []domain.UserID{user(1), user(2)})
			if err != nil {
				return err
			}
			players[0].Points = 42
			ids, err = w.SaveReports(ctx, placed(player(1), players[0]), []ports.SnapshotRecord{
				snapshotOf(2, 41), keyed(snapshotOf(1, 7), "game", "a"), snapshotOf(2, 42),
			})
			return err
		})
		same(t, "points of the known player", standing(t, s, 2).Points, int64(42))
		same(t, "version of the known player", standing(t, s, 2).Version, int64(2))
		same(t, "version of the new player", standing(t, s, 1).Version, int64(1))
		same(t, "history of the known player", points(page(t, s, 2, 0, 10)), []int64{42, 41})
		same(t, "the ids ascend", len(ids) == 3 && 0 < ids[0] && ids[0] < ids[1] && ids[1] < ids[2], true)
		same(t, "id of the newest record", page(t, s, 2, 0, 1)[0].ID, ids[2])
	})

	t.Run("reports may save nobody, or append nothing", func(t *testing.T) {
		s := h.open(t)
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			if _, err := w.SaveReports(ctx, placed(player(1)), nil); err != nil {
				return err
			}
			if _, err := w.SaveReports(ctx, nil, []ports.SnapshotRecord{snapshotOf(1, 3)}); err != nil {
				return err
			}
			_, err := w.SaveReports(ctx, nil, nil)
			return err
		})
		same(t, "points", points(page(t, s, 1, 0, 10)), []int64{3})
	})

	t.Run("a report whose key is stored is not appended and gets no id", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		appendAll(t, s, keyed(snapshotOf(1, 1), "game", "a"))
		var ids []int64
		write(t, s, func(ctx context.Context, w ports.Writer) (err error) {
			ids, err = w.SaveReports(ctx, nil, []ports.SnapshotRecord{keyed(snapshotOf(1, 2), "game", "a"), keyed(snapshotOf(1, 3), "game", "b")})
			return err
		})
		same(t, "the first id", ids[0], int64(0))
		same(t, "points", points(page(t, s, 1, 0, 10)), []int64{3, 1})
	})

	t.Run("the last reports are kept like others", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 2)
		var ids []int64
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			players, err := w.LockStandings(ctx, []domain.UserID{user(1), user(2)})
			if err != nil {
				return err
			}
			players[0].Points = 42
			ids, err = w.SaveLastReports(ctx, placed(player(1), players[0]), []ports.SnapshotRecord{
				snapshotOf(2, 41), keyed(snapshotOf(1, 7), "game", "a"), snapshotOf(2, 42),
			})
			return err
		})
		same(t, "points of the known player", standing(t, s, 2).Points, int64(42))
		same(t, "version of the new player", standing(t, s, 1).Version, int64(1))
		same(t, "history of the known player", points(page(t, s, 2, 0, 10)), []int64{42, 41})
		same(t, "the ids ascend", len(ids) == 3 && 0 < ids[0] && ids[0] < ids[1] && ids[1] < ids[2], true)
		same(t, "id of the newest record", page(t, s, 2, 0, 1)[0].ID, ids[2])
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			one, err := w.LockStandings(ctx, []domain.UserID{user(2)})
			if err != nil {
				return err
			}
			one[0].Points = 43
			_, err = w.SaveLastReports(ctx, placed(one...), []ports.SnapshotRecord{snapshotOf(2, 43)})
			return err
		})
		same(t, "points after one more", standing(t, s, 2).Points, int64(43))
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			_, err := w.SaveLastReports(ctx, nil, nil)
			return err
		})
	})

	t.Run("a call after the last reports fails", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		err := s.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
			if _, err := w.LockStandings(ctx, []domain.UserID{user(1)}); err != nil {
				return err
			}
			if _, err := w.SaveLastReports(ctx, nil, []ports.SnapshotRecord{snapshotOf(1, 1)}); err != nil {
				return err
			}
			if _, err := w.AppendSnapshots(ctx, []ports.SnapshotRecord{snapshotOf(1, 2)}); err == nil {
				t.Error("AppendSnapshots after the last call: got no error")
			}
			return nil
		})
		if err == nil {
			t.Error("the unit: got no error")
		}
		if kept := points(page(t, s, 1, 0, 10)); slices.Contains(kept, 2) {
			t.Errorf("the history has %v, want nothing of the call after the last", kept)
		}
	})

	for name, records := range map[string][]ports.SnapshotRecord{
		"a key that is stored": {snapshotOf(1, 2), keyed(snapshotOf(1, 3), "game", "a")},
		"a key used twice":     {keyed(snapshotOf(1, 2), "game", "b"), keyed(snapshotOf(1, 3), "game", "b")},
	} {
		t.Run("last reports with "+name+" conflict, and nothing of them is kept", func(t *testing.T) {
			s := h.open(t)
			known(t, s, 1)
			appendAll(t, s, keyed(snapshotOf(1, 1), "game", "a"))
			conflicts(t, s, "SaveLastReports", func(ctx context.Context, w ports.Writer) error {
				one, err := w.LockStandings(ctx, []domain.UserID{user(1)})
				if err != nil {
					return err
				}
				one[0].Points = 9
				_, err = w.SaveLastReports(ctx, placed(one...), records)
				return err
			})
			same(t, "points of the player", standing(t, s, 1).Points, player(1).Points)
			same(t, "history", points(page(t, s, 1, 0, 10)), []int64{1})
		})
	}

	for name, wrong := range map[string][]domain.Standing{
		"a player whose version differs": {{UserID: user(1), Version: 7}},
		"a new player who is known":      {{UserID: user(1)}},
	} {
		t.Run("reports about "+name+" conflict, and nothing of them is kept", func(t *testing.T) {
			s := h.open(t)
			known(t, s, 1)
			conflicts(t, s, "SaveReports", func(ctx context.Context, w ports.Writer) error {
				if _, err := w.LockStandings(ctx, []domain.UserID{user(1)}); err != nil {
					return err
				}
				_, err := w.SaveReports(ctx, placed(wrong...), []ports.SnapshotRecord{snapshotOf(1, 9)})
				return err
			})
			conflicts(t, s, "SaveLastReports", func(ctx context.Context, w ports.Writer) error {
				if _, err := w.LockStandings(ctx, []domain.UserID{user(1)}); err != nil {
					return err
				}
				_, err := w.SaveLastReports(ctx, placed(wrong...), []ports.SnapshotRecord{snapshotOf(1, 9)})
				return err
			})
			same(t, "points", points(page(t, s, 1, 0, 10)), []int64{})
		})
	}
}
