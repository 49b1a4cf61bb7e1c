package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// troop reports players who stand on one rung.
type troop struct {
	n, points, warnings int
}

// muster reports the troops, under ids from 1 on, without asking for decisions.
func muster(t *testing.T, p *process, troops ...troop) {
	t.Helper()
	id := 0
	var reports []string
	for _, troop := range troops {
		for range troop.n {
			id++
			reports = append(reports, fmt.Sprintf(`{"userId":%d,"username":"P%d","rank":"Line Trooper","rankPoints":%d,"kos":0,"wos":0,"warnings":%d}`,
				id, id, troop.points, troop.warnings))
		}
	}
	for len(reports) > 0 {
		n := min(len(reports), 50)
		status, answer := p.call(http.MethodPost, "/roblox/events/player-activity/batch", `{"snapshots":[`+strings.Join(reports[:n], ",")+`]}`)
		if status != http.StatusOK {
			t.Fatalf("report: got %d %v", status, answer)
		}
		reports = reports[n:]
	}
}

// grps runs a command against a service and returns its exit code, what it printed and what it complained about.
func grps(t *testing.T, p *process, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, complaints bytes.Buffer
	code = runKept(t.Context(), append(args, "--server", p.base), strings.NewReader(""), &out, &complaints)
	return code, out.String(), complaints.String()
}

func TestAReviewIsAskedForStoppedResumedAndListedFromTheShell(t *testing.T) {
	t.Parallel()
	p := startServe(t, t.TempDir(), nil)
	muster(t, p, troop{n: 90, points: 40}, troop{n: 7, points: 60}, troop{n: 3, points: 10})
	code, out, complaints := grps(t, p, "review")
	for _, want := range []string{"promote                  7        0", "demote                  3        0", "nothing                 90        0", " is done\n"} {
		if code != exitOK || !strings.Contains(out, want) {
			t.Fatalf("review: got %d\n%s%s\nwant %d and %q", code, out, complaints, exitOK, want)
		}
	}
	code, out, complaints = grps(t, p, "review", "--apply")
	if code != exitFault || !strings.Contains(out, "3 of 100 players (3 %)") || !strings.Contains(complaints, "grps review resume ") {
		t.Fatalf("review --apply: got %d\n%s%s\nwant it stopped by its brake, and how to go on", code, out, complaints)
	}
	id := strings.Fields(out[strings.Index(out, "review "):])[1]
	code, out, _ = grps(t, p, "review", "resume", id, "--override", "--reason", "the season ended")
	if code != exitOK || !strings.Contains(out, "demote                  3        3") {
		t.Fatalf("review resume: got %d\n%s\nwant what was stopped decided", code, out)
	}
	if _, player := p.call(http.MethodGet, "/players/91", ""); player["rank"] != "Shock Trooper I" {
		t.Errorf("a player with enough points is %v", player["rank"])
	}
	_, out, _ = grps(t, p, "review", "list", "--limit", "1")
	if !strings.Contains(out, id) || !strings.Contains(out, "more: --cursor "+id) {
		t.Errorf("review list: got\n%s\nwant the newest, and how to go on", out)
	}
	_, out, _ = grps(t, p, "review", "show", id, "--json")
	var shown struct{ Override, State string }
	if err := json.Unmarshal([]byte(out), &shown); err != nil || shown.Override != "the season ended" || shown.State != "done" {
		t.Errorf("review show --json: got %s and error %v", out, err)
	}
	if code, _, complaints = grps(t, p, "review", "cancel", id); code != exitFault || !strings.Contains(complaints, "review_over") {
		t.Errorf("review cancel: got %d %s, want it refused", code, complaints)
	}
	if status, ledger := p.call(http.MethodGet, "/decisions?review="+id+"&limit=100", ""); status != 200 || len(ledger["decisions"].([]any)) != 10 {
		t.Errorf("the ledger of the review: got %d %v, want ten decisions", status, ledger)
	}
}

