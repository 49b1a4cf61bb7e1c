package httpapi

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
)

const (
	pathHealth = "/health/" // below it is what watches over the process
	pathLive   = pathHealth + "live"
	pathPlayer = "/players/:" + paramUser
	paramUser  = "userId"

	defaultTopRows     = 25
	defaultRecordsRows = 5
)

// live answers GET /health/live: the process runs. It asks nothing and nobody.
func (s *Server) live(c echo.Context) error {
	return answer(c, liveDTO{Status: "ok", Timestamp: instantText(s.options.Clock.Now())})
}

// player answers GET /players/{userId}.
func (s *Server) player(c echo.Context) error {
	user, err := pathUser(c)
	if err != nil {
		return err
	}
	placed, err := s.options.Players.Player(c.Request().Context(), user)
	if err != nil {
		return err
	}
	return answer(c, playerDTOFrom(placed))
}

// top answers GET /leaderboard/top.
func (s *Server) top(c echo.Context) error {
	q := queryOf(c.Request().URL)
	cursor, limit := q.cursor(), q.limit(defaultTopRows)
	if q.err != nil {
		return q.err
	}
	board, err := s.options.Leaderboards.Top(c.Request().Context(), cursor, limit)
	if err != nil {
		return err
	}
	return answer(c, leaderboardDTOFrom(board))
}

// records answers GET /leaderboard/records.
func (s *Server) records(c echo.Context) error {
	q := queryOf(c.Request().URL)
	limit := q.limit(defaultRecordsRows)
	if q.err != nil {
		return q.err
	}
	records, err := s.options.Leaderboards.Records(c.Request().Context(), limit)
	if err != nil {
		return err
	}
	return answer(c, recordsDTOFrom(records))
}

// pathUser returns the user that the path names.
func pathUser(c echo.Context) (domain.UserID, error) {
	text, err := pathPart(c, paramUser)
	if err != nil {
		return domain.UserID{}, err
	}
	user, err := domain.ParseUserID(text)
	if err != nil {
		return domain.UserID{}, refuse(http.StatusBadRequest, "id_malformed",
			"the userId in the path must be a Roblox user id in plain digits")
	}
	return user, nil
}

// pathPart returns a parameter of the path. Echo's last parameter takes the rest of the path; more than one part of it is no route.
func pathPart(c echo.Context, name string) (string, error) {
	text := c.Param(name)
	if strings.ContainsRune(text, '/') {
		return "", echo.ErrNotFound
	}
	return text, nil
}
