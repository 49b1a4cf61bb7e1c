package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

// usersIn returns the ids of the players in a database file.
func usersIn(t *testing.T, path string) map[int64]bool {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT p.user_id FROM players p JOIN player_snapshots s ON s.user_id = p.user_id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	users := make(map[int64]bool)
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		users[id] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	var said string
	if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
		t.Errorf("the file is not whole: %s, %v", said, err)
	}
	return users
}

// games reports new players, each once, until it is stopped, and keeps which were acknowledged.
type games struct {
	mu    sync.Mutex
	acked []int64
	stop  chan struct{}
	done  sync.WaitGroup
}

func startGames(p *process, servers int) *games {
	g := &games{stop: make(chan struct{})}
	for server := range servers {
		g.done.Go(func() {
			for id := int64(server + 1); ; id += int64(servers) {
				select {
				case <-g.stop:
					return
				default:
				}
				body := fmt.Sprintf(`{"userId":%d,"username":"P%d","rank":"Line Trooper","rankPoints":40,"kos":0,"wos":0}`, id, id)
				response, err := http.DefaultClient.Do(p.request(http.MethodPost, ingestPath, body))
				if err != nil {
					return // it was killed
				}
				_ = response.Body.Close()
				if response.StatusCode == http.StatusOK {
					g.mu.Lock()
					g.acked = append(g.acked, id)
					g.mu.Unlock()
				}
			}
		})
	}
	return g
}

func (g *games) acknowledged() []int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.acked)
}

func TestABackupUnderLoadHoldsAllThatWasAcknowledgedBefore(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p := startServe(t, folder, nil)
	g := startGames(p, 8)
	var backups []string
	var before [][]int64
	for len(backups) < 5 {
		eventually(t, func() (string, bool) {
			return "the games report nothing", len(g.acknowledged()) > 100*(len(backups)+1)
		})
		acked := g.acknowledged()
		out := succeed(t, folder, "backup", "--json", fmt.Sprintf("b%d.db", len(backups)))
		var said copiedFile
		if err := json.Unmarshal([]byte(out), &said); err != nil || said.Players < int64(len(acked)) {
			t.Errorf("backup says %s, %v; %d players were acknowledged before", out, err, len(acked))
		}
		before, backups = append(before, acked), append(backups, said.File)
	}
	p.kill()
	close(g.stop)
	g.done.Wait()
	for i, backup := range backups {
		held := usersIn(t, filepath.Join(folder, backup))
		for _, id := range before[i] {
			if !held[id] {
				t.Errorf("player %d was acknowledged and is not in %s", id, backup)
			}
		}
	}
	if last := g.acknowledged(); len(last) <= len(before[len(before)-1]) {
		t.Error("nothing was reported while the last backup was made")
	}
	for _, entry := range mustRead(t, folder) {
		if strings.Contains(entry, ".part") {
			t.Errorf("%s was left behind", entry)
		}
	}
	// What is restored of it is a database like any other.
	succeed(t, folder, "restore", backups[0])
	if held := usersIn(t, filepath.Join(folder, defaultDatabase)); len(held) < len(before[0]) {
		t.Errorf("%d players are restored, want %d", len(held), len(before[0]))
	}
}

