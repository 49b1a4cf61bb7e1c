package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

// killPlayers is how many players climb while the service is killed.
const killPlayers = 24

// climb is the points that lead one rung further each, from the bottom.
var climb = []struct {
	points int
	rank   string
}{{10, "Orbit Cadet"}, {30, "Line Trooper"}, {60, "Shock Trooper I"}}

// Most of this is waiting for the leases of killed processes to run out, so the databases wait together.
func TestNothingIsLostOrDoneTwiceWhenServeIsKilled(t *testing.T) {
	t.Parallel()
	onEach(t, nothingIsLost)
}

func nothingIsLost(t *testing.T, env, args []string) {
	t.Helper()
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	roblox := startRoblox(t)
	for user := range int64(killPlayers) {
		roblox.Join(1000+user, roblox.role(t, "Ember Recruit"), vipRole)
	}
	for i, kind := range []sandbox.FaultKind{sandbox.FaultUnavailable, sandbox.FaultInternal, sandbox.FaultTimeout, sandbox.FaultStale} {
		roblox.Inject(sandbox.Fault{Kind: kind, Probability: 0.05, Seed: seed + uint64(i), Hang: 50 * time.Millisecond})
	}
	folder := t.TempDir()
	// Three rungs in a test are three in a day.
	env = append(env, append(roblox.env(), "APPLY_WAIT=100ms", "LOG_LEVEL=error", limited(t, `{"maxRungsPerPlayerPerDay": 3}`))...)
	for _, step := range climb {
		p := startServe(t, folder, env, args...)
		var acknowledged map[int]bool
		var reports sync.WaitGroup
		reports.Go(func() { acknowledged = reportAll(t, p, step.points) })
		time.Sleep(time.Duration(dice.IntN(200)) * time.Millisecond)
		p.kill() // in the middle of reports, or of what they wished for
		reports.Wait()
		p = startServe(t, folder, env, args...)
		again := reportAll(t, p, step.points)
		for user := range killPlayers {
			replayed, answered := again[user]
			if !answered {
				t.Errorf("the report of %d points about %d was not answered", step.points, 1000+user)
			}
			if _, kept := acknowledged[user]; kept && !replayed {
				t.Errorf("the report of %d points about %d was acknowledged, and then not known", step.points, 1000+user)
			}
		}
		time.Sleep(time.Duration(dice.IntN(200)) * time.Millisecond)
		p.kill()
	}
	roblox.ClearFaults()
	p := startServe(t, folder, env, args...)
	want := climb[len(climb)-1].rank
	deadline := time.Now().Add(2 * time.Minute) // leases of the killed processes run out first
	for user := range int64(killPlayers) {
		for !slices.Equal(roblox.held(t, 1000+user), []string{"Member", want, "VIP"}) {
			if time.Now().After(deadline) {
				t.Fatalf("%d holds %q, want %s\n%s", 1000+user, roblox.held(t, 1000+user), want, p.stderr)
			}
			time.Sleep(20 * time.Millisecond)
		}
		if _, player := p.call(http.MethodGet, fmt.Sprintf("/players/%d", 1000+user), ""); player["rank"] != want {
			t.Errorf("the record of %d shows %v, want %s", 1000+user, player["rank"], want)
		}
	}
	wantEachChangeOnce(t, roblox)
}

// reportAll reports every player with these points. It returns whose report was acknowledged, and whether as one that was known already.
func reportAll(t *testing.T, p *process, points int) map[int]bool {
	t.Helper()
	var mu sync.Mutex
	acknowledged := make(map[int]bool)
	var reports sync.WaitGroup
	for user := range killPlayers {
		reports.Go(func() {
			body := fmt.Sprintf(`{"userId":%d,"username":"P%d","rank":"Ember Recruit","rankPoints":%d,"kos":0,"wos":0}`, 1000+user, user, points)
			request := p.request(http.MethodPost, ingestPath, body, "x-grps-apply", "true", "idempotency-key", fmt.Sprintf("%d-%d", user, points))
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				return // the process was killed: whoever reported sends it again
			}
			defer func() { _ = response.Body.Close() }()
			if response.StatusCode == http.StatusOK { // its first line is the acknowledgement, even if the rest is cut off
				mu.Lock()
				defer mu.Unlock()
				acknowledged[user] = response.Header.Get("Idempotent-Replayed") == "true"
			} else if text, err := io.ReadAll(response.Body); err == nil {
				t.Errorf("%d: got %d %s", 1000+user, response.StatusCode, text)
			}
		})
	}
	reports.Wait()
	return acknowledged
}

// wantEachChangeOnce fails the test when a member was given, or lost, the same role twice.
func wantEachChangeOnce(t *testing.T, roblox *roblox) {
	t.Helper()
	changes := make(map[string]int)
	for _, call := range roblox.Calls() {
		if call.Changed && (call.Operation == sandbox.OpAssignRole || call.Operation == sandbox.OpUnassignRole) {
			changes[fmt.Sprintf("%s of %d", call.Operation, call.UserID)]++
		}
	}
	for what, n := range changes {
		if n > len(climb) {
			t.Errorf("%s changed something %d times for %d decisions", what, n, len(climb))
		}
	}
}
