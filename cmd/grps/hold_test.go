package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/grps/grps/ports"
)

func TestAPlayerIsPutOnHoldAndLetGoByCommand(t *testing.T) {
	t.Parallel()
	onEach(t, heldByCommand)
}

func heldByCommand(t *testing.T, env, args []string) {
	t.Helper()
	folder := t.TempDir()
	p := startServe(t, folder, env, append(args, "--sandbox")...)
	p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 520, 1))
	hold := func(wantCode int, want string, words ...string) string {
		t.Helper()
		code, out, errs := runs(t, folder, []string{"GRPS_SERVER=" + p.base}, append([]string{"hold"}, words...)...)
		if code != wantCode || !strings.Contains(out+errs, want) {
			t.Errorf("hold %q: exit code %d, want %d and %q\n%s%s", words, code, wantCode, want, out, errs)
		}
		return out
	}
	onHold := func(want bool) {
		t.Helper()
		if _, player := p.call(http.MethodGet, "/players/12345678", ""); player["hold"] != want {
			t.Errorf("the player's hold is %v, want %t", player["hold"], want)
		}
	}

	hold(exitFault, "(not_on_hold, request ", "12345678", "--lift")
	hold(exitOK, "ArcTrooper (12345678) is on hold: the rules neither promote nor demote them (decision 01", "12345678", "--reason", "on leave")
	onHold(true)
	_, page := p.call(http.MethodGet, "/decisions?userId=12345678&limit=1", "")
	if list, ok := page["decisions"].([]any); !ok || len(list) != 1 || at(list[0].(map[string]any), "reason") != "on leave" {
		t.Errorf("the ledger: got %v, want the hold with its reason", page)
	}
	hold(exitFault, "(already_on_hold, request ", "12345678")
	onHold(true)

	var done struct {
		Decision struct {
			Hold   bool   `json:"hold"`
			Reason string `json:"reason"`
			Actor  int64  `json:"actorUserId"`
		} `json:"decision"`
		Player struct {
			Hold bool `json:"hold"`
		} `json:"player"`
	}
	p.call(http.MethodPost, ingestPath, `{"userId":9,"username":"Boss","rank":"Apex Commander","rankPoints":0,"kos":0,"wos":0}`)
	out := hold(exitOK, "", "12345678", "--lift", "--reason", "back again", "--as", "9", "--json")
	if err := json.Unmarshal([]byte(out), &done); err != nil || done.Decision.Hold || done.Player.Hold || done.Decision.Reason != "back again" || done.Decision.Actor != 9 {
		t.Errorf("lifted as JSON: got %+v, %v", done, err)
	}
	onHold(false)
	hold(exitFault, "(actor_not_allowed, request ", "9", "--as", "12345678")
	hold(exitFault, "(not_found, request ", "4711")
	for want, line := range map[string]string{
		"write it as 'grps hold USERID'":        "",
		"is no Roblox user id":                  "0123",
		"one word too many":                     "1 2",
		"--as: ":                                "1 --as me",
		"--reason: must be at most":             "1 --reason " + strings.Repeat("x", ports.MaxReason+1),
		"there is no flag --lfit here; did you": "1 --lfit",
	} {
		hold(exitUsage, want, strings.Fields(line)...)
	}
}
