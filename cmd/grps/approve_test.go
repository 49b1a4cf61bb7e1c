package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	gameKey  = "canary-game-key-0001"
	staffKey = "canary-staff-key-0001"
)

// colonel is a report about somebody at the door of the privileged ranks.
const colonel = `{"userId":%d,"username":"C%d","rank":"Meridian Colonel","rankPoints":%d,"kos":0,"wos":0}`

func TestQuestionsAreAnsweredByAdministratorsOrExpire(t *testing.T) {
	t.Parallel()
	onEach(t, questionsAreAnswered)
}

func questionsAreAnswered(t *testing.T, env, args []string) {
	t.Helper()
	folder := t.TempDir()
	keyed := append(slices.Clone(env), "INBOUND_API_KEYS="+gameKey, "ADMIN_API_KEYS="+staffKey, "HOST=127.0.0.1")
	p := startServe(t, folder, keyed, append(args, "--sandbox")...)
	report := func(user, points int, apply string) map[string]any {
		t.Helper()
		status, body := p.call(http.MethodPost, ingestPath, fmt.Sprintf(colonel, user, user, points), "x-grps-api-key", gameKey, "x-grps-apply", apply)
		if status != http.StatusOK {
			t.Fatalf("the report about %d: got %d %v", user, status, body)
		}
		return body
	}
	ask := func(user int) string {
		t.Helper()
		body := report(user, 16000, "true")
		if at(body, "decision", "status") != "awaiting_approval" || at(body, "decision", "targetRank") != "Spearhead Leader" {
			t.Fatalf("%d: got %v, want a question about Spearhead Leader", user, body["decision"])
		}
		id, _ := at(body, "decision", "requestId").(string)
		return id
	}
	answer := func(id, word, key string) (int, map[string]any) {
		t.Helper()
		return p.call(http.MethodPost, "/decisions/"+id+"/"+word, `{"reason":"seen in the field","actorUserId":5}`, "x-grps-api-key", key)
	}
	wantTrail := func(id string, want ...string) {
		t.Helper()
		_, trace := p.call(http.MethodGet, "/decisions/"+id, "", "x-grps-api-key", gameKey)
		var got []string
		transitions, _ := trace["transitions"].([]any)
		for _, entry := range transitions {
			transition, _ := entry.(map[string]any)
			got = append(got, strings.TrimSpace(fmt.Sprint(transition["status"], " ", transition["principal"], " ", transition["actorUserId"])))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s came to %q, want %q", id, got, want)
		}
	}

	first := ask(1)
	if again := ask(1); again != first {
		t.Errorf("asked again it is %s, want the same question %s", again, first)
	}
	if status, body := answer(first, "approve", gameKey); status != http.StatusForbidden || body["code"] != "admin_required" {
		t.Errorf("a game approves: got %d %v, want 403", status, body)
	}
	if status, body := answer(first, "approve", staffKey); status != http.StatusOK || at(body, "decision", "status") != "applied" ||
		at(body, "player", "rank") != "Spearhead Leader" {
		t.Errorf("approving: got %d %v, want it applied", status, body)
	}
	if status, body := answer(first, "approve", staffKey); status != http.StatusConflict || body["code"] != "not_awaiting" {
		t.Errorf("approving twice: got %d %v, want 409", status, body)
	}
	wantTrail(first, "awaiting_approval <nil> <nil>", "pending admin-1 5", "applied <nil> <nil>")

	second := ask(2)
	report(2, 12600, "false")
	if status, body := answer(second, "approve", staffKey); status != http.StatusConflict || body["code"] != "decision_outdated" ||
		at(body, "decision", "reasonCode") != "NOT_YET" {
		t.Errorf("approving what is outdated: got %d %v, want 409 and what the rules say now", status, body)
	}
	wantTrail(second, "awaiting_approval <nil> <nil>", "superseded admin-1 5")

	third := ask(3)
	if status, body := answer(third, "reject", staffKey); status != http.StatusOK || at(body, "decision", "status") != "rejected" {
		t.Errorf("rejecting: got %d %v, want it rejected", status, body)
	}
	if body := report(3, 16000, "true"); at(body, "decision", "reasonCode") != "REJECTED" {
		t.Errorf("after the rejection: got %v, want that nobody is asked again", body["decision"])
	}

	fourth := ask(4)
	if p.stop() != 0 {
		t.Errorf("serve ended with a fault\n%s", p.stderr)
	}
	p = startServe(t, folder, append(keyed, "APPROVAL_TTL=1s"), append(args, "--sandbox")...) // the question's age is in the database
	wantExpired(t, p, fourth)
	wantTrail(fourth, "awaiting_approval <nil> <nil>", "expired <nil> <nil>")
	if again := ask(4); again == fourth {
		t.Error("after the expiry the old question is there again, want a new one")
	}

	if len(env) == 0 {
		env = []string{"DATABASE_URL=sqlite:///" + sandboxDatabase}
	}
	if code, stdout, stderr := runs(t, folder, env, "decision", "verify", "--all"); code != 0 || !strings.Contains(stdout, "5 decisions: 5 the same") {
		t.Errorf("verify: got exit code %d and\n%s%s", code, stdout, stderr)
	}
	if code, _, stderr := runs(t, folder, []string{"APPROVAL_TTL=0s"}, "serve"); code != 2 || !strings.Contains(stderr, "APPROVAL_TTL must be a duration") {
		t.Errorf("without any time: got exit code %d and %s, want a usage error", code, stderr)
	}
}

// wantExpired waits until the question has expired.
func wantExpired(t *testing.T, p *process, id string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		_, trace := p.call(http.MethodGet, "/decisions/"+id, "", "x-grps-api-key", gameKey)
		if trace["status"] == "expired" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the question is %v, want it expired\n%s", trace["status"], p.stderr)
		}
	}
}
