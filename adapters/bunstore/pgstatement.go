package bunstore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgconn"
)

// pgStatement is a statement for PostgreSQL whose text never changes, so that the server reads and plans it once for a connection.
type pgStatement struct {
	name  string
	text  string
	types []uint32 // of its arguments

	plain bool // it is not worth preparing
}

// The statements around the others of a transaction.
var (
	pgBegin  = &pgStatement{text: "BEGIN", plain: true}
	pgCommit = &pgStatement{text: "COMMIT", plain: true}
)

// pgCall is a statement on its way, with what is done to each row of its result.
type pgCall struct {
	statement *pgStatement
	arguments [][]byte
	each      func(row [][]byte) // nil where no rows come; what it is given is not to be kept
	rows      int                // how many rows the statement must change, or there is a conflict; 0 for any number
	tag       string             // what the server must say that it did; "" for anything
}

// pgSession is a connection that statements are sent over.
type pgSession struct {
	*pgconn.PgConn

	// unprepared is set once a pooler turns out to stand before the server which does not keep the prepared statements of its clients
	// apart. Statements are read and planned each time then.
	unprepared *atomic.Bool
}

// run sends the calls in one go and reads what they return. After the first that fails the server does none.
func (s pgSession) run(ctx context.Context, calls ...*pgCall) error {
	err := s.send(ctx, calls)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code {
		case "26000", "42P05": // no such prepared statement; there is one of another client
			s.unprepared.Store(true)
		case "0A000": // the tables have other columns than when the statement was prepared
			s.forget()
		}
	}
	return err
}

func (s pgSession) send(ctx context.Context, calls []*pgCall) error {
	prepare := !s.unprepared.Load()
	described := make([]*pgconn.StatementDescription, len(calls))
	for i, call := range calls {
		if !prepare || call.statement.plain {
			continue
		}
		var err error
		if described[i], err = s.prepare(ctx, call.statement); err != nil {
			return err
		}
	}
	binary := []int16{1} // every argument and every column
	pipeline := s.StartPipeline(ctx)
	for i, call := range calls {
		if described[i] != nil {
			pipeline.SendQueryStatement(described[i], call.arguments, binary, binary)
		} else {
			pipeline.SendQueryParams(call.statement.text, call.arguments, call.statement.types, binary, binary)
		}
	}
	if err := pipeline.Sync(); err != nil {
		return closing(pipeline, err)
	}
	for _, call := range calls {
		if err := read(pipeline, call); err != nil {
			return closing(pipeline, err)
		}
	}
	return pipeline.Close()
}

// closing ends a pipeline that failed. Its own fault says no more than the first.
func closing(pipeline *pgconn.Pipeline, err error) error {
	pipeline.Close() //nolint:errcheck // see above
	return err
}

// read reads the result of a call.
func read(pipeline *pgconn.Pipeline, call *pgCall) error {
	result, err := pipeline.GetResults()
	if err != nil {
		return err
	}
	rows, ok := result.(*pgconn.ResultReader)
	if !ok {
		return fmt.Errorf("the server answered with a %T, want rows", result)
	}
	for rows.NextRow() {
		if call.each != nil {
			call.each(rows.Values())
		}
	}
	tag, err := rows.Close()
	switch {
	case err != nil:
		return err
	case call.rows > 0 && tag.RowsAffected() != int64(call.rows):
		return misses(tag.RowsAffected(), call.rows)
	case call.tag != "" && tag.String() != call.tag:
		return fmt.Errorf("the server answered %s with %s", call.tag, tag)
	}
	return nil
}

// prepared is a statement as a connection knows it.
type prepared struct {
	description *pgconn.StatementDescription
	used        int
}

// worn reports whether a statement that was used so often is prepared anew. The server settles on a plan after a few uses, by the size
// that tables have then: one that was made on an empty table must not last while the table fills.
func worn(used int) bool {
	switch used {
	case 16, 64, 256, 1024, 4096, 16384, 65536:
		return true
	}
	return false
}

// prepare makes the statement known to the connection, unless it is.
func (s pgSession) prepare(ctx context.Context, statement *pgStatement) (*pgconn.StatementDescription, error) {
	known := s.CustomData()
	p, ok := known[statement.name].(*prepared)
	if !ok {
		p = &prepared{}
		known[statement.name] = p
	}
	p.used++
	if p.description != nil && !worn(p.used) {
		return p.description, nil
	}
	if p.description != nil {
		if err := s.Deallocate(ctx, p.description.Name); err != nil {
			return nil, err
		}
	}
	var err error
	p.description, err = s.Prepare(ctx, "grps_"+statement.name, statement.text, statement.types)
	return p.description, err
}

// forget lets every statement be prepared anew.
func (s pgSession) forget() {
	for _, known := range s.CustomData() {
		if p, ok := known.(*prepared); ok {
			p.used = 65535 // so that the next use, worn, replaces it
		}
	}
}
