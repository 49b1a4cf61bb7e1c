package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// handlerSeed is one request for FuzzHandler to begin from. Names in braces stand for ids of the world.
type handlerSeed struct {
	key, options                  byte
	method, target, headers, body string
}

const plainJSON = "content-type: application/json\n"

// handlerSeeds are requests that are answered well, at least one for each route.
func handlerSeeds() []handlerSeed {
	const ingest, batch = "/roblox/events/player-activity", "/roblox/events/player-activity/batch"
	const report = `{"userId":77,"username":"Vex","rankPoints":530,"kos":3,"wos":2}`
	get := func(target string) handlerSeed { return handlerSeed{key: keyAdmin, method: "GET", target: target} }
	post := func(target, body string) handlerSeed {
		s := handlerSeed{key: keyAdmin, method: "POST", target: target, body: body}
		if body != "" {
			s.headers = plainJSON
		}
		return s
	}
	with := func(s handlerSeed, key, options byte, headers string) handlerSeed {
		s.key, s.options, s.headers = key, options, s.headers+headers
		return s
	}
	seeds := []handlerSeed{
		get("/health/live"), get("/health/ready"), get("/openapi.json"), get("/docs?pretty"), get("/docs/reader.css"), get("/docs/reader.js"),
		get("/players/77"), get("/players/77/history?limit=1&pretty"), get("/players/77/eligibility"), get("/players/80/export"),
		get("/players?query=ve&rank=Orbit%20Cadet&limit=2"), get("/players?status=banned"), get("/findings?userId=77&kind=points_fell&since=1999-12-31T00:00:00Z"),
		get("/decisions?action=PROMOTE&status=applied&userId=77&limit=1"), get("/decisions?actor=156&review={running-review}&until=2000-01-02T00:00:00Z"),
		get("/decisions/{decided}"), get("/decisions/{awaiting}"), get("/leaderboard/top?limit=2"), get("/leaderboard/records?limit=1"),
		get("/leaderboard/players/77?around=1"), get("/automation"), get("/automation/reviews?limit=1"), get("/automation/reviews/{running-review}"),
		get("/automation/reconciliations"), get("/automation/reconciliations/{running-reconciliation}"),
		get("/automation/reconciliations/{running-reconciliation}/differences?limit=5"), get("/automation/rewinds"),
		get("/automation/rewinds/{running-rewind}"), get("/automation/rewinds/{running-rewind}/players?all"), get("/effects?state=dead&kind=group_role"),
		get("/webhooks"), get("/erasures?limit=1"), get("/erasures/{done-erasure}"),

		with(post(ingest, report), keyInbound, 0, "x-grps-evaluate: true\nIdempotency-Key: one\nx-roblox-experience: arena\nx-grps-actor: 156\n"),
		with(post(ingest, `{"userId":"91","username":"Zoë","displayName":"Z","rank":"Orbit Cadet","rankPoints":1e3,"kos":0,"wos":0,"warnings":4,"recommendations":1,`+
			`"punishmentStatus":"Trial_Punishment","punishmentExpiresAt":"2000-02-01T00:00:00Z","experience":{"universeId":42,"placeId":"7","server":"s","experienceKey":"arena"},`+
			`"metadata":{"a":[1,null]},"groupId":5,"observedAt":"1999-12-31T23:59:59Z"}`), keyBounded, zipBody, "x-grps-apply: TRUE\n"),
		with(post(ingest, report), keyIngest, openDoors, ""),
		with(post(batch+"?compact", `{"snapshots":[`+report+`,{"userId":5},`+report+`]}`), keyInbound, 0, "Idempotency-Key: k\nx-grps-apply: 1\n"),
		with(post(batch, `{"snapshots":[`+report+`]}`), keySigner, 0, "x-grps-evaluate: true\n"),
		with(post("/sync/roblox", `{"activity":"leaderboard","limit":100,"cursor":""}`), keyInbound, signBody, ""),
		post("/automation/decisions", `{"userId":77,"actorUserId":156,"apply":true,"reason":"well done"}`),
		post("/automation/decisions", `{"userId":77,"action":"SUSPEND","durationDays":3,"apply":true,"hold":true,"reason":"x"}`),
		with(post("/automation/decisions", `{"userId":77,"action":"PROMOTE","apply":true,"reason":"x"}`), keySigner, 0, ""), // which waits for Roblox
		post("/automation/decisions", `{"userId":81,"action":"RESTORE","targetRank":"Orbit Cadet","apply":true,"reason":"x"}`),
		with(post("/automation/decisions", `{"userId":78}`), keyDecide, noRoblox, ""),
		with(post("/decisions/{awaiting}/approve", `{"reason":"yes"}`), keyApprove, 0, ""), post("/decisions/{awaiting}/reject", `{"reason":"no"}`),
		with(post("/decisions/{decided}/undo", `{"dryRun":true,"reason":"wrong"}`), keyAdmin, noRoblox, ""),
		with(post("/decisions/{banned}/undo", ""), keyAdmin, noRoblox, ""),
		post("/players/77/hold", `{"reason":"on leave"}`), with(post("/players/77/hold", ""), keySigner, 0, "x-grps-nonce: n1\n"),
		{key: keyAdmin, method: "DELETE", target: "/players/84/hold"},
		{key: keyAdmin, method: "DELETE", target: "/players/78"},
		{key: keyAdmin, method: "DELETE", target: "/players/83/tombstone"},
		with(post("/automation/reviews", `{"filter":{"ranks":["Orbit Cadet"],"minPoints":1,"seenSince":"1999-01-01T00:00:00Z"},"apply":true,"override":true,"reason":"x"}`), keyAdmin, emptyWorld, ""),
		post("/automation/reviews/{running-review}/cancel", ""),
		with(post("/automation/reviews/{cancelled-review}/resume", `{"override":true,"reason":"x"}`), keyAdmin, noRoblox, ""),
		with(post("/automation/reconciliations", `{"apply":true}`), keyAdmin, emptyWorld, ""),
		post("/automation/reconciliations/{running-reconciliation}/cancel", ""),
		with(post("/automation/rewinds", `{"key":"inbound","experience":"arena","server":"one","since":"1999-12-31T00:00:00Z","until":"1999-12-31T23:00:00Z","dryRun":true}`), keyAdmin, emptyWorld, ""),
		post("/automation/rewinds/{running-rewind}/cancel", ""),
		with(post("/automation/rewinds/{cancelled-rewind}/resume", ""), keyAdmin, noRoblox, ""),
		post("/automation/stop", `{"reason":"look"}`), post("/automation/resume", ""),
		post("/effects/replay", `{"ids":[1],"kind":"group_role"}`), post("/webhooks/club/test", ""),
		with(post("/roblox/webhooks", `{"NotificationId":"n-1","EventType":"RightToErasureRequest","EventTime":"2000-01-01T00:00:00Z","EventPayload":{"UserId":77,"GameIds":[42]}}`), keyNone, signBody, ""),
		with(post("/roblox/webhooks", `{"EventType":"SampleNotification"}`), keyNone, signBody, ""),
	}
	return seeds
}

