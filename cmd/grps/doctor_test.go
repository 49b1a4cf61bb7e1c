package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore/pgtest"
	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/policy"
)

// examination is what grps doctor said.
type examination struct {
	t      *testing.T
	code   int
	text   string // all that it printed
	rows   []symptom
	result verdict
}

// examine runs grps doctor in the folder with the settings.
func examine(t *testing.T, folder string, env []string, args ...string) examination {
	t.Helper()
	t.Chdir(folder)
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	var stdout, stderr lines
	x := examination{t: t}
	x.code = runKept(t.Context(), append([]string{"doctor", "--json"}, args...), strings.NewReader(""), &stdout, &stderr)
	x.text = stdout.String() + stderr.String()
	var answer struct {
		Result   verdict   `json:"result"`
		Findings []symptom `json:"findings"`
	}
	if err := json.Unmarshal([]byte(stdout.String()), &answer); err != nil {
		t.Fatalf("%v\n%s", err, x.text)
	}
	x.rows, x.result = answer.Findings, answer.Result
	if strings.Contains(x.text, "canary") {
		t.Errorf("it shows a secret:\n%s", x.text)
	}
	return x
}

// wants fails the test unless there is a row with the verdict that says so, and, for what is not ok, what to do.
func (x examination) wants(v verdict, check, found string) {
	x.t.Helper()
	for _, row := range x.rows {
		if row.Result == v && row.Check == check && strings.Contains(row.Found, found) {
			if (v == verdictWarn || v == verdictFail) && row.Advice == "" {
				x.t.Errorf("%s: it does not say what to do", check)
			}
			return
		}
	}
	x.t.Errorf("there is no row %s %q with %q:\n%s", v, check, found, x.text)
}

func (x examination) wantsCode(code int) {
	x.t.Helper()
	if x.code != code {
		x.t.Errorf("exit code %d, want %d\n%s", x.code, code, x.text)
	}
}

// migrated returns a folder with a database of this release.
func migrated(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	succeed(t, folder, "migrate", "up")
	return folder
}

