package httpapi_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathUndo = "/decisions/" + madeID + "/undo"
	pathHold = "/players/77/hold"

	adminSecret = "canary-admin-secret-41cc"
)

// withAdmin asks for keys, of which one is an administrator's.
func withAdmin(a *api) {
	a.options.Keys = []httpapi.Key{httpapi.NewKey("game", gameSecret), httpapi.NewAdminKey("staff", adminSecret)}
}

func TestAnOrderIsReadFromTheBody(t *testing.T) {
	promote := domain.Order{Action: domain.ActionPromote}
	for name, c := range map[string]struct {
		members string // beside the user
		want    domain.Order
	}{
		"an action":                {`"action":"PROMOTE"`, promote},
		"a demotion to a rank":     {`"action":"DEMOTE","targetRank":" Cadet "`, domain.Order{Action: domain.ActionDemote, To: "Cadet"}},
		"a suspension for days":    {`"action":"SUSPEND","durationDays":3.0`, domain.Order{Action: domain.ActionSuspend, Days: 3}},
		"the longest suspension":   {`"action":"SUSPEND","durationDays":36500`, domain.Order{Action: domain.ActionSuspend, Days: domain.MaxDays}},
		"a ban and a hold":         {`"action":"BAN","hold":true`, domain.Order{Action: domain.ActionBan, Hold: domain.HoldOn}},
		"a release without a hold": {`"action":"RESTORE","hold":false`, domain.Order{Action: domain.ActionRestore, Hold: domain.HoldOff}},
		"what is null is absent":   {`"action":"PROMOTE","targetRank":null,"durationDays":null,"hold":null`, promote},
		"null orders nothing":      {`"action":null,"targetRank":"Cadet"`, domain.Order{}},
		"without an action the rest is ignored, as it always was": {`"targetRank":7,"durationDays":"x","hold":"y"`, domain.Order{}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withOddRequests)
			w := a.send(t, "POST", pathDecide, `{"userId":77,"apply":true,"reason":"a word",`+c.members+`}`, "x-grps-actor: 5")
			if w.Code != 200 {
				t.Fatalf("status: got %d %s, want 200", w.Code, w.Body)
			}
			got := a.decider.DecideCalls()[0].Request
			want := ports.DecideRequest{
				Caller: got.Caller, User: user(77), Apply: true, Reason: "a word", Order: c.want,
			}
			if diff := cmp.Diff(want, got, cmp.Comparer(same)); diff != "" || got.Actor != user(5) || got.Principal != "anonymous" {
				t.Errorf("asked by %+v: (-want +got)\n%s", got.Caller, diff)
			}
		})
	}
}

func TestAnOrderThatCannotBeReadNamesItsFields(t *testing.T) {
	for members, fields := range map[string]string{
		`"action":"NONE"`:                                      "action",
		`"action":"promote"`:                                   "action",
		`"action":"KICK"`:                                      "action",
		`"action":7`:                                           "action action", // no text, and so no action
		`"action":"PROMOTE","targetRank":7`:                    "targetRank",
		`"action":"SUSPEND","durationDays":0`:                  "durationDays",
		`"action":"SUSPEND","durationDays":-1`:                 "durationDays",
		`"action":"SUSPEND","durationDays":36501`:              "durationDays",
		`"action":"SUSPEND","durationDays":1.5`:                "durationDays",
		`"action":"SUSPEND","durationDays":"3"`:                "durationDays",
		`"action":"BAN","durationDays":3`:                      "durationDays",
		`"action":"BAN","hold":"yes"`:                          "hold",
		`"action":"KICK","durationDays":0,"hold":1`:            "hold action durationDays",
		`"action":"PROMOTE","actorUserId":"somebody"`:          "actorUserId",
		`"action":"PROMOTE","reason":"` + long(401, 'x') + `"`: "reason",
	} {
		t.Run(members, func(t *testing.T) {
			a := newAPI(t)
			p := wantProblem(t, a.send(t, "POST", pathDecide, `{"userId":77,`+members+`}`), 422, "validation_failed")
			if p.fields() != fields {
				t.Errorf("fields: got %q, want %q", p.fields(), fields)
			}
			if a.calls() > 0 {
				t.Errorf("calls of use cases: got %d, want 0", a.calls())
			}
		})
	}
}

