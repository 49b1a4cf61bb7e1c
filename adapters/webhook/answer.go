package webhook

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/grps/grps/domain"
)

// maxAnswer is how much of an answer is read, in bytes, before it is thrown away.
const maxAnswer = 4 << 10

// learn reads what an answer says about when the receiver wants to hear more, and returns what it means.
func (t *target) learn(response *http.Response, now time.Time) error {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		text = nil // the status stands: what follows it only says when to come again
	}
	after := retryAfter(response.Header, now)
	if response.StatusCode == http.StatusTooManyRequests {
		after = max(after, discordRetryAfter(text))
	}
	if response.Header.Get("X-RateLimit-Remaining") == "0" {
		t.pace.closeFor(seconds(response.Header.Get("X-RateLimit-Reset-After")), now)
	}
	if after > 0 {
		t.pace.closeFor(after, now)
	}
	return refusal(response.StatusCode, after)
}

// retryAfter returns what the header says: a number of seconds, or a date.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	if at, err := http.ParseTime(text); err == nil {
		return bounded(at.Sub(now))
	}
	return seconds(text)
}

// discordRetryAfter returns what Discord says in the body, in seconds with a fraction.
func discordRetryAfter(body []byte) time.Duration {
	var answer struct {
		RetryAfter json.Number `json:"retry_after"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return 0
	}
	return seconds(answer.RetryAfter.String())
}

// seconds returns the time that a number of seconds means, rounded up to the millisecond; 0 for what is no such number.
func seconds(text string) time.Duration {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || n <= 0 {
		return 0
	}
	return bounded(time.Duration(math.Ceil(min(n, domain.WebhookPatience.Seconds())*1000)) * time.Millisecond)
}

// bounded keeps a receiver from asking for more time than messages wait at all.
func bounded(d time.Duration) time.Duration { return min(max(d, 0), domain.WebhookPatience) }
