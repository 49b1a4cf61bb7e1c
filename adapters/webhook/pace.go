package webhook

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/grps/grps/domain"
)

// How often a receiver may be told. Discord allows 30 messages a minute for each webhook, Slack one a second; what others allow, they say.
const (
	discordEvery = 2400 * time.Millisecond // 25 a minute, and so 30 with a burst
	discordBurst = 5
	slackEvery   = time.Second
	slackBurst   = 1
)

// patience is how long a message waits for its turn before it is put off.
const patience = 3 * time.Second

// pace hands out turns to tell one receiver. It is safe for concurrent use.
type pace struct {
	limiter *rate.Limiter

	mu    sync.Mutex
	until time.Time // the receiver wants to hear nothing before
}

func paceOf(format string) *pace {
	switch format {
	case formatDiscord:
		return &pace{limiter: rate.NewLimiter(rate.Every(discordEvery), discordBurst)}
	case formatSlack:
		return &pace{limiter: rate.NewLimiter(rate.Every(slackEvery), slackBurst)}
	}
	return &pace{limiter: rate.NewLimiter(rate.Inf, 0)}
}

// turn waits for a turn. When that would take too long the error says how long.
func (p *pace) turn(ctx context.Context, now time.Time) error {
	if closed := p.closed(now); closed > patience {
		return notYet(closed)
	} else if closed > 0 {
		if err := wait(ctx, closed); err != nil {
			return err
		}
		now = now.Add(closed)
	}
	turn := p.limiter.ReserveN(now, 1)
	delay := turn.DelayFrom(now)
	if delay > patience {
		turn.CancelAt(now)
		return notYet(delay)
	}
	return wait(ctx, delay)
}

// closed returns for how long the receiver wants to hear nothing.
func (p *pace) closed(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(p.until.Sub(now), 0)
}

// closeFor hands out no turn for d.
func (p *pace) closeFor(d time.Duration, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := now.Add(d); until.After(p.until) {
		p.until = until
	}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return timedOut()
	}
}

func notYet(after time.Duration) error {
	return &domain.Error{
		Kind: domain.KindExhausted, Code: "webhook_limited", RetryAfter: after,
		Message: "the webhook is told as often as it wants to be; the message waits for its turn",
	}
}
