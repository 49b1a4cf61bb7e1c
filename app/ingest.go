package app

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// errMismatch answers an idempotency key that was used for something else.
var errMismatch = &domain.Error{
	Kind: domain.KindInvalid, Code: "idempotency_mismatch",
	Message: "this Idempotency-Key was used with another body or other x-grps headers; choose a new key for a new request",
}

// job is one report on its way through a unit.
type job struct {
	request  ports.IngestRequest
	source   string
	snapshot domain.Snapshot
	hash     string
	decision string // the id of the decision, should one be made; chosen first so that a repeated unit keeps it
	rank     domain.RankReport
	result   ports.IngestResult
	trace    string // continues the trace of the request that brought it
	err      error  // of this report alone; the others go on
}

// Ingest implements ports.Ingester.
func (s *Service) Ingest(ctx context.Context, request ports.IngestRequest) (ports.IngestResult, error) {
	jobs := []*job{s.newJob(request, ports.SourceGame)}
	s.take(ctx, jobs)
	if err := jobs[0].err; err != nil {
		return ports.IngestResult{}, wrap("take a report in", err)
	}
	return jobs[0].result, nil
}

// IngestBatch implements ports.Ingester.
func (s *Service) IngestBatch(ctx context.Context, requests []ports.IngestRequest) ([]ports.IngestAnswer, error) {
	jobs := make([]*job, len(requests))
	for i, request := range requests {
		jobs[i] = s.newJob(request, ports.SourceGame)
	}
	s.take(ctx, jobs)
	answers, refused := make([]ports.IngestAnswer, len(jobs)), 0
	for i, j := range jobs {
		answers[i] = ports.IngestAnswer{Result: j.result, Err: wrap("take a report in", j.err)}
		if j.err != nil && domain.KindOf(j.err) == domain.KindUnavailable {
			refused++
		}
	}
	if refused == len(jobs) && refused > 0 {
		return nil, answers[0].Err
	}
	return answers, nil
}

func (s *Service) newJob(request ports.IngestRequest, source string) *job {
	j := &job{request: request, source: source, decision: s.parts.IDs.NewID()}
	j.request.Evaluate = request.Evaluate || request.Apply
	j.snapshot, j.err = domain.NewSnapshot(request.Report, s.now())
	if request.Key != "" {
		j.hash = fingerprint(j.request)
	}
	return j
}

// take carries jobs through units, which other requests may share, and then waits for what Roblox says to the decisions of those that
// apply. What became of each is in jobs afterwards; where ctx ended before the unit did, that is a job in the place of the one under way.
func (s *Service) take(ctx context.Context, jobs []*job) {
	began := s.parts.Clock.Now()
	var good []*job
	var at []int // the index into jobs of each good one
	for i, j := range jobs {
		if j.err == nil {
			good, at = append(good, j), append(at, i)
		}
	}
	answers := make([]*answer, len(good))
	for i, j := range good {
		answers[i] = s.expect(j.decision, j.request.Apply)
		defer answers[i].forget()
	}
	within, span := s.step(ctx, unitOfWork)
	span.Note("grps.reports", len(good))
	for _, j := range good {
		j.trace = s.mark(within)
	}
	err := s.reports.submit(ctx, good)
	span.End(err)
	for _, i := range at {
		if err != nil {
			jobs[i] = &job{request: jobs[i].request, err: err}
		}
	}
	took := s.parts.Clock.Now().Sub(began)
	for _, j := range jobs {
		s.parts.Recorder.Record(ctx, j.event(took))
	}
	for i, a := range answers {
		s.answer(ctx, a, jobs[at[i]])
	}
	s.follow(ctx, answers)
}

// answer prepares to follow the decision of a job that was stored.
func (s *Service) answer(ctx context.Context, a *answer, j *job) {
	if j.err != nil {
		return
	}
	a.decision, a.player, a.first = j.result.Decision, &j.result.Player, j.result.Replayed
	if d := j.result.Decision; d != nil && d.ID == j.decision && !j.result.Replayed && !kept(*d) {
		s.tell(ctx, []ports.DecisionRecord{*d})
	}
}

// event returns what is recorded of the job.
func (j *job) event(took time.Duration) ports.IngestEvent {
	user := j.request.Report.UserID
	if isErased(j.err) {
		user = domain.UserID{} // what is erased is not named any more
	}
	return ports.IngestEvent{
		Caller: j.request.Caller, User: user, Outcome: j.result.Outcome, Rank: j.rank, Replayed: j.result.Replayed,
		Took: took, Err: j.err,
	}
}

// store carries jobs through one unit.
func (s *Service) store(ctx context.Context, jobs []*job) error {
	var changed []ports.DecisionRecord
	var found []ports.FindingRecord
	var sights []func()
	ctx = s.apart(ctx) // a unit is many requests', each of which follows it for itself
	policy, began := s.parts.Policies.Current(), s.parts.Clock.Now()
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		b, err := s.begin(ctx, w, policy, jobs)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			if err := b.take(ctx, j); err != nil {
				return err
			}
		}
		if err := b.write(ctx); err != nil {
			return err
		}
		b.finish()
		changed, found, sights = b.ledger.changed(), b.found, b.sights
		return nil
	})
	s.parts.Recorder.Record(ctx, ports.UnitEvent{Reports: len(jobs), Took: s.parts.Clock.Now().Sub(began), Err: err})
	if err != nil {
		return err
	}
	s.tell(ctx, changed)
	for _, f := range found {
		s.parts.Recorder.Record(ctx, ports.FindingEvent{Finding: f})
	}
	for _, note := range sights {
		note()
	}
	return nil
}
