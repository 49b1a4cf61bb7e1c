package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const pathBatch = "/roblox/events/player-activity/batch"

func batchOf(items ...string) string { return `{"snapshots":[` + strings.Join(items, ",") + `]}` }

// of returns a good report about a user.
func of(user int, more string) string {
	return fmt.Sprintf(`{"userId":%d,"username":"P%d","rankPoints":1,"kos":0,"wos":0%s}`, user, user, more)
}

// batchResult is one result as a client reads it.
type batchResult struct {
	UserID   *int64
	Status   string
	Player   map[string]any
	Decision map[string]any
	Error    *struct {
		Code, Detail string
		Errors       []struct{ Field, Message string }
	}
}

func results(t *testing.T, w *httptest.ResponseRecorder) []batchResult {
	t.Helper()
	if w.Code != 200 {
		t.Fatalf("status: got %d %s, want 200", w.Code, w.Body)
	}
	var body struct{ Results []batchResult }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("body %q: %v", w.Body, err)
	}
	return body.Results
}

// lines returns each result as "user status code".
func lines(results []batchResult) []string {
	var all []string
	for _, r := range results {
		line := "null " + r.Status
		if r.UserID != nil {
			line = fmt.Sprintf("%d %s", *r.UserID, r.Status)
		}
		if r.Error != nil {
			line += " " + r.Error.Code
		}
		all = append(all, line)
	}
	return all
}

func TestABatchIsAnsweredItemByItemInOrder(t *testing.T) {
	a := newAPI(t, withOddRequests)
	w := a.send(t, "POST", pathBatch, batchOf(
		of(1, ""), `{"userId":2}`, "7", of(3, `,"x":[1,2,"]},{"]`), `{"userId":"4","username":"\ud83d"}`, `{"userId":5,"userId":5}`, of(6, ""),
		`{"userId":7,`+of(7, "")[1:], "null", `"text"`, of(8, `,"metadata":`+strings.Repeat("[", 20)+strings.Repeat("]", 20)),
	))
	want := []string{
		"1 accepted", "2 rejected validation_failed", "null rejected body_malformed", "3 accepted", "null rejected body_malformed",
		"null rejected body_malformed", "6 accepted", "null rejected body_malformed", "null rejected body_malformed",
		"null rejected body_malformed", "null rejected body_malformed",
	}
	got := results(t, w)
	if !slices.Equal(lines(got), want) {
		t.Errorf("results: got %q, want %q", lines(got), want)
	}
	var fields []string
	for _, e := range got[1].Error.Errors {
		fields = append(fields, e.Field)
	}
	if !slices.Equal(fields, []string{"username", "rankPoints", "kos", "wos"}) {
		t.Errorf("faults of the second: got %v, want every field that is missing", fields)
	}
	if len(a.ingester.IngestBatchCalls()) != 1 || a.folded != 3 {
		t.Errorf("calls: got %d, folded %d, want one call and 3", len(a.ingester.IngestBatchCalls()), a.folded)
	}
}

