package bunstore_test

import (
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/adapters/bunstore/pgtest"
)

func TestInstantsThatOtherProgramsWroteAreReadAsFarAsTheyCanBe(t *testing.T) {
	s, err := bunstore.OpenPostgres(t.Context(), bunstore.PostgresOptions{DSN: pgtest.Empty(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, test := range []struct {
		written string
		want    time.Time
	}{
		{"2026-03-14 12:30:15.5+00", time.Date(2026, 3, 14, 12, 30, 15, 500_000_000, time.UTC)},
		{"1999-12-31 23:59:59.999999+00", time.Date(1999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)},
		{"0001-01-01 00:00:00.000001+00", time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC)},
		{"9999-12-31 23:59:59.999999+00", time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)},
		{"10000-01-01 00:00:00+00", time.Time{}},
		{"0001-12-31 23:59:59 BC", time.Time{}},
		{"0044-03-15 12:00:00 BC", time.Time{}},
		{"infinity", time.Time{}},
		{"-infinity", time.Time{}},
	} {
		id := int64(i) + 1
		_, err := s.Writer().ExecContext(t.Context(),
			"INSERT INTO players (user_id, username, last_synced_at) VALUES ($1, 'Kel', $2)", id, test.written)
		if err != nil {
			t.Fatal(err)
		}
		standing, err := s.Standing(t.Context(), user(id))
		if err != nil || !standing.LastSyncedAt.Equal(test.want) {
			t.Errorf("%s: got %v and error %v, want %v", test.written, standing.LastSyncedAt, err, test.want)
		}
	}
}
