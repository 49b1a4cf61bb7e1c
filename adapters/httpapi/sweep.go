package httpapi

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/ports"
)

// What reviews, reconciliations and rewinds have in common: they are started, go on by themselves, and are looked at and cancelled by id.

// paramSweep is the id of one of them in the path.
const paramSweep = "id"

// pathSweep returns the id that the path names.
func pathSweep(c echo.Context) (string, error) { return pathUUID(c, paramSweep) }

// showSweep answers with the one that the path names.
func showSweep[S, D any](s *Server, find func(ctx context.Context, id string) (S, error), dto func(S, time.Time) D) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := pathSweep(c)
		if err != nil {
			return err
		}
		sweep, err := find(c.Request().Context(), id)
		if err != nil {
			return err
		}
		return answer(c, dto(sweep, s.options.Clock.Now()))
	}
}

// listSweeps answers with a page of them.
func listSweeps[P, D any](
	s *Server, list func(ctx context.Context, cursor string, limit int) (P, error), dto func(P, time.Time) D,
) echo.HandlerFunc {
	return func(c echo.Context) error {
		q := queryOf(c.Request().URL)
		cursor, limit := q.cursor(), q.limit(defaultPageRows)
		if q.err != nil {
			return q.err
		}
		page, err := list(c.Request().Context(), cursor, limit)
		if err != nil {
			return err
		}
		return answer(c, dto(page, s.options.Clock.Now()))
	}
}

// cancelSweep cancels the one that the path names and answers with it. A body is not looked at.
func cancelSweep[S, D any](
	s *Server, cancel func(ctx context.Context, from ports.Caller, id string) (S, error), dto func(S, time.Time) D,
) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := pathSweep(c)
		if err != nil {
			return err
		}
		from, err := caller(c)
		if err != nil {
			return err
		}
		sweep, err := cancel(c.Request().Context(), from, id)
		if err != nil {
			return err
		}
		return answer(c, dto(sweep, s.options.Clock.Now()))
	}
}

// sweepFields are the members of a body that starts one, who sends it, and whether it applies.
type sweepFields struct {
	fields
	ports.Caller

	apply bool
}

// readSweep reads such a body, which may be left out where it says nothing that is required. The actor of the body goes before the
// header's. Apply may be in either, but the two must not contradict each other; a dry run does not apply, whatever else is said. What is
// wrong with the fields is in the findings of f.
func (s *Server) readSweep(c echo.Context, required bool) (f sweepFields, err error) {
	asked, err := flagsOf(c.Request().Header)
	if err != nil {
		return f, err
	}
	if f.Caller, err = caller(c); err != nil {
		return f, err
	}
	body := []byte("{}")
	if required || c.Request().ContentLength != 0 {
		if body, err = s.body(c); err != nil {
			return f, err
		}
	}
	if f.fields, err = readStrictly(body); err != nil {
		return f, err
	}
	if actor := f.userID("actorUserId"); !actor.IsZero() {
		f.Actor = actor
	}
	apply, dry := f.applies(asked.apply), f.boolean("dryRun")
	f.apply = apply && !dry.on
	return f, nil
}

// complete returns what is wrong with the fields, once all were taken, or with the actor.
func (f sweepFields) complete(c echo.Context) error {
	if err := f.findings.err(); err != nil {
		return err
	}
	return mayActFor(c, f.Actor)
}
