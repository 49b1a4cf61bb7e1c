package httpapi

import (
	"io"
	"sync/atomic"

	"github.com/labstack/echo/v4"
)

const (
	mostBodies   = 32 << 20 // bytes that the bodies of all requests under way may take
	inflaterSize = 48 << 10 // bytes that it takes to inflate one, besides what comes out
	keyShare     = "share"  // of the request's context: what its body takes, as *share
)

// bodies bounds how much memory the bodies of requests take together.
type bodies struct {
	most int64
	used atomic.Int64
}

// share is what the body of one request takes.
type share struct {
	all *bodies
	own int64
}

// take adds to the share. It refuses what is more than there is room for.
func (s *share) take(n int) error {
	s.own += int64(n)
	if s.all.used.Add(int64(n)) > s.all.most {
		return errOverloaded
	}
	return nil
}

func (s *share) release() { s.all.used.Add(-s.own) }

// bound counts what is read of a body, until the request is answered.
func (b *bodies) bound(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength == 0 {
			return next(c)
		}
		own := &share{all: b}
		defer own.release()
		c.Set(keyShare, own)
		r.Body = &meteredBody{metered{r.Body, own}, r.Body}
		return next(c)
	}
}

// countInflated counts what is inflated of the body, and what that takes.
func countInflated(c echo.Context, from io.Reader) (io.Reader, error) {
	own, ok := c.Get(keyShare).(*share)
	if !ok {
		return from, nil
	}
	return metered{from, own}, own.take(inflaterSize)
}

// metered is what is read into a share.
type metered struct {
	from io.Reader
	own  *share
}

func (r metered) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if refusal := r.own.take(n); refusal != nil {
		return 0, refusal
	}
	return n, err
}

type meteredBody struct {
	metered
	io.Closer
}
