package memstore

import (
	"context"
	"fmt"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// unit is a unit of work: the ports.Writer that functions get. It reads what was committed without a lock, because nobody else writes
// while it has the turn, and keeps what it writes to itself until commit.
type unit struct {
	kept        *tables
	players     layer[domain.UserID, domain.Standing]
	answers     layer[ports.RequestKey, ports.StoredAnswer]
	decisions   layer[string, ports.DecisionRecord]
	transitions layer[string, []ports.Transition]
	policies    layer[string, string]
	open        layer[domain.UserID, string]
	budgets     layer[string, string]
	places      layer[domain.UserID, []place]
	sweeps      layer[string, sweep]
	differences layer[finding, found]
	disregarded layer[int64, string]
	rewound     layer[finding, rewound]
	erasures    layer[string, ports.Erasure]
	forgotten   []domain.UserID // whose history goes, before anything is appended
	findings    layer[string, ports.FindingRecord]
	appended    []ports.SnapshotRecord
	automation  domain.Automation
	last        counters
	poison      error // of the first call that failed
	complete    bool  // the last call was made
	over        bool

	automationLocked bool
}

var _ ports.Writer = (*unit)(nil)

func begin(kept *tables) *unit {
	return &unit{
		kept:        kept,
		players:     layerOn(kept.players),
		answers:     layerOn(kept.answers),
		decisions:   layerOn(kept.decisions),
		transitions: layerOn(kept.transitions),
		policies:    layerOn(kept.policies),
		open:        layerOn(kept.open),
		budgets:     layerOn(kept.budgets),
		places:      layerOn(kept.places),
		sweeps:      layerOn(kept.sweeps),
		differences: layerOn(kept.differences),
		findings:    layerOn(kept.findings),
		disregarded: layerOn(kept.disregarded),
		rewound:     layerOn(kept.rewound),
		erasures:    layerOn(kept.erasures),
		automation:  kept.automation,
		last:        kept.last,
	}
}

// commit carries everything into what was committed. The caller holds the store's lock.
func (u *unit) commit() {
	u.players.commit()
	u.answers.commit()
	u.decisions.commit()
	u.transitions.commit()
	u.policies.commit()
	u.open.commit()
	u.budgets.commit()
	u.places.commit()
	u.sweeps.commit()
	u.differences.commit()
	u.findings.commit()
	u.disregarded.commit()
	u.rewound.commit()
	u.erasures.commit()
	for _, user := range u.forgotten {
		delete(u.kept.history, user)
	}
	for _, r := range u.appended {
		user := r.Snapshot.UserID()
		u.kept.history[user] = append(u.kept.history[user], r)
	}
	u.kept.automation, u.kept.last = u.automation, u.last
}

// end makes the unit useless to whoever kept it.
func (u *unit) end() { u.over = true }

// call runs one call on the unit. The first that fails poisons it, and every call on a poisoned unit fails.
func (u *unit) call(ctx context.Context, doing string, fn func() error) error {
	if u.over {
		return &domain.Error{Code: "unit_over", Message: "the unit was used after it had ended"}
	}
	if u.complete && u.poison == nil {
		u.poison = &domain.Error{Code: "unit_over", Message: "the unit was used after its last call"}
	}
	if u.poison != nil {
		return fmt.Errorf("%s after a call that failed: %w", doing, u.poison)
	}
	err := ended(ctx)
	if err == nil {
		err = fn()
	}
	if err != nil {
		u.poison = fmt.Errorf("%s: %w", doing, err)
	}
	return u.poison
}
