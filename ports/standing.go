package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// PlacedStanding is a standing with its position on the ladder of the policy at hand. Storage keeps the position for other programs
// that read the players table; it never trusts it when it loads.
type PlacedStanding struct {
	Standing domain.Standing
	Position domain.Position
}

// StandingFilter chooses players. Its zero value chooses all; what is set must all hold.
type StandingFilter struct {
	Ranks     []string     // the rank by the record is one of these; none chooses all
	MinPoints domain.Count // at least as many points; left out chooses all
	SeenSince time.Time    // the newest snapshot arrived then or later
}

// StandingReader looks players up, outside a unit.
type StandingReader interface {
	// Standing returns the player's standing; domain.ErrNotFound when the player is unknown.
	Standing(ctx context.Context, user domain.UserID) (domain.Standing, error)

	// StandingsOf returns the standings of those users that are known, in ascending order of user, each once. Unknown users are left out.
	StandingsOf(ctx context.Context, users []domain.UserID) ([]domain.Standing, error)

	// DueReleases returns up to limit players whose suspension is over by the store's clock and about whom no decision is
	// pending, longest over first, of those behind after; the zero Due starts at the first. One that is not due any more has kept its place.
	// A decision that is held or awaits approval keeps nobody out. Suspensions without an end are never due. It is empty at the end.
	DueReleases(ctx context.Context, after Due, limit int) ([]Due, error)

	// Standings returns up to limit players that the filter chooses, in ascending order of user, of those above after; nobody starts at the
	// lowest. Only what the rules look at is filled in, besides Version and LastSyncedAt: names, Left, kos, wos, recommendations,
	// ConfirmedAt, ObservedAt, CreatedAt, experience and metadata stay empty. It is empty at the end.
	Standings(ctx context.Context, filter StandingFilter, after domain.UserID, limit int) ([]domain.Standing, error)

	// CountStandings returns how many players the filter chooses, about: players who come and go meanwhile may be counted or not.
	CountStandings(ctx context.Context, filter StandingFilter) (int64, error)
}

// StandingWriter reads and writes players inside a unit.
type StandingWriter interface {
	// LockStandings returns the standings of those users that are known, in ascending order of user, each once. Their rows stay locked
	// against other writers until the unit ends; they are locked in ascending order. Unknown users are left out and cannot be locked.
	// It may be called again, for users locked before or above those. No users give no standings.
	LockStandings(ctx context.Context, users []domain.UserID) ([]domain.Standing, error)

	// SaveStandings writes each standing, which must carry the Version that was read, and counts that up by one; a standing with
	// Version 0 is inserted as 1. When any stored version differs, or a Version 0 exists already, the result is domain.ErrConflict and
	// the unit is poisoned. A user may stand in the list once; twice is an error. It may be called again with the version counted up.
	SaveStandings(ctx context.Context, standings []PlacedStanding) error
}

// LeaderboardEntry is a player as leaderboards show them.
type LeaderboardEntry struct {
	UserID       domain.UserID
	Username     string
	Rank         string
	Points       int64
	Kos          int64
	Wos          int64
	LastSyncedAt time.Time
}
