package telemetry

import (
	"go.uber.org/zap"

	"github.com/grps/grps/ports"
)

// finding counts what was odd about a report and writes a line about it: somebody should look.
func (r *Recorder) finding(f ports.FindingRecord) {
	kind := f.Finding.Kind.String()
	r.series.findings.WithLabelValues(kind).Inc()
	r.log.Warn("finding",
		zap.Int64(FieldUserID, f.UserID.Int64()), zap.String(FieldKind, kind), zap.String(FieldReason, f.Finding.Sentence()),
		zap.String(FieldPrincipal, f.Principal), zap.String(FieldExperience, f.Experience.Key), zap.Int64(FieldSnapshot, f.SnapshotID),
	)
}
