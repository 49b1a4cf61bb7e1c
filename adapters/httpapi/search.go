package httpapi

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	defaultNeighbours = 5
	maxNeighbours     = 50
)

// search answers GET /players.
func (s *Server) search(c echo.Context) error {
	q := queryOf(c.Request().URL)
	filter := ports.PlayerFilter{Name: q.name("query"), Rank: q.name("rank"), Status: q.playerStatus("status")}
	cursor, limit := q.cursor(), q.limit(defaultPageRows)
	if q.err != nil {
		return q.err
	}
	page, err := s.options.Players.Players(c.Request().Context(), filter, cursor, limit)
	if err != nil {
		return err
	}
	return answer(c, playerPageDTO{Players: each(page.Players, playerDTOFrom), NextCursor: textOrNull(page.Next)})
}

// around answers GET /leaderboard/players/{userId}.
func (s *Server) around(c echo.Context) error {
	user, err := pathUser(c)
	if err != nil {
		return err
	}
	q := queryOf(c.Request().URL)
	neighbours := q.neighbours("around")
	if q.err != nil {
		return q.err
	}
	found, err := s.options.Leaderboards.Around(c.Request().Context(), user, neighbours)
	if err != nil {
		return err
	}
	return answer(c, surroundingsDTOFrom(found))
}

// name returns a text that a name may be, or its beginning, in Unicode's composed form; "" when it is absent.
func (q *query) name(name string) string {
	text, _ := q.text(name)
	text = norm.NFC.String(text)
	if hasHidden(text) || utf8.RuneCountInString(text) > domain.MaxNameLength {
		q.fault(name, fmt.Sprintf("must be at most %d characters, without control characters", domain.MaxNameLength))
	}
	return text
}

// playerStatus returns what may stand against a player; any when it is absent.
func (q *query) playerStatus(name string) ports.PlayerStatus {
	switch text, _ := q.text(name); text {
	case "":
	case "clear":
		return ports.PlayerClear
	case "suspended":
		return ports.PlayerSuspended
	case "banned":
		return ports.PlayerBanned
	case "hold":
		return ports.PlayerOnHold
	default:
		q.fault(name, "must be clear, suspended, banned or hold")
	}
	return ports.PlayerAny
}

// neighbours returns how many neighbours to show on each side.
func (q *query) neighbours(name string) int {
	text, given := q.text(name)
	if !given {
		return defaultNeighbours
	}
	n, err := strconv.Atoi(text)
	if err != nil || strconv.Itoa(n) != text || n < 0 || n > maxNeighbours {
		q.fault(name, fmt.Sprintf("must be a whole number from 0 to %d", maxNeighbours))
	}
	return n
}

type playerPageDTO struct {
	Players    []playerDTO `json:"players"`
	NextCursor *string     `json:"nextCursor"`
}

// surroundingsDTO is a player's place, and who stands around it.
type surroundingsDTO struct {
	Place   int64         `json:"place"`
	Total   int64         `json:"total"`
	Players []neighborDTO `json:"players"`
}

// neighborDTO is a player of the leaderboard with its place.
type neighborDTO struct {
	Place int64 `json:"place"`
	standingDTO
}

func surroundingsDTOFrom(a ports.Surroundings) surroundingsDTO {
	dto := surroundingsDTO{Place: a.Place, Total: a.Players, Players: []neighborDTO{}}
	place := a.Place - int64(len(a.Before))
	entries := append(append(append([]ports.LeaderboardEntry{}, a.Before...), a.Player), a.Behind...)
	for i, e := range entries {
		dto.Players = append(dto.Players, neighborDTO{max(place, 1) + int64(i), standingDTOFrom(e)})
	}
	return dto
}
