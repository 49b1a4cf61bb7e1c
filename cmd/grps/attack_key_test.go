package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"
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
