package filepolicy_test

import (
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
