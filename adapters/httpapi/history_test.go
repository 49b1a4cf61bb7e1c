package httpapi_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// beforeID is the decision that kept takes back.
const beforeID = "0190a5d2-0000-7000-8000-000000000002"

const promotionText = `"action":"PROMOTE","targetRank":"Guard","reason":"the points and the time in rank suffice for Guard",` +
	`"apply":false,"requestId":"` + madeID + `","reasonCode":"ELIGIBLE","fromRank":"Cadet","status":"applied","detail":null,"needsApproval":false,` +
	`"until":null,"checks":[{"criterion":"points","rank":"Guard","unit":"points","required":100,"actual":520,"met":true,"missing":0,` +
	`"detail":"520 points, Guard takes 100"}],"policyRevision":"r1","createdAt":"2026-03-01T12:00:00.25Z",` +
	`"userId":77,"principal":"game","actorUserId":5,"snapshotId":9,"origin":"undo",` +
	`"undoes":"` + beforeID + `","reviewId":"` + reviewID + `","hold":true,"updatedAt":"2026-03-01T12:01:00.25Z","expiresAt":null`

// kept is a promotion that the ledger holds.
func kept() ports.DecisionRecord {
	record := promotion()
	record.Status, record.Principal, record.Actor, record.SnapshotID = domain.StatusApplied, "game", user(5), 9
	record.Origin, record.Undoes, record.ReviewID = domain.OriginUndo, beforeID, reviewID
	record.Decision.Hold = domain.HoldOn
	record.Order = domain.Order{Action: domain.ActionSuspend, To: "Cadet", Days: 3, Hold: domain.HoldOff}
	record.Decision.Returned = domain.Returned{
		RankSince: now.Add(-time.Hour), FormerRank: "Recruit",
		Punishment: domain.Punishment{Status: domain.PunishmentTrial, Until: now.Add(time.Hour)},
	}
	record.UpdatedAt = now.Add(time.Minute)
	return record
}

func TestTheLedgerIsListedPageByPage(t *testing.T) {
	a := newAPI(t)
	a.ledger.DecisionsFunc = func(context.Context, ports.DecisionFilter, string, int) (ports.DecisionPage, error) {
		return ports.DecisionPage{Decisions: []ports.DecisionRecord{kept()}, Next: "b2xkZXI"}, nil
	}
	wantBody(t, a.send(t, "GET", "/decisions", "").Body.String(), `{"decisions":[{`+promotionText+`}],"nextCursor":"b2xkZXI"}`)
}

func TestAQuestionSaysWhenItEndsUnanswered(t *testing.T) {
	asked := kept()
	asked.Status = domain.StatusAwaitingApproval
	wait := func(a *api) { a.options.ApprovalTTL = 36 * time.Hour }
	a := newAPI(t, wait)
	a.ledger.DecisionsFunc = func(context.Context, ports.DecisionFilter, string, int) (ports.DecisionPage, error) {
		return ports.DecisionPage{Decisions: []ports.DecisionRecord{kept(), asked}}, nil
	}
	a.ledger.TraceFunc = func(context.Context, string) (ports.DecisionTrace, error) {
		return ports.DecisionTrace{Decision: asked}, nil
	}
	a.ledger.HistoryFunc = func(context.Context, domain.UserID, string, int) (ports.HistoryPage, error) {
		return ports.HistoryPage{Entries: []ports.HistoryEntry{{At: now, Decision: &asked}}}, nil
	}
	a.undoer.UndoFunc = func(context.Context, ports.UndoRequest) (ports.DecideResult, error) {
		return ports.DecideResult{Decision: asked, Player: player(user(77))}, nil
	}
	a.approver.ApproveFunc = func(context.Context, ports.ApprovalRequest) (ports.DecideResult, error) {
		return ports.DecideResult{}, &ports.OutdatedError{Now: asked}
	}
	const ends = `"expiresAt":"2026-03-03T00:00:00.25Z"`
	for path, method := range map[string]string{
		"/decisions": "GET", "/decisions/" + madeID: "GET", "/players/77/history": "GET", "/decisions/" + madeID + "/undo": "POST", pathApprove: "POST",
	} {
		if body := a.send(t, method, path, "").Body.String(); strings.Count(body, ends) != 1 {
			t.Errorf("%s %s: got %s, want one question with %s", method, path, body, ends)
		}
	}
	silent := newAPI(t)
	silent.ledger.DecisionsFunc = a.ledger.DecisionsFunc
	if body := silent.send(t, "GET", "/decisions", "").Body.String(); strings.Count(body, `"expiresAt":null`) != 2 {
		t.Errorf("where nobody says how long decisions wait: got %s, want no instant", body)
	}
}

