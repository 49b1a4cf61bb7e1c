package filepolicy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/grps/grps/domain"
)

// rules are the documents of a policy as they were written, with every default filled in. Where a value is not what the
// schema wants, a harmless one stands in for it, so that the other rules can still be judged.
type rules struct {
	privileged  domain.PrivilegedMode
	drift       domain.DriftMode
	bounds      domain.Limits
	ranks       []domain.Rank // in the order of the document; none when it cannot be read
	punishments domain.Punishments
	caps        domain.Caps
	weights     map[string]float64
	limits      map[string]float64
	permissions []domain.RankPermission // in the order of the document
	written     map[string]string       // the key as the document has it, by rank name
	faults      []fault
}

// rulesFrom reads the documents that could be taken apart.
func rulesFrom(trees map[string]*node) rules {
	r := rules{written: make(map[string]string), punishments: punishmentsFrom(trees[punishmentsFile].field("punishments"))}
	ranks := trees[ranksFile]
	// A mode that is unknown is the schema's to report.
	r.privileged, _ = domain.ParsePrivilegedMode(ranks.field("privileged").text())
	r.drift, _ = domain.ParseDriftMode(ranks.field("drift").text())
	r.bounds = boundsFrom(ranks.field("limits"))
	if list := ranks.field("ranks"); list != nil {
		for _, item := range list.items {
			r.ranks = append(r.ranks, rankFrom(item))
		}
	}
	points := trees[pointsFile]
	caps := points.field("caps")
	r.caps = domain.Caps{Daily: caps.field("daily").integer(0), Weekly: caps.field("weekly").integer(0)}
	r.weights, r.limits = numbersFrom(points.field("weights")), numbersFrom(points.field("anti_abuse"))
	if roles := trees[permissionsFile].field("roles"); roles != nil {
		for _, key := range roles.keys {
			r.permit(key, roles)
		}
	}
	return r
}

// rankFrom reads one rank. Names are put into normal form C, in which the names that games report arrive.
func rankFrom(n *node) domain.Rank {
	role, err := domain.NewRoleID(n.field("roleId").integer(0))
	if err != nil {
		role = domain.RoleID{} // absent, or the schema's to report
	}
	return domain.Rank{
		Name:        norm.NFC.String(n.field("name").text()),
		MinPoints:   n.field("minPoints").integer(0),
		MinTimeDays: n.field("minTimeDays").integer(0),
		Level:       n.field("level").text(),
		Privileged:  n.field("privileged").flag(false),
		Punishment:  n.field("isPunishment").flag(false),
		Role:        role,
	}
}

// punishmentsFrom reads the thresholds. One that is no number becomes what no other threshold can contradict.
func punishmentsFrom(n *node) domain.Punishments {
	p := domain.DefaultPunishments()
	if trial := n.field("trial_threshold"); trial != nil {
		p.TrialThreshold = trial.integer(1)
	}
	if severe := n.field("severe_threshold"); severe != nil {
		p.SevereThreshold = severe.integer(domain.MaxCount)
	}
	p.TrialDays = n.field("trial_days").integer(p.TrialDays)
	p.TrialLockPromotion = n.field("trial_lock_promotion").flag(p.TrialLockPromotion)
	return p
}

// boundsFrom reads what automation may do without a person's word.
func boundsFrom(n *node) domain.Limits {
	l := domain.DefaultLimits()
	return domain.Limits{
		MovesPerHour:     n.field("maxMovesPerHour").integer(l.MovesPerHour),
		DemotionsPercent: n.field("maxDemotionsPercent").integer(l.DemotionsPercent),
		RungsPerDay:      n.field("maxRungsPerPlayerPerDay").integer(l.RungsPerDay),
	}
}

func numbersFrom(n *node) map[string]float64 {
	numbers := make(map[string]float64)
	if n != nil {
		for _, key := range n.keys {
			numbers[key] = n.fields[key].number()
		}
	}
	return numbers
}

