package httpapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func wantBody(t *testing.T, got, want string) {
	t.Helper()
	if diff := cmp.Diff(strings.ReplaceAll(want, "\n", ""), strings.TrimSpace(got)); diff != "" {
		t.Errorf("body: (-want +got)\n%s", diff)
	}
}

func TestLiveAnswersWithoutAKey(t *testing.T) {
	a := newAPI(t, withKeys)
	w := a.send(t, "GET", "/health/live", "")
	if w.Code != http.StatusOK {
		t.Fatalf("status: got %d, want 200", w.Code)
	}
	wantBody(t, w.Body.String(), `{"status":"ok","timestamp":"2026-03-01T12:00:00.25Z"}`)
}

func TestAPlayerIsShownWithItsPlaceOnTheLadder(t *testing.T) {
	a := newAPI(t)
	a.players.PlayerFunc = func(_ context.Context, id domain.UserID) (ports.PlacedStanding, error) {
		return ports.PlacedStanding{
			Standing: domain.Standing{
				UserID: id, Username: "Vex", DisplayName: "Véx", Rank: "Guard", FormerRank: "Cadet", RankSince: now,
				Points: 520, Kos: 3, Wos: 2, Warnings: 1, Recommendations: 4, Hold: true,
				Punishment: domain.Punishment{Status: domain.PunishmentTrial, Until: now.Add(time.Hour)},
				CreatedAt:  now, LastSyncedAt: now.In(time.FixedZone("", 3600)), Metadata: `{"squad":"red"}`,
			},
			Position: domain.Position{
				Next: "Captain", NextPoints: 750, Previous: "Cadet", PreviousPoints: 0, Privileged: true, Blocked: true,
			},
		}, nil
	}
	w := a.send(t, "GET", "/players/9007199254740991", "")
	wantBody(t, w.Body.String(), `{"userId":9007199254740991,"username":"Vex","displayName":"Véx","rank":"Guard","rankPoints":520,
"kos":3,"wos":2,"warnings":1,"recommendations":4,"nextRank":"Captain","nextRankRequiredPoints":750,"previousRank":"Cadet",
"previousRankRequiredPoints":0,"privileged":true,"punishmentStatus":"Trial_Punishment",
"punishmentExpiresAt":"2026-03-01T13:00:00.25Z","decisionsBlocked":true,"hold":true,"formerRank":"Cadet","rankSince":"2026-03-01T12:00:00.25Z",
"createdAt":"2026-03-01T12:00:00.25Z","lastSyncedAt":"2026-03-01T12:00:00.25Z","metadata":{"squad":"red"}}`)
}

func TestWhatIsNotKnownOfAPlayerIsNull(t *testing.T) {
	a := newAPI(t)
	a.players.PlayerFunc = func(_ context.Context, id domain.UserID) (ports.PlacedStanding, error) {
		return ports.PlacedStanding{Standing: domain.Standing{UserID: id, Username: "Vex", Rank: "Cadet", Metadata: "not json"}}, nil
	}
	w := a.send(t, "GET", "/players/1", "")
	wantBody(t, w.Body.String(), `{"userId":1,"username":"Vex","displayName":null,"rank":"Cadet","rankPoints":0,"kos":0,"wos":0,
"warnings":0,"recommendations":0,"nextRank":null,"nextRankRequiredPoints":null,"previousRank":null,"previousRankRequiredPoints":null,
"privileged":false,"punishmentStatus":null,"punishmentExpiresAt":null,"decisionsBlocked":false,"hold":false,"formerRank":null,"rankSince":null,
"createdAt":null,"lastSyncedAt":null,"metadata":null}`)
}