func TestTheEndOfTheLedgerIsAnEmptyPage(t *testing.T) {
	a := newAPI(t)
	wantBody(t, a.send(t, "GET", "/decisions", "").Body.String(), `{"decisions":[],"nextCursor":null}`)
}

func TestTheParametersOfTheLedgerChooseDecisions(t *testing.T) {
	type asked struct {
		Filter ports.DecisionFilter
		Cursor string
		Limit  int
	}
	long := strings.Repeat("c", 128)
	for name, c := range map[string]struct {
		query string
		want  asked
	}{
		"nothing chooses all": {"", asked{Limit: 25}},
		"a user":              {"?userId=77", asked{Filter: ports.DecisionFilter{User: user(77)}, Limit: 25}},
		"an actor":            {"?actor=5", asked{Filter: ports.DecisionFilter{Actor: user(5)}, Limit: 25}},
		"a promotion":         {"?action=PROMOTE", asked{Filter: ports.DecisionFilter{Action: domain.ActionPromote}, Limit: 25}},
		"a review": {"?review=01890A5D-AC96-774B-BCCE-B302099A8057", asked{
			Filter: ports.DecisionFilter{Review: "01890a5d-ac96-774b-bcce-b302099a8057"}, Limit: 25,
		}},
		"a restoration":            {"?action=RESTORE", asked{Filter: ports.DecisionFilter{Action: domain.ActionRestore}, Limit: 25}},
		"an instant":               {"?since=2026-03-01T12:00:00.25Z", asked{Filter: ports.DecisionFilter{Since: now}, Limit: 25}},
		"an end":                   {"?until=2026-03-01T12:00:00.25Z", asked{Filter: ports.DecisionFilter{Until: now}, Limit: 25}},
		"a policy":                 {"?policy=ef9e0dd2", asked{Filter: ports.DecisionFilter{Policy: "ef9e0dd2"}, Limit: 25}},
		"an instant of a zone":     {"?since=2026-03-01T13:00:00.25%2B01:00", asked{Filter: ports.DecisionFilter{Since: now}, Limit: 25}},
		"an instant too fine":      {"?since=2026-03-01T12:00:00.2500009Z", asked{Filter: ports.DecisionFilter{Since: now}, Limit: 25}},
		"the least limit":          {"?limit=1", asked{Limit: 1}},
		"the greatest limit":       {"?limit=100", asked{Limit: 100}},
		"the first page by name":   {"?cursor=", asked{Limit: 25}},
		"a cursor as it is":        {"?cursor=a%20%3D/~", asked{Cursor: "a =/~", Limit: 25}},
		"the longest cursor":       {"?cursor=" + long, asked{Cursor: long, Limit: 25}},
		"a parameter nobody takes": {"?_colour=red&_colour=blue", asked{Limit: 25}},
		"an answer that is pretty": {"?pretty", asked{Limit: 25}},
		"everything at once": {
			"?userId=77&action=BAN&status=failed&actor=5&since=2026-03-01T12:00:00.25Z&cursor=x&limit=3",
			asked{ports.DecisionFilter{User: user(77), Actor: user(5), Action: domain.ActionBan, Status: domain.StatusFailed, Since: now}, "x", 3},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			if w := a.send(t, "GET", "/decisions"+c.query, ""); w.Code != 200 {
				t.Fatalf("status: got %d %s, want 200", w.Code, w.Body)
			}
			call := a.ledger.DecisionsCalls()[0]
			if diff := cmp.Diff(c.want, asked{call.Filter, call.Cursor, call.Limit}, cmp.Comparer(same)); diff != "" {
				t.Errorf("asked: (-want +got)\n%s", diff)
			}
		})
	}
}

func same(a, b domain.UserID) bool { return a == b }

