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
	rewindID    = "01890a5d-ac97-774b-bcce-000000000003"
	pathRewinds = "/automation/rewinds"
	pathRewind  = pathRewinds + "/" + rewindID
)

// rewinding is a rewind in the middle.
func rewinding() ports.RewindProgress {
	return ports.RewindProgress{
		Sweep: ports.Sweep{
			ID: rewindID, Kind: ports.SweepRewind, Apply: true, Principal: "staff", Actor: user(5), RequestID: "request",
			Scope: ports.SnapshotScope{Principal: "lobby", Experience: "arena", Server: "s-1", Since: now, Until: now.Add(time.Hour)},
			State: ports.SweepRunning, Phase: ports.PhaseApply, Cursor: "77", Revision: "r1",
			Found: ports.Tally{
				"snapshots": 1, "players": 2, "changed": 3, "unseen": 4, "same": 5, "undone": 6, "left": 7, "promote": 8, "demote": 9, "suspend": 10,
				"ban": 11, "restore": 12, "awaitingApproval": 13, "held": 14,
			},
			Decided: ports.Tally{"players": 2}, Total: 300, Scanned: 199, Detail: "goes on",
			CreatedAt: now, StartedAt: now, UpdatedAt: now, EndedAt: now,
		},
		ETA: now.Add(90 * time.Second),
	}
}

const rewindText = `{"id":"` + rewindID + `","kind":"rewind","state":"running","phase":"apply",
"scope":{"key":"lobby","experience":"arena","server":"s-1","since":"2026-03-01T12:00:00.25Z","until":"2026-03-01T13:00:00.25Z"},"apply":true,
"counts":{"snapshots":1,"players":2,"changed":3,"unseen":4,"same":5,"undone":6,"left":7,"promote":8,"demote":9,"suspend":10,"ban":11,
"restore":12,"awaitingApproval":13,"held":14},
"decided":{"snapshots":0,"players":2,"changed":0,"unseen":0,"same":0,"undone":0,"left":0,"promote":0,"demote":0,"suspend":0,"ban":0,
"restore":0,"awaitingApproval":0,"held":0},
"scanned":199,"total":300,"percent":66.3,"eta":"2026-03-01T12:01:30.25Z","etaSeconds":90,"detail":"goes on",
"principal":"staff","actorUserId":5,"requestId":"request","policyRevision":"r1",
"createdAt":"2026-03-01T12:00:00.25Z","startedAt":"2026-03-01T12:00:00.25Z","updatedAt":"2026-03-01T12:00:00.25Z",
"endedAt":"2026-03-01T12:00:00.25Z"}`

func TestARewindIsShownWithItsCountsAndProgress(t *testing.T) {
	a := newAPI(t)
	wantBody(t, a.send(t, "GET", pathRewind, "").Body.String(), rewindText)
	wantBody(t, a.send(t, "POST", pathRewind+"/cancel", "").Body.String(), rewindText)
	if got := a.rewinds.CancelRewindCalls()[0]; got.ID != rewindID || got.Caller.Principal != "anonymous" {
		t.Errorf("cancelled %q for %q", got.ID, got.Caller.Principal)
	}
	w := a.send(t, "POST", pathRewind+"/resume", "")
	if w.Code != 202 || w.Header().Get("Location") != pathRewind {
		t.Errorf("resumed: got %d to %q", w.Code, w.Header().Get("Location"))
	}
	if got := a.rewinds.ResumeRewindCalls()[0]; got.ID != rewindID || got.Caller.Principal != "anonymous" {
		t.Errorf("resumed %q for %q", got.ID, got.Caller.Principal)
	}
}

