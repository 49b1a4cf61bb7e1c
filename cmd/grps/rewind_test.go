package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// say lets a game server report players, each with those points, in batches.
func (p *process) say(server string, users []int, points int, apply bool) {
	p.t.Helper()
	for chunk := range slices.Chunk(users, 100) {
		var reports []string
		for _, user := range chunk {
			reports = append(reports, fmt.Sprintf(
				`{"userId":%d,"username":"P%d","rank":"Ember Recruit","rankPoints":%d,"kos":0,"wos":0,"experience":{"server":%q}}`, user, user, points, server))
		}
		status, body := p.call(http.MethodPost, ingestPath+"/batch", fmt.Sprintf(`{"apply":%t,"snapshots":[%s]}`, apply, strings.Join(reports, ",")))
		if status != http.StatusOK {
			p.t.Fatalf("got %d %v", status, body)
		}
	}
}

// users returns the ids from first to last.
func users(first, last int) []int {
	var ids []int
	for id := first; id <= last; id++ {
		ids = append(ids, id)
	}
	return ids
}

// rewindReport is what `grps rewind --json` prints.
type rewindReport struct {
	Rewind  rewindAnswer    `json:"rewind"`
	Players []rewoundPlayer `json:"players"`
}

func TestForgedPromotionsAreRewound(t *testing.T) {
	t.Parallel()
	onEach(t, forgedPromotionsAreRewound)
}

func forgedPromotionsAreRewound(t *testing.T, env, args []string) {
	t.Helper()
	folder := t.TempDir()
	p := startServe(t, folder, append(env, "APPLY_WAIT=0s"), append(args, "--sandbox")...)
	since := time.Now().Add(-time.Second).UTC().Format(time.RFC3339Nano)
	p.say("fair", users(1001, 1030), 5, true)
	p.say("forged", users(1001, 1020), 12, true) // these are promoted by it
	p.say("forged", users(1021, 1025), 5, true)  // about these it tells the truth
	p.say("fair", users(1026, 1030), 12, true)   // these earned it
	p.wantSoon(25, "status=applied&action=PROMOTE")
	rewind := func(more ...string) (int, string, string) {
		t.Helper()
		line := append([]string{"rewind", "--server", "forged", "--since", since}, more...)
		return runs(t, folder, []string{"GRPS_SERVER=" + p.base}, line...)
	}
	wantRanks := func(forged string) {
		t.Helper()
		for user := range int64(30) {
			want := forged
			switch {
			case user >= 25:
				want = "Orbit Cadet"
			case user >= 20:
				want = "Ember Recruit"
			}
			roles := []string{"Member", want}
			if user >= 20 && user < 25 {
				roles = nil // nothing was ever done about these at Roblox
			}
			_, body := p.call(http.MethodGet, fmt.Sprintf("/players/%d", 1001+user), "")
			if held := p.held(1001 + user); !slices.Equal(held, roles) || body["rank"] != want {
				t.Errorf("%d holds %q and is recorded as %v, want %q and %s", 1001+user, held, body["rank"], roles, want)
			}
		}
	}

	code, out, errs := rewind("--json")
	var report rewindReport
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 0 {
		t.Fatalf("a dry run: exit code %d, %v\n%s%s", code, err, out, errs)
	}
	var listed []int
	for _, player := range report.Players {
		listed = append(listed, int(player.UserID))
		if player.Applied || player.Before.RankPoints != 12 || player.After.RankPoints != 5 || player.After.Rank != "Ember Recruit" ||
			len(player.Decisions) != 1 || player.Decisions[0].Reason != "UNDO" || player.Decisions[0].ID != "" {
			t.Errorf("a dry run shows %+v", player)
		}
	}
	if !slices.Equal(listed, users(1001, 1020)) || report.Rewind.Counts.Snapshots != 25 || report.Rewind.Counts.Players != 25 {
		t.Errorf("a dry run lists %v and counts %+v, want exactly the twenty", listed, report.Rewind.Counts)
	}
	wantRanks("Orbit Cadet")

	code, out, errs = rewind("--apply")
	if code != 0 || strings.Count(out, "Orbit Cadet → Ember Recruit") != 20 || strings.Count(out, "12 → 5") != 20 ||
		!strings.Contains(out, "is done: 25 reports; 20 of 25 players changed; 20 decisions taken back, 0 left, 0 made by the rules") {
		t.Errorf("applied: exit code %d\n%s%s", code, out, errs)
	}
	p.wantSoon(20, "status=undone")
	p.wantSoon(20, "status=applied&action=DEMOTE")
	wantRanks("Ember Recruit")
	_, body := p.call(http.MethodGet, "/players/1001/history", "")
	if text := fmt.Sprint(body); strings.Count(text, "disregardedBy:<nil>") != 1 || strings.Count(text, "disregardedBy:") != 2 {
		t.Errorf("the history shows %s, want one report of two that does not count", text)
	}

	code, out, errs = rewind("--apply", "--all")
	if code != 0 || strings.Contains(out, "→") || !strings.Contains(out, "no report that counts is among those chosen") {
		t.Errorf("once more: exit code %d\n%s%s", code, out, errs)
	}
	id := report.Rewind.ID
	for line, want := range map[string]string{
		"list": "server forged", "show " + id: "WHAT --apply DOES", "show --all " + id: "stays the same", "list --json": id,
	} {
		code, out, errs := runs(t, folder, []string{"GRPS_SERVER=" + p.base}, append([]string{"rewind"}, strings.Fields(line)...)...)
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("rewind %s: exit code %d\n%s%s", line, code, out, errs)
		}
	}
	if code, _, errs := runs(t, folder, []string{"GRPS_SERVER=" + p.base}, "rewind", "cancel", id); code != 1 || !strings.Contains(errs, "rewind_over") {
		t.Errorf("cancelled at its end: exit code %d, %s", code, errs)
	}
	if len(env) == 0 {
		env = []string{"DATABASE_URL=sqlite:///" + sandboxDatabase}
	}
	if code, out, errs := runs(t, folder, env, "decision", "verify", "--all"); code != 0 || !strings.Contains(out, "0 differ, 0 unknown") {
		t.Errorf("made again: exit code %d\n%s%s", code, out, errs)
	}
	p.say("fair", users(1001, 1020), 12, true)
	p.wantSoon(45, "action=PROMOTE") // what they earn now counts, on the same day
}

