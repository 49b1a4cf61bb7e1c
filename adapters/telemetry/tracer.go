package telemetry

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// attributeRequest names the id that the caller gave the request.
const attributeRequest = "grps.request_id"

// traceparent is the key under which a trace is written down.
const traceparent = "traceparent"

// Tracer sends what it follows to a collector, over OTLP/HTTP, as the variables OTEL_… of the environment say. It implements ports.Tracer.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// requestKey is the key of the request's id in a context.
type requestKey struct{}

// NewTracer returns a tracer. It sends in the background, drops what cannot be sent in time, and tells faults of that to onFault, which must
// not block. The error says which variable cannot be used.
func NewTracer(ctx context.Context, version string, onFault func(error)) (*Tracer, error) {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("set the traces up from OTEL_…: %w", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", "grps"), attribute.String("service.version", version)),
		resource.WithFromEnv()) // last, so that it has the last word
	if err != nil {
		return nil, fmt.Errorf("read OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(onFault)) // the library tells faults nowhere else
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	return &Tracer{provider, provider.Tracer("github.com/grps/grps", trace.WithInstrumentationVersion(version))}, nil
}

// Close sends what was not sent yet, for no longer than patience.
func (t *Tracer) Close(patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return t.provider.Shutdown(ctx)
}

// Request implements ports.Tracer.
func (t *Tracer) Request(ctx context.Context, name, requestID string) (context.Context, ports.Span) {
	ctx = context.WithValue(ctx, requestKey{}, requestID)
	return t.begin(ctx, name, trace.SpanKindServer, trace.WithNewRoot())
}

// Step implements ports.Tracer.
func (t *Tracer) Step(ctx context.Context, name string) (context.Context, ports.Span) {
	return t.beneath(ctx, name, trace.SpanKindInternal)
}

// Call implements ports.Tracer.
func (t *Tracer) Call(ctx context.Context, name string) (context.Context, ports.Span) {
	return t.beneath(ctx, name, trace.SpanKindClient)
}

func (t *Tracer) beneath(ctx context.Context, name string, kind trace.SpanKind) (context.Context, ports.Span) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, span{trace.SpanFromContext(ctx)} // which does nothing
	}
	return t.begin(ctx, name, kind)
}

func (t *Tracer) begin(ctx context.Context, name string, kind trace.SpanKind, more ...trace.SpanStartOption) (context.Context, ports.Span) {
	id, _ := ctx.Value(requestKey{}).(string)
	options := append(more, trace.WithSpanKind(kind), trace.WithAttributes(attribute.String(attributeRequest, id)))
	ctx, begun := t.tracer.Start(ctx, name, options...)
	return ctx, span{begun}
}

// Apart implements ports.Tracer.
func (t *Tracer) Apart(ctx context.Context) context.Context {
	return trace.ContextWithSpanContext(ctx, trace.SpanContext{})
}

// Mark implements ports.Tracer.
func (t *Tracer) Mark(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	if carrier[traceparent] == "" {
		return ""
	}
	id, _ := ctx.Value(requestKey{}).(string)
	return carrier[traceparent] + " " + id
}

// Resume implements ports.Tracer.
func (t *Tracer) Resume(ctx context.Context, mark string) context.Context {
	parent, id, _ := strings.Cut(mark, " ")
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{traceparent: parent})
	return context.WithValue(ctx, requestKey{}, id)
}

// span implements ports.Span.
type span struct{ trace.Span }

// Note implements ports.Span.
func (s span) Note(key string, n int) { s.SetAttributes(attribute.Int(key, n)) }

// End implements ports.Span.
func (s span) End(err error) {
	if err != nil {
		kind := domain.KindOf(err).String()
		s.SetAttributes(attribute.String("error.type", kind))
		s.SetStatus(codes.Error, kind)
	}
	s.Span.End()
}
