package bunstore_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestAWalkTakesRowsThatOtherProgramsWroteAsTheyAre(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			rows := map[int64]string{
				1: "'2026-03-14T12:00:00Z'", 2: "'2026-03-14 12:00:00'", 3: "'2026-03-14 14:00:00+02:00'", 4: "'2026-03-14 13:30:00+02:00'",
				5: "'2026-03-14'", 6: "'2026-03-15'", 7: "'2026-03-14T11:59:59.999999Z'",
				-4: "'2026-03-14T12:00:00Z'", // what Studio calls its test players
				0:  "'2026-03-14T12:00:00Z'",
			}
			if !onPostgres(s) {
				rows[8], rows[9] = "'1 April, if he behaves'", "''"
			}
			rows[domain.MaxID+1] = "'2026-03-14T12:00:00Z'"
			for id, synced := range rows {
				execute(t, s, fmt.Sprintf(`INSERT INTO players (user_id, username, last_synced_at) VALUES (%d, 'p', %s)`, id, synced))
			}
			for since, want := range map[time.Time][]int64{
				{}: {1, 2, 3, 4, 5, 6, 7, 8, 9}, time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC): {1, 2, 3, 6},
			} {
				if onPostgres(s) {
					want = slices.DeleteFunc(want, func(id int64) bool { return id > 7 })
				}
				filter := ports.StandingFilter{SeenSince: since}
				standings, err := s.Standings(t.Context(), filter, domain.UserID{}, 20)
				var got []int64
				for _, standing := range standings {
					got = append(got, standing.UserID.Int64())
				}
				n, countErr := s.CountStandings(t.Context(), filter)
				if err != nil || countErr != nil || !slices.Equal(got, want) || n != int64(len(want)) {
					t.Errorf("since %s: got %v, a count of %d and errors %v and %v, want %v and none", since, got, n, err, countErr, want)
				}
			}
		})
	}
}
