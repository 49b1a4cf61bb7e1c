package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Verdict says what came of making a decision again.
type Verdict uint8

// The verdicts.
const (
	VerdictSame    Verdict = iota // it came out the same, byte by byte
	VerdictDiffers                // it came out otherwise, or what it was made of was tampered with
	VerdictUnknown                // what it was made of, or under, is not stored
	VerdictSeen                   // it was made of what Roblox showed then, which is not stored
	VerdictErased                 // it was about somebody who was erased, and what it was made of with them
)

// String returns the word that outputs use: same, differs, unknown, seen or erased.
func (v Verdict) String() string {
	switch v {
	case VerdictDiffers:
		return "differs"
	case VerdictUnknown:
		return "unknown"
	case VerdictSeen:
		return "seen"
	case VerdictErased:
		return "erased"
	case VerdictSame:
	}
	return "same"
}

// Proof is a decision of the ledger beside the one that comes out when it is made again.
type Proof struct {
	Verdict Verdict
	Stored  string // its canonical text and whom it is about, as the ledger keeps them
	Again   string // the same of what came out; "" when it could not be made again
	Why     string // why it could not be made again, for people; "" when it was
}

// Verify makes a decision again: from the standing that the ledger keeps with it, at its instant, under p, which must be the policy that
// it names. original is the decision that it takes back, for one that does. It asks nobody, and the same records give the same proof on
// every machine.
func Verify(p domain.Policy, record, original ports.DecisionRecord) Proof {
	proof := Proof{Stored: proofText(record.UserID, record.Decision)}
	made, err := again(p, record, original)
	switch {
	case record.Origin == domain.OriginDrift && mends(record.Decision.Reason):
		proof.Verdict, proof.Why = VerdictSeen, "it was made of the roles that Roblox showed, which are not stored"
		return proof
	case err != nil:
		proof.Verdict, proof.Why = VerdictDiffers, "it cannot be made: "+reasonOf(err)
		return proof
	}
	proof.Again = proofText(record.Input.UserID, made)
	if proof.Again != proof.Stored {
		proof.Verdict = VerdictDiffers
	}
	return proof
}

// again makes a decision as what made it did. What somebody did by hand at Roblox is taken from the decision itself.
func again(p domain.Policy, record, original ports.DecisionRecord) (domain.Decision, error) {
	switch record.Origin {
	case domain.OriginManual:
		return domain.Execute(p, record.Input, record.Order, record.CreatedAt)
	case domain.OriginUndo:
		return domain.Undo(p, record.Input, original.Decision, original.Input, record.Order.Hold, record.CreatedAt)
	case domain.OriginDrift:
		return domain.Adopted(p, record.Input.Rank, record.Decision.To), nil
	case domain.OriginRules:
	}
	return domain.Evaluate(p, record.Input, record.CreatedAt), nil
}

// mends reports whether decisions for the reason bring Roblox in line with the record.
func mends(reason domain.ReasonCode) bool {
	return reason == domain.ReasonDriftRestored || reason == domain.ReasonRolesMended || reason == domain.ReasonPunishedAgain
}

func proofText(user domain.UserID, d domain.Decision) string {
	return d.Canonical() + "player " + user.String() + "\n"
}

// Ledger is what an [Auditor] reads.
type Ledger interface {
	ports.DecisionReader
	ports.PolicyReader
}

// auditPage is how many decisions an auditor holds at a time, auditPolicies how many policies.
const (
	auditPage     = 200
	auditPolicies = 32
)

// Auditor makes decisions of a ledger again under the policies that are kept with them. It is not for several goroutines at once.
type Auditor struct {
	ledger   Ledger
	parse    func(documents string) (domain.Policy, error)
	policies map[string]keptPolicy
}

// keptPolicy is a policy as it was found in the ledger.
type keptPolicy struct {
	policy  domain.Policy
	verdict Verdict // of every decision under it when it cannot be used
	why     string  // why it cannot be used; "" when it can
}

// NewAuditor returns an auditor of the ledger. parse makes a policy of its canonical documents.
func NewAuditor(ledger Ledger, parse func(documents string) (domain.Policy, error)) *Auditor {
	return &Auditor{ledger, parse, make(map[string]keptPolicy)}
}

// Verify makes the decision again; see the function Verify. The error is the ledger's, which could not be read.
func (a *Auditor) Verify(ctx context.Context, record ports.DecisionRecord) (Proof, error) {
	if record.UserID.IsZero() {
		return Proof{
			Verdict: VerdictErased, Why: "it was about a player who was erased, and what it was made of is not stored any more",
			Stored: proofText(record.UserID, record.Decision),
		}, nil
	}
	under, err := a.policy(ctx, record.Decision.Revision)
	if err != nil {
		return Proof{}, err
	}
	if under.why != "" {
		return Proof{Verdict: under.verdict, Why: under.why, Stored: proofText(record.UserID, record.Decision)}, nil
	}
	var original ports.DecisionRecord
	if record.Undoes != "" {
		original, err = a.ledger.Decision(ctx, record.Undoes)
		if errors.Is(err, domain.ErrNotFound) {
			return Proof{
				Verdict: VerdictUnknown, Why: fmt.Sprintf("the decision %q, which it takes back, is not stored", record.Undoes),
				Stored: proofText(record.UserID, record.Decision),
			}, nil
		}
		if err != nil {
			return Proof{}, wrap("read the decision that another takes back", err)
		}
	}
	return Verify(under.policy, record, original), nil
}

// VerifyAll makes every decision of the ledger again, newest first, and hands each to use with its proof, until use returns an error.
// What is decided meanwhile may be left out. It holds one page of the ledger at a time.
func (a *Auditor) VerifyAll(ctx context.Context, use func(ports.DecisionRecord, Proof) error) error {
	for before := ""; ; {
		records, err := a.ledger.Decisions(ctx, ports.DecisionFilter{}, before, auditPage)
		if err != nil {
			return wrap("read the ledger", err)
		}
		if len(records) == 0 {
			return nil
		}
		for _, record := range records {
			proof, err := a.Verify(ctx, record)
			if err != nil {
				return err
			}
			if err := use(record, proof); err != nil {
				return err
			}
		}
		before = records[len(records)-1].ID
	}
}

// policy returns the policy that is kept under a revision, or why it cannot be used.
func (a *Auditor) policy(ctx context.Context, revision string) (keptPolicy, error) {
	if known, ok := a.policies[revision]; ok {
		return known, nil
	}
	found, err := a.find(ctx, revision)
	if err != nil {
		return keptPolicy{}, err
	}
	if len(a.policies) >= auditPolicies {
		clear(a.policies)
	}
	a.policies[revision] = found
	return found, nil
}

func (a *Auditor) find(ctx context.Context, revision string) (keptPolicy, error) {
	documents, err := a.ledger.PolicyDocuments(ctx, revision)
	if errors.Is(err, domain.ErrNotFound) {
		return keptPolicy{verdict: VerdictUnknown, why: fmt.Sprintf("the policy %q is not stored", revision)}, nil
	}
	if err != nil {
		return keptPolicy{}, wrap("read the policy of a decision", err)
	}
	p, err := a.parse(documents)
	if err != nil {
		return keptPolicy{verdict: VerdictDiffers, why: fmt.Sprintf("the policy stored as %q is not one: %s", revision, reasonOf(err))}, nil
	}
	if p.Revision() != revision {
		return keptPolicy{verdict: VerdictDiffers, why: fmt.Sprintf("the policy stored as %q is another: its hash is %s", revision, p.Revision())}, nil
	}
	return keptPolicy{policy: p}, nil
}
