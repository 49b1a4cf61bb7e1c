package domain_test

import (
	"slices"
	"testing"

	"github.com/grps/grps/domain"
)

var statuses = [...]domain.Status{
	domain.StatusAdvisory, domain.StatusNone, domain.StatusAwaitingApproval, domain.StatusHeld, domain.StatusPending, domain.StatusApplied,
	domain.StatusFailed, domain.StatusSuperseded, domain.StatusRejected, domain.StatusExpired, domain.StatusUndone,
}

func TestAStatusMayBecomeOnlyThese(t *testing.T) {
	closed := []domain.Status{
		domain.StatusApplied, domain.StatusFailed, domain.StatusSuperseded, domain.StatusRejected, domain.StatusExpired, domain.StatusUndone,
	}
	may := []struct {
		from domain.Status
		to   []domain.Status
	}{
		{domain.StatusAwaitingApproval, append([]domain.Status{domain.StatusPending}, closed...)},
		{domain.StatusHeld, append([]domain.Status{domain.StatusPending}, closed...)},
		{domain.StatusPending, closed},
		{domain.StatusApplied, []domain.Status{domain.StatusUndone}},
	}
	for _, from := range statuses {
		var leads []domain.Status // none where nothing is listed
		for _, m := range may {
			if m.from == from {
				leads = m.to
			}
		}
		for _, to := range statuses {
			if got, want := from.MayBecome(to), slices.Contains(leads, to); got != want {
				t.Errorf("%s may become %s: got %t, want %t", from, to, got, want)
			}
			if got, want := slices.Contains(domain.Predecessors(to), from), from.MayBecome(to); got != want {
				t.Errorf("%s among those that may become %s: got %t, want %t", from, to, got, want)
			}
		}
	}
}

func TestWhatIsOpenCanStillChange(t *testing.T) {
	for _, s := range statuses {
		want := s == domain.StatusAwaitingApproval || s == domain.StatusHeld || s == domain.StatusPending
		if got := s.Open(); got != want {
			t.Errorf("%s is open: got %t, want %t", s, got, want)
		}
	}
}
