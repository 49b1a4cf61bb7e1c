package app

import (
	"context"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// errUnknownPlayer is a player of whom nothing is known.
var errUnknownPlayer = &domain.Error{
	Kind: domain.KindNotFound, Code: "not_found", Message: "no report about this player was ever received",
}

// lookup is a player who is looked up together with others.
type lookup struct {
	user     domain.UserID
	standing domain.Standing
	err      error
}

// Player implements ports.PlayerFinder. Players who are asked for at the same time are read together.
func (s *Service) Player(ctx context.Context, user domain.UserID) (ports.PlacedStanding, error) {
	l := &lookup{user: user}
	if err := s.lookups.submit(ctx, []*lookup{l}); err != nil {
		return ports.PlacedStanding{}, wrap("look the player up", err)
	}
	if l.err != nil {
		return ports.PlacedStanding{}, wrap("look the player up", l.err)
	}
	return place(s.parts.Policies.Current(), l.standing), nil
}

// lookUp reads the players.
func (s *Service) lookUp(ctx context.Context, lookups []*lookup) {
	users := make([]domain.UserID, len(lookups))
	for i, l := range lookups {
		users[i] = l.user
	}
	standings, err := s.parts.Store.StandingsOf(ctx, users)
	known := make(map[domain.UserID]domain.Standing, len(standings))
	for _, standing := range standings {
		known[standing.UserID] = standing
	}
	for _, l := range lookups {
		standing, found := known[l.user]
		switch {
		case err != nil:
			l.err = err
		case !found:
			l.err = errUnknownPlayer
		}
		l.standing = standing
	}
}

// Players implements ports.PlayerFinder.
func (s *Service) Players(ctx context.Context, filter ports.PlayerFilter, cursor string, limit int) (ports.PlayerPage, error) {
	var after domain.UserID
	if cursor != "" {
		var err error
		if after, err = domain.ParseUserID(cursor); err != nil {
			return ports.PlayerPage{}, errCursor
		}
	}
	standings, err := s.parts.Store.SearchPlayers(ctx, filter, after, limit+1) // one more tells whether there is a next page
	if err != nil {
		return ports.PlayerPage{}, wrap("search players", err)
	}
	var page ports.PlayerPage
	if len(standings) > limit {
		standings = standings[:limit]
		page.Next = standings[limit-1].UserID.String()
	}
	policy := s.parts.Policies.Current()
	for _, standing := range standings {
		page.Players = append(page.Players, place(policy, standing))
	}
	return page, nil
}
