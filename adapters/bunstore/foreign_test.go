package bunstore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The columns that other programs know, with the types that PostgreSQL shows for them, and ? behind the nullable ones.
const (
	fixedPlayers = `user_id bigint, username text, display_name text?, rank text, previous_rank text?, next_rank text?, rank_points integer,
		kos integer, wos integer, warnings integer, recommendations integer, privileged boolean, punishment_status text?,
		punishment_expires_at timestamp with time zone?, metadata jsonb?, created_at timestamp with time zone,
		last_synced_at timestamp with time zone, updated_at timestamp with time zone`
	fixedSnapshots = `id bigint, user_id bigint, payload jsonb, source text, experience_key text?, actor_user_id bigint?,
		created_at timestamp with time zone`
)

func TestTheColumnsThatOtherProgramsKnowAreFixed(t *testing.T) {
	db := databases()[0]
	s := db.open(t, db.fresh(t))
	for table, list := range map[string]string{"players": fixedPlayers, "player_snapshots": fixedSnapshots} {
		fixed := strings.Split(strings.Join(strings.Fields(list), " "), ", ")
		columns := texts(t, s, `SELECT column_name || ' ' || data_type || CASE WHEN is_nullable = 'YES' THEN '?' ELSE '' END
			FROM information_schema.columns WHERE table_name = '`+table+`' ORDER BY ordinal_position`)
		if diff := cmp.Diff(fixed, columns[:len(fixed)]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", table, diff)
		}
		free := texts(t, s, `SELECT column_name::text FROM information_schema.columns
			WHERE table_name = '`+table+`' AND is_nullable = 'NO' AND column_default IS NULL ORDER BY ordinal_position`)
		for _, column := range free {
			if !slices.ContainsFunc(fixed, func(f string) bool { return strings.HasPrefix(f, column+" ") }) {
				t.Errorf("%s.%s: got a column that a program which does not know it cannot leave out, want a default or NULL", table, column)
			}
		}
	}
}

// foreignInsert is how a program writes a player that knows the fixed columns only.
func foreignInsert(s *bunstore.Store, id int64, rank string, points int64, punishment, metadata string) string {
	yes := "TRUE"
	if !onPostgres(s) {
		yes = "1"
	}
	return fmt.Sprintf(`INSERT INTO players (user_id, username, display_name, rank, previous_rank, next_rank, rank_points, kos, wos,
			warnings, recommendations, privileged, punishment_status, punishment_expires_at, metadata, created_at, last_synced_at, updated_at)
		VALUES (%d, 'Foreign_%d', NULL, '%s', NULL, 'Nowhere', %d, -3, 7, 2, 0, %s, %s, '2026-04-01 10:00:00', %s,
			'2026-03-01 10:00:00', '2026-03-02 10:00:00.25', '2026-03-02 10:00:00')`, id, id, rank, points, yes, punishment, metadata)
}