func TestOnlyPlainDigitsNameAPlayer(t *testing.T) {
	for path, status := range map[string]int{
		"/players/1": 200, "/players/9007199254740991": 200,
		"/players/0": 400, "/players/-1": 400, "/players/+5": 400, "/players/05": 400, "/players/1e3": 400, "/players/5.0": 400,
		"/players/9007199254740992": 400, "/players/9223372036854775808": 400, "/players/99999999999999999999": 400,
		"/players/%31": 400, "/players/5%20": 400, "/players/%2B5": 400, "/players/5%2F": 400, "/players/5%00": 400,
		"/players/me": 400, "/players/0x1F": 400, "/players/٥": 400, "/players/null": 400, "/players/5;a=1": 400,
		"/players/5/": 404, "/players/5/x": 404, "/players/": 404, "//players/5": 404, "/players//5": 404,
		"/Players/5": 404,
	} {
		t.Run(path, func(t *testing.T) {
			a := newAPI(t)
			w := a.send(t, "GET", path, "")
			if w.Code != status {
				t.Errorf("status: got %d, want %d", w.Code, status)
			}
			if status == 200 {
				return
			}
			if p := problem(t, w); status == 400 && !strings.Contains(p.Detail, "userId") {
				t.Errorf("detail: got %q, want one that names userId", p.Detail)
			}
			if a.calls() > 0 {
				t.Errorf("calls of use cases: got %d, want 0", a.calls())
			}
		})
	}
}

func TestLeaderboardsListPlayersInTheirOrder(t *testing.T) {
	a := newAPI(t)
	entries := []ports.LeaderboardEntry{
		{UserID: user(7), Username: "Ash", Rank: "Guard", Points: 90, Kos: 8, Wos: 1, LastSyncedAt: now},
		{UserID: user(3), Username: "Bo", Rank: "Cadet", Points: 80, Kos: 2, Wos: 5},
	}
	a.boards.TopFunc = func(context.Context, string, int) (ports.Leaderboard, error) {
		return ports.Leaderboard{Players: entries, LastSyncedAt: now}, nil
	}
	a.boards.RecordsFunc = func(context.Context, int) (ports.Records, error) {
		return ports.Records{Kos: entries, Wos: entries[1:]}, nil
	}
	wantBody(t, a.send(t, "GET", pathTop, "").Body.String(), `{"players":[
{"userId":7,"username":"Ash","rank":"Guard","points":90,"kos":8,"wos":1,"lastSyncedAt":"2026-03-01T12:00:00.25Z"},
{"userId":3,"username":"Bo","rank":"Cadet","points":80,"kos":2,"wos":5,"lastSyncedAt":null}],
"lastSyncedAt":"2026-03-01T12:00:00.25Z"}`)
	wantBody(t, a.send(t, "GET", pathRecords, "").Body.String(), `{"kos":[{"userId":7,"username":"Ash","kos":8},
{"userId":3,"username":"Bo","kos":2}],"wos":[{"userId":3,"username":"Bo","wos":5}]}`)
}

func TestEmptyLeaderboardsAreEmptyLists(t *testing.T) {
	a := newAPI(t)
	wantBody(t, a.send(t, "GET", pathTop, "").Body.String(), `{"players":[],"lastSyncedAt":null}`)
	wantBody(t, a.send(t, "GET", pathRecords, "").Body.String(), `{"kos":[],"wos":[]}`)
}

func TestTheLimitOfALeaderboardIsAStrictNumber(t *testing.T) {
	for query, want := range map[string]int{ // 0: refused
		"": -1, "?": -1, "?_other=1": -1, "?limit=1": 1, "?limit=100": 100, "?_other=x&limit=7": 7,
		"?limit=0": 0, "?limit=101": 0, "?limit=-1": 0, "?limit=": 0, "?limit=+5": 0, "?limit=%2B5": 0, "?limit=05": 0,
		"?limit=5.0": 0, "?limit=1e1": 0, "?limit=ten": 0, "?limit=5&limit=5": 0, "?limit=5&limit=6": 0,
		"?limit=99999999999999999999": 0, "?limit=%zz": 0, "?limit=5;x": 0,
	} {
		for path, otherwise := range map[string]int{pathTop: 25, pathRecords: 5} {
			t.Run(path+query, func(t *testing.T) {
				a := newAPI(t)
				w := a.send(t, "GET", path+query, "")
				if want == 0 {
					wantProblem(t, w, 400, "query_invalid")
					if a.calls() > 0 {
						t.Errorf("calls of use cases: got %d, want 0", a.calls())
					}
					return
				}
				limits := []int{}
				for _, call := range a.boards.TopCalls() {
					limits = append(limits, call.Limit)
				}
				for _, call := range a.boards.RecordsCalls() {
					limits = append(limits, call.Limit)
				}
				expected := want
				if want < 0 {
					expected = otherwise
				}
				if diff := cmp.Diff([]int{expected}, limits); diff != "" || w.Code != 200 {
					t.Errorf("status %d, limit: (-want +got)\n%s", w.Code, diff)
				}
			})
		}
	}
}