func TestWhatBecameOfEachSnapshotHasAWord(t *testing.T) {
	acted := promotion()
	none := promotion()
	none.Decision.Action = domain.ActionNone
	answers := []ports.IngestAnswer{
		{Result: ports.IngestResult{Player: player(user(1)), Decision: &none}},
		{Result: ports.IngestResult{Player: player(user(2)), Replayed: true}},
		{Result: ports.IngestResult{Player: player(user(3)), Outcome: domain.FoldStale}},
		{Err: &domain.Error{Kind: domain.KindInvalid, Code: "idempotency_mismatch", Message: "m"}},
		{Err: errors.New("canary of an internal fault")},
		{Result: ports.IngestResult{Player: player(user(6)), Decision: &acted}},
	}
	for compact, players := range map[string][]int{"": {0, 1, 2, 5}, "?compact=true": {5}, "?compact": {5}, "?compact=false": {0, 1, 2, 5}} {
		a := newAPI(t, func(a *api) {
			a.ingester.IngestBatchFunc = func(context.Context, []ports.IngestRequest) ([]ports.IngestAnswer, error) { return answers, nil }
		})
		var items []string
		for i := range answers {
			items = append(items, of(i+1, ""))
		}
		w := a.send(t, "POST", pathBatch+compact, batchOf(items...))
		got := results(t, w)
		want := []string{"1 accepted", "2 duplicate", "3 stale", "4 rejected idempotency_mismatch", "5 rejected internal", "6 accepted"}
		if !slices.Equal(lines(got), want) {
			t.Errorf("results: got %q, want %q", lines(got), want)
		}
		var with []int
		for i, r := range got {
			if r.Player != nil {
				with = append(with, i)
			}
		}
		if !slices.Equal(with, players) {
			t.Errorf("players with %q: got %v, want %v", compact, with, players)
		}
		if got[0].Decision["action"] != "NONE" || got[5].Decision["action"] != "PROMOTE" || got[1].Decision != nil {
			t.Errorf("decisions: got %v, %v and %v, want those of the use case", got[0].Decision, got[5].Decision, got[1].Decision)
		}
		if strings.Contains(w.Body.String(), "canary") || a.logs.FilterMessage("snapshot of a batch").Len() != 1 {
			t.Error("an internal fault: want it in the log, and not in the answer")
		}
	}
}

func TestABatchIsAskedForAsAWholeAndEachItemHasItsKey(t *testing.T) {
	for name, c := range map[string]struct {
		body            string
		headers         []string
		evaluate, apply bool
		keys            []string
	}{
		"nothing":          {batchOf(of(1, ""), of(2, "")), nil, false, false, []string{"", ""}},
		"headers":          {batchOf(of(1, "")), []string{"x-grps-apply: true"}, true, true, []string{""}},
		"the body":         {`{"apply":true,` + batchOf(of(1, ""))[1:], nil, true, true, []string{""}},
		"both":             {`{"evaluate":true,` + batchOf(of(1, ""))[1:], []string{"x-grps-evaluate: 1"}, true, false, []string{""}},
		"evaluate":         {batchOf(of(1, ""))[:len(batchOf(of(1, "")))-1] + `,"evaluate":true}`, nil, true, false, []string{""}},
		"keys":             {batchOf(of(1, `,"idempotencyKey":"a"`), of(2, "")), nil, false, false, []string{"a", ""}},
		"a key of all":     {batchOf(of(1, ""), of(2, `,"idempotencyKey":"b"`), of(3, "")), []string{"idempotency-key: k"}, false, false, []string{"k#0", "b", "k#2"}},
		"rejected between": {batchOf(of(1, ""), "1", of(3, "")), []string{"idempotency-key: k"}, false, false, []string{"k#0", "k#2"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withOddRequests)
			results(t, a.send(t, "POST", pathBatch, c.body, append(c.headers, "x-grps-actor: 9", "x-roblox-experience: arena")...))
			var keys []string
			for _, r := range a.ingester.IngestBatchCalls()[0].Requests {
				if r.Evaluate != c.evaluate || r.Apply != c.apply || r.Actor != user(9) || r.Report.Experience.Key != "arena" {
					t.Errorf("request: got %+v, want evaluate %t, apply %t, actor 9, experience arena", r, c.evaluate, c.apply)
				}
				keys = append(keys, r.Key)
			}
			if !slices.Equal(keys, c.keys) {
				t.Errorf("keys: got %q, want %q", keys, c.keys)
			}
		})
	}
}