// Most of this is waiting for the lease of the killed process to run out, so the databases wait together.
func TestARewindThatIsKilledIsFinishedWhenItIsAskedForAgain(t *testing.T) {
	t.Parallel()
	onEach(t, killedRewindIsFinished)
}

func killedRewindIsFinished(t *testing.T, env, args []string) {
	t.Helper()
	const players = 1200
	folder := t.TempDir()
	env = append(env, limited(t, `{"maxMovesPerHour": 0, "maxDemotionsPercent": 0, "maxRungsPerPlayerPerDay": 0}`), "LOG_LEVEL=error")
	p := startServe(t, folder, env, args...)
	since := time.Now().Add(-time.Second).UTC().Format(time.RFC3339Nano)
	p.say("fair", users(1, players), 5, false)
	p.say("forged", users(1, players), 12, true)
	line := []string{"rewind", "--server", "forged", "--since", since, "--apply"}
	code, out, errs := runs(t, folder, []string{"GRPS_SERVER=" + p.base}, append(line, "--detach", "--json")...)
	var begun rewindReport
	if err := json.Unmarshal([]byte(out), &begun); err != nil || code != 0 {
		t.Fatalf("begun: exit code %d, %v\n%s%s", code, err, out, errs)
	}
	for deadline := time.Now().Add(slowness * time.Minute); ; time.Sleep(2 * time.Millisecond) {
		_, body := p.call(http.MethodGet, rewindPath(begun.Rewind.ID, ""), "")
		if done, _ := at(body, "decided", "players").(float64); done >= players/6 || body["state"] == "done" {
			if body["state"] != "running" {
				t.Errorf("the rewind is %v, want it under way when the service is killed", body["state"])
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the rewind is still %v\n%s", body, p.stderr)
		}
	}
	p.kill()
	p = startServe(t, folder, env, args...)
	code, out, errs = runs(t, folder, []string{"GRPS_SERVER=" + p.base}, line...)
	want := fmt.Sprintf("rewind %s is done: %d reports; %d of %d players changed; %d decisions taken back, 0 left, 0 made by the rules",
		begun.Rewind.ID, players, players, players, players)
	if code != 0 || !strings.Contains(out, want) {
		t.Errorf("asked for again: exit code %d\n%s%s", code, out[max(0, len(out)-400):], errs)
	}
	counts := map[any]int{}
	for cursor := ""; ; {
		_, page := p.call(http.MethodGet, fmt.Sprintf("/decisions?review=%s&limit=100&cursor=%s", begun.Rewind.ID, cursor), "")
		for _, entry := range page["decisions"].([]any) {
			counts[entry.(map[string]any)["undoes"]]++
		}
		next, more := page["nextCursor"].(string)
		if !more {
			break
		}
		cursor = next
	}
	if len(counts) != players {
		t.Errorf("%d decisions were taken back, want %d", len(counts), players)
	}
	for undone, n := range counts {
		if n != 1 {
			t.Errorf("%v was taken back %d times", undone, n)
		}
	}
	code, out, errs = runs(t, folder, []string{"GRPS_SERVER=" + p.base}, line...)
	if code != 0 || !strings.Contains(out, "no report that counts is among those chosen") {
		t.Errorf("once more: exit code %d\n%s%s", code, out, errs)
	}
}

func TestARewindOfAKeyThatThereNeverWasSaysSo(t *testing.T) { onEach(t, aKeyThatThereNeverWas) }

func aKeyThatThereNeverWas(t *testing.T, env, args []string) {
	t.Helper()
	folder := t.TempDir()
	p := startServe(t, folder, env, append(args, "--sandbox")...)
	p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 760, 1)) // by whoever calls without a key
	p.stop()
	p = startServe(t, folder, append(env, "INBOUND_API_KEYS="+gameKey, "ADMIN_API_KEYS="+staffKey, "HOST=127.0.0.1"), append(args, "--sandbox")...)
	rewind := func(wantCode int, want, line string) {
		t.Helper()
		code, out, errs := runs(t, folder, []string{"GRPS_SERVER=" + p.base, "GRPS_API_KEY=" + staffKey}, append([]string{"rewind", "--since", "2h"}, strings.Fields(line)...)...)
		if code != wantCode || !strings.Contains(out+errs, want) {
			t.Errorf("rewind %s: exit code %d, want %d and %q\n%s%s", line, code, wantCode, want, out, errs)
		}
	}
	const unknown = "the rewind cannot be started: key is the name of no key that is in force, and no report has it"
	rewind(exitUsage, unknown, "--key anonymus")
	rewind(exitUsage, unknown, "--key anonymus --apply --json")
	rewind(exitUsage, unknown, "--key anonymus --server eu-3")
	if _, page := p.call(http.MethodGet, "/automation/rewinds", "", "x-grps-api-key", staffKey); len(page["rewinds"].([]any)) > 0 {
		t.Errorf("rewinds: got %v, want none", page)
	}
	rewind(exitOK, "is done: 0 reports; 0 of 0 players would change", "--key inbound-1") // it is in force and reported nothing
	rewind(exitOK, "is done: 1 report; 1 of 1 player would change", "--key anonymous")   // it is no key now
	rewind(exitOK, "is done: 1 report; 1 of 1 player changed", "--key anonymous --apply")
	rewind(exitOK, "no report that counts is among those chosen", "--key anonymous --apply")
}

