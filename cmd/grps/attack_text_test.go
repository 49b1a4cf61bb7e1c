package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// hostileTexts are what is put wherever a text may stand. Those with a name that says hidden are shown otherwise than they are.
func hostileTexts() map[string]string {
	return map[string]string{
		"a quote":                    `O'Brien`,
		"SQL that ends a statement":  `x'); DROP TABLE players;--`,
		"SQL that is always true":    `' OR '1'='1`,
		"SQL of a dollar quote":      `$$; DELETE FROM decisions; $$`,
		"SQL that sleeps":            `1;SELECT pg_sleep(9)--`,
		"a backslash":                `\'; --\`,
		"wildcards":                  `%_%`,
		"placeholders":               `? $1 :a {}`,
		"a verb":                     `%s%n%!d(%v)`,
		"a script":                   `<script>alert(1)</script>`,
		"an image":                   `"><img src=x onerror=alert(1)>`,
		"a template":                 `{{7*7}}${7*7}`,
		"a formula":                  `=HYPERLINK("http://x","y")`,
		"a lookup":                   `${jndi:ldap://x/a}`,
		"a path":                     `../../etc/passwd`,
		"mentions":                   `@everyone <@&1>`,
		"an emoji of several":        "\U0001F468\u200D\U0001F469\u200D\U0001F467",
		"hidden: a line":             "a\nlevel=error msg=forged",
		"hidden: a line of a log":    "a\r\n{\"level\":\"error\",\"msg\":\"forged\"}",
		"hidden: a clear screen":     "a\x1b[2J\x1b[H",
		"hidden: a title":            "a\x1b]0;owned\x07",
		"hidden: a C1 sequence":      "a\u009b31m",
		"hidden: a backspace":        "a\b\bb",
		"hidden: a deletion":         "a\x7f",
		"hidden: text turned around": "a\u202egpj.exe",
		"hidden: a line separator":   "a\u2028b",
		"hidden: a noncharacter":     "a\uffffb",
	}
}

func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err) // every text has JSON
	}
	return string(out)
}

// place is where a text may be put, and where it can be read afterwards.
type place struct {
	strike func(user int, text string) strike
	read   string // a path with the user in it; "" where the text is kept nowhere
	keeps  bool   // also texts that are hidden: as data of the caller's, in JSON
	never  bool   // no text of the list may be taken
}

func places() map[string]place {
	const player, history = "/players/%d", "/players/%d/history"
	report := func(members string, headers ...string) func(int, string) strike {
		return func(user int, text string) strike {
			if !strings.Contains(members, `"username"`) {
				members := members
				return ask("POST", ingestPath, fmt.Sprintf(`{"userId":%d,"username":"N%d","rankPoints":1,"kos":0,"wos":0%s}`, user, user, strings.ReplaceAll(members, "TEXT", quoted(text))), append(filled(headers, text), with("game"))...)
			}
			return ask("POST", ingestPath, fmt.Sprintf(`{"userId":%d,"rankPoints":1,"kos":0,"wos":0%s}`, user, strings.ReplaceAll(members, "TEXT", quoted(text))), append(filled(headers, text), with("game"))...)
		}
	}
	staff := func(method, path, body string, headers ...string) func(int, string) strike {
		return func(user int, text string) strike {
			if strings.Contains(path, "%d") {
				path := fmt.Sprintf(path, user)
				return ask(method, path, strings.ReplaceAll(body, "TEXT", quoted(text)), append(filled(headers, text), "x-grps-api-key: "+rootKey)...)
			}
			return ask(method, strings.ReplaceAll(path, "TEXT", url.QueryEscape(text)), strings.ReplaceAll(strings.ReplaceAll(body, "USER", fmt.Sprint(user)), "TEXT", quoted(text)),
				append(filled(headers, text), "x-grps-api-key: "+rootKey)...)
		}
	}
	return map[string]place{
		"username":             {strike: report(`,"username":TEXT`), read: player},
		"displayName":          {strike: report(`,"displayName":TEXT`), read: player},
		"rank":                 {strike: report(`,"rank":TEXT`), read: history},
		"experienceKey":        {strike: report(`,"experience":{"experienceKey":TEXT}`), read: history},
		"server":               {strike: report(`,"experience":{"server":TEXT}`), read: history},
		"a value of metadata":  {strike: report(`,"metadata":{"a":[TEXT]}`), read: player, keeps: true},
		"a name in metadata":   {strike: report(`,"metadata":{TEXT:1}`), read: player, keeps: true},
		"a name in the body":   {strike: report(`,TEXT:1`), keeps: true},
		"idempotency-key":      {strike: report("", "idempotency-key: TEXT")},
		"x-roblox-experience":  {strike: report("", "x-roblox-experience: TEXT"), read: history},
		"x-request-id":         {strike: report("", "x-request-id: TEXT"), keeps: true},
		"user-agent":           {strike: report("", "user-agent: TEXT"), keeps: true},
		"x-grps-actor":         {strike: staff("POST", "/players/%d/hold", "{}", "x-grps-actor: TEXT"), never: true},
		"the reason of a hold": {strike: staff("POST", "/players/%d/hold", `{"reason":TEXT}`), read: history},
		"an actor":             {strike: staff("POST", "/players/%d/hold", `{"actorUserId":TEXT}`), never: true},
		"a reason":             {strike: staff("POST", "/automation/decisions", `{"userId":USER,"reason":TEXT}`)},
		"an action":            {strike: staff("POST", "/automation/decisions", `{"userId":USER,"action":TEXT}`), never: true},
		"a target rank":        {strike: staff("POST", "/automation/decisions", `{"userId":USER,"action":"PROMOTE","targetRank":TEXT}`), never: true},
		"a name of staff's":    {strike: staff("POST", "/automation/decisions", `{"userId":USER,TEXT:1}`), never: true},
		"the name of a search": {strike: staff("GET", "/players?query=TEXT", "")},
		"the rank of a search": {strike: staff("GET", "/players?rank=TEXT", "")},
		"the status of one":    {strike: staff("GET", "/players?status=TEXT", ""), never: true},
		"a cursor":             {strike: staff("GET", "/players?cursor=TEXT", ""), never: true},
		"a cursor of a ledger": {strike: staff("GET", "/decisions?cursor=TEXT", "")},
		"a policy":             {strike: staff("GET", "/decisions?policy=TEXT", "")},
		"a review":             {strike: staff("GET", "/decisions?review=TEXT", ""), never: true},
		"an instant":           {strike: staff("GET", "/decisions?since=TEXT", ""), never: true},
		"a kind of finding":    {strike: staff("GET", "/findings?kind=TEXT", ""), never: true},
		"a webhook":            {strike: staff("GET", "/effects?target=TEXT", ""), never: true},
		"a rewind":             {strike: staff("POST", "/automation/rewinds", `{"since":"2026-01-01T00:00:00Z","dryRun":TEXT}`), never: true},
		"a rank of a review":   {strike: staff("POST", "/automation/reviews", `{"filter":{"ranks":[TEXT]},"dryRun":true}`), never: true},
	}
}

