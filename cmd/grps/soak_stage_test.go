package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grps/grps/adapters/telemetry/logtest"
)

// What the group of a soak looks like. Points are ten a rung, and exactly as many as it takes.
const (
	soakRungs      = 14
	firstSoakRole  = 2001
	suspendedRole  = 2900
	suspendedRank  = "Suspended"
	firstSoakUser  = 100_001
	pointsForARung = 10
)

// stage is what a soak plays on: a stand-in for Roblox and services, each a process of its own, under a policy without limits, and a
// database that outlives them.
type stage struct {
	t      *testing.T
	dice   *dice
	stand  *stand
	folder string // where the services run
	env    []string
	args   []string
	client *http.Client
	watch  func(what string, got answer, err error) // is told of every answer; nil for nobody

	mu       sync.Mutex
	serving  []*process
	all      []*process
	accepted []acceptance
}

// dice is randomness from a seed that is logged; it is safe for concurrent use.
type dice struct {
	mu sync.Mutex
	r  *rand.Rand
}

func (d *dice) below(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.IntN(n)
}

// upTo returns a random time below most.
func (d *dice) upTo(most time.Duration) time.Duration { return time.Duration(d.below(int(most))) }

// newStage starts the stand-in. env and args lead services to their database.
func newStage(t *testing.T, env, args []string) *stage {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	policy := policyFolder(t, soakLadder())
	s := &stage{
		t: t, dice: &dice{r: rand.New(rand.NewPCG(seed, 0))}, folder: t.TempDir(), args: args,
		client: &http.Client{Timeout: 20 * time.Second, Transport: logtest.Transport(&http.Transport{MaxIdleConnsPerHost: 256})},
	}
	s.stand = startStand(t, "CONFIG_DIR="+policy)
	s.env = append(append(env, settingsOf(s.stand.process)...), "CONFIG_DIR="+policy, "LOG_LEVEL=warn")
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		if t.Failed() {
			s.tellLast()
		}
	})
	return s
}

// soakLadder is a ladder that players climb within seconds.
func soakLadder() string {
	ranks := make([]string, 0, soakRungs+2)
	for rung := range soakRungs {
		ranks = append(ranks, fmt.Sprintf(`{"name":%q,"minPoints":%d,"roleId":%d}`, rungName(rung), rung*pointsForARung, firstSoakRole+rung))
	}
	ranks = append(ranks, fmt.Sprintf(`{"name":"Marshal","minPoints":1000,"roleId":%d,"privileged":true}`, firstSoakRole+soakRungs),
		fmt.Sprintf(`{"name":%q,"minPoints":0,"roleId":%d,"isPunishment":true}`, suspendedRank, suspendedRole))
	return `{"limits":{"maxMovesPerHour":0,"maxDemotionsPercent":0,"maxRungsPerPlayerPerDay":0},"ranks":[` + strings.Join(ranks, ",") + `]}`
}

func rungName(rung int) string { return fmt.Sprintf("Rung %02d", rung) }

// rungOf returns the rung of a rank's name; -1 when it is none.
func rungOf(rank string) int {
	for rung := range soakRungs {
		if rungName(rung) == rank {
			return rung
		}
	}
	return -1
}

// roleOfRank returns the role that a rank of the soak's ladder has; 0 for no rank.
func roleOfRank(rank string) int64 {
	if rank == suspendedRank {
		return suspendedRole
	}
	if rung := rungOf(rank); rung >= 0 {
		return int64(firstSoakRole + rung)
	}
	return 0
}

// serve starts a service beside those that run.
func (s *stage) serve() *process {
	s.t.Helper()
	p := startServe(s.t, s.folder, s.env, s.args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serving, s.all = append(s.serving, p), append(s.all, p)
	return p
}

// kill ends a service without any warning. Nobody calls it after that.
func (s *stage) kill(p *process) {
	s.t.Helper()
	s.forget(p)
	p.kill()
}

// stop asks a service to end.
func (s *stage) stop(p *process) {
	s.t.Helper()
	s.forget(p)
	if code := p.stop(); code != 0 {
		s.t.Errorf("exit code %d, want 0", code)
	}
}

func (s *stage) forget(p *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, other := range s.serving {
		if other == p {
			s.serving = append(s.serving[:i:i], s.serving[i+1:]...)
		}
	}
}

// base returns the address of a service that runs, any of them; "" while none does.
func (s *stage) base() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.serving) == 0 {
		return ""
	}
	return s.serving[s.dice.below(len(s.serving))].base
}

// tellLast logs what the services printed last.
func (s *stage) tellLast() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.all[max(0, len(s.all)-2):] {
		text := p.stderr.String()
		s.t.Logf("a service at %s said at its end:\n%s", p.base, text[max(0, len(text)-4_000):])
	}
}

// outbox returns how many effects wait, how many come later and how many were given up, as the database beside the services has it.
func (s *stage) outbox() (waiting, later, dead int, err error) {
	db := database{path: filepath.Join(s.folder, defaultDatabase)}
	for _, setting := range s.env {
		if address, ok := strings.CutPrefix(setting, "DATABASE_URL="); ok {
			db = database{postgres: address}
		}
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	store, err := db.open(ctx)
	if err != nil {
		return 0, 0, 0, err
	}
	defer store.Close()
	depth, err := store.Depth(ctx)
	return depth.Waiting - depth.Later, depth.Later, depth.Dead, err
}
