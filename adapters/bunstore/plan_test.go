package bunstore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// crowd fills a database with enough rows that reading all of them is never the better plan.
const crowd = 4000

func TestWhatIsAskedOftenIsAnsweredByAnIndex(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			fill(t, s)
			ctx := t.Context()
			place := ports.Mark{Points: crowd / 2, Kos: 1, User: user(77)}
			list := func(filter ports.DecisionFilter, before string) func() error {
				return func() error { _, err := s.Decisions(ctx, filter, before, 10); return err }
			}
			seek := func(filter ports.FindingFilter, before string) func() error {
				return func() error { _, err := s.Findings(ctx, filter, before, 10); return err }
			}
			for _, c := range []struct {
				name  string
				index string
				ask   func() error
			}{
				{"the best by points", "players_by_points", func() error { _, err := s.TopPlayers(ctx, ports.Mark{}, 25); return err }},
				{"the players behind a place", "players_by_points", func() error { _, err := s.TopPlayers(ctx, place, 25); return err }},
				{"the players before a place", "players_by_points", func() error { _, err := s.PlayersBefore(ctx, place, 25); return err }},
				{"how many are between", "players_by_points", func() error {
					_, err := s.CountBetween(ctx, ports.Mark{Points: place.Points + 5}, place)
					return err
				}},
				{"players by name", "players_by_name", func() error {
					_, err := s.SearchPlayers(ctx, ports.PlayerFilter{Name: "Xy"}, domain.UserID{}, 25)
					return err
				}},
				{"the next players by name", "players_by_name", func() error {
					_, err := s.SearchPlayers(ctx, ports.PlayerFilter{Name: "P"}, user(77), 25)
					return err
				}},
				{"the banned", "players_banned", func() error {
					_, err := s.SearchPlayers(ctx, ports.PlayerFilter{Status: ports.PlayerBanned}, user(77), 25)
					return err
				}},
				{"those on hold", "players_on_hold", func() error {
					_, err := s.SearchPlayers(ctx, ports.PlayerFilter{Status: ports.PlayerOnHold}, user(77), 25)
					return err
				}},
				{"the most kos", "players_by_kos", func() error { _, err := s.TopKos(ctx, 5); return err }},
				{"the most wos", "players_by_wos", func() error { _, err := s.TopWos(ctx, 5); return err }},
				{"a page of history", "player_snapshots_by_user", func() error {
					_, err := s.Snapshots(ctx, user(77), 3000, 10)
					return err
				}},
				{"what is due", "outbox_claims", func() error { _, err := s.Claim(ctx, ports.AnyLane(10), time.Second); return err }},
				{"what webhooks are told", "outbox_by_sink", func() error { _, err := s.ClaimWebhooks(ctx, []string{"7"}, time.Second); return err }},
				{"what was given up", "outbox_dead", func() error { _, err := s.DeadEntries(ctx, ports.DeadFilter{}, 3000, 10); return err }},
				{"what waits for a player", "outbox_by_user", func() error {
					return s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
						_, err := w.Waiting(ctx, user(77))
						return err
					})
				}},
				{"answers to keys", "player_snapshots_by_request", func() error {
					return s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
						_, err := w.Answers(ctx, []ports.RequestKey{{Principal: "arena", Key: "7"}, {Principal: "arena", Key: "8"}})
						return err
					})
				}},
				{"open decisions", "decisions_open", func() error {
					return s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
						_, err := w.OpenDecisions(ctx, []domain.UserID{user(77), user(78)})
						return err
					})
				}},
				{"releases that are due", "players_by_release", func() error { _, err := s.DueReleases(ctx, ports.Due{}, 10); return err }},
				{"releases behind one", "players_by_release", func() error {
					_, err := s.DueReleases(ctx, ports.Due{User: user(77), Place: "2026-03-01T10:00:00.000000Z"}, 10)
					return err
				}},
				{"whose decision is held", "decisions_by_status", func() error { _, err := s.HeldPlayers(ctx, ports.Due{}, 10); return err }},
				{"how many decisions are held", "decisions_by_status", func() error { _, err := s.CountHeld(ctx); return err }},
				{"approvals that are due", "decisions_by_wait", func() error { _, err := s.DueApprovals(ctx, time.Hour, ports.Due{}, 10); return err }},
				{"approvals behind one", "decisions_by_wait", func() error {
					_, err := s.DueApprovals(ctx, time.Hour, ports.Due{User: user(77), Decision: "77", Place: "2026-03-01T10:00:00.000000Z"}, 10)
					return err
				}},
				{"held decisions behind one", "decisions_by_status", func() error {
					_, err := s.HeldPlayers(ctx, ports.Due{User: user(77), Decision: "77"}, 10)
					return err
				}},
				{"what a sweep found", byKey(s, "sweep_differences"), func() error { _, err := s.Differences(ctx, "7", user(77), 10); return err }},
				{"what a rewind comes to", byKey(s, "rewound_players"), func() error {
					_, err := s.Rewound(ctx, "7", []ports.RewoundOutcome{ports.RewoundChanged}, user(77), 10)
					return err
				}},
				{"the first report that does not count", "player_snapshots_disregarded", func() error {
					_, err := s.FirstDisregarded(ctx, user(77))
					return err
				}},
				{"the reports of a stretch", byKey(s, "player_snapshots"), func() error {
					_, err := s.ScopedSnapshots(ctx, ports.SnapshotScope{
						Principal: "arena", Experience: "7", Server: "7", Since: time.Unix(0, 0),
					}, 100, 110)
					return err
				}},
				{"the reports of a key in a stretch", byKey(s, "player_snapshots"), func() error {
					_, err := s.DeliveredBy(ctx, "arena", 100, 110)
					return err
				}},
				{"where reports of a time begin", byKey(s, "player_snapshots"), func() error {
					_, _, err := s.SnapshotSpan(ctx, time.Now().Add(time.Hour))
					return err
				}},
				{"a history from a report on", "player_snapshots_by_user", func() error {
					return s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
						_, err := w.SnapshotsFrom(ctx, user(77), 3000, 10)
						return err
					})
				}},
				{"the bound of the newest report", "player_snapshots_by_user", func() error {
					return s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
						_, err := w.LatestBound(ctx, user(77))
						return err
					})
				}},
				{"what a decision came to", byKey(s, "decision_transitions"), func() error { _, err := s.Transitions(ctx, "77"); return err }},
				{"the newest findings", byKey(s, "findings"), seek(ports.FindingFilter{}, "77")},
				{"findings about a user", "findings_by_user", seek(ports.FindingFilter{User: user(77), Kind: domain.FindingFell}, "77")},
				{"findings of a rare kind", "findings_by_kind", seek(ports.FindingFilter{Kind: domain.FindingGrowth}, "77")},
				{"the newest decisions", byKey(s, "decisions"), list(ports.DecisionFilter{}, "")},
				{"a page of decisions", byKey(s, "decisions"), list(ports.DecisionFilter{}, "77")},
				{"decisions of a user", "decisions_by_user", list(ports.DecisionFilter{User: user(77)}, "77")},
				{"decisions of an actor", "decisions_by_actor", list(ports.DecisionFilter{Actor: user(77)}, "77")},
				{"decisions of a policy", "decisions_by_policy", list(ports.DecisionFilter{Policy: "rare"}, "77")},
				{"decisions of a policy in a span", "decisions_by_policy", list(ports.DecisionFilter{
					Policy: "rare", Since: time.Unix(0, 0), Until: time.Now().Add(time.Hour),
				}, "77")},
				{"decisions of a user from one on", "decisions_by_user", func() error {
					return s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
						_, err := w.DecisionsFrom(ctx, user(77), "77", 10)
						return err
					})
				}},
				{"decisions of a review", "decisions_by_review", list(ports.DecisionFilter{Review: "review"}, "77")},
				{"a page of players", byKey(s, "players"), func() error {
					_, err := s.Standings(ctx, ports.StandingFilter{}, user(77), 10)
					return err
				}},
				{"a page of some players", byKey(s, "players"), func() error {
					_, err := s.Standings(ctx, ports.StandingFilter{
						Ranks: []string{"", "Low"}, MinPoints: domain.CountOf(5), SeenSince: time.Unix(0, 0),
					}, user(77), 10)
					return err
				}},
				{"a page of sweeps", "sweeps_by_kind", func() error { _, err := s.Sweeps(ctx, ports.SweepReview, "77", 10); return err }},
				{"the sweep under way", "sweeps_under_way", func() error { _, _, err := s.SweepUnderWay(ctx, ports.SweepReview); return err }},
				{"a sweep to work on", "sweeps_under_way", func() error {
					_, _, err := s.ClaimSweep(ctx, ports.SweepReview, time.Second)
					return err
				}},
				{"decisions of a rare status", "decisions_by_status", list(ports.DecisionFilter{Status: domain.StatusFailed}, "77")},
				{"decisions of a common status", byKey(s, "decisions"), list(ports.DecisionFilter{Status: domain.StatusApplied}, "77")},
			} {
				t.Run(c.name, func(t *testing.T) {
					plan := explain(t, s, c.ask)
					if !strings.Contains(plan, c.index) {
						t.Errorf("got the plan\n%s\nwant one that uses %s", plan, c.index)
					}
					for _, slow := range []string{
						"Seq Scan on players", "Seq Scan on player_snapshots", "Seq Scan on decision", "Seq Scan on sweeps", "USE TEMP B-TREE", "Seq Scan on findings", "SCAN f\n",
						"SCAN p\n", "SCAN s\n", "SCAN d\n", "SCAN t\n", "Seq Scan on outbox o", "Seq Scan on outbox s", "Seq Scan on outbox a", "SCAN o\n", "SCAN a\n",
					} {
						if strings.Contains(plan, slow) {
							t.Errorf("got the plan\n%s\nwant one without %q", plan, slow)
						}
					}
				})
			}
		})
	}
}

