package app

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// DispatcherOptions tunes the dispatcher; the zero value works.
type DispatcherOptions struct {
	Workers  int            // changes of roles carried out at once; 0 means 8. Bans, mirroring and telling have hands of their own
	Poll     time.Duration  // how often the outbox is looked at without being woken; 0 means 500 ms
	Lease    time.Duration  // how long a worker may take for one effect; 0 means 30 s
	Deadline time.Duration  // how long after its first try an effect that cannot be delivered is given up; 0 means 24 h
	Grace    time.Duration  // how long effects under way may take once the dispatcher stops; 0 means 4 s
	Jitter   func() float64 // spreads retries, 0 ≤ j < 1; nil means random
}

func (o DispatcherOptions) withDefaults() DispatcherOptions {
	if o.Workers <= 0 {
		o.Workers = 8
	}
	if o.Poll <= 0 {
		o.Poll = 500 * time.Millisecond
	}
	if o.Lease <= 0 {
		o.Lease = 30 * time.Second
	}
	if o.Deadline <= 0 {
		o.Deadline = 24 * time.Hour
	}
	if o.Grace <= 0 {
		o.Grace = 4 * time.Second
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	return o
}

// Dispatcher delivers effects from the outbox: claim under a lease, carry out, settle. Any number of them may run on one store.
type Dispatcher struct {
	service *Service
	parts   Parts
	options DispatcherOptions
	crews   []*crew
	goesOn  atomic.Int64 // since when automation runs, in Unix microseconds; 0 for always
}

func newDispatcher(service *Service, options DispatcherOptions) *Dispatcher {
	options = options.withDefaults()
	return &Dispatcher{service: service, parts: service.parts, options: options, crews: crewsOf(options.Workers)}
}

// Run delivers until ctx ends, then finishes what it has begun, within Grace, and returns. What is cut off then is tried again when its
// lease is over. Faults of the store are recorded and outlasted. Webhooks are told by workers of their own.
func (d *Dispatcher) Run(ctx context.Context) {
	work, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d.options.Grace, cut) })
	defer stop()
	var working sync.WaitGroup
	defer working.Wait()
	working.Go(func() { d.runWebhooks(ctx, work) })
	faults := 0
	for {
		more, err := d.claim(ctx, work, &working)
		pause := d.options.Poll
		switch {
		case err != nil:
			faults++
			pause = min(domain.RetryDelay(faults, d.options.Jitter(), pause), longestPause)
			d.parts.Recorder.Record(ctx, ports.DispatchEvent{Doing: "claim effects", Err: err})
		case more:
			faults = 0
			continue
		default:
			faults = 0
		}
		if !d.rest(ctx, pause, faults == 0) {
			return
		}
	}
}

// longestPause bounds how long the dispatcher leaves a store alone that failed, so that it goes on soon after the store does.
const longestPause = 4 * time.Second

// rest waits for the pause to end or, unless the store failed, for somebody to have work. It returns false when the dispatcher stops.
func (d *Dispatcher) rest(ctx context.Context, pause time.Duration, wakeable bool) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	work := d.service.settled.work
	if !wakeable {
		work = nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-work:
	case <-timer.C:
	}
	return true
}

// claim leases as many effects as the crews have room for and sets them to work, under the context work. It reports whether there may be
// more right now.
func (d *Dispatcher) claim(ctx, work context.Context, working *sync.WaitGroup) (more bool, err error) {
	if ctx.Err() != nil {
		return false, nil
	}
	if may, err := d.mayClaim(ctx); err != nil || !may {
		return false, err
	}
	now := d.parts.Clock.Now()
	var rooms []ports.Room
	var asking []*crew
	for _, c := range d.crews {
		if room := c.room(now); room.Limit > 0 {
			rooms, asking = append(rooms, room), append(asking, c)
		}
	}
	if len(rooms) == 0 {
		return false, nil
	}
	claims, err := d.parts.Store.Claim(ctx, rooms, d.options.Lease)
	for _, c := range claims { // also beside an error: the store tells of what it could not read
		crew := d.crewOf(c.Entry.Lane)
		crew.begin()
		working.Go(func() {
			defer func() {
				crew.end()
				d.service.settled.wake()
			}()
			d.deliver(work, crew, c)
		})
	}
	if err != nil {
		if ctx.Err() != nil {
			return false, nil // it was stopped, which is no fault of the store
		}
		return false, err
	}
	for i, c := range asking {
		more = c.claimed(rooms[i], claims) || more
	}
	return more, nil
}

