package domain

import (
	"fmt"
	"time"
)

// MaxMetadata is the longest metadata text of a snapshot, in bytes.
const MaxMetadata = 16 << 10

// maxAhead is how far a game's clock may run ahead of ours.
const maxAhead = 5 * time.Minute

// Count is a counter that a report may leave out. The zero value is one that was left out.
type Count struct {
	n        int64
	reported bool
}

// CountOf returns a counter that was reported as n.
func CountOf(n int64) Count { return Count{n, true} }

// Or returns the counter, or otherwise when it was left out.
func (c Count) Or(otherwise int64) int64 {
	if c.reported {
		return c.n
	}
	return otherwise
}

// Get returns the counter, and false when it was left out.
func (c Count) Get() (int64, bool) { return c.n, c.reported }

// Experience names the game that reports. Every part is optional.
type Experience struct {
	Universe UniverseID
	PlaceID  int64  // 0 when not named
	Server   string // the game server, as the game calls it
	Key      string // the caller's own name for the experience
}

// Report is what a game says of a player, unchecked.
type Report struct {
	UserID          UserID
	Username        string
	DisplayName     string // "" when not reported
	Rank            string // "" when not reported; need not be on the ladder
	Points          int64  // the absolute total
	Kos             int64
	Wos             int64
	Warnings        Count
	Recommendations Count
	Punishment      PunishmentStatus
	PunishmentUntil time.Time // zero when not reported
	Experience      Experience
	GroupID         int64     // 0 when not reported
	Metadata        string    // the text of a JSON object, opaque here; "" when not reported
	ObservedAt      time.Time // when the game saw this; zero when not reported
}

// Snapshot is what an experience reported at an instant: a [Report] that was checked. It never changes.
type Snapshot struct {
	report   Report
	received time.Time
}

// NewSnapshot checks what was reported and when it was received. The error is of KindInvalid and lists every wrong field by its name
// in the HTTP body: an absent user, names that are empty, too long or hold hidden characters, counters outside 0 … MaxCount, and an
// observedAt more than five minutes after received.
func NewSnapshot(r Report, received time.Time) (Snapshot, error) {
	received = Instant(received)
	r.ObservedAt, r.PunishmentUntil = Instant(r.ObservedAt), Instant(r.PunishmentUntil)
	faults := reportFaults(r)
	if r.ObservedAt.After(received.Add(maxAhead)) {
		faults = append(faults, FieldError{"observedAt", fmt.Sprintf(
			"lies more than 5 minutes ahead of the service's clock (%s); check the sender's clock", received.Format(time.RFC3339))})
	}
	if len(faults) > 0 {
		return Snapshot{}, invalid("snapshot_invalid", "the snapshot has fields that cannot be accepted", faults...)
	}
	return Snapshot{r, received}, nil
}

// RestoreSnapshot returns a snapshot that was accepted before. Only its user is checked: rules of today do not apply to history.
func RestoreSnapshot(r Report, received time.Time) (Snapshot, error) {
	if r.UserID.IsZero() {
		return Snapshot{}, invalid("snapshot_invalid", "the stored snapshot has no user")
	}
	r.ObservedAt, r.PunishmentUntil = Instant(r.ObservedAt), Instant(r.PunishmentUntil)
	return Snapshot{r, Instant(received)}, nil
}

// Report returns what was reported.
func (s Snapshot) Report() Report { return s.report }

// UserID returns whom the snapshot is about.
func (s Snapshot) UserID() UserID { return s.report.UserID }

// Received returns when the snapshot arrived here.
func (s Snapshot) Received() time.Time { return s.received }

// At returns the instant that orders snapshots: when the game saw it, or when it arrived if the game did not say.
func (s Snapshot) At() time.Time {
	if s.report.ObservedAt.IsZero() {
		return s.received
	}
	return s.report.ObservedAt
}

func reportFaults(r Report) []FieldError {
	var faults []FieldError
	fault := func(field, message string) {
		if message != "" {
			faults = append(faults, FieldError{field, message})
		}
	}
	count := func(field string, n int64) {
		if n < 0 || n > MaxCount {
			fault(field, fmt.Sprintf("must be 0 … %d", MaxCount))
		}
	}
	if r.UserID.IsZero() {
		fault("userId", "is required")
	}
	if r.Username == "" {
		fault("username", "must be 1 to 64 characters long")
	}
	fault("username", nameFault(r.Username, MaxNameLength))
	fault("displayName", nameFault(r.DisplayName, MaxNameLength))
	fault("rank", nameFault(r.Rank, MaxNameLength))
	count("rankPoints", r.Points)
	count("kos", r.Kos)
	count("wos", r.Wos)
	count("warnings", r.Warnings.Or(0))
	count("recommendations", r.Recommendations.Or(0))
	if r.Punishment > PunishmentSevere {
		fault("punishmentStatus", "must be null, \"Trial_Punishment\" or \"Punishment_Severe\"")
	}
	if r.Experience.PlaceID < 0 || r.Experience.PlaceID > MaxID {
		fault("experience.placeId", fmt.Sprintf("must be 1 … %d", int64(MaxID)))
	}
	fault("experience.server", nameFault(r.Experience.Server, maxKeyLength))
	fault("experience.experienceKey", nameFault(r.Experience.Key, maxKeyLength))
	if r.GroupID < 0 || r.GroupID > MaxID {
		fault("groupId", fmt.Sprintf("must be 1 … %d", int64(MaxID)))
	}
	if len(r.Metadata) > MaxMetadata {
		fault("metadata", fmt.Sprintf("must be at most %d bytes of JSON", MaxMetadata))
	}
	return faults
}
