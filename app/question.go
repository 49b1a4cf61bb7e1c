package app

import (
	"context"
	"fmt"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// byHand explains a decision that automation does not carry out on its own.
const byHand = "needs a person: an administrator approves or rejects it (POST /decisions/{id}/approve or /reject)"

// mustAsk returns why a person must approve a decision before it is carried out: because the rules say so, because it was a question
// before, or because it grants a rank that is beyond the key of whoever asks for it, or beyond that of whoever reported what it rests on; ""
// when nobody need be asked.
func (l *ledger) mustAsk(d domain.Decision, r request) string {
	switch {
	case d.NeedsApproval || r.asks:
		return byHand
	case l.policy.Exceeds(d, r.MaxRank):
		return fmt.Sprintf("the key %s grants ranks up to %s only; %s", r.Principal, r.MaxRank, byHand)
	case r.reported != nil && l.policy.Exceeds(d, *r.reported):
		return fmt.Sprintf("the key that reported last grants ranks up to %s only; %s", *r.reported, byHand)
	}
	return ""
}

// heed looks up which rank what was reported may grant, where a decision grants one and does not come of a report itself: whoever asks for it,
// and however much later, it grants no more than the report could.
func (l *ledger) heed(ctx context.Context, record ports.DecisionRecord, r *request) error {
	if r.snapshot >= 0 || r.reported != nil || !l.policy.Grants(record.Decision) {
		return nil
	}
	bound, err := l.w.LatestBound(ctx, record.UserID)
	if err != nil {
		return wrap("look for the bound of the newest report", err)
	}
	r.reported = &bound
	return nil
}

// sameQuestion reports whether an administrator has been asked already, or whether it waits for automation to go on already. asks tells
// whether what is asked for now is a question too.
func sameQuestion(open, asked ports.DecisionRecord, asks bool) bool {
	a, b := open.Decision, asked.Decision
	waits := open.Status == domain.StatusAwaitingApproval && asks || open.Status == domain.StatusHeld && !b.NeedsApproval
	return waits && a.Action == b.Action && a.From == b.From && a.To == b.To
}
