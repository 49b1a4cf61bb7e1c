package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore/pgtest"
)

// What clients are promised while the database is away.
const (
	longestAnswer   = slowness * 5 * time.Second // the promise is a second; machines under load take longer
	longestRecovery = 5 * time.Second
)

// Postgres is stopped, mostly as in a crash, and started again, while everybody goes on reporting.
func TestSoakARestartOfPostgresLosesNothing(t *testing.T) {
	t.Parallel()
	server := pgtest.Own(t)
	s := newStage(t, []string{"DATABASE_URL=" + server.Empty()}, []string{"--migrate"})
	climbers := s.newClimbers(scaled(12, 60))
	moves := scaled(3, 20)
	s.disturb(map[string]any{"kind": "slow", "hangSeconds": 0.05})
	s.env = append(s.env, "APPLY_WAIT=500ms")
	p := s.serve()
	var refused atomic.Int64
	s.watch = func(what string, got answer, err error) {
		switch {
		case t.Context().Err() != nil:
		case err != nil:
			t.Errorf("%s: %v", what, err)
		case got.again():
			refused.Add(1)
		case got.status != http.StatusOK:
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
		if got.took > longestAnswer {
			t.Errorf("%s: %d after %s", what, got.status, got.took)
		}
	}
	probe := s.startProbe()
	reports := s.each(climbers, func(c *climber) error { return c.climb(moves) })
	for i := range scaled(3, 12) {
		time.Sleep(500*time.Millisecond + s.dice.upTo(time.Second))
		server.Stop([]pgtest.Stop{pgtest.Immediate, pgtest.Fast, pgtest.Immediate}[i%3])
		time.Sleep(500*time.Millisecond + s.dice.upTo(2*time.Second))
		server.Start()
		t.Logf("answered %s after Postgres was back", probe.recovery(t).Round(time.Millisecond))
	}
	reports.Wait()
	probe.stop()
	s.finish(climbers, 0)
	for user := range int64(probes) {
		if err := s.checkKept(firstProbe+user, nil); err != nil {
			t.Errorf("of the probe %d: %v", user, err)
		}
	}
	t.Logf("%d requests were asked to come again, %d reports of the probes were acknowledged", refused.Load(), probe.told.Load())
	if refused.Load() == 0 {
		t.Error("nothing was refused: Postgres was never missed")
	}
	s.stop(p)
}

// How many players are reported without a pause, and the first of them.
const (
	probes     = 6
	firstProbe = 200_001
)

// probe reports players all the time, and asks whether the process lives.
type probe struct {
	told   atomic.Int64 // reports that were acknowledged
	last   atomic.Int64 // when the last was, in Unix nanoseconds
	ending chan struct{}
	stop   func() // ends it; it may be called again
}

func (s *stage) startProbe() *probe {
	p := &probe{ending: make(chan struct{})}
	var done sync.WaitGroup
	p.stop = sync.OnceFunc(func() {
		close(p.ending)
		done.Wait()
	})
	s.t.Cleanup(p.stop)
	for user := range int64(probes) {
		done.Go(func() {
			for r := (report{user: firstProbe + user, n: 1, rank: rungName(0), told: true}); p.goesOn(); {
				if got, err := s.exchange(http.MethodPost, ingestPath, r.body(), r.headers()...); err == nil && got.status == http.StatusOK {
					s.accept(r, entry{})
					p.told.Add(1)
					p.last.Store(time.Now().UnixNano())
					r.n++
				}
			}
		})
	}
	done.Go(func() {
		for p.goesOn() {
			got, err := s.exchange(http.MethodGet, "/health/live", "")
			var live struct{ Status string }
			if s.t.Context().Err() == nil && (err != nil || got.status != http.StatusOK || got.took > longestAnswer || json.Unmarshal(got.body, &live) != nil || live.Status != "ok") {
				s.t.Errorf("live: %d %s after %s (%v)", got.status, got.body, got.took, err)
			}
		}
	})
	return p
}

// goesOn waits a little and reports whether the probe goes on.
func (p *probe) goesOn() bool {
	select {
	case <-p.ending:
		return false
	case <-time.After(5 * time.Millisecond):
		return true
	}
}

// recovery returns how long it takes from now on until a report is acknowledged.
func (p *probe) recovery(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	within(t, longestRecovery, func() string {
		if p.last.Load() < began.UnixNano() {
			return fmt.Sprintf("no report is acknowledged, %d were before", p.told.Load())
		}
		return ""
	})
	return time.Unix(0, p.last.Load()).Sub(began)
}
