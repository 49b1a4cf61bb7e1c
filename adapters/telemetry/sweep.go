package telemetry

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/grps/grps/ports"
)

// sweep writes a line when a process begins to work on a sweep and when it leaves off; the pages between are for debugging.
func (r *Recorder) sweep(e ports.SweepEvent) {
	s := e.Sweep
	level, step := zap.InfoLevel, "begun"
	switch e.Step {
	case ports.SweepPaged:
		level, step = zap.DebugLevel, "paged"
	case ports.SweepLeft:
		step = "left"
		r.series.sweeps.WithLabelValues(string(s.Kind), string(s.State)).Inc()
		if s.State == ports.SweepStopped || s.State == ports.SweepFailed { // a person must look
			level = zap.WarnLevel
		}
	case ports.SweepBegun:
	}
	if check := r.log.Check(level, "sweep"); check != nil {
		check.Write(
			zap.String(FieldSweep, s.ID), zap.String(FieldKind, string(s.Kind)), zap.String(FieldStep, step),
			zap.String(FieldStatus, string(s.State)), zap.String(FieldPhase, string(s.Phase)),
			zap.Int64(FieldScanned, s.Scanned), zap.Int64(FieldTotal, s.Total), tally(FieldFound, s.Found), tally(FieldDecided, s.Decided),
			zap.String(FieldRequestID, s.RequestID), zap.String(FieldPrincipal, s.Principal), actor(s.Actor),
			zap.String(FieldPolicy, s.Revision), took(e.Took),
		)
	}
}

// tally is no field when nothing was counted.
func tally(key string, t ports.Tally) zap.Field {
	if len(t) == 0 {
		return zap.Skip()
	}
	return zap.Object(key, counts(t))
}

// counts writes a tally as an object of numbers.
type counts ports.Tally

// MarshalLogObject implements zapcore.ObjectMarshaler.
func (c counts) MarshalLogObject(e zapcore.ObjectEncoder) error {
	for word, n := range c {
		e.AddInt64(word, n)
	}
	return nil
}
