package domain

import (
	"fmt"
	"strings"
	"time"
)

// MaxDays bounds every number of days in a policy: a hundred years, far below what a duration holds.
const MaxDays = 36_500

// PrivilegedMode says what automation may do with moves from or to a privileged rank.
type PrivilegedMode uint8

// The modes. PrivilegedApproval is the default.
const (
	PrivilegedApproval  PrivilegedMode = iota // decide, and wait for an administrator
	PrivilegedAutomatic                       // treat privileged ranks like any other
	PrivilegedNever                           // do not even propose such a move
)

// String returns the word that the policy file uses.
func (m PrivilegedMode) String() string {
	switch m {
	case PrivilegedAutomatic:
		return "automatic"
	case PrivilegedNever:
		return "never"
	case PrivilegedApproval:
	}
	return "approval"
}

// ParsePrivilegedMode returns the mode that text names; "" is PrivilegedApproval. Other texts are an error of KindInvalid.
func ParsePrivilegedMode(text string) (PrivilegedMode, error) {
	for _, m := range [...]PrivilegedMode{PrivilegedApproval, PrivilegedAutomatic, PrivilegedNever} {
		if text == m.String() {
			return m, nil
		}
	}
	if text == "" {
		return PrivilegedApproval, nil
	}
	return 0, invalid("privileged_mode_unknown", "must be \"approval\", \"automatic\" or \"never\"")
}

// Punishments are the thresholds of conduct. Exactly at a threshold counts as met.
type Punishments struct {
	TrialThreshold     int64 // warnings that suspend, 1 … MaxCount
	SevereThreshold    int64 // warnings that ban, above TrialThreshold
	TrialDays          int64 // length of a suspension in days, 1 … MaxDays
	TrialLockPromotion bool  // a suspended player who kept a rung cannot move on it
}

// DefaultPunishments is what an absent policy.punishments.json means.
func DefaultPunishments() Punishments {
	return Punishments{TrialThreshold: 4, SevereThreshold: 7, TrialDays: 14, TrialLockPromotion: true}
}

// TrialLength returns TrialDays as a duration.
func (p Punishments) TrialLength() time.Duration { return time.Duration(p.TrialDays) * 24 * time.Hour }

// Caps bound how many points a player may plausibly earn; zero means no cap.
type Caps struct {
	Daily, Weekly int64
}

// DriftMode says what becomes of a role that somebody changed by hand.
type DriftMode uint8

// The modes. DriftAdopt is the default.
const (
	DriftAdopt   DriftMode = iota // the rank that Roblox shows is the new starting point
	DriftRestore                  // the member gets the recorded rank back
)

// String returns the word that the policy file uses.
func (m DriftMode) String() string {
	if m == DriftRestore {
		return "restore"
	}
	return "adopt"
}

// ParseDriftMode returns the mode that text names; "" is DriftAdopt. Other texts are an error of KindInvalid.
func ParseDriftMode(text string) (DriftMode, error) {
	switch text {
	case "", DriftAdopt.String():
		return DriftAdopt, nil
	case DriftRestore.String():
		return DriftRestore, nil
	}
	return 0, invalid("drift_mode_unknown", "must be \"adopt\" or \"restore\"")
}

// Limits bound what automation may do without a person's word. Zero means no limit.
type Limits struct {
	MovesPerHour     int64 // promotions, demotions, suspensions and bans of all players in any hour, 0 … MaxCount
	DemotionsPercent int64 // demotions, suspensions and bans in any hour, of the players known, 0 … 100; fewer than 100 count as 100
	RungsPerDay      int64 // rungs of one player in any 24 hours, 0 … MovesLength
}

// DefaultLimits is what absent limits in policy.ranks.json mean.
func DefaultLimits() Limits { return Limits{MovesPerHour: 1000, DemotionsPercent: 5, RungsPerDay: 1} }

// Permission says what holders of a rank may do, and whether automation looks at them. The zero value is an ordinary rank.
type Permission struct {
	Level     string
	CanEarn   bool
	CanWarn   bool
	CanAdjust bool
	CanBan    bool
	Ignored   bool // automation never decides about a holder
	Locked    bool // automation neither promotes nor demotes a holder; punishments still apply
}

// RankPermission is the permission of one rank, or of [GuestRank].
type RankPermission struct {
	Rank string
	Permission
}

// PolicyParts is what a policy is made of.
type PolicyParts struct {
	Ladder      Ladder
	Punishments Punishments
	Caps        Caps
	Permissions []RankPermission // the last one wins where a rank is named twice
	Privileged  PrivilegedMode
	Drift       DriftMode
	Limits      Limits
	Revision    string // the hash of the canonical documents; never empty
	Documents   string // the canonical documents, from which the policy can be made again; "" when they are not known
}

