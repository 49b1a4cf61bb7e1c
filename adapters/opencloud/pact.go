package opencloud

import "slices"

// pact is what the processes that use one key agree on about a few endpoints: who has which turns. It lies in a store as text. Instants in
// it are milliseconds of the store's clock, spans of time milliseconds.
type pact struct {
	at    int64
	until map[string]int64 // until when each process may use its turns, unless it renews that
	pools map[string]*pool
}

// pool is the turns of one endpoint.
type pool struct {
	per    int64              // how long a turn rests once it was used
	free   []int64            // of turns that nobody has: when each may be used
	held   map[string][]int64 // of turns that a process has
	wants  map[string]want    // of processes that wait for turns
	closed int64              // until when Roblox wants to be left alone
	code   string             // of the refusal that closed it
}

// want is how many turns a process waits for.
type want struct {
	Turns  int `json:"turns"`
	Urgent int `json:"urgent,omitempty"` // how many of them for urgent calls, now
}

// ask is what a process tells of an endpoint. Its turns are told by in how long they may be used.
type ask struct {
	most   int
	per    int64
	keep   []int64 // those that it has
	back   []int64 // those that it had and gives back
	want   want    // what it could use besides
	closed int64   // for how long Roblox wants to be left alone
	code   string
}

// grant is what a process is told of an endpoint.
type grant struct {
	turns  []int64 // more turns: in how long each may be used
	excess int     // how many of its turns it does not have any more, the first to be free
	owed   want    // turns that others wait for and that it has more of than its share
	closed int64
	code   string
}

// leaseTime is how long a process has its turns without saying that it still does; pactSoon is in how long a turn may be used that is
// given for an urgent call. Both are in milliseconds.
const (
	leaseTime = 6000
	pactSoon  = 1000
)

// exchange takes what a process tells of the endpoints and returns what it is told.
func (p *pact) exchange(id string, now int64, asks map[string]ask) map[string]grant {
	p.goTo(now)
	p.bury(id)
	grants := make(map[string]grant, len(asks))
	delete(p.until, id)
	for name, a := range asks {
		pl := p.pool(name, a)
		grants[name] = pl.exchange(id, p.at, a)
		if len(pl.held[id]) > 0 || pl.wants[id].Turns > 0 {
			p.until[id] = p.at + leaseTime
		}
	}
	return grants
}

// goTo brings the pact to the present. When the clock was set back, everything is as far ahead as it was.
func (p *pact) goTo(now int64) {
	back := min(now-p.at, 0)
	for id := range p.until {
		p.until[id] += back
	}
	for _, pl := range p.pools {
		pl.free, pl.closed = shifted(pl.free, back), pl.closed+back
		for id, turns := range pl.held {
			pl.held[id] = shifted(turns, back)
		}
	}
	p.at = now
}

// bury gives back what processes had that said nothing for too long. Those may have used their turns until their time was over.
func (p *pact) bury(id string) {
	for holder, until := range p.until {
		if until > p.at || holder == id {
			continue
		}
		for _, pl := range p.pools {
			for _, turn := range pl.held[holder] {
				if turn < until {
					turn = until + pl.per
				}
				pl.free = append(pl.free, turn)
			}
			delete(pl.held, holder)
			delete(pl.wants, holder)
		}
		delete(p.until, holder)
	}
}

func (p *pact) pool(name string, a ask) *pool {
	pl, ok := p.pools[name]
	if !ok {
		pl = &pool{held: make(map[string][]int64), wants: make(map[string]want), free: make([]int64, a.most)}
		p.pools[name] = pl
	}
	pl.per = a.per
	return pl
}

func (p *pool) exchange(id string, now int64, a ask) grant {
	later := func(spans []int64) []int64 {
		instants := make([]int64, len(spans))
		for i, span := range spans {
			instants[i] = now + max(span, 0)
		}
		return instants
	}
	p.free = append(p.free, later(a.back)...)
	for i, turn := range p.free { // no turn rests longer, whatever the store says
		p.free[i] = min(turn, now+leaseTime+a.per)
	}
	p.held[id] = later(a.keep)
	g := grant{excess: p.balance(id, now, a.most)}
	taken := p.give(id, now, a)
	for _, turn := range taken {
		g.turns = append(g.turns, max(turn-now, 0))
	}
	p.held[id] = append(p.held[id], taken...)
	g.owed = p.owed(id, now, a.most)
	if len(p.held[id]) == 0 {
		delete(p.held, id)
	}
	if until := now + a.closed; a.closed > 0 && until > p.closed {
		p.closed, p.code = until, a.code
	}
	if p.closed > now {
		g.closed, g.code = p.closed-now, p.code
	}
	return g
}

// balance sees to it that there are as many turns as the limit allows for. One that got lost may have been used just now; one too many is
// taken from those that nobody has, or from the process, which was thought to be gone. It returns how many the process loses.
func (p *pool) balance(id string, now int64, most int) (excess int) {
	total := len(p.free)
	for _, turns := range p.held {
		total += len(turns)
	}
	for ; total < most; total++ {
		p.free = append(p.free, now+p.per)
	}
	slices.Sort(p.free)
	surplus := min(total-most, len(p.free))
	p.free = p.free[surplus:]
	excess = min(total-most-surplus, len(p.held[id]))
	slices.Sort(p.held[id])
	p.held[id] = p.held[id][excess:]
	return excess
}

// give takes turns for the process from those that nobody has: for urgent calls any that may be used soon, for others no more than its
// share as long as others wait too.
func (p *pool) give(id string, now int64, a ask) []int64 {
	others := p.othersWant(id)
	urgent := min(a.want.Urgent, p.soon(now))
	taken := slices.Clone(p.free[:urgent])
	p.free = p.free[urgent:]

	room := a.most
	if others.Turns > 0 {
		room = p.share(id, a.most)
	}
	spared := clamp(others.Urgent, len(p.free)) // the first are for whoever is in a hurry
	n := min(a.want.Turns-urgent, room-len(p.held[id])-urgent, len(p.free)-spared)
	if n > 0 {
		taken = append(taken, p.free[spared:spared+n]...)
		p.free = slices.Delete(p.free, spared, spared+n)
	}
	left := want{Turns: a.want.Turns - len(taken), Urgent: a.want.Urgent - urgent}
	if left.Turns > 0 {
		p.wants[id] = left
	} else {
		delete(p.wants, id)
	}
	return taken
}

// owed returns what the process should give back for others: what it has beyond its share, and for urgent calls whatever it has.
func (p *pool) owed(id string, now int64, most int) want {
	others := p.othersWant(id)
	held := len(p.held[id])
	return want{
		Turns:  clamp(others.Turns-len(p.free), held-p.share(id, most)),
		Urgent: clamp(others.Urgent-p.soon(now), held),
	}
}

// share is how many turns are the process's when everybody wants as many as there are.
func (p *pool) share(id string, most int) int {
	processes := map[string]bool{id: true}
	for holder := range p.held {
		processes[holder] = true
	}
	for waiting := range p.wants {
		processes[waiting] = true
	}
	return max(most/len(processes), 1)
}

func (p *pool) othersWant(id string) want {
	var others want
	for waiting, w := range p.wants {
		if waiting != id {
			others.Turns += w.Turns
			others.Urgent += w.Urgent
		}
	}
	return others
}

// soon returns how many of the free turns may be used soon.
func (p *pool) soon(now int64) int {
	n, _ := slices.BinarySearch(p.free, now+pactSoon+1)
	return n
}

func clamp(n, most int) int { return max(min(n, most), 0) }
