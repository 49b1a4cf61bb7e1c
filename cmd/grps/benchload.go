package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// load is game servers that report their players.
type load struct {
	plan    benchPlan
	run     string // tells this run's idempotency keys from those of others
	servers []*gameServer
}

// gameServer is one server of the load.
type gameServer struct {
	name string

	mu      sync.Mutex
	dice    *rand.Rand
	players []benchPlayer
	turn    int   // the player who is reported next
	sent    int   // reports, each with a key of its own
	last    *shot // the newest request, for a duplicate
}

// benchPlayer is what a server knows of a player. Points only grow, so what was acknowledged can be told from what was not.
type benchPlayer struct {
	id           int64
	points       int64
	kos          int64
	observed     time.Time
	acknowledged int64 // the most points that the service acknowledged; 0 for none
}

// shot is one request: the reports of one server, and what they hold.
type shot struct {
	server   *gameServer
	path     string
	body     []byte
	headers  map[string]string
	reports  int
	players  []int   // their indexes in the server
	points   []int64 // what was reported of each
	repeated bool
}

func newLoad(plan benchPlan, run string) *load {
	l := &load{plan: plan, run: run}
	for s := range plan.servers {
		server := &gameServer{name: fmt.Sprintf("bench-%d", s+1), dice: rand.New(rand.NewPCG(plan.seed, uint64(s)))} //nolint:gosec // load, no secret
		for p := range plan.players {
			server.players = append(server.players, benchPlayer{id: plan.firstUser + int64(s*plan.players+p)})
		}
		l.servers = append(l.servers, server)
	}
	return l
}

// next returns what the n-th request is: the servers report in turn.
func (l *load) next(n int64) (*shot, error) {
	return l.servers[n%int64(len(l.servers))].report(l)
}

func (g *gameServer) report(l *load) (*shot, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last != nil && g.dice.Float64() < l.plan.duplicates {
		again := *g.last
		again.repeated = true
		return &again, nil
	}
	s := &shot{server: g, path: "/roblox/events/player-activity", headers: make(map[string]string)}
	evaluate, apply := g.dice.Float64() < l.plan.evaluate, g.dice.Float64() < l.plan.apply
	items := make([]reportBody, max(l.plan.batch, 1))
	for i := range items {
		items[i] = g.observe(s)
		items[i].Key = fmt.Sprintf("%s-%s-%d", l.run, g.name, g.sent)
		g.sent++
	}
	var body any
	if l.plan.batch > 0 {
		s.path += "/batch?compact=true"
		body = batchBody{Snapshots: items, Evaluate: evaluate || apply, Apply: apply}
	} else {
		s.headers["Idempotency-Key"], items[0].Key = items[0].Key, ""
		body = items[0]
		s.headers["X-Grps-Evaluate"], s.headers["X-Grps-Apply"] = fmt.Sprint(evaluate || apply), fmt.Sprint(apply)
	}
	var err error
	if s.body, err = json.Marshal(body); err != nil {
		return nil, fmt.Errorf("write a report: %w", err)
	}
	s.reports = len(items)
	g.last = s
	return s, nil
}

// observe lets the next player play on, and notes the report in s.
func (g *gameServer) observe(s *shot) reportBody {
	at := g.turn
	g.turn = (g.turn + 1) % len(g.players)
	p := &g.players[at]
	p.points += 1 + g.dice.Int64N(5)
	p.kos += g.dice.Int64N(3)
	// Each report of a player is younger than the one before, however fast they come and in whatever order they arrive.
	now := time.Now().UTC().Truncate(time.Microsecond)
	if !now.After(p.observed) {
		now = p.observed.Add(time.Microsecond)
	}
	p.observed = now
	s.players, s.points = append(s.players, at), append(s.points, p.points)
	return reportBody{
		UserID: p.id, Username: fmt.Sprintf("Bench%d", p.id), Points: p.points, Kos: p.kos, Wos: p.kos / 4,
		ObservedAt: now.Format(time.RFC3339Nano), Experience: experienceBody{Server: g.name, PlaceID: 1},
	}
}

// acknowledge notes that the service answered for the i-th report of the request.
func (s *shot) acknowledge(i int) {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	p := &s.server.players[s.players[i]]
	p.acknowledged = max(p.acknowledged, s.points[i])
}

// reportBody is a report as a game sends it.
type reportBody struct {
	UserID     int64          `json:"userId"`
	Username   string         `json:"username"`
	Points     int64          `json:"rankPoints"`
	Kos        int64          `json:"kos"`
	Wos        int64          `json:"wos"`
	ObservedAt string         `json:"observedAt"`
	Experience experienceBody `json:"experience"`
	Key        string         `json:"idempotencyKey,omitempty"`
}

type experienceBody struct {
	Server  string `json:"server"`
	PlaceID int64  `json:"placeId"`
}

type batchBody struct {
	Snapshots []reportBody `json:"snapshots"`
	Evaluate  bool         `json:"evaluate"`
	Apply     bool         `json:"apply"`
}
