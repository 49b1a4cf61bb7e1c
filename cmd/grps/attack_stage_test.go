package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// siege is a service with a key of every kind, a stand-in for Roblox, and a look into the database behind it.
type siege struct {
	t      *testing.T
	p      *process
	folder string
	roblox *roblox
	db     *sql.DB
	tables []string // those that no attack may change
	from   int      // how many addresses have been attacked from
}

// rootKey is the administrator's key of the environment; staffPage is from where a browser may call; failuresAtOnce is after how many wrong
// keys an address is left alone.
const (
	rootKey        = "canary-root-key-of-the-siege"
	staffPage      = "https://staff.example.org"
	failuresAtOnce = 25
)

// besiege starts the service and reports the players of the attacks.
func besiege(t *testing.T, env, args []string) *siege {
	t.Helper()
	s := &siege{t: t, folder: t.TempDir(), roblox: startRoblox(t)}
	keys := filepath.Join(s.folder, "keys.json")
	bound := func(name string, with func(*keyEntry), scopes ...string) keyEntry {
		entry := keyEntry{Name: name, Scopes: scopes}
		if with != nil {
			with(&entry)
		}
		return entry
	}
	hours := func(n int) string { return time.Now().Add(time.Duration(n) * time.Hour).UTC().Format(time.RFC3339) }
	keysFile(t, keys,
		bound("game", nil, "ingest", "decide"), bound("ingest", nil, "ingest"), bound("read", nil, "read"), bound("decide", nil, "decide"),
		bound("approve", nil, "approve"), bound("staff", func(k *keyEntry) { k.Actors = []int{5} }, "admin"),
		bound("lobby", func(k *keyEntry) { k.Experiences, k.MaxRank = []string{"Lobby", "42"}, "Shock Trooper II" }, "ingest", "decide"),
		bound("deputy", func(k *keyEntry) { k.MaxRank, k.Actors = "Shock Trooper II", "any" }, "admin"),
		bound("expired", func(k *keyEntry) { k.ExpiresAt = hours(-1) }, "admin"),
		bound("early", func(k *keyEntry) { k.NotBefore = hours(1) }, "admin"),
		bound("signer", func(k *keyEntry) { k.Signed, k.Actors = true, "any" }, "ingest", "decide", "read"),
		bound("other", func(k *keyEntry) { k.Signed = true }, "ingest", "decide", "read"),
		bound("slow", func(k *keyEntry) { k.Rate = &rateEntry{PerSecond: 0.01, Burst: 2} }, "read"),
	)
	failures := "0"
	if manyAddresses() {
		failures = fmt.Sprintf("0.01:%d", failuresAtOnce)
	}
	env = append(env, append(s.roblox.env(), "KEYS_FILE="+keys, "ADMIN_API_KEYS="+rootKey, "HOST=0.0.0.0", "LOG_LEVEL=debug", "LOG_FORMAT=json",
		"RATE_LIMIT_FAILURES="+failures, "RECONCILE_EVERY=0", "AUTOMATION_SIGNATURE_SECRET=canary-of-the-sync", "ROBLOX_WEBHOOK_SECRET=canary-of-roblox",
		"ALLOWED_ORIGINS="+staffPage)...)
	if len(args) == 0 {
		env = append(env, "DATABASE_URL=sqlite:///"+sandboxDatabase)
	}
	s.p = startServe(t, s.folder, env, args...)
	s.p.base = strings.Replace(s.p.base, "0.0.0.0", "127.0.0.1", 1)
	s.db = sqlOf(t, s.folder, env)
	s.db.SetMaxOpenConns(1) // so that what is set for a connection is set
	list := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if len(args) > 0 {
		list = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()"
	}
	for _, table := range strings.Fields(strings.ReplaceAll(dumped(t, s.db, list), "|", " ")) {
		if table != "nonces" && table != "budgets" { // what a signature cost, and what is shared about calls to Roblox
			s.tables = append(s.tables, table)
		}
	}
	if len(s.tables) < 10 {
		t.Fatalf("got the tables %v, want all of them", s.tables)
	}
	for id, rank := range map[int]string{5: "Apex Commander", 77: "Shock Trooper II", 78: "Orbit Cadet"} {
		s.roblox.Join(int64(id), voltRole)
		s.mustTake(id, fmt.Sprintf(`{"userId":%d,"username":"Player%d","rank":%q,"rankPoints":160,"kos":3,"wos":2}`, id, id, rank))
	}
	return s
}

// mustTake reports something about a player, whom GRPS then knows.
func (s *siege) mustTake(id int, report string) {
	s.t.Helper()
	if a := s.send(ask("POST", ingestPath, report, "x-grps-api-key: "+rootKey)); a.status != http.StatusOK {
		s.t.Fatalf("report about %d: got %d %s", id, a.status, a.body)
	}
}

// manyAddresses reports whether this machine has all of 127.0.0.0/8 for its own.
func manyAddresses() bool { return runtime.GOOS == "linux" }

