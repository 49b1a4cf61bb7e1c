package telemetry

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// automation writes a line when automation is paused, stopped or resumed. Why a limit paused it stands there; the words of people do not.
func (r *Recorder) automation(a domain.Automation) {
	r.series.switches.WithLabelValues(a.State.String()).Inc()
	level := zapcore.WarnLevel
	if a.State == domain.AutomationRunning {
		level = zapcore.InfoLevel
	}
	reason := zap.Skip()
	if a.State == domain.AutomationPaused {
		reason = zap.String(FieldReason, a.Reason)
	}
	r.log.Log(level, "automation", zap.String(FieldStatus, a.State.String()), reason, zap.String(FieldPrincipal, a.Principal), actor(a.Actor))
}

// gauge notes how automation stands.
func (r *Recorder) gauge(e ports.AutomationGauge) {
	for state := domain.AutomationRunning; state <= domain.AutomationStopped; state++ {
		value := 0.0
		if state == e.State {
			value = 1
		}
		r.series.automation.WithLabelValues(state.String()).Set(value)
	}
	r.series.held.Set(float64(e.Held))
}