func TestWhatIsWrongWithAReviewIsAUsageError(t *testing.T) {
	t.Parallel()
	p := startServe(t, t.TempDir(), nil)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--rank", "Line Troper"}, "the ranks most like it are: Line Trooper"},
		{[]string{"--min-points", "-1"}, "filter.minPoints must be"},
		{[]string{"--seen-since", "yesterday"}, "filter.seenSince must be"},
		{[]string{"--override"}, "--override and --reason go together"},
		{[]string{"--reason", "x"}, "--override and --reason go together"},
		{[]string{"resume", "x", "--override"}, "--override and --reason go together"},
		{[]string{"show"}, "write it as 'grps review show ID'"},
		{[]string{"nonsense"}, "there is no 'grps review nonsense'"},
	} {
		if code, _, complaints := grps(t, p, append([]string{"review"}, c.args...)...); code != exitUsage || !strings.Contains(complaints, c.want) {
			t.Errorf("review %q: got %d %s, want %d and %q", c.args, code, complaints, exitUsage, c.want)
		}
	}
	if code, _, complaints := grps(t, p, "review", "show", "x"); code != exitFault || !strings.Contains(complaints, "not_found") {
		t.Errorf("review show x: got %d %s, want %d", code, complaints, exitFault)
	}
}

// reviewService answers as a service with one review, whose n-th state is made of the number of calls.
func reviewService(t *testing.T, answer func(call int64, w http.ResponseWriter)) *process {
	t.Helper()
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(calls.Add(1), w) }))
	t.Cleanup(server.Close)
	return &process{t: t, base: server.URL}
}

func TestWhoeverLooksAtAReviewOutlastsARestartOfTheService(t *testing.T) {
	t.Parallel()
	p := reviewService(t, func(call int64, w http.ResponseWriter) {
		switch {
		case call == 2:
			w.WriteHeader(http.StatusBadGateway)
		case call == 3:
			panic(http.ErrAbortHandler)
		case call < 5:
			fmt.Fprint(w, `{"id":"r","state":"running","phase":"apply","scanned":5,"total":9}`)
		default:
			fmt.Fprint(w, `{"id":"r","state":"done","phase":"apply","scanned":9,"total":9}`)
		}
	})
	if code, out, complaints := grps(t, p, "review"); code != exitOK || !strings.Contains(out, "review r is done") {
		t.Errorf("got %d\n%s%s\nwant it followed to its end", code, out, complaints)
	}
}

func TestInterruptingTheCommandLeavesTheReviewRunning(t *testing.T) {
	t.Parallel()
	p := reviewService(t, func(_ int64, w http.ResponseWriter) {
		fmt.Fprint(w, `{"id":"r","state":"running","phase":"evaluate","scanned":5,"total":9}`)
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var out, complaints bytes.Buffer
	code := runKept(ctx, []string{"review", "--server", p.base}, strings.NewReader(""), &out, &complaints)
	if code != exitFault || !strings.Contains(complaints.String(), "the review goes on: 'grps review show r' shows it, 'grps review cancel r' ends it") {
		t.Errorf("got %d %s%s, want it to say that the review goes on", code, out.String(), complaints.String())
	}
}

func TestADetachedReviewIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	p := reviewService(t, func(_ int64, w http.ResponseWriter) {
		fmt.Fprint(w, `{"id":"r","state":"running","phase":"evaluate","scanned":5,"total":9,"percent":55.5,"etaSeconds":90}`)
	})
	code, out, _ := grps(t, p, "review", "--detach")
	if code != exitOK || !strings.Contains(out, "review r is running: look, 5 of 9 players (55.5 %), about 1m30s to go") || strings.Contains(out, "promote") ||
		!strings.Contains(out, "'grps review show r' shows how far it is") {
		t.Errorf("got %d\n%s", code, out)
	}
}

func TestASettingOfTheScheduleIsUnderstoodOrExplained(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"0 4 * * *":               "2026-03-15T04:00:00Z",
		"*/5 * * * *":             "2026-03-14T12:05:00Z",
		"@daily":                  "2026-03-15T00:00:00Z",
		"TZ=Asia/Tokyo 0 4 * * *": "2026-03-14T19:00:00Z",
	} {
		next, err := parseSchedule(text, now)
		if err != nil {
			t.Errorf("%s: got error %v, want none", text, err)
			continue
		}
		if got := next(now).Format(time.RFC3339); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"hourly":               "write five fields",
		"0 4 * *":              "write five fields",
		"0 0 4 * * *":          "write five fields",
		"99 * * * *":           "write five fields",
		"@every 1h":            "replicas would differ",
		"0 0 30 2 *":           "never comes",
		"TZ=Nowhere * * * * *": "write five fields",
	} {
		if _, err := parseSchedule(text, now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", text, err, want)
		}
	}
	if next, err := parseSchedule("", now); next != nil || err != nil {
		t.Errorf("no schedule: got error %v, want none and no instants", err)
	}
}
