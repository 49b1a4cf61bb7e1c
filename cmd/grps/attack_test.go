package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// attack is a request that must come to nothing.
type attack struct {
	name   string
	strike strike
	status int    // 0 where the connection is closed without an answer
	code   string // of the problem document; "" where net/http answers before the service does, or where nothing is wrong
}

// assault is attacks of one kind.
type assault struct {
	name    string
	attacks []attack
}

// TestAttacks is the list of what is tried on a service, and of what it says to it. After each attack everything that is stored, and
// everything at Roblox, is what it was before.
func TestAttacks(t *testing.T) {
	t.Parallel()
	onEach(t, attacks)
}

func attacks(t *testing.T, env, args []string) {
	t.Helper()
	s := besiege(t, env, args)
	slow := s.slowClients()
	for _, a := range []assault{
		{"keys", keyAttacks()},
		{"scopes", scopeAttacks()},
		{"bounds", boundAttacks()},
		{"signatures", signatureAttacks()},
		{"claims", claimAttacks()},
		{"paths", pathAttacks()},
		{"headers", headerAttacks()},
		{"bodies", bodyAttacks(t)},
		{"origins", originAttacks()},
	} {
		t.Run(a.name, func(t *testing.T) {
			before := s.state()
			for _, one := range a.attacks {
				s.repel(t, one)
				if after := s.state(); after != before {
					t.Errorf("%s: it left a trace\n%s", one.name, changedFrom(before, after))
					before = after
				}
			}
		})
	}
	t.Run("replays", s.replays)
	t.Run("floods", s.floods)
	t.Run("texts", s.texts)
	t.Run("searches", s.searches)
	t.Run("terminals", s.terminals)
	slow.Wait()
	t.Run("logs", s.logs)
}

// repel makes one attack and holds the reply to what it must be.
func (s *siege) repel(t *testing.T, one attack) {
	t.Helper()
	a := s.send(one.strike)
	if a.status != one.status || a.code != one.code {
		t.Errorf("%s: got %d %q %.300s, want %d %q", one.name, a.status, a.code, a.body, one.status, one.code)
	}
	if (a.status == http.StatusUnauthorized) != (a.header.Get("WWW-Authenticate") != "") {
		t.Errorf("%s: got %d with the challenge %q", one.name, a.status, a.header.Get("WWW-Authenticate"))
	}
	if origin := a.header.Get("Access-Control-Allow-Origin"); origin != "" && origin != staffPage {
		t.Errorf("%s: pages of %q may read the answer", one.name, origin)
	}
	for _, word := range []string{"canary", "goroutine", ".go:", "SELECT", "sqlite", "pgx"} {
		if strings.Contains(a.body, word) {
			t.Errorf("%s: the answer tells %q: %.300s", one.name, word, a.body)
		}
	}
}

