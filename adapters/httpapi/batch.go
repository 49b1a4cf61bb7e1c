package httpapi

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"go.uber.org/zap"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathBatch     = pathIngest + "/batch"
	snapshotsName = "snapshots"
)

// The words for what became of one snapshot of a batch.
const (
	batchAccepted  = "accepted"
	batchDuplicate = "duplicate" // the first answer to its key, given again
	batchStale     = "stale"     // kept, and older than what is known
	batchRejected  = "rejected"  // the error says why
)

// ingestBatch answers POST /roblox/events/player-activity/batch.
func (s *Server) ingestBatch(c echo.Context) error {
	asked, err := flagsOf(c.Request().Header)
	if err != nil {
		return err
	}
	key, err := idempotencyKey(c.Request().Header)
	if err != nil {
		return err
	}
	from, err := caller(c)
	if err != nil {
		return err
	}
	q := queryOf(c.Request().URL)
	compact := q.flag("compact")
	if q.err != nil {
		return q.err
	}
	body, err := s.body(c)
	if err != nil {
		return err
	}
	items, asked, err := readBatch(body, asked)
	if err != nil {
		return err
	}
	if err := mayApply(c, asked.apply.on); err != nil {
		return err
	}
	if err := s.limiter.chargeBatch(c, len(items)); err != nil {
		return err
	}
	b := s.newBatch(c, items, ports.IngestRequest{Caller: from, Evaluate: asked.evaluate.on, Apply: asked.apply.on, Key: key})
	answers, err := s.options.Ingester.IngestBatch(c.Request().Context(), b.requests)
	if err != nil {
		return err
	}
	for i, a := range answers {
		if a.Err != nil {
			s.reject(c, &b.results[b.places[i]], a.Err)
		} else {
			b.answer(i, a, compact)
		}
	}
	return answer(c, batchDTO{b.results})
}

// readBatch takes the snapshots out of a body, each as it was written, and what it says of evaluating and applying.
func readBatch(body []byte, header flags) ([]value, flags, error) {
	members, items, err := scanBatch(string(body), snapshotsName)
	if err != nil {
		return nil, flags{}, err
	}
	f := fields{members: members, findings: &findings{}}
	if list := f.required(snapshotsName).take(snapshotsName); list != "" && list[0] != '[' {
		f.fault(snapshotsName, "must be an array of snapshots")
	} else if list != "" && (len(items) < 1 || len(items) > ports.MaxBatch) {
		f.fault(snapshotsName, fmt.Sprintf("must hold 1 to %d snapshots", ports.MaxBatch))
	}
	asked := flags{evaluate: both(f, "evaluate", headerEvaluate, header.evaluate), apply: both(f, "apply", headerApply, header.apply)}
	if asked.apply.on && asked.evaluate.given && !asked.evaluate.on {
		f.fault("evaluate", "is false while apply is true; nothing can be applied without evaluating")
	}
	asked.evaluate.on = asked.evaluate.on || asked.apply.on
	return items, asked, f.findings.err()
}

// both returns a switch that may stand in the body and in a header, which must not contradict each other.
func both(f fields, name, headerName string, header flag) flag {
	body := f.boolean(name)
	if body.given && header.given && body.on != header.on {
		f.fault(name, "contradicts the header "+headerName)
	}
	return flag{on: body.on || header.on, given: body.given || header.given}
}

// batch is the snapshots of one request and what became of each.
type batch struct {
	requests []ports.IngestRequest // those that could be read
	places   []int                 // the index into results of each request
	results  []batchResultDTO
}

// newBatch reads the items. Each becomes a request like common; one that brings no key of its own has a key by its place, if common has
// one.
func (s *Server) newBatch(c echo.Context, items []value, common ports.IngestRequest) *batch {
	b := &batch{results: make([]batchResultDTO, len(items))}
	now := s.options.Clock.Now()
	for i, item := range items {
		request, err := readItem(item, common, i, now)
		if err == nil {
			err = mayReport(callerKey(c), request.Experience, request.Report.Experience)
		}
		if err == nil && request.Report.Experience.Key == "" {
			request.Report.Experience.Key = request.Experience
		}
		b.results[i].UserID = numberOrNull(request.Report.UserID.Int64())
		if err != nil {
			s.reject(c, &b.results[i], err)
			continue
		}
		b.requests, b.places = append(b.requests, request), append(b.places, i)
	}
	return b
}

// readItem returns the request for the i-th snapshot of a batch.
func readItem(item value, common ports.IngestRequest, i int, now time.Time) (ports.IngestRequest, error) {
	request := common
	f, err := readFields(item)
	if err != nil {
		return request, err
	}
	if key := f.verbatim("idempotencyKey"); key != "" {
		if !printableASCII(key, maxIdempotencyKey) {
			f.fault("idempotencyKey", "must be 1 to 255 printable ASCII characters")
		}
		request.Key = key
	} else if request.Key != "" {
		request.Key += "#" + strconv.Itoa(i)
	}
	request.Report, err = reportOf(f, now)
	return request, err
}

// answer writes down what became of the i-th request. compact leaves players out who were not moved.
func (b *batch) answer(i int, a ports.IngestAnswer, compact bool) {
	r := &b.results[b.places[i]]
	switch {
	case a.Result.Replayed:
		r.Status = batchDuplicate
	case a.Result.Outcome == domain.FoldStale:
		r.Status = batchStale
	default:
		r.Status = batchAccepted
	}
	acted := false
	if d := a.Result.Decision; d != nil {
		decision := decisionDTOFrom(*d)
		r.Decision, acted = &decision, d.Decision.Action != domain.ActionNone
	}
	if acted || !compact {
		player := playerDTOFrom(a.Result.Player)
		r.Player = &player
	}
}

// reject writes down why a snapshot was not taken in. What is a fault of ours is logged, and nothing of it is told.
func (s *Server) reject(c echo.Context, r *batchResultDTO, err error) {
	s.recordDenial(c.Request().Context(), contextText(c, keyPrincipal), err)
	p := problemOf(c.Request().Context(), err)
	if p.Status >= http.StatusInternalServerError {
		s.options.Logger.Error("snapshot of a batch", zap.String(logRequestID, requestID(c)), zap.String(logErrorKind, p.kind), zap.Error(err))
	}
	r.Status, r.Error = batchRejected, &batchErrorDTO{Code: p.Code, Detail: p.Detail, Errors: p.Errors}
}

type batchDTO struct {
	Results []batchResultDTO `json:"results"`
}

type batchResultDTO struct {
	UserID   *int64         `json:"userId"` // null when it could not be read
	Status   string         `json:"status"`
	Player   *playerDTO     `json:"player,omitempty"`
	Decision *decisionDTO   `json:"decision,omitempty"`
	Error    *batchErrorDTO `json:"error,omitempty"`
}

// batchErrorDTO is what of a problem document concerns one snapshot.
type batchErrorDTO struct {
	Code   string     `json:"code"`
	Detail string     `json:"detail"`
	Errors []fieldDTO `json:"errors,omitempty"`
}
