package httpapi_test

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/ports"
)

// requestTally implements ports.RequestMeter.
type requestTally struct {
	mu     sync.Mutex
	routes map[string]bool
	seen   map[string]int
	took   time.Duration
}

func (m *requestTally) Route(method, pattern string) ports.RouteMeter {
	m.routes[method+" "+pattern] = true
	return tallied{m, method + " " + pattern}
}

type tallied struct {
	tally *requestTally
	route string
}

func (r tallied) Answered(status int, took time.Duration) {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	r.tally.seen[r.route+" "+strconv.Itoa(status)]++
	r.tally.took += took
}

func TestEveryRequestIsCountedByThePatternOfItsRoute(t *testing.T) {
	m := &requestTally{routes: map[string]bool{}, seen: map[string]int{}}
	a := newAPI(t, withKeys, withProbe(ailing()), func(a *api) { a.options.Meter = m; a.options.Clock = &clock{at: now, step: time.Millisecond} })
	for _, r := range []struct{ method, path string }{
		{"GET", "/players/5"},
		{"GET", "/players/6"},
		{"GET", "/players/x"},
		{"HEAD", "/players/5"},
		{"PUT", "/players/5"},
		{"GET", "/canary/1"},
		{"CANARY", "/players/5"},
		{"OPTIONS", pathTop},
		{"GET", pathReady},
		{"POST", pathIngest},
	} {
		a.send(t, r.method, r.path, "", "x-grps-api-key: "+gameSecret)
	}
	a.send(t, "GET", pathTop, "")
	want := map[string]int{
		"GET /players/:userId 200": 2, "GET /players/:userId 400": 1, "HEAD /players/:userId 200": 1, "GET /health/ready 200": 1,
		"POST /roblox/events/player-activity 400": 1, "GET /leaderboard/top 401": 1,
		"none none 404": 1, "none none 405": 2, "none none 204": 1,
	}
	if diff := cmp.Diff(want, m.seen); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
	if m.took <= 0 {
		t.Errorf("the requests took %s together, want more", m.took)
	}
	if got := len(m.routes); got < 40 {
		t.Errorf("%d routes are known from the start, want all of them: %q", got, slices.Sorted(maps.Keys(m.routes)))
	}
}