func TestARewindIsAcceptedAndSaysWhereToLook(t *testing.T) {
	from := ports.Caller{Principal: "anonymous", RequestID: madeID}
	acting := from
	acting.Actor = user(5)
	since := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		body    string
		headers []string
		want    ports.RewindRequest
	}{
		"a key only looks": {
			`{"key":"lobby","since":"2026-03-01T10:00:00Z"}`, nil,
			ports.RewindRequest{Caller: from, Scope: ports.SnapshotScope{Principal: "lobby", Since: since}, KeyUnknown: true},
		},
		"whoever calls without a key": {
			`{"key":"anonymous","since":"2026-03-01T10:00:00Z"}`, nil,
			ports.RewindRequest{Caller: from, Scope: ports.SnapshotScope{Principal: "anonymous", Since: since}},
		},
		"an experience and a server, to an instant": {
			`{"experience":"77","server":" s-1 ","since":"2026-03-01T11:00:00+01:00","until":1772362800}`, nil,
			ports.RewindRequest{Caller: from, Scope: ports.SnapshotScope{
				Experience: "77", Server: "s-1", Since: since, Until: since.Add(time.Hour),
			}},
		},
		"to apply, for an actor": {
			`{"key":"lobby","since":"2026-03-01T10:00:00Z","apply":true,"actorUserId":5}`,
			[]string{"x-grps-actor: 6"},
			ports.RewindRequest{Caller: acting, Scope: ports.SnapshotScope{Principal: "lobby", Since: since}, KeyUnknown: true, Apply: true},
		},
		"to apply by header": {
			`{"key":"lobby","since":"2026-03-01T10:00:00Z"}`,
			[]string{"x-grps-apply: true"},
			ports.RewindRequest{Caller: from, Scope: ports.SnapshotScope{Principal: "lobby", Since: since}, KeyUnknown: true, Apply: true},
		},
		"a dry run of one to apply": {
			`{"key":"lobby","since":"2026-03-01T10:00:00Z","apply":true,"dryRun":true}`, nil,
			ports.RewindRequest{Caller: from, Scope: ports.SnapshotScope{Principal: "lobby", Since: since}, KeyUnknown: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			w := a.send(t, "POST", pathRewinds, c.body, c.headers...)
			if w.Code != 202 || w.Header().Get("Location") != pathRewind {
				t.Fatalf("got %d to %q (%s), want 202 to %s", w.Code, w.Header().Get("Location"), w.Body, pathRewind)
			}
			wantBody(t, w.Body.String(), rewindText)
			if got := a.rewinds.StartRewindCalls()[0].Request; got != c.want {
				t.Errorf("request: got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestARewindSaysWhetherTheKeyIsOneThatIsInForce(t *testing.T) {
	file := &ring{keys: []domain.Key{keyOf("lobby", domain.ScopeIngest)}}
	a := newAPI(t, withAdmin, withRing(file))
	for key, known := range map[string]bool{"lobby": true, "game": true, "staff": true, "anonymous": false, "Lobby": false, "secret of lobby": false} {
		w := a.send(t, "POST", pathRewinds, `{"key":"`+key+`","since":"2026-03-01T10:00:00Z"}`, "x-grps-api-key: "+adminSecret)
		calls := a.rewinds.StartRewindCalls()
		if w.Code != 202 || calls[len(calls)-1].Request.KeyUnknown == known {
			t.Errorf("%s: got %d %s, want a request that says known %t", key, w.Code, w.Body, known)
		}
	}
	file.keys = nil
	a.send(t, "POST", pathRewinds, `{"key":"lobby","since":"2026-03-01T10:00:00Z"}`, "x-grps-api-key: "+adminSecret)
	if calls := a.rewinds.StartRewindCalls(); !calls[len(calls)-1].Request.KeyUnknown {
		t.Error("a key that was taken away: want a request that says it is not known")
	}
}

func TestARewindThatIsAskedForWronglyIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		header string
		status int
	}{
		"apply against the header": {`{"key":"k","since":"2026-03-01T10:00:00Z","apply":false}`, "x-grps-apply: true", 422},
		"a key that is no text":    {`{"key":5,"since":"2026-03-01T10:00:00Z"}`, "x-request-id: a", 422},
		"a key that is too long":   {`{"key":"` + strings.Repeat("k", 201) + `","since":"2026-03-01T10:00:00Z"}`, "x-request-id: a", 422},
		"a hidden character":       {`{"server":"a\u202eb","since":"2026-03-01T10:00:00Z"}`, "x-request-id: a", 422},
		"since that is no instant": {`{"key":"k","since":"yesterday"}`, "x-request-id: a", 422},
		"no JSON":                  {"{", "x-request-id: a", 400},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withOddRequests)
			if w := a.send(t, "POST", pathRewinds, c.body, c.header); w.Code != c.status || a.calls() > 0 {
				t.Errorf("got %d and %d calls, want %d and none: %s", w.Code, a.calls(), c.status, w.Body)
			}
		})
	}
}

func TestWhatIsNoIDOfARewindIsNotFound(t *testing.T) {
	a := newAPI(t, withOddRequests)
	for _, request := range []string{"GET /x", "POST /x/cancel", "POST /5/resume", "GET /5/players", "GET /" + rewindID + "/what"} {
		method, path, _ := strings.Cut(request, " ")
		if w := a.send(t, method, pathRewinds+path, ""); w.Code != 404 || a.calls() > 0 {
			t.Errorf("%s: got %d and %d calls, want 404 and none", request, w.Code, a.calls())
		}
	}
}

