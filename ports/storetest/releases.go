package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// released returns the players whose release is due.
func released(t *testing.T, s ports.Store, limit int) []int64 {
	t.Helper()
	due, err := s.DueReleases(soon(t), ports.Due{}, limit)
	if err != nil {
		t.Fatalf("DueReleases(%d): got error %v, want none", limit, err)
	}
	return usersOf(due)
}

// usersOf returns the numbers of the users that are due.
func usersOf(due []ports.Due) []int64 {
	numbers := []int64{}
	for _, d := range due {
		numbers = append(numbers, d.User.Int64())
	}
	return numbers
}

// fromNow returns the instant some time from now. A storage has its own clock, which nobody can hand it; these cases run beside it.
func fromNow(d time.Duration) time.Time {
	return time.Now().Add(d) //nolint:forbidigo // stands for the clock of the storage
}

// punished returns a player with a punishment that ends some time from now; a negative one has ended.
func punished(n int64, status domain.PunishmentStatus, left time.Duration) domain.Standing {
	p := player(n)
	p.Punishment = domain.Punishment{Status: status, Until: fromNow(left)}
	return p
}

func releases(t *testing.T, h Harness) {
	t.Helper()

	t.Run("releases are due of players whose suspension is over, longest over first, then by user", func(t *testing.T) {
		s := h.open(t)
		twin := punished(30, domain.PunishmentTrial, -48*time.Hour)
		sooner, ancient := twin, twin
		sooner.UserID, ancient.UserID = user(4), user(200)
		ancient.Punishment.Until = time.Date(1970, time.January, 1, 0, 0, 0, 0, time.UTC)
		save(t, s, punished(1, domain.PunishmentTrial, -5*time.Second), twin, sooner, punished(3, domain.PunishmentTrial, -72*time.Hour),
			punished(5, domain.PunishmentTrial, -time.Minute), ancient)
		same(t, "DueReleases", released(t, s, 10), []int64{200, 3, 4, 30, 5, 1})
	})

	t.Run("suspensions that go on or have no end, bans and players without a punishment are never due", func(t *testing.T) {
		s := h.open(t)
		endless := player(3)
		endless.Punishment.Status = domain.PunishmentTrial
		owed := player(6)
		owed.Owed = domain.Owed{Status: domain.PunishmentTrial, Until: noon(), Imposed: true}
		save(t, s, punished(1, domain.PunishmentTrial, time.Minute), punished(2, domain.PunishmentTrial, 30*24*time.Hour), endless,
			punished(4, domain.PunishmentSevere, -time.Hour), punished(5, domain.PunishmentNone, -time.Hour), owed, player(7))
		same(t, "DueReleases", released(t, s, 10), []int64{})
	})

	t.Run("a release becomes due when the end has passed, and not before", func(t *testing.T) {
		s := h.open(t)
		p := punished(1, domain.PunishmentTrial, 500*time.Millisecond)
		save(t, s, p)
		for ctx := soon(t); ctx.Err() == nil; pause(ctx, 20*time.Millisecond) {
			if len(released(t, s, 10)) == 0 {
				continue
			}
			if early := p.Punishment.Until.Sub(fromNow(0)); early > 100*time.Millisecond {
				t.Errorf("DueReleases: got the player %s early, want them when the end has passed", early)
			}
			return
		}
		t.Errorf("DueReleases: got nothing for %s, want the player", patience)
	})

	t.Run("a pending decision keeps a player out until it is closed, and one that is held or awaits approval keeps nobody out", func(t *testing.T) {
		s := h.open(t)
		save(t, s, punished(1, domain.PunishmentTrial, -4*time.Hour), punished(2, domain.PunishmentTrial, -3*time.Hour),
			punished(3, domain.PunishmentTrial, -2*time.Hour), player(4), punished(5, domain.PunishmentTrial, -time.Hour))
		pending, awaiting := decisionOf(1, 1, domain.StatusPending), decisionOf(2, 2, domain.StatusAwaitingApproval)
		for _, r := range []ports.DecisionRecord{
			pending, awaiting, decisionOf(3, 3, domain.StatusApplied), decisionOf(3, 4, domain.StatusFailed), decisionOf(4, 5, domain.StatusPending),
			decisionOf(5, 6, domain.StatusHeld),
		} {
			decide(t, s, r)
		}
		same(t, "DueReleases", released(t, s, 10), []int64{2, 3, 5})
		same(t, "DueReleases of one", released(t, s, 1), []int64{2})
		closeAs(t, s, awaiting, domain.StatusPending, noon())
		same(t, "DueReleases after the approval", released(t, s, 10), []int64{3, 5})
		closeAs(t, s, awaiting, domain.StatusFailed, noon())
		closeAs(t, s, pending, domain.StatusFailed, noon())
		same(t, "DueReleases after both were closed", released(t, s, 10), []int64{1, 2, 3, 5})
	})

	t.Run("no more than the limit are due at once, those that are over longest", func(t *testing.T) {
		s := h.open(t)
		for n := range int64(6) {
			save(t, s, punished(n+1, domain.PunishmentTrial, -time.Duration(10+n)*time.Hour))
		}
		for limit, want := range map[int][]int64{0: {}, 1: {6}, 4: {6, 5, 4, 3}, 6: {6, 5, 4, 3, 2, 1}, 100: {6, 5, 4, 3, 2, 1}} {
			same(t, "DueReleases", released(t, s, limit), want)
		}
	})

	t.Run("a page of due releases begins behind the last one, whatever became of that", func(t *testing.T) {
		s := h.open(t)
		var all []domain.Standing
		for n := range int64(5) {
			p := punished(n+1, domain.PunishmentTrial, -time.Duration(10-n)*time.Hour)
			if n > 0 && n < 4 {
				p.Punishment.Until = all[n-1].Punishment.Until // the first four of the same instant
			}
			all = append(all, p)
		}
		all = save(t, s, all...)
		list := func(after ports.Due, limit int) ([]ports.Due, error) { return s.DueReleases(soon(t), after, limit) }
		turns(t, list, []int64{1, 2, 3, 4, 5}, func(n int64) {
			p := all[n-1]
			p.Punishment = domain.Punishment{}
			save(t, s, p)
		})
	})

	t.Run("a player who is released, banned or suspended longer is not due any more", func(t *testing.T) {
		s := h.open(t)
		stored := save(t, s, punished(1, domain.PunishmentTrial, -time.Hour), punished(2, domain.PunishmentTrial, -time.Hour),
			punished(3, domain.PunishmentTrial, -time.Hour), punished(4, domain.PunishmentTrial, -time.Hour))
		changed := slices.Clone(stored[:3])
		changed[0].Punishment = domain.Punishment{}
		changed[1].Punishment.Status = domain.PunishmentSevere
		changed[2].Punishment.Until = fromNow(time.Hour)
		save(t, s, changed...)
		same(t, "DueReleases", released(t, s, 10), []int64{4})
	})
}
