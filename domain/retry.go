package domain

import "time"

// The bounds of [RetryDelay] and [WebhookDelay].
const (
	firstRetry   = 500 * time.Millisecond
	lastRetry    = 5 * time.Minute
	firstWebhook = 5 * time.Second
	lastWebhook  = time.Hour
)

// WebhookPatience is how long a webhook is tried, from its first try on, before it is given up.
const WebhookPatience = 24 * time.Hour

// RetryDelay returns how long to wait before trying again after attempt tries failed (1, 2, …): it doubles from half a second to five
// minutes, spread by jitter (0 ≤ jitter < 1) between half and the whole of it, and is never shorter than what the server asked for.
// Arguments outside their range are brought to the nearest bound.
func RetryDelay(attempt int, jitter float64, serverAsked time.Duration) time.Duration {
	return backoff(firstRetry, lastRetry, attempt, jitter, serverAsked)
}

// WebhookDelay is [RetryDelay] for webhooks, whose receivers may be down for hours: it doubles from five seconds to an hour.
func WebhookDelay(attempt int, jitter float64, serverAsked time.Duration) time.Duration {
	return backoff(firstWebhook, lastWebhook, attempt, jitter, serverAsked)
}

func backoff(first, last time.Duration, attempt int, jitter float64, serverAsked time.Duration) time.Duration {
	delay := last
	if doublings := max(attempt, 1) - 1; doublings < 10 {
		delay = min(first<<doublings, last)
	}
	jitter = min(max(jitter, 0), 1)
	delay = delay/2 + time.Duration(float64(delay/2)*jitter)
	return max(delay, serverAsked)
}
