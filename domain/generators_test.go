package domain_test

import (
	"fmt"
	"strconv"
	"time"

	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
)

// drawPolicy draws a policy with any ladder of one to eight rungs.
func drawPolicy(t *rapid.T) domain.Policy {
	var ranks []domain.Rank
	points := int64(0)
	for i := range rapid.IntRange(1, 8).Draw(t, "rungs") {
		ranks = append(ranks, domain.Rank{
			Name: fmt.Sprintf("R%d", i), MinPoints: points,
			MinTimeDays: rapid.Int64Range(0, 3).Draw(t, "minTimeDays"),
			Privileged:  rapid.IntRange(0, 4).Draw(t, "privileged") == 0,
			Role:        roleID(t, int64(i)+1),
		})
		points += rapid.Int64Range(0, 3).Draw(t, "points between rungs")
	}
	if rapid.Bool().Draw(t, "suspension rank") {
		ranks = append(ranks, domain.Rank{Name: "S", Punishment: true, Role: roleID(t, 100)})
	}
	trialAt := rapid.Int64Range(1, 4).Draw(t, "trialThreshold")
	parts := domain.PolicyParts{
		Ladder: ladderOf(t, ranks...),
		Punishments: domain.Punishments{
			TrialThreshold: trialAt, SevereThreshold: trialAt + rapid.Int64Range(1, 3).Draw(t, "severe above trial"),
			TrialDays: rapid.Int64Range(1, 3).Draw(t, "trialDays"), TrialLockPromotion: rapid.Bool().Draw(t, "trialLock"),
		},
		Privileged: rapid.SampledFrom([]domain.PrivilegedMode{
			domain.PrivilegedApproval, domain.PrivilegedAutomatic, domain.PrivilegedNever,
		}).Draw(t, "mode"),
		Caps:     drawCaps(t),
		Limits:   domain.Limits{RungsPerDay: rapid.Int64Range(0, 2).Draw(t, "rungs a day")},
		Drift:    rapid.SampledFrom([]domain.DriftMode{domain.DriftAdopt, domain.DriftRestore}).Draw(t, "drift"),
		Revision: "drawn",
	}
	for _, r := range ranks {
		switch rapid.IntRange(0, 9).Draw(t, "permission") {
		case 0:
			parts.Permissions = append(parts.Permissions, domain.RankPermission{Rank: r.Name, Permission: domain.Permission{Ignored: true}})
		case 1:
			parts.Permissions = append(parts.Permissions, domain.RankPermission{Rank: r.Name, Permission: domain.Permission{Locked: true}})
		}
	}
	return must(domain.NewPolicy(parts))(t)
}

// drawRank draws the name of a rung, of the suspension rank, of outsiders, of a rank that is not on the ladder, or none.
func drawRank(t *rapid.T, p domain.Policy, label string) string {
	return rapid.SampledFrom(append(managedNames(p.Ladder()), "S", domain.GuestRank, "elsewhere", "")).Draw(t, label)
}

func managedNames(l domain.Ladder) []string {
	var names []string
	for r := range l.Managed() {
		names = append(names, r.Name)
	}
	return names
}

// drawInstant draws an instant around noon, often exactly on a boundary of whole days, or none.
func drawInstant(t *rapid.T, label string) time.Time {
	switch rapid.IntRange(0, 3).Draw(t, label+" kind") {
	case 0:
		return time.Time{}
	case 1:
		return noon.Add(time.Duration(rapid.IntRange(-4, 4).Draw(t, label+" days")) * day)
	default:
		return noon.Add(time.Duration(rapid.Int64Range(-4*day.Microseconds(), 4*day.Microseconds()).Draw(t, label)) * time.Microsecond)
	}
}

func drawStatus(t *rapid.T, label string) domain.PunishmentStatus {
	return rapid.SampledFrom([]domain.PunishmentStatus{
		domain.PunishmentNone, domain.PunishmentNone, domain.PunishmentTrial, domain.PunishmentSevere,
	}).Draw(t, label)
}

// drawCaps draws caps, none more often than not.
func drawCaps(t *rapid.T) domain.Caps {
	if rapid.Bool().Draw(t, "without caps") {
		return domain.Caps{}
	}
	return domain.Caps{Daily: rapid.Int64Range(0, 15).Draw(t, "daily"), Weekly: rapid.Int64Range(0, 25).Draw(t, "weekly")}
}

