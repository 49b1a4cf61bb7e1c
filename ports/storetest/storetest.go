package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/grps/grps/ports"
)

// Harness is what a storage lends to the suite. Its functions end the test themselves when they cannot do their work; the cases
// run in parallel, so they may be called from several tests at once.
type Harness struct {
	// Open returns a store that is fresh and empty every time. The harness closes it by t.Cleanup; the suite may have closed it before.
	Open func(t *testing.T) ports.Store

	// Reopen closes the store, opens the same data again and closes that by t.Cleanup too. Without it the category Durability must be
	// left out.
	Reopen func(t *testing.T, s ports.Store) ports.Store

	// FailCommit returns a store on the same data in which a unit that saved a standing can do everything but commit: the commit itself
	// fails. s stays as it was. Without it the category FailedCommit must be left out.
	FailCommit func(t *testing.T, s ports.Store) ports.Store

	// Precision is the finest difference between instants that the storage keeps; 0 means a microsecond, which is what ports promise.
	Precision time.Duration

	// Without lists the categories that are not run.
	Without []Exclusion
}

// Exclusion leaves a category out.
type Exclusion struct {
	Category string // one of the categories of this package
	Reason   string // why, in a sentence for whoever reads the test's output; must not be empty
}

// The categories, in the order in which they run.
const (
	RoundTrip    = "round trip"    // every field comes back as it was given
	Absence      = "absence"       // what is not there is said the same way everywhere
	Uniqueness   = "uniqueness"    // what can be there once is there once
	UnitOfWork   = "unit of work"  // all or nothing
	FailedCommit = "failed commit" // a commit that fails is an error
	Durability   = "durability"    // what was committed is there after the store was closed and opened again
	Conflict     = "conflict"      // of two writers who read the same, one wins
	Players      = "players"       // several players in one unit
	Isolation    = "isolation"     // values handed out are copies
	Leaderboards = "leaderboards"  // order, ties and who is left out
	Search       = "search"        // who is found, in which order, page by page
	Prune        = "prune"         // what is forgotten of the history
	Snapshots    = "snapshots"     // history and idempotency keys
	History      = "history"       // pages that do not shift
	Reports      = "reports"       // players and history in one step
	Decisions    = "decisions"     // the ledger
	Transitions  = "transitions"   // every status that a decision came to
	Listing      = "listing"       // filters and pages of the ledger
	Approvals    = "approvals"     // what nobody approved in time
	Policies     = "policies"      // the rules that decisions were made under
	Automation   = "automation"    // the switch, and what it holds back
	Releases     = "releases"      // whose suspension is over
	Walks        = "walks"         // everybody in pages
	Sweeps       = "sweeps"        // long walks that are leased, saved and resumed
	Differences  = "differences"   // what walks over the group found
	Rewinds      = "rewinds"       // snapshots that are taken out of account
	Findings     = "findings"      // what was odd about reports
	Outbox       = "outbox"        // order, waiting and replacement of effects
	Leases       = "leases"        // claims, their end and what settling does
	Budgets      = "budgets"       // what processes agree on
	Nonces       = "nonces"        // what can be used once
	Webhooks     = "webhooks"      // order and waiting of what webhooks are told
	DeadLetters  = "dead letters"  // what was given up, and its revival
	Erasures     = "erasures"      // who is to be forgotten, and that nothing is left
	Contexts     = "contexts"      // a context that has ended ends the call
	AfterClose   = "after close"   // a closed store says so
)

type category struct {
	name string
	run  func(t *testing.T, h Harness)
}

func categories() []category {
	return []category{
		{RoundTrip, roundTrip},
		{Absence, absence},
		{Uniqueness, uniqueness},
		{UnitOfWork, unitOfWork},
		{FailedCommit, failedCommit},
		{Durability, durability},
		{Conflict, conflict},
		{Players, players},
		{Isolation, isolation},
		{Leaderboards, leaderboards},
		{Search, search},
		{Prune, prune},
		{Snapshots, snapshots},
		{History, history},
		{Reports, reports},
		{Decisions, decisions},
		{Transitions, transitions},
		{Listing, listing},
		{Approvals, approvals},
		{Policies, policies},
		{Automation, automation},
		{Releases, releases},
		{Walks, walks},
		{Sweeps, sweeps},
		{Differences, differences},
		{Rewinds, rewinds},
		{Findings, findings},
		{Outbox, outbox},
		{Leases, leases},
		{Budgets, budgets},
		{Nonces, nonces},
		{Webhooks, webhooks},
		{DeadLetters, deadLetters},
		{Erasures, erasures},
		{Contexts, contexts},
		{AfterClose, afterClose},
	}
}

// Run runs every category that the harness does not leave out, each as a subtest of that name. It fails the test when an exclusion
// names no category or gives no reason.
func Run(t *testing.T, h Harness) {
	t.Helper()
	reasons := reasonsOf(t, h.Without)
	for _, c := range categories() {
		t.Run(c.name, func(t *testing.T) {
			if reason, ok := reasons[c.name]; ok {
				t.Skipf("left out: %s", reason)
			}
			c.run(t, h)
		})
	}
}

func reasonsOf(t *testing.T, without []Exclusion) map[string]string {
	t.Helper()
	known := make(map[string]bool)
	for _, c := range categories() {
		known[c.name] = true
	}
	reasons := make(map[string]string, len(without))
	for _, e := range without {
		if !known[e.Category] {
			t.Fatalf("the exclusion %q: got no such category, want one of those of package storetest", e.Category)
		}
		if e.Reason == "" {
			t.Fatalf("the exclusion %q: got no reason, want one", e.Category)
		}
		reasons[e.Category] = e.Reason
	}
	return reasons
}

// open returns a fresh store for a case, which from here on runs beside the others of its category.
func (h Harness) open(t *testing.T) ports.Store {
	t.Helper()
	t.Parallel()
	return h.Open(t)
}

func (h Harness) precision() time.Duration { return max(h.Precision, time.Microsecond) }

// A case that waits for something that must happen is patient; one that watches for something that must not happen looks a while.
const (
	patience = 20 * time.Second
	aWhile   = 100 * time.Millisecond
)

// soon returns a context that ends when patience does.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// atLast returns a channel that is closed after d, or when the test ends.
func atLast(t *testing.T, d time.Duration) <-chan struct{} {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx.Done()
}