func TestARewindIsAskedForRightlyFromTheShell(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"":                                "--key, --experience or --server",
		"--key a":                         "--since",
		"--since 2h":                      "--key, --experience or --server",
		"--key a --since yesterday":       "--since: must be RFC 3339",
		"--key a --since 2h --until 3w":   "--until: must be RFC 3339",
		"--key a --since 2h --as me":      "--as: ",
		"a --key a --since 2h":            "there is no 'grps rewind a'",
		"show":                            "write it as 'grps rewind show ID'",
		"list --service http://a.example": "--service must be https",
	} {
		var errs bytes.Buffer
		code := runKept(t.Context(), append([]string{"rewind"}, strings.Fields(line)...), strings.NewReader(""), io.Discard, &errs)
		if code != exitUsage || !strings.Contains(errs.String(), want) {
			t.Errorf("rewind %s: exit code %d, %s; want 2 and %q", line, code, &errs, want)
		}
	}
}

func TestWhatBecomesOfAPlayerIsSaidInWords(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]rewoundPlayer{
		"-":                                 {Outcome: "changed"},
		"stays the same":                    {Outcome: "same"},
		"KOs 3 → 1, WOs 2 → 0":              {Outcome: "changed", Before: rewoundState{Kos: 3, Wos: 2}, After: rewoundState{Kos: 1}},
		"warnings 9 → 2":                    {Before: rewoundState{Warnings: 9}, After: rewoundState{Warnings: 2}},
		"no other report is known, on hold": {Outcome: "unseen", Decisions: []rewoundDecision{{ID: "a", Action: "NONE", Reason: "MANUAL"}}},
		"DEMOTE (UNDO), SUSPEND (WARNINGS_TRIAL)": {Decisions: []rewoundDecision{
			{ID: "a", Action: "DEMOTE", Reason: "UNDO", Undoes: "b"}, {Action: "SUSPEND", Reason: "WARNINGS_TRIAL"},
		}},
		"PROMOTE to Line Trooper stays: undo_conflict: later decisions": {Decisions: []rewoundDecision{
			{ID: "a", Action: "PROMOTE", To: "Line Trooper", Left: "undo_conflict: later decisions"},
		}},
		"no hold: actor_not_allowed: no": {Decisions: []rewoundDecision{{Action: "NONE", Left: "actor_not_allowed: no"}}},
	} {
		if got := p.done(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
