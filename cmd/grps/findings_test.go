package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestFindingsAreListedByTheCommandAsTheServiceHasThem(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	env, args := databases["SQLite"](t)
	p := startServe(t, folder, env, append(args, "--sandbox")...)
	server := []string{"GRPS_SERVER=" + p.base}
	list := func(line string) string {
		t.Helper()
		code, out, errs := runs(t, folder, server, append([]string{"findings"}, strings.Fields(line)...)...)
		if code != 0 {
			t.Fatalf("findings %s: exit code %d\n%s%s", line, code, out, errs)
		}
		return out
	}
	if out := list(""); out != "nothing was found\n" {
		t.Errorf("before any report: got %q", out)
	}
	for _, user := range []int{1001, 1002} {
		for _, said := range []struct {
			experience string
			points     int
		}{{"arena", 100}, {"arena", 90}, {"lobby", 95}} {
			p.sayPoints(user, said.experience, said.points)
		}
	}
	for line, rows := range map[string]int{
		"": 4, "--user 1001": 2, "--kind points_fell": 2, "--user 1002 --kind experiences_disagree": 1, "--since 1h": 4,
		"--since 2999-01-01T00:00:00Z": 0, "--limit 3": 4,
	} {
		if got := strings.Count(list(line), "\n") - 1; got != rows {
			t.Errorf("findings %s: got %d rows, want %d\n%s", line, got, rows, list(line))
		}
	}
	out := list("--user 1001")
	for _, want := range []string{"AT ", "experiences_disagree  ", "95 points after 90 by another experience", "points_fell  ", "90 points after 100"} {
		if !strings.Contains(out, want) {
			t.Errorf("the list does not say %q:\n%s", want, out)
		}
	}
	last := strings.TrimSpace(list("--limit 3")[strings.LastIndex(list("--limit 3"), "--cursor"):])
	if got := list("--limit 3 " + last); strings.Count(got, "\n") != 2 || !strings.Contains(got, "1001") {
		t.Errorf("behind the first three: got\n%s\nwant the oldest", got)
	}
	var page struct {
		Findings []findingRow `json:"findings"`
	}
	if err := json.Unmarshal([]byte(list("--json --user 1002")), &page); err != nil || len(page.Findings) != 2 || page.Findings[0].UserID != 1002 {
		t.Errorf("as JSON: got %+v, %v; want the two of 1002", page, err)
	}
	for _, line := range []string{"--user 0", "--kind odd", "--since yesterday", "--limit 0", "1001"} {
		code, out, errs := runs(t, folder, server, append([]string{"findings"}, strings.Fields(line)...)...)
		if code != exitUsage || out != "" || errs == "" {
			t.Errorf("findings %s: exit code %d\n%s%s", line, code, out, errs)
		}
	}
}

// sayPoints reports that an experience saw a player with so many points.
func (p *process) sayPoints(user int, experience string, points int) {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{
		"userId": user, "username": "P", "rank": "Ember Recruit", "rankPoints": points, "kos": 0, "wos": 0,
		"experience": map[string]any{"experienceKey": experience},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if status, answer := p.call(http.MethodPost, ingestPath, string(body)); status != http.StatusOK {
		p.t.Fatalf("got %d %v", status, answer)
	}
}