func TestOnlyAdministratorsOrder(t *testing.T) {
	requests := map[string][3]string{
		"an order":          {"POST", pathDecide, `{"userId":77,"action":"BAN"}`},
		"advice on one":     {"POST", pathDecide, `{"userId":77,"action":"BAN","apply":false}`},
		"an order of rot":   {"POST", pathDecide, `{"userId":77,"action":5}`},
		"an undo":           {"POST", pathUndo, ""},
		"an undo of rot":    {"POST", "/decisions/x/undo", "rot"},
		"an approval":       {"POST", pathApprove, ""},
		"a rejection":       {"POST", pathReject, ""},
		"a rejection of it": {"POST", "/decisions/x/reject", "rot"},
		"a hold":            {"POST", pathHold, ""},
		"the end of a hold": {"DELETE", pathHold, ""},
	}
	for name, r := range requests {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withAdmin)
			wantProblem(t, a.send(t, r[0], r[1], r[2], "x-grps-api-key: "+gameSecret), 403, "admin_required")
			if a.calls() > 0 {
				t.Errorf("calls of use cases: got %d, want 0", a.calls())
			}
			if w := a.send(t, r[0], r[1], r[2], "x-grps-api-key: "+adminSecret); w.Code == 403 || w.Code == 401 {
				t.Errorf("an administrator: got %d %s", w.Code, w.Body)
			}
		})
	}
	a := newAPI(t, withAdmin)
	if w := a.send(t, "POST", pathDecide, `{"userId":77,"apply":true}`, "x-grps-api-key: "+gameSecret); w.Code != 200 {
		t.Errorf("a decision of the rules: got %d %s, want 200 as ever", w.Code, w.Body)
	}
}

func TestAnOrderIsAnsweredAsTheLedgerKeepsIt(t *testing.T) {
	a := newAPI(t)
	a.decider.DecideFunc = func(_ context.Context, r ports.DecideRequest) (ports.DecideResult, error) {
		return ports.DecideResult{Decision: kept(), Player: player(r.User)}, nil
	}
	w := a.send(t, "POST", pathDecide, `{"userId":77,"action":"PROMOTE"}`)
	if !strings.HasPrefix(w.Body.String(), `{"decision":{`+promotionText+`},"player":{"userId":77,`) {
		t.Errorf("body: got %s, want the decision of the ledger and the player", w.Body)
	}
}

func TestAnUndoIsAskedFor(t *testing.T) {
	long := strings.Repeat("ä", 400)
	for name, c := range map[string]struct {
		body string
		want ports.UndoRequest
	}{
		"without a body": {"", ports.UndoRequest{}},
		"with nothing":   {"{}", ports.UndoRequest{}},
		"with a reason":  {`{"reason":" ` + long + `"}`, ports.UndoRequest{Reason: long}},
		"with an actor":  {`{"actorUserId":"6"}`, ports.UndoRequest{Caller: ports.Caller{Actor: user(6)}}},
		"on hold":        {`{"hold":true}`, ports.UndoRequest{Hold: domain.HoldOn}},
		"off hold":       {`{"hold":false}`, ports.UndoRequest{Hold: domain.HoldOff}},
		"as a dry run":   {`{"dryRun":true}`, ports.UndoRequest{DryRun: true}},
		"as no dry run":  {`{"dryRun":false}`, ports.UndoRequest{}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withOddRequests)
			w := a.send(t, "POST", "/decisions/"+strings.ToUpper(madeID)+"/undo", c.body, "x-grps-actor: 5", "x-request-id: the-request")
			if w.Code != 200 || !strings.Contains(w.Body.String(), `"player":{"userId":77,`) {
				t.Fatalf("answer: got %d %s, want 200 and the player", w.Code, w.Body)
			}
			want := c.want
			want.ID, want.Principal, want.RequestID = madeID, "anonymous", "the-request"
			if want.Actor.IsZero() {
				want.Actor = user(5)
			}
			if diff := cmp.Diff(want, a.undoer.UndoCalls()[0].Request, cmp.Comparer(same)); diff != "" {
				t.Errorf("asked: (-want +got)\n%s", diff)
			}
		})
	}
}

