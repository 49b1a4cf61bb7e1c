package httpapi

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
)

const (
	pathLive  = "/health/live"
	paramUser = "userId"

	maxRows            = 100 // of a leaderboard
	defaultTopRows     = 25
	defaultRecordsRows = 5
)

// live answers GET /health/live: the process runs. It asks nothing and nobody.
func (s *Server) live(c echo.Context) error {
	return answer(c, liveDTO{Status: "ok", Timestamp: instantText(s.options.Clock.Now())})
}

// player answers GET /players/{userId}.
func (s *Server) player(c echo.Context) error {
	text := c.Param(paramUser)
	if strings.ContainsRune(text, '/') {
		return echo.ErrNotFound // Echo's last parameter takes the rest of the path
	}
	user, err := domain.ParseUserID(text)
	if err != nil {
		return refuse(http.StatusBadRequest, "id_malformed", "the userId in the path must be a Roblox user id in plain digits")
	}
	placed, err := s.options.Players.Player(c.Request().Context(), user)
	if err != nil {
		return err
	}
	return answer(c, playerDTOFrom(placed))
}

// top answers GET /leaderboard/top.
func (s *Server) top(c echo.Context) error {
	limit, err := queryLimit(c.Request().URL, defaultTopRows)
	if err != nil {
		return err
	}
	board, err := s.options.Leaderboards.Top(c.Request().Context(), limit)
	if err != nil {
		return err
	}
	return answer(c, leaderboardDTOFrom(board))
}

// records answers GET /leaderboard/records.
func (s *Server) records(c echo.Context) error {
	limit, err := queryLimit(c.Request().URL, defaultRecordsRows)
	if err != nil {
		return err
	}
	records, err := s.options.Leaderboards.Records(c.Request().Context(), limit)
	if err != nil {
		return err
	}
	return answer(c, recordsDTOFrom(records))
}

// queryLimit returns the parameter limit, 1 … maxRows in plain digits, or otherwise when it is absent.
func queryLimit(u *url.URL, otherwise int) (int, error) {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return 0, badQuery("the query cannot be read; encode its parts")
	}
	given := query["limit"]
	if len(given) == 0 {
		return otherwise, nil
	}
	n, err := strconv.Atoi(given[0])
	if err != nil || len(given) > 1 || strconv.Itoa(n) != given[0] || n < 1 || n > maxRows {
		return 0, badQuery("the query parameter limit must stand there once, as a whole number from 1 to " + strconv.Itoa(maxRows))
	}
	return n, nil
}

func badQuery(detail string) error {
	return refuse(http.StatusBadRequest, "query_invalid", "%s", detail)
}