func TestADecisionIsShownWithItsReasonsAndItsPlayer(t *testing.T) {
	a := newAPI(t)
	w := a.send(t, "POST", pathDecide, `{"userId":"77"}`)
	body := w.Body.String()
	decision, _, _ := strings.Cut(body, `,"player":`)
	wantBody(t, decision, `{"decision":{"action":"PROMOTE","targetRank":"Guard",
"reason":"the points and the time in rank suffice for Guard","apply":false,"requestId":"`+madeID+`","reasonCode":"ELIGIBLE",
"fromRank":"Cadet","status":"advisory","detail":null,"needsApproval":false,"until":null,
"checks":[{"criterion":"points","rank":"Guard","unit":"points","required":100,"actual":520,"met":true,"missing":0,
"detail":"520 points, Guard takes 100"}],"policyRevision":"r1","createdAt":"2026-03-01T12:00:00.25Z"}`)
	if !strings.Contains(body, `"player":{"userId":77,`) {
		t.Errorf("body: got %s, want the player in it", body)
	}
}

func TestADecisionToDoNothingHasNoTargetAndTheCallersReasonStands(t *testing.T) {
	a := newAPI(t)
	a.decider.DecideFunc = func(_ context.Context, r ports.DecideRequest) (ports.DecideResult, error) {
		return ports.DecideResult{
			Player: player(r.User),
			Decision: ports.DecisionRecord{
				ID: madeID, Status: domain.StatusNone, Reason: r.Reason, Apply: r.Apply, Detail: "nothing to do",
				Decision: domain.Decision{
					From: "Cadet", To: "Cadet", Reason: domain.ReasonSuspended, Until: now, Checks: domain.ChecksOf(
						domain.Check{Criterion: domain.CriterionHold},
						domain.Check{Criterion: domain.CriterionSuspension},
						domain.Check{Criterion: domain.CriterionTenure, Rank: "Guard", Required: 86400, Unknown: true, Met: true},
						domain.Check{Criterion: domain.CriterionPoints, Rank: "Guard", Required: 100, Actual: 60},
					),
				},
			},
		}, nil
	}
	w := a.send(t, "POST", pathDecide, `{"userId":77,"apply":true,"reason":"asked by staff"}`)
	decision, _, _ := strings.Cut(w.Body.String(), `,"player":`)
	wantBody(t, decision, `{"decision":{"action":"NONE","targetRank":null,"reason":"asked by staff","apply":true,"requestId":"`+madeID+`",
"reasonCode":"SUSPENDED","fromRank":"Cadet","status":"none","detail":"nothing to do","needsApproval":false,
"until":"2026-03-01T12:00:00.25Z","checks":[
{"criterion":"hold","rank":null,"unit":null,"required":null,"actual":null,"met":false,"missing":null,
"detail":"the player is on hold"},
{"criterion":"suspension","rank":null,"unit":"seconds","required":null,"actual":null,"met":false,"missing":null,
"detail":"a suspension without an end is in force"},
{"criterion":"tenure","rank":"Guard","unit":"seconds","required":86400,"actual":null,"met":true,"missing":0,
"detail":"time in the present rank is unknown and counts as served for Guard"},
{"criterion":"points","rank":"Guard","unit":"points","required":100,"actual":60,"met":false,"missing":40,
"detail":"40 more points needed for Guard (60 of 100)"}],"policyRevision":"","createdAt":null}`)
}

