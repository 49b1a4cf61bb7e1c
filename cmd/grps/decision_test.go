package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// sqlOf opens the database of a service that was started in the folder with this environment, for SQL of the test's own.
func sqlOf(t *testing.T, folder string, env []string) *sql.DB {
	t.Helper()
	return openSQL(t, filepath.Join(folder, sandboxDatabase), env)
}

// openSQL opens the database that the environment leads to, else the file.
func openSQL(t *testing.T, file string, env []string) *sql.DB {
	t.Helper()
	driver, source := "sqlite", "file:"+file+"?_pragma=busy_timeout(30000)" // the service writes too
	for _, pair := range env {
		if url, ok := strings.CutPrefix(pair, "DATABASE_URL="); ok && strings.HasPrefix(url, "postgres") {
			driver, source = "pgx", url
		}
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		result, err := db.ExecContext(t.Context(), statement)
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			t.Fatalf("%s: changed %d rows (%v)", statement, n, err)
		}
	}
}

// runs runs a command in the folder and returns its exit code and what it printed.
func runs(t *testing.T, folder string, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, faults bytes.Buffer
	cmd := exec.CommandContext(t.Context(), binary(), args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), append(env, runAsGrps+"=1")...)
	cmd.Stdout, cmd.Stderr = &out, &faults
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatalf("grps %q: %v", args, err)
	} else if ok && exit.ExitCode() < 0 {
		t.Fatalf("grps %q was ended by a signal", args)
	}
	return cmd.ProcessState.ExitCode(), out.String(), faults.String()
}

func TestTheLedgerProvesItselfAndShowsWhatWasTamperedWith(t *testing.T) {
	t.Parallel()
	onEach(t, theLedgerProvesItself)
}

func theLedgerProvesItself(t *testing.T, env, args []string) {
	t.Helper()
	folder := t.TempDir()
	p := startServe(t, folder, env, append(args, "--sandbox")...)
	if len(env) == 0 {
		env = []string{"DATABASE_URL=sqlite:///" + sandboxDatabase}
	}
	ids := make(map[int]string)
	for user, report := range map[int]string{
		1: `"rank":"Volt Specialist II","rankPoints":750`, 2: `"rank":"Volt Specialist II","rankPoints":10`,
		3: `"rank":"Volt Specialist II","rankPoints":500,"warnings":4`, 4: `"rank":"Volt Specialist II","rankPoints":500,"warnings":7`,
		5: `"rank":"Storm Corporal I","rankPoints":100`,
	} {
		body := fmt.Sprintf(`{"userId":%d,"username":"P","kos":0,"wos":0,%s}`, user, report)
		status, answer := p.call(http.MethodPost, ingestPath, body, "x-grps-apply", "true")
		if status != http.StatusOK || at(answer, "decision", "action") == "NONE" {
			t.Fatalf("%d: got %d %v, want a decision", user, status, answer)
		}
		ids[user], _ = at(answer, "decision", "requestId").(string)
	}

	wantVerify := func(code int, printed string, args ...string) {
		t.Helper()
		got, stdout, stderr := runs(t, folder, env, append([]string{"decision", "verify"}, args...)...)
		if got != code || !strings.Contains(stdout+stderr, printed) {
			t.Errorf("verify %q: got exit code %d, want %d, and want %q in\n%s%s", args, got, code, printed, stdout, stderr)
		}
	}
	wantVerify(0, "5 decisions: 5 the same, 0 differ, 0 unknown, 0 seen at Roblox", "--all") // beside the service, which goes on
	for _, id := range ids {
		wantVerify(0, "1 decisions: 1 the same", strings.ToUpper(id))
	}
	wantVerify(2, "name one decision by its id, or all of them by --all")
	wantVerify(2, "name one decision", ids[1], ids[2])
	wantVerify(2, "name one decision", ids[1], "--all")
	wantVerify(1, "there is no decision", "0190a5d2-0000-7000-8000-000000000001")

	db := sqlOf(t, folder, env)
	execute(t, db, "UPDATE decisions SET action = 'DEMOTE' WHERE id = '"+ids[1]+"'")
	wantVerify(1, `action DEMOTE "Volt Specialist II" "Storm Corporal I" "ELIGIBLE"  action PROMOTE`, "--all")
	wantVerify(1, "1 of 5 decisions are not what comes out", "--all")
	wantVerify(1, ids[1], ids[1])
	wantVerify(0, "1 the same", ids[2])
	wantFindings(t, folder, env, map[string]string{ids[1]: "differs"})

	execute(t, db, "UPDATE decisions SET action = 'PROMOTE' WHERE id = '"+ids[1]+"'",
		"UPDATE decisions SET policy_revision = 'gone' WHERE id = '"+ids[2]+"'")
	wantVerify(1, `the policy "gone" is not stored`, "--all")
	wantVerify(0, "5 decisions: 4 the same, 0 differ, 1 unknown, 0 seen at Roblox", "--all", "--allow-unknown")
	wantFindings(t, folder, env, map[string]string{ids[2]: "unknown"})

	execute(t, db, "UPDATE policies SET documents = replace(documents, ' 750 ', ' 751 ')")
	wantVerify(1, "is another: its hash is", "--all", "--allow-unknown")
	execute(t, db, "UPDATE policies SET documents = 'nothing'")
	wantVerify(1, "is not one: policy_text_invalid", ids[4])
	if p.stop() != 0 {
		t.Errorf("serve ended with a fault\n%s", p.stderr)
	}
}

