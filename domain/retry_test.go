package domain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

// The whole schedule, from no jitter to the most.
func TestRetryDelayDoublesUpToFiveMinutes(t *testing.T) {
	const want = `
attempt   least      middle     most
 1        250ms      375ms      500ms
 2        500ms      750ms      1s
 3        1s         1.5s       2s
 4        2s         3s         4s
 5        4s         6s         8s
 6        8s         12s        16s
 7        16s        24s        32s
 8        32s        48s        1m4s
 9        1m4s       1m36s      2m8s
10        2m8s       3m12s      4m16s
11        2m30s      3m45s      5m0s
12        2m30s      3m45s      5m0s
99        2m30s      3m45s      5m0s
`
	var got strings.Builder
	got.WriteString("\nattempt   least      middle     most\n")
	for _, attempt := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99} {
		fmt.Fprintf(&got, "%2d        %-10s %-10s %s\n", attempt,
			domain.RetryDelay(attempt, 0, 0), domain.RetryDelay(attempt, 0.5, 0), domain.RetryDelay(attempt, 1, 0))
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("schedule (-want +got):\n%s", diff)
	}
}

func TestWebhooksAreTriedFromFiveSecondsToAnHourApart(t *testing.T) {
	const want = `
attempt   least      middle     most
 1        2.5s       3.75s      5s
 2        5s         7.5s       10s
 3        10s        15s        20s
 9        10m40s     16m0s      21m20s
10        21m20s     32m0s      42m40s
11        30m0s      45m0s      1h0m0s
99        30m0s      45m0s      1h0m0s
`
	var got strings.Builder
	got.WriteString("\nattempt   least      middle     most\n")
	for _, attempt := range []int{1, 2, 3, 9, 10, 11, 99} {
		fmt.Fprintf(&got, "%2d        %-10s %-10s %s\n", attempt,
			domain.WebhookDelay(attempt, 0, 0), domain.WebhookDelay(attempt, 0.5, 0), domain.WebhookDelay(attempt, 1, 0))
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("schedule (-want +got):\n%s", diff)
	}
	if got := domain.WebhookDelay(11, 1, 2*time.Hour); got != 2*time.Hour {
		t.Errorf("a receiver that asks for two hours gets %s", got)
	}
}

// A receiver that is back within a day is told, and not by thousands of tries.
func TestWebhooksAreTriedAFewDozenTimesOverADay(t *testing.T) {
	for jitter, want := range map[float64]int{0: 58, 1: 34} {
		tries := 1
		for waited := time.Duration(0); waited < domain.WebhookPatience; tries++ {
			waited += domain.WebhookDelay(tries, jitter, 0)
		}
		if tries != want {
			t.Errorf("with jitter %v: got %d tries in a day, want %d", jitter, tries, want)
		}
	}
}

func TestRetryDelayBringsItsArgumentsIntoRange(t *testing.T) {
	tests := []struct {
		name    string
		attempt int
		jitter  float64
		asked   time.Duration
		want    time.Duration
	}{
		{"no attempt counts as the first", 0, 1, 0, 500 * time.Millisecond},
		{"a negative attempt counts as the first", -5, 1, 0, 500 * time.Millisecond},
		{"an attempt beyond any count", 1<<31 - 1, 1, 0, 5 * time.Minute},
		{"a negative jitter is none", 1, -3, 0, 250 * time.Millisecond},
		{"a jitter above one is the whole", 1, 7, 0, 500 * time.Millisecond},
		{"a server that asks for more gets more", 1, 1, time.Hour, time.Hour},
		{"a server that asks for less does not shorten", 5, 1, time.Second, 8 * time.Second},
		{"a server that asks for the past does not shorten", 1, 0, -time.Hour, 250 * time.Millisecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := domain.RetryDelay(test.attempt, test.jitter, test.asked); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
