package app

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// boardPage is a page of the leaderboard that is asked for together with others.
type boardPage struct {
	asked   boardAsked
	players []ports.LeaderboardEntry // others may have got the same ones: they are not to be changed
	err     error
}

// boardAsked says which page is asked for.
type boardAsked struct {
	after ports.Mark
	limit int
}

// Top implements ports.Leaderboards. Who asks for the same page at the same time gets it from one read.
func (s *Service) Top(ctx context.Context, cursor string, limit int) (ports.Leaderboard, error) {
	after, err := parseMark(cursor)
	if err != nil {
		return ports.Leaderboard{}, err
	}
	page := &boardPage{asked: boardAsked{after, limit + 1}} // one more tells whether there is a next page
	if err := s.boards.submit(ctx, []*boardPage{page}); err != nil {
		return ports.Leaderboard{}, wrap("read the leaderboard", err)
	}
	if page.err != nil {
		return ports.Leaderboard{}, wrap("read the leaderboard", page.err)
	}
	board := ports.Leaderboard{Players: page.players}
	if len(page.players) > limit {
		board.Players = page.players[:limit]
		board.Next = markText(page.players[limit-1].Mark())
	}
	for _, p := range board.Players {
		if p.LastSyncedAt.After(board.LastSyncedAt) {
			board.LastSyncedAt = p.LastSyncedAt
		}
	}
	return board, nil
}

// readBoards reads each of the pages once, all at the same time.
func (s *Service) readBoards(ctx context.Context, pages []*boardPage) {
	alike := map[boardAsked][]*boardPage{}
	for _, page := range pages {
		alike[page.asked] = append(alike[page.asked], page)
	}
	var reads sync.WaitGroup
	for asked, pages := range alike {
		reads.Go(func() {
			players, err := s.parts.Store.TopPlayers(ctx, asked.after, asked.limit)
			for _, page := range pages {
				page.players, page.err = players, err
			}
		})
	}
	reads.Wait()
}

// Records implements ports.Leaderboards.
func (s *Service) Records(ctx context.Context, limit int) (ports.Records, error) {
	kos, err := s.parts.Store.TopKos(ctx, limit)
	if err != nil {
		return ports.Records{}, wrap("read the records", err)
	}
	wos, err := s.parts.Store.TopWos(ctx, limit)
	if err != nil {
		return ports.Records{}, wrap("read the records", err)
	}
	return ports.Records{Kos: kos, Wos: wos}, nil
}

// errNotRanked answers who asks for the place of a banned player.
var errNotRanked = &domain.Error{
	Kind: domain.KindNotFound, Code: "not_ranked", Message: "this player is banned, and so has no place on the leaderboard",
}

// Around implements ports.Leaderboards.
func (s *Service) Around(ctx context.Context, user domain.UserID, neighbours int) (ports.Surroundings, error) {
	placed, err := s.Player(ctx, user)
	if err != nil {
		return ports.Surroundings{}, err
	}
	if placed.Standing.Punishment.Status == domain.PunishmentSevere {
		return ports.Surroundings{}, errNotRanked
	}
	a := ports.Surroundings{Player: entryOf(placed.Standing)}
	mark := a.Player.Mark()
	if a.Before, err = s.parts.Store.PlayersBefore(ctx, mark, neighbours); err != nil {
		return ports.Surroundings{}, wrap("read who stands before", err)
	}
	slices.Reverse(a.Before)
	if a.Behind, err = s.parts.Store.TopPlayers(ctx, mark, neighbours); err != nil {
		return ports.Surroundings{}, wrap("read who stands behind", err)
	}
	if a.Place, a.Players, err = s.places.of(ctx, s.parts.Store, mark, s.now()); err != nil {
		return ports.Surroundings{}, wrap("find the place", err)
	}
	return a, nil
}

func entryOf(s domain.Standing) ports.LeaderboardEntry {
	return ports.LeaderboardEntry{
		UserID: s.UserID, Username: s.Username, Rank: s.Rank, Points: s.Points, Kos: s.Kos, Wos: s.Wos, LastSyncedAt: s.LastSyncedAt,
	}
}

// markText returns a mark as a cursor.
func markText(m ports.Mark) string {
	return strconv.FormatInt(m.Points, 10) + "." + strconv.FormatInt(m.Kos, 10) + "." + m.User.String()
}

// parseMark returns the mark of a cursor; "" is before everybody.
func parseMark(cursor string) (ports.Mark, error) {
	if cursor == "" {
		return ports.Mark{}, nil
	}
	parts := strings.Split(cursor, ".")
	if len(parts) != 3 {
		return ports.Mark{}, errCursor
	}
	points, err1 := strconv.ParseInt(parts[0], 10, 64)
	kos, err2 := strconv.ParseInt(parts[1], 10, 64)
	user, err3 := domain.ParseUserID(parts[2])
	if err1 != nil || err2 != nil || err3 != nil {
		return ports.Mark{}, errCursor
	}
	return ports.Mark{Points: points, Kos: kos, User: user}, nil
}
