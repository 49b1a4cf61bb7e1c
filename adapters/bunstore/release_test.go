package bunstore_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/grps/grps/ports"
)

func TestReleasesAreDueOfSuspensionsThatOtherProgramsWrote(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			hour := func(away time.Duration, layout string) string {
				return "'" + time.Now().UTC().Add(away*time.Hour).Format(layout) + "'"
			}
			west := time.FixedZone("", -11*60*60)
			rows := []struct {
				id              int64
				status, expires string
			}{
				{1, "'trial_punishment'", "'2026-03-01T10:00:00Z'"},
				{2, "'TRIAL_PUNISHMENT'", "'2026-03-02 10:00:00'"},
				{3, "'Trial_Punishment'", "'2026-03-03 10:00:00.25+02:00'"},
				{4, "'Trial_Punishment'", hour(-1, time.DateTime)},
				{5, "'Trial_Punishment'", hour(1, time.DateTime)}, // the same day as now, mostly
				{6, "'Trial_Punishment'", "'" + time.Now().Add(time.Hour).In(west).Format(time.RFC3339) + "'"},
				{7, "'Trial_Punishment'", "NULL"},
				{8, "'Under_Observation'", "'2026-03-01T10:00:00Z'"},
				{9, "'Punishment_Severe'", "'2026-03-01T10:00:00Z'"},
				{10, "'None'", "'2026-03-01T10:00:00Z'"},
				{11, "NULL", "'2026-03-01T10:00:00Z'"},
				{-4, "'Trial_Punishment'", "'2026-03-01T10:00:00Z'"}, // what Studio calls its test players
				{0, "'Trial_Punishment'", "'2026-03-01T10:00:00Z'"},
			}
			if onPostgres(s) {
				rows = append(rows, rows[6], rows[6])
				rows[13].id, rows[13].expires = 12, "'-infinity'"
				rows[14].id, rows[14].expires = 13, "'infinity'"
			} else {
				rows = append(rows, rows[6], rows[6])
				rows[13].id, rows[13].expires = 12, "'1 April, if he behaves'"
				rows[14].id, rows[14].expires = 13, "''"
			}
			for _, r := range rows {
				execute(t, s, fmt.Sprintf(`INSERT INTO players (user_id, username, punishment_status, punishment_expires_at)
					VALUES (%d, 'p', %s, %s)`, r.id, r.status, r.expires))
			}
			due, err := s.DueReleases(t.Context(), ports.Due{}, 20)
			var got []int64
			for _, d := range due {
				got = append(got, d.User.Int64())
			}
			if want := []int64{1, 2, 3, 4}; err != nil || !slices.Equal(got, want) {
				t.Errorf("DueReleases: got %v and error %v, want %v: suspensions in any case of letters whose end has passed", got, err, want)
			}
			for i, d := range due { // each in the form in which it was written
				next, err := s.DueReleases(t.Context(), d, 1)
				if behind := due[i+1:]; err != nil || len(next) > 0 != (len(behind) > 0) || len(next) > 0 && next[0] != behind[0] {
					t.Errorf("DueReleases behind %+v: got %+v and error %v, want the first of %+v", d, next, err, behind)
				}
			}
		})
	}
}