// filled returns headers with the text in them.
func filled(headers []string, text string) []string {
	var out []string
	for _, line := range headers {
		out = append(out, strings.ReplaceAll(line, "TEXT", text))
	}
	return out
}

// texts puts each hostile text in each place. It is taken and shown as it is, or it is refused; nothing else comes of it.
func (s *siege) texts(t *testing.T) {
	user, taken, refused := 10_000, 0, 0
	for where, p := range places() {
		for what, text := range hostileTexts() {
			user++
			if p.read == "" || !strings.Contains(where, "name") {
				s.mustTake(user, fmt.Sprintf(`{"userId":%d,"username":"N%d","rankPoints":1,"kos":0,"wos":0}`, user, user))
			}
			a := s.send(p.strike(user, text))
			switch hidden := strings.HasPrefix(what, "hidden"); {
			case a.status == http.StatusOK && (p.never || hidden && !p.keeps):
				t.Errorf("%s in %s: it was taken: %.200s", what, where, a.body)
			case a.status == http.StatusOK:
				taken++
				if got := s.send(ask("GET", fmt.Sprintf(p.read, user), "", with("read"))); p.read != "" && !tells(got.body, text) {
					t.Errorf("%s in %s: got %d %.500s, want it told as it is", what, where, got.status, got.body)
				}
			case a.status >= 400 && a.status < 500:
				refused++
				if !hidden && !p.never && a.status != http.StatusBadRequest || a.status == http.StatusUnauthorized {
					t.Errorf("%s in %s: got %d %.200s, want it taken", what, where, a.status, a.body)
				}
			default:
				t.Errorf("%s in %s: got %d %.200s, want it taken or refused", what, where, a.status, a.body)
			}
			if a.header.Get("Content-Type") != "" && !strings.Contains(a.header.Get("Content-Type"), "json") && a.code == "" && a.status != http.StatusBadRequest {
				t.Errorf("%s in %s: the answer is %s, want JSON", what, where, a.header.Get("Content-Type"))
			}
		}
	}
	t.Logf("%d texts were taken, %d refused", taken, refused)
	if taken < 200 || refused < 200 {
		t.Errorf("%d texts were taken and %d refused, want many of both", taken, refused)
	}
	known := dumped(t, s.db, "SELECT count(*) FROM players WHERE user_id >= 10001")
	if got := strings.TrimSuffix(strings.TrimSpace(known), " |"); got == "0" {
		t.Errorf("players: got %s, want those who were reported", known)
	}
}

// tells reports whether a JSON text holds a text, as a value or as a name.
func tells(document, text string) bool {
	var value any
	if json.Unmarshal([]byte(document), &value) != nil {
		return false
	}
	var holds func(any) bool
	holds = func(value any) bool {
		switch v := value.(type) {
		case string:
			return v == text
		case []any:
			for _, inner := range v {
				if holds(inner) {
					return true
				}
			}
		case map[string]any:
			for name, inner := range v {
				if name == text || holds(inner) {
					return true
				}
			}
		}
		return false
	}
	return holds(value)
}

