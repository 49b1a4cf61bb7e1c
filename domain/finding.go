package domain

import (
	"strconv"
	"time"
)

// FindingKind says what is odd about a report.
type FindingKind uint8

// The kinds.
const (
	FindingGrowth   FindingKind = iota + 1 // the points grew by more than the policy allows in a window
	FindingFell                            // the points are fewer than those reported before
	FindingDisagree                        // two experiences reported the player at about the same time with different points
)

// String returns the stable lower_snake_case word that the API, storage and metrics use.
func (k FindingKind) String() string {
	switch k {
	case FindingGrowth:
		return "points_growth"
	case FindingFell:
		return "points_fell"
	case FindingDisagree:
		return "experiences_disagree"
	}
	return ""
}

// ParseFindingKind returns the kind that text names, exactly as String writes it; any other text is an error of KindInvalid.
func ParseFindingKind(text string) (FindingKind, error) {
	for k := FindingGrowth; k <= FindingDisagree; k++ {
		if k.String() == text {
			return k, nil
		}
	}
	return 0, invalid("finding_unknown", "the kind must be points_growth, points_fell or experiences_disagree")
}

// Finding is something odd about a report. It changes nothing by itself.
type Finding struct {
	Kind   FindingKind
	Before int64         // the points reported before: for FindingDisagree by the other experience
	After  int64         // the points that the report says
	Window time.Duration // for FindingGrowth: the window of the cap
	Cap    int64         // for FindingGrowth: how many points the policy allows in the window
	Growth int64         // for FindingGrowth: by how many points the player grew in it
	Other  Experience    // for FindingDisagree: who reported before
	Apart  time.Duration // for FindingDisagree: how long after the other report this one was observed; negative when before it
}

// quiet is how long most findings stand for those of their kind that follow.
const quiet = time.Minute

// Quiet returns how long the finding stands for others of its kind and window about the same player, so that a game that goes on being
// wrong is found so once in a while and not with every report.
func (f Finding) Quiet() time.Duration { return max(f.Window, quiet) }

// Sentence returns the finding in words, such as "grew by 350 points in 24 hours, the policy allows 200".
func (f Finding) Sentence() string {
	points := strconv.FormatInt(f.After, 10) + " points after " + strconv.FormatInt(f.Before, 10)
	switch f.Kind {
	case FindingGrowth:
		return "grew by " + plural(f.Growth, "point") + " in " + plural(int64(f.Window/time.Hour), "hour") + ", the policy allows " +
			strconv.FormatInt(f.Cap, 10)
	case FindingFell:
		return points
	case FindingDisagree:
		return points + " by another experience, " + f.Apart.Abs().String() + " apart"
	}
	return ""
}

// atOnce is how far apart two reports of a player may be and still say the same moment.
const atOnce = 10 * time.Second

// Examine returns what is odd about a report that turned before into after; nothing about the first of a player. A stale report can
// disagree with another, and changes nothing. Of growth only what exceeds a cap for the first time is found, not what goes on exceeding it.
func Examine(p Policy, before, after Standing, s Snapshot) []Finding {
	r := &s.report
	if before.UserID.IsZero() || r.Points == before.Points {
		return nil
	}
	var findings []Finding
	if after.Growth != before.Growth {
		findings = outgrown(p.parts.Caps, before, after, s.At())
	}
	if after.Points < before.Points {
		findings = append(findings, Finding{Kind: FindingFell, Before: before.Points, After: r.Points})
	}
	apart := s.At().Sub(before.ObservedAt)
	if apart.Abs() <= atOnce && before.Experience.differs(r.Experience) {
		findings = append(findings, Finding{
			Kind: FindingDisagree, Before: before.Points, After: r.Points, Other: before.Experience, Apart: apart,
		})
	}
	return findings
}

// outgrown returns the caps that the growth to after exceeds, and that to before did not.
func outgrown(caps Caps, before, after Standing, at time.Time) []Finding {
	var findings []Finding
	for _, c := range caps.each() {
		grew := after.Growth.In(c.window, after.Points, at)
		if c.points == 0 || grew <= c.points || before.Growth.In(c.window, before.Points, at) > c.points {
			continue
		}
		findings = append(findings, Finding{
			Kind: FindingGrowth, Before: before.Points, After: after.Points, Window: c.window, Cap: c.points, Growth: grew,
		})
	}
	return findings
}

// differs reports whether the two are different experiences. What one of them does not name may be the same.
func (e Experience) differs(other Experience) bool {
	universes := !e.Universe.IsZero() && !other.Universe.IsZero() && e.Universe != other.Universe
	return universes || e.Key != "" && other.Key != "" && e.Key != other.Key
}
