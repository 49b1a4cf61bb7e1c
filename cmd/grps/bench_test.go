package main

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// benchOn runs the bench against a service and returns what it printed and its exit code.
func benchOn(t *testing.T, base string, args ...string) (benchResult, string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary(), append([]string{"bench", "--server", overheard(t, base), "--json"}, args...)...)
	cmd.Env = append(os.Environ(), runAsGrps+"=1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // its exit code is looked at
	var result benchResult
	if stdout.Len() > 0 {
		if err := json.Unmarshal(stdout.Bytes(), &result); err != nil {
			t.Fatalf("%s: %v\n%s", stdout.String(), err, stderr.String())
		}
	}
	return result, stderr.String(), cmd.ProcessState.ExitCode()
}

func TestTheBenchFindsEverythingThatWasAcknowledged(t *testing.T) {
	p := startServe(t, t.TempDir(), []string{"LOG_LEVEL=error"})
	for name, args := range map[string][]string{
		"single":  {"--servers", "3", "--players", "5", "--connections", "4", "--duplicates", "0.2", "--first-user", "1000"},
		"batches": {"--servers", "3", "--players", "5", "--connections", "4", "--batch", "7", "--duplicates", "0.2", "--first-user", "2000"},
		"a rate":  {"--servers", "3", "--players", "5", "--rate", "50", "--apply", "0.5", "--duplicates", "0", "--first-user", "3000"},
	} {
		got, stderr, code := benchOn(t, p.base, append(args, "--duration", "1s")...)
		if code != 0 || got.Verified != 15 || got.Missing != 0 || got.Accepted < 15 || len(got.Errors) > 0 || got.P50 <= 0 || got.P99 < got.P50 {
			t.Errorf("%s: got exit code %d and %+v, want 0 and 15 players verified\n%s", name, code, got, stderr)
		}
		if again := got.Duplicates > 0; again != (name != "a rate") {
			t.Errorf("%s: got %d duplicates", name, got.Duplicates)
		}
		if name == "a rate" && got.Requests > 50 {
			t.Errorf("a rate: got %d requests in a second, want at most 50", got.Requests)
		}
	}
}

func TestTheBenchTellsWhenAnAcknowledgedReportIsLost(t *testing.T) {
	lost := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/health/live":
			_, _ = w.Write([]byte(`{"status":"ok"}`))
		case r.Method == http.MethodPost:
			_, _ = w.Write([]byte(`{"outcome":"updated"}`))
		default:
			_, _ = w.Write([]byte(`{"rankPoints":1}`))
		}
	}))
	defer lost.Close()
	got, stderr, code := benchOn(t, lost.URL, "--servers", "1", "--players", "10", "--duration", "200ms")
	if code != 1 || got.Missing == 0 || !strings.Contains(stderr, "acknowledged") {
		t.Errorf("got exit code %d and %+v, want 1 and players missing\n%s", code, got, stderr)
	}
}

func TestABenchBeyondTheLimitsStillVerifiesAndSaysHowToLiftThem(t *testing.T) {
	p := startServe(t, t.TempDir(), []string{"LOG_LEVEL=error", "RATE_LIMIT=20:25"})
	cmd := exec.CommandContext(t.Context(), binary(), "bench", "--server", p.base, "--servers", "1", "--players", "30", "--connections", "30", "--duration", "300ms")
	cmd.Env = append(os.Environ(), runAsGrps+"=1")
	got, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("got %v, want what was taken in verified although the limit is used up", err)
	}
	for _, want := range []string{"reports: rate_limited; to measure without limits", "all that was acknowledged is there"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("got\n%s\nwant %q", got, want)
		}
	}
}

func TestABenchThatCannotBeIsRefused(t *testing.T) {
	for _, args := range [][]string{
		{"--servers", "0"},
		{"--batch", "501"},
		{"--connections", "0"},
		{"--rate", "-1"},
		{"--rate", "1", "--interval", "1s"},
		{"--duration", "0s"},
		{"--apply", "2"},
		{"--duplicates", "1"},
		{"--first-user", "9007199254740990"},
	} {
		if _, stderr, code := benchOn(t, "http://127.0.0.1:1", args...); code != exitUsage || !strings.Contains(stderr, "--") {
			t.Errorf("%v: got exit code %d and %q, want %d and the flag", args, code, stderr, exitUsage)
		}
	}
}

func TestPercentilesAreExactToTwoPercent(t *testing.T) {
	var l latencies
	if l.percentile(50) != 0 {
		t.Errorf("of none: got %s, want 0", l.percentile(50))
	}
	for ms := 1; ms <= 1000; ms++ {
		l.add(time.Duration(ms) * time.Millisecond)
	}
	for p, want := range map[float64]float64{1: 10, 50: 500, 95: 950, 99: 990, 100: 1000} {
		got := float64(l.percentile(p)) / float64(time.Millisecond)
		if math.Abs(got-want)/want > 0.021 {
			t.Errorf("p%g: got %.1f ms, want %.0f within two percent", p, got, want)
		}
	}
	l = latencies{}
	l.add(0)
	l.add(time.Hour)
	if l.percentile(100) != time.Hour {
		t.Errorf("beyond the scale: got %s, want an hour", l.percentile(100))
	}
}