// drawGrowth draws a growth to so many points, or what is none.
func drawGrowth(t *rapid.T, points int64) domain.Growth {
	if rapid.IntRange(0, 9).Draw(t, "strange growth") == 0 {
		return domain.GrowthOf(rapid.SampledFrom([]string{"?", "5 1", "9 1:2 1:3", "[]"}).Draw(t, "growth"))
	}
	text := strconv.FormatInt(points, 10)
	at := noon.Add(-8 * day)
	for from := rapid.Int64Range(-2, 25).Draw(t, "rose from"); from < points; from += rapid.Int64Range(1, 10).Draw(t, "rose by") {
		at = at.Add(time.Duration(rapid.Int64Range(1, 2*day.Microseconds()).Draw(t, "rose after")) * time.Microsecond)
		if at.After(noon) {
			break
		}
		text += fmt.Sprintf(" %d:%d", at.UnixMicro(), from)
	}
	return domain.GrowthOf(text)
}

// drawStanding draws any standing that storage may hold.
func drawStanding(t *rapid.T, p domain.Policy) domain.Standing {
	s := drawUngrown(t, p)
	s.Growth = drawGrowth(t, s.Points)
	return s
}

func drawUngrown(t *rapid.T, p domain.Policy) domain.Standing {
	return must(domain.RestoreStanding(domain.Standing{
		UserID: userID(t, 1), Username: "Ada",
		Rank: drawRank(t, p, "rank"), FormerRank: drawRank(t, p, "formerRank"), RankSince: drawInstant(t, "rankSince"),
		Left:   domain.TrailOf(drawRank(t, p, "left"), drawRank(t, p, "left")),
		Points: rapid.Int64Range(-2, 25).Draw(t, "points"), Warnings: rapid.Int64Range(0, 9).Draw(t, "warnings"),
		Served:     rapid.Int64Range(0, 9).Draw(t, "served"),
		Punishment: domain.Punishment{Status: drawStatus(t, "punishment"), Until: drawInstant(t, "until")},
		Owed: domain.Owed{
			Status: drawStatus(t, "owed"), Until: drawInstant(t, "owed until"), Imposed: rapid.Bool().Draw(t, "imposed"),
		},
		Rejected:  drawRejection(t, p),
		Hold:      rapid.IntRange(0, 4).Draw(t, "hold") == 0,
		Moves:     domain.MovesOf(drawInstant(t, "last move"), drawInstant(t, "move before")),
		DecidedAt: drawInstant(t, "decidedAt"), ConfirmedAt: drawInstant(t, "confirmedAt"), ObservedAt: drawInstant(t, "observedAt"),
		CreatedAt: noon.Add(-30 * day), LastSyncedAt: noon.Add(-day),
	}))(t)
}

// drawRejection draws a refusal, often of a move between neighbours, or none.
func drawRejection(t *rapid.T, p domain.Policy) domain.Rejection {
	r := domain.Rejection{
		Action: rapid.SampledFrom([]domain.Action{
			domain.ActionNone, domain.ActionPromote, domain.ActionDemote, domain.ActionSuspend, domain.ActionBan, domain.ActionRestore,
		}).Draw(t, "refused"),
		From: drawRank(t, p, "refused from"), To: drawRank(t, p, "refused to"), Until: drawInstant(t, "refused until"),
	}
	if next, ok := p.Ladder().Next(r.From); ok && rapid.Bool().Draw(t, "refused to the next") {
		r.To = next.Name
	}
	return r
}

func drawCount(t *rapid.T, label string) domain.Count {
	if rapid.Bool().Draw(t, label+" reported") {
		return domain.CountOf(rapid.Int64Range(0, 9).Draw(t, label))
	}
	return domain.Count{}
}

// drawSnapshot draws any report of drawStanding's player that is accepted at noon.
func drawSnapshot(t *rapid.T, p domain.Policy) domain.Snapshot {
	r := domain.Report{
		UserID: userID(t, 1), Username: rapid.SampledFrom([]string{"Ada", "Grace"}).Draw(t, "username"),
		DisplayName: rapid.SampledFrom([]string{"", "Countess"}).Draw(t, "displayName"),
		Rank:        drawRank(t, p, "reported rank"), Points: rapid.Int64Range(0, 25).Draw(t, "reported points"),
		Kos: rapid.Int64Range(0, 3).Draw(t, "kos"), Wos: rapid.Int64Range(0, 3).Draw(t, "wos"),
		Warnings: drawCount(t, "reported warnings"), Recommendations: drawCount(t, "recommendations"),
		Punishment: drawStatus(t, "reported punishment"), PunishmentUntil: drawInstant(t, "reported until"),
		Experience: domain.Experience{Server: rapid.SampledFrom([]string{"", "s-1"}).Draw(t, "server")},
		Metadata:   rapid.SampledFrom([]string{"", "{}"}).Draw(t, "metadata"),
		ObservedAt: drawInstant(t, "observed"),
	}
	if r.ObservedAt.After(noon) {
		r.ObservedAt = noon
	}
	return must(domain.NewSnapshot(r, noon))(t)
}
