package ports

import (
	"context"

	"github.com/grps/grps/domain"
)

// Mark is a place in the order of TopPlayers: by points, then kos, both descending, then user, ascending. Its zero value is before
// everybody.
type Mark struct {
	Points int64
	Kos    int64
	User   domain.UserID
}

// Mark returns where the player stands.
func (e LeaderboardEntry) Mark() Mark { return Mark{Points: e.Points, Kos: e.Kos, User: e.UserID} }

// LeaderboardReader ranks players. Banned players are left out.
type LeaderboardReader interface {
	// TopPlayers returns up to limit players behind after, in the order of marks. It is empty when there is nobody.
	TopPlayers(ctx context.Context, after Mark, limit int) ([]LeaderboardEntry, error)

	// PlayersBefore returns up to limit players before the mark, the nearest first. It is empty when there is nobody.
	PlayersBefore(ctx context.Context, mark Mark, limit int) ([]LeaderboardEntry, error)

	// CountBetween returns how many players stand behind after and before the mark.
	CountBetween(ctx context.Context, after, before Mark) (int64, error)

	// EveryNth returns the marks of the n-th player, the 2n-th and so on, in order. It reads the whole order, so it is not for every
	// request.
	EveryNth(ctx context.Context, n int) ([]Mark, error)

	// TopKos returns up to limit players with any kos by kos, descending, then user, ascending.
	TopKos(ctx context.Context, limit int) ([]LeaderboardEntry, error)

	// TopWos returns up to limit players with any wos by wos, descending, then user, ascending.
	TopWos(ctx context.Context, limit int) ([]LeaderboardEntry, error)
}
