package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

func TestTheDoctorExaminesTheRoles(t *testing.T) {
	for name, test := range map[string]struct {
		policy  string
		upset   func(*roblox)
		verdict verdict
		check   string
		found   string
	}{
		"a role that the group does not have": {
			`{"ranks":[{"name":"Low","minPoints":0,"roleId":4711}]}`, nil,
			verdictFail, "role of Low", "group 7 has no role 4711",
		},
		"a role above the key's": {
			`{"ranks":[{"name":"Low","minPoints":0,"roleId":5000}]}`, func(r *roblox) { r.SetRoles(keyOwner, voltRole) },
			verdictFail, "role of Low", `"VIP" (rank 200) is not below the key's own role`,
		},
		"the key's own role": {
			`{"ranks":[{"name":"Low","minPoints":0,"roleId":5000}]}`, func(r *roblox) { r.SetRoles(keyOwner, vipRole) },
			verdictFail, "role of Low", `is not below the key's own role (rank 200)`,
		},
		"a privileged role above the key's": {
			`{"ranks":[{"name":"Low","minPoints":0},{"name":"High","minPoints":9,"privileged":true,"roleId":5000}]}`, func(r *roblox) { r.SetRoles(keyOwner, voltRole) },
			verdictWarn, "role of High", "what is approved there fails",
		},
		"a privileged role that nobody asks for": {
			`{"privileged":"never","ranks":[{"name":"Low","minPoints":0},{"name":"High","minPoints":9,"privileged":true,"roleId":5000}]}`,
			func(r *roblox) { r.SetRoles(keyOwner, voltRole) },
			verdictOK, "roles", "all 1 of the policy are there",
		},
		"the base role": {
			`{"ranks":[{"name":"Low","minPoints":0,"roleId":100000001}]}`, nil,
			verdictFail, "role of Low", `is "Member" (rank 1), which nobody can be given or stripped of`,
		},
		"a key whose account left": {
			`{"ranks":[{"name":"Low","minPoints":0,"roleId":5000}]}`, func(r *roblox) { r.Leave(keyOwner) },
			verdictFail, "key's role", "is not in group 7 and can rank nobody",
		},
	} {
		t.Run(name, func(t *testing.T) {
			roblox := startRoblox(t)
			if test.upset != nil {
				test.upset(roblox)
			}
			x := examine(t, migrated(t), append(roblox.env(), "CONFIG_DIR="+policyFolder(t, test.policy)))
			x.wants(test.verdict, test.check, test.found)
		})
	}
}

// keyOwner is the account that the key of a stand-in acts as.
const keyOwner = 1<<53 - 1

func TestTheDoctorExaminesTheKey(t *testing.T) {
	for name, test := range map[string]struct {
		key     sandbox.KeyState
		env     []string
		verdict verdict
		check   string
		found   string
	}{
		"without the scope that ranks take": {sandbox.KeyState{Without: []string{"group:write"}}, nil, verdictFail, "scopes", "group:write is missing for group 7: no rank can be changed"},
		"without a scope for bans":          {sandbox.KeyState{Without: []string{"universe.user-restriction:read"}}, nil, verdictFail, "game 42", "does not let the API key do this"},
		"without one for the mirror":        {sandbox.KeyState{Without: []string{"universe-datastores.objects:list"}}, nil, verdictWarn, "data store", "does not let the API key do this"},
		"expired":                           {sandbox.KeyState{ExpiresAt: time.Now().Add(-time.Hour)}, nil, verdictFail, "key", "it is expired"},
		"soon expired":                      {sandbox.KeyState{ExpiresAt: time.Now().Add(24 * time.Hour)}, nil, verdictWarn, "key", "expires on"},
		"disabled":                          {sandbox.KeyState{Disabled: true}, nil, verdictFail, "key", "it is disabled"},
		"a wrong one":                       {sandbox.KeyState{}, []string{"ROBLOX_OPEN_CLOUD_API_KEY=canary-of-another"}, verdictFail, "key", "Roblox refuses it"},
		"another group":                     {sandbox.KeyState{}, []string{"ROBLOX_GROUP_ID=8"}, verdictFail, "roles", "knows no group 8"},
		"a game that is none":               {sandbox.KeyState{}, []string{"ROBLOX_UNIVERSE_IDS=42,4711"}, verdictFail, "game 4711", "Roblox knows no such game"},
		"and nothing uses it":               {sandbox.KeyState{}, []string{"RECONCILE_EVERY=0s"}, verdictWarn, "key idle", "not used until"},
		"where nothing answers":             {sandbox.KeyState{}, []string{"ROBLOX_API_BASE=http://127.0.0.1:1"}, verdictFail, "key", "nothing answers at http://127.0.0.1:1"},
		"where something else answers":      {sandbox.KeyState{}, []string{"ROBLOX_GROUP_ID=0"}, verdictFail, "ROBLOX_GROUP_ID", "must be a Roblox id"},
	} {
		t.Run(name, func(t *testing.T) {
			roblox := startRoblox(t)
			roblox.SetKey(test.key)
			x := examine(t, migrated(t), append(roblox.env(), test.env...))
			x.wants(test.verdict, test.check, test.found)
			if test.verdict == verdictFail {
				x.wantsCode(exitUsage)
			}
		})
	}
}

func TestTheDoctorExaminesASandboxOfItsOwn(t *testing.T) {
	stand := startSandbox(t, nil)
	response, err := http.DefaultClient.Do(stand.request(http.MethodPost, "/_sandbox/key", `{"without":["universe-messaging-service:publish"]}`))
	if err != nil {
		t.Fatal(err)
	}
	if response.Body.Close(); response.StatusCode != http.StatusNoContent {
		t.Fatalf("the key is not changed: %s", response.Status)
	}
	x := examine(t, migrated(t), settingsOf(stand))
	x.wants(verdictWarn, "scopes", "universe-messaging-service:publish is missing for universe 987654321")
	x.wants(verdictOK, "roles", "all 25")
	x.wantsCode(exitOK)
}

func TestTheDoctorDoesNotWaitForEver(t *testing.T) {
	roblox := startRoblox(t)
	roblox.Inject(sandbox.Fault{Kind: sandbox.FaultSilence, Operation: sandbox.OpListRoles})
	began := time.Now()
	x := examine(t, migrated(t), roblox.env(), "--timeout", "1s")
	x.wants(verdictFail, "roles", "no answer within 1s")
	x.wants(verdictOK, "game 42", "can be read")
	if took := time.Since(began); took > slowness*20*time.Second {
		t.Errorf("it took %s", took)
	}
	if _, intime := inTime(t.Context(), time.Millisecond, func(context.Context) int { select {} }); intime {
		t.Error("an examination that heeds nothing is waited for")
	}
}

func TestTheDoctorComparesClocks(t *testing.T) {
	t.Chdir(migrated(t))
	for _, test := range []struct {
		off     time.Duration
		verdict verdict
		found   string
	}{
		{-time.Second, verdictOK, "agree"},
		{-10 * time.Second, verdictWarn, "ahead of this machine's"},
		{-10 * time.Minute, verdictFail, "ahead of this machine's"},
		{10 * time.Minute, verdictFail, "behind this machine's"},
	} {
		d := doctorOf(t)
		d.now = func() time.Time { return time.Now().Add(test.off) }
		examination{t: t, rows: d.examine(t.Context())}.wants(test.verdict, "clocks", test.found)
	}
}