func TestEveryStatusThatIsKeptChoosesDecisions(t *testing.T) {
	for _, status := range []domain.Status{
		domain.StatusAwaitingApproval, domain.StatusPending, domain.StatusApplied, domain.StatusFailed, domain.StatusSuperseded,
		domain.StatusRejected, domain.StatusExpired, domain.StatusHeld, domain.StatusUndone,
	} {
		a := newAPI(t)
		if w := a.send(t, "GET", "/decisions?status="+string(status), ""); w.Code != 200 {
			t.Fatalf("status of %s: got %d %s, want 200", status, w.Code, w.Body)
		}
		if got := a.ledger.DecisionsCalls()[0].Filter.Status; got != status {
			t.Errorf("filter: got %q, want %q", got, status)
		}
	}
}

func TestAParameterThatCannotBeReadIsNamedAndAsksNobody(t *testing.T) {
	paged := []string{
		"limit=0", "limit=101", "limit=-1", "limit=", "limit=05", "limit=%2B5", "limit=ten", "limit=5&limit=5", "limit=99999999999999999999",
		"cursor=" + strings.Repeat("c", 129), "cursor=%C3%A9", "cursor=%00", "cursor=a%0Ab", "cursor=%7F", "cursor=a&cursor=a",
	}
	filters := []string{
		"userId=", "userId=0", "userId=05", "userId=-5", "userId=%2B5", "userId=5.0", "userId=me", "userId=9007199254740992", "userId=5&userId=6",
		"actor=", "actor=0", "actor=Vex", "actor=5&actor=5",
		"action=", "action=NONE", "action=promote", "action=PROMOTE%20", "action=KICK", "action=BAN&action=BAN",
		"status=", "status=none", "status=advisory", "status=APPLIED", "status=done", "status=failed&status=applied",
		"since=", "since=2026-03-01", "since=1772366400", "since=yesterday", "since=2026-03-01T12:00:00", "since=2026-03-01T12:00:00+01:00",
		"since=1969-12-31T23:59:59Z", "since=0001-01-01T00:00:00Z", "since=9999-12-31T23:59:59-10:00", "since=2026-03-01t12:00:00Z ",
		"since=2026-03-01T12:00:00Z&since=2026-03-01T12:00:00Z",
		"until=", "until=2026-03-01", "until=2h", "until=2026-03-01T12:00:00Z&until=2026-03-02T12:00:00Z",
		"policy=", "policy=%00", "policy=%C3%A9", "policy=a&policy=a", "policy=" + strings.Repeat("a", 129),
	}
	for path, queries := range map[string][]string{"/decisions": append(filters, paged...), "/players/5/history": paged} {
		for _, query := range queries {
			t.Run(path+"?"+query, func(t *testing.T) {
				a := newAPI(t)
				p := wantProblem(t, a.send(t, "GET", path+"?"+strings.ReplaceAll(query, " ", "%20"), ""), 400, "query_invalid")
				if name, _, _ := strings.Cut(query, "="); !strings.Contains(p.Detail, "parameter "+name+" must") {
					t.Errorf("detail: got %q, want one that names %s", p.Detail, name)
				}
				if a.calls() > 0 {
					t.Errorf("calls of use cases: got %d, want 0", a.calls())
				}
			})
		}
		t.Run(path+" with a query that is no query", func(t *testing.T) {
			a := newAPI(t)
			wantProblem(t, a.send(t, "GET", path+"?cursor=%zz", ""), 400, "query_invalid")
		})
	}
}

