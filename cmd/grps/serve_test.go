package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore/pgtest"
	"github.com/grps/grps/adapters/opencloud/sandbox"
)

// example is the request that the README begins with.
const example = `{"userId":12345678,"username":"ArcTrooper","displayName":"Arc","rank":"Volt Specialist II","rankPoints":%d,"kos":84,
"wos":12,"warnings":%d,"recommendations":0,"punishmentStatus":null,
"experience":{"universeId":987654321,"placeId":1234567890,"server":"vip-3"}}`

const ingestPath = "/roblox/events/player-activity"

// databases are what the whole service is tested on: each returns the environment and arguments that lead to a fresh one.
var databases = map[string]func(t *testing.T) (env, args []string){
	"SQLite": func(*testing.T) ([]string, []string) { return nil, nil },
	"Postgres": func(t *testing.T) ([]string, []string) {
		t.Helper()
		return []string{"DATABASE_URL=" + pgtest.Empty(t)}, []string{"--migrate"}
	},
}

// onEach runs the test on every database, on all at the same time.
func onEach(t *testing.T, test func(t *testing.T, env, args []string)) {
	t.Helper()
	onEachInTurn(t, func(t *testing.T, env, args []string) {
		t.Helper()
		t.Parallel()
		test(t, env, args)
	})
}

// onEachInTurn runs a test that measures, or floods, on one database after the other.
func onEachInTurn(t *testing.T, test func(t *testing.T, env, args []string)) {
	t.Helper()
	for name, fresh := range databases {
		t.Run(name, func(t *testing.T) {
			env, args := fresh(t)
			test(t, env, args)
		})
	}
}

func TestTheExampleIsAnsweredAsPromised(t *testing.T) {
	t.Parallel()
	onEach(t, exampleIsAnswered)
}

func exampleIsAnswered(t *testing.T, env, args []string) {
	t.Helper()
	p := startServe(t, t.TempDir(), env, append(args, "--sandbox")...)

	status, body := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 520, 1), "x-grps-evaluate", "true", "x-grps-apply", "true")
	if status != http.StatusOK {
		t.Fatalf("got %d %v", status, body)
	}
	want := map[string]any{
		"rank": "Volt Specialist II", "nextRank": "Storm Corporal I", "nextRankRequiredPoints": 750.0,
		"previousRank": "Shock Trooper II", "previousRankRequiredPoints": 150.0, "privileged": false, "decisionsBlocked": false,
	}
	for key, value := range want {
		if got := at(body, "player", key); got != value {
			t.Errorf("player.%s is %v, want %v", key, got, value)
		}
	}
	if action := at(body, "decision", "action"); action != "NONE" {
		t.Errorf("the decision is %v, want NONE", action)
	}
	if reason, _ := at(body, "decision", "reason").(string); !strings.Contains(reason, "230 more points needed for Storm Corporal I") {
		t.Errorf("the reason %q does not say that 230 points are missing", reason)
	}

	_, body = p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 750, 1), "x-grps-apply", "true")
	if at(body, "decision", "action") != "PROMOTE" || at(body, "decision", "status") != "applied" {
		t.Errorf("the decision is %v, want an applied PROMOTE", body["decision"])
	}
	if held := p.held(12345678); !slices.Equal(held, []string{"Member", "Storm Corporal I"}) {
		t.Errorf("the sandbox member holds %q", held)
	}
	_, player := p.call(http.MethodGet, "/players/12345678", "")
	if player["rank"] != "Storm Corporal I" {
		t.Errorf("the record shows %v, want Storm Corporal I", player["rank"])
	}
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, p.stderr)
	}
}

func TestAPromotionLeavesUnmanagedRolesAlone(t *testing.T) {
	roblox := startRoblox(t)
	roblox.Join(12345678, voltRole, vipRole)
	p := startServe(t, t.TempDir(), roblox.env())
	_, body := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 750, 1), "x-grps-apply", "true")
	if at(body, "decision", "status") != "applied" {
		t.Errorf("got %v", body["decision"])
	}
	if held := roblox.held(t, 12345678); !slices.Equal(held, []string{"Member", "Storm Corporal I", "VIP"}) {
		t.Errorf("the member holds %q", held)
	}
}

