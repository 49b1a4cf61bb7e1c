package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// SnapshotScope chooses snapshots by who delivered them, and when. What is set must all hold.
type SnapshotScope struct {
	Principal  string    // the name of the key that delivered it; "" chooses all
	Experience string    // the caller's own name for the experience that it names, or the number of its universe; "" chooses all
	Server     string    // the game server that it names; "" chooses all
	Since      time.Time // it arrived then or later
	Until      time.Time // it arrived before then; zero chooses all
}

// Covers reports whether the scope chooses the record.
func (s SnapshotScope) Covers(r SnapshotRecord) bool {
	e := r.Snapshot.Report().Experience
	named := e.Key == s.Experience || !e.Universe.IsZero() && e.Universe.String() == s.Experience
	return (s.Principal == "" || r.Request.Principal == s.Principal) && (s.Experience == "" || named) &&
		(s.Server == "" || e.Server == s.Server) && s.Spans(r.Snapshot.Received())
}

// Spans reports whether the scope chooses what arrived at that instant.
func (s SnapshotScope) Spans(received time.Time) bool {
	return !received.Before(s.Since) && (s.Until.IsZero() || received.Before(s.Until))
}

// RewoundOutcome is what a rewind comes to for a player. The texts are stable.
type RewoundOutcome string

// The outcomes.
const (
	RewoundFound   RewoundOutcome = "found"   // reports of the player are among those chosen; nobody looked further yet
	RewoundSame    RewoundOutcome = "same"    // the player is what other reports say anyway
	RewoundChanged RewoundOutcome = "changed" // the player is another without them
	RewoundUnseen  RewoundOutcome = "unseen"  // no other report of the player is known: what they are is not known either
)

// RewoundState is what of a player a rewind may change.
type RewoundState struct {
	Rank            string
	Points          int64
	Kos             int64
	Wos             int64
	Warnings        int64
	Recommendations int64
	Punishment      domain.Punishment
	Hold            bool
}

// RewoundDecision is a decision that a rewind takes back, or makes.
type RewoundDecision struct {
	ID     string // "" for one that is not made yet
	Action domain.Action
	From   string
	To     string
	Reason domain.ReasonCode
	Status domain.Status // what it has come to
	Undoes string        // the decision that it takes back; "" for none
	Left   string        // for one that should be taken back and is not: why; "" otherwise
}

// Rewound is what a rewind comes to for a player.
type Rewound struct {
	User      domain.UserID
	First     int64 // the lowest id of the player's snapshots that it takes out of account
	Snapshots int64 // how many those are
	Outcome   RewoundOutcome
	Applied   bool // it was carried out
	Before    RewoundState
	After     RewoundState
	Decisions []RewoundDecision // taken back first, in that order, then made
}

// RewoundWriter keeps what rewinds come to, inside a unit. Lock players first.
type RewoundWriter interface {
	// AddRewound keeps players whom a rewind found, with First, Snapshots and Outcome. Of one whom it keeps already the Snapshots are added
	// up, and everything else stays. A user may stand in the list once. It may be called again.
	AddRewound(ctx context.Context, sweep string, players []Rewound) error

	// KeepRewound writes players over those that the rewind keeps; one that it does not keep is added. A user may stand in the list once. It
	// may be called again.
	KeepRewound(ctx context.Context, sweep string, players []Rewound) error
}

// RewoundReader shows what rewinds come to, outside a unit.
type RewoundReader interface {
	// Rewound returns up to limit players of the rewind whose outcome is one of those, or all where none is named, in ascending order of
	// user, of those above after; nobody starts at the lowest. It is empty at the end, and for a rewind that found nobody.
	Rewound(ctx context.Context, sweep string, outcomes []RewoundOutcome, after domain.UserID, limit int) ([]Rewound, error)

	// CountRewound returns how many players the rewind keeps.
	CountRewound(ctx context.Context, sweep string) (int64, error)
}

// RewindRequest asks to take snapshots out of account.
type RewindRequest struct {
	Caller
	Scope      SnapshotScope
	KeyUnknown bool // no key in force has the name that the scope has; reports must then, or it is taken for a slip
	Apply      bool // carry it out; otherwise the rewind only says what that would be
}

// RewindProgress is how far a rewind has come.
type RewindProgress struct {
	Sweep
	ETA time.Time // when its phase is expected to have come to its end; zero when that cannot be said
}

// RewindPage is one page of rewinds, newest first.
type RewindPage struct {
	Rewinds []RewindProgress
	Next    string // where the next page begins; "" at the end
}

// RewoundPage is one page of what a rewind comes to, in ascending order of user.
type RewoundPage struct {
	Players []Rewound
	Next    string // where the next page begins; "" at the end
}

// The words in which a rewind counts, besides those of its outcomes and of actions, which count what the rules decide afterwards.
const (
	TallyPlayers   = "players"   // who were found
	TallySnapshots = "snapshots" // that are taken out of account
	TallyUndone    = "undone"    // decisions taken back
	TallyLeft      = "left"      // decisions that should be, and are not
)

// Rewinder takes the snapshots of a key, an experience or a game server out of account, and lets the standings of the players whom they
// were about be what the other snapshots make of them. One rewind is under way at a time.
type Rewinder interface {
	// StartRewind begins a rewind and returns at once: it goes on in the background, wherever a process runs. Where one that asks for the
	// same is under way, that one is returned. Errors: invalid with fields for a scope that names nobody or no time, and for a key that is
	// unknown and that no report names, unless the history is too long to tell; code "rewind_running" of kind conflict, which names the one
	// that is under way.
	StartRewind(ctx context.Context, request RewindRequest) (RewindProgress, error)

	// Rewind returns a rewind; domain.ErrNotFound when there is none of that id.
	Rewind(ctx context.Context, id string) (RewindProgress, error)

	// Rewinds returns one page of rewinds; cursor "" begins at the newest.
	Rewinds(ctx context.Context, cursor string, limit int) (RewindPage, error)

	// RewoundPlayers returns one page of what a rewind comes to so far: who changes, or, if asked for, everybody of whom a report is taken
	// out of account. Cursor "" begins at the lowest user. Errors: domain.ErrNotFound; code "cursor_invalid" of kind invalid for a cursor
	// that was not given out.
	RewoundPlayers(ctx context.Context, id string, everybody bool, cursor string, limit int) (RewoundPage, error)

	// CancelRewind ends a rewind: once it returns, that rewind changes nobody any more. Whom it changed before stays so. Cancelling one that
	// was cancelled is no error. Errors: domain.ErrNotFound; code "rewind_over" of kind blocked for one that came to its end.
	CancelRewind(ctx context.Context, caller Caller, id string) (RewindProgress, error)

	// ResumeRewind lets a rewind go on where it was; what it does from then on is done for this caller. Errors: domain.ErrNotFound; code
	// "rewind_not_stopped" of kind blocked for one that is under way or came to its end; code "rewind_running" as above.
	ResumeRewind(ctx context.Context, caller Caller, id string) (RewindProgress, error)
}
