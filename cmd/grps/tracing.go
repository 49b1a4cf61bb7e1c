package main

import (
	"context"
	"os"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/grps/grps/adapters/telemetry"
	"github.com/grps/grps/ports"
)

// The variables of OpenTelemetry begin so. The library reads them, those that this table knows and all others, from the environment.
const tracingPrefix = "OTEL_"

const (
	tracesSent   = 500 * time.Millisecond // how long the last traces may take to be sent
	tracesFaults = time.Minute            // how often it is said that traces cannot be sent
)

// exportTracing puts what a flag or .env says of tracing into the environment of the process, where the library looks for it, unless the
// environment has it already.
func (s source) exportTracing() error {
	for _, key := range s.values.AllKeys() {
		name := strings.ToUpper(key)
		value := s.text(name)
		if !strings.HasPrefix(name, tracingPrefix) || value == "" {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// traced reports whether traces are to be sent: a collector is named, and nothing forbids it.
func traced() bool {
	named := os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
	return named && !strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") && !strings.EqualFold(os.Getenv("OTEL_TRACES_EXPORTER"), "none")
}

// openTracer returns what follows requests; nil where no collector is named.
func (s *service) openTracer(ctx context.Context) (ports.Tracer, error) {
	if !traced() {
		return nil, nil //nolint:nilnil // nobody follows anything then
	}
	for _, name := range [...]string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if protocol := os.Getenv(name); protocol != "" && protocol != "http/protobuf" {
			s.log.Warn(name + " is not http/protobuf, which is what traces are sent in all the same")
		}
	}
	var told telling
	tracer, err := telemetry.NewTracer(ctx, version(), func(fault error) {
		if told.due(time.Now()) {
			s.log.Warn("traces cannot be sent", zap.Error(fault))
		}
	})
	if err != nil {
		return nil, usageError{err}
	}
	s.stops = append(s.stops, func() { _ = tracer.Close(tracesSent) }) // what cannot be sent now is lost, and is only a trace
	return tracer, nil
}

// telling says when something that goes on failing is to be told again. The zero value tells at once.
type telling struct {
	mu   sync.Mutex
	last time.Time
}

func (t *telling) due(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.last.IsZero() && now.Sub(t.last) < tracesFaults {
		return false
	}
	t.last = now
	return true
}
