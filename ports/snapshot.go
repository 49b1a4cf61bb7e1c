package ports

import (
	"context"
	"time"

	"github.com/grps/grps/domain"
)

// RequestKey is an idempotency key within the principal that chose it. Two principals never share a key.
type RequestKey struct {
	Principal string
	Key       string // "" when the caller gave none; then nothing is deduplicated
}

// Answer is what an ingest request was answered with, as far as it cannot be found elsewhere.
type Answer struct {
	Standing domain.Standing // after the fold, and after the decision if one was carried out
	Position domain.Position // under the policy of then
	Outcome  domain.FoldOutcome
	Decision *DecisionRecord // nil when evaluation was not asked for; its later statuses are in the ledger
}

// SnapshotRecord is a snapshot in the history of its player.
type SnapshotRecord struct {
	ID          int64 // counts up in the order of writing; 0 before it is written
	Snapshot    domain.Snapshot
	Disregarded string // the rewind that took it out of account; "" while it counts
	Outcome     domain.FoldOutcome
	Source      string        // who delivered it: SourceGame or SourceDataStore
	Actor       domain.UserID // whom the caller named; zero for nobody
	MaxRank     string        // the highest rank that the caller's key could grant; "" for any
	RequestID   string
	Request     RequestKey
	RequestHash string // of the content that the key stands for; "" without a key
	Answer      Answer // kept only with a key
}

// The sources of snapshots.
const (
	SourceGame      = "roblox"
	SourceDataStore = "datastore"
)

// StoredAnswer is the first answer to a request key.
type StoredAnswer struct {
	RequestHash string
	SnapshotID  int64
	Answer      Answer
}

// SnapshotWriter appends to the history inside a unit.
type SnapshotWriter interface {
	// AppendSnapshots adds the records in order and returns the id of each, ascending. A record whose Request has a key that is stored
	// already is not added and its id is 0; of two such records in one call the first is added. History is never changed, but for what
	// DisregardSnapshots does. Disregarded is not written.
	AppendSnapshots(ctx context.Context, records []SnapshotRecord) ([]int64, error)

	// Answers returns the first answer to each of the keys that is stored; keys that are not stored, and empty ones, are left out. The
	// map is never nil.
	Answers(ctx context.Context, keys []RequestKey) (map[RequestKey]StoredAnswer, error)

	// SnapshotsFrom returns up to limit records of the player that were written after the record with id after, oldest first, with what this
	// unit wrote; 0 starts at the oldest. RequestHash and Answer are left empty. It is empty at the end and for an unknown player.
	SnapshotsFrom(ctx context.Context, user domain.UserID, after int64, limit int) ([]SnapshotRecord, error)

	// LatestBound returns the MaxRank of the newest record of the player that counts and was folded, with what this unit wrote; "" where there
	// is none.
	LatestBound(ctx context.Context, user domain.UserID) (string, error)

	// DisregardSnapshots takes the records of those ids out of account, in the name of a rewind. What was taken out before stays in the name
	// of the rewind that did it; ids of no record are left out. It may be called again. Lock the players first.
	DisregardSnapshots(ctx context.Context, ids []int64, rewind string) error
}

// ReportWriter writes what reports come to inside a unit.
type ReportWriter interface {
	// SaveReports does what SaveStandings and then AppendSnapshots do, in one step, and returns the ids of the records. Where one of them
	// would fail it fails so. Either list may be empty.
	SaveReports(ctx context.Context, standings []PlacedStanding, records []SnapshotRecord) ([]int64, error)

	// SaveLastReports does the same as the last call of its unit, which may be committed with it: what happens afterwards cannot undo it any
	// more, and a call after it fails. A key that is stored already, or that two of the records have, is a conflict.
	SaveLastReports(ctx context.Context, standings []PlacedStanding, records []SnapshotRecord) ([]int64, error)
}

// SnapshotReader reads the history, outside a unit.
type SnapshotReader interface {
	// Snapshots returns up to limit records of the player, newest first, that were written before the record with id before; 0 starts at
	// the newest. Records written meanwhile never shift the pages behind them. RequestHash and Answer are left empty. It is empty at the
	// end and for an unknown player.
	Snapshots(ctx context.Context, user domain.UserID, before int64, limit int) ([]SnapshotRecord, error)

	// SnapshotSpan returns ids between which, with both, all records stand that arrived at since or later, and maybe others: both are 0 when
	// there is no record. It goes by the order of writing, in which instants count up but for an hour or less; a record that another program
	// wrote out of that order may be missed.
	SnapshotSpan(ctx context.Context, since time.Time) (first, last int64, err error)

	// ScopedSnapshots returns the records, of those with an id from first to last, that the scope chooses and that count, by player: in
	// ascending order of user, each once, with how many there are and the lowest id. It reads all of that stretch, so that must be short.
	ScopedSnapshots(ctx context.Context, scope SnapshotScope, first, last int64) ([]Rewound, error)

	// DeliveredBy reports whether a record with an id from first to last was delivered by the key of that name, whether it counts or not. It
	// may read all of that stretch, so that must be short.
	DeliveredBy(ctx context.Context, principal string, first, last int64) (bool, error)

	// FirstDisregarded returns the lowest id of the player's records that were taken out of account; 0 when none was.
	FirstDisregarded(ctx context.Context, user domain.UserID) (int64, error)
}
