package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// doctorOf returns one for the settings of the environment.
func doctorOf(t *testing.T) *doctor {
	t.Helper()
	s, err := newSource(nil)
	if err != nil {
		t.Fatal(err)
	}
	return newDoctor(s, 10*time.Second)
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
