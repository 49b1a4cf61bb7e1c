package filepolicy_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/grps/grps/adapters/filepolicy"
)

func FuzzLoad(f *testing.F) {
	// The seeds are small, for the fuzzer spends its time on shortening what it finds.
	f.Add(`{"ranks": [{"name": "A", "minPoints": 0, "level": "CMD", "roleId": 7}]}`, `{"punishments": {"trial_days": 3}}`,
		`{"caps": {"daily": 1}}`, `{"roles": {"A": {"locked": true}}}`)
	f.Add(`{"ranks": [{"name": "A", "minPoints": 0}, {"name": "B", "minPoints": 0, "isPunishment": true}]}`, `{}`,
		`{"weights": {"kos": 1e-400}}`, `{"roles": {"Guest": {}}}`)
	f.Add(`{"ranks": [{"name": "A\ud800", "minPoints": 1e999}]}`, `[[[`, "\xff", `{"roles": {"/~": {}}}`)
	load := filepolicy.Loader()
	f.Fuzz(func(t *testing.T, ranks, punishments, points, permissions string) {
		d := documents{
			"policy.ranks.json": ranks, "policy.punishments.json": punishments,
			"policy.points.json": points, "permissions.json": permissions,
		}
		p, err := load(d.files())
		if err != nil {
			if len(fieldsOf(t, err)) == 0 {
				t.Fatalf("error: got %v, want one that names a fault", err)
			}
			return
		}
		if p.Ladder().Len() == 0 || len(p.Revision()) != 64 {
			t.Fatalf("policy: got %d rungs and revision %q, want at least one and 64 digits", p.Ladder().Len(), p.Revision())
		}
		again, err := load(d.files())
		if err != nil || again.Revision() != p.Revision() {
			t.Fatalf("loaded again: got %v and revision %s, want %s", err, again.Revision(), p.Revision())
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("grps policy 2\nprivileged approval\ndrift adopt\nbounds 1000 5 1\nrank \"A\" 0 0 \"\" false 0\npunishments 4 7 14 true\n" +
		"caps 0 0\npermission \"A\" \"\" true false false false false false\npermission \"Guest\" \"\" true false false false true false\n")
	f.Add("grps policy 2\nrank \"\\u00c9\" 0 0 \"CMD\" true 7\nsuspension \"S\" 0 0 \"\" false 8\nweight \"k\" 0.5\nlimit \"m\" 1e+06\n")
	f.Add("grps policy 2\nbounds  \nrank \"\npermission \"\"x\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := filepolicy.Parse(text)
		if err != nil {
			return
		}
		sum := sha256.Sum256([]byte(text))
		if p.Documents() != text || p.Revision() != hex.EncodeToString(sum[:]) || p.Ladder().Len() == 0 {
			t.Fatalf("policy: got %d rungs, revision %s and documents\n%q\nwant those of\n%q", p.Ladder().Len(), p.Revision(), p.Documents(), text)
		}
	})
}
