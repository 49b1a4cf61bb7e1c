package domain

import "time"

// TrailLength is how many ranks a [Trail] remembers.
const TrailLength = 8

// Trail is a bounded list of rank names, newest first, each once. The zero value is empty.
type Trail struct {
	names [TrailLength]string
}

// TrailOf returns the trail of names, the first being the newest. Names beyond TrailLength, repetitions and "" are left out.
func TrailOf(names ...string) Trail {
	var t Trail
	for i := len(names) - 1; i >= 0; i-- {
		t = t.With(names[i])
	}
	return t
}

// With returns the trail with name as its newest; the oldest falls off when it is full. "" changes nothing.
func (t Trail) With(name string) Trail {
	if name == "" {
		return t
	}
	next, n := Trail{}, 1
	next.names[0] = name
	for _, old := range t.names {
		if old != "" && old != name && n < TrailLength {
			next.names[n] = old
			n++
		}
	}
	return next
}

// Has reports whether name is on the trail. "" never is.
func (t Trail) Has(name string) bool {
	if name == "" {
		return false
	}
	for _, old := range t.names {
		if old == name {
			return true
		}
	}
	return false
}

// Names returns the names, newest first; nil when there are none.
func (t Trail) Names() []string {
	var names []string
	for _, name := range t.names {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// Standing is what is now believed of a player. It is a value: copying it is cheap enough, comparing it with == is exact, and nothing
// it was copied to can change it. Stored rows come back through [RestoreStanding].
type Standing struct {
	UserID          UserID
	Version         int64 // counts the writes of the stored row; 0 for a player who was never stored
	Username        string
	DisplayName     string // "" when unknown
	Rank            string // the rank by the record; need not be on the ladder of today
	FormerRank      string // the rank before the last move; "" before the first
	RankSince       time.Time
	Left            Trail // ranks that GRPS moved the player out of since a rank was last adopted
	Points          int64
	Kos             int64
	Wos             int64
	Warnings        int64
	Recommendations int64
	Served          int64 // warnings that were already punished
	Punishment      Punishment
	Owed            Owed
	Hold            bool      // automation neither promotes nor demotes until it is taken off
	Rejected        Rejection // the move that an administrator refused last
	DecidedAt       time.Time // when a decision was last carried into this standing; zero before the first
	Moves           Moves     // when automation last moved the player along the ladder
	Growth          Growth    // how the points rose, where the policy bounds that; counts only while they are what it led to
	AbsentSince     time.Time // since when Roblox says that the player is not in the group; zero for a member, and when nobody looked
	ConfirmedAt     time.Time // when Roblox showed the recorded rank, as far as anybody needs to know; zero when nobody looked
	ObservedAt      time.Time // the instant of the newest snapshot folded
	CreatedAt       time.Time // first sight
	LastSyncedAt    time.Time // arrival of the newest snapshot folded
	Experience      Experience
	Metadata        string // the text of a JSON object, or ""
}

// RestoreStanding returns a standing read from storage. It checks shape only: a row written by another program, with a rank that is
// not on the ladder, negative counters or absent times, loads as it is. The error is of KindInvalid: the row has no user.
func RestoreStanding(s Standing) (Standing, error) {
	if s.UserID.IsZero() {
		return Standing{}, invalid("standing_invalid", "the stored player has no user id")
	}
	for _, t := range []*time.Time{
		&s.RankSince, &s.Punishment.Until, &s.Owed.Until, &s.Rejected.Until, &s.DecidedAt, &s.AbsentSince, &s.ConfirmedAt, &s.ObservedAt,
		&s.CreatedAt, &s.LastSyncedAt,
	} {
		*t = Instant(*t)
	}
	if !s.Punishment.InForce() {
		s.Punishment.Until = time.Time{}
	}
	if s.Rejected.Action == ActionNone {
		s.Rejected = Rejection{}
	}
	return s, nil
}

// Tenure returns how long the present rank has been held at now, and false when it is unknown since when; unknown counts as served.
func (s Standing) Tenure(now time.Time) (time.Duration, bool) {
	if s.RankSince.IsZero() {
		return 0, false
	}
	return now.Sub(s.RankSince), true
}

// moved returns s in the rank to from now on. Moving to the rank already held changes nothing.
func (s Standing) moved(to string, now time.Time) Standing {
	if to == s.Rank {
		return s
	}
	s.Left = s.Left.With(s.Rank)
	s.FormerRank, s.Rank, s.RankSince = s.Rank, to, now
	return s
}

// Seen returns s as it is once Roblox said at an instant whether the player is in the group.
func (s Standing) Seen(member bool, at time.Time) Standing {
	switch {
	case member:
		s.AbsentSince = time.Time{}
	case s.AbsentSince.IsZero():
		s.AbsentSince = Instant(at)
	}
	return s
}

// Adopt returns s in a rank that somebody else gave the player: what Roblox shows, or what a game reports where Roblox cannot be
// asked. Tenure starts at the given instant, and reports of any earlier rank count as changes by hand again.
func Adopt(s Standing, rank string, at time.Time) Standing {
	if rank == s.Rank {
		return s
	}
	s.FormerRank, s.Rank, s.RankSince, s.Left = s.Rank, rank, Instant(at), Trail{}
	return s
}

// Position is where a standing is on a policy's ladder.
type Position struct {
	Next           string // "" at the top, or when the rank is no rung
	NextPoints     int64
	Previous       string // the rung below; "" at the bottom, or when the rank is no rung
	PreviousPoints int64
	Privileged     bool // the rank held is privileged
	Blocked        bool // a punishment is in force or the player is on hold
}

// Locate returns where s stands on the ladder of p.
func Locate(p Policy, s Standing) Position {
	next, _ := p.parts.Ladder.Next(s.Rank)
	previous, _ := p.parts.Ladder.Previous(s.Rank)
	return Position{
		Next: next.Name, NextPoints: next.MinPoints,
		Previous: previous.Name, PreviousPoints: previous.MinPoints,
		Privileged: p.privileged(s.Rank),
		Blocked:    s.Punishment.InForce() || s.Hold,
	}
}
