package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// How many jumps are forged, about players from which id on, and how many of them may pass in an hour.
const (
	forgedJumps = 500
	firstForged = 1000
	floodLimit  = 20
)

// The lowest rung of the shipped ladder, and the name of the next.
const (
	emberRole = 100100001
	cadet     = "Orbit Cadet"
)

// replicas are services on one database, before one stand-in for Roblox.
type replicas struct {
	t      *testing.T
	roblox *roblox
	all    []*process
}

// startReplicas starts so many services under the shipped policy with other limits.
func startReplicas(t *testing.T, n int, limits string, env, args []string) *replicas {
	t.Helper()
	r := &replicas{t: t, roblox: startRoblox(t)}
	env = append(append(env, r.roblox.env()...), "APPLY_WAIT=0s", "LOG_LEVEL=warn", "LOG_FORMAT=json", limited(t, limits))
	for range n {
		r.all = append(r.all, startServe(t, t.TempDir(), env, args...))
	}
	return r
}

// first is one of them.
func (r *replicas) first() *process { return r.all[0] }

// flood reports players who earned a million points at once, to all replicas at the same time, and returns the statuses of the decisions.
func (r *replicas) flood(from, n int) map[string]int {
	r.t.Helper()
	for i := range n {
		r.roblox.Join(int64(from+i), emberRole)
	}
	statuses := make(map[string]int)
	var mu sync.Mutex
	var all sync.WaitGroup
	hands := make(chan struct{}, 64)
	for i := range n {
		hands <- struct{}{}
		all.Go(func() {
			defer func() { <-hands }()
			body := fmt.Sprintf(`{"userId":%d,"username":"P%d","rank":"Ember Recruit","rankPoints":1000000,"kos":0,"wos":0}`, from+i, i)
			status, answer := r.all[i%len(r.all)].call(http.MethodPost, ingestPath, body, "x-grps-apply", "true")
			mu.Lock()
			defer mu.Unlock()
			if got, _ := at(answer, "decision", "status").(string); status == http.StatusOK {
				statuses[got]++
			} else {
				r.t.Errorf("a report: got %d %v", status, answer)
			}
		})
	}
	all.Wait()
	return statuses
}

// moved returns how many of the first n players hold the next rung at Roblox.
func (r *replicas) moved(n int) int {
	moved := 0
	for i := range n {
		if slices.Contains(r.roblox.held(r.t, int64(firstForged+i)), cadet) {
			moved++
		}
	}
	return moved
}

// settled waits until the function says so, for as long as a machine under load may take.
func (r *replicas) settled(what string, done func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			_, automation := r.first().call(http.MethodGet, automationPath, "")
			r.t.Fatalf("%s: not so after a minute; automation %v", what, automation)
		}
	}
}

// alerts returns how often a replica told that automation came to a state.
func (r *replicas) alerts(state string) int {
	n := 0
	for _, p := range r.all {
		for line := range strings.Lines(p.stderr.String()) {
			if strings.Contains(line, `"msg":"automation"`) && strings.Contains(line, `"status":"`+state+`"`) {
				n++
			}
		}
	}
	return n
}

func (r *replicas) wantAutomation(want map[string]any) {
	r.t.Helper()
	for i, p := range r.all {
		status, got := p.call(http.MethodGet, automationPath, "")
		for key, value := range want {
			if got[key] != value || status != http.StatusOK {
				r.t.Errorf("replica %d: automation.%s is %v, want %v", i+1, key, got[key], value)
			}
		}
	}
}

func TestAFloodOfForgedJumpsMovesNoMoreThanTheLimit(t *testing.T) { onEach(t, aFloodIsBounded) }

