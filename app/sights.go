package app

import (
	"sync"
	"time"

	"github.com/grps/grps/domain"
)

// How long after a look at a player a report may ask for the next one, by what is the matter with them, and for how many players that is
// remembered. Only this process remembers it: another replica, or the next start, may look once more.
const (
	lookAtBanned    = time.Minute
	lookAtSuspended = 5 * time.Minute
	lookAtAbsent    = 10 * time.Minute
	maxSights       = 50_000
)

// sights keeps floods of reports from being floods of looks. It is safe for concurrent use; the zero value remembers nobody.
type sights struct {
	mu   sync.Mutex
	next map[domain.UserID]time.Time // when a report about the player may ask for a look again
}

// due reports whether a report about the player may ask for a look now.
func (s *sights) due(user domain.UserID, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, ok := s.next[user]
	return !ok || !now.Before(next)
}

// note remembers that a look was asked for, and for how long none is to be asked for again.
func (s *sights) note(user domain.UserID, now time.Time, pause time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.next) >= maxSights {
		for other, next := range s.next {
			if !now.Before(next) {
				delete(s.next, other)
			}
		}
	}
	if s.next == nil || len(s.next) >= maxSights {
		s.next = make(map[domain.UserID]time.Time) // so many at once: forgetting them costs each another look at most
	}
	s.next[user] = now.Add(pause)
}

// forget forgets what was remembered about a player.
func (s *sights) forget(user domain.UserID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.next, user)
}

// lookPause returns how long after a look at a player the next is due, and false when a report about them asks for none.
func lookPause(s domain.Standing) (time.Duration, bool) {
	switch {
	case s.Punishment.Status == domain.PunishmentSevere:
		return lookAtBanned, true
	case s.Punishment.InForce():
		return lookAtSuspended, true
	case !s.AbsentSince.IsZero():
		return lookAtAbsent, true
	}
	return 0, false
}
