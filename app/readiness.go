package app

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/grps/grps/ports"
)

// How long an examination of the process may take, and how long what it found is told.
const (
	readinessTime = 700 * time.Millisecond
	readinessKept = time.Second
)

// probe examines the process for whoever wants to know whether it can serve. Any number may ask: one examination at a time is under way.
type probe struct {
	parts Parts
	key   keyProbe

	mu      sync.Mutex
	leaving bool
	found   ports.Readiness
	at      time.Time    // of what was found; zero before anything was
	running *examination // nil for none
}

// examination is one that is under way. The store may let it hang.
type examination struct {
	began time.Time
	done  chan struct{} // closed when it found something
	found ports.Readiness
}

// Readiness implements ports.Prober.
func (s *Service) Readiness(ctx context.Context) ports.Readiness {
	s.probe.key.renew(ctx, s.parts)
	return s.probe.ask(ctx)
}

// Leave makes the process not ready from now on, so that nobody sends it anything more before it ends.
func (s *Service) Leave() {
	s.probe.mu.Lock()
	defer s.probe.mu.Unlock()
	s.probe.leaving = true
}

// ask returns what was found at most readinessKept ago, and examines the process where that is older.
func (p *probe) ask(ctx context.Context) ports.Readiness {
	e, found := p.begin(ctx)
	if e == nil {
		return found
	}
	timer := time.NewTimer(readinessTime - p.parts.Clock.Now().Sub(e.began))
	defer timer.Stop()
	select {
	case <-e.done:
		return e.found
	case <-ctx.Done():
	case <-timer.C:
	}
	return p.hangs(e)
}

// begin returns what is known, or the examination to wait for.
func (p *probe) begin(ctx context.Context) (*examination, ports.Readiness) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.parts.Clock.Now()
	if age := now.Sub(p.at); p.leaving || !p.at.IsZero() && age >= 0 && age < readinessKept {
		return nil, p.tell(p.found)
	}
	if p.running == nil {
		e := &examination{began: now, done: make(chan struct{})}
		p.running = e
		go p.examine(context.WithoutCancel(ctx), e)
	}
	return p.running, ports.Readiness{}
}

// tell returns what was found, as long as the process does not stop.
func (p *probe) tell(found ports.Readiness) ports.Readiness {
	found.Service = ports.PartState{Reason: "runs"}
	if p.leaving {
		found.Ready, found.Service = false, ports.PartState{Status: ports.PartFail, Reason: "stops: requests under way are answered, send others elsewhere"}
	}
	return found
}

// examine looks at every part.
func (p *probe) examine(ctx context.Context, e *examination) {
	ctx, cancel := context.WithTimeout(ctx, readinessTime*9/10) // so that the store's own words are heard
	defer cancel()
	found := p.local()
	depths, err := p.depths(ctx)
	found.Ready = err == nil
	if err != nil {
		found.Store = ports.PartState{Status: ports.PartFail, Reason: strings.TrimSuffix(sentenceOf(err), "; repeat the request")}
	} else {
		found.Store = ports.PartState{Reason: fmt.Sprintf("answered in %d ms", p.parts.Clock.Now().Sub(e.began).Milliseconds())}
		found.Depths, found.Outbox = depths, outboxState(depths)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		found.Depths, found.Outbox = p.found.Depths, unknownOutbox()
	}
	p.found, p.at, p.running = found, p.parts.Clock.Now(), nil
	e.found = p.tell(found)
	close(e.done)
}

// hangs returns what is to be said while an examination does not end.
func (p *probe) hangs(e *examination) ports.Readiness {
	found := p.local()
	found.Store = ports.PartState{Status: ports.PartFail, Reason: fmt.Sprintf("does not answer within %d ms", readinessTime.Milliseconds())}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != e {
		return e.found // it ended in this very moment
	}
	found.Depths, found.Outbox = p.found.Depths, unknownOutbox()
	p.found, p.at = found, p.parts.Clock.Now()
	return p.tell(found)
}

func (p *probe) depths(ctx context.Context) ([]ports.KindDepth, error) {
	if err := p.parts.Store.Ping(ctx); err != nil {
		return nil, err
	}
	return p.parts.Store.KindDepths(ctx)
}

// local returns how the parts do that can be seen without asking anybody.
func (p *probe) local() ports.Readiness {
	found := ports.Readiness{Revision: p.parts.Policies.Current().Revision(), Newest: true, OpenCloud: p.key.state(p.parts)}
	found.Policy = ports.PartState{Reason: "the newest documents are in force"}
	if newest, ok := p.parts.Policies.(ports.PolicyNewest); ok {
		if err := newest.Newest(); err != nil {
			found.Newest = false
			found.Policy = ports.PartState{Status: ports.PartWarn, Reason: "the newest documents cannot be used, those before stay in force: " + sentenceOf(err)}
		}
	}
	return found
}