func TestAPlayerThatAnotherProgramInsertedLoadsRanksAndIsSaved(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			execute(t, s,
				foreignInsert(s, 7, "Grand Poobah", -20, "'Under_Observation'", `'{"a": [1, 2]}'`),
				foreignInsert(s, 8, "Storm Corporal I", 500, "'Trial_Punishment'", `'[1, 2]'`),
				foreignInsert(s, 9, "Storm Corporal I", 900, "'PUNISHMENT_SEVERE'", `NULL`),
				foreignInsert(s, -4, "Storm Corporal I", 999, "NULL", `NULL`), // what Studio calls its test players
				`INSERT INTO players (user_id, username) VALUES (10, 'Bare')`,
			)
			want := domain.Standing{
				UserID: user(7), Version: 1, Username: "Foreign_7", Rank: "Grand Poobah", Points: -20, Kos: -3, Wos: 7, Warnings: 2,
				CreatedAt:    time.Date(2026, time.March, 1, 10, 0, 0, 0, time.UTC),
				LastSyncedAt: time.Date(2026, time.March, 2, 10, 0, 0, 250_000_000, time.UTC),
				Metadata:     `{"a":[1,2]}`,
			}
			if got := standing(t, s, 7); got != want {
				t.Errorf("a player with a punishment that means nothing here:\ngot  %+v\nwant %+v", got, want)
			}
			until := time.Date(2026, time.April, 1, 10, 0, 0, 0, time.UTC)
			if got := standing(t, s, 8); got.Punishment != (domain.Punishment{Status: domain.PunishmentTrial, Until: until}) || got.Metadata != "" {
				t.Errorf("a suspended player whose metadata is a list: got %+v and metadata %q, want the suspension and none",
					got.Punishment, got.Metadata)
			}
			if got := standing(t, s, 10); time.Since(got.CreatedAt).Abs() > time.Hour || got.Version != 1 {
				t.Errorf("a bare player: got version %d, created at %v, want 1 and now", got.Version, got.CreatedAt)
			}

			top, err := s.TopPlayers(t.Context(), ports.Mark{}, 10)
			if got := ids(top); err != nil || !slices.Equal(got, []int64{8, 10, 7}) {
				t.Errorf("TopPlayers: got %v and error %v, want players 8, 10 and 7: no banned ones, and no numbers that are no ids", got, err)
			}
			if kos, err := s.TopKos(t.Context(), 10); err != nil || len(kos) > 0 {
				t.Errorf("TopKos: got %v and error %v, want nobody with less than one", kos, err)
			}

			want.Points, want.Metadata = 30, ""
			write(t, s, func(ctx context.Context, w ports.Writer) error {
				locked, err := w.LockStandings(ctx, []domain.UserID{user(7)})
				if err != nil {
					return err
				}
				locked[0].Points, locked[0].Metadata = 30, ""
				return w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: locked[0]}})
			})
			want.Version = 2
			if got := standing(t, s, 7); got != want {
				t.Errorf("saved:\ngot  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestAPlayerThatAnotherProgramChangedKeepsWhatOnlyGRPSKnows(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			at := time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC)
			saved := domain.Standing{
				UserID: user(7), Username: "Ours", Rank: "Volt Specialist II", FormerRank: "Shock Trooper II", RankSince: at,
				Left: domain.TrailOf("Shock Trooper II"), Warnings: 4, Served: 4, Hold: true, DecidedAt: at, ObservedAt: at, CreatedAt: at,
				LastSyncedAt: at,
			}
			write(t, s, func(ctx context.Context, w ports.Writer) error {
				return w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: saved}})
			})
			execute(t, s, `UPDATE players SET rank_points = 5, punishment_status = 'Punishment_Severe', metadata = '"text"',
				growth = '5 what is this' WHERE user_id = 7`)

			want := saved
			want.Version, want.Points, want.Punishment = 1, 5, domain.Punishment{Status: domain.PunishmentSevere}
			want.Growth = domain.GrowthOf("5 what is this") // which is none
			if got := standing(t, s, 7); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestSnapshotsThatAnotherProgramWroteAreListed(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			for _, payload := range []string{
				`{"userId": "7", "username": "Seven", "rankPoints": "12", "kos": 1.5, "warnings": null, "observedAt": "yesterday", "metadata": 5}`,
				`["what is this"]`,
				`"nothing"`,
			} {
				execute(t, s, `INSERT INTO player_snapshots (user_id, payload, source, experience_key, actor_user_id, created_at)
				VALUES (7, '`+payload+`', 'importer', NULL, -1, '2026-03-01 10:00:00')`)
			}
			execute(t, s, `INSERT INTO player_snapshots (user_id) VALUES (7)`)

			got, err := s.Snapshots(t.Context(), user(7), 0, 10)
			if err != nil || len(got) != 4 {
				t.Fatalf("Snapshots: got %d records and error %v, want 4 and none", len(got), err)
			}
			if source := got[0].Source; source != ports.SourceGame {
				t.Errorf("the bare row: got source %q, want %q", source, ports.SourceGame)
			}
			readable := got[3]
			want := domain.Report{UserID: user(7), Username: "Seven", Points: 12}
			if report := readable.Snapshot.Report(); report != want {
				t.Errorf("got  %+v\nwant %+v", report, want)
			}
			if at := time.Date(2026, time.March, 1, 10, 0, 0, 0, time.UTC); readable.Snapshot.Received() != at || readable.Source != "importer" {
				t.Errorf("got %q received at %v, want importer at %v", readable.Source, readable.Snapshot.Received(), at)
			}
			if readable.Outcome != domain.FoldUpdated || !readable.Actor.IsZero() || readable.Request != (ports.RequestKey{}) {
				t.Errorf("got outcome %s, actor %s and request %+v, want updated, nobody and none",
					readable.Outcome, readable.Actor, readable.Request)
			}
		})
	}
}

