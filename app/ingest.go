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
	err      error // of this report alone; the others go on
}

// Ingest implements ports.Ingester.
func (s *Service) Ingest(ctx context.Context, request ports.IngestRequest) (ports.IngestResult, error) {
	j := s.newJob(request, ports.SourceGame)
	if err := s.take(ctx, []*job{j}, request.Apply); err != nil {
		return ports.IngestResult{}, wrap("take a report in", err)
	}
	if j.err != nil {
		return ports.IngestResult{}, wrap("take a report in", j.err)
	}
	return j.result, nil
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

// take carries jobs through a unit, which other requests may share. With wait it then waits for what Roblox says to their decisions. The
// error is that of the unit, and so of every job; what is wrong with one job alone is in the job.
func (s *Service) take(ctx context.Context, jobs []*job, wait bool) error {
	began := s.parts.Clock.Now()
	good := accepted(jobs)
	answers := make([]*answer, len(good))
	for i, j := range good {
		answers[i] = s.expect(j.decision, wait && j.request.Apply)
		defer answers[i].forget()
	}
	var err error
	if len(good) > 0 {
		err = s.reports.submit(ctx, good)
	}
	took := s.parts.Clock.Now().Sub(began)
	for _, j := range jobs {
		s.parts.Recorder.Record(ctx, j.event(err, took))
	}
	if err != nil {
		return err
	}
	for i, j := range good {
		answers[i].decision, answers[i].player, answers[i].first = j.result.Decision, &j.result.Player, j.result.Replayed
		if d := j.result.Decision; d != nil && d.ID == j.decision && !j.result.Replayed && !kept(*d) {
			s.tell(ctx, []ports.DecisionRecord{*d})
		}
	}
	s.follow(ctx, answers)
	return nil
}

// event returns what is recorded of the job once its unit ended with err. What became of a job whose unit failed, or goes on without
// anybody waiting, is not known.
func (j *job) event(err error, took time.Duration) ports.IngestEvent {
	e := ports.IngestEvent{Caller: j.request.Caller, User: j.request.Report.UserID, Took: took, Err: err}
	if err == nil {
		e.Outcome, e.Rank, e.Replayed, e.Err = j.result.Outcome, j.rank, j.result.Replayed, j.err
	}
	return e
}

// store carries jobs through one unit.
func (s *Service) store(ctx context.Context, jobs []*job) error {
	var changed []ports.DecisionRecord
	policy := s.parts.Policies.Current()
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		b, err := s.begin(ctx, w, policy, jobs)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			b.take(j)
		}
		if err := b.write(ctx); err != nil {
			return err
		}
		b.finish()
		changed = b.ledger.changed()
		return nil
	})
	if err == nil {
		s.tell(ctx, changed)
	}
	return err
}

func accepted(jobs []*job) []*job {
	var good []*job
	for _, j := range jobs {
		if j.err == nil {
			good = append(good, j)
		}
	}
	return good
}