// changedFrom returns the first lines in which two states differ.
func changedFrom(before, after string) string {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("- %.300s\n+ %.300s", a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, then %d", len(a), len(b))
}

// The requests that are tried in other people's names. Each changes something if it is taken.
const (
	aReport   = `{"userId":79,"username":"Mallory","rank":"Line Trooper","rankPoints":999,"kos":1,"wos":1}`
	aBatch    = `{"snapshots":[` + aReport + `]}`
	aDecision = `{"userId":78,"apply":true}`
	anOrder   = `{"userId":78,"action":"BAN","apply":true,"reason":"because"}`
	aSync     = `{"activity":"leaderboard"}`
)

func keyAttacks() []attack {
	refused := func(name string, o strike) attack { return attack{name, o, 401, "key_required"} }
	report := func(headers ...string) strike { return ask("POST", ingestPath, aReport, headers...) }
	list := []attack{
		refused("no key", report()),
		refused("an empty key", report("x-grps-api-key:")),
		refused("a key of spaces", report("x-grps-api-key:    ")),
		refused("a wrong key", report("x-grps-api-key: grps_0000000000000000")),
		refused("the name of a key", report("x-grps-api-key: game")),
		refused("a key with a letter less", report("x-grps-api-key: "+secretOf("gam"))),
		refused("a key with a letter more", report(with("game")+"x")),
		refused("a key in capitals", report("x-grps-api-key: "+strings.ToUpper(secretOf("game")))),
		refused("a key in quotes", report(`x-grps-api-key: "`+secretOf("game")+`"`)),
		refused("a key behind the word Bearer", report("x-grps-api-key: Bearer "+secretOf("game"))),
		refused("two keys in two lines", report(with("game"), with("read"))),
		refused("the same key in two lines", report(with("game"), with("game"))),
		refused("two keys in one line", report(with("read")+", "+secretOf("game"))),
		refused("a bearer token", report("authorization: Bearer "+secretOf("game"))),
		refused("an empty bearer token", report("authorization: Bearer ")),
		refused("a bearer token without a space", report("authorization: Bearer"+secretOf("game"))),
		refused("a password", report("authorization: Basic Z2FtZTpnYW1l")),
		refused("a header of another spelling", report("x-api-key: "+secretOf("game"))),
		refused("a header with an underscore", report("x_grps_api_key: "+secretOf("game"))),
		refused("a key in the query", ask("POST", ingestPath+"?x-grps-api-key="+secretOf("game")+"&api_key="+secretOf("game"), aReport)),
		refused("a key in a cookie", report("cookie: x-grps-api-key="+secretOf("game"))),
		refused("a key in the body", ask("POST", ingestPath, `{"x-grps-api-key":"`+secretOf("game")+`",`+aReport[1:])),
		{"a key in the address", report("host: " + secretOf("game") + "@grps.example.org"), 400, ""},
		refused("a key of 10 KB", report("x-grps-api-key: "+strings.Repeat("k", 10_000))),
		refused("SQL for a key", report("x-grps-api-key: ' OR '1'='1")),
		refused("the hash of a key", report("x-grps-api-key: "+hashOf(secretOf("game")))),
		refused("an expired key", report(with("expired"))),
		refused("a key that is not valid yet", report(with("early"))),
		{"the secret of a key that signs", report(with("signer")), 401, "signature_required"},
		refused("a batch without a key", ask("POST", batchPath, aBatch)),
		refused("a pull without a key", ask("POST", "/sync/roblox", aSync)),
		refused("an order without a key", ask("POST", "/automation/decisions", anOrder)),
		refused("a preflight without a key", ask("OPTIONS", ingestPath, "")),
		refused("a route that is none", ask("GET", "/admin", "")),
		{"a notification without a signature", ask("POST", "/roblox/webhooks", `{"EventType":"RightToErasureRequest","EventPayload":{"UserId":77}}`), 401, "signature_required"},
		{"a notification that is badly signed", ask("POST", "/roblox/webhooks", `{"EventType":"RightToErasureRequest","EventPayload":{"UserId":77}}`,
			fmt.Sprintf("roblox-signature: t=%d,v1=AAAA", time.Now().Unix())), 401, "signature_required"},
	}
	return list
}

// scopeAttacks tries with a key of each scope what takes another.
func scopeAttacks() []attack {
	const none = "/decisions/01a205df-3d69-75c8-a941-5a1b062f530f"
	tried := []struct {
		scope, code string
		strike      strike
	}{
		{"ingest", "scope_required", ask("POST", ingestPath, aReport)},
		{"ingest", "scope_required", ask("POST", batchPath, aBatch)},
		{"ingest", "scope_required", ask("POST", "/sync/roblox", aSync)},
		{"read", "scope_required", ask("GET", "/players/77", "")},
		{"read", "scope_required", ask("HEAD", "/players/77", "")},
		{"read", "scope_required", ask("GET", "/players?query=Player", "")},
		{"read", "scope_required", ask("GET", "/players/77/history", "")},
		{"read", "scope_required", ask("GET", "/decisions", "")},
		{"read", "scope_required", ask("GET", "/findings", "")},
		{"decide", "scope_required", ask("POST", "/automation/decisions", aDecision)},
		{"approve", "admin_required", ask("POST", none+"/approve", "{}")},
		{"approve", "admin_required", ask("POST", none+"/reject", "{}")},
		{"admin", "admin_required", ask("POST", none+"/undo", "{}")},
		{"admin", "admin_required", ask("POST", "/players/77/hold", "{}")},
		{"admin", "admin_required", ask("DELETE", "/players/77/hold", "")},
		{"admin", "admin_required", ask("DELETE", "/players/77", "")},
		{"admin", "admin_required", ask("DELETE", "/players/77/tombstone", "")},
		{"admin", "admin_required", ask("GET", "/players/77/export", "")},
		{"admin", "admin_required", ask("POST", "/automation/reviews", `{"apply":true}`)},
		{"admin", "admin_required", ask("POST", "/automation/reconciliations", `{"apply":true}`)},
		{"admin", "admin_required", ask("POST", "/automation/rewinds", `{"since":"2026-01-01T00:00:00Z","key":"game","apply":true}`)},
		{"admin", "admin_required", ask("POST", "/automation/stop", "{}")},
		{"admin", "admin_required", ask("POST", "/automation/resume", "{}")},
		{"admin", "admin_required", ask("POST", "/effects/replay", "{}")},
		{"admin", "admin_required", ask("GET", "/webhooks", "")},
		{"admin", "admin_required", ask("GET", "/erasures", "")},
	}
	var list []attack
	for _, r := range tried {
		for _, held := range []string{"ingest", "read", "decide", "approve"} {
			if held == r.scope {
				continue
			}
			code := r.code
			if r.strike.method == http.MethodHead {
				code = "" // nothing but the status is sent
			}
			o := r.strike
			o.headers = append([]string{with(held)}, o.headers...)
			list = append(list, attack{fmt.Sprintf("%s %s with the scope %s", o.method, o.target, held), o, 403, code})
		}
	}
	return append(list,
		attack{"a report that is to be applied, with the scope ingest", ask("POST", ingestPath, aReport, with("ingest"), "x-grps-apply: true"), 403, "scope_required"},
		attack{"a batch that is to be applied, with the scope ingest", ask("POST", batchPath, `{"apply":true,`+aBatch[1:], with("ingest")), 403, "scope_required"},
		attack{"an order with the scope decide", ask("POST", "/automation/decisions", anOrder, with("decide")), 403, "admin_required"},
	)
}

// boundAttacks tries keys beyond what they are bound to.
func boundAttacks() []attack {
	from := func(members string) string { return aReport[:len(aReport)-1] + members + `}` }
	outside := func(name string, o strike) attack { return attack{name, o, 403, "experience_outside_key"} }
	return []attack{
		outside("a report for another experience", ask("POST", ingestPath, aReport, with("lobby"), "x-roblox-experience: Arena")),
		outside("a report for none", ask("POST", ingestPath, aReport, with("lobby"))),
		outside("a report for another in the body", ask("POST", ingestPath, from(`,"experience":{"experienceKey":"Arena"}`), with("lobby"), "x-roblox-experience: Lobby")),
		outside("a report for another universe", ask("POST", ingestPath, from(`,"experience":{"universeId":43}`), with("lobby"))),
		outside("an experience in other case", ask("POST", ingestPath, aReport, with("lobby"), "x-roblox-experience: LOBBY")),
		outside("an experience with more behind it", ask("POST", ingestPath, aReport, with("lobby"), "x-roblox-experience: Lobby,Arena")),
		outside("a batch in another's name", ask("POST", batchPath, aBatch, with("lobby"), "x-roblox-experience: Arena")),
		{"a batch of another's reports", ask("POST", batchPath, `{"snapshots":[`+from(`,"experience":{"experienceKey":"Arena"}`)+`]}`, with("lobby")), 200, ""},
		outside("a pull in another's name", ask("POST", "/sync/roblox", aSync, with("lobby"), "x-roblox-experience: Arena")),
		outside("a pull in nobody's name", ask("POST", "/sync/roblox", aSync, with("lobby"))),
		outside("a decision in another's name", ask("POST", "/automation/decisions", aDecision, with("lobby"), "x-roblox-experience: Arena")),
		{"an order for a rank above the key", ask("POST", "/automation/decisions",
			`{"userId":77,"action":"PROMOTE","targetRank":"Apex Commander","apply":true}`, with("deputy")), 403, "rank_above_key"},
		{"an order for the rank right above it", ask("POST", "/automation/decisions", `{"userId":77,"action":"PROMOTE","apply":true}`, with("deputy")), 403, "rank_above_key"},
		{"a review with a key that is bound", ask("POST", "/automation/reviews", `{"apply":true}`, with("deputy")), 403, "rank_above_key"},
		{"a rewind with a key that is bound", ask("POST", "/automation/rewinds",
			`{"since":"2026-01-01T00:00:00Z","experience":"Lobby","apply":true}`, with("deputy")), 403, "rank_above_key"},
	}
}

func signatureAttacks() []attack {
	report := ask("POST", ingestPath+"?pretty=1", aReport, "x-grps-actor: 5", "idempotency-key: once", "x-roblox-experience: Lobby")
	set := func(name, value string) func(*strike) {
		return func(o *strike) {
			for i, line := range o.headers {
				if left, _, _ := strings.Cut(line, ":"); strings.EqualFold(left, name) {
					o.headers[i] = name + ": " + value
					return
				}
			}
			o.headers = append(o.headers, name+": "+value)
		}
	}
	without := func(name string) func(*strike) {
		return func(o *strike) {
			var kept []string
			for _, line := range o.headers {
				if left, _, _ := strings.Cut(line, ":"); !strings.EqualFold(left, name) {
					kept = append(kept, line)
				}
			}
			o.headers = kept
		}
	}
	refused := func(name string, altered func(*strike)) attack {
		return attack{name, report.by("signer", 0, "a nonce", altered), 401, "signature_required"}
	}
	headers := func(name string, altered func(*strike)) attack {
		return attack{name, report.by("signer", 0, "a nonce", altered), 400, "header_invalid"}
	}
	return []attack{
		refused("a body that was changed", func(o *strike) { o.body = strings.Replace(o.body, "999", "998", 1) }),
		refused("a body with a space more", func(o *strike) { o.body += " " }),
		refused("another method", func(o *strike) { o.method = "PUT" }),
		refused("another path", func(o *strike) { o.target = batchPath + "?pretty=1" }),
		refused("a path that is written otherwise", func(o *strike) { o.target = strings.Replace(o.target, "player", "%70layer", 1) }),
		refused("another query", func(o *strike) { o.target += "&compact=true" }),
		refused("no query", func(o *strike) { o.target = ingestPath }),
		refused("another actor", set("x-grps-actor", "6")),
		refused("no actor", without("x-grps-actor")),
		refused("another idempotency key", set("idempotency-key", "twice")),
		refused("another experience", set("x-roblox-experience", "Arena")),
		refused("a switch more", set("x-grps-apply", "true")),
		refused("another nonce", set("x-grps-nonce", "another")),
		refused("no nonce where one was signed", without("x-grps-nonce")),
		refused("a later time", func(o *strike) {
			signed, _ := strconv.ParseInt(o.header("x-grps-timestamp"), 10, 64)
			set("x-grps-timestamp", strconv.FormatInt(signed+7, 10))(o)
		}),
		refused("another key that signs", set("x-grps-key-name", "other")),
		refused("a key that does not sign", set("x-grps-key-name", "game")),
		refused("a key that is none", set("x-grps-key-name", "nobody")),
		refused("no key's name", without("x-grps-key-name")),
		refused("no signature", without("x-grps-signature")),
		refused("an empty signature", set("x-grps-signature", "")),
		refused("a signature that is no hex", set("x-grps-signature", "signed, me")),
		refused("half a signature", func(o *strike) { set("x-grps-signature", o.header("x-grps-signature")[:32])(o) }),
		refused("the key's secret too", func(o *strike) { o.headers = append(o.headers, with("signer")) }),
		refused("another key's secret too", func(o *strike) { o.headers = append(o.headers, with("game")) }),
		headers("two times", func(o *strike) { o.headers = append(o.headers, "x-grps-timestamp: 1") }),
		headers("two actors", func(o *strike) { o.headers = append(o.headers, "x-grps-actor: 6") }),
		headers("a time that is written otherwise", func(o *strike) { set("x-grps-timestamp", "+"+o.header("x-grps-timestamp"))(o) }),
		headers("a time of letters", set("x-grps-timestamp", "now")),
		headers("a time with a fraction", set("x-grps-timestamp", fmt.Sprintf("%d.5", time.Now().Unix()))),
		headers("a time beyond 64 bits", set("x-grps-timestamp", "99999999999999999999")),
		headers("a nonce that is too long", set("x-grps-nonce", strings.Repeat("n", 129))),
		{"no time: the rest of a signature is none", report.by("signer", 0, "a nonce", without("x-grps-timestamp")), 401, "key_required"},
		{"a time 301 s ago", report.by("signer", -301*time.Second, "old", nil), 401, "signature_required"},
		{"a time 303 s ahead", report.by("signer", 303*time.Second, "new", nil), 401, "signature_required"}, // it may be 302 s when it arrives
		{"a signature with another key's secret", func() strike {
			o := report.by("signer", 0, "a nonce", nil)
			o.signed.secret = secretOf("other")
			return o
		}(), 401, "signature_required"},
		{"a signature with a secret of nothing", func() strike {
			o := report.by("nobody", 0, "a nonce", nil)
			o.signed.secret = ""
			return o
		}(), 401, "signature_required"},
		{"what is signed is beyond the scope", ask("POST", "/players/77/hold", "{}").by("signer", 0, "", nil), 403, "admin_required"},
		{"the signature of a pull alone", ask("POST", "/sync/roblox", aSync, "x-grps-signature: "+signed("canary-of-the-sync", aSync)), 401, "key_required"},
		{"a pull with a key and no signature", ask("POST", "/sync/roblox", aSync, with("game")), 401, "signature_required"},
		{"a pull with the signature of another", ask("POST", "/sync/roblox", aSync, with("game"),
			"x-grps-signature: "+signed("canary-of-the-sync", aSync+" ")), 401, "signature_required"},
	}
}

// claimAttacks says to be somebody else.
func claimAttacks() []attack {
	hold := func(headers ...string) strike {
		return ask("POST", "/players/77/hold", "{}", append([]string{with("staff")}, headers...)...)
	}
	return []attack{
		{"an actor whom the key is not bound to", hold("x-grps-actor: 6"), 403, "actor_outside_key"},
		{"such an actor in the body", ask("POST", "/players/77/hold", `{"actorUserId":6}`, with("staff")), 403, "actor_outside_key"},
		{"one in the header and another in the body", ask("POST", "/players/77/hold", `{"actorUserId":6}`, with("staff"), "x-grps-actor: 5"), 403, "actor_outside_key"},
		{"two actors", hold("x-grps-actor: 5", "x-grps-actor: 6"), 400, "header_invalid"},
		{"two actors in one line", hold("x-grps-actor: 5, 6"), 400, "header_invalid"},
		{"an actor beyond numbers", hold("x-grps-actor: 18446744073709551621"), 400, "header_invalid"},
		{"an actor below zero", hold("x-grps-actor: -5"), 400, "header_invalid"},
		{"an actor of other digits", hold("x-grps-actor: \u0665"), 400, "header_invalid"},
		{"an actor who may not", ask("POST", "/automation/decisions", `{"userId":77,"actorUserId":78,"action":"BAN","apply":true}`,
			"x-grps-api-key: "+rootKey), 403, "actor_not_allowed"},
		{"an actor whom nobody knows", ask("POST", "/automation/decisions", `{"userId":77,"actorUserId":4711,"action":"BAN","apply":true}`,
			"x-grps-api-key: "+rootKey), 403, "actor_not_allowed"},
		{"an actor of a key without any", ask("POST", "/automation/decisions", aDecision, with("decide"), "x-grps-actor: 5"), 403, "actor_outside_key"},
		{"a forwarded address", ask("POST", ingestPath, aReport, "x-forwarded-for: 127.0.0.1", "forwarded: for=127.0.0.1;by=127.0.0.1;host=localhost",
			"x-real-ip: 127.0.0.1", "x-client-ip: 127.0.0.1", "true-client-ip: 127.0.0.1", "cf-connecting-ip: 127.0.0.1"), 401, "key_required"},
		{"a forwarded host and scheme", ask("POST", ingestPath, aReport, "x-forwarded-host: localhost", "x-forwarded-proto: https", "x-forwarded-prefix: /health/live"), 401, "key_required"},
		{"a forwarded user", ask("POST", ingestPath, aReport, "x-forwarded-user: admin", "x-remote-user: admin", "x-grps-principal: admin-1", "x-grps-scope: admin"), 401, "key_required"},
		{"the host of this machine", ask("POST", ingestPath, aReport, "host: localhost"), 401, "key_required"},
		{"another method in a header", ask("GET", "/players/77/hold", "", with("read"), "x-http-method-override: POST", "x-method-override: DELETE"), 405, "method_not_allowed"},
		{"another method in the query", ask("GET", "/players/77/hold?_method=DELETE", "", with("read")), 405, "method_not_allowed"},
		{"another path in a header", ask("POST", ingestPath, aReport, "x-original-url: /health/live", "x-rewrite-url: /health/live"), 401, "key_required"},
		{"a scope in the body", ask("POST", "/automation/decisions", `{"userId":78,"apply":true,"scope":"admin","privileged":true}`, with("decide")), 422, "validation_failed"},
	}
}

// replays makes signed requests, then again: to the service that took them, and to another on the same database where there can be one.
func (s *siege) replays(t *testing.T) {
	captured := ask("GET", "/leaderboard/top", "").by("signer", 0, "", nil).sealed()
	if a := s.send(captured); a.status != http.StatusOK {
		t.Fatalf("a signed request: got %d %s, want 200", a.status, a.body)
	}
	again := func(what string) {
		t.Helper()
		s.repel(t, attack{what, captured, 401, "signature_required"})
		in := captured
		in.headers = append([]string{}, captured.headers...)
		for i, line := range in.headers {
			if name, value, _ := strings.Cut(line, ": "); name == "x-grps-signature" {
				in.headers[i] = name + ": " + strings.ToUpper(value)
			}
		}
		s.repel(t, attack{what + " in capitals", in, 401, "signature_required"})
	}
	again("a captured request")
	if dsn := s.dsn(); dsn != "" {
		other := *s
		other.p = startServe(t, t.TempDir(), append(s.roblox.env(), "DATABASE_URL="+dsn, "KEYS_FILE="+s.folder+"/keys.json", "HOST=127.0.0.1"))
		s, other.from = &other, s.from
		again("a captured request at another replica")
	}
}

// dsn returns where the service's Postgres is; "" for SQLite.
func (s *siege) dsn() string {
	for _, pair := range s.p.cmd.Env {
		if dsn, ok := strings.CutPrefix(pair, "DATABASE_URL="); ok && strings.HasPrefix(dsn, "postgres") {
			return dsn
		}
	}
	return ""
}

// floods spends what an address, and a key, may: others must not feel it, and no header makes a new address of an old one.
func (s *siege) floods(t *testing.T) {
	for range 2 {
		s.repel(t, attack{"what a key may", ask("GET", "/leaderboard/top", "", with("slow")), 200, ""})
	}
	s.repel(t, attack{"more than a key may, from another address", ask("GET", "/leaderboard/top", "", with("slow")), 429, "rate_limited"})
	s.repel(t, attack{"another key", ask("GET", "/leaderboard/top", "", with("read")), 200, ""})
	if !manyAddresses() {
		return // all that follows would come from the one address of this test
	}
	const crowd = "127.2.0.1"
	refused := 0
	for i := range 2 * failuresAtOnce {
		forwarded := fmt.Sprintf("203.0.113.%d", i)
		a := s.sendFrom(crowd, ask("GET", "/leaderboard/top", "", fmt.Sprintf("x-grps-api-key: guess %d", i), "x-forwarded-for: "+forwarded,
			"x-real-ip: "+forwarded, "forwarded: for="+forwarded))
		if a.status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < failuresAtOnce-1 {
		t.Errorf("of %d guesses under as many forwarded addresses: got %d refused, want all after %d", 2*failuresAtOnce, refused, failuresAtOnce)
	}
	if a := s.sendFrom(crowd, ask("GET", "/leaderboard/top", "", with("read"))); a.status != http.StatusTooManyRequests {
		t.Errorf("a right key from there: got %d, want 429", a.status)
	}
	if a := s.sendFrom("127.2.0.2", ask("GET", "/leaderboard/top", "", with("read"), "x-forwarded-for: "+crowd)); a.status != http.StatusOK {
		t.Errorf("somebody else, who names that address: got %d, want 200", a.status)
	}
}

// slowClients opens connections that never end to ask, and returns what waits until the service has closed them.
func (s *siege) slowClients() *sync.WaitGroup {
	var waiting sync.WaitGroup
	for what, text := range map[string]string{
		"a request line": "GET /health/live HT", "a header": "GET /players/77 HTTP/1.1\r\nHost: x\r\nx-grps-api-k",
		"headers without an end": "GET /players/77 HTTP/1.1\r\nHost: x\r\n", "nothing at all": "",
		"a body":           "POST " + ingestPath + " HTTP/1.1\r\nHost: x\r\ncontent-type: application/json\r\n" + with("game") + "\r\ncontent-length: 500\r\n\r\n{",
		"a body in pieces": "POST " + ingestPath + " HTTP/1.1\r\nHost: x\r\ncontent-type: application/json\r\n" + with("game") + "\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"use\r\n",
	} {
		for range 5 {
			connection := s.dial("127.3.0.1")
			s.t.Cleanup(func() { _ = connection.Close() })
			_, _ = io.WriteString(connection, text)
			waiting.Go(func() {
				began := time.Now()
				_ = connection.SetReadDeadline(began.Add(readyTime))
				answer, err := io.ReadAll(bufio.NewReader(connection))
				if took := time.Since(began); err != nil || took > 14*time.Second || strings.Contains(string(answer), " 200 ") {
					s.t.Errorf("a client that sends %s and no more: got %.80q (%v) after %s, want the connection closed within 12 s", what, answer, err, took)
				}
			})
		}
	}
	return &waiting
}
