package app

import (
	"context"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// errMismatch answers an idempotency key that was used for something else.
var errMismatch = &domain.Error{
	Kind: domain.KindInvalid, Code: "idempotency_mismatch",
	Message: "this Idempotency-Key was used with other content; choose a new key for new content",
}

// job is one report on its way through a unit.
type job struct {
	request  ports.IngestRequest
	source   string
	snapshot domain.Snapshot
	hash     string
	decision string // the id of the decision, should one be made; chosen first so that a repeated unit keeps it
	result   ports.IngestResult
	err      error // of this report alone; the others go on
}

// Ingest implements ports.Ingester.
func (s *Service) Ingest(ctx context.Context, request ports.IngestRequest) (ports.IngestResult, error) {
	began := s.parts.Clock.Now()
	j := s.newJob(request, ports.SourceGame)
	err := s.take(ctx, []*job{j}, request.Apply)
	if err == nil {
		err = j.err
	}
	s.parts.Recorder.Record(ctx, ports.IngestEvent{
		Caller: request.Caller, User: request.Report.UserID, Outcome: j.result.Outcome, Replayed: j.result.Replayed,
		Took: s.parts.Clock.Now().Sub(began), Err: err,
	})
	if err != nil {
		return ports.IngestResult{}, wrap("take a report in", err)
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

// take carries jobs through one unit. With wait it then waits for what Roblox says to their decisions.
func (s *Service) take(ctx context.Context, jobs []*job, wait bool) error {
	jobs = accepted(jobs)
	if len(jobs) == 0 {
		return nil
	}
	answers := make([]*answer, len(jobs))
	for i, j := range jobs {
		answers[i] = s.expect(j.decision, wait)
		defer answers[i].forget()
	}
	err := s.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		b, err := s.begin(ctx, w, jobs)
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
		return nil
	})
	if err != nil {
		return err
	}
	for i, j := range jobs {
		answers[i].decision, answers[i].player = j.result.Decision, &j.result.Player
		answers[i].first = j.result.Replayed
		if j.result.Decision != nil && !j.result.Replayed {
			s.parts.Recorder.Record(ctx, ports.DecisionEvent{Decision: *j.result.Decision})
		}
	}
	s.follow(ctx, answers)
	return nil
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