func TestADecisionWithoutChecksListsNone(t *testing.T) {
	a := newAPI(t, withInventions)
	a.decider.DecideFunc = func(_ context.Context, r ports.DecideRequest) (ports.DecideResult, error) {
		return ports.DecideResult{Player: player(r.User)}, nil
	}
	if got := a.send(t, "POST", pathDecide, `{"userId":77}`).Body.String(); !strings.Contains(got, `"checks":[],`) {
		t.Errorf("body: got %s, want an empty list of checks", got)
	}
}

func TestAnInstantBeyondTheYear9999IsStillAnAnswer(t *testing.T) {
	a := newAPI(t, withInventions)
	a.players.PlayerFunc = func(_ context.Context, id domain.UserID) (ports.PlacedStanding, error) {
		placed := player(id)
		placed.Standing.Punishment = domain.Punishment{Status: domain.PunishmentTrial, Until: time.Unix(300_000_000_000, 0)}
		return placed, nil
	}
	if w := a.send(t, "GET", "/players/1", ""); w.Code != 200 {
		t.Errorf("status: got %d, want 200", w.Code)
	}
}

func TestEveryRouteTakesItsMethodsOnly(t *testing.T) {
	routes := map[string]string{
		"/health/live": "GET HEAD", "/players/5": "GET HEAD DELETE", pathTop: "GET HEAD", pathRecords: "GET HEAD",
		"/findings":  "GET HEAD",
		"/decisions": "GET HEAD", "/decisions/" + madeID: "GET HEAD",
		"/players/5/history": "GET HEAD", "/players/5/eligibility": "GET HEAD",
		"/decisions/" + madeID + "/undo": "POST", pathApprove: "POST", pathReject: "POST",
		"/players/5/hold": "POST DELETE",
		pathIngest:        "POST", pathDecide: "POST", pathSync: "POST",
	}
	for path, allowed := range routes {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"} {
			t.Run(method+" "+path, func(t *testing.T) {
				a := newAPI(t)
				w := a.send(t, method, path, "")
				switch {
				case strings.Contains(allowed, method):
					if w.Code == 404 || w.Code == 405 {
						t.Errorf("status: got %d, want the route's answer", w.Code)
					}
				case method == "OPTIONS":
					if w.Code != 204 || w.Header().Get("Allow") == "" {
						t.Errorf("answer: got %d with Allow %q, want 204 with what is allowed", w.Code, w.Header().Get("Allow"))
					}
				default:
					wantProblem(t, w, 405, "method_not_allowed")
					for word := range strings.FieldsSeq(allowed) {
						if !strings.Contains(w.Header().Get("Allow"), word) {
							t.Errorf("Allow: got %q, want %s in it", w.Header().Get("Allow"), word)
						}
					}
				}
				if !strings.Contains(allowed, method) && a.calls() > 0 {
					t.Errorf("calls of use cases: got %d, want 0", a.calls())
				}
			})
		}
	}
}

func TestAnUnknownPathIsAProblemDocument(t *testing.T) {
	a := newAPI(t)
	for _, path := range []string{"/", "/health", "/health/live/x", "/leaderboard", "/metrics", "/debug/pprof/", "/docs/", "/docs/reader.html"} {
		wantProblem(t, a.send(t, "GET", path, ""), 404, "route_not_found")
	}
}

func TestAnswersAreNeitherCachedNorGuessed(t *testing.T) {
	a := newAPI(t)
	for _, path := range []string{"/health/live", "/players/5", "/players/x", "/nothing"} {
		header := a.send(t, "GET", path, "").Header()
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cache-Control") != "no-store" || header.Get("Server") != "" {
			t.Errorf("headers of %s: got %v, want nosniff, no-store and no banner", path, header)
		}
	}
}