func TestAPayloadReadsLikeTheBodyThatAGameSends(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			universe, err := domain.NewUniverseID(11)
			if err != nil {
				t.Fatal(err)
			}
			at := time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC)
			snapshot, err := domain.RestoreSnapshot(domain.Report{
				UserID: user(7), Username: "Seven", DisplayName: "7", Rank: "Shock Trooper II", Points: 1, Kos: 2, Wos: 3,
				Warnings: domain.CountOf(0), Recommendations: domain.CountOf(5), Punishment: domain.PunishmentTrial, PunishmentUntil: at,
				Experience: domain.Experience{Universe: universe, PlaceID: 12, Server: "s", Key: "k"}, GroupID: 13, Metadata: `{"m":1}`, ObservedAt: at,
			}, at)
			if err != nil {
				t.Fatal(err)
			}
			write(t, s, func(ctx context.Context, w ports.Writer) error {
				_, err := w.AppendSnapshots(ctx, []ports.SnapshotRecord{{Snapshot: snapshot, Source: ports.SourceGame}})
				return err
			})
			// A dashboard asks the database, in the words of the HTTP contract.
			for path, want := range map[string]string{
				"userId": "7", "username": "Seven", "displayName": "7", "rank": "Shock Trooper II", "rankPoints": "1", "kos": "2", "wos": "3",
				"warnings": "0", "recommendations": "5", "punishmentStatus": "Trial_Punishment",
				"punishmentExpiresAt": "2026-03-14T12:00:00.000000Z", "experience.universeId": "11", "experience.placeId": "12",
				"experience.server": "s", "experience.experienceKey": "k", "groupId": "13", "metadata.m": "1",
				"observedAt": "2026-03-14T12:00:00.000000Z",
			} {
				query := fmt.Sprintf("SELECT CAST(json_extract(payload, '$.%s') AS TEXT) FROM player_snapshots", path)
				if onPostgres(s) {
					query = fmt.Sprintf("SELECT payload #>> '{%s}' FROM player_snapshots", strings.ReplaceAll(path, ".", ","))
				}
				if got := texts(t, s, query); !slices.Equal(got, []string{want}) {
					t.Errorf("%s: got %q, want %q", path, got, want)
				}
			}
		})
	}
}

func standing(t *testing.T, s *bunstore.Store, n int64) domain.Standing {
	t.Helper()
	got, err := s.Standing(t.Context(), user(n))
	if err != nil {
		t.Fatalf("Standing(%d): got error %v, want none", n, err)
	}
	return got
}

func ids(entries []ports.LeaderboardEntry) []int64 {
	var all []int64
	for _, e := range entries {
		all = append(all, e.UserID.Int64())
	}
	return all
}

func TestARefusalThatNobodyHereWroteIsNone(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			documents := []string{`[1]`, `{"action": 5}`, `{"action": "KICK", "fromRank": "a", "targetRank": "b", "until": "2199-01-01T00:00:00Z"}`, `"text"`}
			for i, text := range documents {
				execute(t, s, fmt.Sprintf(`INSERT INTO players (user_id, username, rejected) VALUES (%d, 'Foreign', '%s')`, 100+i, text))
				if got := standing(t, s, int64(100+i)).Rejected; got != (domain.Rejection{}) {
					t.Errorf("%s: got the refusal %+v, want none", text, got)
				}
			}
		})
	}
}
