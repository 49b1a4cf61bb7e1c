package filepolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/filepolicy"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/policy"
)

func TestTheShippedPolicyLoadsWithTheThreeRanksNextToEachOther(t *testing.T) {
	p, err := filepolicy.Load(policy.Documents())
	if err != nil {
		t.Fatal(err)
	}
	middle, _ := p.Ladder().Rung("Volt Specialist II")
	below, _ := p.Ladder().Previous(middle.Name)
	above, _ := p.Ladder().Next(middle.Name)

	var got []string
	for _, r := range []domain.Rank{below, middle, above} {
		got = append(got, fmt.Sprint(r.Name, " ", r.MinPoints))
	}
	want := []string{"Shock Trooper II 150", "Volt Specialist II 400", "Storm Corporal I 750"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rungs around Volt Specialist II (-want +got):\n%s", diff)
	}
	if suspension, _ := p.Ladder().Suspension(); suspension.Name != "Suspended" {
		t.Errorf("suspension rank: got %q, want Suspended", suspension.Name)
	}
}

func TestNoFolderMeansTheShippedPolicy(t *testing.T) {
	shipped, err := filepolicy.Load(policy.Documents())
	if err != nil {
		t.Fatal(err)
	}
	p, err := filepolicy.LoadDir("")
	if err != nil {
		t.Fatal(err)
	}
	if p.Revision() != shipped.Revision() {
		t.Errorf("revision: got %s, want %s", p.Revision(), shipped.Revision())
	}
}

func TestEveryValueOfTheDocumentsArrives(t *testing.T) {
	p := load(t, documents{
		"policy.ranks.json": `{"$schema": "schema/policy.ranks.schema.json", "privileged": "never", "ranks": [
			{"name": "Low", "minPoints": 0},
			{"name": "High", "minPoints": 150.0, "minTimeDays": 3e0, "level": "OFF", "privileged": true, "roleId": 1.2e1},
			{"name": "Cell", "minPoints": 0, "isPunishment": true, "roleId": 9007199254740991}
		]}`,
		"policy.punishments.json": `{"punishments":
			{"trial_threshold": 2, "severe_threshold": 3, "trial_days": 36500, "trial_lock_promotion": false}}`,
		"policy.points.json": `{"weights": {"kos": 0.5}, "caps": {"daily": 10, "weekly": 50}, "anti_abuse": {"x": 1}}`,
		"permissions.json": `{"roles": {"High":
			{"level": "L", "canEarn": false, "canWarn": true, "canAdjust": true, "canBan": true, "ignored": true, "locked": true}}}`,
	})

	high, _ := p.Ladder().Rung("High")
	if high.MinPoints != 150 || high.MinTimeDays != 3 || high.Level != "OFF" || !high.Privileged || high.Role.Int64() != 12 {
		t.Errorf("High: got %+v, want 150 points, 3 days, level OFF, privileged, role 12", high)
	}
	if cell, ok := p.Ladder().Suspension(); !ok || cell.Role.Int64() != domain.MaxID {
		t.Errorf("suspension rank: got %+v, want Cell with role %d", cell, int64(domain.MaxID))
	}
	if got, want := p.Punishments(), (domain.Punishments{TrialThreshold: 2, SevereThreshold: 3, TrialDays: 36500}); got != want {
		t.Errorf("punishments: got %+v, want %+v", got, want)
	}
	if got, want := p.Caps(), (domain.Caps{Daily: 10, Weekly: 50}); got != want {
		t.Errorf("caps: got %+v, want %+v", got, want)
	}
	want := domain.Permission{Level: "L", CanWarn: true, CanAdjust: true, CanBan: true, Ignored: true, Locked: true}
	if got := p.Permission("High"); got != want {
		t.Errorf("permission of High: got %+v, want %+v", got, want)
	}
	if p.Privileged() != domain.PrivilegedNever {
		t.Errorf("privileged: got %s, want never", p.Privileged())
	}
}

