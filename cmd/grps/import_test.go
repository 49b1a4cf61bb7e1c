package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore/pgtest"
	"github.com/grps/grps/adapters/filepolicy"
	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/adapters/telemetry/logtest"
	"github.com/grps/grps/app"
	"github.com/grps/grps/policy"
)

// command runs grps in a folder and returns what it printed and its exit code.
func command(t *testing.T, folder string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return commandOf(t, binary(), folder, args...)
}

func commandOf(t *testing.T, program, folder string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), runAsGrps+"=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // its exit code is looked at
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func put(t *testing.T, folder, name, text string) {
	t.Helper()
	if strings.HasSuffix(name, ".jsonl") { // not a document of the policy, whose words are logged
		logtest.Body([]byte(text))
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsExportedCanBeImportedElsewhere(t *testing.T) {
	first := t.TempDir()
	put(t, first, "players.jsonl", `{"userId":7,"username":"Nova","rank":"Line Trooper","rankSince":"2025-05-01T00:00:00Z","rankPoints":45,"kos":3,"wos":1}

{"userId":3,"username":"Vé, \"x\"","displayName":"D","rankPoints":0,"kos":0,"wos":0,"warnings":2,"metadata":{"a":[1,"b"]}}
`)
	stdout, stderr, code := command(t, first, "import", "players.jsonl")
	if code != 0 || !strings.Contains(stdout, "2 players are new") {
		t.Fatalf("import: got exit code %d\n%s%s", code, stdout, stderr)
	}
	want, _, _ := command(t, first, "export")
	if strings.Count(want, "\n") != 2 || !strings.Contains(want, `"userId":3,"username":"Vé, \"x\""`) ||
		!strings.Contains(want, `"rank":"Line Trooper","rankSince":"2025-05-01T00:00:00Z"`) || !strings.Contains(want, `"metadata":{"a":[1,"b"]}`) {
		t.Errorf("export: got\n%s", want)
	}
	for _, file := range []string{"out.csv", "out.jsonl"} {
		if stdout, stderr, code := command(t, first, "export", file); code != 0 || !strings.Contains(stdout, "2 players") {
			t.Fatalf("export: got exit code %d\n%s%s", code, stdout, stderr)
		}
		text, err := os.ReadFile(filepath.Join(first, file))
		if err != nil {
			t.Fatal(err)
		}
		second := t.TempDir()
		put(t, second, file, string(text))
		if _, stderr, code := command(t, second, "import", file); code != 0 {
			t.Fatalf("import of %s: got exit code %d\n%s", file, code, stderr)
		}
		if got, _, _ := command(t, second, "export"); got != want {
			t.Errorf("through %s: got\n%s\nwant\n%s", file, got, want)
		}
	}
}

func TestBadLinesAreListedAndTheOthersTakenIn(t *testing.T) {
	folder := t.TempDir()
	put(t, folder, "a.jsonl", strings.Join([]string{
		`{"userId":1,"username":"A"}`, `{"userId":0,"username":"B"}`, `nonsense`, `{"userId":3,"username":"C","rankPoints":-1}`,
		`{"userId":4,"username":"` + strings.Repeat("x", 70_000) + `"}`, `{"userId":5,"username":"D","observedAt":"yesterday"}`,
		`{"userId":6,"username":"E","metadata":[1]}`, `{"userId":7,"username":"F"}`, `{"userId":8,"username":"G","rankSince":"0000-01-01T00:00:00+23:59"}`,
	}, "\n"))
	stdout, stderr, code := command(t, folder, "import", "a.jsonl")
	if code != 1 || !strings.Contains(stdout, "2 players are new") {
		t.Errorf("got exit code %d and %q, want 1 and two new players", code, stdout)
	}
	for _, line := range []string{"line 2: ", "line 3: ", "line 4: ", "line 5: ", "line 6: ", "line 7: ", "line 9: ", "7 lines were not taken in"} {
		if !strings.Contains(stderr, line) {
			t.Errorf("got\n%s\nwant %q", stderr, line)
		}
	}
	put(t, folder, "b.csv", "username,userId,kos\nA,1,5\nB,two,5\n\"C\nC\",3,\"1\nD\",4,x,y\nE,5,\n")
	if stdout, stderr, code := command(t, folder, "import", "b.csv"); code != 1 || !strings.Contains(stderr, "line 3: userId") {
		t.Errorf("CSV: got exit code %d\n%s%s", code, stdout, stderr)
	}
	for name, text := range map[string]string{"c.csv": "userId,points\n", "d.csv": "userId\n1\n", "e.csv": "", "f.txt": "x"} {
		put(t, folder, name, text)
		if _, stderr, code := command(t, folder, "import", name); code != exitUsage || !strings.Contains(stderr, name) {
			t.Errorf("%s: got exit code %d and %q, want %d and the file's name", name, code, stderr, exitUsage)
		}
	}
}

// One line that Postgres cannot hold is left out alone: neither its unit nor the import ends with it.
func TestALineThatTheDatabaseCannotHoldIsListedAndTheOthersTakenIn(t *testing.T) {
	t.Setenv("DATABASE_URL", pgtest.Empty(t))
	folder := t.TempDir()
	if _, stderr, code := command(t, folder, "migrate", "up"); code != 0 {
		t.Fatalf("migrate: got exit code %d\n%s", code, stderr)
	}
	lines := make([]string, 9)
	for n := range lines {
		lines[n] = fmt.Sprintf(`{"userId":%d,"username":"P%d"}`, n+1, n+1)
	}
	lines[5] = `{"userId":6,"username":"P6","metadata":{"note":"\u0000"}}`
	put(t, folder, "a.jsonl", strings.Join(lines, "\n"))
	stdout, stderr, code := command(t, folder, "import", "a.jsonl")
	if code != 1 || !strings.Contains(stdout, "8 players are new") {
		t.Errorf("got exit code %d and %q, want 1 and eight new players", code, stdout)
	}
	if !strings.Contains(stderr, "line 6: ") || !strings.Contains(stderr, "cannot hold") || strings.Count(stderr, "line ") != 2 {
		t.Errorf("got\n%s\nwant line 6 alone, and why", stderr)
	}
}

// rowsThatBreak are good rows until the file cannot be read any more.
type rowsThatBreak struct{ at, good int }

func (r *rowsThatBreak) next() (playerRow, int, error) {
	if r.at == r.good {
		return playerRow{}, r.at, errors.New("the disk is gone")
	}
	r.at++
	return playerRow{UserID: int64(r.at), Username: fmt.Sprintf("P%d", r.at)}, r.at, nil
}

func TestAnImportThatFailsKnowsWhatItTookIn(t *testing.T) {
	p, err := filepolicy.Load(policy.Documents())
	if err != nil {
		t.Fatal(err)
	}
	store := memstore.New()
	cases, _ := app.New(app.Parts{
		Store: store, Policies: constantPolicy{p}, Clock: systemClock{}, IDs: uuids{}, Recorder: silence{},
	}, app.DispatcherOptions{})
	i := importer{
		cases: cases, rows: &rowsThatBreak{good: importUnit + 500}, units: 1, stderr: t.Output(),
		mark: bookmark{path: filepath.Join(t.TempDir(), "p.jsonl.imported")},
	}
	if err := i.run(t.Context()); err == nil || i.kept != importUnit {
		t.Errorf("got %v and line %d, want an error, and that the first %d lines are taken in", err, i.kept, importUnit)
	}
	if n, err := store.CountPlayers(t.Context()); err != nil || n != importUnit {
		t.Errorf("players: got %d (%v), want %d", n, err, importUnit)
	}
}

// An import that is killed goes on where it stopped: the same command ends with every player there, and reads no line twice.
func TestAnImportThatWasKilledGoesOn(t *testing.T) {
	const players = 30_000 // which take the race detector half a minute, so it is grps as users build it that takes them in
	folder := t.TempDir()
	var file strings.Builder
	for n := 1; n <= players; n++ {
		fmt.Fprintf(&file, `{"userId":%d,"username":"P%d","rankPoints":%d}`+"\n", n, n, n%5000)
	}
	put(t, folder, "p.jsonl", file.String())
	cmd := exec.CommandContext(t.Context(), built(t), "import", "p.jsonl")
	cmd.Dir, cmd.Env = folder, append(os.Environ(), runAsGrps+"=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	mark := filepath.Join(folder, "p.jsonl.imported")
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(mark); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatal("the import did not come to its first bookmark")
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	stdout, stderr, code := commandOf(t, built(t), folder, "import", "p.jsonl")
	if code != 0 || !strings.Contains(stdout, "lines had been taken in before") {
		t.Errorf("the second run: got exit code %d\n%s%s\nwant it to go on", code, stdout, stderr)
	}
	if _, err := os.Stat(mark); !os.IsNotExist(err) {
		t.Errorf("the bookmark is still there: %v", err)
	}
	if out, _, _ := commandOf(t, built(t), folder, "export"); strings.Count(out, "\n") != players {
		t.Errorf("players: got %d, want %d", strings.Count(out, "\n"), players)
	}
	if stdout, _, code := commandOf(t, built(t), folder, "import", "p.jsonl", "--json"); code != 0 || !strings.Contains(stdout, `"created": 0`) {
		t.Errorf("the third run: got exit code %d and %s, want nobody new", code, stdout)
	}
}