func TestWhatStandsInTheWayOfARewindIsAProblem(t *testing.T) {
	a := newAPI(t)
	a.rewinds.StartRewindFunc = func(context.Context, ports.RewindRequest) (ports.RewindProgress, error) {
		return ports.RewindProgress{}, &domain.Error{Kind: domain.KindConflict, Code: "rewind_running", Message: "no"}
	}
	wantProblem(t, a.send(t, "POST", pathRewinds, `{"key":"k","since":"2026-03-01T10:00:00Z"}`), 409, "rewind_running")
	a.rewinds.StartRewindFunc = func(context.Context, ports.RewindRequest) (ports.RewindProgress, error) {
		return ports.RewindProgress{}, &domain.Error{
			Kind: domain.KindInvalid, Code: "scope_invalid", Message: "no", Fields: []domain.FieldError{{Field: "since", Message: "lies in the future"}},
		}
	}
	p := wantProblem(t, a.send(t, "POST", pathRewinds, `{"key":"k","since":"2026-03-01T10:00:00Z"}`), 422, "validation_failed")
	if len(p.Errors) != 1 || p.Errors[0].Field != "since" {
		t.Errorf("got the errors %+v, want the one field", p.Errors)
	}
}

func TestWhoChangesByARewindIsListedPageByPage(t *testing.T) {
	a := newAPI(t)
	everybody := true
	a.rewinds.RewoundPlayersFunc = func(_ context.Context, id string, all bool, cursor string, limit int) (ports.RewoundPage, error) {
		if id != rewindID || all != everybody || cursor != "77" || limit != 2 {
			t.Errorf("got %q, everybody %t, cursor %q and limit %d", id, all, cursor, limit)
		}
		return ports.RewoundPage{Next: "91", Players: []ports.Rewound{
			{
				User: user(78), First: 3, Snapshots: 4, Outcome: ports.RewoundChanged, Applied: true,
				Before: ports.RewoundState{
					Rank: "Guard", Points: 5000, Kos: 1, Wos: 2, Warnings: 3, Recommendations: 4,
					Punishment: domain.Punishment{Status: domain.PunishmentTrial, Until: now}, Hold: true,
				},
				After: ports.RewoundState{Rank: "Cadet"},
				Decisions: []ports.RewoundDecision{
					{
						ID: madeID, Action: domain.ActionDemote, From: "Guard", To: "Cadet", Reason: domain.ReasonUndo, Status: domain.StatusPending,
						Undoes: walkID,
					},
					{ID: walkID, Action: domain.ActionPromote, From: "a", To: "b", Reason: domain.ReasonEligible, Status: domain.StatusApplied, Left: "why"},
				},
			},
			{User: user(91), Outcome: ports.RewoundFound},
		}}, nil
	}
	nothing := `{"rank":"","rankPoints":0,"kos":0,"wos":0,"warnings":0,"recommendations":0,"punishmentStatus":null,"punishmentExpiresAt":null,"hold":false}`
	want := `{"players":[{"userId":78,"outcome":"changed","snapshots":4,"applied":true,
"before":{"rank":"Guard","rankPoints":5000,"kos":1,"wos":2,"warnings":3,"recommendations":4,"punishmentStatus":"Trial_Punishment",
"punishmentExpiresAt":"2026-03-01T12:00:00.25Z","hold":true},
"after":` + strings.Replace(nothing, `"rank":""`, `"rank":"Cadet"`, 1) + `,
"decisions":[{"requestId":"` + madeID + `","action":"DEMOTE","fromRank":"Guard","targetRank":"Cadet","reasonCode":"UNDO","status":"pending",
"undoes":"` + walkID + `","left":null},
{"requestId":"` + walkID + `","action":"PROMOTE","fromRank":"a","targetRank":"b","reasonCode":"ELIGIBLE","status":"applied","undoes":null,"left":"why"}]},
{"userId":91,"outcome":"found","snapshots":0,"applied":false,"before":` + nothing + `,"after":` + nothing + `,"decisions":[]}],"nextCursor":"91"}`
	wantBody(t, a.send(t, "GET", pathRewind+"/players?all=true&cursor=77&limit=2", "").Body.String(), want)
	everybody = false
	wantBody(t, a.send(t, "GET", pathRewind+"/players?cursor=77&limit=2", "").Body.String(), want)
}

func TestRewindsAreListedPageByPage(t *testing.T) {
	a := newAPI(t)
	a.rewinds.RewindsFunc = func(_ context.Context, cursor string, limit int) (ports.RewindPage, error) {
		if cursor != "x" || limit != 3 {
			t.Errorf("got cursor %q and limit %d, want x and 3", cursor, limit)
		}
		return ports.RewindPage{Rewinds: []ports.RewindProgress{rewinding()}, Next: "older"}, nil
	}
	wantBody(t, a.send(t, "GET", pathRewinds+"?cursor=x&limit=3", "").Body.String(), `{"rewinds":[`+rewindText+`],"nextCursor":"older"}`)
}
