package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/domain"
)

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer free.Close()
	return free.Addr().String()
}

// scrape returns the lines of the series that are served at the address.
func scrape(t *testing.T, address string) []string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

var (
	seriesLine  = regexp.MustCompile(`^([a-z_][a-zA-Z0-9_]*)(?:\{(.*)\})? \S+$`)
	seriesLabel = regexp.MustCompile(`([a-z_]+)="((?:[^"\\]|\\.)*)"`)
)

// labelWords are all values that labels may have, besides the bounds of histograms and what a build is.
func labelWords(t *testing.T, p *process) map[string][]string {
	t.Helper()
	kinds := []string{"invalid", "not_found", "conflict", "denied", "blocked", "exhausted", "unavailable", "internal"}
	words := map[string][]string{
		"outcome": append(strings.Fields(`first updated stale refused replayed used unchanged done committed
			same mend adopt restore punish absent leave unmanaged`), kinds...),
		"kind":   append([]string{"review", "reconcile", "points_growth", "points_fell", "experiences_disagree"}, kinds...),
		"cause":  {"report", "recheck", "walk"},
		"result": {"delivered", "retry", "dead", "back"},
		"state":  {"running", "paused", "stopped", "queued", "done", "failed", "cancelled"},
		"part":   {"service", "store", "policy", "outbox", "open_cloud"},
		"method": {"GET", "HEAD", "POST", "DELETE", "none"},
		"route":  {"none"},
		"action": {"NONE", "PROMOTE", "DEMOTE", "SUSPEND", "RESTORE", "BAN"},
		"status": strings.Fields(`advisory none awaiting_approval held pending applied failed superseded rejected expired undone other
			200 201 202 204 304 400 401 403 404 405 409 413 415 422 429 499 500 501 502 503 504`),
		"reason": strings.Fields(`no_key unknown_key not_live unsigned signature timestamp replay scope actor experience
			ELIGIBLE NOT_YET TOP_OF_LADDER RANK_UNKNOWN BANNED SUSPENDED WARNINGS_SEVERE WARNINGS_TRIAL PUNISHMENT_REPORTED
			SUSPENSION_SERVED POINTS_BELOW_RANK HOLD RANK_LOCKED RANK_IGNORED RUNG_LIMIT REJECTED PRIVILEGED MANUAL UNDO DRIFT_ADOPTED
			DRIFT_RESTORED ROLES_MENDED PUNISHED_AGAIN`),
		"call": strings.Fields(`read_memberships list_members read_the_group assign_roles take_roles_away list_roles examine_the_key list_entries
			read_mirrored_entries write_mirrored_entries read_entries restrict_players read_restrictions publish_messages`),
	}
	for _, kind := range domain.EffectKinds() {
		words["effect"] = append(words["effect"], kind.String())
	}
	_, document := p.call(http.MethodGet, "/openapi.json", "")
	paths, _ := document["paths"].(map[string]any)
	for path := range paths {
		words["route"] = append(words["route"], strings.NewReplacer("{", ":", "}", "").Replace(path))
	}
	return words
}

func TestNoLabelOfASeriesHasAValueThatComesFromOutside(t *testing.T) {
	t.Parallel()
	folder, address := t.TempDir(), freeAddress(t)
	ranks := filepath.Join(folder, "policy.ranks.json")
	const rules = `{"ranks":[{"name":"canary-low","minPoints":0,"roleId":11},{"name":"canary-high","minPoints":%d,"roleId":12},
		{"name":"canary-out","isPunishment":true,"roleId":13,"minPoints":0}]}`
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(ranks, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(fmt.Sprintf(rules, 100))
	p := startServe(t, t.TempDir(), []string{"METRICS_ADDRESS=" + address, "ADMIN_API_KEYS=canary-admin-key"}, "--sandbox", "--config-dir", folder, "--host", "127.0.0.1")
	const key = "canary-admin-key"
	for user := int64(700001); user <= 700020; user++ {
		for _, points := range []int{0, 150, 20} {
			body := fmt.Sprintf(`{"userId":%d,"username":"canary-name-%d","rankPoints":%d,"kos":1,"wos":1,"warnings":%d,
				"experience":{"universeId":%d,"server":"canary-server"}}`, user, user, points, user%9, user)
			p.call(http.MethodPost, ingestPath, body, "x-grps-api-key", key, "x-grps-apply", "true", "x-request-id", fmt.Sprintf("canary-%d", user))
		}
		p.call(http.MethodGet, fmt.Sprintf("/players/%d", user), "", "x-grps-api-key", key)
	}
	for _, r := range []struct{ method, path, key string }{
		{"GET", "/canary/path", key},
		{"CANARY", "/players/5", key},
		{"GET", "/players/canary", key},
		{"GET", "/players/5", "canary-wrong"},
		{"PUT", ingestPath, key},
		{"GET", "/decisions?status=canary", key},
		{"GET", pathReady, key},
		{"POST", "/automation/stop", key},
		{"POST", "/automation/resume", key},
	} {
		p.call(r.method, r.path, "", "x-grps-api-key", r.key, "x-request-id", "canary-request")
	}
	write(`{"ranks":"canary"}`)
	within(t, 20*time.Second, func() string {
		if !slices.Contains(scrape(t, address), `grps_policy_loads_total{outcome="refused"} 1`) {
			return "the broken policy is not counted"
		}
		return ""
	})
	write(fmt.Sprintf(rules, 120))

	words, seen := labelWords(t, p), map[string]bool{}
	lines := scrape(t, address)
	for _, line := range lines {
		parts := seriesLine.FindStringSubmatch(line)
		if parts == nil {
			t.Errorf("%q is no series", line)
			continue
		}
		if strings.Contains(line, "canary") || strings.Contains(line, "7000") && strings.HasPrefix(line, "grps_") && strings.Contains(parts[2], "7000") {
			t.Errorf("%s shows what a caller said", line)
		}
		if !strings.HasPrefix(parts[1], "grps_") {
			continue
		}
		for _, label := range seriesLabel.FindAllStringSubmatch(parts[2], -1) {
			name, value := label[1], label[2]
			if parts[1] == "grps_build_info" || name == "le" {
				continue
			}
			seen[name] = true
			if !slices.Contains(words[name], value) {
				t.Errorf("%s: the label %s has the value %q, which is in no list", line, name, value)
			}
		}
	}
	for _, name := range []string{"outcome", "action", "reason", "status", "effect", "result", "call", "part", "method", "route", "state"} {
		if !seen[name] {
			t.Errorf("nothing that happened has the label %s: the run was not busy enough", name)
		}
	}
	for _, want := range []string{
		"grps_http_requests_total{", "grps_http_request_seconds_bucket{", "grps_report_seconds_count ", "grps_unit_reports_count ", "grps_unit_seconds_sum ",
		"grps_decisions_total{", "grps_outbox_waiting{", "grps_outbox_oldest_seconds{", "grps_roblox_calls_total{", "grps_roblox_calls_left{",
		"grps_policy_loads_total{", "grps_build_info{", "go_goroutines ", "process_open_fds ", "grps_ready 1",
	} {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, want) }) {
			t.Errorf("/metrics shows no %s", want)
		}
	}
}
