package ports

import (
	"context"
	"time"
)

// PartStatus says how a part of the service does.
type PartStatus uint8

// The statuses, from good to bad.
const (
	PartOK   PartStatus = iota
	PartWarn            // it does what it is for, and somebody should look at it
	PartFail            // it does not do what it is for
)

// String returns ok, warn or fail.
func (s PartStatus) String() string {
	switch s {
	case PartOK:
		return "ok"
	case PartWarn:
		return "warn"
	case PartFail:
	}
	return "fail"
}

// PartState is how a part of the service does, and why that is said of it.
type PartState struct {
	Status PartStatus
	Reason string // a sentence for people; it holds no secret and names no player
}

// Readiness is whether a process can serve, and how its parts do.
type Readiness struct {
	Ready     bool      // whether requests should be sent here: the store answers, and the process does not stop
	Service   PartState // the process itself
	Store     PartState
	Policy    PartState
	Outbox    PartState
	OpenCloud PartState

	Revision string      // of the policy in force
	Newest   bool        // whether that is what the newest documents say
	Depths   []KindDepth // of the outbox, as of the last time that the store told; empty before
}

// Status returns fail when the process cannot serve, warn when it can and any of its parts does not do well, and ok otherwise.
func (r Readiness) Status() PartStatus {
	if !r.Ready {
		return PartFail
	}
	for _, part := range [...]PartState{r.Service, r.Store, r.Policy, r.Outbox, r.OpenCloud} {
		if part.Status != PartOK {
			return PartWarn
		}
	}
	return PartOK
}

// Prober tells whether the process can serve.
type Prober interface {
	// Readiness returns how the process does, as of a second ago at most. It answers within a second whatever the store does, and costs
	// nothing however often it is asked. Once the process stops it is not ready, at once.
	Readiness(ctx context.Context) Readiness
}

// PolicyNewest tells whether the rules in force are the newest.
type PolicyNewest interface {
	// Newest returns nil when the rules in force are what the newest documents say, and otherwise why those cannot be used. It never blocks.
	Newest() error
}

// KeyState is what Roblox says of the key that it is called with.
type KeyState struct {
	Usable    bool
	Reason    string    // why it is not usable; "" when it is
	ExpiresAt time.Time // zero for never, or when Roblox does not tell
}

// KeyExaminer asks Roblox about the key that it is called with.
type KeyExaminer interface {
	// ExamineKey asks once. That Roblox refuses the key is no error; the error says that Roblox could not be asked.
	ExamineKey(ctx context.Context) (KeyState, error)
}
