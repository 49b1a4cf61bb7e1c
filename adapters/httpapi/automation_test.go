package httpapi_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathAutomation = "/automation"
	pathStop       = "/automation/stop"
	pathResume     = "/automation/resume"
)

// pausedStatus is automation that a limit paused.
func pausedStatus() ports.AutomationStatus {
	return ports.AutomationStatus{
		Automation: domain.Automation{State: domain.AutomationPaused, Reason: "more than 2 moves in an hour", Since: now},
		Limits:     domain.Limits{MovesPerHour: 2, DemotionsPercent: 5, RungsPerDay: 1}, Moved: domain.Moved{All: 2, Down: 1}, Held: 3, Players: 40,
	}
}

func TestAutomationIsShownAsItStands(t *testing.T) {
	stopped := pausedStatus()
	stopped.State, stopped.Principal, stopped.Actor, stopped.Reason = domain.AutomationStopped, "staff", user(5), "drill"
	bySetting := ports.AutomationStatus{Automation: domain.Automation{State: domain.AutomationStopped, Reason: "STOP is set"}, Setting: true}
	const rest = `"limits":{"maxMovesPerHour":2,"maxDemotionsPercent":5,"maxRungsPerPlayerPerDay":1},
"movesLastHour":2,"demotionsLastHour":1,"held":3,"knownPlayers":40}`
	const nothing = `"limits":{"maxMovesPerHour":0,"maxDemotionsPercent":0,"maxRungsPerPlayerPerDay":0},
"movesLastHour":0,"demotionsLastHour":0,"held":0,"knownPlayers":0}`
	for want, status := range map[string]ports.AutomationStatus{
		`{"state":"running","reason":null,"since":null,"by":null,"actorUserId":null,` + nothing:                                                {},
		`{"state":"paused","reason":"more than 2 moves in an hour","since":"2026-03-01T12:00:00.25Z","by":"limits","actorUserId":null,` + rest: pausedStatus(),
		`{"state":"stopped","reason":"drill","since":"2026-03-01T12:00:00.25Z","by":"staff","actorUserId":5,` + rest:                           stopped,
		`{"state":"stopped","reason":"STOP is set","since":null,"by":"STOP","actorUserId":null,` + nothing:                                     bySetting,
	} {
		a := newAPI(t, withAdmin)
		a.switches.AutomationFunc = func(context.Context) (ports.AutomationStatus, error) { return status, nil }
		wantBody(t, a.send(t, "GET", pathAutomation, "", "x-grps-api-key: "+gameSecret).Body.String(), want)
	}
}

func TestAnAdministratorStopsAndResumesAutomation(t *testing.T) {
	for path, calls := range map[string]func(*api) []ports.SwitchRequest{
		pathStop: func(a *api) (requests []ports.SwitchRequest) {
			for _, call := range a.switches.StopAutomationCalls() {
				requests = append(requests, call.Request)
			}
			return requests
		},
		pathResume: func(a *api) (requests []ports.SwitchRequest) {
			for _, call := range a.switches.ResumeAutomationCalls() {
				requests = append(requests, call.Request)
			}
			return requests
		},
	} {
		for name, c := range map[string]struct {
			body, secret, actor string
			status              int
			code                string
			want                ports.SwitchRequest
		}{
			"with a reason":               {`{"reason":" it is well "}`, adminSecret, "", 200, "", ports.SwitchRequest{Reason: "it is well"}},
			"without a body":              {"", adminSecret, "5", 200, "", ports.SwitchRequest{Caller: ports.Caller{Actor: user(5)}}},
			"with an actor in the body":   {`{"actorUserId":"6"}`, adminSecret, "5", 200, "", ports.SwitchRequest{Caller: ports.Caller{Actor: user(6)}}},
			"by a key that is no admin's": {`{}`, gameSecret, "", 403, "admin_required", ports.SwitchRequest{}},
			"without a key":               {`{}`, "", "", 401, "key_required", ports.SwitchRequest{}},
			"with a reason that is long":  {`{"reason":"` + long(401, 'x') + `"}`, adminSecret, "", 422, "validation_failed", ports.SwitchRequest{}},
			"with a body that is no JSON": {`{`, adminSecret, "", 400, "body_malformed", ports.SwitchRequest{}},
		} {
			t.Run(path+" "+name, func(t *testing.T) {
				a := newAPI(t, withAdmin)
				var headers []string
				if c.secret != "" {
					headers = append(headers, "x-grps-api-key: "+c.secret)
				}
				if c.actor != "" {
					headers = append(headers, "x-grps-actor: "+c.actor)
				}
				w := a.send(t, "POST", path, c.body, headers...)
				if c.status != 200 {
					wantProblem(t, w, c.status, c.code)
					if a.calls() > 0 {
						t.Errorf("calls of use cases: got %d, want 0", a.calls())
					}
					return
				}
				if w.Code != 200 || a.calls() != 1 {
					t.Fatalf("got %d %s and %d calls, want 200 and one", w.Code, w.Body, a.calls())
				}
				got := calls(a)[0]
				c.want.Principal, c.want.RequestID = "staff", got.RequestID
				if diff := cmp.Diff(c.want, got, cmp.Comparer(same)); diff != "" {
					t.Errorf("asked for (-want +got)\n%s", diff)
				}
			})
		}
	}
}

func TestWhatIsRefusedWhileAutomationIsStoppedIsAConflict(t *testing.T) {
	a := newAPI(t)
	refusal := *domain.ErrAutomationStopped
	refusal.Message = "automation is stopped: drill; an administrator resumes it"
	a.decider.DecideFunc = func(context.Context, ports.DecideRequest) (ports.DecideResult, error) {
		return ports.DecideResult{}, &refusal
	}
	p := wantProblem(t, a.send(t, "POST", pathDecide, `{"userId":77,"apply":true,"action":"BAN"}`), 409, "automation_stopped")
	if p.Detail != refusal.Message {
		t.Errorf("detail: got %q, want %q", p.Detail, refusal.Message)
	}
}
