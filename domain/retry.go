package domain

import "time"

// The bounds of [RetryDelay].
const (
	firstRetry = 500 * time.Millisecond
	lastRetry  = 5 * time.Minute
)

// RetryDelay returns how long to wait before trying again after attempt tries failed (1, 2, …): it doubles from half a second to five
// minutes, spread by jitter (0 ≤ jitter < 1) between half and the whole of it, and is never shorter than what the server asked for.
// Arguments outside their range are brought to the nearest bound.
func RetryDelay(attempt int, jitter float64, serverAsked time.Duration) time.Duration {
	delay := lastRetry
	if doublings := max(attempt, 1) - 1; doublings < 10 {
		delay = min(firstRetry<<doublings, lastRetry)
	}
	jitter = min(max(jitter, 0), 1)
	delay = delay/2 + time.Duration(float64(delay/2)*jitter)
	return max(delay, serverAsked)
}
