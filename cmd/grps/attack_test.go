package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
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
