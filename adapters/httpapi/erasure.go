package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathErasures = "/erasures"
	paramErasure = "id"

	keyUnnamed = "unnamed" // of the request's context: no line says which player the path names
	keyErased  = "erased"  // likewise: the function that knows who was erased
)

// erasureRoutes returns what administrators do to forget people, and what Roblox asks for.
func (s *Server) erasureRoutes() []route {
	const player = "/players/:" + paramUser
	return []route{
		del(player, domain.ScopeAdmin, unnamed(s.erase)),
		del(player+"/tombstone", domain.ScopeAdmin, unnamed(s.liftErasure)),
		get(player+"/export", domain.ScopeAdmin, unnamed(s.export)),
		get(pathErasures, domain.ScopeAdmin, s.erasures),
		get(pathErasures+"/:"+paramErasure, domain.ScopeAdmin, s.erasure),
		post(pathNotifications, Signed, s.notified),
	}
}

// unnamed keeps the player whom the path names out of the log.
func unnamed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Set(keyUnnamed, true)
		return next(c)
	}
}

// mayBeNamed returns the refusal of a caller who names somebody as actor who was erased.
func mayBeNamed(c echo.Context, user domain.UserID) error {
	if erased, ok := c.Get(keyErased).(func(domain.UserID) bool); ok && erased(user) {
		return forbid(deniedActor, "actor_erased", "whom this request names as actor was erased on request; name somebody else, or nobody")
	}
	return nil
}

// erase answers DELETE /players/{userId}. A body is not looked at.
func (s *Server) erase(c echo.Context) error {
	user, err := pathUser(c)
	if err != nil {
		return err
	}
	from, err := caller(c)
	if err != nil {
		return err
	}
	erasure, _, err := s.options.Eraser.Erase(c.Request().Context(), ports.EraseRequest{Caller: from, User: user})
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, pathErasures+"/"+erasure.ID)
	return answerAs(c, http.StatusAccepted, erasureDTOFrom(erasure))
}

// liftErasure answers DELETE /players/{userId}/tombstone. A body is not looked at.
func (s *Server) liftErasure(c echo.Context) error {
	user, err := pathUser(c)
	if err != nil {
		return err
	}
	from, err := caller(c)
	if err != nil {
		return err
	}
	lifted, err := s.options.Eraser.LiftErasure(c.Request().Context(), from, user)
	if err != nil {
		return err
	}
	return answer(c, erasureDTOFrom(lifted))
}

// erasure answers GET /erasures/{id}.
func (s *Server) erasure(c echo.Context) error {
	id, err := pathPart(c, paramErasure)
	if err != nil {
		return err
	}
	erasure, err := s.options.Eraser.Erasure(c.Request().Context(), strings.ToLower(id))
	if err != nil {
		return err
	}
	return answer(c, erasureDTOFrom(erasure))
}

// erasures answers GET /erasures.
func (s *Server) erasures(c echo.Context) error {
	q := queryOf(c.Request().URL)
	cursor, limit := q.cursor(), q.limit(defaultPageRows)
	if q.err != nil {
		return q.err
	}
	page, err := s.options.Eraser.Erasures(c.Request().Context(), cursor, limit)
	if err != nil {
		return err
	}
	return answer(c, erasurePageDTO{Erasures: each(page.Erasures, erasureDTOFrom), NextCursor: textOrNull(page.Next)})
}

// export answers GET /players/{userId}/export: row by row, so that a long history needs no memory. One that ends too early is no JSON, so
// nobody takes it for the whole.
func (s *Server) export(c echo.Context) error {
	user, err := pathUser(c)
	if err != nil {
		return err
	}
	out := c.Response()
	write := func(format string, arguments ...any) error {
		if _, err := fmt.Fprintf(out, format, arguments...); err != nil {
			return fmt.Errorf("write the export: %w", errors.Join(err, c.Request().Context().Err()))
		}
		return nil
	}
	table := ""
	err = s.options.Eraser.Holdings(c.Request().Context(), user, func(next string, row []byte) error {
		separator := ","
		switch {
		case table == "":
			out.Header().Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
			separator = fmt.Sprintf(`{"userId":%d,"exportedAt":%q,"tables":{%q:[`, user.Int64(), *instantText(s.options.Clock.Now()), next)
		case next != table:
			separator = fmt.Sprintf(`],%q:[`, next)
		}
		table = next
		return write("%s\n%s", separator, row)
	})
	if err != nil {
		return err
	}
	return write("]}}\n")
}

// erasureDTO is an erasure. It names nobody.
type erasureDTO struct {
	ID             string  `json:"id"`
	State          string  `json:"state"` // queued, removing, done or lifted
	AskedAt        *string `json:"askedAt"`
	EndedAt        *string `json:"endedAt"`
	By             *string `json:"by"`             // the name of the key that asked
	NotificationID *string `json:"notificationId"` // Roblox's own, where Roblox asked
	Banned         bool    `json:"banned"`         // a ban was in force, and stays so at Roblox
}

func erasureDTOFrom(e ports.Erasure) erasureDTO {
	return erasureDTO{
		ID: e.ID, State: string(e.State), AskedAt: instantText(e.AskedAt), EndedAt: instantText(e.EndedAt), By: textOrNull(e.Principal),
		NotificationID: textOrNull(e.Notification), Banned: e.Banned,
	}
}

type erasurePageDTO struct {
	Erasures   []erasureDTO `json:"erasures"`
	NextCursor *string      `json:"nextCursor"`
}