func TestAbsentDocumentsMeanTheirDefaults(t *testing.T) {
	p := load(t, with(nil))

	if got, want := p.Punishments(), domain.DefaultPunishments(); got != want {
		t.Errorf("punishments: got %+v, want %+v", got, want)
	}
	if got := p.Caps(); got != (domain.Caps{}) {
		t.Errorf("caps: got %+v, want none", got)
	}
	if p.Privileged() != domain.PrivilegedApproval {
		t.Errorf("privileged: got %s, want approval", p.Privileged())
	}
	if got, want := p.Permission("Marshal"), (domain.Permission{Level: "CMD", CanEarn: true}); got != want {
		t.Errorf("permission of a rank: got %+v, want %+v", got, want)
	}
	if got, want := p.Permission("Guest"), (domain.Permission{CanEarn: true, Ignored: true}); got != want {
		t.Errorf("permission of Guest: got %+v, want %+v", got, want)
	}
}

func TestAPermissionThatLeavesSomethingOutHasItsDefault(t *testing.T) {
	p := load(t, with(documents{"permissions.json": `{"roles": {"Marshal": {"locked": true}}}`}))

	if got, want := p.Permission("Marshal"), (domain.Permission{Level: "CMD", CanEarn: true, Locked: true}); got != want {
		t.Errorf("permission of Marshal: got %+v, want %+v", got, want)
	}
}

func TestNamesAreReadInNormalFormC(t *testing.T) {
	p := load(t, documents{
		"policy.ranks.json": `{"ranks": [{"name": "Cafe\u0301", "minPoints": 0}]}`,
		"permissions.json":  `{"roles": {"Cafe\u0301": {"locked": true}}}`,
	})
	if _, ok := p.Ladder().Rung("Caf\u00e9"); !ok || !p.Permission("Caf\u00e9").Locked {
		t.Errorf("Caf\u00e9: got a rung %t, locked %t; want both", ok, p.Permission("Caf\u00e9").Locked)
	}
}

