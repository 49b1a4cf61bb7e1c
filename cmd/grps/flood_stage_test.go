package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grps/grps/adapters/telemetry/logtest"
)

// flood is a load on one service.
type flood struct {
	process *process
	client  *http.Client
	player  atomic.Int64
}

func newFlood(p *process, connections int) *flood {
	return &flood{process: p, client: &http.Client{Timeout: 20 * time.Second, Transport: logtest.Transport(&http.Transport{
		MaxIdleConns: connections, MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true,
	})}}
}

// volley is what became of requests.
type volley struct {
	mu       sync.Mutex
	accepted []time.Duration
	refused  []time.Duration // with 503 or 429
	faults   map[string]int  // what was answered otherwise
	took     time.Duration
}

func (v *volley) add(status int, took time.Duration, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case err != nil:
		v.faults[err.Error()]++
	case status == http.StatusOK:
		v.accepted = append(v.accepted, took)
	case status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests:
		v.refused = append(v.refused, took)
	default:
		v.faults[strconv.Itoa(status)]++
	}
}

// pace returns how many requests a second were accepted.
func (v *volley) pace() float64 { return float64(len(v.accepted)) / v.took.Seconds() }

func (v *volley) String() string {
	return fmt.Sprintf("%.0f a second accepted, p50 %s, p99 %s; %.0f a second refused, p50 %s, p99 %s; otherwise %v",
		v.pace(), percentile(v.accepted, 50), percentile(v.accepted, 99),
		float64(len(v.refused))/v.took.Seconds(), percentile(v.refused, 50), percentile(v.refused, 99), v.faults)
}

// percentile returns the time that p percent took at most; 0 for none.
func percentile(times []time.Duration, p int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)*p/100, len(sorted)-1)].Round(100 * time.Microsecond)
}

// fire sends requests on so many connections: at a rate, whatever is answered, or as fast as they are answered for a rate of 0.
func (f *flood) fire(t *testing.T, connections int, rate float64, during time.Duration, request func() *http.Request) *volley {
	t.Helper()
	v := &volley{faults: make(map[string]int)}
	ctx, cancel := context.WithTimeout(t.Context(), during)
	defer cancel()
	due := make(chan struct{})
	go func() {
		defer close(due)
		began := time.Now()
		for n := 0; ctx.Err() == nil; n++ {
			if rate > 0 {
				time.Sleep(time.Until(began.Add(time.Duration(float64(n) / rate * float64(time.Second)))))
			}
			select {
			case due <- struct{}{}:
			case <-ctx.Done():
			}
		}
	}()
	began := time.Now()
	var firing sync.WaitGroup
	for range connections {
		firing.Go(func() {
			for range due {
				sent := time.Now()
				status, err := f.send(request())
				v.add(status, time.Since(sent), err)
			}
		})
	}
	firing.Wait()
	v.took = time.Since(began)
	return v
}

func (f *flood) send(r *http.Request) (int, error) {
	response, err := f.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	if status := response.StatusCode; status >= 429 && response.Header.Get("Retry-After") == "" {
		return 0, fmt.Errorf("%d without Retry-After", status)
	}
	return response.StatusCode, err
}

// batch returns a batch of so many reports about players whom nobody reported before.
func (f *flood) batch(n int) *http.Request {
	reports := make([]string, n)
	for i := range reports {
		id := 8_000_000_000 + f.player.Add(1)
		reports[i] = fmt.Sprintf(`{"userId":%d,"username":"F%d","rank":"Orbit Cadet","rankPoints":%d,"kos":1,"wos":1}`, id, id, id%300)
	}
	return f.process.request(http.MethodPost, ingestPath+"/batch?compact=true", `{"snapshots":[`+strings.Join(reports, ",")+`]}`)
}

// memory returns the most memory that the process has had so far, in bytes.
func (p *process) memory(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatalf("no VmHWM in %s", status)
	}
	kilobytes, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// idle opens connections and leaves them open; every other one asks something first.
func (f *flood) idle(t *testing.T, n int) {
	t.Helper()
	address := strings.TrimPrefix(f.process.base, "http://")
	answer := make([]byte, 64)
	for i := range n {
		connection, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		t.Cleanup(func() { _ = connection.Close() })
		if i%2 == 0 {
			if _, err := io.WriteString(connection, "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"); err == nil {
				_, _ = connection.Read(answer) // it may be closed by then: there are so many
			}
		}
	}
}

// alive asks again and again, on connections of its own, whether the process lives, until the test ends.
func (p *process) alive(t *testing.T, allowed time.Duration) {
	t.Helper()
	client := &http.Client{Timeout: allowed, Transport: logtest.Transport(&http.Transport{DisableKeepAlives: true})}
	ending := make(chan struct{})
	var asking sync.WaitGroup
	var slowest time.Duration
	asked := 0
	asking.Go(func() {
		for {
			select {
			case <-ending:
				return
			case <-time.After(50 * time.Millisecond):
			}
			began := time.Now()
			response, err := client.Do(p.request(http.MethodGet, "/health/live", "").WithContext(context.WithoutCancel(t.Context())))
			if err != nil || response.StatusCode != http.StatusOK {
				t.Errorf("live after %s: %v", time.Since(began), err)
			}
			if err == nil {
				_ = response.Body.Close()
			}
			slowest, asked = max(slowest, time.Since(began)), asked+1
		}
	})
	t.Cleanup(func() {
		close(ending)
		asking.Wait()
		t.Logf("live was asked for %d times; the slowest answer took %s", asked, slowest.Round(time.Millisecond))
	})
}

// anything returns one of the requests that may come, the heavy ones among them.
func (f *flood) anything(n int64) *http.Request {
	switch n % 8 {
	case 0:
		return f.batch(100)
	case 1:
		return f.process.request(http.MethodGet, "/leaderboard/top?limit=100", "")
	case 2:
		return f.process.request(http.MethodGet, "/players?query=F&limit=100", "")
	case 3:
		return f.process.request(http.MethodPost, "/automation/decisions", `{"userId":8000000001}`)
	case 4:
		return f.process.request(http.MethodPost, ingestPath, strings.Repeat("x", 70_000))
	case 5:
		return f.process.request(http.MethodPost, ingestPath+"/batch", `{"snapshots":[`+strings.Repeat("[", 500_000))
	case 6:
		return f.process.request(http.MethodGet, "/players/8000000001", "")
	}
	return f.process.request(http.MethodPost, ingestPath, fmt.Sprintf(example, 520, 1), "x-grps-evaluate", "true")
}
