package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/spf13/viper"

	"github.com/grps/grps/domain"
)

// reading returns a reader of one setting.
func reading(key, text string) *reader {
	values := viper.New()
	values.Set(key, text)
	return &reader{source: source{values}}
}

func TestRatesAreReadFromTheirSettings(t *testing.T) {
	for text, want := range map[string]domain.Rate{
		"0": {}, "5": {PerSecond: 5, Burst: 5}, "0.5": {PerSecond: 0.5, Burst: 1}, "200:1000": {PerSecond: 200, Burst: 1000},
		"0.01:1": {PerSecond: 0.01, Burst: 1}, "1000000": {PerSecond: 1_000_000, Burst: 1_000_000},
	} {
		r := reading("RATE_LIMIT", text)
		if got := r.rate("RATE_LIMIT"); got != want || len(r.faults) > 0 {
			t.Errorf("%q: got %+v and %v, want %+v", text, got, r.faults, want)
		}
	}
	for _, text := range []string{"", "x", "-1", "5:", ":5", "5:x", "5:0", "5:-1", "0:5", "5:5:5", "NaN", "Inf", "0.001", "1000001", "5:1000001", "1e400"} {
		r := reading("RATE_LIMIT", text)
		if got := r.rate("RATE_LIMIT"); len(r.faults) != 1 || got != (domain.Rate{}) {
			t.Errorf("%q: got %+v and %v, want a fault", text, got, r.faults)
		}
	}
}

func TestNetworksAreReadFromTheirSetting(t *testing.T) {
	r := reading("TRUSTED_PROXIES", "10.1.2.3/8, 192.0.2.1,2001:db8::1, 2001:db8::/32")
	if got := fmt.Sprint(r.networks("TRUSTED_PROXIES")); got != "[10.0.0.0/8 192.0.2.1/32 2001:db8::1/128 2001:db8::/32]" || len(r.faults) > 0 {
		t.Errorf("got %s and %v", got, r.faults)
	}
	r = reading("TRUSTED_PROXIES", "proxy,10.0.0.0/33")
	if got := r.networks("TRUSTED_PROXIES"); len(got) > 0 || len(r.faults) != 2 {
		t.Errorf("got %v and %v, want two faults", got, r.faults)
	}
}

func TestConnectionsFitAmongTheFilesThatMayBeOpen(t *testing.T) {
	for _, c := range []struct {
		connections int
		files       uint64
		most        int
	}{{4096, 1 << 20, 4096}, {4096, 4224, 4096}, {4096, 4223, 4095}, {4096, 1024, 896}, {4096, 64, 16}, {16, 1 << 63, 16}} {
		most, warning := fitting(c.connections, c.files)
		if most != c.most || (warning == "") != (most == c.connections) {
			t.Errorf("%d connections, %d files: got %d and %q, want %d", c.connections, c.files, most, warning, c.most)
		}
	}
}

// count asks n times, each time with the headers for that number, and returns how often each status was the answer and how long it all took.
func (p *process) count(n int, path string, headers func(i int) []string) (map[int]int, time.Duration) {
	p.t.Helper()
	statuses, began := map[int]int{}, time.Now()
	for i := range n {
		status, _ := p.call(http.MethodGet, path, "", headers(i)...)
		statuses[status]++
	}
	return statuses, time.Since(began)
}

func TestAServiceHoldsAnAddressToItsRateWhateverIsForwarded(t *testing.T) {
	forwarded := func(i int) []string { return []string{"X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i)} }
	p := startServe(t, t.TempDir(), []string{"RATE_LIMIT_ADDRESS=5"})
	got, took := p.count(100, "/leaderboard/top", forwarded)
	if most := 5 + int(5*took.Seconds()) + 1; got[200] > most || got[200] < 5 || got[200]+got[429] != 100 {
		t.Errorf("100 requests within %s: got %v, want at most %d times 200 and 429 for the rest", took, got, most)
	}
	t.Logf("%v within %s", got, took)
	p.stop()

	p = startServe(t, t.TempDir(), []string{"RATE_LIMIT_ADDRESS=5", "TRUSTED_PROXIES=127.0.0.1"})
	if got, _ := p.count(100, "/leaderboard/top", forwarded); got[200] != 100 {
		t.Errorf("through a trusted proxy: got %v, want 100 times 200", got)
	}
}

func TestAServiceRefusesAFloodOfWrongKeys(t *testing.T) {
	const key = "canary-canary-canary-canary"
	p := startServe(t, t.TempDir(), []string{"INBOUND_API_KEYS=" + key}, "--host", "127.0.0.1")
	got, took := p.count(1000, "/leaderboard/top", func(i int) []string { return []string{"x-grps-api-key", fmt.Sprintf("wrong-%d", i)} })
	if most := 100 + int(10*took.Seconds()) + 1; got[401] > most || got[401]+got[429] != 1000 {
		t.Errorf("1000 wrong keys within %s: got %v, want at most %d times 401 and 429 for the rest", took, got, most)
	}
	if status, _ := p.call(http.MethodGet, "/health/live", ""); status != http.StatusOK {
		t.Errorf("live: got %d, want 200", status)
	}
	if size := len(p.stderr.String()); size > 100_000 {
		t.Errorf("the log: got %d bytes, want at most 100,000", size)
	}
}