// mustRead returns the names in a folder.
func mustRead(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// moves returns the calls since one that changed what members hold.
func (r *roblox) moves(since int64) []sandbox.Call {
	return slices.DeleteFunc(r.Calls(), func(c sandbox.Call) bool {
		return !c.Changed || c.Seq <= since || c.Operation != sandbox.OpAssignRole && c.Operation != sandbox.OpUnassignRole
	})
}

func (r *roblox) lastCall() int64 {
	calls := r.Calls()
	if len(calls) == 0 {
		return 0
	}
	return calls[len(calls)-1].Seq
}

func TestNobodyIsDemotedForABackupThatWasRestored(t *testing.T) {
	t.Parallel()
	roblox := startRoblox(t)
	for id := int64(1); id <= 40; id++ {
		roblox.Join(id, lineRole)
	}
	folder, env := t.TempDir(), append(roblox.env(), limited(t, unlimited))
	p := startServe(t, folder, env)
	muster(t, p, troop{n: 40, points: 40})
	// A minute on nobody is looked at again, so what follows is what the restored record makes of it.
	succeed(t, folder, "backup", "then.db")
	for id := 1; id <= 20; id++ {
		body := fmt.Sprintf(`{"userId":%d,"username":"P%d","rank":"Line Trooper","rankPoints":60,"kos":0,"wos":0}`, id, id)
		if _, answer := p.call(http.MethodPost, ingestPath, body, "x-grps-apply", "true"); at(answer, "decision", "status") != "applied" {
			t.Fatalf("the promotion is %v", answer["decision"])
		}
	}
	roblox.SetRoles(21, marshalRole) // by hand, a privileged one
	roblox.SetRoles(22, voltRole)
	held := make(map[int64][]string)
	for id := int64(1); id <= 40; id++ {
		held[id] = roblox.held(t, id)
	}
	if code := p.stop(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, p.stderr)
	}
	out := succeed(t, folder, "restore", "then.db")
	if !strings.Contains(out, "40 players, 40 reports") || !strings.Contains(out, "Automation is paused") {
		t.Errorf("restore says\n%s", out)
	}
	since := roblox.lastCall()

	p = startServe(t, folder, env)
	for id, rank := range map[int]string{1: "Shock Trooper I", 20: "Shock Trooper I", 21: "Astral Marshal", 22: "Volt Specialist II", 40: "Line Trooper"} {
		eventually(t, func() (string, bool) {
			_, player := p.call(http.MethodGet, fmt.Sprintf("/players/%d", id), "")
			return fmt.Sprintf("the record of %d shows %v, want %s", id, player["rank"], rank), player["rank"] == rank || id == 21 && player["rank"] != "Line Trooper"
		})
	}
	// The points of that day do not suffice for the ranks of today: what the rules ask for is held.
	code, said, complaints := grps(t, p, "review", "--apply")
	if code == exitOK && !strings.Contains(said, "held") {
		t.Errorf("review: got %d\n%s%s", code, said, complaints)
	}
	for id := 1; id <= 22; id++ {
		p.call(http.MethodPost, "/automation/decisions", fmt.Sprintf(`{"userId":%d,"apply":true}`, id))
	}
	if moves := roblox.moves(since); len(moves) > 0 {
		t.Errorf("%d calls changed what members hold, such as %+v", len(moves), moves[0])
	}
	// Then the games report what is so today, and somebody lets automation go on.
	for id := 1; id <= 20; id++ {
		body := fmt.Sprintf(`{"userId":%d,"username":"P%d","rank":"Shock Trooper I","rankPoints":60,"kos":0,"wos":0}`, id, id)
		p.call(http.MethodPost, ingestPath, body, "x-grps-apply", "true")
	}
	roblox.SetRoles(22, lineRole) // somebody sets right by hand what nobody reports
	code, said, complaints = grps(t, p, "automation", "resume", "--reason", "the games have reported")
	if code != exitOK {
		t.Fatalf("resume: got %d\n%s%s", code, said, complaints)
	}
	time.Sleep(3 * time.Second) // what is held is looked at each second
	for id := int64(1); id <= 20; id++ {
		if now := roblox.held(t, id); !slices.Equal(now, held[id]) {
			t.Errorf("%d held %q and holds %q", id, held[id], now)
		}
	}
}

func TestARestorationIsRefusedWhereItWouldDoHarm(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p := startServe(t, folder, nil)
	muster(t, p, troop{n: 3, points: 40})
	succeed(t, folder, "backup", "good.db")
	put(t, folder, "notes.db", strings.Repeat("these are notes, and no database. ", 100))
	newer := filepath.Join(folder, "newer.db")
	succeed(t, folder, "backup", newer)
	foreign := filepath.Join(folder, "foreign.db")
	for path, statement := range map[string]string{
		newer: "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)", foreign: "CREATE TABLE things (id INTEGER)",
	} {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
		db.Close()
	}
	text, err := os.ReadFile(filepath.Join(folder, "good.db"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, folder, "damaged.db", string(text[:len(text)/2])+strings.Repeat("\xff", len(text)/2))
	refused := func(args []string, code int, said string) {
		t.Helper()
		_, stderr, got := command(t, folder, append([]string{"restore"}, args...)...)
		if got != code || !strings.Contains(stderr, said) {
			t.Errorf("restore %v: exit code %d, want %d, and %q:\n%s", args, got, code, said, stderr)
		}
	}
	refused([]string{"good.db"}, exitFault, "is in use; stop every service") // also one that has nothing to do
	if code := p.stop(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, p.stderr)
	}
	refused([]string{"notes.db"}, exitFault, "a file of something else")
	refused([]string{"foreign.db"}, exitUsage, "a database of something else")
	refused([]string{"newer.db"}, exitUsage, "the backup is of a newer release: its schema has version 999")
	refused([]string{"damaged.db"}, exitFault, "damaged")
	refused([]string{"none.db"}, exitFault, "no such file")
	refused([]string{"grps.db"}, exitUsage, "is the database itself")
	refused(nil, exitUsage, "name a FILE to restore, or give --restored")
	refused([]string{"good.db", "--restored"}, exitUsage, "name a FILE to restore, or give --restored")
	if held := usersIn(t, filepath.Join(folder, defaultDatabase)); len(held) != 3 {
		t.Errorf("a refusal changed the database: %d players", len(held))
	}
	for _, name := range mustRead(t, folder) {
		if strings.Contains(name, "before-restore") || strings.Contains(name, ".part") {
			t.Errorf("a refusal left %s behind", name)
		}
	}

	// A database that is broken is replaced only when somebody says that nothing uses it, and is kept all the same.
	put(t, folder, defaultDatabase, strings.Repeat("broken ", 1000))
	refused([]string{"good.db"}, exitFault, "repeat this with --force")
	out := succeed(t, folder, "restore", "good.db", "--force", "--json")
	var said copiedFile
	if err := json.Unmarshal([]byte(out), &said); err != nil || said.Players != 3 || said.Replaced == "" {
		t.Fatalf("restore says %s, %v", out, err)
	}
	if kept, err := os.ReadFile(said.Replaced); err != nil || !strings.HasPrefix(string(kept), "broken ") {
		t.Errorf("what was there is not kept: %v", err)
	}
	if err := os.Remove(filepath.Join(folder, defaultDatabase)); err != nil {
		t.Fatal(err)
	}
	if out := succeed(t, folder, "restore", "good.db"); strings.Contains(out, "is kept as") {
		t.Errorf("nothing was there, and restore says\n%s", out)
	}
}