func aFloodIsBounded(t *testing.T, env, args []string) {
	t.Helper()
	n := 1
	if len(env) > 0 { // a Postgres: two processes may share it
		n = 2
	}
	r := startReplicas(t, n, fmt.Sprintf(`{"maxMovesPerHour": %d, "maxRungsPerPlayerPerDay": 1}`, floodLimit), env, args)
	statuses := r.flood(firstForged, forgedJumps)
	if statuses["held"] != forgedJumps-floodLimit || statuses["pending"]+statuses["applied"] != floodLimit {
		t.Errorf("decided %v, want %d held and the rest carried out", statuses, forgedJumps-floodLimit)
	}
	r.settled("the limit is moved", func() bool { return r.moved(forgedJumps) >= floodLimit })
	again := r.flood(firstForged, forgedJumps)
	if again["held"] != forgedJumps-floodLimit || again["none"] != floodLimit {
		t.Errorf("the same again: decided %v, want the same held, and the rest left alone for the day", again)
	}
	time.Sleep(3 * time.Second) // whatever would move further has time to
	if moved := r.moved(forgedJumps); moved != floodLimit {
		t.Errorf("%d of %d forged jumps moved somebody, want exactly %d", moved, forgedJumps, floodLimit)
	}
	if alerts := r.alerts("paused"); alerts != 1 {
		t.Errorf("told %d times that automation is paused, want once", alerts)
	}
	r.wantAutomation(map[string]any{
		"state": "paused", "by": "limits", "movesLastHour": float64(floodLimit), "held": float64(forgedJumps - floodLimit),
		"knownPlayers": float64(forgedJumps), "reason": fmt.Sprintf("more than %d moves in an hour (maxMovesPerHour)", floodLimit),
	})

	// A person says that they are right; the limit holds for those who follow, too.
	if status, answer := r.first().call(http.MethodPost, automationPath+"/resume", `{"reason":"an event"}`); status != http.StatusOK {
		t.Fatalf("resume: got %d %v", status, answer)
	}
	r.settled("the limit is moved again", func() bool { return r.moved(forgedJumps) >= 2*floodLimit })
	time.Sleep(3 * time.Second)
	if moved := r.moved(forgedJumps); moved != 2*floodLimit {
		t.Errorf("%d moved after one word of a person, want exactly %d", moved, 2*floodLimit)
	}
	if alerts := r.alerts("paused"); alerts != 2 {
		t.Errorf("told %d times in all that automation is paused, want twice", alerts)
	}
	r.wantAutomation(map[string]any{"state": "paused", "held": float64(forgedJumps - 2*floodLimit)})
}

func TestNothingLeavesOnceAutomationIsStopped(t *testing.T) { onEach(t, nothingLeaves) }

func nothingLeaves(t *testing.T, env, args []string) {
	t.Helper()
	n := 1
	if len(env) > 0 {
		n = 2
	}
	r := startReplicas(t, n, `{"maxMovesPerHour": 0, "maxDemotionsPercent": 0}`, env, args)
	last := r.all[len(r.all)-1]
	const players = 600 // more than Roblox's limits let be carried out in a minute
	r.flood(firstForged, players)
	status, answer := last.call(http.MethodPost, automationPath+"/stop", `{"reason":"odd reports"}`)
	if status != http.StatusOK || answer["state"] != "stopped" {
		t.Fatalf("stop: got %d %v", status, answer)
	}
	time.Sleep(2 * time.Second) // calls that are on their way to Roblox right now
	before := len(r.roblox.Calls())
	under := r.moved(players)
	if statuses := r.flood(5000, 30); statuses["held"] != 30 {
		t.Errorf("reports while it is stopped: decided %v, want all held", statuses)
	}
	for path, body := range map[string]string{
		"/automation/decisions": `{"userId":5001,"action":"PROMOTE","apply":true,"reason":"by hand"}`,
		"/sync/roblox":          `{"activity":"leaderboard","limit":10}`,
	} {
		for _, p := range r.all {
			if status, answer := p.call(http.MethodPost, path, body); status != http.StatusConflict || answer["code"] != "automation_stopped" {
				t.Errorf("%s while it is stopped: got %d %v, want 409 automation_stopped", path, status, answer)
			}
		}
	}
	time.Sleep(5 * time.Second)
	if calls := r.roblox.Calls()[before:]; len(calls) > 0 {
		t.Errorf("%d calls reached Roblox after the stop, the first %+v", len(calls), calls[0])
	}
	if under == players {
		t.Error("everything was carried out before the stop: nothing was left to keep back")
	}
	r.wantAutomation(map[string]any{"state": "stopped", "by": "anonymous", "reason": "odd reports", "held": 30.0})

	if status, answer = r.first().call(http.MethodPost, automationPath+"/resume", `{"reason":"all is well"}`); status != http.StatusOK {
		t.Fatalf("resume: got %d %v", status, answer)
	}
	r.settled("what was under way goes on", func() bool { return r.moved(players) > under })
	r.settled("what was held is taken up", func() bool {
		_, automation := r.first().call(http.MethodGet, automationPath, "")
		return automation["held"] == 0.0
	})
	if stopped, running := r.alerts("stopped"), r.alerts("paused"); stopped != 1 || running != 0 {
		t.Errorf("told %d times that it is stopped and %d times that it is paused, want once and never", stopped, running)
	}
}

