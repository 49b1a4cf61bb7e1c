package app

import (
	"context"

	"github.com/grps/grps/ports"
)

// unitOfWork is the name under which a unit is followed.
const unitOfWork = "unit of work"

// noSpan is a span that nobody looks at.
type noSpan struct{}

func (noSpan) Note(string, int) {}
func (noSpan) End(error)        {}

// step follows a step of what ctx carries.
func (s *Service) step(ctx context.Context, name string) (context.Context, ports.Span) {
	if s.parts.Tracer == nil {
		return ctx, noSpan{}
	}
	return s.parts.Tracer.Step(ctx, name)
}

// apart returns a context for what is done for several requests at once.
func (s *Service) apart(ctx context.Context) context.Context {
	if s.parts.Tracer == nil {
		return ctx
	}
	return s.parts.Tracer.Apart(ctx)
}

// mark returns the text that continues the trace in ctx elsewhere; see resume.
func (s *Service) mark(ctx context.Context) string {
	if s.parts.Tracer == nil {
		return ""
	}
	return s.parts.Tracer.Mark(ctx)
}

// resume returns a context that goes on with the trace of that mark.
func (s *Service) resume(ctx context.Context, mark string) context.Context {
	if s.parts.Tracer == nil {
		return ctx
	}
	return s.parts.Tracer.Resume(ctx, mark)
}
