package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/grps/grps/adapters/httpapi"
)

func TestWhatStaffMisspellsIsRefusedWithWhatWasMeant(t *testing.T) {
	for _, c := range []struct{ request, body, field, says string }{
		{"POST /decisions/" + madeID + "/undo", `{"dry_run":true}`, "dry_run", "did you mean dryRun?"},
		{"POST /decisions/" + madeID + "/undo", `{"DryRun":true}`, "DryRun", "did you mean dryRun?"},
		{"POST /decisions/" + madeID + "/undo", `{"dry-run":null}`, "dry-run", "did you mean dryRun?"},
		{"POST " + pathDecide, `{"userId":77,"acton":"BAN"}`, "acton", "did you mean action?"},
		{"POST " + pathDecide, `{"userId":77,"aply":true}`, "aply", "did you mean apply?"},
		{"POST " + pathDecide, `{"userId":77,"action":"SUSPEND","days":3}`, "days", "the nearest is "},
		{"POST " + pathApprove, `{"actor":6}`, "actor", "of: reason, actorUserId"},
		{"POST " + pathReject, `{"raeson":"no"}`, "raeson", "did you mean reason?"},
		{"POST /players/5/hold", `{"reson":"x"}`, "reson", "did you mean reason?"},
		{"DELETE /players/5/hold", `{"reson":"x"}`, "reson", "did you mean reason?"},
		{"POST /automation/stop", `{"until":"x"}`, "until", "the nearest is"},
		{"POST /automation/resume", `{"resaon":"x"}`, "resaon", "did you mean reason?"},
		{"POST " + pathReviews, `{"dryrun":true,"apply":true}`, "dryrun", "did you mean dryRun?"},
		{"POST " + pathReviews, `{"filter":{"minPoint":5}}`, "filter.minPoint", "did you mean minPoints?"},
		{"POST " + pathReviews, `{"filter":{"filter":5}}`, "filter.filter", "of: ranks, minPoints, seenSince"},
		{"POST " + pathReview + "/resume", `{"overide":true}`, "overide", "did you mean override?"},
		{"POST " + pathReconciliations, `{"dry_run":true,"apply":true}`, "dry_run", "did you mean dryRun?"},
		{"POST /automation/rewinds", `{"key":"k","since":"2026-02-01T00:00:00Z","dry_run":true}`, "dry_run", "did you mean dryRun?"},
		{"POST /effects/replay", `{"id":[1]}`, "id", "did you mean ids?"},
		{"POST " + pathSync, `{"activity":"leaderboard","curser":"x"}`, "curser", "did you mean cursor?"},
	} {
		a := newAPI(t)
		method, path, _ := strings.Cut(c.request, " ")
		p := wantProblem(t, a.send(t, method, path, c.body), 422, "validation_failed")
		if p.fields() != c.field || !strings.Contains(p.Errors[0].Message, c.says) {
			t.Errorf("%s %s: got %+v, want %s alone with %q", c.request, c.body, p.Errors, c.field, c.says)
		}
		if a.calls() > 0 {
			t.Errorf("%s %s: a use case was called", c.request, c.body)
		}
	}
}

// TestEveryRouteThatReadsABodyForStaffRefusesUnknownNames walks the routes, so that none is forgotten.
func TestEveryRouteThatReadsABodyForStaffRefusesUnknownNames(t *testing.T) {
	refused := 0
	for _, r := range routesOf(t) {
		unread := r.Scope == httpapi.Signed || strings.HasSuffix(r.Path, "/cancel") || strings.Contains(r.Path, "/webhooks/") ||
			strings.Contains(r.Path, "/rewinds/") || r.Method == "DELETE" && !strings.HasSuffix(r.Path, "/hold")
		if r.Method == "GET" || r.Method == "HEAD" || unread || strings.HasPrefix(r.Path, pathIngest) {
			continue
		}
		a := newAPI(t)
		w := a.send(t, r.Method, r.Path, `{"canaryName":1}`)
		if w.Code != 422 || !strings.Contains(w.Body.String(), `{"field":"canaryName","message":"is not known here; `) || a.calls() > 0 {
			t.Errorf("%s %s: got %d %s and %d calls, want it refused by name", r.Method, r.Path, w.Code, w.Body, a.calls())
		}
		refused++
	}
	if refused < 12 {
		t.Errorf("routes that were asked: got %d, want a dozen at least", refused)
	}
}

func TestReportsKeepIgnoringWhatTheyDoNotKnow(t *testing.T) {
	a := newAPI(t)
	if w := a.send(t, "POST", pathIngest, report("dry_run", "true")); w.Code != 200 {
		t.Errorf("a report: got %d %s, want 200", w.Code, w.Body)
	}
	if w := a.send(t, "POST", pathBatch, `{"dry_run":1,"snapshots":[`+report("aply", "true")+`]}`); w.Code != 200 || a.folded != 2 {
		t.Errorf("a batch: got %d %s and %d folded, want 200 and both", w.Code, w.Body, a.folded)
	}
}

func TestManyAndLongNamesAreNotAllRepeated(t *testing.T) {
	var members []string
	for i := range 300 {
		members = append(members, fmt.Sprintf(`"%s%d":1`, strings.Repeat("ä", 80), i))
	}
	w := newAPI(t).send(t, "POST", "/players/5/hold", "{"+strings.Join(members, ",")+"}")
	if p := wantProblem(t, w, 422, "validation_failed"); len(p.Errors) != 20 || w.Body.Len() > 20_000 {
		t.Errorf("got %d faults in %d bytes, want 20 in few", len(p.Errors), w.Body.Len())
	}
}
