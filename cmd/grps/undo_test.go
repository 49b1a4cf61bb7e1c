package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/grps/grps/domain"
)

func TestABanByHandLiftsAgain(t *testing.T) {
	t.Parallel()
	onEach(t, aBanByHandLifts)
}

func aBanByHandLifts(t *testing.T, env, args []string) {
	t.Helper()
	p := startServe(t, t.TempDir(), env, append(args, "--sandbox")...)
	p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 520, 7))
	order := func(action, more string) map[string]any {
		t.Helper()
		status, body := p.call(http.MethodPost, "/automation/decisions",
			fmt.Sprintf(`{"userId":12345678,"action":%q,"apply":true,"reason":"as staff agreed"%s}`, action, more))
		if status != http.StatusOK || at(body, "decision", "status") != "applied" || at(body, "decision", "origin") != "manual" ||
			at(body, "decision", "reasonCode") != "MANUAL" || at(body, "decision", "reason") != "as staff agreed" {
			t.Errorf("%s: got %d %v, want it applied", action, status, body)
		}
		return body
	}
	restrictions := func() []any {
		_, member := p.call(http.MethodGet, "/_sandbox/members/12345678", "")
		list, _ := member["restrictions"].([]any)
		return list
	}
	order("BAN", "")
	if held := p.held(12345678); !slices.Equal(held, []string{"Member", "Suspended"}) || len(restrictions()) != 1 {
		t.Errorf("banned, the member holds %q with the restrictions %v", held, restrictions())
	}
	lifted := order("RESTORE", "")
	if held := p.held(12345678); !slices.Equal(held, []string{"Member", "Volt Specialist II"}) {
		t.Errorf("released, the member holds %q", held)
	}
	for _, r := range restrictions() {
		if entry, _ := r.(map[string]any); entry["active"] != false {
			t.Errorf("released, the member is restricted: %v", r)
		}
	}
	if at(lifted, "player", "punishmentStatus") != nil || at(lifted, "player", "decisionsBlocked") != false {
		t.Errorf("the player shows %v", lifted["player"])
	}
	_, body := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 520, 7), "x-grps-apply", "true") // the same warnings
	if at(body, "decision", "action") != "NONE" {
		t.Errorf("the same warnings: %v, want NONE", body["decision"])
	}
	order("PROMOTE", `,"targetRank":"Arc Sergeant I"`)
	if held := p.held(12345678); !slices.Equal(held, []string{"Member", "Arc Sergeant I"}) {
		t.Errorf("promoted, the member holds %q", held)
	}
	_, body = p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 520, 7), "x-grps-apply", "true")
	if at(body, "decision", "reasonCode") != "HOLD" || at(body, "player", "hold") != true {
		t.Errorf("after a promotion that the points do not cover: %v", body)
	}
}

// crowd reports that many players, each with the points for one promotion, and waits until those are applied.
func crowd(t *testing.T, p *process, n int) {
	t.Helper()
	var reports []string
	for i := range n {
		reports = append(reports, fmt.Sprintf(
			`{"userId":%d,"username":"P%d","rank":"Ember Recruit","rankPoints":12,"kos":0,"wos":0}`, 1000+i, i))
	}
	status, body := p.call(http.MethodPost, ingestPath+"/batch", `{"apply":true,"snapshots":[`+strings.Join(reports, ",")+`]}`)
	if status != http.StatusOK {
		t.Fatalf("got %d %v", status, body)
	}
	p.wantSoon(n, "status=applied&action=PROMOTE")
}

// wantSoon waits until that many decisions are listed.
func (p *process) wantSoon(want int, query string) {
	p.t.Helper()
	n := -1
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		_, body := p.call(http.MethodGet, "/decisions?limit=100&"+query, "")
		list, _ := body["decisions"].([]any)
		if n = len(list); n == want {
			return
		}
	}
	p.t.Fatalf("%d decisions of %s, want %d\n%s", n, query, want, p.stderr)
}

func TestManyDecisionsAreUndoneByTheirPolicy(t *testing.T) {
	t.Parallel()
	onEach(t, manyAreUndone)
}

