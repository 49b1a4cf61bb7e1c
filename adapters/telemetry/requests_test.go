package telemetry_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/grps/grps/adapters/telemetry"
)

func TestRequestsAreCountedByRouteAndByAStatusOfAFew(t *testing.T) {
	registry := prometheus.NewRegistry()
	requests := telemetry.NewRequests(registry)
	top, report := requests.Route("GET", "/leaderboard/top"), requests.Route("POST", "/report")
	for _, status := range []int{200, 200, 429, 418, 799, 0} {
		top.Answered(status, time.Millisecond)
	}
	report.Answered(200, time.Second)
	want := []string{
		`grps_http_request_seconds{method="GET",route="/leaderboard/top"} 6`,
		`grps_http_request_seconds{method="POST",route="/report"} 1`,
		`grps_http_requests_total{method="GET",route="/leaderboard/top",status="200"} 2`,
		`grps_http_requests_total{method="GET",route="/leaderboard/top",status="429"} 1`,
		`grps_http_requests_total{method="GET",route="/leaderboard/top",status="other"} 3`,
		`grps_http_requests_total{method="POST",route="/report",status="200"} 1`,
	}
	if diff := cmp.Diff(want, series(t, registry)); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
}

func TestCountingARequestAllocatesNothing(t *testing.T) {
	route := telemetry.NewRequests(prometheus.NewRegistry()).Route("GET", "/leaderboard/top")
	route.Answered(200, time.Millisecond)
	if got := testing.AllocsPerRun(1000, func() { route.Answered(200, time.Millisecond) }); got != 0 {
		t.Errorf("counting a request makes %g allocations, want none", got)
	}
}

func BenchmarkCountingARequest(b *testing.B) {
	route := telemetry.NewRequests(prometheus.NewRegistry()).Route("GET", "/leaderboard/top")
	for b.Loop() {
		route.Answered(200, 3*time.Millisecond)
	}
}
