package ports

import "context"

// Tracer follows what is done for a request, through every part and process that does some of it. Nobody's name, no player's number, no
// secret and no body is told to it. It never blocks and never fails, and its methods may be called from any goroutine. Whoever has no
// Tracer holds a nil one and calls nothing.
type Tracer interface {
	// Request begins to follow a request, under a name that is one of a few, and returns a context that carries it.
	Request(ctx context.Context, name, requestID string) (context.Context, Span)

	// Step follows a step of what ctx carries, and returns a context that carries the step. What carries nothing is not followed: ctx comes
	// back as it is, with a span that does nothing.
	Step(ctx context.Context, name string) (context.Context, Span)

	// Call is a Step that is a call to somebody else.
	Call(ctx context.Context, name string) (context.Context, Span)

	// Apart returns a context that carries nothing.
	Apart(ctx context.Context) context.Context

	// Mark returns a text by which what ctx carries can be gone on with, by any process and at any time; "" when it carries nothing.
	Mark(ctx context.Context) string

	// Resume returns a context that carries what was marked: ctx as it is for "" and for any text that is not of Mark.
	Resume(ctx context.Context, mark string) context.Context
}

// Span is something that is followed.
type Span interface {
	// Note tells a number of it. The key is one of a few.
	Note(key string, n int)

	// End says that it is over, and with what error; nil for none. Of an error only the kind is told. It is called once.
	End(err error)
}
