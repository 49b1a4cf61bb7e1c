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

// Standing returns the player's standing; domain.ErrNotFound when the player is unknown.
func (s *Store) Standing(ctx context.Context, user domain.UserID) (domain.Standing, error) {
	return read(ctx, s, "read the standing", func(kept *tables) (domain.Standing, error) {
		standing, ok := kept.players[user]
		if !ok {
			return domain.Standing{}, fmt.Errorf("read the standing of %s: %w", user, domain.ErrNotFound)
		}
		return standing, nil
	})
}

// StandingsOf returns the standings of those users that are known; see ports.StandingReader.
func (s *Store) StandingsOf(ctx context.Context, users []domain.UserID) ([]domain.Standing, error) {
	return read(ctx, s, "read the standings", func(kept *tables) ([]domain.Standing, error) {
		var standings []domain.Standing
		for _, user := range ascending(users) {
			if standing, ok := kept.players[user]; ok {
				standings = append(standings, standing)
			}
		}
		return standings, nil
	})
}

// DueReleases returns up to limit players whose suspension is over and about whom no decision is pending; see ports.StandingReader.
func (s *Store) DueReleases(ctx context.Context, after ports.Due, limit int) ([]ports.Due, error) {
	return read(ctx, s, "look for suspensions that are over", func(kept *tables) ([]ports.Due, error) {
		var due []ports.Due
		at := now()
		for user, standing := range kept.players {
			busy := kept.decisions[kept.open[user]].Status == domain.StatusPending
			if p := standing.Punishment; p.Status == domain.PunishmentTrial && p.Over(at) && !busy {
				due = append(due, ports.Due{User: user, Place: placeOf(p.Until)})
			}
		}
		return pageOf(due, after, limit), nil
	})
}

// placeOf returns the place among what is due of something that is due since then: such texts sort as the instants do.
func placeOf(since time.Time) string { return since.UTC().Format("2006-01-02T15:04:05.000000000") }

// pageOf returns those of what is due that come next behind after.
func pageOf(due []ports.Due, after ports.Due, limit int) []ports.Due {
	compare := func(a, b ports.Due) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Decision, b.Decision), compareUsers(a.User, b.User))
	}
	slices.SortFunc(due, compare)
	if after != (ports.Due{}) {
		due = slices.DeleteFunc(due, func(d ports.Due) bool { return compare(d, after) <= 0 })
	}
	return due[:min(max(limit, 0), len(due))]
}

func (u *unit) LockStandings(ctx context.Context, users []domain.UserID) ([]domain.Standing, error) {
	var standings []domain.Standing
	err := u.call(ctx, "lock the standings", func() error {
		for _, user := range ascending(users) {
			if standing, ok := u.players.get(user); ok {
				standings = append(standings, standing)
			}
		}
		return nil
	})
	return standings, err
}

func (u *unit) SaveStandings(ctx context.Context, standings []ports.PlacedStanding) error {
	return u.call(ctx, "save the standings", func() error {
		for _, placed := range standings {
			standing, err := domain.RestoreStanding(placed.Standing)
			if err != nil {
				return err
			}
			stored, _ := u.players.get(standing.UserID)
			if stored.Version != standing.Version {
				return fmt.Errorf("user %s, version %d, stored %d: %w",
					standing.UserID, standing.Version, stored.Version, domain.ErrConflict)
			}
			standing.Version++
			u.players.put(standing.UserID, standing)
		}
		return nil
	})
}

// ascending returns the users in ascending order, each once.
func ascending(users []domain.UserID) []domain.UserID {
	return slices.Compact(slices.SortedFunc(slices.Values(users), compareUsers))
}

func compareUsers(a, b domain.UserID) int { return cmp.Compare(a.Int64(), b.Int64()) }
