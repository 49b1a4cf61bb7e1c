package httpapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathEffects  = "/effects"
	pathReplay   = "/effects/replay"
	pathWebhooks = "/webhooks"
	pathTry      = "/webhooks/staff/test"
)

func TestWhatWasGivenUpIsListedWithItsReason(t *testing.T) {
	a := newAPI(t)
	a.post.UndeliveredFunc = func(context.Context, ports.DeadFilter, string, int) (ports.DeadPage, error) {
		return ports.DeadPage{Next: "12", Entries: []ports.DeadEntry{
			{
				ID: 14, Attempts: 34, Reason: "given up at its deadline; last: webhook_timeout: it did not answer", EnqueuedAt: now, DeadAt: now.Add(25 * time.Hour),
				Entry: ports.OutboxEntry{Effect: domain.Effect{Kind: domain.EffectWebhook, User: user(77)}, Target: "staff", DecisionID: madeID},
			},
			{
				ID: 13, Attempts: 2, Reason: "webhook_gone: the webhook answered 410 Gone", EnqueuedAt: now,
				Entry: ports.OutboxEntry{Effect: domain.Effect{Kind: domain.EffectWebhook, Alert: domain.NewAlert("a-1", domain.AlertPaused, "paused")}, Target: "staff"},
			},
			{ID: 12, Attempts: 2, Reason: "not_member: gone", EnqueuedAt: now, Entry: ports.OutboxEntry{Effect: domain.Effect{Kind: domain.EffectGroupRole, User: user(77)}}},
		}}, nil
	}
	wantBody(t, a.send(t, "GET", pathEffects, "").Body.String(), `{"effects":[
{"id":14,"kind":"webhook","target":"staff","userId":77,"decisionId":"`+madeID+`","alert":null,"attempts":34,
"reason":"given up at its deadline; last: webhook_timeout: it did not answer","enqueuedAt":"2026-03-01T12:00:00.25Z","deadAt":"2026-03-02T13:00:00.25Z","replayable":true},
{"id":13,"kind":"webhook","target":"staff","userId":null,"decisionId":null,"alert":{"id":"a-1","topic":"automation.paused","text":"paused"},"attempts":2,
"reason":"webhook_gone: the webhook answered 410 Gone","enqueuedAt":"2026-03-01T12:00:00.25Z","deadAt":null,"replayable":true},
{"id":12,"kind":"group_role","target":null,"userId":77,"decisionId":null,"alert":null,"attempts":2,
"reason":"not_member: gone","enqueuedAt":"2026-03-01T12:00:00.25Z","deadAt":null,"replayable":false}],"nextCursor":"12"}`)
}

func TestWhatWasGivenUpIsChosenByTheQuery(t *testing.T) {
	type asked struct {
		filter ports.DeadFilter
		cursor string
		limit  int
	}
	for query, want := range map[string]*asked{ // nil: refused
		"":                               {limit: 25},
		"?state=dead":                    {limit: 25},
		"?kind=webhook&target=staff":     {ports.DeadFilter{Kind: domain.EffectWebhook, Target: "staff"}, "", 25},
		"?kind=mirror&cursor=12&limit=7": {ports.DeadFilter{Kind: domain.EffectMirror}, "12", 7},
		"?state=waiting":                 nil, "?kind=x": nil, "?kind=": nil, "?limit=0": nil, "?target=%00": nil, "?kind=webhook&kind=mirror": nil,
		"?target=" + strings.Repeat("x", 65): nil,
	} {
		a := newAPI(t)
		w := a.send(t, "GET", pathEffects+query, "")
		if want == nil {
			wantProblem(t, w, 400, "query_invalid")
			if a.calls() > 0 {
				t.Errorf("%s: calls of use cases: got %d, want 0", query, a.calls())
			}
			continue
		}
		if len(a.post.UndeliveredCalls()) != 1 {
			t.Fatalf("%s: got %d %s", query, w.Code, w.Body)
		}
		call := a.post.UndeliveredCalls()[0]
		if diff := cmp.Diff(*want, asked{call.Filter, call.Cursor, call.Limit}, cmp.AllowUnexported(asked{})); diff != "" {
			t.Errorf("%s: asked for (-want +got)\n%s", query, diff)
		}
	}
}

