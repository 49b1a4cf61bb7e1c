package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// printedSetting is a line of what `grps sandbox` prints that can be pasted into an environment.
var printedSetting = regexp.MustCompile(`(?m)^  ([A-Z_]+=.*)$`)

// settingsOf returns the settings that a sandbox printed.
func settingsOf(p *process) []string {
	var env []string
	for _, found := range printedSetting.FindAllStringSubmatch(p.stdout.String(), -1) {
		env = append(env, found[1])
	}
	return env
}

func TestServicesShareASandboxThatIsAProcessOfItsOwn(t *testing.T) {
	t.Parallel()
	stand := startSandbox(t, nil, "--role", "VIP=5000", "--auto-join=false")
	stand.call(http.MethodPost, "/_sandbox/members/12345678", fmt.Sprintf(`{"roles":[%d,%d]}`, voltRole, vipRole))
	for i, points := range []int{750, 1} {
		p := startServe(t, t.TempDir(), settingsOf(stand)) // with a database of its own
		status := map[int]string{750: "applied", 1: "superseded"}[points]
		_, body := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, points, 1), "x-grps-apply", "true")
		if at(body, "decision", "status") != status {
			t.Errorf("service %d is told %v, want %s", i, body["decision"], status)
		}
		if held := stand.held(12345678); !slices.Equal(held, []string{"Member", "Storm Corporal I", "VIP"}) {
			t.Errorf("after service %d the member holds %q", i, held)
		}
		if _, body := p.call(http.MethodPost, ingestPath, `{"userId":9,"username":"Stranger","rank":"Ember Recruit","rankPoints":20,"kos":0,"wos":0}`,
			"x-grps-apply", "true"); at(body, "decision", "status") != "failed" {
			t.Errorf("about a stranger service %d is told %v", i, body["decision"])
		}
	}
	if code := stand.stop(); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, stand.stderr)
	}
}

func TestASandboxHasTheRolesOfThePolicy(t *testing.T) {
	folder := policyFolder(t, `{"ranks":[{"name":"Low","minPoints":0,"roleId":11},{"name":"High","minPoints":5,"roleId":12}]}`)
	stand := startSandbox(t, []string{"CONFIG_DIR=" + folder}, "--no-limits")
	_, member := stand.call(http.MethodPost, "/_sandbox/members/7", `{"roles":[12]}`)
	if text := fmt.Sprint(member["roles"]); !strings.Contains(text, "High") {
		t.Errorf("role 12 is %s, want High", text)
	}
	for _, line := range []string{"2, those of " + folder, "join with the base role", "limits    none"} {
		if !strings.Contains(stand.stdout.String(), line) {
			t.Errorf("the report does not say %q:\n%s", line, stand.stdout)
		}
	}
}

func TestASandboxThatCannotBeIsRefused(t *testing.T) {
	for name, args := range map[string][]string{
		"a role without a number": {"--role", "VIP"},
		"a role of the policy":    {"--role", "VIP=100100001"},
		"a role without a name":   {"--role", "=5000"},
		"no port":                 {"--port", "70000"},
		"an argument":             {"here"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr lines
			args := append([]string{"sandbox", "--port", "0"}, args...)
			if code := runKept(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != exitUsage || stderr.String() == "" {
				t.Errorf("exit code %d, want %d\n%s%s", code, exitUsage, &stdout, &stderr)
			}
		})
	}
}

// policyFolder returns a folder with a ladder of ranks and nothing else.
func policyFolder(t *testing.T, ranks string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "policy.ranks.json"), []byte(ranks), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}
