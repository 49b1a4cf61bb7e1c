package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

// rolesOf returns the roles of ranks of the standard policy, and two that no ladder knows by the names VIP and Builder.
func rolesOf(t fataler, ranks ...string) []domain.RoleID {
	t.Helper()
	known := map[string]int64{
		"Recruit": 101, "Trooper": 102, "Corporal": 103, "Sergeant": 104, "Captain": 105, "Marshal": 106, "Commander": 107,
		"Suspended": 109, "VIP": 900, "Builder": 901,
	}
	roles := make([]domain.RoleID, len(ranks))
	for i, rank := range ranks {
		roles[i] = roleID(t, known[rank])
	}
	return roles
}

// The standings of these tests: a trooper whom GRPS decided about yesterday, unless they say otherwise.
func decided(s *domain.Standing)   { s.DecidedAt = noon.Add(-day) }
func undecided(s *domain.Standing) {}

func in(rank string) func(*domain.Standing) {
	return func(s *domain.Standing) { s.Rank, s.DecidedAt = rank, noon.Add(-day) }
}

func leftBehind(ranks ...string) func(*domain.Standing) {
	return func(s *domain.Standing) { s.Left, s.DecidedAt = domain.TrailOf(ranks...), noon.Add(-day) }
}

func punishedIn(rank string, punishment domain.Punishment) func(*domain.Standing) {
	return func(s *domain.Standing) { s.Rank, s.Punishment, s.DecidedAt = rank, punishment, noon.Add(-day) }
}

var (
	today     = domain.Warrant{Since: noon}
	yesterday = domain.Warrant{Since: noon.Add(-day)}
	ordered   = domain.Warrant{Since: noon, Ordered: true}
	aBan      = domain.Punishment{Status: domain.PunishmentSevere}
)

