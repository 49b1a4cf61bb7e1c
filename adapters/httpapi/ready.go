package httpapi

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathReady   = pathHealth + "ready"
	keyStranger = "stranger" // of the request's context: a key came with it that opens nothing
)

// readyDTO is what everybody is told: whether to send requests here.
type readyDTO struct {
	Status    string         `json:"status"` // ok, warn or fail
	Timestamp *string        `json:"timestamp"`
	Parts     *readyPartsDTO `json:"parts,omitempty"` // for keys with the scope read
}

// readyPartsDTO is how the parts of the process do.
type readyPartsDTO struct {
	Service   partDTO       `json:"service"`
	Store     partDTO       `json:"store"`
	Policy    policyPartDTO `json:"policy"`
	Outbox    outboxPartDTO `json:"outbox"`
	OpenCloud partDTO       `json:"openCloud"`
}

type partDTO struct {
	Status string `json:"status"`
	Reason string `json:"reason"`
}

type policyPartDTO struct {
	partDTO
	Revision string `json:"revision"`
	Newest   bool   `json:"newest"` // the newest documents are in force
}

type outboxPartDTO struct {
	partDTO
	Waiting       int   `json:"waiting"`
	Dead          int   `json:"dead"`
	OldestSeconds int64 `json:"oldestSeconds"`
}

// ready answers GET /health/ready: 200 where requests can be sent here, 503 where they cannot. Whoever watches over the process needs no
// key; how its parts do is for those who may read.
func (s *Server) ready(c echo.Context) error {
	found := s.options.Prober.Readiness(c.Request().Context())
	dto := readyDTO{Status: found.Status().String(), Timestamp: instantText(s.options.Clock.Now())}
	if s.mayRead(c) {
		dto.Parts = readyPartsFrom(found)
	}
	if found.Ready {
		return answer(c, dto)
	}
	c.Response().Header().Set(echo.HeaderRetryAfter, "1")
	return answerAs(c, http.StatusServiceUnavailable, dto)
}

// mayRead reports whether the caller of a route that is open to everybody has a key for reading. One that opens nothing is noted, so that
// nobody tries keys here more often than anywhere else.
func (s *Server) mayRead(c echo.Context) bool {
	key := callerKey(c) // everybody's, where there are no keys
	if secrets := c.Request().Header.Values(headerKey); key == nil && len(secrets) > 0 {
		if key = s.keys().find(secrets[0]); key == nil || key.Signed || !key.Live(began(c)) {
			c.Set(keyStranger, true)
			return false
		}
	}
	return key != nil && key.Scopes.Allows(domain.ScopeRead)
}

func readyPartsFrom(r ports.Readiness) *readyPartsDTO {
	parts := &readyPartsDTO{
		Service: partFrom(r.Service), Store: partFrom(r.Store), OpenCloud: partFrom(r.OpenCloud),
		Policy: policyPartDTO{partDTO: partFrom(r.Policy), Revision: r.Revision, Newest: r.Newest},
		Outbox: outboxPartDTO{partDTO: partFrom(r.Outbox)},
	}
	for _, d := range r.Depths {
		parts.Outbox.Waiting += d.Waiting
		parts.Outbox.Dead += d.Dead
		parts.Outbox.OldestSeconds = max(parts.Outbox.OldestSeconds, int64(d.Oldest/time.Second))
	}
	return parts
}

func partFrom(p ports.PartState) partDTO { return partDTO{p.Status.String(), p.Reason} }