func TestWhatWasGivenUpIsReplayedAsTheBodySays(t *testing.T) {
	for body, want := range map[string]*ports.DeadFilter{ // nil: refused
		"":                                       {},
		`{}`:                                     {},
		`{"ids":[]}`:                             {},
		`{"kind":"webhook","target":"staff"}`:    {Kind: domain.EffectWebhook, Target: "staff"},
		`{"ids":[3, 5.0, 9007199254740993]}`:     {IDs: []int64{3, 5, 9007199254740993}},
		`{"kind":null,"target":null,"ids":null}`: {},
		`{"kind":"x"}`:                           nil, `{"kind":3}`: nil, `{"ids":3}`: nil, `{"ids":["3"]}`: nil, `{"ids":[0]}`: nil, `{"ids":[1.5]}`: nil, `{"ids":[[1]]}`: nil,
		`{"ids":[` + strings.TrimSuffix(strings.Repeat("1,", 1001), ",") + `]}`: nil, `{"target":"` + long(65, 'x') + `"}`: nil,
	} {
		a := newAPI(t)
		w := a.send(t, "POST", pathReplay, body)
		if want == nil {
			wantProblem(t, w, 422, "validation_failed")
			if a.calls() > 0 {
				t.Errorf("%.40s: calls of use cases: got %d, want 0", body, a.calls())
			}
			continue
		}
		if len(a.post.RedeliverCalls()) != 1 {
			t.Fatalf("%s: got %d %s", body, w.Code, w.Body)
		}
		if diff := cmp.Diff(*want, a.post.RedeliverCalls()[0].Filter); diff != "" {
			t.Errorf("%s: asked for (-want +got)\n%s", body, diff)
		}
	}
	a := newAPI(t)
	wantProblem(t, a.send(t, "POST", pathReplay, "{"), 400, "body_malformed")
}

func TestAReplaySaysWhatItLeftAndWhy(t *testing.T) {
	for want, done := range map[string]ports.Revival{
		`{"replayed":3,"kept":0,"detail":null}`: {Revived: 3},
		`{"replayed":0,"kept":2,"detail":"role changes and restrictions are never replayed: their decisions have failed by now; have them decided anew"}`: {Settled: 2},
	} {
		a := newAPI(t)
		a.post.RedeliverFunc = func(context.Context, ports.DeadFilter) (ports.Revival, error) { return done, nil }
		wantBody(t, a.send(t, "POST", pathReplay, "").Body.String(), want)
	}
}

func TestWebhooksAreListedWithoutTheirAddresses(t *testing.T) {
	a := newAPI(t)
	a.post.WebhooksFunc = func(context.Context) ([]ports.WebhookState, error) {
		return []ports.WebhookState{
			{
				Webhook:    ports.Webhook{Name: "staff", Format: "discord", Host: "discord.com", Actions: []domain.Action{domain.ActionBan}},
				Configured: true, Depth: ports.WebhookDepth{Webhook: "staff", Waiting: 3, Dead: 1, Oldest: 90 * time.Second},
			},
			{Webhook: ports.Webhook{Name: "gone"}, Depth: ports.WebhookDepth{Webhook: "gone", Dead: 2}},
		}, nil
	}
	wantBody(t, a.send(t, "GET", pathWebhooks, "").Body.String(), `{"webhooks":[
{"name":"staff","configured":true,"format":"discord","host":"discord.com","actions":["BAN"],"waiting":3,"dead":1,"oldestSeconds":90},
{"name":"gone","configured":false,"format":null,"host":null,"actions":[],"waiting":0,"dead":2,"oldestSeconds":0}]}`)
	wantBody(t, newAPI(t).send(t, "GET", pathWebhooks, "").Body.String(), `{"webhooks":[]}`)
}

func TestAWebhookIsTriedAndTheAnswerTold(t *testing.T) {
	for want, trial := range map[string]ports.WebhookTrial{
		`{"taken":true,"reason":null,"tookMs":12}`:                                                {Taken: true, Took: 12 * time.Millisecond},
		`{"taken":false,"reason":"webhook_gone: the webhook answered 404 Not Found","tookMs":40}`: {Reason: "webhook_gone: the webhook answered 404 Not Found", Took: 40 * time.Millisecond},
	} {
		a := newAPI(t)
		a.post.TryWebhookFunc = func(context.Context, string) (ports.WebhookTrial, error) { return trial, nil }
		wantBody(t, a.send(t, "POST", pathTry, "").Body.String(), want)
		if name := a.post.TryWebhookCalls()[0].Name; name != "staff" {
			t.Errorf("tried %q, want staff", name)
		}
	}
	a := newAPI(t)
	a.post.TryWebhookFunc = func(context.Context, string) (ports.WebhookTrial, error) {
		return ports.WebhookTrial{}, domain.ErrNotFound
	}
	wantProblem(t, a.send(t, "POST", pathTry, ""), 404, "not_found")
}

func TestOnlyAdministratorsLookAfterWebhooksAndDeadLetters(t *testing.T) {
	for path, method := range map[string]string{pathEffects: "GET", pathReplay: "POST", pathWebhooks: "GET", pathTry: "POST"} {
		for secret, want := range map[string]struct {
			status int
			code   string
		}{"": {401, "key_required"}, gameSecret: {403, "admin_required"}, adminSecret: {200, ""}} {
			a := newAPI(t, withAdmin)
			var headers []string
			if secret != "" {
				headers = []string{"x-grps-api-key: " + secret}
			}
			w := a.send(t, method, path, "", headers...)
			if want.status == 200 {
				if w.Code != 200 || a.calls() != 1 {
					t.Errorf("%s %s by an administrator: got %d %s", method, path, w.Code, w.Body)
				}
				continue
			}
			wantProblem(t, w, want.status, want.code)
			if a.calls() > 0 {
				t.Errorf("%s %s: calls of use cases: got %d, want 0", method, path, a.calls())
			}
		}
	}
}