// reconciliations are the cases of TestReconcile. Want is "outcome ACTION from>to REASON", from the outcome on as far as there is any.
var reconciliations = []struct {
	name    string
	policy  func(*policyDocument)
	record  func(*domain.Standing)
	held    []string
	warrant domain.Warrant
	want    string
}{
	{"the recorded role alone", nil, decided, []string{"Trooper"}, today, "same"},
	{"unmanaged roles beside it are nobody's business", nil, decided, []string{"VIP", "Trooper", "Builder"}, today, "same"},
	{"no role is recorded and none is held", nil, in("Quartermaster"), []string{"VIP"}, ordered, "unmanaged"},

	{"the role is missing", nil, decided, []string{"VIP"}, today, "mend RESTORE >Trooper ROLES_MENDED"},
	{"the role is missing of somebody GRPS never decided about", nil, undecided, nil, today, "leave"},
	{"the same, and a person asks for it", nil, undecided, nil, ordered, "mend RESTORE >Trooper ROLES_MENDED"},
	{"a privileged role is missing: a person must give it", nil, in("Marshal"), nil, ordered, "leave"},
	{
		"the role of a rank that automation does not look at is missing",
		permitting("Trooper", permissionDocument{Ignored: true}), decided, nil, ordered, "leave",
	},
	{
		"the role of a locked rank is missing",
		permitting("Trooper", permissionDocument{Locked: true}), decided, nil, today, "mend RESTORE >Trooper ROLES_MENDED",
	},

	{"a lower role beside it", nil, decided, []string{"Recruit", "Trooper"}, today, "mend RESTORE Trooper>Trooper ROLES_MENDED"},
	{"a lower role beside it, of somebody GRPS never decided about", nil, undecided, []string{"Recruit", "Trooper"}, today, "leave"},
	{
		"a lower privileged role beside it", func(p *policyDocument) { p.Ranks[0].Privileged = true }, decided,
		[]string{"Recruit", "Trooper"},
		ordered,
		"leave",
	},
	{
		"a lower locked role beside it", permitting("Recruit", permissionDocument{Locked: true}), decided,
		[]string{"Recruit", "Trooper"},
		ordered,
		"leave",
	},
	{
		"a higher role that GRPS took away landed late", nil, leftBehind("Corporal"),
		[]string{"Trooper", "Corporal"},
		yesterday,
		"mend RESTORE Corporal>Trooper ROLES_MENDED",
	},
	{
		"the same, in a store that may have been set back since", nil, leftBehind("Corporal"),
		[]string{"Trooper", "Corporal"},
		today,
		"adopt PROMOTE Trooper>Corporal DRIFT_ADOPTED",
	},
	{
		"the suspension role landed late", nil, leftBehind("Suspended"),
		[]string{"Trooper", "Suspended"},
		yesterday,
		"mend RESTORE Trooper>Trooper ROLES_MENDED",
	},
	{"somebody gave the suspension role beside it", nil, decided, []string{"Trooper", "Suspended"}, ordered, "leave"},

	{"somebody promoted", nil, decided, []string{"Sergeant"}, today, "adopt PROMOTE Trooper>Sergeant DRIFT_ADOPTED"},
	{"somebody promoted by adding a role", nil, decided, []string{"Trooper", "Sergeant"}, today, "adopt PROMOTE Trooper>Sergeant DRIFT_ADOPTED"},
	{"somebody demoted", nil, decided, []string{"Recruit"}, today, "adopt DEMOTE Trooper>Recruit DRIFT_ADOPTED"},
	{"somebody suspended by hand", nil, decided, []string{"Suspended"}, today, "adopt DEMOTE Trooper>Suspended DRIFT_ADOPTED"},
	{"somebody released by hand whom no punishment holds", nil, in("Suspended"), []string{"Trooper"}, today, "adopt RESTORE Suspended>Trooper DRIFT_ADOPTED"},
	{"the recorded rank is gone from the ladder", restoring, in("Quartermaster"), []string{"Trooper"}, yesterday, "adopt PROMOTE Quartermaster>Trooper DRIFT_ADOPTED"},
	{"the recorded rank has no role", without(1), decided, []string{"Recruit"}, ordered, "adopt DEMOTE Trooper>Recruit DRIFT_ADOPTED"},

	{"restore: somebody promoted", restoring, decided, []string{"Sergeant"}, yesterday, "restore DEMOTE Sergeant>Trooper DRIFT_RESTORED"},
	{"restore: somebody demoted", restoring, decided, []string{"Recruit"}, yesterday, "restore PROMOTE Recruit>Trooper DRIFT_RESTORED"},
	{"restore: somebody suspended by hand", restoring, decided, []string{"Suspended"}, yesterday, "restore RESTORE Suspended>Trooper DRIFT_RESTORED"},
	{"restore: somebody added a role", restoring, decided, []string{"Trooper", "Sergeant"}, yesterday, "restore DEMOTE Sergeant>Trooper DRIFT_RESTORED"},
	{"restore: somebody added the suspension role", restoring, decided, []string{"Trooper", "Suspended"}, yesterday, "restore RESTORE Trooper>Trooper DRIFT_RESTORED"},
	{"restore: a privileged rank is never taken", restoring, decided, []string{"Marshal"}, yesterday, "adopt PROMOTE Trooper>Marshal DRIFT_ADOPTED"},
	{"restore: a privileged rank is never given", restoring, in("Marshal"), []string{"Trooper"}, yesterday, "adopt DEMOTE Marshal>Trooper DRIFT_ADOPTED"},
	{
		"restore: a locked rank pins its holder", restoringWith(permitting("Sergeant", permissionDocument{Locked: true})), decided,
		[]string{"Sergeant"},
		yesterday, "adopt PROMOTE Trooper>Sergeant DRIFT_ADOPTED",
	},
	{
		"restore: an ignored rank pins its holder", restoringWith(permitting("Sergeant", permissionDocument{Ignored: true})), decided,
		[]string{"Sergeant"},
		yesterday, "adopt PROMOTE Trooper>Sergeant DRIFT_ADOPTED",
	},
	{
		"restore: whoever is on hold stays where people put them", restoring, func(s *domain.Standing) { decided(s); s.Hold = true },
		[]string{"Sergeant"},
		yesterday, "adopt PROMOTE Trooper>Sergeant DRIFT_ADOPTED",
	},
	{
		"restore: what was not confirmed since is adopted first", restoring, decided,
		[]string{"Sergeant"},
		today,
		"adopt PROMOTE Trooper>Sergeant DRIFT_ADOPTED",
	},
	{
		"restore: a person's asking proves nothing", restoring, decided,
		[]string{"Sergeant"},
		ordered,
		"adopt PROMOTE Trooper>Sergeant DRIFT_ADOPTED",
	},
	{
		"restore: a look that agreed confirms", restoring, func(s *domain.Standing) { s.ConfirmedAt = noon },
		[]string{"Sergeant"},
		today,
		"restore DEMOTE Sergeant>Trooper DRIFT_RESTORED",
	},

	{"a suspended member holds no role", nil, punishedIn("Suspended", trial(noon.Add(day))), nil, today, "punish SUSPEND >Suspended PUNISHED_AGAIN"},
	{
		"a suspended member holds another role", nil, punishedIn("Suspended", trial(noon.Add(day))),
		[]string{"Trooper"},
		today,
		"punish SUSPEND Trooper>Suspended PUNISHED_AGAIN",
	},
	{
		"a suspended member holds another role beside", restoring, punishedIn("Suspended", trial(noon.Add(day))),
		[]string{"Trooper", "Suspended"},
		today,
		"punish SUSPEND Trooper>Suspended PUNISHED_AGAIN",
	},
	{"a banned member holds no role", nil, punishedIn("Suspended", aBan), []string{"VIP"}, today, "punish BAN >Suspended PUNISHED_AGAIN"},
	{"a suspended member whom somebody made privileged", nil, punishedIn("Suspended", aBan), []string{"Suspended", "Marshal"}, ordered, "leave"},
	{
		"a suspended member whom somebody gave a locked rank", permitting("Trooper", permissionDocument{Locked: true}),
		punishedIn("Suspended", aBan),
		[]string{"Trooper"},
		today, "punish BAN Trooper>Suspended PUNISHED_AGAIN",
	},
	{"a suspended member as they should be", nil, punishedIn("Suspended", trial(noon)), []string{"Suspended"}, today, "same"},
	{"a suspension role that has none at Roblox", without(7), punishedIn("Suspended", aBan), []string{"Trooper"}, today, "unmanaged"},
	{
		"a suspension without a suspension rank leaves roles to people", withoutSuspensionRank, punishedIn("Trooper", trial(noon.Add(day))),
		[]string{"Sergeant"},
		today, "adopt PROMOTE Trooper>Sergeant DRIFT_ADOPTED",
	},
}

