package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func standingRoundTrip(t *testing.T, h Harness) {
	t.Helper()

	t.Run("every field of a standing comes back", func(t *testing.T) {
		s := h.open(t)
		want := h.fullStanding()
		full(t, want)
		want.Version = 0
		stored := save(t, s, want)[0]
		same(t, "Standing", standing(t, s, domain.MaxID), stored)
	})

	t.Run("a standing with nothing but its user comes back as empty as it was", func(t *testing.T) {
		s := h.open(t)
		stored := save(t, s, domain.Standing{UserID: user(1)})[0]
		same(t, "Standing", standing(t, s, 1), stored)
	})

	t.Run("a standing that loses its optional values loses them in storage", func(t *testing.T) {
		s := h.open(t)
		first := h.fullStanding()
		first.Version = 0
		save(t, s, first)
		stored := save(t, s, domain.Standing{UserID: first.UserID, Version: 1, Username: "a"})[0]
		same(t, "Standing", standing(t, s, domain.MaxID), stored)
	})

	t.Run("instants of another zone come back equal, in UTC and in microseconds", func(t *testing.T) {
		s := h.open(t)
		given := h.fullStanding()
		given.Version = 0
		for _, at := range []*time.Time{
			&given.RankSince, &given.Punishment.Until, &given.Owed.Until, &given.DecidedAt, &given.AbsentSince,
			&given.ConfirmedAt, &given.ObservedAt, &given.CreatedAt, &given.LastSyncedAt,
		} {
			*at = abroad(*at)
		}
		save(t, s, given)
		want := h.fullStanding()
		want.Version = 1
		same(t, "Standing", standing(t, s, domain.MaxID), want)
	})

	t.Run("instants that differ by the precision stay apart and in order", func(t *testing.T) {
		s := h.open(t)
		whole := noon()
		for i, at := range []time.Time{
			whole.Add(-h.precision()), whole, whole.Add(h.precision()), whole.Add(10 * h.precision()),
			whole.Add(time.Second / 10), whole.Add(time.Second - h.precision()),
		} {
			p := player(int64(i + 1))
			p.ObservedAt = at
			save(t, s, p)
			if got := standing(t, s, int64(i+1)).ObservedAt; got != at {
				t.Errorf("ObservedAt: got %s, want %s", got, at)
			}
		}
	})

	t.Run("an instant of long ago and one far ahead come back", func(t *testing.T) {
		s := h.open(t)
		p := player(1)
		p.CreatedAt = time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC)
		p.Punishment = domain.Punishment{
			Status: domain.PunishmentTrial, Until: time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC),
		}
		stored := save(t, s, p)[0]
		same(t, "Standing", standing(t, s, 1), stored)
	})

	t.Run("every punishment status comes back", func(t *testing.T) {
		s := h.open(t)
		for status := domain.PunishmentNone; status <= domain.PunishmentSevere; status++ {
			p := player(int64(status) + 1)
			p.Punishment.Status, p.Owed.Status = status, domain.PunishmentSevere-status
			stored := save(t, s, p)[0]
			same(t, "Standing", standing(t, s, int64(status)+1), stored)
		}
	})

	t.Run("metadata that is absent, empty or plain stays so", func(t *testing.T) {
		s := h.open(t)
		for i, text := range []string{"", "{}", `{"a":1}`, `{"":{"":""}}`} {
			p := player(int64(i + 1))
			p.Metadata = text
			stored := save(t, s, p)[0]
			same(t, "Standing", standing(t, s, int64(i+1)), stored)
		}
	})

	t.Run("the position on the ladder changes nothing of what loads", func(t *testing.T) {
		s := h.open(t)
		position := domain.Position{
			Next: awkward, NextPoints: 5, Previous: "below", PreviousPoints: 3, Privileged: true, Blocked: true,
		}
		write(t, s, func(ctx context.Context, w ports.Writer) error {
			return w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: player(1), Position: position}})
		})
		want := player(1)
		want.Version = 1
		same(t, "Standing", standing(t, s, 1), want)
	})
}
