package bunstore_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestTheSwitchIsMadeAnewWhenItsRowIsGone(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			execute(t, s, `DELETE FROM automation`)
			if a, err := s.Automation(t.Context()); err != nil || a != (domain.Automation{}) {
				t.Errorf("got %+v and error %v, want one that runs and none", a, err)
			}
			want := domain.Automation{State: domain.AutomationStopped, Reason: "drill"}
			err := s.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
				if _, _, err := w.LockAutomation(ctx); err != nil {
					return err
				}
				return w.SaveAutomation(ctx, want)
			})
			if err != nil {
				t.Fatal(err)
			}
			got, err := s.Automation(t.Context())
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b domain.Automation) bool { return a == b })); err != nil || diff != "" {
				t.Errorf("error %v, the switch (-want +got):\n%s", err, diff)
			}
		})
	}
}

// A later release may write a state that this one does not know. It must not go on as if nothing was.
func TestAStateThatIsNotKnownIsAStop(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			execute(t, s, `UPDATE automation SET state = 'winding down'`)
			if a, err := s.Automation(t.Context()); err != nil || a.State != domain.AutomationStopped {
				t.Errorf("got %s and error %v, want stopped and none", a.State, err)
			}
		})
	}
}

func TestManyPlayersAreCountedByTheFigureOfThePlanner(t *testing.T) {
	db := databases()[0]
	s := db.open(t, db.fresh(t))
	add := func(from, to string) {
		execute(t, s, `INSERT INTO players (user_id, username) SELECT n, 'p' FROM generate_series(`+from+`, `+to+`) AS n`)
	}
	counted := func() int64 {
		n, err := s.CountPlayers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	execute(t, s, `ALTER TABLE players SET (autovacuum_enabled = false)`)
	add("1", "20000")
	if got := counted(); got != 20000 {
		t.Errorf("before anybody looked: got %d players, want 20000", got)
	}
	execute(t, s, `ANALYZE players`)
	add("20001", "21000")
	if got := counted(); got != 21000 {
		t.Errorf("of few: got %d players, want exactly 21000", got)
	}
	execute(t, s, `ANALYZE players`)
	add("21001", "22000")
	if got := counted(); got != 21000 {
		t.Errorf("of many: got %d players, want the 21000 of the last look", got)
	}
}
