package app

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/grps/grps/ports"
)

// fingerprint returns the hash of what an idempotency key stands for: the report, and what was asked to be done with it. How the body
// was written does not matter.
func fingerprint(r ports.IngestRequest) string {
	h := sha256.New()
	report := r.Report
	warnings, warned := report.Warnings.Get()
	recommendations, recommended := report.Recommendations.Get()
	fmt.Fprintf(h, "1 %d %q %q %q %d %d %d %d %t %d %t %d %s %d %d %q %q %d %q %s %t %t",
		report.UserID.Int64(), report.Username, report.DisplayName, report.Rank,
		report.Points, report.Kos, report.Wos, warnings, warned, recommendations, recommended,
		report.Punishment, report.PunishmentUntil.Format(time.RFC3339Nano),
		report.Experience.Universe.Int64(), report.Experience.PlaceID, report.Experience.Server, report.Experience.Key,
		report.GroupID, report.Metadata, report.ObservedAt.Format(time.RFC3339Nano), r.Evaluate, r.Apply)
	return hex.EncodeToString(h.Sum(nil))
}
