package bunstore

import (
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/uptrace/bun/schema"

	"github.com/grps/grps/domain"
)

// pgReports are the statements that reports and lookups go through on PostgreSQL.
type pgReports struct {
	players pgColumns[playerRow]
	read    pgLookup
	lock    pgLookup
	insert  pgWrite[playerRow]
	update  pgWrite[playerRow]

	append    pgWrite[snapshotRow] // those with a key that is stored already are left out
	appendNew pgWrite[snapshotRow] // they are an error
}

// pgLookup finds players by their ids: one of them, or many.
type pgLookup struct{ one, many *pgStatement }

// pgWrite writes rows: one of them, or many. Many would do for one too, but PostgreSQL expects an array of unknown length to be longer, and
// plans anew each time as long as shorter ones come. That takes as long as the statement.
type pgWrite[T any] struct {
	columns   pgColumns[T]
	one, many *pgStatement
}

func newPgReports(tables *schema.Tables) *pgReports {
	players, snapshots := newPgColumns[playerRow](tables), newPgColumns[snapshotRow](tables, "id", "disregarded_by")
	history := "INSERT INTO player_snapshots (" + snapshots.names("") + ") SELECT " + snapshots.names("u.") + " FROM "
	ids := " RETURNING id, principal, coalesce(request_key, '')"
	find := "SELECT " + players.names("") + " FROM players WHERE user_id = "
	return &pgReports{
		players: players,
		read:    newPgLookup("read_player", find, ""),
		lock:    newPgLookup("lock_player", find, " FOR UPDATE"),
		insert: newPgWrite("insert_player", players, "INSERT INTO players ("+players.names("")+", updated_at) SELECT "+
			players.names("u.")+", clock_timestamp() FROM ", ""),
		update: newPgWrite("update_player", players, "UPDATE players AS p SET "+players.assignments()+
			", updated_at = clock_timestamp() FROM ", " WHERE p.user_id = u.user_id AND p.version = u.version - 1"),
		append: newPgWrite("append_snapshot", snapshots, history,
			" ORDER BY u.place ON CONFLICT (principal, request_key) WHERE request_key IS NOT NULL DO NOTHING"+ids),
		appendNew: newPgWrite("append_new_snapshot", snapshots, history, " ORDER BY u.place"+ids),
	}
}

func newPgLookup(name, find, end string) pgLookup {
	return pgLookup{
		one:  &pgStatement{name: name, text: find + "$1" + end, types: []uint32{pgtype.Int8OID}},
		many: &pgStatement{name: name + "s", text: find + "ANY ($1) ORDER BY user_id" + end, types: []uint32{pgtype.Int8ArrayOID}},
	}
}

func newPgWrite[T any](name string, columns pgColumns[T], before, after string) pgWrite[T] {
	many, one := columns.types()
	return pgWrite[T]{
		columns: columns,
		one:     &pgStatement{name: name, text: before + columns.fromOne() + after, types: one},
		many:    &pgStatement{name: name + "s", text: before + columns.from() + after, types: many},
	}
}

func (l pgLookup) call(users []domain.UserID) *pgCall {
	if len(users) == 1 {
		return &pgCall{statement: l.one, arguments: [][]byte{int64Value(users[0].Int64())}}
	}
	return &pgCall{statement: l.many, arguments: [][]byte{int64Array(numbersOf(users))}}
}

func (w pgWrite[T]) call(rows []T) *pgCall {
	if len(rows) == 1 {
		return &pgCall{statement: w.one, arguments: w.columns.values(&rows[0])}
	}
	return &pgCall{statement: w.many, arguments: w.columns.arguments(rows)}
}

// find returns the call that reads the players, or locks them, and where it puts their standings, in ascending order.
func (r *pgReports) find(lookup pgLookup, users []domain.UserID) (*pgCall, func() ([]domain.Standing, error)) {
	standings := make([]domain.Standing, 0, len(users))
	var fault error
	call := lookup.call(users)
	call.each = func(values [][]byte) {
		var row playerRow
		r.players.scan(&row, values)
		standing, err := standingFromRow(row)
		if err != nil {
			fault = err
		}
		standings = append(standings, standing)
	}
	return call, func() ([]domain.Standing, error) { return standings, fault }
}

// save returns the calls that write players, which must then have touched as many rows as they hold.
func (r *pgReports) save(added, changed []playerRow) []*pgCall {
	var calls []*pgCall
	if len(added) > 0 {
		calls = append(calls, r.insert.call(added))
		calls[0].rows = len(added)
	}
	if len(changed) > 0 {
		calls = append(calls, r.update.call(changed))
		calls[len(calls)-1].rows = len(changed)
	}
	return calls
}