func TestABatchThatIsNoneIsRefusedWhole(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("1,", 501), ",")
	for name, c := range map[string]struct {
		body    string
		headers []string
		status  int
		code    string
		says    string
	}{
		"no snapshots":          {`{}`, nil, 422, "validation_failed", "snapshots is required"},
		"null":                  {`{"snapshots":null}`, nil, 422, "validation_failed", "snapshots is required"},
		"an empty list":         {batchOf(), nil, 422, "validation_failed", "1 to 500"},
		"an object":             {`{"snapshots":{}}`, nil, 422, "validation_failed", "array"},
		"501 snapshots":         {batchOf(many), nil, 422, "validation_failed", "1 to 500"},
		"a flag that is none":   {`{"apply":"yes",` + batchOf("1")[1:], nil, 422, "validation_failed", "apply must be true or false"},
		"flags at odds":         {`{"apply":true,"evaluate":false,` + batchOf("1")[1:], nil, 422, "validation_failed", "evaluate is false"},
		"a flag and a header":   {`{"apply":false,` + batchOf("1")[1:], []string{"x-grps-apply: true"}, 422, "validation_failed", "contradicts"},
		"a list":                {`[1]`, nil, 400, "body_malformed", "object"},
		"no end":                {`{"snapshots":[1,`, nil, 400, "body_malformed", "before it is complete"},
		"no end in a text":      {`{"snapshots":["a\`, nil, 400, "body_malformed", "before it is complete"},
		"a comma at the end":    {`{"snapshots":[1,]}`, nil, 400, "body_malformed", "JSON"},
		"a comma before":        {`{"snapshots":[,1]}`, nil, 400, "body_malformed", "JSON"},
		"snapshots twice":       {`{"snapshots":[1],"snapshots":[2]}`, nil, 400, "body_malformed", "twice"},
		"snapshots in two ways": {`{"snapshots":[1],"Snapshots":[2]}`, nil, 400, "body_malformed", "twice"},
		"a query that is none":  {batchOf("1"), nil, 400, "query_invalid", "compact"},
		"over 1 MiB":            {batchOf(`"` + strings.Repeat("x", 1<<20) + `"`), nil, 413, "body_too_large", "1048576"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			path := pathBatch
			if c.code == "query_invalid" {
				path += "?compact=maybe"
			}
			p := wantProblem(t, a.send(t, "POST", path, c.body, c.headers...), c.status, c.code)
			if !strings.Contains(p.Detail, c.says) || a.calls() > 0 {
				t.Errorf("detail: got %q after %d calls, want %q and no call", p.Detail, a.calls(), c.says)
			}
		})
	}
}

func TestABatchMayBeLargerThanAReport(t *testing.T) {
	var items []string
	for i := range 500 {
		items = append(items, of(i+1, `,"metadata":{"x":"`+strings.Repeat("y", 1800)+`"}`))
	}
	body := batchOf(items...)
	if len(body) < 900<<10 || len(body) > 1<<20 {
		t.Fatalf("the body has %d bytes, want just under 1 MiB", len(body))
	}
	a := newAPI(t)
	if got := results(t, a.send(t, "POST", pathBatch, body)); len(got) != 500 || a.folded != 500 {
		t.Errorf("results: got %d, folded %d, want 500", len(got), a.folded)
	}
	wantProblem(t, a.send(t, "POST", pathIngest, body), 413, "body_too_large")

	packed := a.send(t, "POST", pathBatch, string(zipped(t, strings.NewReader(body))), "content-encoding: gzip")
	if got := results(t, packed); len(got) != 500 {
		t.Errorf("results of the packed one: got %d, want 500", len(got))
	}
	bomb := string(zipped(t, strings.NewReader(strings.Repeat(" ", 40<<20))))
	wantProblem(t, a.send(t, "POST", pathBatch, bomb, "content-encoding: gzip"), 413, "body_too_large")
}

func TestABatchThatCannotBeStoredSaysWhenToComeBack(t *testing.T) {
	a := newAPI(t, func(a *api) {
		a.ingester.IngestBatchFunc = func(context.Context, []ports.IngestRequest) ([]ports.IngestAnswer, error) {
			return nil, &domain.Error{Kind: domain.KindUnavailable, Code: "overloaded", Message: "m", RetryAfter: 2 * time.Second}
		}
	})
	w := a.send(t, "POST", pathBatch, batchOf(of(1, "")))
	wantProblem(t, w, 503, "overloaded")
	if got := w.Header().Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After: got %q, want 2", got)
	}
}
