package app

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/grps/grps/domain"
)

// reports stores jobs that arrive at the same time in one unit.
type reports struct {
	gatherer[*job]

	// store carries jobs through one unit. What is wrong with one job alone is in the job; the error is that of the unit.
	store func(ctx context.Context, jobs []*job) error
}

func newReports(store func(ctx context.Context, jobs []*job) error) *reports {
	r := &reports{store: store}
	r.carry, r.whose = r.carryJobs, func(j *job) string { return j.request.Principal }
	return r
}

// carryJobs stores the jobs in one unit. When that fails by what is in it, each goes through a unit of its own, so that one bad job fails
// alone; when the store does not answer, that is the answer to all.
func (r *reports) carryJobs(ctx context.Context, jobs []*job) {
	err := r.unit(ctx, jobs)
	if err == nil {
		return
	}
	alone := len(jobs) > 1 && divisible(err)
	for _, j := range jobs {
		if !alone {
			j.err = err
		} else if err := r.unit(ctx, []*job{j}); err != nil {
			j.err = err
		}
	}
}

// unit stores jobs. A panic becomes an error: it would end the process, not the one request that caused it.
func (r *reports) unit(ctx context.Context, jobs []*job) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic in a unit of %d reports: %v\n%s", len(jobs), fault, debug.Stack())
		}
	}()
	return r.store(ctx, jobs)
}

// divisible reports whether a unit that failed so may succeed in parts.
func divisible(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return false
	}
	switch domain.KindOf(err) {
	case domain.KindUnavailable, domain.KindExhausted:
		return errors.Is(err, errContended)
	case domain.KindInternal, domain.KindInvalid, domain.KindNotFound, domain.KindConflict, domain.KindDenied, domain.KindBlocked:
	}
	return true
}