func manyAreUndone(t *testing.T, env, args []string) {
	t.Helper()
	const players = 50
	folder := t.TempDir()
	p := startServe(t, folder, append(env, "APPLY_WAIT=0s"), append(args, "--sandbox")...)
	crowd(t, p, players)
	_, body := p.call(http.MethodPost, "/automation/decisions", `{"userId":1007,"action":"PROMOTE","apply":true}`)
	later, _ := at(body, "decision", "requestId").(string)
	revision, _ := at(body, "decision", "policyRevision").(string)
	p.wantSoon(players+1, "status=applied&action=PROMOTE")
	undo := func(more ...string) (int, string, string) {
		t.Helper()
		return runs(t, folder, []string{"GRPS_SERVER=" + p.base}, append([]string{"undo", "--policy", revision}, more...)...)
	}

	code, out, _ := undo("--dry-run")
	if code != 0 || !strings.HasSuffix(out, "50 decisions about 50 players\n") || strings.Count(out, "Ember Recruit → Orbit Cadet") != players {
		t.Errorf("a dry run: exit code %d\n%s", code, out)
	}
	if code, _, errs := undo(); code != 2 || !strings.Contains(errs, "--yes") {
		t.Errorf("nobody to ask: exit code %d, %s", code, errs)
	}
	p.wantSoon(0, "status=undone")

	interrupted := exec.CommandContext(t.Context(), binary(), "undo", "--policy", revision, "--yes")
	interrupted.Dir, interrupted.Env = folder, append(os.Environ(), "GRPS_SERVER="+p.base, runAsGrps+"=1")
	var errs bytes.Buffer
	interrupted.Stderr = &errs
	if err := interrupted.Start(); err != nil {
		t.Fatal(err)
	}
	for done := 0; done < 5; {
		_, body := p.call(http.MethodGet, "/decisions?limit=100&status=undone", "")
		list, _ := body["decisions"].([]any)
		done = len(list)
	}
	if err := interrupted.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = interrupted.Wait()
	if code := interrupted.ProcessState.ExitCode(); code != 1 || !strings.Contains(errs.String(), "the same command again goes on") {
		t.Errorf("interrupted: exit code %d, %s", code, errs.String())
	}

	code, out, stderr := undo("--yes", "--reason", "a policy that nobody meant")
	if code != 1 || !strings.Contains(stderr, "were not undone") || strings.Count(out, "left  ") != 1 || !strings.Contains(out, "left  ") ||
		!strings.Contains(out, later) || !strings.Contains(out, ", 1 left") {
		t.Errorf("the rest: exit code %d\n%s%s", code, out, stderr)
	}
	p.wantSoon(players-1, "status=undone")
	p.wantSoon(players-1, "status=applied&action=DEMOTE") // one undo for each, and Roblox confirmed it
	for user := range int64(players) {
		want := "Ember Recruit"
		if user == 7 {
			want = "Line Trooper"
		}
		if held := p.held(1000 + user); !slices.Equal(held, []string{"Member", want}) {
			t.Errorf("%d holds %q, want %s", 1000+user, held, want)
		}
	}

	code, out, _ = undo("--yes", "--json")
	var report undoReport
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 1 {
		t.Fatalf("once more: exit code %d, %v\n%s", code, err, out)
	}
	if report.Count != 1 || report.Undone != 0 || report.Left != 1 || report.Items[0].UserID != 1007 || !strings.Contains(report.Items[0].Why, later) {
		t.Errorf("once more: %+v, want the one that is left", report)
	}
	if code, out, errs := runs(t, folder, []string{"GRPS_SERVER=" + p.base}, "undo", later); code != 0 || !strings.Contains(out, "DEMOTE") {
		t.Errorf("what stands in the way: exit code %d\n%s%s", code, out, errs)
	}
	if code, out, _ := undo("--yes"); code != 0 || !strings.Contains(out, "1 undone, 0 left") {
		t.Errorf("the last: exit code %d\n%s", code, out)
	}
	if code, out, _ := undo("--yes"); code != 0 || !strings.Contains(out, "nothing") {
		t.Errorf("nothing is left: exit code %d\n%s", code, out)
	}
	if len(env) == 0 {
		env = []string{"DATABASE_URL=sqlite:///" + sandboxDatabase}
	}
	if code, out, errs := runs(t, folder, env, "decision", "verify", "--all"); code != 0 || !strings.Contains(out, "0 differ, 0 unknown") {
		t.Errorf("orders and undos made again: exit code %d\n%s%s", code, out, errs)
	}
}