// byKey returns how the index of a table's primary key is called in a plan.
func byKey(s *bunstore.Store, table string) string {
	if onPostgres(s) {
		return table + "_pkey"
	}
	return map[string]string{
		"decisions": "sqlite_autoindex_decisions_1", "decision_transitions": "PRIMARY KEY", "sweep_differences": "PRIMARY KEY", "players": "INTEGER PRIMARY KEY",
		"rewound_players": "PRIMARY KEY", "findings": "sqlite_autoindex_findings_1", "player_snapshots": "INTEGER PRIMARY KEY",
	}[table]
}

// explain returns how the database goes about the statements that ask makes.
func explain(t *testing.T, s *bunstore.Store, ask func() error) string {
	t.Helper()
	var statements []string
	s.OnQuery(func(statement string) { statements = append(statements, statement) })
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	var plan strings.Builder
	for _, statement := range statements {
		verb := strings.ToUpper(strings.Fields(statement)[0])
		if verb != "SELECT" && verb != "WITH" {
			continue
		}
		explanation := "EXPLAIN " + statement
		if !onPostgres(s) {
			explanation = "EXPLAIN QUERY PLAN " + statement
		}
		for _, line := range lastColumn(t, s, explanation) {
			fmt.Fprintln(&plan, line)
		}
	}
	return plan.String()
}

