package main

import (
	"math"
	"sync"
	"time"
)

// latencies counts times in steps of two percent, so that any number of them takes the same room.
type latencies struct {
	counts [latencySteps]int64
	n      int64
	most   time.Duration
}

const (
	latencyStep  = 1.02
	latencySteps = 1024 // from a microsecond to ten minutes
)

func (l *latencies) add(d time.Duration) {
	step := 0
	if d > time.Microsecond {
		step = int(math.Log(float64(d)/float64(time.Microsecond)) / math.Log(latencyStep))
	}
	l.counts[min(step, latencySteps-1)]++
	l.n++
	l.most = max(l.most, d)
}

// percentile returns the time that p percent of all took at most, exact to two percent; 0 when there is none.
func (l *latencies) percentile(p float64) time.Duration {
	rank := int64(math.Ceil(float64(l.n) * p / 100))
	for step, count := range l.counts[:latencySteps-1] {
		if rank -= count; rank <= 0 && l.n > 0 {
			upper := time.Duration(math.Pow(latencyStep, float64(step+1)) * float64(time.Microsecond))
			return min(upper, l.most)
		}
	}
	return l.most
}

// benchTally is what became of requests. It is safe for concurrent use.
type benchTally struct {
	mu        sync.Mutex
	latencies latencies // of requests that were answered with success
	requests  int64
	accepted  int64 // reports that are new and were taken in, stale ones too
	duplicate int64
	stale     int64
	late      int64 // requests that began later than the rate asked for, as every connection was busy
	errors    map[string]int64
}

func newBenchTally() *benchTally { return &benchTally{errors: make(map[string]int64)} }

func (t *benchTally) failed(kind string, reports int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests++
	t.errors[kind] += int64(reports)
}

func (t *benchTally) answered(took time.Duration, words []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests++
	t.latencies.add(took)
	for _, word := range words {
		switch word {
		case "accepted":
			t.accepted++
		case "stale":
			t.accepted++
			t.stale++
		case "duplicate":
			t.duplicate++
		default:
			t.errors[word]++
		}
	}
}

func (t *benchTally) wasLate() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.late++
}
