package ports

import "context"

// Writer is what may be done inside a unit of work.
type Writer interface {
	StandingWriter
	SnapshotWriter
	ReportWriter
	DecisionWriter
	PolicyWriter
	OutboxWriter
	SweepWriter
	DifferenceWriter
	FindingWriter
	RewoundWriter
	AutomationWriter
	ErasureWriter
}

// UnitOfWork runs functions that see and change the store as if they were alone.
type UnitOfWork interface {
	// Write runs fn in one unit and commits it when fn returns nil: all of it, durably, before Write returns. When fn returns an error or
	// panics, when ctx ends before the commit, or when the commit fails, nothing of it is kept and Write returns the error (a panic goes
	// on). What fn wrote it can read; nobody else can before the commit. The first call on w that fails poisons the unit: it cannot
	// commit, whatever fn returns; when fn returns nil, Write returns that first failure. domain.ErrConflict means that another writer was first and that repeating can succeed.
	//
	// fn may call nothing but w: no network, no other unit. w must not be used after fn returned, nor by several goroutines at once.
	Write(ctx context.Context, fn func(ctx context.Context, w Writer) error) error

	// AwaitUnits returns nil once every unit has ended that had written something when it was called: what those kept can be read then. Units
	// that write first later are not waited for; what other programs write may be. When ctx ends before, the error says so. Not to be called
	// inside a unit, which would wait for itself.
	AwaitUnits(ctx context.Context) error
}

// Store is everything that a storage does.
type Store interface {
	UnitOfWork
	StandingReader
	LeaderboardReader
	PlayerSearcher
	SnapshotReader
	SnapshotPruner
	DecisionReader
	PolicyReader
	Outbox
	Sweeps
	DifferenceReader
	FindingReader
	RewoundReader
	AutomationReader
	Budget
	Nonces
	DeadLetters
	Erasures

	// Ping returns nil when the store answers.
	Ping(ctx context.Context) error

	// Close ends the store. Units under way are waited for; every call after it returns domain.ErrClosed. It may be called twice.
	Close() error
}
