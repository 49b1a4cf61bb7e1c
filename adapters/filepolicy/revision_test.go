package filepolicy_test

import (
	"regexp"
	"strings"
	"testing"
)

// fullPolicy sets every rule there is.
func fullPolicy() documents {
	return documents{
		"policy.ranks.json": `{"privileged": "approval", "ranks": [
			{"name": "Recruit", "minPoints": 0, "minTimeDays": 0, "level": "ENL", "privileged": false, "roleId": 11},
			{"name": "Éclaireur", "minPoints": 400, "minTimeDays": 2, "level": "NCO", "privileged": false, "roleId": 12},
			{"name": "Suspended", "minPoints": 0, "level": "PUN", "isPunishment": true, "roleId": 13}
		]}`,
		"policy.punishments.json": `{"punishments":
			{"trial_threshold": 4, "severe_threshold": 7, "trial_days": 14, "trial_lock_promotion": true}}`,
		"policy.points.json": `{"weights": {"kos": 2, "wos": 0.5}, "caps": {"daily": 10, "weekly": 50}, "anti_abuse": {"min": 5}}`,
		"permissions.json": `{"roles": {
			"Guest": {"level": "NONE", "canEarn": false},
			"Recruit": {"canEarn": true, "canWarn": false, "canAdjust": false, "canBan": false, "ignored": false, "locked": false}
		}}`,
	}
}

func TestTheRevisionIsASHA256InHexadecimal(t *testing.T) {
	if got := load(t, fullPolicy()).Revision(); !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(got) {
		t.Errorf("revision: got %q, want 64 lower-case hexadecimal digits", got)
	}
}

// Decisions are stored with the revision they were made under: the same rules must keep theirs from release to release.
func TestTheRevisionOfTheSameRulesNeverChanges(t *testing.T) {
	const want = "2d90684be709ebcb314750a6bfd7baba0d56d5e80686ba8d5c7d227fe0c56547"
	if got := load(t, fullPolicy()).Revision(); got != want {
		t.Errorf("revision: got %s, want %s", got, want)
	}
}

func TestTheRevisionStaysWhenOnlyTheWritingChanges(t *testing.T) {
	want := load(t, fullPolicy()).Revision()
	for _, c := range []struct{ name, file, old, replacement string }{
		{"spaces and line ends", "policy.ranks.json", ", ", ",\r\n\t "},
		{"an address of a schema", "policy.ranks.json", `{"privileged"`, `{"$schema": "x", "privileged"`},
		{"the order of keys", "policy.ranks.json", `"name": "Recruit", "minPoints": 0`, `"minPoints": 0, "name": "Recruit"`},
		{"escapes", "policy.ranks.json", "É", `\u00c9`},
		{"another normal form", "policy.ranks.json", "É", `E\u0301`},
		{"a whole number with a point", "policy.ranks.json", `"minPoints": 400`, `"minPoints": 4.0e2`},
		{"a default left out", "policy.ranks.json", `"privileged": "approval", `, ""},
		{"the default for drift and limits spelt out", "policy.ranks.json", `"ranks"`, `"drift": "adopt", "limits": {
			"maxMovesPerHour": 1000, "maxDemotionsPercent": 5, "maxRungsPerPlayerPerDay": 1}, "ranks"`},
		{"a rank's default left out", "policy.ranks.json", `"minTimeDays": 0, "level": "ENL", "privileged": false`, `"level": "ENL"`},
		{"a default of conduct left out", "policy.punishments.json", `"trial_days": 14, `, ""},
		{"a document of defaults left out", "policy.punishments.json", "", ""},
		{"a permission's default left out", "permissions.json", `"canWarn": false, `, ""},
		{"the level of the rank repeated", "permissions.json", `"Recruit": {`, `"Recruit": {"level": "ENL", `},
		{"what Guest always is", "permissions.json", `"Guest": {`, `"Guest": {"ignored": true, `},
		{"a fraction in another form", "policy.points.json", "0.5", "50e-2"},
		{"the order of weights", "policy.points.json", `"kos": 2, "wos": 0.5`, `"wos": 0.5, "kos": 2`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := revisionWith(t, c.file, c.old, c.replacement); got != want {
				t.Errorf("revision: got %s, want it to stay %s", got, want)
			}
		})
	}
}

