package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/domain"
)

func TestQuestionsAreListedAndAnsweredByCommand(t *testing.T) { onEach(t, answeredByCommand) }

func answeredByCommand(t *testing.T, env, args []string) {
	t.Helper()
	folder := t.TempDir()
	p := startServe(t, folder, append(env, "APPROVAL_TTL=48h"), append(args, "--sandbox")...)
	command := func(wantCode int, want, line string) string {
		t.Helper()
		code, out, errs := runs(t, folder, []string{"GRPS_SERVER=" + p.base}, strings.Fields(line)...)
		if code != wantCode || !strings.Contains(out+errs, want) {
			t.Errorf("grps %s: exit code %d, want %d and %q\n%s%s", line, code, wantCode, want, out, errs)
		}
		return out
	}
	ask := func(user int) string {
		t.Helper()
		_, body := p.call(http.MethodPost, ingestPath, fmt.Sprintf(colonel, user, user, 16000), "x-grps-apply", "true")
		if at(body, "decision", "status") != "awaiting_approval" {
			t.Fatalf("%d: got %v, want a question", user, body["decision"])
		}
		return at(body, "decision", "requestId").(string)
	}
	status := func(id string) (string, []any) {
		t.Helper()
		_, trace := p.call(http.MethodGet, "/decisions/"+id, "")
		transitions, _ := trace["transitions"].([]any)
		return fmt.Sprint(trace["status"]), transitions
	}

	command(exitOK, "nothing waits for approval", "approvals")
	var ids []string
	for user := 1; user <= 7; user++ {
		ids = append(ids, ask(user))
	}
	p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 760, 1), "x-grps-apply", "true") // no question

	list := command(exitOK, "", "approvals")
	rows := strings.Split(strings.TrimSpace(list), "\n")[1:]
	newest := slices.Clone(ids)
	slices.Reverse(newest)
	for i, row := range rows {
		want := regexp.MustCompile(`^` + newest[i] + fmt.Sprintf(`  %d +PROMOTE  Meridian Colonel → Spearhead Leader  anonymous  (\S+Z)  (\S+Z)  the points and the time in rank suffice for Spearhead Leader$`, 7-i))
		found := want.FindStringSubmatch(row)
		if found == nil {
			t.Errorf("got the row\n%s\nwant %s", row, want)
			continue
		}
		since, errSince := time.Parse(time.RFC3339, found[1])
		ends, errEnds := time.Parse(time.RFC3339, found[2])
		if errSince != nil || errEnds != nil || ends.Sub(since) != 48*time.Hour {
			t.Errorf("it waits from %s to %s, want for two days", found[1], found[2])
		}
	}
	if len(rows) != len(ids) {
		t.Errorf("got %d rows, want %d\n%s", len(rows), len(ids), list)
	}
	if out := command(exitOK, ids[2], "approvals --user 3"); strings.Count(out, "\n") != 2 {
		t.Errorf("about one player: got\n%s", out)
	}
	first := strings.Split(command(exitOK, "more: --cursor ", "approvals --limit 5"), "\n")
	if out := command(exitOK, ids[1], "approvals --limit 5 "+strings.TrimPrefix(first[6], "more: ")); strings.Count(out, "\n") != 3 || !strings.Contains(out, ids[0]) {
		t.Errorf("behind the first five: got\n%s\nwant the two oldest", out)
	}
	var page struct {
		Decisions []question `json:"decisions"`
	}
	if err := json.Unmarshal([]byte(command(exitOK, "", "approvals --json")), &page); err != nil || len(page.Decisions) != 7 || page.Decisions[6].ID != ids[0] || page.Decisions[6].ExpiresAt == nil {
		t.Errorf("as JSON: got %+v, %v; want all seven", page, err)
	}

	command(exitOK, "applied  PROMOTE Meridian Colonel → Spearhead Leader of C1 (1) (decision "+ids[0]+")", "approve "+strings.ToUpper(ids[0])+" --reason earned --as 5")
	if got, trail := status(ids[0]); got != "applied" || len(trail) != 3 || at(trail[1].(map[string]any), "detail") != "earned" || at(trail[1].(map[string]any), "actorUserId") != 5.0 {
		t.Errorf("approved: got %s by %v, want it applied, with reason and actor", got, trail)
	}
	if held := p.held(1); !slices.Equal(held, []string{"Member", "Spearhead Leader"}) {
		t.Errorf("approved, the member holds %q", held)
	}
	command(exitOK, "rejected  PROMOTE Meridian Colonel → Spearhead Leader of C2 (2) (decision "+ids[1]+")", "reject "+ids[1]+" --reason later")
	if got, trail := status(ids[1]); got != "rejected" || at(trail[1].(map[string]any), "detail") != "later" {
		t.Errorf("rejected: got %s by %v, want it rejected with the reason", got, trail)
	}
	command(exitFault, "grps: the decision does not await approval: it is applied (not_awaiting, request ", "approve "+ids[0])
	command(exitFault, "grps: the decision does not await approval: it is rejected (later) (not_awaiting, request ", "reject "+ids[1])

	p.call(http.MethodPost, ingestPath, fmt.Sprintf(colonel, 4, 4, 12600)) // the fourth is not asked for any more
	out := command(exitFault, "grps: 3 of 5 decisions were not answered", strings.Join([]string{"approve", ids[2], ids[1], ids[3], "frobnicate", ids[4], ids[2]}, " "))
	for i, want := range []string{
		"applied  PROMOTE Meridian Colonel → Spearhead Leader of C3 (3) ",
		"left  " + ids[1] + ": the decision does not await approval: it is rejected (later) ",
		"left  " + ids[3] + ": nothing was carried out: since this decision was made the player or the policy changed, and the rules do not ask for it any more ",
		"left  frobnicate: this is no id",
		"applied  PROMOTE Meridian Colonel → Spearhead Leader of C5 (5) ",
	} {
		if lines := strings.Split(out, "\n"); len(lines) != 6 || !strings.HasPrefix(lines[i], want) {
			t.Errorf("of several: got\n%s\nwant line %d to begin with %q", out, i+1, want)
		}
	}
	var report answerReport
	out = command(exitFault, "1 of 3 decisions were not answered", strings.Join([]string{"reject", ids[5], ids[0], ids[6], "--json"}, " "))
	if begins := strings.Index(out, "{"); begins != 0 || json.Unmarshal([]byte(out), &report) != nil || report.Answered != 2 || report.Left != 1 || report.Unmet != 0 ||
		report.Items[0].Outcome != "answered" || report.Items[1].Outcome != "left" || !strings.Contains(report.Items[1].Why, "it is applied") || report.Items[2].ID != ids[6] {
		t.Errorf("as JSON: got %+v of\n%s", report, out)
	}
	command(exitOK, "nothing waits for approval", "approvals")
	for line, want := range map[string]string{
		"approve": "write it as 'grps approve ID...'", "reject": "write it as 'grps reject ID...'", "approve x --as 0": "--as: ", "reject x --reason " + strings.Repeat("x", 2000): "--reason: must be at most",
		"approvals x": "one word too many", "approvals --user me": "--user: ", "approvals --limit 0": "limit",
	} {
		command(exitUsage, want, line)
	}
}

