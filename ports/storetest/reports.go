package storetest

import (
	"context"
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
			same(t, "points", points(page(t, s, 1, 0, 10)), []int64{})
		})
	}
}
