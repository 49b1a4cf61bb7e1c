package bunstore

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"
)

// Writer returns the connections that units run on.
func (s *Store) Writer() *sql.DB { return s.write.DB }

// Reader returns the connections that everything else runs on.
func (s *Store) Reader() *sql.DB { return s.read.DB }

// OnQuery tells every statement of the store to fn.
func (s *Store) OnQuery(fn func(statement string)) {
	s.write = s.write.WithQueryHook(hook(fn))
	s.read = s.read.WithQueryHook(hook(fn))
}

type hook func(statement string)

func (hook) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (h hook) AfterQuery(_ context.Context, e *bun.QueryEvent) { h(e.Query) }

// These are tested by themselves, because the faults and forms that they are for are hard to bring about.
var (
	Translate     = translate
	ByResult      = byResult
	LockFile      = lockFile
	ParseInstant  = parseInstant
	FormatInstant = formatInstant
)
