package domain_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/grps/grps/domain"
)

// policyDocument is a policy as the case files write it: the keys are those of the shipped documents, in one file.
type policyDocument struct {
	Ranks       []rankDocument                `json:"ranks"`
	Punishments punishmentsDocument           `json:"punishments"`
	Permissions map[string]permissionDocument `json:"permissions"`
	Privileged  string                        `json:"privileged"`
	Drift       string                        `json:"drift"`
	Limits      limitsDocument                `json:"limits"`
	Caps        capsDocument                  `json:"caps"`
}

type capsDocument struct {
	Daily  int64 `json:"daily"`
	Weekly int64 `json:"weekly"`
}

type limitsDocument struct {
	MovesPerHour     int64 `json:"maxMovesPerHour"`
	DemotionsPercent int64 `json:"maxDemotionsPercent"`
	RungsPerDay      int64 `json:"maxRungsPerPlayerPerDay"`
}

type rankDocument struct {
	Name         string `json:"name"`
	MinPoints    int64  `json:"minPoints"`
	MinTimeDays  int64  `json:"minTimeDays"`
	RoleID       int64  `json:"roleId"`
	Level        string `json:"level"`
	Privileged   bool   `json:"privileged"`
	IsPunishment bool   `json:"isPunishment"`
}

type punishmentsDocument struct {
	TrialThreshold     int64 `json:"trial_threshold"`
	SevereThreshold    int64 `json:"severe_threshold"`
	TrialDays          int64 `json:"trial_days"`
	TrialLockPromotion bool  `json:"trial_lock_promotion"`
}

type permissionDocument struct {
	Level     string `json:"level"`
	CanEarn   bool   `json:"canEarn"`
	CanWarn   bool   `json:"canWarn"`
	CanAdjust bool   `json:"canAdjust"`
	CanBan    bool   `json:"canBan"`
	Ignored   bool   `json:"ignored"`
	Locked    bool   `json:"locked"`
}

// standingDocument is a standing as the case files write it. What is left out is zero or unknown.
type standingDocument struct {
	Rank           string             `json:"rank"`
	FormerRank     string             `json:"formerRank"`
	RankSince      time.Time          `json:"rankSince"`
	Points         int64              `json:"points"`
	Warnings       int64              `json:"warnings"`
	WarningsServed int64              `json:"warningsServed"`
	Punishment     punishmentDocument `json:"punishment"`
	Reported       reportedPunishment `json:"reported"`
	OnHold         bool               `json:"onHold"`
	LastDecidedAt  time.Time          `json:"lastDecidedAt"`
	Moves          []time.Time        `json:"moves"` // newest first
	Growth         string             `json:"growth"`
	Rejected       rejectionDocument  `json:"rejected"`
}

type punishmentDocument struct {
	Status    string    `json:"status"`
	ExpiresAt time.Time `json:"expiresAt"`
}

type rejectionDocument struct {
	Action string    `json:"action"`
	From   string    `json:"from"`
	To     string    `json:"to"`
	Until  time.Time `json:"until"`
}

type reportedPunishment struct {
	Status    string    `json:"status"`
	ExpiresAt time.Time `json:"expiresAt"`
	Imposed   bool      `json:"imposed"`
}

// standardDocument is the policy that every case starts from.
func standardDocument(t fataler) policyDocument {
	t.Helper()
	var p policyDocument
	decode(t, must(os.ReadFile("testdata/standard-policy.json"))(t), &p)
	return p
}

// with returns p after the overrides of a case: ranks and permissions are replaced as a whole, the rest key by key.
func (p policyDocument) with(t fataler, overrides json.RawMessage) policyDocument {
	t.Helper()
	if len(overrides) == 0 {
		return p
	}
	standard := p.Ranks
	p.Ranks, p.Permissions = nil, nil
	decode(t, overrides, &p)
	if p.Ranks == nil {
		p.Ranks = standard
	}
	return p
}

// policy builds the policy. Roles that a case leaves out are none.
func (p policyDocument) policy(t fataler) domain.Policy {
	t.Helper()
	parts := domain.PolicyParts{
		Ladder:      p.ladder(t),
		Punishments: domain.Punishments(p.Punishments),
		Privileged:  must(domain.ParsePrivilegedMode(p.Privileged))(t),
		Drift:       must(domain.ParseDriftMode(p.Drift))(t),
		Limits:      domain.Limits(p.Limits),
		Caps:        domain.Caps(p.Caps),
		Revision:    "standard",
	}
	for _, name := range slices.Sorted(maps.Keys(p.Permissions)) {
		permission := domain.Permission(p.Permissions[name])
		parts.Permissions = append(parts.Permissions, domain.RankPermission{Rank: name, Permission: permission})
	}
	return must(domain.NewPolicy(parts))(t)
}

func (p policyDocument) ladder(t fataler) domain.Ladder {
	t.Helper()
	ranks := make([]domain.Rank, 0, len(p.Ranks))
	for _, r := range p.Ranks {
		rank := domain.Rank{
			Name: r.Name, MinPoints: r.MinPoints, MinTimeDays: r.MinTimeDays,
			Level: r.Level, Privileged: r.Privileged, Punishment: r.IsPunishment,
		}
		if r.RoleID != 0 {
			rank.Role = roleID(t, r.RoleID)
		}
		ranks = append(ranks, rank)
	}
	return ladderOf(t, ranks...)
}

func (s standingDocument) standing(t fataler) domain.Standing {
	t.Helper()
	rejected := domain.Rejection{From: s.Rejected.From, To: s.Rejected.To, Until: s.Rejected.Until}
	if s.Rejected.Action != "" {
		rejected.Action = must(domain.ParseAction(s.Rejected.Action))(t)
	}
	return must(domain.RestoreStanding(domain.Standing{
		UserID: userID(t, 1), Username: "Ada", Rejected: rejected,
		Rank: s.Rank, FormerRank: s.FormerRank, RankSince: s.RankSince,
		Points: s.Points, Warnings: s.Warnings, Served: s.WarningsServed,
		Punishment: domain.Punishment{
			Status: must(domain.ParsePunishmentStatus(s.Punishment.Status))(t), Until: s.Punishment.ExpiresAt,
		},
		Owed: domain.Owed{
			Status: must(domain.ParsePunishmentStatus(s.Reported.Status))(t), Until: s.Reported.ExpiresAt, Imposed: s.Reported.Imposed,
		},
		Hold: s.OnHold, DecidedAt: s.LastDecidedAt, Moves: domain.MovesOf(s.Moves...),
		Growth: domain.GrowthOf(s.Growth),
	}))(t)
}

// decode refuses keys that it does not know, so that a slip in a case file is told.
func decode(t fataler, text []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("reading a test document: %v", err)
	}
}
