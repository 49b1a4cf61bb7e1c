package httpapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	walkID              = "01890a5d-ac97-774b-bcce-000000000002"
	pathReconciliations = "/automation/reconciliations"
	pathReconciliation  = pathReconciliations + "/" + walkID
)

// walked is a walk over the group in the middle.
func walked() ports.ReconciliationProgress {
	return ports.ReconciliationProgress{
		Sweep: ports.Sweep{
			ID: walkID, Kind: ports.SweepReconcile, Apply: true, Principal: "staff", Actor: user(5), RequestID: "request", Schedule: "noon",
			State: ports.SweepRunning, Phase: ports.PhaseApply, Cursor: "token", Revision: "r1",
			Found: ports.Tally{
				"same": 1, "mend": 2, "adopt": 3, "restore": 4, "punish": 5, "leave": 6, "unmanaged": 7, "pending": 8, "unknown": 9, "skipped": 10, "absent": 11,
			},
			Decided: ports.Tally{"asked": 14}, Total: 300, Scanned: 199, Detail: "goes on",
			CreatedAt: now, StartedAt: now, UpdatedAt: now, EndedAt: now,
		},
		ETA: now.Add(90 * time.Second),
	}
}

const walkText = `{"id":"` + walkID + `","kind":"reconcile","state":"running","apply":true,
"counts":{"same":1,"mend":2,"adopt":3,"restore":4,"punish":5,"leave":6,"unmanaged":7,"pending":8,"unknown":9,"skipped":10,"absent":11},
"asked":14,"scanned":199,"total":300,"percent":66.3,"eta":"2026-03-01T12:01:30.25Z","etaSeconds":90,"detail":"goes on",
"principal":"staff","actorUserId":5,"requestId":"request","schedule":"noon","policyRevision":"r1",
"createdAt":"2026-03-01T12:00:00.25Z","startedAt":"2026-03-01T12:00:00.25Z","updatedAt":"2026-03-01T12:00:00.25Z",
"endedAt":"2026-03-01T12:00:00.25Z"}`

func TestAWalkIsShownWithItsCountsAndProgress(t *testing.T) {
	a := newAPI(t)
	wantBody(t, a.send(t, "GET", pathReconciliation, "").Body.String(), walkText)
	wantBody(t, a.send(t, "POST", pathReconciliation+"/cancel", "").Body.String(), walkText)
	if got := a.walks.CancelReconciliationCalls()[0]; got.ID != walkID || got.Caller.Principal != "anonymous" {
		t.Errorf("cancelled %q for %q", got.ID, got.Caller.Principal)
	}
}

func TestWhatIsNotKnownOfAWalkIsNull(t *testing.T) {
	a := newAPI(t)
	a.walks.ReconciliationFunc = func(context.Context, string) (ports.ReconciliationProgress, error) {
		return ports.ReconciliationProgress{Sweep: ports.Sweep{
			ID: walkID, Kind: ports.SweepReconcile, State: ports.SweepQueued, Revision: "r1", CreatedAt: now, UpdatedAt: now,
		}}, nil
	}
	wantBody(t, a.send(t, "GET", pathReconciliation, "").Body.String(), `{"id":"`+walkID+`","kind":"reconcile","state":"queued","apply":false,
"counts":{"same":0,"mend":0,"adopt":0,"restore":0,"punish":0,"leave":0,"unmanaged":0,"pending":0,"unknown":0,"skipped":0,"absent":0},
"asked":0,"scanned":0,"total":0,"percent":0,"eta":null,"etaSeconds":null,"detail":null,
"principal":null,"actorUserId":null,"requestId":null,"schedule":null,"policyRevision":"r1",
"createdAt":"2026-03-01T12:00:00.25Z","startedAt":null,"updatedAt":"2026-03-01T12:00:00.25Z","endedAt":null}`)
}