func TestBrokenDocumentsAreRefusedWithTheirPlaceAndAHint(t *testing.T) {
	ranks := func(list string) documents { return documents{"policy.ranks.json": `{"ranks": [` + list + `]}`} }
	punishments := func(keys string) documents {
		return with(documents{"policy.punishments.json": `{"punishments": {` + keys + `}}`})
	}
	permissions := func(keys string) documents { return with(documents{"permissions.json": `{"roles": {` + keys + `}}`}) }
	whole := func(content string) documents { return documents{"policy.ranks.json": content} }
	const base = `{"name": "A", "minPoints": 0}`

	for _, c := range []struct {
		name           string
		documents      documents
		field, message string
	}{
		{"no ranks document", documents{}, "policy.ranks.json", "is missing"},
		{"an empty file", whole(""), "policy.ranks.json", "is empty; write {}"},
		{"a file of spaces", whole(" \n "), "policy.ranks.json", "is empty"},
		{"half a document", whole(`{"ranks": [{"na`), "policy.ranks.json", "unexpected end of JSON input"},
		{"two documents in one file", whole(smallPolicy + "{}"), "policy.ranks.json", "after top-level value"},
		{"a comma too many", whole("{\"ranks\": [\n" + base + ",\n]}"), "policy.ranks.json", "remove the comma before it (line 3)"},
		{"a comment", whole("{\n// ranks\n}"), "policy.ranks.json", "JSON has no comments (line 2)"},
		{"single quotes", whole("{'ranks': []}"), "policy.ranks.json", "double quotes"},
		{"a byte order mark", whole("\ufeff" + smallPolicy), "policy.ranks.json", "byte order mark"},
		{"Latin-1", whole("{\n\"caf\xe9\": 1}"), "policy.ranks.json", "save it as UTF-8 (line 2)"},
		{"too many levels", whole(strings.Repeat("[", 40) + strings.Repeat("]", 40)), "policy.ranks.json", "32 levels deep"},
		{
			"too many values",
			whole("[\n" + strings.Repeat("0,", 20_000) + "0]"), "policy.ranks.json", "holds more than 20000 values; no policy needs that many (line 2)",
		},
		{"a document of more than 1 MiB", whole(smallPolicy + strings.Repeat(" ", 1<<20)), "policy.ranks.json", "larger than 1 MiB"},
		{"a bare list", whole(`[]`), "policy.ranks.json", "must be an object, not a list"},
		{"null", whole(`null`), "policy.ranks.json", "must be an object, not null"},
		{"no list of ranks", whole(`{}`), "policy.ranks.json#/ranks", "is missing"},
		{"an empty list", ranks(``), "policy.ranks.json#/ranks", "must not be an empty list"},
		{"ranks that are an object", whole(`{"ranks": {}}`), "policy.ranks.json#/ranks", "must be a list, not an object"},
		{"a key given twice", ranks(`{"name": "A", "minPoints": 0, "minPoints": 0}`), "policy.ranks.json#/ranks/0/minPoints", "given twice"},
		{
			"a key given twice, once escaped",
			ranks(`{"name": "A", "minPoints": 0, "minPoint\u0073": 0}`), "policy.ranks.json#/ranks/0/minPoints", "given twice",
		},
		{"half a surrogate pair", ranks(`{"name": "A\ud800", "minPoints": 0}`), "policy.ranks.json#/ranks/0/name", "surrogate"},
		{"a huge exponent", ranks(`{"name": "A", "minPoints": 1e999999}`), "policy.ranks.json#/ranks/0/minPoints", "too many digits"},
		{
			"a very long number",
			ranks(`{"name": "A", "minPoints": 0.` + strings.Repeat("0", 5000) + `}`), "policy.ranks.json#/ranks/0/minPoints", "too many digits",
		},
		{
			"a misspelt key",
			ranks(base + `, {"name": "B", "minPoints": 1, "minTimeDay": 2}`),
			"policy.ranks.json#/ranks/1/minTimeDay", `is not a known key; did you mean "minTimeDays"?`,
		},
		{
			"an unknown key",
			whole(`{"ranks": [` + base + `], "wibble": 1}`), "policy.ranks.json#/wibble", "the keys here are drift, limits, privileged, ranks",
		},
		{"a rank without points", ranks(base + `, {"name": "B"}`), "policy.ranks.json#/ranks/1/minPoints", "is missing"},
		{"a rank that is a name", ranks(base + `, "B"`), "policy.ranks.json#/ranks/1", "must be an object, not a text"},
		{"points as text", ranks(`{"name": "A", "minPoints": "0"}`), "policy.ranks.json#/ranks/0/minPoints", "write it without quotes"},
		{"half a point", ranks(`{"name": "A", "minPoints": 0.5}`), "policy.ranks.json#/ranks/0/minPoints", "not a fraction"},
		{
			"negative points",
			ranks(base + `, {"name": "B", "minPoints": -3}`), "policy.ranks.json#/ranks/1/minPoints", "must be 0 … 2147483647, not -3",
		},
		{
			"more days than a hundred years",
			ranks(`{"name": "A", "minPoints": 0, "minTimeDays": 36501}`), "policy.ranks.json#/ranks/0/minTimeDays", "must be 0 … 36500",
		},
		{"role id 0", ranks(`{"name": "A", "minPoints": 0, "roleId": 0}`), "policy.ranks.json#/ranks/0/roleId", "must be 1 … 9007199254740991"},
		{"an empty name", ranks(`{"name": "", "minPoints": 0}`), "policy.ranks.json#/ranks/0/name", "must not be empty"},
		{"a name with an edge space", ranks(`{"name": "A ", "minPoints": 0}`), "policy.ranks.json#/ranks/0/name", "begin or end with a space"},
		{
			"a name of 65 characters",
			ranks(`{"name": "` + strings.Repeat("x", 65) + `", "minPoints": 0}`), "policy.ranks.json#/ranks/0/name", "at most 64 characters long, not 65",
		},
		{"a noncharacter in a name", ranks(`{"name": "A\ufffe", "minPoints": 0}`), "policy.ranks.json#/ranks/0/name", "control characters"},
		{"a rank called Guest", ranks(`{"name": "Guest", "minPoints": 0}`), "policy.ranks.json#/ranks/0/name", `must not be "Guest"`},
		{"a name used twice", ranks(base + `, {"name": "A", "minPoints": 1}`), "policy.ranks.json#/ranks/1/name", "repeats the name of rank 0"},
		{
			"a name used twice in two normal forms",
			ranks(`{"name": "\u00e9", "minPoints": 0}, {"name": "e\u0301", "minPoints": 1}`), "policy.ranks.json#/ranks/1/name", "repeats the name",
		},
		{
			"a role used twice",
			ranks(`{"name": "A", "minPoints": 0, "roleId": 5}, {"name": "B", "minPoints": 1, "roleId": 5}`),
			"policy.ranks.json#/ranks/1/roleId", "repeats the role of rank 0",
		},
		{"a lowest rung that needs points", ranks(`{"name": "A", "minPoints": 5}`), "policy.ranks.json#/ranks", "needs a rank with minPoints 0"},
		{
			"only a punishment rank",
			ranks(`{"name": "A", "minPoints": 0, "isPunishment": true}`), "policy.ranks.json#/ranks", "not a punishment",
		},
		{
			"two punishment ranks",
			ranks(base + `, {"name": "B", "minPoints": 0, "isPunishment": true}, {"name": "C", "minPoints": 0, "isPunishment": true}`),
			"policy.ranks.json#/ranks/2/isPunishment", "only one rank",
		},
		{
			"an unknown switch",
			whole(`{"privileged": "automatc", "ranks": [` + base + `]}`),
			"policy.ranks.json#/privileged", `must be one of "approval", "automatic", "never", not "automatc"; did you mean "automatic"?`,
		},
		{"a trial threshold of 0", punishments(`"trial_threshold": 0`), "policy.punishments.json#/punishments/trial_threshold", "must be 1 … "},
		{
			"thresholds that are equal",
			punishments(`"trial_threshold": 7`), "policy.punishments.json#/punishments/severe_threshold", "must be above trial_threshold (7)",
		},
		{"no trial days", punishments(`"trial_days": 0`), "policy.punishments.json#/punishments/trial_days", "must be 1 … 36500, not 0"},
		{"a negative cap", with(documents{"policy.points.json": `{"caps": {"daily": -1}}`}), "policy.points.json#/caps/daily", "must be 0 … "},
		{
			"a negative weight",
			with(documents{"policy.points.json": `{"weights": {"kos": -0.5}}`}), "policy.points.json#/weights/kos", "must be 0 … 2147483647, not -0.500",
		},
		{
			"a counter without a name",
			with(documents{"policy.points.json": `{"weights": {"": 1}}`}), "policy.points.json#/weights/", "is not a usable name",
		},
		{
			"permissions for a misspelt rank",
			permissions(`"Volt Specialist 2": {}`), "permissions.json#/roles/Volt Specialist 2", `did you mean "Volt Specialist II"?`,
		},
		{
			"permissions for a rank in other case",
			documents{
				"policy.ranks.json": `{"ranks": [{"name": "HIGH COMMAND", "minPoints": 0}]}`,
				"permissions.json":  `{"roles": {"High command": {}}}`,
			},
			"permissions.json#/roles/High command", `did you mean "HIGH COMMAND"?`,
		},
		{
			"permissions for a rank like no other",
			permissions(`"Zookeeper/~": {}`), "permissions.json#/roles/Zookeeper~1~0", `is not a rank of the ladder; use a rank's name or "Guest" (line 1)`,
		},
		{
			"permissions for no rank in another normal form",
			permissions(`"Zoe\u0301": {}`), "permissions.json#/roles/Zoe\u0301", "is not a rank of the ladder",
		},
		{
			"permissions beside ranks that cannot be read",
			documents{"policy.ranks.json": "{", "permissions.json": `{"roles": {"A": {}}}`},
			"policy.ranks.json", "is not JSON",
		},
		{"an unknown permission", permissions(`"Guest": {"canKick": true}`), "permissions.json#/roles/Guest/canKick", "is not a known key"},
		{"a permission as text", permissions(`"Guest": {"canBan": "true"}`), "permissions.json#/roles/Guest/canBan", "must be true or false"},
		{
			"permissions for one rank in two normal forms",
			documents{
				"policy.ranks.json": `{"ranks": [{"name": "\u00e9", "minPoints": 0}]}`,
				"permissions.json":  `{"roles": {"\u00e9": {}, "e\u0301": {}}}`,
			},
			"permissions.json#/roles/e\u0301", "is the same name as on line 1",
		},
		{"permissions for an empty name", permissions(`"": {}`), "permissions.json#/roles/", "is not a usable name: it must not be empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := filepolicy.Load(c.documents.files())
			got := fieldsOf(t, err)
			if len(got) != 1 || got[0].Field != c.field || !strings.Contains(got[0].Message, c.message) {
				t.Errorf("faults: got %q, want one at %q that says %q", got, c.field, c.message)
			}
		})
	}
}

