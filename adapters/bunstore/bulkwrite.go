package bunstore

import (
	"context"

	"github.com/uptrace/bun/schema"
)

// bulkWriter is the statements that write many rows to PostgreSQL.
type bulkWriter struct {
	players       bulk[playerRow]
	insertPlayers string
	updatePlayers string

	snapshots       bulk[snapshotRow]
	insertSnapshots string
}

func newBulkWriter(tables *schema.Tables) *bulkWriter {
	w := &bulkWriter{players: newBulk[playerRow](tables), snapshots: newBulk[snapshotRow](tables, "id", "disregarded_by")}
	w.insertPlayers = "INSERT INTO players (" + w.players.names("") + ", updated_at) SELECT " + w.players.values() +
		", clock_timestamp() FROM " + w.players.from() + " ON CONFLICT (user_id) DO NOTHING"
	w.updatePlayers = "UPDATE players AS p SET " + w.players.assignments() + ", updated_at = clock_timestamp() FROM " + w.players.from() +
		" WHERE p.user_id = u.user_id AND p.version = u.version - 1"
	w.insertSnapshots = "INSERT INTO player_snapshots (" + w.snapshots.names("") + ") SELECT " + w.snapshots.values() + " FROM " +
		w.snapshots.from() + " ORDER BY u.place ON CONFLICT (principal, request_key) WHERE request_key IS NOT NULL DO NOTHING" +
		" RETURNING id, principal, coalesce(request_key, '')"
	return w
}

// insertPlayersInBulk is insertPlayers for PostgreSQL.
func (u *unit) insertPlayersInBulk(ctx context.Context, rows []playerRow) error {
	w := u.dialect.bulk
	result, err := u.tx.Tx.ExecContext(ctx, w.insertPlayers, w.players.arguments(rows)...)
	return mustTouch(len(rows), result, err)
}

// updatePlayersInBulk is updatePlayers for PostgreSQL.
func (u *unit) updatePlayersInBulk(ctx context.Context, rows []playerRow) error {
	w := u.dialect.bulk
	result, err := u.tx.Tx.ExecContext(ctx, w.updatePlayers, w.players.arguments(rows)...)
	return mustTouch(len(rows), result, err)
}

// insertSnapshotsInBulk adds the rows whose keys are new, in order, and returns what was added.
func (u *unit) insertSnapshotsInBulk(ctx context.Context, rows []snapshotRow) ([]keyedID, error) {
	w := u.dialect.bulk
	result, err := u.tx.Tx.QueryContext(ctx, w.insertSnapshots, w.snapshots.arguments(rows)...)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	added := make([]keyedID, 0, len(rows))
	for result.Next() {
		var row keyedID
		if err := result.Scan(&row.ID, &row.Principal, &row.RequestKey); err != nil {
			return nil, err
		}
		added = append(added, row)
	}
	return added, result.Err()
}