func TestPunishmentsGoAllTheWay(t *testing.T) {
	t.Parallel()
	onEach(t, punishmentsGoAllTheWay)
}

func punishmentsGoAllTheWay(t *testing.T, env, args []string) {
	t.Helper()
	p := startServe(t, t.TempDir(), env, append(args, "--sandbox")...)
	for _, step := range []struct {
		warnings int
		action   string
		status   string
	}{{4, "SUSPEND", "Trial_Punishment"}, {7, "BAN", "Punishment_Severe"}} {
		_, body := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 520, step.warnings), "x-grps-apply", "true")
		if at(body, "decision", "action") != step.action || at(body, "decision", "status") != "applied" {
			t.Errorf("at %d warnings: %v, want an applied %s", step.warnings, body["decision"], step.action)
		}
		if got := at(body, "player", "punishmentStatus"); got != step.status {
			t.Errorf("at %d warnings the player shows %v, want %s", step.warnings, got, step.status)
		}
		if held := p.held(12345678); !slices.Equal(held, []string{"Member", "Suspended"}) {
			t.Errorf("at %d warnings the sandbox member holds %q", step.warnings, held)
		}
	}
	_, member := p.call(http.MethodGet, "/_sandbox/members/12345678", "")
	if restrictions, _ := member["restrictions"].([]any); len(restrictions) != 1 {
		t.Errorf("the sandbox shows the restrictions %v, want one", member["restrictions"])
	}
	_, board := p.call(http.MethodGet, "/leaderboard/top", "")
	if players, _ := board["players"].([]any); len(players) != 0 {
		t.Errorf("the leaderboard shows a banned player: %v", players)
	}
}

func TestServeIsReadyWithinTwoSeconds(t *testing.T) {
	p := startServe(t, t.TempDir(), nil, "--sandbox")
	took, err := strconv.Atoi(readyLine.FindStringSubmatch(p.stdout.String())[2])
	if err != nil || took >= slowness*2000 {
		t.Errorf("ready after %d ms (%v), want under 2000", took, err)
	}
	for _, line := range []string{"grps-sandbox.db", "policy    shipped example", "roblox    sandbox inside", "access    open to this machine"} {
		if !strings.Contains(p.stdout.String(), line) {
			t.Errorf("the report does not say %q:\n%s", line, p.stdout)
		}
	}
}

func TestWithKeysTheAPIAsksForThem(t *testing.T) {
	const key = "canary-canary-canary-canary"
	p := startServe(t, t.TempDir(), []string{"INBOUND_API_KEYS=" + key, "LOG_LEVEL=debug"}, "--host", "127.0.0.1")
	if status, _ := p.call(http.MethodGet, "/leaderboard/top", ""); status != http.StatusUnauthorized {
		t.Errorf("without a key: %d, want 401", status)
	}
	if status, _ := p.call(http.MethodGet, "/leaderboard/top", "", "x-grps-api-key", key); status != http.StatusOK {
		t.Errorf("with the key: %d, want 200", status)
	}
	if status, _ := p.call(http.MethodGet, "/health/live", ""); status != http.StatusOK {
		t.Errorf("live: %d, want 200", status)
	}
	p.stop()
	if strings.Contains(p.stdout.String()+p.stderr.String(), key) {
		t.Error("the key was printed")
	}
}

func TestWhatIsKnownSurvivesARestart(t *testing.T) {
	t.Parallel()
	onEach(t, whatIsKnownSurvives)
}

func whatIsKnownSurvives(t *testing.T, env, args []string) {
	t.Helper()
	folder := t.TempDir()
	p := startServe(t, folder, env, args...)
	p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 520, 1))
	p.kill()
	p = startServe(t, folder, env, args...)
	if status, body := p.call(http.MethodGet, "/players/12345678", ""); status != http.StatusOK || body["rankPoints"] != 520.0 {
		t.Errorf("got %d %v after the restart", status, body)
	}
}

func TestEffectsLeftBehindByAKillAreDeliveredAfterwards(t *testing.T) {
	t.Parallel()
	onEach(t, effectsOutliveAKill)
}