func TestAWalkIsAcceptedAndSaysWhereToLook(t *testing.T) {
	from := ports.Caller{Principal: "anonymous", RequestID: madeID}
	acting := from
	acting.Actor = user(5)
	for name, c := range map[string]struct {
		body    string
		headers []string
		want    ports.ReconciliationRequest
	}{
		"nothing only looks":        {"", nil, ports.ReconciliationRequest{Caller: from}},
		"an empty body too":         {"{}", nil, ports.ReconciliationRequest{Caller: from}},
		"as Luau writes it":         {"[]", nil, ports.ReconciliationRequest{Caller: from}},
		"to apply":                  {`{"apply":true}`, nil, ports.ReconciliationRequest{Caller: from, Apply: true}},
		"to apply by header":        {"", []string{"x-grps-apply: true"}, ports.ReconciliationRequest{Caller: from, Apply: true}},
		"a dry run of one to apply": {`{"apply":true,"dryRun":true}`, nil, ports.ReconciliationRequest{Caller: from}},
		"for an actor":              {`{"actorUserId":5}`, []string{"x-grps-actor: 6"}, ports.ReconciliationRequest{Caller: acting}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			w := a.send(t, "POST", pathReconciliations, c.body, c.headers...)
			if w.Code != 202 || w.Header().Get("Location") != pathReconciliation {
				t.Fatalf("got %d to %q (%s), want 202 to %s", w.Code, w.Header().Get("Location"), w.Body, pathReconciliation)
			}
			wantBody(t, w.Body.String(), walkText)
			got := a.walks.StartReconciliationCalls()[0].Request
			if got != c.want {
				t.Errorf("request: got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAWalkThatIsAskedForWronglyIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		header string
		status int
	}{
		"apply against the header": {`{"apply":false}`, "x-grps-apply: true", 422},
		"apply that is no switch":  {`{"apply":"yes"}`, "x-request-id: a", 422},
		"a header that is none":    {"{}", "x-grps-apply: maybe", 400},
		"an actor that is none":    {`{"actorUserId":0}`, "x-request-id: a", 422},
		"no JSON":                  {"{", "x-request-id: a", 400},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			if w := a.send(t, "POST", pathReconciliations, c.body, c.header); w.Code != c.status || a.calls() > 0 {
				t.Errorf("got %d and %d calls, want %d and none: %s", w.Code, a.calls(), c.status, w.Body)
			}
		})
	}
}

func TestWhatIsNoIDOfAWalkIsNotFound(t *testing.T) {
	a := newAPI(t)
	for _, request := range []string{"GET /x", "POST /x/cancel", "GET /5/differences", "GET /" + walkID + "/what"} {
		method, path, _ := strings.Cut(request, " ")
		if w := a.send(t, method, pathReconciliations+path, ""); w.Code != 404 || a.calls() > 0 {
			t.Errorf("%s: got %d and %d calls, want 404 and none", request, w.Code, a.calls())
		}
	}
}

func TestWhatStandsInTheWayOfAWalkIsAProblem(t *testing.T) {
	a := newAPI(t)
	for code, kind := range map[string]domain.Kind{"reconciliation_running": domain.KindConflict, "group_not_configured": domain.KindBlocked} {
		a.walks.StartReconciliationFunc = func(context.Context, ports.ReconciliationRequest) (ports.ReconciliationProgress, error) {
			return ports.ReconciliationProgress{}, &domain.Error{Kind: kind, Code: code, Message: "no"}
		}
		wantProblem(t, a.send(t, "POST", pathReconciliations, ""), 409, code)
	}
}

func TestWhatAWalkFoundIsListedPageByPage(t *testing.T) {
	a := newAPI(t)
	a.walks.DifferencesFunc = func(_ context.Context, id, cursor string, limit int) (ports.DifferencePage, error) {
		if id != walkID || cursor != "77" || limit != 2 {
			t.Errorf("got %q, cursor %q and limit %d, want the walk, 77 and 2", id, cursor, limit)
		}
		return ports.DifferencePage{Next: "91", Differences: []ports.Difference{
			{User: user(78), Recorded: "Guard", Held: []string{"Cadet", "Guard"}, Outcome: domain.ReconcileMend},
			{User: user(91), Recorded: "Guard", Outcome: domain.ReconcileLeave},
		}}, nil
	}
	wantBody(t, a.send(t, "GET", pathReconciliation+"/differences?cursor=77&limit=2", "").Body.String(), `{"differences":[
{"userId":78,"recorded":"Guard","holds":["Cadet","Guard"],"outcome":"mend"},
{"userId":91,"recorded":"Guard","holds":[],"outcome":"leave"}],"nextCursor":"91"}`)
	wantProblem(t, a.send(t, "GET", pathReconciliation+"/differences?limit=1000", ""), 400, "query_invalid")
}

func TestWalksAreListedPageByPage(t *testing.T) {
	a := newAPI(t)
	a.walks.ReconciliationsFunc = func(_ context.Context, cursor string, limit int) (ports.ReconciliationPage, error) {
		if cursor != "x" || limit != 3 {
			t.Errorf("got cursor %q and limit %d, want x and 3", cursor, limit)
		}
		return ports.ReconciliationPage{Reconciliations: []ports.ReconciliationProgress{walked()}, Next: "older"}, nil
	}
	wantBody(t, a.send(t, "GET", pathReconciliations+"?cursor=x&limit=3", "").Body.String(), `{"reconciliations":[`+walkText+`],"nextCursor":"older"}`)
	wantProblem(t, a.send(t, "GET", pathReconciliations+"?limit=0", ""), 400, "query_invalid")
}