func TestEveryChangeOfARuleChangesTheRevision(t *testing.T) {
	seen := map[string]string{load(t, fullPolicy()).Revision(): "the policy itself"}
	for _, c := range []struct{ name, file, old, replacement string }{
		{"the switch for privileged ranks", "policy.ranks.json", "approval", "never"},
		{"the switch for drift", "policy.ranks.json", `"ranks"`, `"drift": "restore", "ranks"`},
		{"the moves of an hour", "policy.ranks.json", `"ranks"`, `"limits": {"maxMovesPerHour": 999}, "ranks"`},
		{"the demotions of an hour", "policy.ranks.json", `"ranks"`, `"limits": {"maxDemotionsPercent": 6}, "ranks"`},
		{"the rungs of a day", "policy.ranks.json", `"ranks"`, `"limits": {"maxRungsPerPlayerPerDay": 0}, "ranks"`},
		{"a name", "policy.ranks.json", "Éclaireur", "Scout"},
		{"points", "policy.ranks.json", "400", "401"},
		{"tenure", "policy.ranks.json", `"minTimeDays": 2`, `"minTimeDays": 3`},
		{"a level", "policy.ranks.json", "NCO", "OFF"},
		{"a privileged level", "policy.ranks.json", "NCO", "CMD"},
		{"privileged", "policy.ranks.json", `"NCO", "privileged": false`, `"NCO", "privileged": true`},
		{"a role", "policy.ranks.json", "12", "120"},
		{"a role taken away", "policy.ranks.json", `, "roleId": 12`, ""},
		{"the kind of a rank", "policy.ranks.json", `, "isPunishment": true`, ""},
		{"the trial threshold", "policy.punishments.json", `"trial_threshold": 4`, `"trial_threshold": 5`},
		{"the severe threshold", "policy.punishments.json", "7", "8"},
		{"the length of a suspension", "policy.punishments.json", "14", "15"},
		{"the promotion lock", "policy.punishments.json", "true", "false"},
		{"the daily cap", "policy.points.json", `"daily": 10`, `"daily": 11`},
		{"the weekly cap", "policy.points.json", "50", "51"},
		{"a weight", "policy.points.json", `"kos": 2`, `"kos": 3`},
		{"the name of a weight", "policy.points.json", "kos", "kills"},
		{"a weight moved to the limits", "policy.points.json", `"anti_abuse": {"min": 5}`, `"anti_abuse": {"min": 5, "kos": 2}`},
		{"a limit", "policy.points.json", `"min": 5`, `"min": 6`},
		{"no points document", "policy.points.json", "", ""},
		{"no permissions", "permissions.json", "", ""},
		{"a permission's level", "permissions.json", `"Recruit": {`, `"Recruit": {"level": "X", `},
		{"canEarn", "permissions.json", `"canEarn": true`, `"canEarn": false`},
		{"canWarn", "permissions.json", `"canWarn": false`, `"canWarn": true`},
		{"canAdjust", "permissions.json", `"canAdjust": false`, `"canAdjust": true`},
		{"canBan", "permissions.json", `"canBan": false`, `"canBan": true`},
		{"ignored", "permissions.json", `"ignored": false`, `"ignored": true`},
		{"locked", "permissions.json", `"locked": false`, `"locked": true`},
		{"who has the permission", "permissions.json", `"Recruit": {"canEarn": true`, `"Suspended": {"canEarn": false`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := revisionWith(t, c.file, c.old, c.replacement)
			if other, taken := seen[got]; taken {
				t.Errorf("revision: got %s, which is that of %s, want another", got, other)
			}
			seen[got] = c.name
		})
	}
}

// revisionWith returns the revision of fullPolicy with one text replaced everywhere in a file. An empty old text leaves the
// whole file out.
func revisionWith(t *testing.T, file, old, replacement string) string {
	t.Helper()
	d := fullPolicy()
	switch {
	case old == "":
		delete(d, file)
	case !strings.Contains(d[file], old):
		t.Fatalf("%s does not hold %q", file, old)
	default:
		d[file] = strings.ReplaceAll(d[file], old, replacement)
	}
	return load(t, d).Revision()
}