func TestWhatWasStoppedStaysStoppedWhenABackupIsRestored(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p := startServe(t, folder, nil)
	muster(t, p, troop{n: 1, points: 40})
	succeed(t, folder, "backup", "before.db")
	if code, out, complaints := grps(t, p, "automation", "stop", "--reason", "odd reports"); code != exitOK {
		t.Fatalf("stop: got %d\n%s%s", code, out, complaints)
	}
	if code := p.stop(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, p.stderr)
	}
	if out := succeed(t, folder, "restore", "before.db"); !strings.Contains(out, "Automation is stopped") {
		t.Errorf("restore says\n%s", out)
	}
	p = startServe(t, folder, nil)
	if _, status := p.call(http.MethodGet, "/automation", ""); status["state"] != "stopped" || status["reason"] != "odd reports" {
		t.Errorf("automation is %v", status)
	}
}

func TestABackupDoesNotReplaceWhatIsThere(t *testing.T) {
	folder := migrated(t)
	put(t, folder, "there.db", "something of mine")
	for name, test := range map[string]struct {
		args []string
		said string
	}{
		"a file":              {[]string{"there.db"}, "is there already; name another file, or replace it with --force"},
		"the database itself": {[]string{"grps.db", "--force"}, "is the database itself"},
		"a folder":            {[]string{".", "--force"}, "is no file that could be replaced"},
		"nowhere":             {[]string{"none/there.db"}, "no such file or directory"},
	} {
		if _, stderr, code := command(t, folder, append([]string{"backup"}, test.args...)...); code == exitOK || !strings.Contains(stderr, test.said) {
			t.Errorf("%s: exit code %d, want a refusal with %q:\n%s", name, code, test.said, stderr)
		}
	}
	if text, err := os.ReadFile(filepath.Join(folder, "there.db")); err != nil || string(text) != "something of mine" {
		t.Errorf("the file is %q now, %v", text, err)
	}
	succeed(t, folder, "backup", "there.db", "--force")
	if facts, err := os.Stat(filepath.Join(folder, "there.db")); err != nil || facts.Mode().Perm() != 0o600 {
		t.Errorf("others may read the backup: %v, %v", facts.Mode(), err)
	}
	succeed(t, folder, "backup") // under a name of its own
	if names := mustRead(t, folder); !slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, "grps-2") }) {
		t.Errorf("there is no backup among %q", names)
	}
	if _, stderr, code := command(t, t.TempDir(), "backup"); code == exitOK || !strings.Contains(stderr, "does not exist") {
		t.Errorf("without a database: exit code %d\n%s", code, stderr)
	}
	t.Setenv("DATABASE_URL", "postgres://grps:canary@127.0.0.1:1/grps")
	for command, said := range map[string]string{"backup": "pg_dump", "restore": "pg_restore"} {
		args := []string{command, "x.db"}
		if code, _, stderr := runs(t, folder, nil, args...); code != exitUsage || !strings.Contains(stderr, said) || strings.Contains(stderr, "canary") {
			t.Errorf("%s of a Postgres: exit code %d, want %d and %s:\n%s", command, code, exitUsage, said, stderr)
		}
	}
}

func TestADatabaseThatOtherProgramsRestoredIsPrepared(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, env, args []string) {
		t.Helper()
		folder := t.TempDir()
		p := startServe(t, folder, env, args...)
		muster(t, p, troop{n: 2, points: 40})
		if code := p.stop(); code != 0 {
			t.Fatalf("exit code %d\n%s", code, p.stderr)
		}
		code, stdout, stderr := runs(t, folder, env, "restore", "--restored")
		if code != exitOK || !strings.Contains(stdout, "Automation is paused") {
			t.Fatalf("restore --restored: got %d\n%s%s", code, stdout, stderr)
		}
		roblox := startRoblox(t)
		roblox.Join(1, shockRole)
		p = startServe(t, folder, append(env, append(roblox.env(), "RECONCILE_EVERY=0s")...), args...)
		eventually(t, func() (string, bool) {
			_, player := p.call(http.MethodGet, "/players/1", "")
			return fmt.Sprintf("the record shows %v", player["rank"]), player["rank"] == "Shock Trooper I"
		})
		if _, status := p.call(http.MethodGet, "/automation", ""); status["state"] != "paused" || status["by"] != "restore" {
			t.Errorf("automation is %v", status)
		}
	})
}
