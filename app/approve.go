package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// DefaultApprovalTTL is how long decisions wait for approval unless told otherwise.
const DefaultApprovalTTL = 7 * 24 * time.Hour

// The details of decisions that nobody answered in time, and of answers without a reason.
const (
	expiredDetail  = "nobody approved it in time"
	approvedDetail = "approved"
	rejectedDetail = "rejected"
)

// errNotAwaiting says inside a unit that the decision is not a question any more. It is answered with what became of it.
var errNotAwaiting = errors.New("the decision does not await approval")

// approvalTTL returns how long decisions wait for approval.
func (s *Service) approvalTTL() time.Duration {
	if s.parts.ApprovalTTL > 0 {
		return s.parts.ApprovalTTL
	}
	return DefaultApprovalTTL
}

// Approve implements ports.Approver.
func (s *Service) Approve(ctx context.Context, r ports.ApprovalRequest) (ports.DecideResult, error) {
	next := s.parts.IDs.NewID() // of the question that takes its place, should the rules ask another by now
	outdated := false
	result, err := s.answerTo(ctx, r, true, func(
		ctx context.Context, l *ledger, player domain.Standing, e *entry, now time.Time,
	) (domain.Standing, ports.DecisionRecord, error) {
		if why := l.outdated(player, e.record.Decision, now); why != "" {
			outdated = true
			l.close(e, domain.StatusSuperseded, why, now)
			return l.ask(ctx, player, request{Caller: r.Caller, id: next, snapshot: -1, now: now})
		}
		outdated = false
		if l.policy.Exceeds(e.record.Decision, r.MaxRank) {
			return domain.Standing{}, ports.DecisionRecord{}, beyondKey(r.Caller)
		}
		if err := l.mayOrder(ctx); err != nil {
			return domain.Standing{}, ports.DecisionRecord{}, err
		}
		after, record := l.approve(e, player, cmp.Or(r.Reason, approvedDetail), now)
		return after, record, nil
	})
	if err == nil && outdated {
		err = &ports.OutdatedError{Now: result.Decision}
	}
	return result, wrap("approve the decision", err)
}

// Reject implements ports.Approver.
func (s *Service) Reject(ctx context.Context, r ports.ApprovalRequest) (ports.DecideResult, error) {
	result, err := s.answerTo(ctx, r, false, func(
		_ context.Context, l *ledger, player domain.Standing, e *entry, now time.Time,
	) (domain.Standing, ports.DecisionRecord, error) {
		l.close(e, domain.StatusRejected, cmp.Or(r.Reason, rejectedDetail), now)
		return domain.Reject(player, e.record.Decision, now.Add(s.approvalTTL())), e.record, nil
	})
	return result, wrap("reject the decision", err)
}

// answerTo locks the player whom the decision is about, sees to it that the decision still waits, and lets answer end that. With wait it
// then waits for what Roblox says to it.
func (s *Service) answerTo(
	ctx context.Context, r ports.ApprovalRequest, wait bool,
	answer func(context.Context, *ledger, domain.Standing, *entry, time.Time) (domain.Standing, ports.DecisionRecord, error),
) (ports.DecideResult, error) {
	asked, err := s.parts.Store.Decision(ctx, r.ID)
	if err != nil {
		return ports.DecideResult{}, wrap("read the decision", err)
	}
	now, late := s.now(), false
	result, err := s.one(ctx, asked.UserID, request{Caller: r.Caller, id: asked.ID, snapshot: -1, now: now}, wait,
		func(ctx context.Context, l *ledger, p parties) (domain.Standing, ports.DecisionRecord, error) {
			late = false
			e := l.open[asked.UserID]
			if e == nil || e.record.ID != asked.ID || e.record.Status != domain.StatusAwaitingApproval {
				return domain.Standing{}, ports.DecisionRecord{}, errNotAwaiting
			}
			if !now.Before(e.record.CreatedAt.Add(s.approvalTTL())) {
				late = true
				l.close(e, domain.StatusExpired, expiredDetail, now)
				return p.target, e.record, nil
			}
			e.by = r.Caller
			return answer(ctx, l, p.target, e, now)
		})
	if errors.Is(err, errNotAwaiting) || err == nil && late {
		return ports.DecideResult{}, s.notAwaiting(ctx, asked.ID)
	}
	return result, err
}

// notAwaiting returns the error that says what became of a decision that does not wait for an answer.
func (s *Service) notAwaiting(ctx context.Context, id string) error {
	record, err := s.parts.Store.Decision(ctx, id)
	if err != nil {
		return wrap("read the decision", err)
	}
	message := fmt.Sprintf("the decision does not await approval: it is %s", record.Status)
	if record.Detail != "" {
		message += " (" + record.Detail + ")"
	}
	return &domain.Error{Kind: domain.KindBlocked, Code: "not_awaiting", Message: message}
}

// outdated returns why a question must not be answered with yes any more; "" when evaluating now gives the same move.
func (l *ledger) outdated(s domain.Standing, asked domain.Decision, now time.Time) string {
	says := domain.Evaluate(l.policy, s, now)
	switch {
	case says.Action == domain.ActionNone:
		return "the rules do not ask for it any more: " + says.Sentence()
	case says.Action != asked.Action || says.From != asked.From || says.To != asked.To:
		return fmt.Sprintf("the rules say %s from %s to %s by now", says.Action, says.From, says.To)
	case !asked.Until.IsZero() && !now.Before(asked.Until):
		return "the suspension that it asks for is over by now"
	}
	return ""
}

// ask returns what the rules say about a player: a question to an administrator begins, anything else is advice that nobody asked for.
func (l *ledger) ask(ctx context.Context, s domain.Standing, r request) (domain.Standing, ports.DecisionRecord, error) {
	r.apply = domain.Evaluate(l.policy, s, r.now).NeedsApproval
	return l.decide(ctx, s, r)
}

// approve carries out a decision that waited for it. Its instant, its input and its policy stay those that it was made of, and so does the
// end of a suspension: that is what was approved. The time in rank begins now. What a later contradiction takes back is taken back to its
// input, in which rank and punishment are what they are now: whatever changes those ends the question.
func (l *ledger) approve(e *entry, s domain.Standing, detail string, now time.Time) (domain.Standing, ports.DecisionRecord) {
	e.record.UpdatedAt = now
	after := l.begin(s, e, now)
	if e.record.Detail != "" {
		detail += "; " + e.record.Detail
	}
	e.record.Detail = detail
	l.closed = append(l.closed, e)
	return after, e.record
}
