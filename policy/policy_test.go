package policy_test

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/policy"
)

type rank struct {
	Name         string `json:"name"`
	MinPoints    int64  `json:"minPoints"`
	MinTimeDays  int64  `json:"minTimeDays"`
	Level        string `json:"level"`
	Privileged   bool   `json:"privileged"`
	IsPunishment bool   `json:"isPunishment"`
	RoleID       int64  `json:"roleId"`
}

func TestTheRootsHoldTheFourDocumentsAndTheirSchemasOnly(t *testing.T) {
	documents, schemas := fileNames(t, policy.Documents()), fileNames(t, policy.Schemas())

	want := []string{"permissions.json", "policy.points.json", "policy.punishments.json", "policy.ranks.json"}
	if diff := cmp.Diff(want, documents); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
	want = []string{
		"permissions.schema.json", "policy.points.schema.json", "policy.punishments.schema.json",
		"policy.ranks.schema.json",
	}
	if diff := cmp.Diff(want, schemas); diff != "" {
		t.Errorf("schemas (-want +got):\n%s", diff)
	}
}

func TestTheShippedLadderClimbsFromZero(t *testing.T) {
	career, _ := shippedRanks(t)

	if len(career) < 16 {
		t.Fatalf("career ranks: got %d, want at least 16", len(career))
	}
	if career[0].MinPoints != 0 {
		t.Errorf("minPoints of the entry rank %s: got %d, want 0", career[0].Name, career[0].MinPoints)
	}
	for i, r := range career[1:] {
		below := career[i]
		if r.MinPoints <= below.MinPoints {
			t.Errorf("minPoints of %s: got %d, want more than %d, the rung below", r.Name, r.MinPoints, below.MinPoints)
		}
		if r.MinTimeDays < below.MinTimeDays {
			t.Errorf("minTimeDays of %s: got %d, want at least %d as below", r.Name, r.MinTimeDays, below.MinTimeDays)
		}
	}
}

func TestThePublishedRungsStandNextToEachOtherAndNeedNoWaiting(t *testing.T) {
	type rung struct {
		Name      string
		MinPoints int64
	}
	want := []rung{{"Shock Trooper II", 150}, {"Volt Specialist II", 400}, {"Storm Corporal I", 750}}

	career, _ := shippedRanks(t)
	var got []rung
	for _, r := range career {
		if r.MinPoints >= want[0].MinPoints && r.MinPoints <= want[2].MinPoints {
			got = append(got, rung{r.Name, r.MinPoints})
		}
		if r.MinPoints <= want[2].MinPoints && r.MinTimeDays != 0 {
			t.Errorf("minTimeDays of %s: got %d, want 0", r.Name, r.MinTimeDays)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rungs from 150 to 750 points (-want +got):\n%s", diff)
	}
}

func TestThePrivilegedRanksAreTheTopOfTheLadder(t *testing.T) {
	career, _ := shippedRanks(t)

	privileged := 0
	for i, r := range career {
		byLevel := r.Level == "LDR" || r.Level == "CCM" || r.Level == "CMD"
		if r.Privileged != byLevel {
			t.Errorf("%s has privileged %t, want %t as its level is %s", r.Name, r.Privileged, byLevel, r.Level)
		}
		if r.Privileged {
			privileged++
		} else if i > 0 && career[i-1].Privileged {
			t.Errorf("%s is not privileged, but %s below is", r.Name, career[i-1].Name)
		}
	}
	if privileged < 3 {
		t.Errorf("privileged ranks: got %d, want at least 3", privileged)
	}
}

func TestSuspendedIsTheOnlyPunishmentRank(t *testing.T) {
	_, punishment := shippedRanks(t)

	var got []string
	for _, r := range punishment {
		got = append(got, r.Name)
	}
	if diff := cmp.Diff([]string{"Suspended"}, got); diff != "" {
		t.Errorf("punishment ranks (-want +got):\n%s", diff)
	}
}

func TestNoTwoShippedRanksShareANameOrARole(t *testing.T) {
	career, punishment := shippedRanks(t)

	names, roles := map[string]bool{}, map[int64]string{}
	for _, r := range append(career, punishment...) {
		if names[r.Name] {
			t.Errorf("the name %s is used twice", r.Name)
		}
		if other, taken := roles[r.RoleID]; taken {
			t.Errorf("role id %d: got both %s and %s, want one rank", r.RoleID, other, r.Name)
		}
		names[r.Name], roles[r.RoleID] = true, r.Name
	}
}

func TestShippedPermissionsNameRanksOrGuest(t *testing.T) {
	career, punishment := shippedRanks(t)
	levels := map[string]string{"Guest": "NONE"}
	for _, r := range append(career, punishment...) {
		levels[r.Name] = r.Level
	}

	var document struct {
		Roles map[string]struct {
			Level   string `json:"level"`
			Ignored bool   `json:"ignored"`
		} `json:"roles"`
	}
	decode(t, "permissions.json", &document)
	if !document.Roles["Guest"].Ignored {
		t.Errorf("Guest: got ignored false, want true")
	}
	for name, role := range document.Roles {
		level, known := levels[name]
		if !known {
			t.Errorf("permissions for %q: got no such rank, want a rank or Guest", name)
		} else if role.Level != level {
			t.Errorf("level of %s: got %s, want %s as in policy.ranks.json", name, role.Level, level)
		}
	}
}

func TestShippedPunishmentsAreTheDocumentedDefaults(t *testing.T) {
	var document struct {
		Punishments map[string]any `json:"punishments"`
	}
	decode(t, "policy.punishments.json", &document)

	want := map[string]any{
		"trial_threshold": 4.0, "severe_threshold": 7.0, "trial_days": 14.0, "trial_lock_promotion": true,
	}
	if diff := cmp.Diff(want, document.Punishments); diff != "" {
		t.Errorf("punishments (-want +got):\n%s", diff)
	}
}

// shippedRanks returns the shipped ranks in file order: those that are rungs, and those that are not.
func shippedRanks(t *testing.T) (career, punishment []rank) {
	t.Helper()
	var document struct {
		Ranks []rank `json:"ranks"`
	}
	decode(t, "policy.ranks.json", &document)
	for _, r := range document.Ranks {
		if r.IsPunishment {
			punishment = append(punishment, r)
		} else {
			career = append(career, r)
		}
	}
	return career, punishment
}

func decode(t *testing.T, name string, into any) {
	t.Helper()
	content, err := fs.ReadFile(policy.Documents(), name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func fileNames(t *testing.T, files fs.FS) []string {
	t.Helper()
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