// lastColumn returns the last column of a query's rows: where both databases put the steps of a plan.
func lastColumn(t *testing.T, s *bunstore.Store, query string) []string {
	t.Helper()
	rows, err := s.Writer().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for rows.Next() {
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(any)
		}
		if err := rows.Scan(row...); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(*row[len(row)-1].(*any)))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// fill adds a crowd of players with a history, and gives the planner its figures.
func fill(t *testing.T, s *bunstore.Store) {
	t.Helper()
	numbers := fmt.Sprintf("WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d) ", crowd)
	cast := ""
	if onPostgres(s) {
		cast = "::timestamptz"
	}
	for _, statement := range []string{
		`INSERT INTO players (user_id, username, rank_points, kos, wos, punishment_status, punishment_expires_at)
			` + numbers + `SELECT n, 'p', n % 997, n % 89, n % 83,
				CASE WHEN n % 10 = 0 THEN 'Punishment_Severe' WHEN n % 40 = 1 THEN 'Trial_Punishment' END,
				CASE WHEN n % 80 = 1 THEN '2026-03-01T10:00:00.000000Z' WHEN n % 40 = 1 THEN '2199-03-01T10:00:00.000000Z' END` + cast + ` FROM numbers`,
		`INSERT INTO player_snapshots (user_id, payload, principal, request_key)
			` + numbers + `SELECT n % 100, '{}', 'arena', CAST(n AS TEXT) FROM numbers`,
		`INSERT INTO decisions (id, user_id, action, from_rank, to_rank, reason_code, status, actor_user_id, policy_revision, review_id)
			` + numbers + `SELECT CAST(n AS TEXT), n, 'NONE', '', '', '',
				CASE WHEN n % 10 = 0 THEN 'pending' WHEN n % 100 = 7 THEN 'failed' ELSE 'applied' END,
				CASE WHEN n % 20 = 7 THEN 77 END, CASE WHEN n % 20 = 3 THEN 'rare' ELSE 'common' END,
				CASE WHEN n % 20 = 5 THEN 'review' END FROM numbers`,
		`INSERT INTO sweeps (id, kind, state, created_at, updated_at)
			` + numbers + `SELECT CAST(n AS TEXT), CASE WHEN n % 3 = 0 THEN 'review' ELSE 'reconcile' END,
				CASE WHEN n = 3 THEN 'queued' ELSE 'done' END, '2026-03-01T10:00:00.000000Z'` + cast + `, '2026-03-01T10:00:00.000000Z'` + cast + ` FROM numbers`,
		`INSERT INTO sweep_differences (sweep_id, user_id, recorded, outcome)
			` + numbers + `SELECT CAST(n % 50 AS TEXT), n, '', 'same' FROM numbers`,
		`INSERT INTO rewound_players (sweep_id, user_id, first_snapshot, snapshots, outcome)
			` + numbers + `SELECT CAST(n % 50 AS TEXT), n, 1, 1, CASE WHEN n % 3 = 0 THEN 'changed' ELSE 'same' END FROM numbers`,
		`INSERT INTO findings (id, user_id, kind, found_at, observed_at, details)
			` + numbers + `SELECT CAST(n AS TEXT), n, CASE WHEN n % 100 = 7 THEN 'points_growth' ELSE 'points_fell' END,
				'2026-03-01T10:00:00.000000Z'` + cast + `, '2026-03-01T10:00:00.000000Z'` + cast + `, '{}' FROM numbers`,
		`UPDATE player_snapshots SET disregarded_by = 'rewind' WHERE id % 20 = 7`,
		`INSERT INTO decision_transitions (decision_id, position, status, at) SELECT id, 1, status, created_at FROM decisions`,
		`INSERT INTO outbox (user_id, kind, wish)
			` + numbers + `SELECT n, 'mirror', 1 FROM numbers`,
		`INSERT INTO outbox (user_id, kind, target, wish, sink, dead)
			` + numbers + `SELECT n % 100, 'webhook', CAST(n AS TEXT), 1 + n, CAST(n % 7 AS TEXT), n % 50 = 0 FROM numbers`,
		`ANALYZE`,
	} {
		execute(t, s, statement)
	}
}
