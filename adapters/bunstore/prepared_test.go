package bunstore_test

import (
	"context"
	"testing"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/adapters/bunstore/pgtest"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// A pooler that gives each transaction another connection loses prepared statements on the way, or meets those of its other clients. The
// first unit to notice may be told to come again; from then on the store does without.
func TestStatementsThatArePreparedMayBeLost(t *testing.T) {
	for name, lose := range map[string]string{
		"they are gone": "DEALLOCATE ALL",
		"the tables changed under them": "ALTER TABLE players ALTER COLUMN username TYPE varchar(64), " +
			"ALTER COLUMN display_name TYPE varchar(64)",
	} {
		t.Run(name, func(t *testing.T) {
			s, err := bunstore.OpenPostgres(t.Context(), bunstore.PostgresOptions{DSN: pgtest.Empty(t), MaxConns: 1})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			report := func() error {
				return s.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
					known, err := w.LockStandings(ctx, []domain.UserID{user(1)})
					if err != nil {
						return err
					}
					standing := domain.Standing{UserID: user(1), Username: "Kel"}
					if len(known) > 0 {
						standing = known[0]
					}
					standing.Points++
					return w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: standing}})
				})
			}
			for range 3 {
				if err := report(); err != nil {
					t.Fatalf("Write before: %v", err)
				}
			}
			if _, err := s.Writer().ExecContext(t.Context(), lose); err != nil {
				t.Fatal(err)
			}
			lost := 0
			for range 4 { // as often as the application begins a unit
				err := report()
				if err == nil {
					break
				}
				if domain.KindOf(err) != domain.KindConflict {
					t.Fatalf("Write after: got %v, want success or a conflict", err)
				}
				lost++
			}
			if err := report(); err != nil {
				t.Fatalf("Write after %d conflicts: %v", lost, err)
			}
			if lost == 0 {
				t.Error("no unit noticed; the test tests nothing")
			}
			standing, err := s.Standing(t.Context(), user(1))
			if err != nil || standing.Points != 5 || standing.Username != "Kel" {
				t.Errorf("Standing: got %d points of %q and %v, want 5 of Kel", standing.Points, standing.Username, err)
			}
		})
	}
}