// searches looks for names by what would be wildcards, or SQL, to a database.
func (s *siege) searches(t *testing.T) {
	names := map[string]int{"100%_sure": 20_001, "100x_sure": 20_002, `back\slash`: 20_003, "%": 20_004, "_": 20_005, "O'Neil": 20_006}
	for name, id := range names {
		s.mustTake(id, fmt.Sprintf(`{"userId":%d,"username":%s,"rankPoints":1,"kos":0,"wos":0}`, id, quoted(name)))
	}
	for query, want := range map[string]string{
		"100%": "20001", "100%_": "20001", "100_": "", "back\\": "20003", "back\\\\": "", "%s": "", "_s": "", "O'N": "20006", "o'n": "20006",
		"O' OR 1=1--": "", "%' OR '1'='1": "",
	} {
		a := s.send(ask("GET", "/players?limit=100&query="+url.QueryEscape(query), "", with("read")))
		var page struct{ Players []struct{ UserID int } }
		if err := json.Unmarshal([]byte(a.body), &page); err != nil || a.status != http.StatusOK {
			t.Fatalf("%q: got %d %s (%v)", query, a.status, a.body, err)
		}
		var found []string
		for _, p := range page.Players {
			if p.UserID > 20_000 {
				found = append(found, fmt.Sprint(p.UserID))
			}
		}
		if got := strings.Join(found, " "); got != want {
			t.Errorf("%q: found %q, want %q", query, got, want)
		}
	}
}

// terminals looks at what commands print of texts that another program wrote into the database, or that Roblox tells.
func (s *siege) terminals(t *testing.T) {
	const id, evil = 77, "\x1b[2J\x1b]0;owned\x07\u009b31m\u202e\nforged"
	a := s.send(ask("POST", "/automation/decisions", `{"userId":77,"action":"PROMOTE","apply":true,"reason":"MARK"}`, "x-grps-api-key: "+rootKey))
	if a.status != http.StatusOK {
		t.Fatalf("an order: got %d %s", a.status, a.body)
	}
	if s.dsn() == "" {
		if _, err := s.db.ExecContext(t.Context(), "PRAGMA busy_timeout = 5000"); err != nil {
			t.Fatal(err)
		}
	}
	literal := "'" + evil + "'"
	execute(t, s.db, "UPDATE decisions SET reason = "+literal+", from_rank = "+literal+" WHERE reason = 'MARK'",
		fmt.Sprintf("UPDATE players SET username = %s, display_name = %s WHERE user_id = %d", literal, literal, id))
	env := []string{"GRPS_SERVER=" + s.p.base, "GRPS_API_KEY=" + rootKey}
	for _, line := range []string{
		"undo --dry-run --since 1h", "undo --dry-run --json --since 1h", "undo --since 1h", "review run --dry-run", "review list", "reconcile list", "rewind list", "automation status", "erase --list",
		"approvals", "approve " + evil, "reject 77", "hold 77", "hold 77 --lift", "erase 77", "webhooks list", "health", "undo " + evil, "review show " + evil, "export 77", "decision verify --all",
	} {
		args := strings.Split(line, " ")
		code, out, errs := runs(t, s.folder, append(env, s.database()...), args...)
		if strings.ContainsAny(out+errs, "\x1b\x07\u009b\u202e\r") {
			t.Errorf("grps %q (exit code %d) sends control characters to the terminal:\n%q\n%q", args, code, out, errs)
		}
		if strings.Contains(out, "\nforged") || strings.Contains(errs, "\nforged") {
			t.Errorf("grps %q lets a text begin a line:\n%s%s", args, out, errs)
		}
	}
	_, out, _ := runs(t, s.folder, env, "undo", "--dry-run", "--since", "1h")
	if !strings.Contains(out, "owned") {
		t.Errorf("grps undo --dry-run: got %s, want the decision with that reason, so that this proves something", out)
	}
}

// database returns the setting that leads to the service's database.
func (s *siege) database() []string {
	if dsn := s.dsn(); dsn != "" {
		return []string{"DATABASE_URL=" + dsn}
	}
	return []string{"DATABASE_URL=sqlite:///" + sandboxDatabase}
}

// logs looks through all that the service wrote down: whole lines of JSON, without secrets and without anything that somebody sent.
func (s *siege) logs(t *testing.T) {
	if code := s.p.stop(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	lines := 0
	for line := range strings.Lines(s.p.stderr.String()) {
		lines++
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry["level"] == nil {
			t.Fatalf("line %d is no line of the log: %.300q (%v)", lines, line, err)
		}
		if level := entry["level"]; level == "error" || level == "fatal" || level == "panic" || level == "dpanic" {
			t.Errorf("a fault of the service: %.600s", line)
		}
		for _, word := range []string{"canary", "forged", "Mallory", "owned", "guess ", "Player77"} {
			if strings.Contains(line, word) {
				t.Errorf("line %d holds %q: %.300s", lines, word, line)
			}
		}
	}
	if lines < 500 {
		t.Errorf("%d lines, want one for each request at the least", lines)
	}
}