func effectsOutliveAKill(t *testing.T, env, args []string) {
	t.Helper()
	folder, roblox := t.TempDir(), startRoblox(t)
	roblox.Join(12345678, voltRole)
	roblox.Inject(sandbox.Fault{Operation: sandbox.OpAssignRole, Kind: sandbox.FaultUnavailable, Times: 2})
	env = append(env, append(roblox.env(), "APPLY_WAIT=0s")...)
	p := startServe(t, folder, env, args...)
	_, body := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 750, 1), "x-grps-apply", "true")
	if at(body, "decision", "status") != "pending" {
		t.Fatalf("got %v, want pending", body["decision"])
	}
	for !strings.Contains(p.stderr.String(), `"result":"retry"`) {
		time.Sleep(5 * time.Millisecond) // killed before that, its lease would have to run out first
	}
	p.kill()
	p = startServe(t, folder, env, args...)
	want := []string{"Member", "Storm Corporal I"}
	deadline := time.Now().Add(readyTime)
	for !slices.Equal(roblox.held(t, 12345678), want) {
		if time.Now().After(deadline) {
			t.Fatalf("the member holds %q, want %q\n%s", roblox.held(t, 12345678), want, p.stderr)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func TestServeRefusesAPostgresSchemaThatIsBehind(t *testing.T) {
	dsn := pgtest.Empty(t)
	t.Setenv("DATABASE_URL", dsn)
	var stdout, stderr lines
	if code := runKept(t.Context(), []string{"serve", "--port", "0"}, strings.NewReader(""), &stdout, &stderr); code != exitFault {
		t.Errorf("exit code %d, want %d", code, exitFault)
	}
	if want := "run 'grps migrate up', or start with --migrate"; !strings.Contains(stderr.String(), want) {
		t.Errorf("stderr %q does not say %q", stderr.String(), want)
	}
	if code := runKept(t.Context(), []string{"migrate", "up"}, strings.NewReader(""), &stdout, &stderr); code != exitOK {
		t.Fatalf("migrate up: exit code %d\n%s", code, stderr.String())
	}
	startServe(t, t.TempDir(), []string{"DATABASE_URL=" + dsn}).stop()
}

func TestARequestUnderWayIsAnsweredBeforeServeEnds(t *testing.T) {
	roblox := startRoblox(t)
	roblox.Join(12345678, voltRole)
	roblox.Inject(sandbox.Fault{Operation: sandbox.OpListMemberships, Kind: sandbox.FaultSilence, Hang: time.Second, Times: 1})
	p := startServe(t, t.TempDir(), roblox.env())
	answered := make(chan int, 1)
	go func() {
		response, err := http.DefaultClient.Do(p.request(http.MethodPost, ingestPath, fmt.Sprintf(example, 750, 1), "x-grps-apply", "true"))
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		answered <- response.StatusCode
		_ = response.Body.Close()
	}()
	for len(roblox.Calls()) == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, p.stderr)
	}
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the request under way got %d, want 200", status)
	}
}

