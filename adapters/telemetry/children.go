package telemetry

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// children are the counters of a family that were met, by what their labels say, so that one is found again without making anything.
type children[K comparable] struct {
	make func(K) prometheus.Counter

	mu  sync.RWMutex
	met map[K]prometheus.Counter
}

func newChildren[K comparable](make func(K) prometheus.Counter) *children[K] {
	return &children[K]{make: make, met: map[K]prometheus.Counter{}}
}

// of returns the counter of k.
func (c *children[K]) of(k K) prometheus.Counter {
	c.mu.RLock()
	counter, ok := c.met[k]
	c.mu.RUnlock()
	if ok {
		return counter
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.met[k] = c.make(k)
	return c.met[k]
}