func TestTheSettingStopsAProcessWhateverTheSwitchSays(t *testing.T) {
	t.Parallel()
	roblox := startRoblox(t)
	roblox.Join(12345678, voltRole)
	p := startServe(t, t.TempDir(), append(roblox.env(), "STOP=true"))
	if out := p.stdout.String(); !strings.Contains(out, "stopped   nothing is carried out or sent to Roblox, as STOP is set") {
		t.Errorf("it says at the start\n%s\nwant that it is stopped", out)
	}
	_, body := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 750, 1), "x-grps-apply", "true")
	if at(body, "decision", "action") != "PROMOTE" || at(body, "decision", "status") != "held" || at(body, "player", "rank") != "Volt Specialist II" {
		t.Errorf("got %v, want a promotion that is held", body["decision"])
	}
	if status, answer := p.call(http.MethodPost, automationPath+"/resume", ""); status != http.StatusConflict || answer["code"] != "automation_stopped" {
		t.Errorf("resume: got %d %v, want it refused", status, answer)
	}
	if _, answer := p.call(http.MethodGet, automationPath, ""); answer["state"] != "stopped" || answer["by"] != "STOP" {
		t.Errorf("got %v, want it stopped by the setting still", answer)
	}
	time.Sleep(3 * time.Second)
	if calls := roblox.Calls(); len(calls) > 0 {
		t.Errorf("%d calls reached Roblox, the first %+v", len(calls), calls[0])
	}
	if held := roblox.held(t, 12345678); !slices.Equal(held, []string{"Member", "Volt Specialist II"}) {
		t.Errorf("the member holds %q", held)
	}
}

func TestAutomationIsShownStoppedAndResumedFromTheShell(t *testing.T) {
	t.Parallel()
	r := startReplicas(t, 1, `{"maxMovesPerHour": 2, "maxDemotionsPercent": 0}`, nil, nil)
	r.flood(firstForged, 5)
	p := r.first()
	code, out, complaints := grps(t, p, "automation")
	for _, want := range []string{
		"state      paused\n", "by         limits\n", "reason     more than 2 moves in an hour (maxMovesPerHour)\n",
		"moves      2 in the last hour, 2 at most\n", "demotions  0 in the last hour, no limit for 5 players\n",
		"rungs      1 at most for a player in a day\n",
		"held       3\n",
	} {
		if code != exitOK || !strings.Contains(out, want) {
			t.Errorf("automation: got %d\n%s%s\nwant %q", code, out, complaints, want)
		}
	}
	code, out, _ = grps(t, p, "automation", "stop", "--reason", "odd reports")
	if code != exitOK || !strings.Contains(out, "state      stopped\n") || !strings.Contains(out, "reason     odd reports\n") {
		t.Errorf("automation stop: got %d\n%s", code, out)
	}
	code, out, complaints = grps(t, p, "automation", "stop", "--reason", "odder reports")
	if code != exitOK || !strings.Contains(out, "reason     odd reports\n") ||
		!strings.Contains(complaints, "automation was stopped already, and stays so for the reason of then; yours is not kept") {
		t.Errorf("automation stop, once more: got %d\n%s%s\nwant to be told that the second reason is lost", code, out, complaints)
	}
	code, out, complaints = grps(t, p, "automation", "resume", "--reason", "all is well", "--json")
	if code != exitOK || !strings.Contains(out, `"state": "running"`) || !strings.Contains(out, `"reason": "all is well"`) || complaints != "" {
		t.Errorf("automation resume --json: got %d\n%s", code, out)
	}
	r.settled("what was held is taken up within the limit", func() bool { return r.moved(5) == 4 })
	if code, _, complaints = grps(t, p, "automation", "pause"); code != exitUsage || complaints == "" {
		t.Errorf("automation pause: got %d %q, want a usage error", code, complaints)
	}
}