// wantFindings fails the test unless the audit as JSON lists these decisions with these verdicts, each with both texts where it differs.
func wantFindings(t *testing.T, folder string, env []string, want map[string]string) {
	t.Helper()
	_, stdout, stderr := runs(t, folder, env, "decision", "verify", "--all", "--json")
	var result audit
	if err := json.Unmarshal([]byte(stdout), &result); err != nil {
		t.Fatalf("verify --json: %v\n%s%s", err, stdout, stderr)
	}
	if len(result.Findings) != len(want) || result.Decisions != 5 {
		t.Errorf("verify --json: got %d findings of %d decisions, want %d of 5\n%s", len(result.Findings), result.Decisions, len(want), stdout)
	}
	for _, f := range result.Findings {
		if f.Verdict != want[f.ID] || f.Stored == "" || f.Verdict == "differs" && f.Stored == f.Recomputed || f.Verdict == "unknown" && f.Why == "" {
			t.Errorf("verify --json: got %+v, want the verdict %q", f, want[f.ID])
		}
	}
}

func TestALedgerThatIsNotThereCannotBeProved(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	code, _, stderr := runs(t, folder, nil, "decision", "verify", "--all")
	if code != 1 || !strings.Contains(stderr, "grps.db does not exist") {
		t.Errorf("got exit code %d and %q, want 1 and that the file does not exist", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(folder, defaultDatabase)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("afterwards: got %v, want no file made", err)
	}
	if _, err := sqlOf(t, folder, nil).ExecContext(t.Context(), "CREATE TABLE other (n INTEGER)"); err != nil {
		t.Fatal(err)
	}
	code, _, stderr = runs(t, folder, []string{"DATABASE_URL=sqlite:///" + sandboxDatabase}, "decision", "verify", "--all")
	if code != 1 || !strings.Contains(stderr, "run 'grps migrate up'") {
		t.Errorf("without our tables: got exit code %d and %q, want 1 and what to run", code, stderr)
	}
}

func TestAnAuditListsNoMoreThanItCanHold(t *testing.T) {
	t.Parallel()
	var result audit
	for range maxFindings + 5 {
		result.count(recordOf(t), proofThatDiffers())
	}
	var out bytes.Buffer
	if err := result.print(&out, false); err != nil {
		t.Fatal(err)
	}
	if rows := strings.Count(out.String(), " differs "); rows != maxFindings || !strings.Contains(out.String(), "\nand 5 more\n") {
		t.Errorf("got %d rows, want %d and that 5 more are not listed\n%.400s", rows, maxFindings, out.String())
	}
}

func recordOf(t *testing.T) ports.DecisionRecord {
	t.Helper()
	user, err := domain.NewUserID(7)
	if err != nil {
		t.Fatal(err)
	}
	return ports.DecisionRecord{ID: "0190a5d2-0000-7000-8000-000000000001", UserID: user}
}

func proofThatDiffers() app.Proof {
	return app.Proof{Verdict: app.VerdictDiffers, Stored: "action A\nuntil -\n", Again: "action A\nuntil x\n"}
}
