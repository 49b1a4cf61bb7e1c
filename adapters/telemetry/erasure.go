package telemetry

import (
	"go.uber.org/zap"

	"github.com/grps/grps/ports"
)

// erasure writes a line when somebody is to be forgotten, was, or may come back: who asked, and what Roblox calls its own request. Who it is
// about stands in no line.
func (r *Recorder) erasure(e ports.Erasure) {
	r.series.erasures.WithLabelValues(string(e.State)).Inc()
	notification := zap.Skip()
	if e.Notification != "" {
		notification = zap.String(FieldNotification, e.Notification)
	}
	r.log.Info("erasure", zap.String(FieldErasure, e.ID), zap.String(FieldStatus, string(e.State)), zap.String(FieldPrincipal, e.Principal), notification)
}
