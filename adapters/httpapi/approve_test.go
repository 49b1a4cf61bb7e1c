package httpapi_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathApprove = "/decisions/" + madeID + "/approve"
	pathReject  = "/decisions/" + madeID + "/reject"
)

func TestAnAnswerToAQuestionIsReadFromPathHeadersAndBody(t *testing.T) {
	for _, word := range []string{"approve", "reject"} {
		for body, want := range map[string]ports.ApprovalRequest{
			"":                           {Caller: ports.Caller{Actor: user(5)}},
			"{}":                         {Caller: ports.Caller{Actor: user(5)}},
			`{"reason":" well earned "}`: {Caller: ports.Caller{Actor: user(5)}, Reason: "well earned"},
			`{"actorUserId":6}`:          {Caller: ports.Caller{Actor: user(6)}},
		} {
			t.Run(word+" "+body, func(t *testing.T) {
				a := newAPI(t)
				answered := func(context.Context, ports.ApprovalRequest) (ports.DecideResult, error) {
					return ports.DecideResult{Decision: kept(), Player: player(user(77))}, nil
				}
				a.approver.ApproveFunc, a.approver.RejectFunc = answered, answered
				w := a.send(t, "POST", "/decisions/"+strings.ToUpper(madeID)+"/"+word, body, "x-grps-actor: 5", "x-request-id: the-request")
				if w.Code != 200 || !strings.HasPrefix(w.Body.String(), `{"decision":{`+promotionText+`},"player":{"userId":77,`) {
					t.Fatalf("answer: got %d %s, want 200, the decision of the ledger and the player", w.Code, w.Body)
				}
				var got []ports.ApprovalRequest
				for _, call := range a.approver.ApproveCalls() {
					got = append(got, call.Request)
				}
				for _, call := range a.approver.RejectCalls() {
					got = append(got, call.Request)
				}
				want.ID, want.Principal, want.RequestID = madeID, "anonymous", "the-request"
				if diff := cmp.Diff([]ports.ApprovalRequest{want}, got, cmp.Comparer(same)); diff != "" {
					t.Errorf("asked: (-want +got)\n%s", diff)
				}
				if approved := len(a.approver.ApproveCalls()) == 1; approved != (word == "approve") {
					t.Errorf("approved: got %t for %s", approved, word)
				}
			})
		}
	}
}

func TestAnAnswerThatComesTooLateIsAConflictThatSaysWhatBecameOfTheQuestion(t *testing.T) {
	a := newAPI(t)
	late := func(context.Context, ports.ApprovalRequest) (ports.DecideResult, error) {
		return ports.DecideResult{}, fmt.Errorf("approve: %w", &domain.Error{
			Kind: domain.KindBlocked, Code: "not_awaiting", Message: "the decision does not await approval: it is applied",
		})
	}
	a.approver.ApproveFunc, a.approver.RejectFunc = late, late
	for _, path := range []string{pathApprove, pathReject} {
		w := a.send(t, "POST", path, "")
		if p := wantProblem(t, w, 409, "not_awaiting"); p.Detail != "the decision does not await approval: it is applied" {
			t.Errorf("detail: got %q", p.Detail)
		}
		if strings.Contains(w.Body.String(), `"decision"`) {
			t.Errorf("body: got %s, want no decision in it", w.Body)
		}
	}
}

func TestAnOutdatedApprovalIsAConflictThatShowsWhatTheRulesSayNow(t *testing.T) {
	a := newAPI(t)
	a.approver.ApproveFunc = func(context.Context, ports.ApprovalRequest) (ports.DecideResult, error) {
		return ports.DecideResult{}, fmt.Errorf("approve: %w", &ports.OutdatedError{Now: kept()})
	}
	w := a.send(t, "POST", pathApprove, "")
	p := wantProblem(t, w, 409, "decision_outdated")
	if !strings.Contains(p.Detail, "the rules say PROMOTE from Cadet to Guard now") {
		t.Errorf("detail: got %q, want it to say what the rules say", p.Detail)
	}
	if !strings.Contains(w.Body.String(), `,"decision":{`+promotionText+`}}`) {
		t.Errorf("body: got %s, want the new decision as the member decision", w.Body)
	}
}
