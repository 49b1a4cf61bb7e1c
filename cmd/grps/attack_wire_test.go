package main

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
)

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// signed returns the plain signature of a body.
func signed(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

// pathAttacks looks for another way to what a key is needed for: without one, and with one that may only read.
func pathAttacks() []attack {
	var list []attack
	for _, path := range []string{
		"//players/77", "/players//77", "/./players/77", "/health/live/../../players/77", "/health/live/..;/..;/players/77", "/health/live/%2e%2e/%2e%2e/players/77",
		"/health/live%2f..%2f..%2fplayers%2f77", "/health/live/..%5c..%5cplayers%5c77", "/docs/../players/77", "/openapi.json/../players/77", "/openapi.json/players/77",
		"/Players/77", "/PLAYERS/77", "/players/77/", "/players/77;x=1", "/players;x/77", "/players/77%00", "/players/%00", "/players/77%0a", "/players/77%20",
		"/players/%2537%2537", "/players/77.json", "/players/77/history/", "/players/77/history/../hold", "/players/../automation", "/players/-77", "/players/0", "/players/077",
		"/players/7e1", "/players/0x4d", "/players/99999999999999999999999", "/players/%c0%ae%c0%ae/77", "/%70layers/%37%37/", "/players/77%2fhold",
		"/health/live/", "/health/", "/metrics", "/debug/pprof/", "/_sandbox/members/77", "/keys.json", "/..%2fkeys.json", "/.env", "/grps.db", "/" + strings.Repeat("a", 4000),
		"/" + strings.Repeat("../", 1000) + "etc/passwd", "/players/77%", "*",
	} {
		method, status, code := "GET", 401, "key_required"
		if strings.HasSuffix(path, "%") {
			status, code = 400, "" // net/http takes no such request
		}
		shown := path
		if len(shown) > 60 {
			shown = shown[:60]
		}
		list = append(list, attack{shown + " without a key", ask(method, path, ""), status, code})
		if code == "" {
			continue
		}
		status, code = 404, "route_not_found"
		if rest, ok := strings.CutPrefix(path, "/players/"); ok && !strings.Contains(rest, "/") {
			status, code = 400, "id_malformed"
		}
		list = append(list, attack{shown + " with a key that reads", ask(method, path, "", with("read")), status, code})
	}
	tricks := func(what, target string, status int, code string) attack {
		return attack{what, ask("POST", target, "{}", with("read")), status, code}
	}
	return append(list,
		attack{"a whole address for a path", ask("GET", "http://grps.example.org/players/77", ""), 401, "key_required"},
		attack{"the address of what is open, and another path", ask("GET", "http://x/health/live/../../players/77", ""), 401, "key_required"},
		attack{"a way through", ask("CONNECT", "grps.example.org:443", ""), 401, "key_required"},
		attack{"a path of letters that look like others", ask("GET", "/pl\u0430yers/77", ""), 401, "key_required"},
		attack{"a path with a space", strike{raw: "GET /players/77 /health/live HTTP/1.1\r\nHost: x\r\n\r\n"}, 400, ""},
		attack{"a path of 30 KB", ask("GET", "/"+strings.Repeat("b", 30_000), ""), 431, ""},
		tricks("a hold behind a line feed", "/players/77%0a/hold", 403, "admin_required"),
		tricks("a hold with its slash encoded", "/players/77%2Fhold", 405, "method_not_allowed"),
		tricks("a hold behind two slashes", "/players/77//hold", 404, "route_not_found"),
		tricks("a hold in capitals", "/players/77/HOLD", 404, "route_not_found"),
		tricks("a hold with a slash behind it", "/players/77/hold/", 404, "route_not_found"),
		tricks("a hold with an encoded letter", "/players/77/h%6fld", 404, "route_not_found"),
	)
}

func headerAttacks() []attack {
	var many []string
	for i := range 2000 {
		many = append(many, fmt.Sprintf("x-%d: 1", i))
	}
	raw := func(lines ...string) strike {
		return strike{raw: strings.Join(append(append([]string{"POST " + ingestPath + " HTTP/1.1", "Host: x", "content-type: application/json"}, lines...), "", "{}"), "\r\n")}
	}
	report := func(headers ...string) strike {
		return ask("POST", ingestPath, aReport, append([]string{with("ingest")}, headers...)...)
	}
	flag := func(name string, headers ...string) attack {
		return attack{name, report(headers...), 400, "header_invalid"}
	}
	return []attack{
		{"a header of 40 KB", report("x-much: " + strings.Repeat("h", 40_000)), 431, ""},
		{"two thousand headers", report(many...), 431, ""},
		{"a header without a name", raw(": x"), 400, ""},
		{"a header with a space in its name", raw("x grps: 1"), 400, ""},
		{"a header with a zero byte", raw("x-grps-actor: 5\x006"), 400, ""},
		{"a header over two lines", raw("x-grps-actor: 5", " 6"), 401, "key_required"},
		{"no host", strike{raw: "GET /players/77 HTTP/1.1\r\n\r\n"}, 400, ""},
		{"two hosts", strike{raw: "GET /players/77 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"}, 400, ""},
		{"a host that is none", strike{raw: "GET /players/77 HTTP/1.1\r\nHost: a b/c\r\n\r\n"}, 400, ""},
		{"two lengths", raw("content-length: 2", "content-length: 3"), 400, ""},
		{"a length below zero", raw("content-length: -2"), 400, ""},
		{"a length that is none", raw("content-length: 0x2"), 400, ""},
		{"a length beside pieces", strike{raw: "POST " + ingestPath + " HTTP/1.1\r\nHost: x\r\n" + with("ingest") +
			"\r\ncontent-type: application/json\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nPOST " + ingestPath + " HTTP/1.1\r\n\r\n"}, 400, "body_malformed"},
		{"pieces in another encoding", raw("transfer-encoding: gzip, chunked"), 501, ""},
		{"an encoding that hides", raw("transfer-encoding: xchunked"), 501, ""},
		{"HTTP of another time", strike{raw: "GET /players/77 HTTP/9.9\r\nHost: x\r\n\r\n"}, 505, ""},
		{"no HTTP", strike{raw: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 client hello\r\n\r\n"}, 400, ""},
		{"a method of one's own", ask("HOLD", "/players/77", "", with("read")), 405, "method_not_allowed"},
		{"TRACE", ask("TRACE", "/players/77", "", with("read")), 405, "method_not_allowed"},
		{"an upgrade", ask("GET", "/players/77", "", "upgrade: websocket", "sec-websocket-key: x"), 401, "key_required"},
		flag("a switch that is neither", "x-grps-apply: yes"),
		flag("a switch that says both", "x-grps-evaluate: true", "x-grps-evaluate: false"),
		flag("a switch with more behind it", "x-grps-apply: false;"),
		{"a switch with a control character", report("x-grps-apply: false\x0b"), 400, ""},
		flag("an idempotency key of 256 letters", "idempotency-key: "+strings.Repeat("k", 256)),
		flag("an idempotency key that is no ASCII", "idempotency-key: \u00e9"),
		flag("an experience of 129 letters", "x-roblox-experience: "+strings.Repeat("e", 129)),
		flag("an experience that is no UTF-8", "x-roblox-experience: \xff"),
		flag("an experience that turns the text around", "x-roblox-experience: a\u202eb"),
		{"a nonsense of a query", ask("GET", "/players?limit=1&limit=2", "", with("read")), 400, "query_invalid"},
		{"a query that is no query", ask("GET", "/players?query=%zz", "", with("read")), 400, "query_invalid"},
		{"a limit beyond numbers", ask("GET", "/leaderboard/top?limit=99999999999999999999", "", with("read")), 400, "query_invalid"},
		{"a cursor that nobody gave", ask("GET", "/players?cursor=%27%20OR%201%3D1--", "", with("read")), 422, "cursor_invalid"},
		{"a status that is none", ask("GET", "/players?status=%27%3B--", "", with("read")), 400, "query_invalid"},
		{"a decision that is none", ask("GET", "/decisions/%27%20OR%20%271%27=%271", "", with("read")), 404, "not_found"},
		{"an instant that is none", ask("GET", "/decisions?since=now()", "", with("read")), 400, "query_invalid"},
	}
}

// packed returns text in an encoding.
func packed(t *testing.T, into func(io.Writer) io.WriteCloser, text io.Reader) string {
	t.Helper()
	var out bytes.Buffer
	w := into(&out)
	if _, err := io.Copy(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func gzipped(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }

func bodyAttacks(t *testing.T) []attack {
	t.Helper()
	report := func(body string, headers ...string) strike {
		return ask("POST", ingestPath, body, append([]string{with("ingest")}, headers...)...)
	}
	bad := func(name, body string) attack { return attack{name, report(body), 400, "body_malformed"} }
	field := func(name, members string) attack {
		return attack{name, report(`{"userId":79,"username":"Mallory","rankPoints":1,"kos":1,"wos":1,` + members + `}`), 422, "validation_failed"}
	}
	replaced := func(name, old, by string) attack {
		return attack{name, report(strings.Replace(aReport, old, by, 1)), 422, "validation_failed"}
	}
	zeros := func() io.Reader { return io.LimitReader(endless{}, 60<<20) }
	bomb := packed(t, gzipped, zeros())
	list := []attack{
		{"a body of 65 KiB", report(aReport + strings.Repeat(" ", 65<<10)), 413, "body_too_large"},
		{"a body that says it has a terabyte", strike{raw: "POST " + ingestPath + " HTTP/1.1\r\nHost: x\r\n" + with("ingest") +
			"\r\ncontent-type: application/json\r\ncontent-length: 1099511627776\r\n\r\n{"}, 413, "body_too_large"},
		{"a body in pieces without an end", strike{raw: "POST " + ingestPath + " HTTP/1.1\r\nHost: x\r\n" + with("ingest") +
			"\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n" + strings.Repeat("1000\r\n"+strings.Repeat("x", 0x1000)+"\r\n", 40)}, 413, "body_too_large"},
		{"a batch of 2 MiB", ask("POST", batchPath, `{"snapshots":[`+strings.Repeat(aReport+",", 16_000)+aReport+`]}`, with("ingest")), 413, "body_too_large"},
		{"a batch of 501", ask("POST", batchPath, `{"snapshots":[`+strings.Repeat(aReport+",", 500)+aReport+`]}`, with("ingest")), 422, "validation_failed"},
		{"a bomb: 60 MiB in 60 KB", report(bomb, "content-encoding: gzip"), 413, "body_too_large"},
		{"a bomb in a bomb", report(packed(t, gzipped, strings.NewReader(bomb)), "content-encoding: gzip, gzip"), 415, "content_encoding_unsupported"},
		{"a bomb in a bomb that says it is one", report(packed(t, gzipped, strings.NewReader(bomb)), "content-encoding: gzip"), 400, "body_malformed"},
		{"a bomb in a batch", ask("POST", batchPath, bomb, with("ingest"), "content-encoding: gzip"), 413, "body_too_large"},
		{"a bomb that is signed", ask("POST", ingestPath, bomb, "content-encoding: gzip").by("signer", 0, "bomb", nil), 413, "body_too_large"},
		{
			"deflate", report(packed(t, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, strings.NewReader(aReport)), "content-encoding: deflate"),
			415, "content_encoding_unsupported",
		},
		{"br", report(aReport, "content-encoding: br"), 415, "content_encoding_unsupported"},
		{"an encoding of one's own", report(aReport, "content-encoding: none"), 415, "content_encoding_unsupported"},
		{"gzip that is none", report(aReport, "content-encoding: gzip"), 400, "body_malformed"},
		{"gzip that is cut short", report(packed(t, gzipped, strings.NewReader(aReport))[:40], "content-encoding: gzip"), 400, "body_malformed"},
		{"1,000 levels", report(`{"metadata":` + strings.Repeat("[", 1000)), 400, "body_malformed"},
		{"20,000 levels", report(`{"metadata":` + strings.Repeat(`{"a":`, 12_000)), 400, "body_malformed"},
		bad("no JSON", "userId=79&username=Mallory"),
		bad("a list", "["+aReport+"]"),
		bad("null", "null"),
		bad("two reports", aReport+aReport),
		bad("a report cut short", aReport[:30]),
		bad("a name twice", `{"userId":77,`+aReport[1:]),
		bad("a name twice, once escaped", `{"\u0075serId":77,`+aReport[1:]),
		bad("a name twice, once in capitals", `{"USERID":77,`+aReport[1:]),
		bad("a byte order mark", "\ufeff"+aReport),
		bad("bytes that are no UTF-8", strings.Replace(aReport, "Mallory", "M\xff", 1)),
		bad("half a surrogate", strings.Replace(aReport, "Mallory", `M\ud800`, 1)),
		bad("U+0000", strings.Replace(aReport, "Mallory", `M\u0000`, 1)),
		bad("NaN", strings.Replace(aReport, "999", "NaN", 1)),
		bad("Infinity", strings.Replace(aReport, "999", "-Infinity", 1)),
		bad("a comment", "/* */"+aReport),
		bad("another key's prototype", `{"__proto__":{"userId":1},"__proto__":{},`+aReport[1:]),
		replaced("points beyond 31 bits", "999", "2147483648"),
		replaced("points beyond 64 bits", "999", "99999999999999999999"),
		replaced("points with an exponent without end", "999", "1e999999999"),
		replaced("points below zero", "999", "-1"),
		replaced("points with a fraction", "999", "0.5"),
		replaced("points in a text", "999", `"999"`),
		replaced("an id beyond 53 bits", "79", "9007199254740993"),
		replaced("an id of 400 digits", "79", strings.Repeat("7", 400)),
		replaced("an id in a list", "79", "[79]"),
		replaced("an object for a name", `"Mallory"`, `{"$ne":null}`),
		replaced("a name of 65 letters", "Mallory", strings.Repeat("m", 65)),
		field("metadata of 17 KiB", `"metadata":{"a":"`+strings.Repeat("x", 17<<10)+`"}`),
		field("a number that no database keeps", `"metadata":{"a":1e400}`),
		field("a report of next year", `"observedAt":"2999-01-01T00:00:00Z"`),
		field("an end of a punishment beyond all calendars", `"punishmentStatus":"Trial_Punishment","punishmentExpiresAt":99999999999999`),
		field("a punishment that is none", `"punishmentStatus":"Forgiven"`),
		{"an order that the API does not know", ask("POST", "/automation/decisions", `{"userId":77,"action":"DELETE","apply":true}`, "x-grps-api-key: "+rootKey), 422, "validation_failed"},
		{"a reason of 401 letters", ask("POST", "/players/77/hold", `{"reason":"`+strings.Repeat("r", 401)+`"}`, "x-grps-api-key: "+rootKey), 422, "validation_failed"},
		{"an empty body", report(""), 400, "body_malformed"},
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "application/json; charset=utf-16", "*/*", ""} {
		o := report(aReport)
		o.headers[0] = "content-type: " + kind
		list = append(list, attack{"a body of the type " + kind, o, 415, "content_type_unsupported"})
	}
	return list
}

// endless is zeros without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// originAttacks comes from pages that nobody allowed. A browser does what the headers of the answer say, and repel looks at those.
func originAttacks() []attack {
	preflight := func(name, origin string) attack {
		return attack{name, ask("OPTIONS", ingestPath, "", "origin: "+origin, "access-control-request-method: POST", "access-control-request-headers: x-grps-api-key"), 204, ""}
	}
	simple := func(name, origin string) attack {
		return attack{name, ask("POST", ingestPath, aReport, "origin: "+origin), 401, "key_required"}
	}
	return []attack{
		preflight("a preflight from elsewhere", "https://evil.example"), preflight("a preflight from nowhere", "null"),
		preflight("a preflight from a name that begins so", staffPage+".evil.example"), preflight("a preflight without TLS", "http://staff.example.org"),
		preflight("a preflight from another port", staffPage+":8443"), preflight("a preflight in capitals", "https://STAFF.example.org"),
		simple("a form from elsewhere", "https://evil.example"), simple("a form from nowhere", "null"), simple("a form from the right page, without a key", staffPage),
	}
}
