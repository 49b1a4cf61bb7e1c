package memstore

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// SearchPlayers looks for players; see ports.PlayerSearcher.
func (s *Store) SearchPlayers(
	ctx context.Context, filter ports.PlayerFilter, after domain.UserID, limit int,
) ([]domain.Standing, error) {
	return read(ctx, s, "search players", func(kept *tables) ([]domain.Standing, error) {
		last, known := kept.players[after]
		if !after.IsZero() && !known {
			return nil, nil
		}
		order := func(a, b domain.Standing) int {
			if filter.Name == "" {
				return compareUsers(a.UserID, b.UserID)
			}
			return cmp.Or(strings.Compare(strings.ToLower(a.Username), strings.ToLower(b.Username)), compareUsers(a.UserID, b.UserID))
		}
		var found []domain.Standing
		for _, standing := range kept.players {
			if chosen(filter, standing) && (after.IsZero() || order(standing, last) > 0) {
				found = append(found, standing)
			}
		}
		slices.SortFunc(found, order)
		return found[:min(max(limit, 0), len(found))], nil
	})
}

func chosen(f ports.PlayerFilter, s domain.Standing) bool {
	if !strings.HasPrefix(strings.ToLower(s.Username), strings.ToLower(f.Name)) || f.Rank != "" && s.Rank != f.Rank {
		return false
	}
	switch f.Status {
	case ports.PlayerClear:
		return !s.Punishment.InForce() && !s.Hold
	case ports.PlayerSuspended:
		return s.Punishment.Status == domain.PunishmentTrial
	case ports.PlayerBanned:
		return s.Punishment.Status == domain.PunishmentSevere
	case ports.PlayerOnHold:
		return s.Hold
	case ports.PlayerAny:
	}
	return true
}
