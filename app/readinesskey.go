package app

import (
	"context"
	"sync"
	"time"

	"github.com/grps/grps/ports"
)

// When the key for Roblox is examined again, and what of its future is worth a warning. Being examined also keeps an idle key alive.
const (
	keyKept        = 10 * time.Minute
	keyDoubted     = time.Minute // where it could not be used, or not be examined
	keyPatience    = 20 * time.Second
	keyExpiresSoon = 14 * 24 * time.Hour
)

// keyProbe knows how the key for Roblox does. It is examined beside requests, never by one: an outage of Roblox must delay nobody.
type keyProbe struct {
	mu      sync.Mutex
	running bool
	asked   time.Time // zero before the first time
	known   bool      // said is what Roblox said, some time
	said    ports.KeyState
	err     error // why it could not be asked the last time
}

// renew has the key examined where what is known of it is old.
func (k *keyProbe) renew(ctx context.Context, parts Parts) {
	if parts.Remote.Key == nil || parts.Stopped {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now, kept := parts.Clock.Now(), keyKept
	if k.err != nil || !k.said.Usable {
		kept = keyDoubted
	}
	if age := now.Sub(k.asked); k.running || !k.asked.IsZero() && age >= 0 && age < kept {
		return
	}
	k.running, k.asked = true, now
	go k.examine(context.WithoutCancel(ctx), parts.Remote.Key)
}

func (k *keyProbe) examine(ctx context.Context, examiner ports.KeyExaminer) {
	ctx, cancel := context.WithTimeout(ctx, keyPatience)
	defer cancel()
	said, err := examiner.ExamineKey(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running, k.err = false, err
	if err == nil {
		k.known, k.said = true, said
	}
}

// state says how the key does.
func (k *keyProbe) state(parts Parts) ports.PartState {
	switch {
	case parts.Remote.Key == nil:
		return ports.PartState{Reason: "not configured: decisions change the record only"}
	case parts.Stopped:
		return ports.PartState{Status: ports.PartWarn, Reason: "nothing is sent to Roblox, as STOP is set"}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	switch left := k.said.ExpiresAt.Sub(parts.Clock.Now()); {
	case k.known && !k.said.Usable:
		return ports.PartState{Status: ports.PartFail, Reason: k.said.Reason}
	case k.known && !k.said.ExpiresAt.IsZero() && left <= 0:
		return ports.PartState{Status: ports.PartFail, Reason: "the key is expired"}
	case k.err != nil:
		return ports.PartState{Status: ports.PartWarn, Reason: "Roblox could not be asked about the key: " + sentenceOf(k.err)}
	case !k.known:
		return ports.PartState{Reason: "the key was not examined yet"}
	case !k.said.ExpiresAt.IsZero() && left < keyExpiresSoon:
		return ports.PartState{Status: ports.PartWarn, Reason: "the key expires on " + k.said.ExpiresAt.Format(time.DateOnly) + "; make another before"}
	}
	return ports.PartState{Reason: "Roblox accepts the key"}
}
