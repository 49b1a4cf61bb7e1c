package main

import (
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore/pgtest"
)

// What a service may weigh, whatever comes.
const (
	mostMemory      = 256 << 20 // bytes
	idleConnections = 10_000
)

func TestAFloodLeavesTheServiceSmallAndAwake(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the memory of a process is read from /proc, which only Linux has")
	}
	if files, err := openFiles(); err != nil || files < idleConnections+1000 {
		t.Skipf("%d connections do not fit among the %d files (%v) that this process may open; raise ulimit -n to run this test", idleConnections, files, err)
	}
	p := startProgram(t, built(t), t.TempDir(), []string{"LOG_LEVEL=warn"}, "serve", "--port", "0")
	p.alive(t, 5*time.Second)
	f := newFlood(p, 256)
	f.idle(t, idleConnections)
	t.Logf("%d MiB with %d idle connections", p.memory(t)>>20, idleConnections)
	requests, sent := int64(scaled(5_000, 50_000)), atomic.Int64{}
	v := &volley{faults: make(map[string]int)}
	began := time.Now()
	var firing sync.WaitGroup
	for range 256 {
		firing.Go(func() {
			for n := sent.Add(1); n <= requests; n = sent.Add(1) {
				asked := time.Now()
				status, err := f.send(f.anything(n))
				v.add(status, time.Since(asked), err)
			}
		})
	}
	firing.Wait()
	v.took = time.Since(began)
	t.Logf("%d requests within %s: %s", requests, v.took.Round(time.Millisecond), v)
	for fault, n := range v.faults {
		if fault != "400" && fault != "404" && fault != "413" {
			t.Errorf("%d times: %s", n, fault)
		}
	}
	if memory := p.memory(t); memory > mostMemory {
		t.Errorf("memory: got %d MiB at most, want %d", memory>>20, mostMemory>>20)
	} else {
		t.Logf("%d MiB at most", memory>>20)
	}
}

// What is promised beyond capacity; the short form runs beside other tests and on machines under load.
var (
	longestAccepted = slowness * time.Duration(scaled(4000, 1000)) * time.Millisecond
	longestRefused  = slowness * time.Duration(scaled(1000, 50)) * time.Millisecond
	floodTime       = time.Duration(scaled(2, 20)) * time.Second
)

func TestBeyondItsCapacityAServiceRefusesTheRestAtOnce(t *testing.T) {
	onEachInTurn(t, func(t *testing.T, env, args []string) {
		t.Helper()
		p := startServe(t, t.TempDir(), append(env, "LOG_LEVEL=warn", "RATE_LIMIT=0", "RATE_LIMIT_ADDRESS=0"), args...)
		p.alive(t, 5*time.Second)
		const connections, reports = 400, 40
		f := newFlood(p, connections)
		batch := func() *http.Request { return f.batch(reports) }
		f.fire(t, 8, 0, time.Second, batch) // warm up
		before := f.fire(t, 16, 0, 2*time.Second, batch)
		t.Logf("capacity: %s", before)
		beyond := f.fire(t, connections, 3*before.pace(), floodTime, batch)
		t.Logf("three times that: %s", beyond)
		if len(beyond.refused) == 0 || len(beyond.accepted) == 0 || len(beyond.faults) > 0 {
			t.Errorf("accepted %d, refused %d, otherwise %v: want some of both and nothing else", len(beyond.accepted), len(beyond.refused), beyond.faults)
		}
		if got := percentile(beyond.accepted, 99); got > longestAccepted {
			t.Errorf("accepted: p99 %s, want at most %s", got, longestAccepted)
		}
		if got := percentile(beyond.refused, 99); got > longestRefused {
			t.Errorf("refused: p99 %s, want at most %s", got, longestRefused)
		}
		after := f.fire(t, 16, 0, 2*time.Second, batch)
		t.Logf("within two seconds afterwards: %s", after)
		if after.pace() < before.pace()/2 {
			t.Errorf("afterwards: %.0f a second, want about the %.0f of before", after.pace(), before.pace())
		}
	})
}

// routes of every kind: what is gathered, what reads, what changes.
func (f *flood) everywhere() map[string]func() *http.Request {
	ask := func(method, path, body string) func() *http.Request {
		return func() *http.Request { return f.process.request(method, path, body) }
	}
	return map[string]func() *http.Request{
		"a batch": func() *http.Request { return f.batch(3) }, "a player": ask(http.MethodGet, "/players/12345678", ""),
		"a board": ask(http.MethodGet, "/leaderboard/top", ""), "the ledger": ask(http.MethodGet, "/decisions", ""),
		"a decision": ask(http.MethodPost, "/automation/decisions", `{"userId":12345678}`),
	}
}

func TestWhileItsDatabaseIsAwayAServiceSaysSoAtOnceOnEveryRoute(t *testing.T) {
	server := pgtest.Own(t)
	p := startServe(t, t.TempDir(), []string{"DATABASE_URL=" + server.Empty(), "LOG_LEVEL=error"}, "--migrate")
	p.alive(t, 5*time.Second)
	p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 520, 1))
	f := newFlood(p, 100)
	server.Stop(pgtest.Immediate)
	allowed := slowness * time.Duration(scaled(5000, 1000)) * time.Millisecond
	for route, request := range f.everywhere() {
		v := f.fire(t, 20, 0, 500*time.Millisecond, request)
		if len(v.accepted) > 0 || len(v.faults) > 0 || len(v.refused) == 0 || percentile(v.refused, 99) > allowed {
			t.Errorf("%s: got %s, want 503 within %s and nothing else", route, v, allowed)
		}
	}
	server.Start()
	began := time.Now()
	for route, request := range f.everywhere() {
		within(t, longestRecovery, func() string {
			if status, err := f.send(request()); err != nil || status != http.StatusOK {
				return fmt.Sprintf("%s: %d %v", route, status, err)
			}
			return ""
		})
	}
	t.Logf("every route answers %s after the database is back", time.Since(began).Round(time.Millisecond))
}