func TestEveryFaultIsToldInTheOrderOfTheDocuments(t *testing.T) {
	_, err := filepolicy.Load(documents{
		"policy.ranks.json": `{
			"ranks": [
				{"name": "A", "minPoints": "0"},
				{"name": "A", "minPoints": -1,
				 "roleid": 4},
				{"name": "C", "minPoints": 9, "name": "D"}
			],
			"privileged": "sometimes"}`,
		"policy.punishments.json": `{"punishments": {"trial_days": 0, "severe_threshold": 3, "x": 1}}`,
		"policy.points.json":      `{"caps": }`,
		"permissions.json":        `{"roles": {"D": {}, "a": {"locked": 1}, "Guest": {}}}`,
	}.files())

	var got []string
	for _, f := range fieldsOf(t, err) {
		got = append(got, f.Field+f.Message[strings.LastIndex(f.Message, " ("):])
	}
	want := []string{
		"policy.ranks.json#/ranks/0/minPoints (line 3)",
		"policy.ranks.json#/ranks/1/name (line 4)",
		"policy.ranks.json#/ranks/1/minPoints (line 4)",
		"policy.ranks.json#/ranks/1/roleid (line 5)",
		"policy.ranks.json#/ranks/2/name (line 6)",
		"policy.ranks.json#/privileged (line 8)",
		"policy.punishments.json#/punishments/trial_days (line 1)",
		"policy.punishments.json#/punishments/severe_threshold (line 1)",
		"policy.punishments.json#/punishments/x (line 1)",
		"policy.points.json (line 1)",
		"permissions.json#/roles/D (line 1)",
		"permissions.json#/roles/a (line 1)",
		"permissions.json#/roles/a/locked (line 1)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestAThresholdThatCannotBeReadContradictsNoOther(t *testing.T) {
	_, err := filepolicy.Load(with(documents{
		"policy.punishments.json": `{"punishments": {"trial_threshold": "5", "severe_threshold": 3}}`,
	}).files())

	if got := fieldsOf(t, err); len(got) != 1 || got[0].Field != "policy.punishments.json#/punishments/trial_threshold" {
		t.Errorf("faults: got %q, want one at the trial threshold", got)
	}
}

func TestAnErrorNamesNoMoreThanAHundredFaultsAndLittleOfEach(t *testing.T) {
	key := strings.Repeat("k", 5000)
	var ranks strings.Builder
	for i := range 150 {
		fmt.Fprintf(&ranks, `{"name": "R%d", "minPoints": 0, "%s": 1},`, i, key)
	}
	_, err := filepolicy.Load(documents{
		"policy.ranks.json": `{"ranks": [` + strings.TrimSuffix(ranks.String(), ",") + `]}`,
	}.files())

	if got := len(fieldsOf(t, err)); got != 100 {
		t.Errorf("faults: got %d, want 100", got)
	}
	if got := err.Error(); len(got) > 100_000 || !strings.Contains(got, "50 more faults are not listed") {
		t.Errorf("error: got %d bytes that begin %.100q, want less than 100,000 that count the other 50", len(got), got)
	}
}

func load(t *testing.T, d documents) domain.Policy {
	t.Helper()
	p, err := filepolicy.Load(d.files())
	if err != nil {
		t.Fatal(err)
	}
	return p
}
