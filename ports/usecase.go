package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// Caller is who makes a request.
type Caller struct {
	Principal  string        // the name of the key that calls
	Actor      domain.UserID // the Roblox user that the caller names, for audit; zero for nobody
	RequestID  string
	Experience string // the caller's own name for the experience; "" when not given
	MaxRank    string // the highest rank that the key may grant; "" for any
}

// IngestRequest is a report to be folded.
type IngestRequest struct {
	Caller
	Report   domain.Report
	Evaluate bool
	Apply    bool   // implies Evaluate
	Key      string // idempotency key; "" for none
}

// IngestResult is what became of a report.
type IngestResult struct {
	Player   PlacedStanding
	Outcome  domain.FoldOutcome
	Decision *DecisionRecord // nil when evaluation was not asked for
	Replayed bool            // the first answer to the same key, given again
}

// IngestAnswer is what became of one of several reports.
type IngestAnswer struct {
	Result IngestResult
	Err    error // what is wrong with this report alone, as Ingest returns it; nil when it was taken in
}

// MaxBatch is how many reports IngestBatch takes.
const MaxBatch = 500

// Ingester takes reports in.
type Ingester interface {
	// Ingest folds one report, evaluates and applies if asked to, and returns once that is durable. Errors: invalid with fields for a report
	// that cannot be accepted, and code "idempotency_mismatch" for a key that was used with other content; unavailable otherwise.
	Ingest(ctx context.Context, request IngestRequest) (IngestResult, error)

	// IngestBatch takes up to MaxBatch reports in, as Ingest would one after the other, and returns an answer for each, in order, once that
	// is durable. One that cannot be accepted leaves the others alone. The error, of kind unavailable, says that nothing was taken in.
	IngestBatch(ctx context.Context, requests []IngestRequest) ([]IngestAnswer, error)
}

// DecideRequest asks for a decision about a player.
type DecideRequest struct {
	Caller
	User   domain.UserID
	Apply  bool
	Reason string       // the caller's own words, at most MaxReason runes; "" for none
	Order  domain.Order // what a person wants done; zero for what the rules decide
}

// MaxReason is the longest reason of a caller, in runes.
const MaxReason = 400

// DecideResult is a decision and the player after it.
type DecideResult struct {
	Decision DecisionRecord
	Player   PlacedStanding
}

// Decider decides about players that are known.
type Decider interface {
	// Decide evaluates the player, or decides as ordered, and applies if asked to. domain.ErrNotFound when the player is unknown. An order
	// that makes no sense is an error of kind invalid with fields, one that the player's standing forbids of kind blocked; one that the
	// actor's own rank does not allow is denied, with code "actor_not_allowed". Who may give orders at all is the caller's to check.
	Decide(ctx context.Context, request DecideRequest) (DecideResult, error)
}

// UndoRequest asks to take a decision back.
type UndoRequest struct {
	Caller
	ID     string          // of the decision to be taken back
	Reason string          // the caller's own words, at most MaxReason runes; "" for none
	Hold   domain.HoldMode // what becomes of the player's hold; HoldUnsaid leaves it to domain.Undo
	DryRun bool            // says what would be done, and does nothing
}

// Undoer takes decisions back.
type Undoer interface {
	// Undo makes and applies the inverse decision, which has a record of its own; the decision that it takes back becomes undone, and
	// stands again if Roblox refuses. domain.ErrNotFound when there is none of that id. Of kind blocked: "not_undoable" for one whose
	// status does not allow it, "undo_conflict" when later decisions, or changes by hand, stand on it. Who may do this is judged as with
	// an order, by the inverse action.
	Undo(ctx context.Context, request UndoRequest) (DecideResult, error)
}

// PlayerFinder looks players up.
type PlayerFinder interface {
	// Player returns the player under the policy in force; domain.ErrNotFound when unknown.
	Player(ctx context.Context, user domain.UserID) (PlacedStanding, error)

	// Players returns one page of those whom the filter chooses, under the policy in force; see PlayerSearcher for the order. Cursor ""
	// begins at the first; code "cursor_invalid" of kind invalid for a cursor that was not given out.
	Players(ctx context.Context, filter PlayerFilter, cursor string, limit int) (PlayerPage, error)
}

// PlayerPage is one page of players.
type PlayerPage struct {
	Players []PlacedStanding
	Next    string // where the next page begins; "" at the end
}

// DecisionTrace is a decision with every status that it came to, first to last.
type DecisionTrace struct {
	Decision    DecisionRecord
	Transitions []Transition
}

// DecisionPage is one page of the ledger, newest first.
type DecisionPage struct {
	Decisions []DecisionRecord
	Next      string // where the next page begins; "" at the end
}

// HistoryEntry is something that happened to a player: exactly one of its parts is set.
type HistoryEntry struct {
	At       time.Time
	Snapshot *SnapshotRecord
	Decision *DecisionRecord
}

