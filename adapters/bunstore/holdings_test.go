package bunstore_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/grps/grps/adapters/bunstore"
)

// impersonal is every column that says nothing about a person, of the tables whose rows do not go with somebody. A new column stands here, or
// holdings.go says what becomes of it when somebody is erased.
const impersonal = `
	decisions             id action from_rank to_rank reason_code until needs_approval policy_revision status apply overtakes principal
	decisions             created_at updated_at origin undoes review_id hold
	decision_transitions  decision_id position status at principal
	sweeps                id kind filter apply principal request_id schedule state phase place policy_revision found reasons decided
	sweeps                total scanned pace term leased_until created_at started_at updated_at ended_at
	automation            id state since principal tally
	policies              revision documents first_used_at
	budgets               name state changed_at
	nonces                nonce kept_until
	erasures              id mark key_id notification_id principal state banned asked_at ended_at
	erasure_key           id secret
	goose_db_version      id version_id is_applied tstamp
`

func TestEveryColumnIsKnownToTheErasure(t *testing.T) {
	listing := map[string]string{
		"postgres": "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()",
		"sqlite": "SELECT m.name || '.' || c.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c " +
			"WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
	}
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			known, whole := bunstore.HeldColumns()
			for line := range strings.Lines(impersonal) {
				words := strings.Fields(line)
				for i, column := range words {
					if i > 0 {
						known[words[0]+"."+column] = true
					}
				}
			}
			columns := texts(t, db.open(t, db.fresh(t)), listing[db.name])
			for _, column := range columns {
				table, _, _ := strings.Cut(column, ".")
				if !known[column] && !whole[table] {
					t.Errorf("%s: got a column that nobody thought of when somebody is erased, want it in holdings.go or among those here "+
						"that say nothing about a person", column)
				}
			}
			for column := range known {
				if !slices.Contains(columns, column) {
					t.Errorf("%s: got no such column, want what is known of it to go too", column)
				}
			}
		})
	}
}

func TestEveryDocumentIsShownAsWhatItHolds(t *testing.T) {
	columns := texts(t, openPostgres(t, freshPostgres(t)),
		"SELECT DISTINCT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND data_type = 'jsonb' ORDER BY 1")
	shown := bunstore.Documents()
	slices.Sort(shown)
	if !slices.Equal(shown, columns) {
		t.Errorf("got %q, want the columns that hold JSON: %q", shown, columns)
	}
}