// succeed runs grps in a folder as a process and returns what it printed; it must succeed.
func succeed(t *testing.T, folder string, args ...string) string {
	t.Helper()
	stdout, stderr, code := command(t, folder, args...)
	if code != 0 {
		t.Fatalf("grps %s: exit code %d\n%s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

// goodKeys are settings of a service that others may reach.
var goodKeys = []string{"INBOUND_API_KEYS=canary-0123456789abcdef", "ADMIN_API_KEYS=canary-fedcba9876543210"}

func TestTheDoctorFindsNothingWhereNothingIsWrong(t *testing.T) {
	roblox := startRoblox(t)
	folder := migrated(t)
	own := filepath.Join(folder, "policy")
	if err := os.CopyFS(own, policy.Documents()); err != nil {
		t.Fatal(err)
	}
	x := examine(t, folder, append(append(roblox.env(), goodKeys...), "CONFIG_DIR="+own), "--strict")
	x.wantsCode(exitOK)
	if x.result != verdictOK {
		t.Errorf("the result is %s:\n%s", x.result, x.text)
	}
	for _, row := range []struct{ check, found string }{
		{"settings", "can be used"},
		{"keys", "1 inbound and 1 admin keys"},
		{"database", "answers"},
		{"schema", "the newest"},
		{"database writes", "possible"},
		{"clocks", "agree"},
		{"disk", "free"},
		{"policy", "24 ranks"},
		{"webhooks", "none"},
		{"key", "does not expire"},
		{"key idle", "not used until"},
		{"scopes", "all 9"},
		{"key's role", `"Owner" (rank 255)`},
		{"roles", "all 25 of the policy are there and lie below"},
		{"game 42", "can be read"},
		{"data store", "GRPS_Points of universe 42"},
	} {
		x.wants(verdictOK, row.check, row.found)
	}
	for _, call := range roblox.Calls() {
		if call.Changed {
			t.Errorf("%s %s changed something at Roblox", call.Method, call.Path)
		}
	}
}

func TestTheDoctorPrintsATable(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	var stdout, stderr lines
	code := runKept(t.Context(), []string{"doctor", "--port", "many"}, strings.NewReader(""), &stdout, &stderr)
	if code != exitUsage || !strings.Contains(stderr.String(), "1 examination failed") {
		t.Errorf("exit code %d, want %d\n%s", code, exitUsage, &stderr)
	}
	table := strings.Join(strings.Fields(stdout.String()), " ")
	for _, line := range []string{"RESULT CHECK FOUND fail PORT must be a number, 0 … 65535 → set it right", "warn database SQLite", "3 warn, 1 fail"} {
		if !strings.Contains(table, line) {
			t.Errorf("the table has no %q:\n%s", line, &stdout)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("it left %v behind, %v", left, err)
	}
}

func TestTheDoctorWarnsAndCanBeStrict(t *testing.T) {
	x := examine(t, migrated(t), nil)
	x.wants(verdictWarn, "keys", "whoever is on this machine may do everything")
	x.wants(verdictWarn, "key", "decisions change the record only")
	x.wantsCode(exitOK)
	examine(t, ".", nil, "--strict").wantsCode(exitFault)
}

func TestTheDoctorExaminesSettings(t *testing.T) {
	folder := migrated(t)
	if err := os.WriteFile(filepath.Join(folder, ".env"), []byte("GRPS_COLOUR=red\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	x := examine(t, folder, []string{
		"PORT=many", "ROBLOX_API_BASE=http://example.org", "ALLOWED_ORIGINS=https://Example.org,https://ok.example.org", "HOST=0.0.0.0",
		"ROBLOX_GRUOP_ID=7", "AUTOMATION_SIGNATURE_SECRET=can",
	})
	x.wantsCode(exitUsage)
	x.wants(verdictFail, "PORT", "must be a number")
	x.wants(verdictFail, "ROBLOX_API_BASE", "must be https")
	x.wants(verdictFail, "ALLOWED_ORIGINS", `"https://Example.org"`)
	x.wants(verdictFail, "HOST", "there are no keys")
	x.wants(verdictWarn, "GRPS_COLOUR", "is not a setting")
	x.wants(verdictWarn, "ROBLOX_GRUOP_ID", "is not a setting")
	x.wants(verdictWarn, "AUTOMATION_SIGNATURE_SECRET", "can be guessed")
	x.wants(verdictWarn, ".env", "every user of this machine can read it")
	x.wants(verdictOK, "schema", "the newest") // what is right is examined all the same
	x.wants(verdictSkipped, "key", "the settings of Roblox are wrong")
}

func TestTheDoctorExaminesKeys(t *testing.T) {
	same := "canary-0123456789abcdef"
	x := examine(t, migrated(t), []string{"INBOUND_API_KEYS=" + same + ",canaryyyyyyyyyyyyyyyyyyy", "ADMIN_API_KEYS=" + same})
	x.wants(verdictFail, "keys", "every game is an administrator")
	x.wants(verdictWarn, "INBOUND_API_KEYS", "key 2 repeats the same few characters")
}

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

func TestTheDoctorExaminesTheSchema(t *testing.T) {
	folder := migrated(t)
	succeed(t, folder, "migrate", "down", "--yes")
	examine(t, folder, nil).wants(verdictWarn, "schema", "behind this release")
	x := examine(t, t.TempDir(), []string{"DATABASE_URL=" + pgtest.Empty(t)})
	x.wants(verdictFail, "schema", "version 0, behind this release")
	x.wantsCode(exitUsage)
}

func TestTheDoctorExaminesADatabaseThatIsAhead(t *testing.T) {
	dsn := pgtest.Empty(t)
	t.Setenv("DATABASE_URL", dsn)
	succeed(t, t.TempDir(), "migrate", "up")
	pgtest.Execute(t, dsn, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)")
	x := examine(t, t.TempDir(), nil)
	x.wants(verdictWarn, "schema", "version 999, ahead of this release")
	x.wants(verdictOK, "database writes", "possible")
	pgtest.Execute(t, dsn, "ALTER DATABASE "+databaseName(t, dsn)+" SET default_transaction_read_only = on")
	examine(t, t.TempDir(), nil).wants(verdictFail, "database writes", "set to read only")
}

func TestTheDoctorExaminesADatabaseThatCannotBeOpened(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "text.db"), []byte(strings.Repeat("no database ", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	for address, found := range map[string]string{
		"sqlite:///text.db":                             "a file of something else",
		"sqlite:///nowhere/grps.db":                     "its folder does not exist",
		"postgres://grps:canary@127.0.0.1:1/grps":       "nothing listens at 127.0.0.1:1",
		"postgres://grps:canary@host.invalid:1/grps":    `host.invalid"`,
		"postgres://grps:canary@127.0.0.1:bad/grps":     "cannot be read",
		"postgres:///grps?host=" + folder + "/nosocket": "there is no socket in",
	} {
		t.Run(found, func(t *testing.T) {
			x := examine(t, folder, []string{"DATABASE_URL=" + address})
			x.wants(verdictFail, "database", found)
			x.wants(verdictOK, "policy", "24 ranks")
		})
	}
}

// doctorOf returns one for the settings of the environment.
func doctorOf(t *testing.T) *doctor {
	t.Helper()
	s, err := newSource(nil)
	if err != nil {
		t.Fatal(err)
	}
	return newDoctor(s, 10*time.Second)
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

func TestTheDoctorExaminesTheDisk(t *testing.T) {
	t.Chdir(migrated(t))
	for free, want := range map[uint64]verdict{50 << 20: verdictFail, 500 << 20: verdictWarn, 50 << 30: verdictOK} {
		d := doctorOf(t)
		d.free = func(string) (uint64, error) { return free, nil }
		examination{t: t, rows: d.examine(t.Context())}.wants(want, "disk", byteText(free)+" free")
	}
	if free, err := freeSpace("."); err != nil || free == 0 {
		t.Errorf("free space: %d, %v", free, err)
	}
}

func TestTheDoctorExaminesThePolicy(t *testing.T) {
	roblox := startRoblox(t)
	x := examine(t, migrated(t), append(roblox.env(), "CONFIG_DIR="+policyFolder(t, `{"ranks":[{"name":"Low","minPoints":5}]}`)))
	x.wants(verdictFail, "policy", "policy.ranks.json#/ranks needs a rank with minPoints 0")
	x.wants(verdictSkipped, "roles", "there is no good policy")
	x = examine(t, ".", []string{"CONFIG_DIR=" + policyFolder(t, `{"ranks":[{"name":"Low","minPoints":0}]}`)})
	x.wants(verdictWarn, "policy", "no rank has isPunishment")
	ranks := make([]string, 12)
	for i := range ranks {
		ranks[i] = fmt.Sprintf(`{"name":"R%d","minPoints":-%d}`, i, i+1)
	}
	x = examine(t, ".", []string{"CONFIG_DIR=" + policyFolder(t, `{"ranks":[`+strings.Join(ranks, ",")+`]}`)})
	x.wants(verdictFail, "policy", "further faults")
}

func TestTheDoctorExaminesWebhooks(t *testing.T) {
	folder := migrated(t)
	file := filepath.Join(folder, "webhooks.json")
	write := func(text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"webhooks":[{"name":"staff","url":"http://canary.example.org","secrets":["canary"]}]}`, 0o600)
	examine(t, folder, []string{"WEBHOOKS_FILE=webhooks.json"}).wants(verdictFail, "webhooks", "webhooks/0/url must begin with https://")
	write(`{"webhooks":[{"name":"staff","url":"https://example.org/canary","secrets":["`+canaryTwo+`"]}]}`, 0o644)
	x := examine(t, ".", nil)
	x.wants(verdictOK, "webhooks", "staff (generic)")
	x.wants(verdictWarn, "webhooks.json", "every user of this machine can read it")
	examine(t, ".", []string{"WEBHOOKS_FILE=none.json"}).wants(verdictFail, "webhooks", "does not exist")
}

func TestNoFindingShowsASecret(t *testing.T) {
	t.Setenv("ADMIN_API_KEYS", "canary-one-0123456789,canary-two-0123456789")
	t.Setenv("DATABASE_URL", "postgres://grps:canary-three@127.0.0.1:1/grps")
	said := doctorOf(t).redacted([]symptom{{verdictFail, "x", "canary-two-0123456789 and canary-three", "not canary-one-0123456789"}})
	if text := fmt.Sprint(said); strings.Contains(text, "canary") {
		t.Error(text)
	}
}

// databaseName returns the name of the database that an address leads to.
func databaseName(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

func TestTheDoctorExaminesNamedKeys(t *testing.T) {
	folder := migrated(t)
	write := func(text string) {
		t.Helper()
		put(t, folder, "keys.json", text)
	}
	entry := func(name, more string) string {
		sum := sha256.Sum256([]byte(secretOf(name)))
		return fmt.Sprintf(`{"name":%q,"sha256":%q,"scopes":["admin"]%s}`, name, hex.EncodeToString(sum[:]), more)
	}
	now := time.Now().UTC()
	write(`{"keys":[` + strings.Join([]string{
		entry("over", fmt.Sprintf(`,"expiresAt":%q`, now.Add(-time.Hour).Format(time.RFC3339))),
		entry("soon", fmt.Sprintf(`,"expiresAt":%q,"maxRank":"Nobody"`, now.Add(time.Hour).Format(time.RFC3339))),
	}, ",") + `]}`)
	x := examine(t, folder, []string{"KEYS_FILE=keys.json", "HOST=0.0.0.0"})
	x.wants(verdictOK, "keys", "2 keys in KEYS_FILE")
	x.wants(verdictWarn, "key over", "expired on")
	x.wants(verdictWarn, "key soon", "expires on")
	x.wants(verdictWarn, "key soon", "its maxRank is no rung of the ladder")
	x.wants(verdictOK, "keys.json", "not for every user to read")
	write(`{"keys":[` + entry("over", fmt.Sprintf(`,"expiresAt":%q`, now.Add(-time.Hour).Format(time.RFC3339))) + `]}`)
	examine(t, ".", nil).wants(verdictWarn, "keys", "nobody can stop automation")
	write(`{"keys":[{"name":"x"}]}`)
	x = examine(t, ".", nil)
	x.wants(verdictFail, "keys", "sha256")
	x.wantsCode(exitUsage)
}

func TestTheDoctorExaminesWhetherTheErasedAreKnown(t *testing.T) {
	folder := t.TempDir()
	p := startServe(t, folder, []string{"ERASURE_KEY=the first key of these tests"})
	if status, answer := p.call(http.MethodDelete, "/players/77", ""); status != http.StatusAccepted {
		t.Fatalf("DELETE: got %d %v", status, answer)
	}
	p.awaitErasures(1)
	p.stop()
	x := examine(t, folder, nil)
	x.wants(verdictFail, "erasures", "players were erased under the key")
	x.wantsCode(exitUsage)
	if x = examine(t, ".", []string{"ERASURE_KEY=the first key of these tests"}); strings.Contains(x.text, "erasures") {
		t.Errorf("with the key: %s", x.text)
	}
}
