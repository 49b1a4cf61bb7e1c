package domain

import "time"

// suspensionCheck compares how much of a suspension has passed with its length; one that is over is met and counts nothing.
func suspensionCheck(p Policy, punishment Punishment, now time.Time) Check {
	check := Check{Criterion: CriterionSuspension, Met: punishment.Over(now)}
	if !check.Met && !punishment.Until.IsZero() {
		left := secondsUntil(now, punishment.Until)
		check.Required = max(seconds(p.parts.Punishments.TrialLength()), left)
		check.Actual = check.Required - left
	}
	return check
}

// pointsCheck compares points with what a rank needs.
func pointsCheck(criterion Criterion, r *Rank, points int64) Check {
	return Check{Criterion: criterion, Rank: r.Name, Required: r.MinPoints, Actual: points, Met: points >= r.MinPoints}
}

// tenureCheck compares the time in the present rank with what the next one needs.
func tenureCheck(next *Rank, held time.Duration, known bool) Check {
	return Check{
		Criterion: CriterionTenure, Rank: next.Name, Required: seconds(next.MinTenure()), Actual: seconds(held),
		Unknown: !known, Met: !known || held >= next.MinTenure(),
	}
}

// warningsCheck compares the warnings with a threshold, and with those that were punished already.
func warningsCheck(criterion Criterion, threshold, warnings, served int64) Check {
	required := max(threshold, served+1)
	return Check{Criterion: criterion, Required: required, Actual: warnings, Met: warnings >= required}
}

// rungsCheck compares the rungs that automation moved the player in the last 24 hours with what the policy allows. It is met while there
// may be one more. A move of exactly 24 hours ago does not count any more.
func rungsCheck(p Policy, s *Standing, now time.Time) Check {
	allowed, moved := p.parts.Limits.RungsPerDay, int64(s.Moves.After(now.Add(-24*time.Hour)))
	return Check{Criterion: CriterionRungs, Required: allowed, Actual: moved, Met: moved < allowed}
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// secondsUntil returns the seconds from now to a later end, rounded up, so that a remainder under a second is not shown as nothing left.
// Unlike a duration it does not overflow.
func secondsUntil(now, end time.Time) int64 {
	left := end.Unix() - now.Unix()
	if end.Nanosecond() > now.Nanosecond() {
		left++
	}
	return left
}