// handlerMisses are requests that are refused, each in a way of its own.
func handlerMisses() []handlerSeed {
	return []handlerSeed{
		{key: keyNone, method: "GET", target: "/players/77"},
		{key: keyWrong, method: "GET", target: "/nowhere"},
		{key: keyExpired, method: "GET", target: "/automation"},
		{key: keyEarly, method: "HEAD", target: "/automation"},
		{key: keyRead, method: "POST", target: "/automation/stop"},
		{key: keyRead, method: "PUT", target: "/players/77"},
		{key: keyNone, options: otherOrigin, method: "OPTIONS", target: "/players/77", headers: "access-control-request-method: GET\n"},
		{key: keyAdmin, method: "GET", target: "/players/%37%00?cursor=%zz"},
		{key: keyAdmin, method: "GET", target: "/decisions?cursor=MTIz&limit=0"},
		{key: keyAdmin, options: emptyWorld | stopped, method: "POST", target: "/automation/decisions", headers: plainJSON, body: `{"userId":77,"apply":true}`},
		{key: keyAdmin, options: noRoblox, method: "POST", target: "/sync/roblox", headers: plainJSON, body: `[]`},
		{key: keyAdmin, method: "POST", target: "/roblox/events/player-activity", headers: "transfer-encoding: chunked\n", body: "2\r\n{}\r\n0\r\n\r\n"},
		{key: keyBounded, method: "POST", target: "/automation/decisions", headers: plainJSON + "x-grps-actor: 156\n", body: `{"userId":80,"apply":true}`},
		{key: keyAdmin, method: "GET", target: "http://grps.example/players?query=%E2%80%AE", headers: "x-forwarded-for: 1.2.3.4\nx-request-id: \x7f\n"},
		{key: keyInbound, method: "POST", target: "/roblox/webhooks", headers: "roblox-signature: t=1,v1=AA==\n", body: "{}"},
		{key: keyAdmin, method: "GET", target: "/docs", headers: "if-none-match: *\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n"},
	}
}

// TestFuzzingOfTheHandlerBeginsAtEveryRoute holds the seeds of FuzzHandler against the routes: each route has one that is answered well.
func TestFuzzingOfTheHandlerBeginsAtEveryRoute(t *testing.T) {
	policy := shippedPolicy(t)
	reached := map[string]bool{}
	var routes []string
	for _, s := range handlerSeeds() {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, policy, s.options)
			e := w.ask(s.key, s.method, s.target, s.headers, []byte(s.body))
			if e == nil {
				t.Fatalf("%s %s: is no request", s.method, s.target)
			}
			if e.answer.Code >= http.StatusBadRequest {
				t.Errorf("%s %s: got %d %s, want it answered well", s.method, s.target, e.answer.Code, e.answer.Body)
			}
			routes = routes[:0]
			for _, r := range w.api.Routes() {
				route := r.Method + " " + r.Path
				routes = append(routes, route)
				reached[route] = reached[route] || fits(route, s.method+" "+e.request.URL.Path)
			}
			synctest.Wait()
		})
	}
	for _, route := range routes {
		if !reached[route] {
			t.Errorf("%s: no seed of FuzzHandler asks for it; add one to handlerSeeds", route)
		}
	}
	if len(routes) < 40 {
		t.Errorf("routes: got %d, want all of them", len(routes))
	}
}

// fits reports whether a path, behind its method, is of a route whose parameters begin with a colon.
func fits(route, path string) bool {
	want, got := strings.Split(route, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(want, got string) bool { return want == got || strings.HasPrefix(want, ":") })
}