func restoring(p *policyDocument) { p.Drift = "restore" }

func restoringWith(change func(*policyDocument)) func(*policyDocument) {
	return func(p *policyDocument) {
		restoring(p)
		change(p)
	}
}

func permitting(rank string, permission permissionDocument) func(*policyDocument) {
	return func(p *policyDocument) { p.Permissions = map[string]permissionDocument{rank: permission} }
}

// without takes the role of the rank at an index away.
func without(rank int) func(*policyDocument) {
	return func(p *policyDocument) { p.Ranks[rank].RoleID = 0 }
}

func told(r domain.Reconciliation) string {
	text := r.Outcome.String()
	if d := r.Decision; d.Action != domain.ActionNone {
		text += " " + d.Action.String() + " " + d.From + ">" + d.To + " " + string(d.Reason)
	}
	return text
}

func TestReconcile(t *testing.T) {
	for _, test := range reconciliations {
		t.Run(test.name, func(t *testing.T) {
			policy := standardPolicy(t)
			if test.policy != nil {
				policy = policyWith(t, test.policy)
			}
			seen := domain.Sight{Member: true, Held: rolesOf(t, test.held...)}
			got := domain.Reconcile(policy, newStanding(t, test.record), seen, test.warrant)
			if told(got) != test.want {
				t.Errorf("got %q, want %q", told(got), test.want)
			}
			if changes := got.Outcome == domain.ReconcileMend || got.Outcome == domain.ReconcileRestore || got.Outcome == domain.ReconcilePunish; got.Role != changes {
				t.Errorf("got role %t of %s", got.Role, got.Outcome)
			}
			if got.Decision.Action != domain.ActionNone && got.Decision.Revision != policy.Revision() {
				t.Errorf("the decision names the policy %q", got.Decision.Revision)
			}
		})
	}
}

func TestReconcileOfWhoeverIsNotInTheGroup(t *testing.T) {
	until := noon.Add(day)
	for _, test := range []struct {
		name     string
		record   func(*domain.Standing)
		joinable bool
		want     string
	}{
		{"a player", decided, false, "absent"},
		{"a player whom nothing forbids to join", decided, true, "absent"},
		{"a suspended player", punishedIn("Suspended", trial(until)), true, "absent"},
		{"a banned player", punishedIn("Suspended", aBan), false, "absent"},
		{"a banned player who can join", punishedIn("Suspended", aBan), true, "punish BAN >Suspended PUNISHED_AGAIN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := domain.Reconcile(standardPolicy(t), newStanding(t, test.record), domain.Sight{Joinable: test.joinable}, today)
			if told(got) != test.want || got.Role {
				t.Errorf("got %q and role %t, want %q and no role", told(got), got.Role, test.want)
			}
		})
	}
}

func TestABanThatDoesNotHoldIsGivenAgainWhateverTheRoles(t *testing.T) {
	for _, test := range []struct {
		held []string
		role bool
	}{{[]string{"Suspended"}, false}, {[]string{"Trooper"}, true}, {[]string{"Marshal"}, false}} {
		seen := domain.Sight{Member: true, Held: rolesOf(t, test.held...), Joinable: true}
		got := domain.Reconcile(standardPolicy(t), newStanding(t, punishedIn("Suspended", aBan)), seen, today)
		if got.Outcome != domain.ReconcilePunish || got.Decision.Action != domain.ActionBan || got.Role != test.role {
			t.Errorf("holding %q: got %q and role %t, want a ban again and role %t", test.held, told(got), got.Role, test.role)
		}
	}
}

func TestAPunishmentThatIsGivenAgainKeepsItsEnd(t *testing.T) {
	until := noon.Add(day)
	got := domain.Reconcile(standardPolicy(t), newStanding(t, punishedIn("Suspended", trial(until))), domain.Sight{Member: true}, today)
	if got.Decision.Until != until {
		t.Errorf("got the end %v, want %v", got.Decision.Until, until)
	}
}

func TestReconcileExpectsTheRolesThatItSaw(t *testing.T) {
	held := rolesOf(t, "Recruit", "Trooper", "Sergeant", "VIP")
	got := domain.Reconcile(policyWith(t, restoring), newStanding(t, decided), domain.Sight{Member: true, Held: held}, yesterday)
	if diff := cmp.Diff([]string{"Sergeant", "Recruit"}, got.Expect.Names()); diff != "" || got.Observed != "Sergeant" {
		t.Errorf("observed %q, expected (-want +got):\n%s", got.Observed, diff)
	}
}
