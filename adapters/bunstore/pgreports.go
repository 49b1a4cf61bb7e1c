package bunstore

import (
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/uptrace/bun/schema"

	"github.com/grps/grps/domain"
)

// pgReports are the statements that reports and lookups go through on PostgreSQL.
type pgReports struct {
	players pgColumns[playerRow]
	read    *pgStatement
	lock    *pgStatement
	insert  *pgStatement
	update  *pgStatement

	snapshots pgColumns[snapshotRow]
	append    *pgStatement
}

func newPgReports(tables *schema.Tables) *pgReports {
	r := &pgReports{players: newPgColumns[playerRow](tables), snapshots: newPgColumns[snapshotRow](tables, "id", "disregarded_by")}
	users := []uint32{pgtype.Int8ArrayOID}
	read := "SELECT " + r.players.names("") + " FROM players WHERE user_id = ANY ($1) ORDER BY user_id"
	r.read = &pgStatement{"read_players", read, users}
	r.lock = &pgStatement{"lock_players", read + " FOR UPDATE", users}
	r.insert = &pgStatement{
		"insert_players", "INSERT INTO players (" + r.players.names("") + ", updated_at) SELECT " + r.players.names("u.") +
			", clock_timestamp() FROM " + r.players.from() + " ON CONFLICT (user_id) DO NOTHING", r.players.types(),
	}
	r.update = &pgStatement{
		"update_players", "UPDATE players AS p SET " + r.players.assignments() + ", updated_at = clock_timestamp() FROM " + r.players.from() +
			" WHERE p.user_id = u.user_id AND p.version = u.version - 1", r.players.types(),
	}
	r.append = &pgStatement{
		"append_snapshots", "INSERT INTO player_snapshots (" + r.snapshots.names("") + ") SELECT " + r.snapshots.names("u.") + " FROM " +
			r.snapshots.from() + " ORDER BY u.place ON CONFLICT (principal, request_key) WHERE request_key IS NOT NULL DO NOTHING" +
			" RETURNING id, principal, coalesce(request_key, '')", r.snapshots.types(),
	}
	return r
}

// find returns the call that reads the players, or locks them, and where it puts their standings, in ascending order.
func (r *pgReports) find(statement *pgStatement, users []domain.UserID) (*pgCall, func() ([]domain.Standing, error)) {
	standings := make([]domain.Standing, 0, len(users))
	var fault error
	call := &pgCall{statement: statement, arguments: [][]byte{int64Array(numbersOf(users))}, each: func(values [][]byte) {
		var row playerRow
		r.players.scan(&row, values)
		standing, err := standingFromRow(row)
		if err != nil {
			fault = err
		}
		standings = append(standings, standing)
	}}
	return call, func() ([]domain.Standing, error) { return standings, fault }
}

// save returns the calls that write players, which must then have touched as many rows as they hold.
func (r *pgReports) save(added, changed []playerRow) []*pgCall {
	var calls []*pgCall
	if len(added) > 0 {
		calls = append(calls, &pgCall{statement: r.insert, arguments: r.players.arguments(added), rows: len(added)})
	}
	if len(changed) > 0 {
		calls = append(calls, &pgCall{statement: r.update, arguments: r.players.arguments(changed), rows: len(changed)})
	}
	return calls
}

// add returns the call that adds snapshots whose keys are new, in order, and where it puts what was added.
func (r *pgReports) add(rows []snapshotRow) (*pgCall, *[]keyedID) {
	added := make([]keyedID, 0, len(rows))
	return &pgCall{statement: r.append, arguments: r.snapshots.arguments(rows), each: func(values [][]byte) {
		added = append(added, keyedID{ID: intOf(values[0]), Principal: string(values[1]), RequestKey: text(values[2])})
	}}, &added
}