func TestWhatCannotBeUndoneIsAConflict(t *testing.T) {
	a := newAPI(t)
	a.undoer.UndoFunc = func(context.Context, ports.UndoRequest) (ports.DecideResult, error) {
		return ports.DecideResult{}, &domain.Error{Kind: domain.KindBlocked, Code: "undo_conflict", Message: "later decisions stand on it: x"}
	}
	if p := wantProblem(t, a.send(t, "POST", pathUndo, ""), 409, "undo_conflict"); p.Detail != "later decisions stand on it: x" {
		t.Errorf("detail: got %q", p.Detail)
	}
	wantProblem(t, a.send(t, "POST", "/decisions/5/undo", ""), 404, "not_found")
	wantProblem(t, a.send(t, "POST", "/decisions/"+madeID+"/undo/x", ""), 404, "route_not_found")
}

func TestAHoldIsPutOnAndTakenOff(t *testing.T) {
	for method, hold := range map[string]domain.HoldMode{"POST": domain.HoldOn, "DELETE": domain.HoldOff} {
		for body, reason := range map[string]string{"": "", `{"reason":"under investigation","actorUserId":6}`: "under investigation"} {
			a := newAPI(t)
			w := a.send(t, method, pathHold, body, "x-grps-actor: 6")
			if w.Code != 200 || !strings.Contains(w.Body.String(), `"origin":"rules"`) {
				t.Fatalf("answer: got %d %s, want 200 and the decision", w.Code, w.Body)
			}
			got := a.decider.DecideCalls()[0].Request
			want := ports.DecideRequest{Caller: got.Caller, User: user(77), Apply: true, Reason: reason, Order: domain.Order{Hold: hold}}
			if diff := cmp.Diff(want, got, cmp.Comparer(same)); diff != "" || got.Actor != user(6) {
				t.Errorf("%s %s by %s asked: (-want +got)\n%s", method, body, got.Actor, diff)
			}
		}
	}
}

func TestARemarkThatCannotBeReadIsRefused(t *testing.T) {
	for body, want := range map[string]string{
		`{"reason":5}`:                        "422 validation_failed reason",
		`{"reason":"` + long(401, 'x') + `"}`: "422 validation_failed reason",
		"{\"reason\":\"a\u202eb\"}":           "422 validation_failed reason",
		`{"actorUserId":0}`:                   "422 validation_failed actorUserId",
		`[1]`:                                 "400 body_malformed ",
		`{"reason":"a","Reason":"b"}`:         "400 body_malformed ",
		`{"reason":"a"`:                       "400 body_malformed ",
		`{"dryRun":"yes","hold":"maybe"}`:     "422 validation_failed hold dryRun",
	} {
		for _, path := range []string{pathUndo, pathHold, pathApprove, pathReject} {
			if path != pathUndo && strings.Contains(body, "dryRun") {
				continue
			}
			t.Run(path+" "+body, func(t *testing.T) {
				a := newAPI(t)
				w := a.send(t, "POST", path, body)
				p := problem(t, w)
				if got := strings.Join([]string{strings.Fields(w.Result().Status)[0], p.Code, p.fields()}, " "); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				if a.calls() > 0 {
					t.Errorf("calls of use cases: got %d, want 0", a.calls())
				}
			})
		}
	}
	a := newAPI(t)
	wantProblem(t, a.send(t, "POST", pathUndo, "reason=x", "content-type: application/x-www-form-urlencoded"), 415, "content_type_unsupported")
	wantProblem(t, a.send(t, "POST", "/players/x/hold", ""), 400, "id_malformed")
	wantProblem(t, a.send(t, "POST", "/decisions/x/approve", ""), 404, "not_found")
	wantProblem(t, a.send(t, "POST", "/decisions/"+madeID+"/reject/x", ""), 404, "route_not_found")
	wantProblem(t, a.send(t, "POST", pathHold, "", "x-grps-actor: x"), 400, "header_invalid")
}