// mayClaim reports whether anything may be carried out, and notes since when.
func (d *Dispatcher) mayClaim(ctx context.Context) (bool, error) {
	if d.parts.Stopped {
		return false, nil
	}
	automation, err := d.parts.Store.Automation(ctx)
	switch {
	case ctx.Err() != nil:
		return false, nil // it was stopped, which is no fault of the store
	case err != nil:
		return false, err
	case automation.State == domain.AutomationRunning && !automation.Since.IsZero():
		d.goesOn.Store(automation.Since.UnixMicro())
	}
	return automation.State != domain.AutomationStopped, nil
}

// age returns for how long something waits that was enqueued then. While automation was stopped nothing could be carried out.
func (d *Dispatcher) age(enqueued time.Time) time.Duration {
	if goesOn := time.UnixMicro(d.goesOn.Load()); goesOn.After(enqueued) {
		enqueued = goesOn
	}
	return d.parts.Clock.Now().Sub(enqueued)
}

// crewOf returns the crew whose lane that is.
func (d *Dispatcher) crewOf(lane ports.Lane) *crew {
	for _, c := range d.crews {
		if c.has(lane) {
			return c
		}
	}
	return d.crews[len(d.crews)-1] // every lane has a crew
}

// deliver carries one effect out and settles it, within the lease.
func (d *Dispatcher) deliver(ctx context.Context, crew *crew, c ports.Claim) {
	began := d.parts.Clock.Now()
	ctx, cancel := context.WithTimeout(d.service.resume(ctx, c.Entry.Trace), d.options.Lease)
	defer cancel()
	v := d.try(ctx, c)
	if c.Entry.Effect.Kind != domain.EffectRestriction { // whose limits are a player's own
		crew.learn(v.err, d.parts.Clock.Now())
	}
	d.conclude(ctx, began, c, v)
}

// conclude settles what was tried, within the lease, and tells what became of it.
func (d *Dispatcher) conclude(ctx context.Context, began time.Time, c ports.Claim, v verdict) {
	v.settlement.Claim = c
	live, ended, changed, err := d.settleSoon(ctx, v)
	if err != nil {
		return // the lease runs out and the effect is tried again
	}
	if live {
		d.parts.Recorder.Record(ctx, ports.EffectEvent{
			Claim: c, Result: v.settlement.Result, After: v.settlement.After, Reason: v.settlement.Reason,
			Took: d.parts.Clock.Now().Sub(began), Err: v.err,
		})
		if v.looked != nil && v.looked.compared {
			d.parts.Recorder.Record(ctx, v.looked.event)
		}
	}
	if ended {
		if record, err := d.parts.Store.Decision(ctx, c.Entry.DecisionID); err == nil { // else the ledger has it, and the log misses it
			changed = append(changed, record)
		}
	}
	d.service.tell(ctx, changed)
}

// try carries the effect out. It calls remote services, so no unit may be open.
func (d *Dispatcher) try(ctx context.Context, c ports.Claim) verdict {
	ctx, cancel := context.WithTimeout(ctx, d.options.Lease/2) // what is left of the lease is for settling
	defer cancel()
	switch c.Entry.Effect.Kind {
	case domain.EffectGroupRole:
		return d.groupRole(ctx, c)
	case domain.EffectObserve:
		return d.observe(ctx, c)
	case domain.EffectRestriction:
		return d.restriction(ctx, c)
	case domain.EffectMirror:
		return d.mirror(ctx, c)
	case domain.EffectAnnounce:
		return d.announce(ctx, c)
	case domain.EffectWebhook:
		v, _ := d.webhook(ctx, c)
		return v
	case domain.EffectErase:
		return d.eraseEntry(ctx, c)
	}
	return dead("this version does not know the effect")
}