// state is everything that is stored, and how often something was changed at Roblox.
func (s *siege) state() string {
	s.t.Helper()
	var text strings.Builder
	for _, table := range s.tables {
		fmt.Fprintf(&text, "%s\n%s", table, dumped(s.t, s.db, fmt.Sprintf("SELECT * FROM %q", table)))
	}
	changes := 0
	for _, call := range s.roblox.Calls() {
		if call.Changed {
			changes++
		}
	}
	fmt.Fprintf(&text, "%d changes at Roblox\n", changes)
	return text.String()
}

// strike is a request as it goes over the wire, so that nothing on this side makes it more decent than it is.
type strike struct {
	method, target string
	headers        []string // whole lines
	body           string
	signed         *signing // signs the rest before it leaves; nil for no signature
	altered        func(*strike)
	raw            string // in place of all the above
}

// signing is with what a strike is signed.
type signing struct {
	key, secret string
	at          time.Duration // from now
	nonce       string
}

// ask returns a request with a JSON body, if it has one.
func ask(method, target, body string, headers ...string) strike {
	if body != "" {
		headers = append([]string{"content-type: application/json"}, headers...)
	}
	return strike{method: method, target: target, headers: headers, body: body}
}

// with returns the header that a key of the file is sent in.
func with(key string) string { return "x-grps-api-key: " + secretOf(key) }

// by returns the strike signed, and then altered.
func (o strike) by(key string, at time.Duration, nonce string, altered func(*strike)) strike {
	o.signed, o.altered = &signing{key, secretOf(key), at, nonce}, altered
	return o
}

// header returns the value of a header of the strike; "" for none.
func (o strike) header(name string) string {
	for _, line := range o.headers {
		if left, right, _ := strings.Cut(line, ":"); strings.EqualFold(left, name) {
			return strings.TrimSpace(right)
		}
	}
	return ""
}

// sealed returns the strike with its signature, as the README says how.
func (o strike) sealed() strike {
	if o.signed == nil {
		return o
	}
	at := strconv.FormatInt(time.Now().Add(o.signed.at).Unix(), 10)
	o.headers = append([]string{"x-grps-key-name: " + o.signed.key, "x-grps-timestamp: " + at}, o.headers...)
	if o.signed.nonce != "" {
		o.headers = append(o.headers, "x-grps-nonce: "+o.signed.nonce)
	}
	hash := sha256.Sum256([]byte(o.body))
	lines := []string{"grps-v1", at, o.method, o.target}
	for _, name := range []string{"idempotency-key", "x-grps-actor", "x-grps-apply", "x-grps-evaluate", "x-grps-nonce", "x-roblox-experience"} {
		lines = append(lines, name+":"+o.header(name))
	}
	secret := sha256.Sum256([]byte(o.signed.secret))
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte(strings.Join(append(lines, hex.EncodeToString(hash[:])), "\n")))
	o.headers = append(o.headers, "x-grps-signature: "+hex.EncodeToString(mac.Sum(nil)))
	if o.altered != nil {
		o.altered(&o)
	}
	o.signed = nil
	return o
}

// wire returns the bytes of the strike.
func (o strike) wire() string {
	o = o.sealed()
	if o.raw != "" {
		return o.raw
	}
	lines := []string{o.method + " " + o.target + " HTTP/1.1"}
	if o.header("host") == "" {
		lines = append(lines, "Host: grps.example.org")
	}
	lines = append(lines, o.headers...)
	if o.body != "" && o.header("transfer-encoding") == "" && o.header("content-length") == "" {
		lines = append(lines, "Content-Length: "+strconv.Itoa(len(o.body)))
	}
	return strings.Join(append(lines, "Connection: close"), "\r\n") + "\r\n\r\n" + o.body
}

// reply is what came of a strike.
type reply struct {
	status int // 0 when the connection was closed without an answer
	header http.Header
	body   string
	code   string // of a problem document
}

// send makes a strike from an address of its own, and returns the reply.
func (s *siege) send(o strike) reply {
	s.t.Helper()
	s.from++
	return s.sendFrom(fmt.Sprintf("127.1.%d.%d", s.from/250, 1+s.from%250), o)
}

func (s *siege) sendFrom(address string, o strike) reply {
	s.t.Helper()
	connection := s.dial(address)
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(readyTime)); err != nil {
		s.t.Fatal(err)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(connection, o.wire()) // it may be refused before it is whole
	}()
	method := o.method
	if method == "" || strings.ContainsFunc(method, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		method = http.MethodGet
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: method})
	if err != nil {
		return reply{}
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body) // it may be cut off where the rest of the request is not read
	_ = connection.Close()
	<-sent
	a := reply{status: response.StatusCode, header: response.Header, body: string(text)}
	var problem struct{ Code string }
	if response.Header.Get("Content-Type") == "application/problem+json" && json.Unmarshal(text, &problem) == nil {
		a.code = problem.Code
	}
	return a
}

// dial connects from a loopback address of that name, where the machine has more than one.
func (s *siege) dial(address string) net.Conn {
	s.t.Helper()
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	if manyAddresses() {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(address)}
	}
	connection, err := dialer.DialContext(context.WithoutCancel(s.t.Context()), "tcp", strings.TrimPrefix(s.p.base, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	return connection
}
