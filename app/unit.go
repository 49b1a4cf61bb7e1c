package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// maxTries is how often a unit is begun before a conflict is given up.
const maxTries = 4

// unit runs fn in one unit of work and begins it again, on fresh data, when another writer was first. So fn may run several times: what
// it assigns outside must be assigned as a whole, at its end.
func (s *Service) unit(ctx context.Context, fn func(ctx context.Context, w ports.Writer) error) error {
	ctx, span := s.step(ctx, unitOfWork)
	err := s.tryUnit(ctx, fn)
	span.End(err)
	return err
}

func (s *Service) tryUnit(ctx context.Context, fn func(ctx context.Context, w ports.Writer) error) error {
	var err error
	for range maxTries {
		var kept []string
		var watched *watchingWriter
		err = s.parts.Store.Write(ctx, func(ctx context.Context, w ports.Writer) error {
			archiving := &archivingWriter{Writer: w, archive: s.archive}
			watched = &watchingWriter{Writer: archiving}
			err := fn(ctx, watched)
			kept = archiving.kept
			return err
		})
		if err == nil {
			s.archive.committed(kept)
			s.heed(ctx, watched)
		}
		if !errors.Is(err, domain.ErrConflict) || ctx.Err() != nil {
			return err
		}
	}
	contended := *errContended
	contended.Cause = err
	return &contended
}

// errContended answers a unit that was begun too often.
var errContended = &domain.Error{
	Kind: domain.KindUnavailable, Code: "contended", RetryAfter: time.Second,
	Message: "too many requests change this player at once; repeat the request",
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