func TestAChangedPolicyIsUsedWithoutARestart(t *testing.T) {
	folder := t.TempDir()
	write := func(minPoints int) {
		t.Helper()
		text := fmt.Sprintf(`{"ranks":[{"name":"Low","minPoints":0},{"name":"High","minPoints":%d}]}`, minPoints)
		next := filepath.Join(folder, "next")
		if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(folder, "policy.ranks.json")); err != nil {
			t.Fatal(err)
		}
	}
	write(1000)
	p := startServe(t, t.TempDir(), nil, "--config-dir", folder)
	p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 520, 0))
	write(2000)
	deadline := time.Now().Add(20 * time.Second)
	for {
		_, body := p.call(http.MethodGet, "/players/12345678", "")
		if body["nextRankRequiredPoints"] == 2000.0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the next rank still needs %v", body["nextRankRequiredPoints"])
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// held returns the names of the roles that the member of the sandbox inside the process holds, lowest first.
func (p *process) held(user int64) []string {
	p.t.Helper()
	_, member := p.call(http.MethodGet, fmt.Sprintf("/_sandbox/members/%d", user), "")
	roles, _ := member["roles"].([]any)
	var names []string
	for _, role := range roles {
		name, _ := role.(map[string]any)["name"].(string)
		names = append(names, name)
	}
	return names
}

func TestASecondSignalEndsServeAtOnce(t *testing.T) {
	roblox := startRoblox(t)
	roblox.Join(12345678, voltRole)
	roblox.Inject(sandbox.Fault{Operation: sandbox.OpListMemberships, Kind: sandbox.FaultSilence, Hang: time.Minute})
	p := startServe(t, t.TempDir(), append(roblox.env(), "APPLY_WAIT=8s"))
	go func() {
		response, err := http.DefaultClient.Do(p.request(http.MethodPost, ingestPath, fmt.Sprintf(example, 750, 1), "x-grps-apply", "true"))
		if err == nil { // it is cut off, but for the fastest of machines
			_ = response.Body.Close()
		}
	}()
	for len(roblox.Calls()) == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	p.signal()
	for !strings.Contains(p.stderr.String(), "stopping") {
		time.Sleep(5 * time.Millisecond)
	}
	p.signal()
	select {
	case <-p.exited:
		if code := p.cmd.ProcessState.ExitCode(); code == 0 {
			t.Error("exit code 0, want that of a process that was ended")
		}
	case <-time.After(slowness * 2 * time.Second):
		t.Error("serve goes on after the second signal")
	}
}

func TestMetricsAreServedWhereTheyAreAskedFor(t *testing.T) {
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	p := startServe(t, t.TempDir(), []string{"METRICS_ADDRESS=" + address})
	p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 750, 1), "x-grps-apply", "true")
	metrics := *p
	metrics.base = "http://" + address
	response, err := http.DefaultClient.Do(metrics.request(http.MethodGet, "/metrics", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`grps_reports_total{outcome="first"} 1`, `grps_decisions_total{action="PROMOTE"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("/metrics does not show %s", want)
		}
	}
	if status, _ := p.call(http.MethodGet, "/metrics", ""); status != http.StatusNotFound {
		t.Errorf("the API answers /metrics with %d, want 404", status)
	}
}

func TestTheLedgerTellsHowADecisionCameAbout(t *testing.T) {
	t.Parallel()
	onEach(t, theLedgerTells)
}

func theLedgerTells(t *testing.T, env, args []string) {
	t.Helper()
	p := startServe(t, t.TempDir(), env, append(args, "--sandbox")...)
	_, body := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 750, 1), "x-grps-apply", "true", "x-grps-actor", "99")
	id, _ := at(body, "decision", "requestId").(string)

	_, decision := p.call(http.MethodGet, "/decisions/"+id, "")
	if decision["status"] != "applied" || decision["actorUserId"] != 99.0 || at(decision, "input", "rankPoints") != 750.0 {
		t.Errorf("the decision is told as %v", decision)
	}
	var statuses []string
	transitions, _ := decision["transitions"].([]any)
	for _, step := range transitions {
		statuses = append(statuses, fmt.Sprint(step.(map[string]any)["status"]))
	}
	if want := []string{"pending", "applied"}; !slices.Equal(statuses, want) {
		t.Errorf("it came to %q, want %q", statuses, want)
	}
	for path, want := range map[string]int{
		"/decisions?userId=12345678&status=applied": 1, "/decisions?actor=98": 0, "/decisions?action=BAN": 0,
	} {
		_, page := p.call(http.MethodGet, path, "")
		if found, _ := page["decisions"].([]any); len(found) != want {
			t.Errorf("%s shows %d decisions, want %d", path, len(found), want)
		}
	}
	_, history := p.call(http.MethodGet, "/players/12345678/history", "")
	if entries, _ := history["entries"].([]any); len(entries) != 2 {
		t.Errorf("the history shows %d entries, want the report and the decision", len(entries))
	}
	_, explained := p.call(http.MethodGet, "/players/12345678/eligibility", "")
	if explained["nextRank"] != "Storm Corporal II" || explained["eligible"] != false {
		t.Errorf("the eligibility is told as %v", explained)
	}
}
