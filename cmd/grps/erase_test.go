package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// The players of these tests: the first of them are erased.
const (
	firstErased  = 7_309_000_001
	manyErased   = 20
	manyPlayers  = 100
	robloxSecret = "a secret of a webhook at Roblox"
)

// namesErased finds whatever names one of those who are erased: the id, or the username.
func namesErased() *regexp.Regexp {
	return regexp.MustCompile(`(^|[^0-9])73090000(0[1-9]|1[0-9]|20)($|[^0-9])|Zed73090000(0[1-9]|1[0-9]|20)x`)
}

// reportsOf returns a batch of a report about each player, which is acted on.
func reportsOf(points int, key string) string {
	var reports []string
	for i := range manyPlayers {
		id, warnings := firstErased+i, 0
		if i%10 == 3 {
			warnings = 9
		}
		idempotency := ""
		if key != "" {
			idempotency = fmt.Sprintf(`,"idempotencyKey":"%s-%d"`, key, id)
		}
		reports = append(reports, fmt.Sprintf(`{"userId":%d,"username":"Zed%dx","displayName":"Z %d","rank":"Line Trooper","rankPoints":%d,"kos":0,"wos":0,`+
			`"warnings":%d,"metadata":{"me":%d}%s}`, id, id, id, points, warnings, id, idempotency))
	}
	return `{"apply":true,"snapshots":[` + strings.Join(reports, ",") + `]}`
}

const batchPath = ingestPath + "/batch"

// notify sends a notification as Roblox would, and returns the status and the answer's.
func (p *process) notify(user int, id, secret string, at time.Time) (int, any) {
	p.t.Helper()
	body := fmt.Sprintf(`{"NotificationId":"%s","EventType":"RightToErasureRequest","EventTime":"2026-11-22T12:00:00Z","EventPayload":{"UserId":%d,"GameIds":[1]}}`, id, user)
	h := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(h, "%d.%s", at.Unix(), body)
	began := time.Now()
	status, answer := p.call(http.MethodPost, "/roblox/webhooks", body,
		"roblox-signature", fmt.Sprintf("t=%d,v1=%s", at.Unix(), base64.StdEncoding.EncodeToString(h.Sum(nil))))
	if took := time.Since(began); took > slowness*5*time.Second {
		p.t.Errorf("a notification was answered after %s, and Roblox waits 5 s", took)
	}
	return status, answer["status"]
}

// erasuresIn returns how many erasures are in each state.
func (p *process) erasuresIn() map[string]int {
	p.t.Helper()
	status, page := p.call(http.MethodGet, "/erasures?limit=100", "")
	if status != http.StatusOK {
		p.t.Fatalf("erasures: got %d %v", status, page)
	}
	states := make(map[string]int)
	for _, e := range page["erasures"].([]any) {
		states[e.(map[string]any)["state"].(string)]++
	}
	return states
}

// awaitErasures waits until so many are done and none is under way.
func (p *process) awaitErasures(want int) {
	p.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		states := p.erasuresIn()
		if states["done"] == want && states["queued"]+states["removing"] == 0 {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("erasures: got %v, want %d done\n%s", states, want, p.stderr)
		}
	}
}

// dump returns every row of every table as text.
func dump(t *testing.T, db *sql.DB, postgres bool) string {
	t.Helper()
	list, all := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", "SELECT * FROM %q"
	if postgres {
		list, all = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()", "SELECT t::text FROM %q AS t"
	}
	tables := strings.Fields(strings.ReplaceAll(dumped(t, db, list), "|", " "))
	if len(tables) < 10 {
		t.Fatalf("got the tables %v, want all of them", tables)
	}
	var text bytes.Buffer
	for _, table := range tables {
		for line := range strings.Lines(dumped(t, db, fmt.Sprintf(all, table))) {
			fmt.Fprintf(&text, "%s | %s", table, line)
		}
	}
	return text.String()
}