// permit reads the permission of the rank that key names.
func (r *rules) permit(key string, roles *node) {
	n, rank := roles.fields[key], norm.NFC.String(key)
	if first, twice := r.written[rank]; twice {
		r.faults = append(r.faults, fault{file: permissionsFile, at: []string{"roles", key}, message: fmt.Sprintf(
			"is the same name as on line %d, written with other characters; keep one of them", roles.fields[first].line)})
		return
	}
	r.written[rank] = key
	r.permissions = append(r.permissions, domain.RankPermission{Rank: rank, Permission: domain.Permission{
		Level:     n.field("level").text(),
		CanEarn:   n.field("canEarn").flag(true),
		CanWarn:   n.field("canWarn").flag(false),
		CanAdjust: n.field("canAdjust").flag(false),
		CanBan:    n.field("canBan").flag(false),
		Ignored:   n.field("ignored").flag(false),
		Locked:    n.field("locked").flag(false),
	}})
}

// policy returns the policy, or what the rules of domain find wrong with the documents.
func (r rules) policy() (domain.Policy, []fault) {
	ladder, err := domain.NewLadder(r.ranks)
	if err == nil {
		result, err := domain.NewPolicy(r.parts(ladder))
		return result, r.faultsIn(err)
	}
	faults := r.faultsIn(err)
	ladder, ok := standIn(r.ranks)
	if !ok {
		r.permissions = nil // there is nothing to hold them against
	}
	_, err = domain.NewPolicy(r.parts(ladder))
	return domain.Policy{}, append(faults, r.faultsIn(err)...)
}

// parts puts the rules together. Every rank of the ladder gets a permission, for the defaults of the document are not those
// of a rank that domain does not know.
func (r rules) parts(ladder domain.Ladder) domain.PolicyParts {
	given := make(map[string]domain.Permission, len(r.permissions))
	for _, p := range r.permissions {
		given[p.Rank] = p.Permission
	}
	var defaults []domain.RankPermission
	fill := func(rank, level string) {
		p, ok := given[rank]
		if !ok {
			p.CanEarn = true
		}
		if p.Level == "" {
			p.Level = level
		}
		p.Ignored = p.Ignored || rank == domain.GuestRank
		defaults = append(defaults, domain.RankPermission{Rank: rank, Permission: p})
	}
	for rank := range ladder.Managed() {
		fill(rank.Name, rank.Level)
	}
	fill(domain.GuestRank, "")
	parts := domain.PolicyParts{
		Ladder: ladder, Punishments: r.punishments, Caps: r.caps, Privileged: r.privileged,
		Drift: r.drift, Limits: r.bounds,
		// What was written comes first, so that a rank that does not exist is found; the last one wins.
		Permissions: append(slices.Clone(r.permissions), defaults...),
	}
	parts.Documents = canonical(parts, defaults, r.weights, r.limits)
	parts.Revision = revision(parts.Documents)
	return parts
}

// standIn returns a ladder of the names that could be read, and false when there are none. It exists to judge the other
// documents by; no policy comes out of it.
func standIn(ranks []domain.Rank) (domain.Ladder, bool) {
	var usable []domain.Rank
	seen := make(map[string]bool)
	for _, rank := range ranks {
		alone := []domain.Rank{{Name: rank.Name}}
		if _, err := domain.NewLadder(alone); err == nil && !seen[rank.Name] {
			seen[rank.Name] = true
			usable = append(usable, alone...)
		}
	}
	if len(usable) == 0 {
		ladder, _ := standIn([]domain.Rank{{Name: "none"}})
		return ladder, false
	}
	ladder, err := domain.NewLadder(usable)
	return ladder, err == nil
}

// faultsIn says in which document, and where in it, each fault that domain found is.
func (r rules) faultsIn(err error) []fault {
	e, ok := errors.AsType[*domain.Error](err)
	if !ok {
		return nil
	}
	var faults []fault
	names := r.names()
	for _, wrong := range e.Fields {
		f := fault{file: ranksFile, at: tokens(wrong.Field), message: wrong.Message}
		switch f.at[0] {
		case "punishments":
			f.file = punishmentsFile
		case "caps":
			f.file = pointsFile
		case "roles":
			rank := f.at[1]
			f.file, f.at[1] = permissionsFile, r.written[rank]
			if len(faults) < maxFaults { // looking for a name takes long, and few faults are listed
				f.message += suggestion(rank, names)
			}
		}
		faults = append(faults, f)
	}
	return faults
}

// names returns what a permission can be for.
func (r rules) names() []string {
	names := make([]string, 0, len(r.ranks)+1)
	for _, rank := range r.ranks {
		names = append(names, rank.Name)
	}
	return append(names, domain.GuestRank)
}

// tokens takes a JSON pointer apart.
func tokens(pointer string) []string {
	at := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, token := range at {
		at[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
	}
	return at
}
