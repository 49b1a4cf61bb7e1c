package httpapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/ports"
)

// How many requests there may be.
const (
	readPlaces  = 16  // that read, at once
	writePlaces = 16  // that change something, at once: each is a unit of its own, which holds up the reports
	waitPlaces  = 256 // of each, that may wait
)

// gates are what stands before the store.
type gates struct {
	reads  *gate
	writes *gate
	nonces *gate // of requests that are signed, whatever they ask for
}

func newGates(clock ports.Clock) gates {
	return gates{
		reads:  &gate{places: readPlaces, most: waitPlaces, clock: clock},
		writes: &gate{places: writePlaces, most: waitPlaces, clock: clock},
		nonces: &gate{places: writePlaces, most: waitPlaces, clock: clock},
	}
}

// of returns the gate of a request; nil for what has none: what asks nobody, and what the use case gathers and bounds itself.
func (g gates) of(c echo.Context) *gate {
	switch c.Path() {
	case "", pathIngest, pathBatch, pathPlayer:
		return nil
	}
	switch {
	case exempt(c):
		return nil
	case c.Request().Method == http.MethodGet || c.Request().Method == http.MethodHead:
		return g.reads
	}
	return g.writes
}

// admit lets a request through its gate. Its body is read before, so that a slow client takes nobody's place.
func (g gates) admit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		own := g.of(c)
		if own == nil {
			return next(c)
		}
		if r := c.Request(); r.ContentLength != 0 {
			text, err := io.ReadAll(r.Body)
			r.Body = &readBody{bytes.NewReader(text), r.Body, err}
		}
		begun, err := own.enter(c.Request().Context(), contextText(c, keyPrincipal))
		if err != nil {
			return err
		}
		defer own.leave(begun)
		return next(c)
	}
}

// readBody is a body that was read, and the error that it ended with.
type readBody struct {
	text *bytes.Reader
	io.Closer
	err error
}

func (b *readBody) Read(p []byte) (int, error) {
	n, err := b.text.Read(p)
	if errors.Is(err, io.EOF) && b.err != nil {
		return n, b.err
	}
	return n, err
}