func TestAHoldIsKeptInTheRecordAndLeadsNowhere(t *testing.T) {
	t.Parallel()
	p := startServe(t, t.TempDir(), []string{"INBOUND_API_KEYS=game-game-game-game", "ADMIN_API_KEYS=staff-staff-staff-staff"}, "--sandbox", "--host", "127.0.0.1")
	game, staff := []string{"x-grps-api-key", "game-game-game-game"}, []string{"x-grps-api-key", "staff-staff-staff-staff"}
	p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 520, 1), game...)
	if status, body := p.call(http.MethodPost, "/players/12345678/hold", "", game...); status != http.StatusForbidden || body["code"] != "admin_required" {
		t.Errorf("a game's key: got %d %v, want 403", status, body)
	}
	status, body := p.call(http.MethodPost, "/players/12345678/hold", `{"reason":"under investigation"}`, staff...)
	if status != http.StatusOK || at(body, "player", "hold") != true || at(body, "player", "decisionsBlocked") != true ||
		at(body, "decision", "hold") != true || at(body, "decision", "reason") != "under investigation" {
		t.Fatalf("got %d %v", status, body)
	}
	_, body = p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 750, 1), append(game, "x-grps-apply", "true")...)
	if at(body, "decision", "reasonCode") != "HOLD" {
		t.Errorf("on hold: %v", body["decision"])
	}
	if status, body := p.call(http.MethodDelete, "/players/12345678/hold", "", staff...); status != http.StatusOK || at(body, "player", "hold") != false {
		t.Errorf("got %d %v, want the hold off", status, body)
	}
	_, body = p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 750, 1), append(game, "x-grps-apply", "true")...)
	if at(body, "decision", "action") != "PROMOTE" {
		t.Errorf("off hold: %v", body["decision"])
	}
	if status, body := p.call(http.MethodDelete, "/players/12345678/hold", "", staff...); status != http.StatusConflict || body["code"] != "not_on_hold" {
		t.Errorf("got %d %v, want 409", status, body)
	}
	_, body = p.call(http.MethodGet, "/players/12345678/history", "", staff...)
	if text := fmt.Sprint(body); strings.Count(text, "action:NONE") != 2 || !strings.Contains(text, "under investigation") || !strings.Contains(text, "principal:admin-1") {
		t.Errorf("the history shows %s, want both, with key and reason", text)
	}
}

func TestUndoIsAskedForRightly(t *testing.T) {
	t.Parallel()
	const id = "01a205df-3d69-75c8-a941-5a1b062f530f"
	for line, want := range map[string]string{
		"":                                    "name a decision by its id",
		id + " --actor 5":                     "not both",
		"--actor me":                          "--actor: ",
		"--since yesterday":                   "--since: must be RFC 3339",
		"--since -2h":                         "--since: ",
		"--until 3w":                          "--until: must be RFC 3339",
		"--action KICK":                       "--action: ",
		id + " " + id:                         "is one word too many: write it as",
		id + " --as 0":                        "--as: ",
		id + " --reason " + long(401):         "--reason: ",
		"--actor 5 --server http://a.example": "--server must be https",
	} {
		var errs bytes.Buffer
		code := runKept(t.Context(), append([]string{"undo"}, strings.Fields(line)...), strings.NewReader(""), io.Discard, &errs)
		if code != exitUsage || !strings.Contains(errs.String(), want) {
			t.Errorf("undo %s: exit code %d, %s; want 2 and %q", line, code, &errs, want)
		}
	}
}

func long(n int) string { return strings.Repeat("x", n) }

