package filepolicy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/grps/grps/domain"
)

// formName names the form of canonical texts.
const formName = "grps policy 2"

// canonical writes down the rules that documents mean, so that two sets of documents with the same rules have the same text
// and any other rule changes it. Every default is spelt out; addresses of schemas, layout and the order of keys have no place
// in it. The first line names the form, and changes if the form ever does. Then, each on a line of its own, with texts quoted
// in ASCII as Go's %+q does, truth values as true or false, numbers in the shortest decimal form:
//
//	grps policy 2
//	privileged <mode>
//	drift <mode>
//	bounds <maxMovesPerHour> <maxDemotionsPercent> <maxRungsPerPlayerPerDay>
//	rank <name> <minPoints> <minTimeDays> <level> <privileged> <roleId or 0>        the rungs, lowest first
//	suspension <name> <minPoints> <minTimeDays> <level> <privileged> <roleId or 0>  if there is such a rank
//	punishments <trial_threshold> <severe_threshold> <trial_days> <trial_lock_promotion>
//	caps <daily> <weekly>
//	weight <name> <points>                                                          by name
//	limit <name> <number>                                                           by name
//	permission <rank> <level> <canEarn> <canWarn> <canAdjust> <canBan> <ignored> <locked>
//
// There is a permission for every rank in the order above, then for Guest. A rank is privileged here if its level makes it so.
func canonical(parts domain.PolicyParts, permissions []domain.RankPermission, weights, limits map[string]float64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nprivileged %s\ndrift %s\n", formName, parts.Privileged, parts.Drift)
	bounds := parts.Limits
	fmt.Fprintf(&b, "bounds %d %d %d\n", bounds.MovesPerHour, bounds.DemotionsPercent, bounds.RungsPerDay)
	for r := range parts.Ladder.Managed() {
		word := "rank"
		if r.Punishment {
			word = "suspension"
		}
		fmt.Fprintf(&b, "%s %+q %d %d %+q %t %s\n", word, r.Name, r.MinPoints, r.MinTimeDays, r.Level, r.Privileged, r.Role)
	}
	p := parts.Punishments
	fmt.Fprintf(&b, "punishments %d %d %d %t\n", p.TrialThreshold, p.SevereThreshold, p.TrialDays, p.TrialLockPromotion)
	fmt.Fprintf(&b, "caps %d %d\n", parts.Caps.Daily, parts.Caps.Weekly)
	writeNumbers(&b, "weight", weights)
	writeNumbers(&b, "limit", limits)
	for _, p := range permissions {
		fmt.Fprintf(&b, "permission %+q %+q %t %t %t %t %t %t\n",
			p.Rank, p.Level, p.CanEarn, p.CanWarn, p.CanAdjust, p.CanBan, p.Ignored, p.Locked)
	}
	return b.String()
}

func writeNumbers(b *strings.Builder, word string, numbers map[string]float64) {
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		// None is negative, but a zero may have been written with a minus sign.
		fmt.Fprintf(b, "%s %+q %g\n", word, name, math.Abs(numbers[name]))
	}
}

// revision returns the SHA-256 of a canonical text in 64 lower-case hexadecimal digits.
func revision(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
