package memstore

import (
	"cmp"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// place is where a wish stands in the outbox. A newer wish of the same sort takes the place over, and with it the lease of whoever is
// still carrying out the older one.
type place struct {
	id         int64
	generation int64
	wish       int64 // counts all wishes, so that those of one instant have an order
	attempts   int
	returned   int // of the attempts, those that went back
	entry      ports.OutboxEntry
	enqueuedAt time.Time
	firstTried time.Time // zero before the first lease of this wish
	due        time.Time
	lease      lease
	dead       bool
	diedAt     time.Time
	reason     string // why it was put off or given up, for a debugger
}

// lease names the claim that holds a place. The zero value is none.
type lease struct {
	generation int64
	attempt    int
	until      time.Time
}

func (l lease) lasts(now time.Time) bool { return now.Before(l.until) }

// of reports whether the claim holds this lease, be it over or not.
func (l lease) of(c ports.Claim) bool {
	return !l.until.IsZero() && l.generation == c.Generation && l.attempt == c.Attempt
}

// takes reports whether the entry replaces the wish in this place.
func (p place) takes(e ports.OutboxEntry) bool {
	effect := p.entry.Effect
	return e.Effect.Kind.Replaces() && effect.Kind == e.Effect.Kind && effect.User == e.Effect.User && p.entry.Target == e.Target
}

// claimed returns the place under a new lease, and the claim of that.
func (p place) claimed(now time.Time, length time.Duration) (place, ports.Claim) {
	p.attempts++
	if p.firstTried.IsZero() {
		p.firstTried = now
	}
	p.lease = lease{p.generation, p.attempts, now.Add(length)}
	return p, ports.Claim{
		ID: p.id, Generation: p.generation, Attempt: p.attempts, Returned: p.returned,
		Entry: p.entry, FirstTried: p.firstTried, EnqueuedAt: p.enqueuedAt, LastReason: p.reason,
	}
}

// byClaim orders places as Claim hands them out.
func byClaim(a, b *place) int {
	return cmp.Or(cmp.Compare(a.entry.Lane, b.entry.Lane), a.due.Compare(b.due), cmp.Compare(a.wish, b.wish))
}

func byWish(a, b place) int { return cmp.Compare(a.wish, b.wish) }

// isDue reports whether the wish may be claimed, as far as it goes itself.
func (p *place) isDue(at time.Time) bool { return !p.dead && !at.Before(p.due) && !p.lease.lasts(at) }

// isTold reports whether the wish is something to tell a webhook.
func (p *place) isTold() bool { return p.entry.Effect.Kind == domain.EffectWebhook }

// obstacles are what the wishes of one player wait for.
type obstacles struct {
	settling     bool             // something that settles a decision is not delivered
	announcement int64            // the oldest announcement that is not delivered; 0 for none
	told         map[string]int64 // by the name of a webhook: the oldest wish for it that is not delivered
}

// obstaclesAmong returns what the wishes of one player, whose places these are, wait for.
func obstaclesAmong(places []place) obstacles {
	var o obstacles
	for i := range places {
		if !places[i].dead {
			o.add(&places[i])
		}
	}
	return o
}

// add takes one more living wish into account.
func (o *obstacles) add(p *place) {
	kind := p.entry.Effect.Kind
	o.settling = o.settling || kind.Settles()
	if kind == domain.EffectAnnounce && (o.announcement == 0 || p.wish < o.announcement) {
		o.announcement = p.wish
	}
	if p.isTold() {
		if o.told == nil {
			o.told = make(map[string]int64)
		}
		if oldest := o.told[p.entry.Target]; oldest == 0 || p.wish < oldest {
			o.told[p.entry.Target] = p.wish
		}
	}
}

// hold reports whether the wish has to wait.
func (o *obstacles) hold(p *place) bool {
	switch kind := p.entry.Effect.Kind; {
	case kind.Settles():
		return false
	case o.settling:
		return true
	case kind == domain.EffectAnnounce:
		return o.announcement != p.wish
	case p.isTold():
		return o.told[p.entry.Target] != p.wish
	}
	return false
}