func TestTimesAreInstantsOrHowLongAgo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"2h": "2026-03-10T10:00:00Z", "90m": "2026-03-10T10:30:00Z", "3d": "2026-03-07T12:00:00Z", "0s": "2026-03-10T12:00:00Z",
		"2026-03-01T12:00:00+01:00": "2026-03-01T11:00:00Z", "2026-03-01T12:00:00.25Z": "2026-03-01T12:00:00.25Z",
		"": "", "d": "", "-1h": "", "1.5d": "", "-3d": "", "2026-03-01": "", "99999999d": "",
	} {
		got, err := instantOrAgo(text, now)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q (%v), want %q", text, got, err, want)
		}
	}
}

func TestOnlyYesConfirms(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]bool{
		"y\n": true, "Yes\r\n": true, " YES": true, "y": true, "n\n": false, "\n": false, "": false, "yo\n": false, "1\n": false,
	} {
		var out bytes.Buffer
		if err := (consent{question: "Undo 5 decisions?"}).confirmed(strings.NewReader(answer), &out); (err == nil) != want || out.String() != "Undo 5 decisions? [y/N] " {
			t.Errorf("%q: got %v after %q, want confirmed %t", answer, err, &out, want)
		}
	}
}

// fakeLedger answers the list with one page of decisions, and undos as told.
func fakeLedger(t *testing.T, decisions []undoable, undo http.HandlerFunc) *client {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /decisions", func(w http.ResponseWriter, r *http.Request) {
		page := map[string]any{"decisions": decisions[:1], "nextCursor": "more"}
		if r.URL.Query().Get("cursor") != "" {
			page = map[string]any{"decisions": decisions[1:], "nextCursor": nil}
		}
		_ = json.NewEncoder(w).Encode(page)
	})
	mux.HandleFunc("GET /decisions/{id}", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(undoable{ID: r.PathValue("id"), Status: "undone"})
	})
	mux.HandleFunc("POST /decisions/{id}/undo", undo)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c, err := clientOf(t, "GRPS_SERVER", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func refuseWith(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"code": code, "detail": "refused", "requestId": "r"})
}

func TestASetIsWhatStandsWithoutUndosHoldsAndWhatWasChangedByHand(t *testing.T) {
	made := func(id, action, status string, origin domain.Origin) undoable {
		return undoable{ID: id, Action: action, Status: status, Origin: origin.String()}
	}
	decisions := []undoable{
		made("a", "PROMOTE", "applied", domain.OriginRules), made("b", "BAN", "pending", domain.OriginRules),
		made("c", "PROMOTE", "failed", domain.OriginRules), made("d", "PROMOTE", "undone", domain.OriginRules),
		made("e", "DEMOTE", "applied", domain.OriginUndo), made("f", "NONE", "applied", domain.OriginManual),
		made("g", "BAN", "applied", domain.OriginManual), made("h", "PROMOTE", "awaiting_approval", domain.OriginRules),
		made("i", "DEMOTE", "applied", domain.OriginDrift),
	}
	for rules, want := range map[bool]string{false: "a b g", true: "a b"} {
		u := &undoing{client: fakeLedger(t, decisions, http.NotFound), rules: rules}
		chosen, err := u.choose(t.Context())
		var ids []string
		for _, d := range chosen {
			ids = append(ids, d.ID)
		}
		if got := strings.Join(ids, " "); err != nil || got != want {
			t.Errorf("of the rules alone %t: got %q (%v), want %q", rules, got, err, want)
		}
	}
}