// settleSoon settles, and again while the store does not answer: what was carried out need not wait for the end of the lease once the store
// is back. ctx ends with the lease. Faults are recorded.
func (d *Dispatcher) settleSoon(ctx context.Context, v verdict) (live, ended bool, changed []ports.DecisionRecord, err error) {
	for n := 1; ; n++ {
		if live, ended, changed, err = d.settle(ctx, v); err == nil {
			return live, ended, changed, nil
		}
		d.parts.Recorder.Record(ctx, ports.DispatchEvent{Doing: "settle an effect", Err: err})
		again := min(domain.RetryDelay(n, d.options.Jitter(), 0), longestPause)
		if domain.KindOf(err) != domain.KindUnavailable || !sleep(ctx, again) {
			return false, false, nil, err
		}
	}
}

// settle ends the claim and what hangs on it, in one unit. It returns whether the claim was still live, whether the decision behind it
// came to its ordinary end, and the decisions that began or ended otherwise.
func (d *Dispatcher) settle(ctx context.Context, v verdict) (live, ended bool, changed []ports.DecisionRecord, err error) {
	now := d.service.now()
	err = d.service.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		live, ended, changed = false, false, nil
		var players []domain.Standing
		var err error
		if user := v.settlement.Claim.Entry.Effect.User; !user.IsZero() {
			if players, err = w.LockStandings(ctx, []domain.UserID{user}); err != nil {
				return wrap("lock the player", err)
			}
		}
		if live, err = w.Settle(ctx, v.settlement); err != nil || !live {
			return wrap("settle the effect", err)
		}
		if v.settlement.Claim.Entry.Effect.Kind == domain.EffectErase && v.settlement.Result == ports.SettleDelivered {
			return entryErased(ctx, w, v.settlement.Claim, now)
		}
		if v.settle != nil && len(players) > 0 {
			if changed, err = v.settle(ctx, w, players[0]); err != nil {
				return err
			}
		}
		if ended, err = concludes(ctx, w, v.settlement, now); err == nil && ended && len(players) > 0 {
			err = d.recheck(ctx, w, v.settlement)
		}
		return err
	})
	return live, ended, changed, err
}

// concludes closes the decision behind a settled effect when that was the last one it waited for, or the one that failed. It reports
// whether the decision ended by that.
func concludes(ctx context.Context, w ports.Writer, s ports.Settlement, now time.Time) (bool, error) {
	effect, decision := s.Claim.Entry.Effect, s.Claim.Entry.DecisionID
	if decision == "" || !effect.Kind.Settles() || s.Result == ports.SettleRetry || s.Result == ports.SettleBack {
		return false, nil
	}
	status := domain.StatusFailed
	if s.Result == ports.SettleDelivered {
		waiting, err := w.Waiting(ctx, effect.User)
		if err != nil {
			return false, wrap("read the waiting effects", err)
		}
		for _, out := range waiting {
			if out.DecisionID == decision && out.Effect.Kind.Settles() {
				return false, nil
			}
		}
		status = domain.StatusApplied
	}
	closed, err := w.MoveDecision(ctx, decision, ports.Transition{Status: status, Detail: s.Reason, At: now})
	return closed, wrap("close the decision", err)
}

// recheck wishes for another look at a player about whom a decision was carried out.
func (d *Dispatcher) recheck(ctx context.Context, w ports.Writer, s ports.Settlement) error {
	if s.Result != ports.SettleDelivered || d.parts.Remote.Roles == nil {
		return nil
	}
	return wrap("wish for another look", w.Enqueue(ctx, []ports.OutboxEntry{{
		Effect: domain.Effect{Kind: domain.EffectObserve, User: s.Claim.Entry.Effect.User}, Target: lookForRecheck,
		Lane: ports.LaneSpare, Delay: recheckAfter,
	}}))
}