// HistoryPage is one page of a player's history, newest first.
type HistoryPage struct {
	Entries []HistoryEntry
	Next    string // where the next page begins; "" at the end
}

// FindingPage is one page of findings, newest first.
type FindingPage struct {
	Findings []FindingRecord
	Next     string // where the next page begins; "" at the end
}

// Historian reads what was decided, reported and found.
type Historian interface {
	// Findings returns one page of what was odd about reports; cursor "" begins at the newest.
	Findings(ctx context.Context, filter FindingFilter, cursor string, limit int) (FindingPage, error)

	// Trace returns a decision; domain.ErrNotFound when there is none of that id.
	Trace(ctx context.Context, id string) (DecisionTrace, error)

	// Decisions returns one page of the ledger; cursor "" begins at the newest.
	Decisions(ctx context.Context, filter DecisionFilter, cursor string, limit int) (DecisionPage, error)

	// History returns one page of what a player's games reported and what was decided about them, in one order of time; cursor "" begins at
	// the newest. domain.ErrNotFound when the player is unknown; code "cursor_invalid" of kind invalid for a cursor that was not given out.
	History(ctx context.Context, user domain.UserID, cursor string, limit int) (HistoryPage, error)
}

// Explainer says what keeps a player where they are.
type Explainer interface {
	// Explain returns the player and what each way up or down would take, under the policy in force; domain.ErrNotFound when unknown.
	Explain(ctx context.Context, user domain.UserID) (PlacedStanding, domain.Eligibility, error)
}

// Leaderboard is players in order.
type Leaderboard struct {
	Players      []LeaderboardEntry
	LastSyncedAt time.Time // the newest of the players listed; zero when none is
	Next         string    // where the next page begins; "" at the end
}

// Surroundings is a player's place and who stands around it.
type Surroundings struct {
	Place   int64 // from 1; of more than ten thousand players it may be that of up to a minute ago
	Player  LeaderboardEntry
	Before  []LeaderboardEntry // who stands right before the player, in the order of places
	Behind  []LeaderboardEntry // who stands right behind
	Players int64              // how many players have a place; it may be up to a minute old
}

// Records is who leads in each counter.
type Records struct {
	Kos []LeaderboardEntry
	Wos []LeaderboardEntry
}

// Leaderboards ranks players against each other.
type Leaderboards interface {
	// Top returns one page of the best players; see LeaderboardReader for the order. Cursor "" begins at the first place; code
	// "cursor_invalid" of kind invalid for a cursor that was not given out.
	Top(ctx context.Context, cursor string, limit int) (Leaderboard, error)

	// Around returns the place of a player with up to so many neighbours on each side. domain.ErrNotFound when the player is unknown;
	// code "not_ranked" of kind not found for a banned one, who has no place.
	Around(ctx context.Context, user domain.UserID, neighbours int) (Surroundings, error)

	// Records returns the limit best players of each counter.
	Records(ctx context.Context, limit int) (Records, error)
}

// SyncRequest asks to pull entries of the games' data store in.
type SyncRequest struct {
	Caller
	Limit  int    // 1 … 500
	Cursor string // "" starts at the first entry
}

// SyncResult is what a pull did.
type SyncResult struct {
	Updated int
	Created int
	Skipped int    // entries that hold no player, or only what is known better already
	Next    string // "" at the end
}

// Syncer pulls standings in from the games' data store.
type Syncer interface {
	// Sync folds one page of entries. Code "sync_not_configured" of kind blocked when there is no data store to read.
	Sync(ctx context.Context, request SyncRequest) (SyncResult, error)
}

// AutomationStatus is how automation stands.
type AutomationStatus struct {
	domain.Automation
	Setting bool          // it is stopped by the setting of the process that answers, whatever else is said here
	Limits  domain.Limits // of the policy in force
	Moved   domain.Moved  // in the last hour, since it was last resumed
	Held    int64         // decisions that wait for it to go on
	Players int64         // that are known, about
}

// SwitchRequest asks to stop or to resume automation.
type SwitchRequest struct {
	Caller
	Reason string // the caller's own words, at most MaxReason runes; "" for none
}

// Automator switches automation.
type Automator interface {
	// Automation returns how automation stands.
	Automation(ctx context.Context) (AutomationStatus, error)

	// StopAutomation keeps every process from carrying anything out, at once and until somebody resumes it. Stopping what is stopped
	// changes nothing.
	StopAutomation(ctx context.Context, request SwitchRequest) (AutomationStatus, error)

	// ResumeAutomation ends a pause or a stop: what is counted against the limits of an hour begins at nothing, and decisions that are held
	// are looked at again. Resuming what runs changes nothing.
	ResumeAutomation(ctx context.Context, request SwitchRequest) (AutomationStatus, error)
}