func TestWhatCannotBeUndoneIsSkippedAndFaultsEndTheRun(t *testing.T) {
	var decisions []undoable
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		decisions = append(decisions, undoable{ID: id, Action: "PROMOTE", Status: "applied", Origin: "rules"})
	}
	busy := 0
	c := fakeLedger(t, decisions, func(w http.ResponseWriter, r *http.Request) {
		switch r.PathValue("id") {
		case "a":
			refuseWith(w, http.StatusConflict, "undo_conflict")
		case "b":
			refuseWith(w, http.StatusConflict, "not_undoable") // the ledger says that it is undone
		case "c":
			if busy++; busy == 1 {
				refuseWith(w, http.StatusServiceUnavailable, "unavailable")
				return
			}
			_ = json.NewEncoder(w).Encode(orderedAnswer{Decision: undoable{ID: "z", Status: "applied", Hold: new(true)}})
		case "d":
			_ = json.NewEncoder(w).Encode(orderedAnswer{Decision: undoable{ID: "y", Status: "failed", Detail: "Roblox refused"}})
		case "e":
			refuseWith(w, http.StatusConflict, "automation_stopped")
		case "f":
			t.Error("the run went on after a fault that all would meet")
		}
	})
	var out, errs bytes.Buffer
	c.out, c.asJSON = &out, true
	err := (&undoing{client: c, errs: &errs, yes: true}).set(t.Context())
	if err == nil || !strings.Contains(err.Error(), "stopped after 1 of 6") || !strings.Contains(err.Error(), "again goes on") {
		t.Errorf("got %v, want that it stopped", err)
	}
	var report undoReport
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, item := range report.Items {
		got = append(got, item.ID+" "+item.Outcome+" "+item.By)
	}
	want := []string{"a left ", "b already ", "c undone z", "d left y", "e chosen ", "f chosen "}
	if !slices.Equal(got, want) || report.Undone != 1 || report.Left != 2 || report.Count != 6 || report.Unmet != 2 || report.Held != 1 {
		t.Errorf("got %q, %d undone, %d left, %d not come to, %d held; want %q", got, report.Undone, report.Left, report.Unmet, report.Held, want)
	}
	out.Reset()
	if err := report.text(&out); err != nil || !strings.Contains(out.String(), "1 undone, 2 left, 1 undone by somebody else meanwhile, 2 not come to; 1 player is on hold now") {
		t.Errorf("for people it says\n%s%v", &out, err)
	}
}

func TestStaffAtOnceHoldNobodyUpAndUndoOnce(t *testing.T) {
	t.Parallel()
	onEach(t, staffAtOnce)
}

func staffAtOnce(t *testing.T, env, args []string) {
	t.Helper()
	p := startServe(t, t.TempDir(), append(env, "APPLY_WAIT=0s"), args...)
	for user, rank := range map[int]string{1001: "Apex Commander", 1002: "Ember Recruit"} {
		p.call(http.MethodPost, ingestPath, fmt.Sprintf(`{"userId":%d,"username":"P","rank":%q,"rankPoints":0,"kos":0,"wos":0}`, user, rank))
	}
	orders := []string{ // each names the other as the actor
		`{"userId":1002,"actorUserId":1001,"action":"PROMOTE","apply":true}`,
		`{"userId":1001,"actorUserId":1002,"action":"DEMOTE","apply":true}`,
		`{"userId":1002,"actorUserId":1001,"action":"DEMOTE","apply":true}`,
	}
	var asking sync.WaitGroup
	for n := range 30 {
		asking.Go(func() {
			status, body := p.call(http.MethodPost, "/automation/decisions", orders[n%3])
			if n%3 == 1 && (status != http.StatusForbidden || body["code"] != "actor_not_allowed") {
				t.Errorf("a recruit on a commander: got %d %v, want 403", status, body)
			}
			if n%3 != 1 && status != http.StatusOK && body["code"] != "bottom_of_ladder" {
				t.Errorf("a commander on a recruit: got %d %v, want 200", status, body)
			}
		})
	}
	asking.Wait()

	_, body := p.call(http.MethodPost, "/automation/decisions", `{"userId":1002,"action":"PROMOTE","targetRank":"Siege Sergeant","apply":true}`)
	id, _ := at(body, "decision", "requestId").(string)
	var undone atomic.Int64
	for range 10 {
		asking.Go(func() {
			status, body := p.call(http.MethodPost, "/decisions/"+id+"/undo", "")
			switch {
			case status == http.StatusOK:
				undone.Add(1)
			case status != http.StatusConflict || body["code"] != "not_undoable":
				t.Errorf("got %d %v, want one undo and conflicts", status, body)
			}
		})
	}
	asking.Wait()
	if undone.Load() != 1 {
		t.Errorf("one decision was undone %d times", undone.Load())
	}
}