func TestADecisionIsTracedFromItsInputToItsLastStatus(t *testing.T) {
	a := newAPI(t)
	a.ledger.TraceFunc = func(context.Context, string) (ports.DecisionTrace, error) {
		record := kept()
		record.Input = domain.Standing{
			UserID: user(77), Username: "Vex", Rank: "Cadet", FormerRank: "Recruit", RankSince: now.Add(-time.Hour),
			Points: 520, Kos: 3, Wos: 2, Warnings: 4, Served: 1, Recommendations: 6, Hold: true,
			Punishment: domain.Punishment{Status: domain.PunishmentTrial, Until: now.Add(time.Hour)},
		}
		return ports.DecisionTrace{Decision: record, Transitions: []ports.Transition{
			{Status: domain.StatusPending, At: now}, {Status: domain.StatusApplied, Detail: "Roblox confirmed", At: now.Add(time.Minute), Principal: "admin", Actor: user(6)},
		}}, nil
	}
	wantBody(t, a.send(t, "GET", "/decisions/"+madeID, "").Body.String(), `{`+promotionText+`,
"ordered":{"action":"SUSPEND","targetRank":"Cadet","durationDays":3,"hold":false},
"returned":{"rankSince":"2026-03-01T11:00:00.25Z","formerRank":"Recruit","punishmentStatus":"Trial_Punishment",
"punishmentExpiresAt":"2026-03-01T13:00:00.25Z"},"transitions":[
{"status":"pending","detail":null,"at":"2026-03-01T12:00:00.25Z","principal":null,"actorUserId":null},
{"status":"applied","detail":"Roblox confirmed","at":"2026-03-01T12:01:00.25Z","principal":"admin","actorUserId":6}],
"input":{"rank":"Cadet","rankPoints":520,"kos":3,"wos":2,"warnings":4,"servedWarnings":1,"recommendations":6,
"punishmentStatus":"Trial_Punishment","punishmentExpiresAt":"2026-03-01T13:00:00.25Z","hold":true,"formerRank":"Recruit",
"rankSince":"2026-03-01T11:00:00.25Z"}}`)
}

func TestWhatIsNotKnownOfADecisionIsNull(t *testing.T) {
	a := newAPI(t, withInventions)
	a.ledger.TraceFunc = func(context.Context, string) (ports.DecisionTrace, error) { return ports.DecisionTrace{}, nil }
	_, rest, _ := strings.Cut(a.send(t, "GET", "/decisions/"+madeID, "").Body.String(), `"createdAt":null,`)
	wantBody(t, rest, `"userId":0,"principal":null,"actorUserId":null,"snapshotId":null,"origin":"rules","undoes":null,
"reviewId":null,"hold":null,"updatedAt":null,"expiresAt":null,"ordered":null,"returned":null,"transitions":[],
"input":{"rank":"","rankPoints":0,"kos":0,"wos":0,"warnings":0,"servedWarnings":0,"recommendations":0,"punishmentStatus":null,
"punishmentExpiresAt":null,"hold":false,"formerRank":null,"rankSince":null}}`)
}

func TestOnlyAUUIDNamesADecision(t *testing.T) {
	for path, want := range map[string]string{ // the code of a refusal; "" for none
		"/decisions/" + madeID:                               "",
		"/decisions/0190A5D2-0000-7000-8000-000000000001":    "",
		"/decisions/ffffffff-ffff-ffff-ffff-ffffffffffff":    "",
		"/decisions/0190a5d2-0000-7000-8000-00000000000":     "not_found",
		"/decisions/0190a5d2-0000-7000-8000-0000000000011":   "not_found",
		"/decisions/0190a5d2-0000-7000-8000-00000000000g":    "not_found",
		"/decisions/0190a5d20000-7000-8000-0000-00000000001": "not_found",
		"/decisions/0190a5d2-0000-7000-8000-0000000-0001":    "not_found",
		"/decisions/0190a5d2000070008000000000000001":        "not_found",
		"/decisions/{0190a5d2-0000-7000-8000-000000000001}":  "not_found",
		"/decisions/%30190a5d2-0000-7000-8000-00000000001":   "not_found",
		"/decisions/77":               "not_found",
		"/decisions/..":               "not_found",
		"/decisions/" + madeID + "/x": "route_not_found",
		"/decisions/" + madeID + "/":  "route_not_found",
		"/Decisions":                  "route_not_found",
	} {
		t.Run(path, func(t *testing.T) {
			a := newAPI(t)
			w := a.send(t, "GET", path, "")
			if want != "" {
				if p := wantProblem(t, w, 404, want); want == "not_found" && !strings.Contains(p.Detail, "an id looks like") {
					t.Errorf("detail: got %q, want it to show an id", p.Detail)
				}
				if a.calls() > 0 {
					t.Errorf("calls of use cases: got %d, want 0", a.calls())
				}
				return
			}
			if id := strings.ToLower(strings.TrimPrefix(path, "/decisions/")); w.Code != 200 || a.ledger.TraceCalls()[0].ID != id {
				t.Errorf("answer: got %d for %q, want 200 for %q", w.Code, a.ledger.TraceCalls()[0].ID, id)
			}
		})
	}
}

