package telemetry

import (
	"context"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Recorder writes one line per decision and per tried effect, and counts everything. It implements ports.Recorder.
type Recorder struct {
	log       *zap.Logger
	series    series
	operation operation

	ingests   *children[string]
	decisions *children[decided]
}

// decided is what the counter of a decision says of it.
type decided struct {
	action domain.Action
	reason domain.ReasonCode
	status domain.Status
}

// New returns a recorder that logs to log and registers its series with registry. It panics when registry holds series of these names
// already, which is a fault of the caller.
func New(log *zap.Logger, registry prometheus.Registerer) *Recorder {
	r := &Recorder{log: log, series: newSeries(registry), operation: newOperation(registry)}
	r.ingests = newChildren(func(outcome string) prometheus.Counter { return r.series.ingests.WithLabelValues(outcome) })
	r.decisions = newChildren(func(d decided) prometheus.Counter {
		return r.series.decisions.WithLabelValues(d.action.String(), string(d.reason), string(d.status))
	})
	return r
}

// Record implements ports.Recorder.
func (r *Recorder) Record(_ context.Context, event ports.Event) {
	switch e := event.(type) {
	case ports.IngestEvent:
		r.ingest(e)
	case ports.DecisionEvent:
		r.decision(e.Decision)
	case ports.EffectEvent:
		r.effect(e)
	case ports.SweepEvent:
		r.sweep(e)
	case ports.CallEvent:
		r.call(e)
	case ports.LookEvent:
		r.look(e)
	case ports.AutomationEvent:
		r.automation(e.Automation)
	case ports.AutomationGauge:
		r.gauge(e)
	case ports.FindingEvent:
		r.finding(e.Finding)
	case ports.DenialEvent: // the request has a line of its own
		r.series.denials.WithLabelValues(e.Reason).Inc()
	case ports.UnitEvent:
		r.unit(e)
	case ports.ReadinessGauge:
		r.readiness(e)
	case ports.PolicyEvent:
		r.policy(e)
	case ports.ErasureEvent:
		r.erasure(e.Erasure)
	case ports.DispatchEvent:
		r.series.faults.WithLabelValues(domain.KindOf(e.Err).String()).Inc()
		r.log.Error(e.Doing, errorFields(e.Err)...)
	}
}

func (r *Recorder) ingest(e ports.IngestEvent) {
	outcome := e.Outcome.String()
	switch {
	case e.Err != nil:
		outcome = "refused"
	case e.Replayed:
		outcome = "replayed"
	}
	r.ingests.of(outcome).Inc()
	r.series.ingestSeconds.Observe(e.Took.Seconds())
	if check := r.log.Check(zap.DebugLevel, "report"); check != nil {
		fields := append(callerFields(e.Caller), player(e.User), zap.String(FieldOutcome, outcome), took(e.Took))
		if e.Rank == domain.RankDrift {
			fields = append(fields, zap.Bool(FieldDrift, true))
		}
		check.Write(append(fields, errorFields(e.Err)...)...)
	}
}

// call counts a call to Roblox. What became of the effect that it was made for has a line of its own.
func (r *Recorder) call(e ports.CallEvent) {
	call, outcome := strings.ReplaceAll(e.Call, " ", "_"), "done"
	if e.Err != nil {
		outcome = domain.KindOf(e.Err).String()
	}
	r.series.calls.WithLabelValues(call, statusWord(e.Status), outcome).Inc()
	r.series.callSeconds.WithLabelValues(call).Observe(e.Took.Seconds())
	r.series.callsLeft.WithLabelValues(call).Set(float64(e.Left))
}

func (r *Recorder) decision(d ports.DecisionRecord) {
	action := d.Decision.Action.String()
	r.decisions.of(decided{d.Decision.Action, d.Decision.Reason, d.Status}).Inc()
	level := zap.InfoLevel
	if d.Decision.Action == domain.ActionNone && d.Decision.Hold == domain.HoldUnsaid || !d.Apply {
		level = zap.DebugLevel
	}
	if check := r.log.Check(level, "decision"); check != nil {
		check.Write(
			zap.String(FieldRequestID, d.RequestID), zap.String(FieldPrincipal, d.Principal), actor(d.Actor),
			zap.Int64(FieldUserID, d.UserID.Int64()), zap.String(FieldDecision, d.ID), zap.String(FieldAction, action),
			zap.String(FieldFromRank, d.Decision.From), zap.String(FieldToRank, d.Decision.To),
			zap.String(FieldReason, string(d.Decision.Reason)), zap.String(FieldStatus, string(d.Status)),
			zap.String(FieldPolicy, d.Decision.Revision), zap.String(FieldOrigin, d.Origin.String()), hold(d.Decision.Hold),
		)
	}
}

// hold is no field when the hold was left alone.
func hold(m domain.HoldMode) zap.Field {
	if m == domain.HoldUnsaid {
		return zap.Skip()
	}
	return zap.String(FieldHold, m.String())
}

func (r *Recorder) effect(e ports.EffectEvent) {
	kind, result := e.Claim.Entry.Effect.Kind.String(), resultName(e.Result)
	r.series.effects.WithLabelValues(kind, result).Inc()
	r.series.effectSeconds.WithLabelValues(kind).Observe(e.Took.Seconds())
	user := e.Claim.Entry.Effect.User
	if e.Claim.Entry.Effect.Kind == domain.EffectErase {
		user = domain.UserID{} // the target says which erasure it is, which must not name anybody
	}
	fields := []zap.Field{
		player(user), zap.String(FieldDecision, e.Claim.Entry.DecisionID),
		zap.String(FieldEffect, kind), zap.String(FieldResult, result), zap.Int(FieldAttempt, e.Claim.Attempt), took(e.Took),
	}
	if target := e.Claim.Entry.Target; target != "" {
		fields = append(fields, zap.String(FieldTarget, target))
	}
	if e.Reason != "" {
		fields = append(fields, zap.String(FieldReason, e.Reason))
	}
	if e.Result == ports.SettleRetry {
		fields = append(fields, zap.Float64(FieldRetryMS, milliseconds(e.After)))
	}
	r.log.Log(effectLevel(e), "effect", append(fields, errorFields(e.Err)...)...)
}

// look tells of a look at Roblox. One that found nothing wrong is for debugging.
func (r *Recorder) look(e ports.LookEvent) {
	outcome := e.Outcome.String()
	r.series.looks.WithLabelValues(e.Cause, outcome).Inc()
	level := zap.InfoLevel
	if e.Outcome == domain.ReconcileSame || e.Outcome == domain.ReconcileUnmanaged {
		level = zap.DebugLevel
	}
	r.log.Log(level, "look", zap.Int64(FieldUserID, e.User.Int64()), zap.String(FieldCause, e.Cause), zap.String(FieldOutcome, outcome))
}

// effectLevel says how much an effect matters: what is given up needs a person, what merely waits for its turn needs nobody.
func effectLevel(e ports.EffectEvent) zapcore.Level {
	switch {
	case e.Result == ports.SettleDead:
		return zap.ErrorLevel
	case e.Result == ports.SettleDelivered:
		return zap.InfoLevel
	case domain.KindOf(e.Err) == domain.KindExhausted:
		return zap.DebugLevel
	}
	return zap.WarnLevel
}

func callerFields(c ports.Caller) []zap.Field {
	return []zap.Field{
		zap.String(FieldRequestID, c.RequestID), zap.String(FieldPrincipal, c.Principal),
		actor(c.Actor), zap.String(FieldExperience, c.Experience),
	}
}

// actor is no field when nobody was named.
func actor(user domain.UserID) zap.Field { return userField(FieldActor, user) }

// player is no field when what happened is about nobody.
func player(user domain.UserID) zap.Field { return userField(FieldUserID, user) }

func userField(name string, user domain.UserID) zap.Field {
	if user.IsZero() {
		return zap.Skip()
	}
	return zap.Int64(name, user.Int64())
}

func errorFields(err error) []zap.Field {
	if err == nil {
		return nil
	}
	return []zap.Field{zap.String(FieldErrorKind, domain.KindOf(err).String()), zap.String(FieldError, err.Error())}
}

func took(d time.Duration) zap.Field { return zap.Float64(FieldDurationMS, milliseconds(d)) }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func resultName(r ports.SettleResult) string {
	switch r {
	case ports.SettleRetry:
		return "retry"
	case ports.SettleDead:
		return "dead"
	case ports.SettleBack:
		return "back"
	case ports.SettleDelivered:
	}
	return "delivered"
}