// dumped returns what a query finds, a line for each row.
func dumped(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	var text bytes.Buffer
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, value := range values {
			fmt.Fprintf(&text, "%s | ", value.String)
		}
		fmt.Fprintln(&text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// wantNoTrace fails the test where a text names somebody who was erased.
func wantNoTrace(t *testing.T, what, text string) {
	t.Helper()
	found := 0
	for line := range strings.Lines(text) {
		if namesErased().MatchString(line) {
			if found++; found <= 3 {
				t.Errorf("%s: got %.300s, want nobody who was erased named", what, line)
			}
		}
	}
	if found > 0 {
		t.Errorf("%s: got %d lines of %d bytes that name somebody who was erased, want 0", what, found, len(text))
	}
}

func TestPlayersWhoAreErasedLeaveNoTraceWhateverIsKilledMeanwhile(t *testing.T) {
	t.Parallel()
	onEach(t, erasedLeaveNoTrace)
}

func erasedLeaveNoTrace(t *testing.T, env, args []string) {
	t.Helper()
	postgres := len(env) > 0
	folder := t.TempDir()
	hooks := filepath.Join(folder, "webhooks.json")
	if err := os.WriteFile(hooks, []byte(`{"webhooks":[{"name":"gone","url":"http://127.0.0.1:1/","secrets":["whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	env = append(env, limited(t, `{"maxMovesPerHour": 0, "maxDemotionsPercent": 0, "maxRungsPerPlayerPerDay": 0}`),
		"ROBLOX_WEBHOOK_SECRET="+robloxSecret, "ERASURE_KEY=a key that nobody can guess", "ERASURES_FILE="+filepath.Join(folder, "erasures"),
		"WEBHOOKS_FILE="+hooks, "WEBHOOK_ALLOW_PRIVATE=true", "LOG_LEVEL=debug", "LOG_FORMAT=json")
	if !postgres {
		env = append(env, "DATABASE_URL=sqlite:///"+sandboxDatabase)
	}
	p := startServe(t, folder, env, args...)
	db := sqlOf(t, folder, env)

	for i, points := range []int{60, 20, 80} {
		if status, answer := p.call(http.MethodPost, batchPath, reportsOf(points, fmt.Sprintf("round%d", i))); status != http.StatusOK {
			t.Fatalf("report: got %d %v", status, answer)
		}
	}
	for i, said := range []string{`"Zed7309000003x asked (7309000003)"`, `"as 7309000004 says"`} { // others were held by, and because of, those
		if status, answer := p.call(http.MethodPost, fmt.Sprintf("/players/%d/hold", firstErased+50+i), `{"reason":`+said+`}`); status != http.StatusOK {
			t.Fatalf("hold: got %d %v", status, answer)
		}
	}
	execute(t, db, fmt.Sprintf("UPDATE decisions SET actor_user_id = %d WHERE user_id = %d", firstErased+2, firstErased+60))
	if text := dump(t, db, postgres); len(namesErased().FindAllString(text, -1)) < 10*manyErased {
		t.Fatal("before: got few traces of them, so this test proves little")
	}
	backup := filepath.Join(folder, "backup.db")
	if !postgres {
		if _, err := db.ExecContext(t.Context(), "VACUUM INTO '"+backup+"'"); err != nil {
			t.Fatal(err)
		}
	}

	refuse(t, db, postgres)
	for i := range manyErased {
		user := firstErased + i
		if i%2 == 0 {
			if status, word := p.notify(user, fmt.Sprintf("n-%d", i), robloxSecret, time.Now()); status != http.StatusOK || word != "accepted" {
				t.Fatalf("a notification: got %d %v", status, word)
			}
		} else if status, answer := p.call(http.MethodDelete, fmt.Sprintf("/players/%d", user), ""); status != http.StatusAccepted {
			t.Fatalf("DELETE: got %d %v", status, answer)
		}
	}
	if states := p.erasuresIn(); states["queued"] != manyErased {
		t.Errorf("before the kill: got %v, want all queued", states)
	}
	p.kill()
	allow(t, db, postgres)
	p = startServe(t, folder, env, args...)
	stop := underLoad(p)
	p.awaitErasures(manyErased)
	stop()

	quiet := len(p.stderr.String())
	status, answer := p.call(http.MethodPost, batchPath, reportsOf(90, "round0")) // some keys were answered before
	if status != http.StatusOK {
		t.Fatalf("report: got %d %v", status, answer)
	}
	for i, result := range answer["results"].([]any) {
		code := at(result.(map[string]any), "error", "code")
		if (code == "player_erased") != (i < manyErased) {
			t.Errorf("a late report about player %d: got %v, want player_erased for the first %d alone", i, result, manyErased)
		}
	}
	for i := range manyErased {
		for method, path := range map[string]string{http.MethodGet: "/players/%d", http.MethodDelete: "/players/%d"} {
			if status, answer := p.call(method, fmt.Sprintf(path, firstErased+i), ""); status != http.StatusNotFound && status != http.StatusAccepted {
				t.Errorf("%s afterwards: got %d %v", method, status, answer)
			}
		}
	}
	p.awaitErasures(2 * manyErased)
	wantNoTrace(t, "the log afterwards", p.stderr.String()[quiet:])
	for _, path := range []string{"/decisions?limit=100", "/leaderboard/top?limit=100", "/players?limit=100", "/erasures?limit=100", "/effects?state=dead"} {
		wantNoTrace(t, path, p.read(path))
	}
	wantNoTrace(t, "the dump", dump(t, db, postgres))

	other := startServe(t, folder, env, args...) // another replica
	for i := 0; i < manyErased; i += 2 {
		if status, word := other.notify(firstErased+i, fmt.Sprintf("n-%d", i), robloxSecret, time.Now()); status != http.StatusOK || word != "duplicate" {
			t.Errorf("a replay to another replica: got %d %v, want it known", status, word)
		}
	}
	for what, send := range map[string]struct {
		secret string
		at     time.Time
	}{"forged": {"another secret", time.Now()}, "old": {robloxSecret, time.Now().Add(-11 * time.Minute)}, "early": {robloxSecret, time.Now().Add(11 * time.Minute)}} {
		if status, _ := other.notify(firstErased+70, "forged", send.secret, send.at); status != http.StatusUnauthorized {
			t.Errorf("%s: got %d, want 401", what, status)
		}
	}
	if states := other.erasuresIn(); states["done"] != 2*manyErased || len(states) != 1 {
		t.Errorf("erasures after replays: got %v, want the %d that there were", states, 2*manyErased)
	}
	other.stop()

	url := "DATABASE_URL=sqlite:///" + sandboxDatabase
	if postgres {
		url = env[0]
	}
	if code, out, complaints := runs(t, folder, []string{url}, "decision", "verify", "--all"); code != 0 || !strings.Contains(out, "as their players were erased") {
		t.Errorf("grps decision verify --all: got %d %s%s, want 0 and that players were erased", code, out, complaints)
	}
	if code, out, _ := runs(t, folder, []string{url}, "export", fmt.Sprint(firstErased)); code == 0 {
		t.Errorf("grps export of somebody erased: got %s, want nothing", out)
	}
	if p.stop() != 0 {
		t.Errorf("it ended badly:\n%s", p.stderr)
	}
	if !postgres {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		restoredErasesAgain(t, folder, backup, env, args)
	}
}

// restoredErasesAgain puts a backup from before the erasures in the place of the database.
func restoredErasesAgain(t *testing.T, folder, backup string, env, args []string) {
	t.Helper()
	text, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, sandboxDatabase)
	for _, further := range []string{"-wal", "-shm"} {
		_ = os.Remove(path + further)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p := startServe(t, folder, env, args...)
	for i := range manyErased {
		if status, answer := p.call(http.MethodGet, fmt.Sprintf("/players/%d", firstErased+i), ""); status != http.StatusNotFound {
			t.Errorf("after the restore: got %d %v, want 404", status, answer)
		}
	}
	if status, answer := p.call(http.MethodGet, fmt.Sprintf("/players/%d", firstErased+50), ""); status != http.StatusOK {
		t.Errorf("another player after the restore: got %d %v, want 200", status, answer)
	}
	if status, word := p.notify(firstErased, "n-0", robloxSecret, time.Now()); status != http.StatusOK || word != "duplicate" {
		t.Errorf("a notification from before the restore: got %d %v, want it known", status, word)
	}
	wantNoTrace(t, "the dump after the restore", dump(t, sqlOf(t, folder, nil), false))
}

// refuse lets the database keep players from being removed, so that nothing that is accepted can be done.
func refuse(t *testing.T, db *sql.DB, postgres bool) {
	t.Helper()
	statements := []string{"CREATE TRIGGER refuse BEFORE DELETE ON players BEGIN SELECT RAISE(ABORT, 'not now'); END"}
	if postgres {
		statements = []string{
			"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$",
			"CREATE TRIGGER refuse BEFORE DELETE ON players FOR EACH ROW EXECUTE FUNCTION refuse()",
		}
	}
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func allow(t *testing.T, db *sql.DB, postgres bool) {
	t.Helper()
	statement := "DROP TRIGGER refuse"
	if postgres {
		statement += " ON players"
	}
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// underLoad lets two games report everybody, again and again, until the function that it returns is called.
func underLoad(p *process) (stop func()) {
	end := make(chan struct{})
	var games sync.WaitGroup
	for game := range 2 {
		games.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-end:
					return
				default:
				}
				response, err := http.DefaultClient.Do(p.request(http.MethodPost, batchPath, reportsOf(60+n%5, fmt.Sprintf("load%d-%d", game, n))))
				if err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					_ = response.Body.Close()
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	return func() {
		close(end)
		games.Wait()
	}
}

// read returns what a GET is answered with.
func (p *process) read(path string) string {
	p.t.Helper()
	response, err := http.DefaultClient.Do(p.request(http.MethodGet, path, ""))
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		p.t.Fatalf("GET %s: got %d %s and error %v, want 200", path, response.StatusCode, text, err)
	}
	return strings.ReplaceAll(string(text), "},", "},\n")
}

func TestAPlayerIsErasedExportedAndLetBackFromTheCommandLine(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p := startServe(t, folder, nil, "--sandbox")
	if status, answer := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 760, 1), "x-grps-apply", "true"); status != http.StatusOK {
		t.Fatalf("report: got %d %v", status, answer)
	}
	called := func(operation string) bool { return strings.Contains(p.read("/_sandbox/calls"), operation) }
	for deadline := time.Now().Add(30 * time.Second); !called("CreateDataStoreEntry"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("calls: got %s, want the entry of the player written", p.read("/_sandbox/calls"))
		}
	}
	url := []string{"DATABASE_URL=sqlite:///" + sandboxDatabase}
	_, out, _ := runs(t, folder, url, "export", "12345678")
	var exported struct {
		UserID int64                       `json:"userId"`
		Tables map[string][]map[string]any `json:"tables"`
	}
	if err := json.Unmarshal([]byte(out), &exported); err != nil || exported.UserID != 12345678 {
		t.Fatalf("grps export: got %s and error %v, want a document about 12345678", out, err)
	}
	for table, column := range map[string]string{"players": "username", "player_snapshots": "payload", "decisions": "input", "decision_transitions": "status"} {
		if rows := exported.Tables[table]; len(rows) == 0 || rows[0][column] == nil {
			t.Errorf("grps export: got %v of %s, want a row with its %s", rows, table, column)
		}
	}
	if name := at(exported.Tables["player_snapshots"][0], "payload", "username"); name != "ArcTrooper" {
		t.Errorf("grps export: got the payload %v, want it as the document that it is", exported.Tables["player_snapshots"][0]["payload"])
	}
	var overHTTP map[string]any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(p.read("/players/12345678/export"), "},\n", "},")), &overHTTP); err != nil || len(overHTTP["tables"].(map[string]any)) != len(exported.Tables) {
		t.Errorf("GET …/export: got %v and error %v, want the same tables", overHTTP, err)
	}

	if code, out, complaints := grps(t, p, "erase", "012"); code != exitUsage || !strings.Contains(complaints, "plain digits") {
		t.Errorf("erase 012: got %d %s%s, want a usage error", code, out, complaints)
	}
	if code, out, complaints := grps(t, p, "erase", "--yes"); code != exitUsage {
		t.Errorf("erase --yes of nobody: got %d %s%s, want a usage error", code, out, complaints)
	}
	if code, out, complaints := grps(t, p, "erase", "12345678"); code != exitUsage || !strings.Contains(complaints, "say --yes, if everything about 12345678") {
		t.Errorf("erase where nobody can be asked: got %d %s%s, want a usage error that names --yes", code, out, complaints)
	}
	if status, _ := p.call(http.MethodGet, "/players/12345678", ""); status != http.StatusOK || len(p.erasuresIn()) > 0 {
		t.Errorf("nobody said yes: got the player with %d and the erasures %v, want all as it was", status, p.erasuresIn())
	}
	if code, out, complaints := grps(t, p, "erase", "--lift"); code != exitUsage {
		t.Errorf("erase --lift of nobody: got %d %s%s, want a usage error", code, out, complaints)
	}
	if code, out, complaints := grps(t, p, "erase", "12345678", "--lift"); code == 0 || !strings.Contains(complaints, "nobody with that user id was erased") {
		t.Errorf("erase --lift before: got %d %s%s, want that nobody was erased", code, out, complaints)
	}
	if code, out, complaints := grps(t, p, "erase", "12345678", "--yes"); code != 0 || !strings.Contains(out, ": done; nothing is left") {
		t.Fatalf("erase: got %d %s%s, want that nothing is left", code, out, complaints)
	}
	if !called("DeleteDataStoreEntry") {
		t.Errorf("calls: got %s, want the entry removed", p.read("/_sandbox/calls"))
	}
	if text := dump(t, sqlOf(t, folder, nil), false); strings.Contains(text, "12345678") || strings.Contains(text, "ArcTrooper") {
		t.Error("the dump: got the player in it, want nothing")
	}
	if status, answer := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 760, 1)); status != http.StatusUnprocessableEntity || answer["code"] != "player_erased" {
		t.Errorf("a late report: got %d %v, want 422 player_erased", status, answer)
	}
	if code, out, _ := grps(t, p, "erase"); code != 0 || !strings.Contains(out, "done") || strings.Contains(out, "12345678") {
		t.Errorf("erase without a user: got %d %s, want the erasure, which names nobody", code, out)
	}
	if code, out, complaints := grps(t, p, "erase", "12345678", "--lift"); code != 0 || !strings.Contains(out, "lifted") {
		t.Errorf("erase --lift: got %d %s%s, want it lifted", code, out, complaints)
	}
	if status, answer := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 760, 1)); status != http.StatusOK {
		t.Errorf("a report afterwards: got %d %v, want 200", status, answer)
	}
}

func TestAStartWithoutTheKeyOfEarlierErasuresIsRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	env := []string{"DATABASE_URL=sqlite:///" + sandboxDatabase}
	p := startServe(t, folder, append(env, "ERASURE_KEY=the first key of these tests"))
	if status, answer := p.call(http.MethodDelete, "/players/77", ""); status != http.StatusAccepted {
		t.Fatalf("DELETE: got %d %v", status, answer)
	}
	p.awaitErasures(1)
	p.stop()
	for what, keys := range map[string]string{"another": "ERASURE_KEY=the second key of these tests", "none": "ERASURE_KEY="} {
		if code, _, complaints := runs(t, folder, append(env, keys), "serve", "--port", "0"); code == 0 || !strings.Contains(complaints, "ERASURE_KEY") {
			t.Errorf("%s: got %d %s, want a refusal that names ERASURE_KEY", what, code, complaints)
		}
	}
	p = startServe(t, folder, append(env, "ERASURE_KEY=the second key of these tests,the first key of these tests"))
	if status, answer := p.call(http.MethodPost, ingestPath, `{"userId":77,"username":"V","rankPoints":1,"kos":0,"wos":0}`); status != http.StatusUnprocessableEntity {
		t.Errorf("a late report under the key before: got %d %v, want 422", status, answer)
	}
}

func TestARestoredBackupKnowsOfErasuresSince(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	env := []string{"DATABASE_URL=sqlite:///" + sandboxDatabase}
	p := startServe(t, folder, env)
	for _, user := range []int{77, 78} {
		if status, answer := p.call(http.MethodPost, ingestPath, fmt.Sprintf(`{"userId":%d,"username":"V","rankPoints":1,"kos":0,"wos":0}`, user)); status != http.StatusOK {
			t.Fatalf("report: got %d %v", status, answer)
		}
	}
	if code, out, complaints := runs(t, folder, env, "backup", "before.db"); code != 0 {
		t.Fatalf("grps backup: got %d %s%s", code, out, complaints)
	}
	if status, answer := p.call(http.MethodDelete, "/players/77", ""); status != http.StatusAccepted {
		t.Fatalf("DELETE: got %d %v", status, answer)
	}
	p.awaitErasures(1)
	p.stop()
	if err := os.Remove(filepath.Join(folder, sandboxDatabase+".erasures")); err != nil { // which would do as well
		t.Fatal(err)
	}
	code, out, complaints := runs(t, folder, env, "restore", "before.db")
	if code != 0 || !strings.Contains(out, "knows of 1 erasure since then") {
		t.Fatalf("grps restore: got %d %s%s, want that it knows of the erasure", code, out, complaints)
	}
	p = startServe(t, folder, env)
	for user, want := range map[int]int{77: http.StatusNotFound, 78: http.StatusOK} {
		if status, answer := p.call(http.MethodGet, fmt.Sprintf("/players/%d", user), ""); status != want {
			t.Errorf("player %d after the restore: got %d %v, want %d", user, status, answer, want)
		}
	}
}
