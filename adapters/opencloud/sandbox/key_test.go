package sandbox_test

import (
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

func TestAKeyWithoutAScopeIsRefusedWhatItIsFor(t *testing.T) {
	r := newRig(t)
	r.s.Join(5)
	r.look("POST", "key", `{"without":["group:write"]}`).want(204)
	r.post("/cloud/v2/groups/7/memberships/5:assignRole", `{"role":"groups/7/roles/12"}`).wantError(403, "PERMISSION_DENIED")
	equal(t, "roles", r.roles(5), []int64{})
	r.get("/cloud/v2/groups/7/roles").want(200)
	scopes, _ := r.post("/api-keys/v1/introspect", `{"apiKey":"`+key+`"}`).want(200).fields()["scopes"].([]any)
	equal[any](t, "operations", scopes[0].(map[string]any)["operations"], []any{"read"})
	r.look("POST", "key", `{}`).want(204)
	r.post("/cloud/v2/groups/7/memberships/5:assignRole", `{"role":"groups/7/roles/12"}`).want(200)
	for name, body := range map[string]string{"an unknown scope": `{"without":["group:rule"]}`, "an empty one": `{"without":[""]}`, "no JSON": `x`} {
		t.Run(name, func(t *testing.T) { r.on(t).look("POST", "key", body).want(400) })
	}
}

func TestAKeyThatIsOverOpensNothingButTellsSo(t *testing.T) {
	for name, state := range map[string]sandbox.KeyState{
		"expired": {ExpiresAt: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}, "disabled": {Disabled: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.s.SetKey(state)
			r.get("/cloud/v2/groups/7/roles").want(401)
			told := r.post("/api-keys/v1/introspect", `{"apiKey":"`+key+`"}`).want(200).fields()
			equal[any](t, "expired", told["expired"], name == "expired")
			equal[any](t, "enabled", told["enabled"], name != "disabled")
		})
	}
}