func TestAHistoryTellsReportsFromDecisions(t *testing.T) {
	universe, err := domain.NewUniverseID(11)
	if err != nil {
		t.Fatal(err)
	}
	full, err := domain.NewSnapshot(domain.Report{
		UserID: user(77), Username: "Vex", Rank: "Cadet", Points: 520, Kos: 3, Wos: 2,
		Warnings: domain.CountOf(0), Recommendations: domain.CountOf(4), Punishment: domain.PunishmentTrial, ObservedAt: now,
		Experience: domain.Experience{Universe: universe, PlaceID: 12, Server: "s1", Key: "arena"},
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := domain.NewSnapshot(domain.Report{UserID: user(77), Username: "Vex"}, now)
	if err != nil {
		t.Fatal(err)
	}
	decision := kept()
	a := newAPI(t)
	a.ledger.HistoryFunc = func(context.Context, domain.UserID, string, int) (ports.HistoryPage, error) {
		return ports.HistoryPage{Next: "b2xkZXI", Entries: []ports.HistoryEntry{
			{At: now.Add(time.Second), Decision: &decision},
			{At: now, Snapshot: &ports.SnapshotRecord{
				ID: 9, Snapshot: full, Disregarded: rewindID, Outcome: domain.FoldUpdated, Source: ports.SourceGame, Actor: user(5),
			}},
			{At: now.Add(-time.Hour), Snapshot: &ports.SnapshotRecord{ID: 8, Snapshot: bare, Source: ports.SourceDataStore}},
		}}, nil
	}
	wantBody(t, a.send(t, "GET", "/players/77/history?cursor=bmV3ZXI&limit=3", "").Body.String(), `{"entries":[
{"at":"2026-03-01T12:00:01.25Z","type":"decision","decision":{`+promotionText+`}},
{"at":"2026-03-01T12:00:00.25Z","type":"report","report":{"id":9,"outcome":"updated","disregardedBy":"`+rewindID+`","source":"roblox","actorUserId":5,
"observedAt":"2026-03-01T12:00:00.25Z","username":"Vex","rank":"Cadet","rankPoints":520,"kos":3,"wos":2,"warnings":0,
"recommendations":4,"punishmentStatus":"Trial_Punishment",
"experience":{"universeId":11,"placeId":12,"server":"s1","experienceKey":"arena"}}},
{"at":"2026-03-01T11:00:00.25Z","type":"report","report":{"id":8,"outcome":"first","disregardedBy":null,"source":"datastore","actorUserId":null,
"observedAt":null,"username":"Vex","rank":null,"rankPoints":0,"kos":0,"wos":0,"warnings":null,"recommendations":null,
"punishmentStatus":null,"experience":{"universeId":null,"placeId":null,"server":null,"experienceKey":null}}}],
"nextCursor":"b2xkZXI"}`)
	call := a.ledger.HistoryCalls()[0]
	if got, want := fmt.Sprint(call.User, call.Cursor, call.Limit), fmt.Sprint(user(77), "bmV3ZXI", 3); got != want {
		t.Errorf("asked: got %s, want %s", got, want)
	}
}

func TestAHistoryBeginsAtTheNewestAndEndsInAnEmptyPage(t *testing.T) {
	a := newAPI(t)
	wantBody(t, a.send(t, "GET", "/players/77/history", "").Body.String(), `{"entries":[],"nextCursor":null}`)
	if call := a.ledger.HistoryCalls()[0]; call.Cursor != "" || call.Limit != 25 {
		t.Errorf("asked: got cursor %q and limit %d, want none and 25", call.Cursor, call.Limit)
	}
}

func TestEligibilityShowsEachWayOutOfARank(t *testing.T) {
	a := newAPI(t)
	a.explains.ExplainFunc = func(_ context.Context, id domain.UserID) (ports.PlacedStanding, domain.Eligibility, error) {
		return player(id), domain.Eligibility{
			Next: "Guard", Eligible: true, Approval: true,
			Up:      []domain.Check{{Criterion: domain.CriterionPoints, Rank: "Guard", Required: 100, Actual: 60}},
			Blocked: []domain.Check{{Criterion: domain.CriterionHold, Met: true}},
			Down:    []domain.Check{{Criterion: domain.CriterionKeepPoints, Rank: "Cadet", Required: 10, Actual: 60, Met: true}},
		}, nil
	}
	w := a.send(t, "GET", "/players/77/eligibility", "")
	body := w.Body.String()
	head, lists, _ := strings.Cut(body, `"up":`)
	wantBody(t, head, `{"userId":77,"rank":"Cadet","nextRank":"Guard","eligible":true,"needsApproval":true,`)
	for _, want := range []string{
		`[{"criterion":"points","rank":"Guard","unit":"points","required":100,"actual":60,"met":false,"missing":40,`,
		`],"blocked":[{"criterion":"hold","rank":null,"unit":null,"required":null,"actual":null,"met":true,"missing":null,`,
		`],"down":[{"criterion":"points_to_keep","rank":"Cadet","unit":"points","required":10,"actual":60,"met":true,"missing":0,`,
	} {
		if !strings.Contains(lists, want) {
			t.Errorf("lists: got %s, want %s in them", lists, want)
		}
	}
}

func TestWaysThatAreClosedAreEmptyLists(t *testing.T) {
	a := newAPI(t)
	wantBody(t, a.send(t, "GET", "/players/77/eligibility", "").Body.String(),
		`{"userId":77,"rank":"Cadet","nextRank":null,"eligible":false,"needsApproval":false,"up":[],"blocked":[],"down":[]}`)
}

func TestThePathsBelowAPlayerNameAPlayer(t *testing.T) {
	for part, path := range map[string]string{"history": "/players/%s/history", "eligibility": "/players/%s/eligibility"} {
		for id, code := range map[string]string{
			"0": "id_malformed", "05": "id_malformed", "me": "id_malformed", "%2B5": "id_malformed", "5%2F": "id_malformed",
			"9007199254740992": "id_malformed", "5/x": "route_not_found", "": "",
		} {
			t.Run(part+" of "+id, func(t *testing.T) {
				a := newAPI(t)
				w := a.send(t, "GET", fmt.Sprintf(path, id), "")
				if p := problem(t, w); code != "" && p.Code != code || w.Code >= 500 {
					t.Errorf("answer: got %d %s, want %s", w.Code, p.Code, code)
				}
				if a.calls() > 0 {
					t.Errorf("calls of use cases: got %d, want 0", a.calls())
				}
			})
		}
		a := newAPI(t)
		for _, end := range []string{"/", "/x", "x"} {
			wantProblem(t, a.send(t, "GET", fmt.Sprintf(path, "5")+end, ""), 404, "route_not_found")
		}
	}
}

func TestAnErrorOfReadingTheLedgerIsItsProblem(t *testing.T) {
	invalidCursor := &domain.Error{Kind: domain.KindInvalid, Code: "cursor_invalid", Message: "the cursor was not given out here"}
	for name, c := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"a record that is absent":   {fmt.Errorf("look it up: %w", domain.ErrNotFound), 404, "not_found"},
		"a cursor that was made up": {fmt.Errorf("list: %w", invalidCursor), 422, "cursor_invalid"},
		"a store that is away":      {domain.ErrUnavailable, 503, "unavailable"},
		"a fault of ours":           {fmt.Errorf("secret detail"), 500, "internal"},
	} {
		for _, path := range []string{"/decisions?cursor=x", "/decisions/" + madeID, "/players/5/history?cursor=x", "/players/5/eligibility"} {
			t.Run(name+" at "+path, func(t *testing.T) {
				a := newAPI(t, withInventions)
				a.ledger.DecisionsFunc = func(context.Context, ports.DecisionFilter, string, int) (ports.DecisionPage, error) {
					return ports.DecisionPage{}, c.err
				}
				a.ledger.TraceFunc = func(context.Context, string) (ports.DecisionTrace, error) { return ports.DecisionTrace{}, c.err }
				a.ledger.HistoryFunc = func(context.Context, domain.UserID, string, int) (ports.HistoryPage, error) {
					return ports.HistoryPage{}, c.err
				}
				a.explains.ExplainFunc = func(context.Context, domain.UserID) (ports.PlacedStanding, domain.Eligibility, error) {
					return ports.PlacedStanding{}, domain.Eligibility{}, c.err
				}
				if p := wantProblem(t, a.send(t, "GET", path, ""), c.status, c.code); strings.Contains(p.Detail, "secret") {
					t.Errorf("detail: got %q, want none of the cause's text", p.Detail)
				}
			})
		}
	}
}