// Policy is the rules of a group at one revision. It never changes; the zero value is not a policy.
type Policy struct {
	parts       *PolicyParts          // never written to: copying a policy copies two pointers
	permissions map[string]Permission // by rank name
}

// NewPolicy checks parts against each other. The error is of KindInvalid and names every fault by the JSON pointer in the document
// that holds it.
func NewPolicy(parts PolicyParts) (Policy, error) {
	var f policyFaults
	if parts.Ladder.Len() == 0 {
		f.add("/ranks", "needs at least one rank")
	}
	if parts.Revision == "" {
		f.add("revision", "must not be empty")
	}
	f.punishments(parts.Punishments)
	if parts.Privileged > PrivilegedNever {
		f.add("/privileged", "must be \"approval\", \"automatic\" or \"never\"")
	}
	if parts.Drift > DriftRestore {
		f.add("/drift", "must be \"adopt\" or \"restore\"")
	}
	f.within("/limits/maxMovesPerHour", parts.Limits.MovesPerHour, 0, MaxCount)
	f.within("/limits/maxDemotionsPercent", parts.Limits.DemotionsPercent, 0, 100)
	f.within("/limits/maxRungsPerPlayerPerDay", parts.Limits.RungsPerDay, 0, MovesLength)
	f.within("/caps/daily", parts.Caps.Daily, 0, MaxCount)
	f.within("/caps/weekly", parts.Caps.Weekly, 0, MaxCount)
	permissions := make(map[string]Permission, len(parts.Permissions))
	for _, perm := range parts.Permissions {
		if _, ok := parts.Ladder.Rank(perm.Rank); !ok && perm.Rank != GuestRank {
			f.add("/roles/"+pointerToken(perm.Rank), "is not a rank of the ladder; use a rank's name or %q", GuestRank)
		}
		permissions[perm.Rank] = perm.Permission
	}
	if len(f) > 0 {
		return Policy{}, invalid("policy_invalid", "the policy cannot be used", f...)
	}
	parts.Permissions = nil
	return Policy{&parts, permissions}, nil
}

// policyFaults is what is wrong with the parts of a policy, in the order of its documents.
type policyFaults []FieldError

func (f *policyFaults) add(field, format string, args ...any) {
	*f = append(*f, FieldError{field, fmt.Sprintf(format, args...)})
}

func (f *policyFaults) within(field string, n, least, most int64) {
	if n < least || n > most {
		f.add(field, "must be %d … %d", least, most)
	}
}

func (f *policyFaults) punishments(p Punishments) {
	f.within("/punishments/trial_threshold", p.TrialThreshold, 1, MaxCount)
	if p.SevereThreshold > MaxCount {
		f.add("/punishments/severe_threshold", "must be at most %d", MaxCount)
	}
	if p.TrialThreshold >= p.SevereThreshold {
		f.add("/punishments/severe_threshold", "must be above trial_threshold (%d): %d would ban before it suspends",
			p.TrialThreshold, p.SevereThreshold)
	}
	f.within("/punishments/trial_days", p.TrialDays, 1, MaxDays)
}

// Ladder returns the rank ladder.
func (p Policy) Ladder() Ladder { return p.parts.Ladder }

// Punishments returns the thresholds of conduct.
func (p Policy) Punishments() Punishments { return p.parts.Punishments }

// Caps returns the bounds on earned points.
func (p Policy) Caps() Caps { return p.parts.Caps }

// Privileged returns what automation may do with privileged ranks.
func (p Policy) Privileged() PrivilegedMode { return p.parts.Privileged }

// Drift returns what becomes of a role that somebody changed by hand.
func (p Policy) Drift() DriftMode { return p.parts.Drift }

// Limits returns what automation may do without a person's word.
func (p Policy) Limits() Limits { return p.parts.Limits }

// Documents returns the canonical documents that the policy was made of; "" when they are not known.
func (p Policy) Documents() string { return p.parts.Documents }

// Revision returns the hash that names these rules.
func (p Policy) Revision() string { return p.parts.Revision }

// Permission returns what the holders of a rank may do; the zero Permission for a rank that the policy does not mention. GuestRank is
// always ignored.
func (p Policy) Permission(rank string) Permission {
	perm := p.permissions[rank]
	perm.Ignored = perm.Ignored || rank == GuestRank
	return perm
}

// pointerToken escapes a key for a JSON pointer (RFC 6901).
func pointerToken(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// asks reports whether a move between the ranks needs an administrator's word.
func (p Policy) asks(from, to string) bool {
	return p.parts.Privileged == PrivilegedApproval && (p.privileged(from) || p.privileged(to))
}

// privileged reports whether rank is one that automation does not move on its own.
func (p Policy) privileged(rank string) bool {
	r, ok := p.parts.Ladder.Rank(rank)
	return ok && r.Privileged
}
