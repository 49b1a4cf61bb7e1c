package opencloud

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retryAfter returns how long Roblox asks to be left alone: whole or broken seconds, or an HTTP date, rounded up to the next second
// and at most longestClose; 0 when it does not say, or says it in another way.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return wholeSeconds(seconds)
	}
	if at, err := http.ParseTime(text); err == nil {
		return wholeSeconds(at.Sub(now).Seconds())
	}
	return 0
}

// resetTime returns when the limit that the answer speaks of begins anew: x-ratelimit-reset is the seconds left, not a time.
func resetTime(header http.Header) time.Duration {
	seconds, _ := leadingNumber(header.Get("X-Ratelimit-Reset"))
	return wholeSeconds(float64(seconds))
}

func wholeSeconds(seconds float64) time.Duration {
	if math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	return time.Duration(min(math.Ceil(seconds), longestClose.Seconds())) * time.Second
}

// leadingNumber reads the first number of a list such as "1000, 1000;w=60".
func leadingNumber(text string) (int, bool) {
	text = strings.TrimSpace(text)
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(text)
	}
	n, err := strconv.Atoi(text[:end])
	return n, err == nil
}