func TestAFaultThatAllWouldMeetEndsAnsweringAndWhatRobloxRefusedIsNoAnswer(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		switch r.URL.Path {
		case "/decisions/a/approve":
			_, _ = fmt.Fprint(w, `{"decision":{"requestId":"a","action":"PROMOTE","status":"failed","detail":"Roblox refused"},"player":{"userId":7,"username":"Ann"}}`)
		case "/decisions/b/approve":
			refuseWith(w, http.StatusConflict, "automation_stopped")
		default:
			t.Errorf("the run went on to %s after a fault that all would meet", r.URL.Path)
		}
	}))
	t.Cleanup(server.Close)
	c, err := clientOf(t, "GRPS_SERVER", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c.out = &out
	run := &answers{client: c, word: "approve"}
	err = run.run(t.Context(), []string{"a", "b", "c"})
	if err == nil || !strings.Contains(err.Error(), "stopped after 1 of 3: refused") || run.report.Left != 1 || run.report.Unmet != 2 || calls != 2 {
		t.Errorf("got %v after %d calls and %+v, want that it stopped at the second", err, calls, run.report)
	}
	if !strings.Contains(out.String(), "left  a: it was approved and is failed: Roblox refused\n") {
		t.Errorf("it says\n%s", &out)
	}
	if domain.KindOf((&answers{client: c, word: "approve"}).run(t.Context(), []string{"a"})) != domain.KindBlocked {
		t.Error("of one alone: want the error itself")
	}
}
