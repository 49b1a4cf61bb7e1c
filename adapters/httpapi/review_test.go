package httpapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	reviewID    = "01890a5d-ac97-774b-bcce-000000000001"
	pathReviews = "/automation/reviews"
	pathReview  = pathReviews + "/" + reviewID
)

// reviewed is a review in the middle of its second walk.
func reviewed() ports.ReviewProgress {
	return ports.ReviewProgress{
		Sweep: ports.Sweep{
			ID: reviewID, Kind: ports.SweepReview,
			Filter: ports.StandingFilter{Ranks: []string{"Guard"}, MinPoints: domain.CountOf(0), SeenSince: now},
			Apply:  true, Override: "meant", Principal: "staff", Actor: user(5), RequestID: "request", Schedule: "noon",
			State: ports.SweepRunning, Phase: ports.PhaseApply, Cursor: "77", Revision: "r1",
			Found:   ports.Tally{"promote": 7, "none": 90, "demote": 3, "awaitingApproval": 2},
			Decided: ports.Tally{"promote": 5, "none": 40, "held": 1}, Reasons: ports.Tally{"ELIGIBLE": 7},
			Total: 300, Scanned: 199, Detail: "goes on", CreatedAt: now, StartedAt: now, UpdatedAt: now, EndedAt: now,
		},
		ETA: now.Add(90 * time.Second),
	}
}

const reviewText = `{"id":"` + reviewID + `","kind":"review","state":"running","phase":"apply",
"filter":{"ranks":["Guard"],"minPoints":0,"seenSince":"2026-03-01T12:00:00.25Z"},"apply":true,"override":"meant",
"counts":{"promote":7,"demote":3,"suspend":0,"ban":0,"restore":0,"none":90,"awaitingApproval":2,"held":0},
"decided":{"promote":5,"demote":0,"suspend":0,"ban":0,"restore":0,"none":40,"awaitingApproval":0,"held":1},
"reasons":{"ELIGIBLE":7},"scanned":199,"total":300,"percent":66.3,"eta":"2026-03-01T12:01:30.25Z","etaSeconds":90,"detail":"goes on",
"principal":"staff","actorUserId":5,"requestId":"request","schedule":"noon","policyRevision":"r1",
"createdAt":"2026-03-01T12:00:00.25Z","startedAt":"2026-03-01T12:00:00.25Z","updatedAt":"2026-03-01T12:00:00.25Z",
"endedAt":"2026-03-01T12:00:00.25Z"}`

func TestAReviewIsShownWithItsCountsAndProgress(t *testing.T) {
	a := newAPI(t)
	wantBody(t, a.send(t, "GET", pathReview, "").Body.String(), reviewText)
	wantBody(t, a.send(t, "POST", pathReview+"/cancel", "").Body.String(), reviewText)
	if got := a.reviewer.ReviewCalls()[0].ID; got != reviewID {
		t.Errorf("id: got %q", got)
	}
}

func TestWhatIsNotKnownOfAReviewIsNull(t *testing.T) {
	a := newAPI(t)
	a.reviewer.ReviewFunc = func(context.Context, string) (ports.ReviewProgress, error) {
		return ports.ReviewProgress{Sweep: ports.Sweep{
			ID: reviewID, Kind: ports.SweepReview, State: ports.SweepQueued, Phase: ports.PhaseEvaluate, Revision: "r1", CreatedAt: now, UpdatedAt: now,
		}}, nil
	}
	zero := `{"promote":0,"demote":0,"suspend":0,"ban":0,"restore":0,"none":0,"awaitingApproval":0,"held":0}`
	wantBody(t, a.send(t, "GET", pathReview, "").Body.String(), `{"id":"`+reviewID+`","kind":"review","state":"queued","phase":"evaluate",
"filter":{"ranks":[],"minPoints":null,"seenSince":null},"apply":false,"override":null,"counts":`+zero+`,"decided":`+zero+`,
"reasons":{},"scanned":0,"total":0,"percent":0,"eta":null,"etaSeconds":null,"detail":null,
"principal":null,"actorUserId":null,"requestId":null,"schedule":null,"policyRevision":"r1",
"createdAt":"2026-03-01T12:00:00.25Z","startedAt":null,"updatedAt":"2026-03-01T12:00:00.25Z","endedAt":null}`)
}

func TestThePercentIsAHundredOnlyWhenThatIsAll(t *testing.T) {
	for _, c := range []struct {
		state          ports.SweepState
		scanned, total int64
		want           string
	}{
		{ports.SweepRunning, 999_999, 1_000_000, `"percent":99.9,`},
		{ports.SweepRunning, 5, 5, `"percent":100,`},
		{ports.SweepDone, 0, 0, `"percent":100,`},
		{ports.SweepStopped, 1, 3, `"percent":33.3,`},
	} {
		a := newAPI(t)
		a.reviewer.ReviewFunc = func(context.Context, string) (ports.ReviewProgress, error) {
			return ports.ReviewProgress{Sweep: ports.Sweep{
				ID: reviewID, Kind: ports.SweepReview, Phase: ports.PhaseEvaluate, State: c.state, Scanned: c.scanned, Total: c.total,
			}}, nil
		}
		if got := a.send(t, "GET", pathReview, "").Body.String(); !strings.Contains(got, c.want) {
			t.Errorf("%s with %d of %d: got %s, want %s in it", c.state, c.scanned, c.total, got, c.want)
		}
	}
}

func TestAReviewIsAcceptedAndSaysWhereToLook(t *testing.T) {
	a := newAPI(t)
	for _, request := range [][2]string{{pathReviews, "{}"}, {pathReview + "/resume", ""}, {pathReview + "/resume", "{}"}} {
		w := a.send(t, "POST", request[0], request[1])
		if w.Code != 202 || w.Header().Get("Location") != pathReview {
			t.Errorf("POST %s: got %d to %q, want 202 to %s", request[0], w.Code, w.Header().Get("Location"), pathReview)
		}
		wantBody(t, w.Body.String(), reviewText)
	}
}

func TestTheBodyOfAReviewSaysWhomItLooksAtAndWhatItMayDo(t *testing.T) {
	from := ports.Caller{Principal: "anonymous", RequestID: madeID}
	for name, c := range map[string]struct {
		body    string
		headers []string
		want    ports.ReviewRequest
	}{
		"nothing looks at everybody": {`{}`, nil, ports.ReviewRequest{}},
		"to apply":                   {`{"apply":true}`, nil, ports.ReviewRequest{Apply: true}},
		"to apply by header":         {`{}`, []string{"x-grps-apply: true"}, ports.ReviewRequest{Apply: true}},
		"a dry run":                  {`{"dryRun":true}`, nil, ports.ReviewRequest{}},
		"a dry run of one to apply":  {`{"apply":true,"dryRun":true}`, nil, ports.ReviewRequest{}},
		"no dry run":                 {`{"apply":true,"dryRun":false}`, nil, ports.ReviewRequest{Apply: true}},
		"an override":                {`{"override":true,"reason":" the season ended "}`, nil, ports.ReviewRequest{Override: "the season ended"}},
		"a filter": {
			`{"filter":{"ranks":["Guard"," Cadet "],"minPoints":100.0,"seenSince":"2026-03-01T13:00:00.25+01:00"}}`, nil,
			ports.ReviewRequest{Filter: ports.StandingFilter{Ranks: []string{"Guard", "Cadet"}, MinPoints: domain.CountOf(100), SeenSince: now}},
		},
		"a filter of nothing": {`{"filter":[]}`, nil, ports.ReviewRequest{}},
		"no ranks":            {`{"filter":{"ranks":[],"minPoints":null}}`, nil, ports.ReviewRequest{Filter: ports.StandingFilter{Ranks: []string{}}}},
		"an actor":            {`{"actorUserId":7}`, []string{"x-grps-actor: 5"}, ports.ReviewRequest{Caller: ports.Caller{Actor: user(7)}}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			if w := a.send(t, "POST", pathReviews, c.body, c.headers...); w.Code != 202 {
				t.Fatalf("status: got %d %s, want 202", w.Code, w.Body)
			}
			actor := c.want.Actor
			c.want.Caller = from
			c.want.Actor = actor
			opaque := cmp.AllowUnexported(domain.UserID{}, domain.Count{})
			if diff := cmp.Diff(c.want, a.reviewer.StartReviewCalls()[0].Request, opaque, cmp.Comparer(func(x, y domain.UserID) bool { return x == y })); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsWrongInAReviewIsSaidFieldByField(t *testing.T) {
	long := strings.Repeat("a", 401)
	for name, c := range map[string]struct{ path, body, field string }{
		"ranks that are no list":          {pathReviews, `{"filter":{"ranks":"Guard"}}`, "filter.ranks"},
		"a rank that is no text":          {pathReviews, `{"filter":{"ranks":["Guard",5]}}`, "filter.ranks"},
		"too many ranks":                  {pathReviews, `{"filter":{"ranks":["a"` + strings.Repeat(`,"a"`, 100) + `]}}`, "filter.ranks"},
		"points below nothing":            {pathReviews, `{"filter":{"minPoints":-1}}`, "filter.minPoints"},
		"points above all":                {pathReviews, `{"filter":{"minPoints":2147483648}}`, "filter.minPoints"},
		"points that are a text":          {pathReviews, `{"filter":{"minPoints":"5"}}`, "filter.minPoints"},
		"an instant that is none":         {pathReviews, `{"filter":{"seenSince":"yesterday"}}`, "filter.seenSince"},
		"a filter that is no object":      {pathReviews, `{"filter":"all"}`, "filter"},
		"apply that is no switch":         {pathReviews, `{"apply":"true"}`, "apply"},
		"a dry run that is no switch":     {pathReviews, `{"dryRun":1}`, "dryRun"},
		"an override without a reason":    {pathReviews, `{"override":true}`, "reason"},
		"a reason of spaces":              {pathReviews, `{"override":true,"reason":"  "}`, "reason"},
		"a reason without an override":    {pathReviews, `{"reason":"why not"}`, "reason"},
		"a reason that is too long":       {pathReviews, `{"override":true,"reason":"` + long + `"}`, "reason"},
		"a reason that hides something":   {pathReviews, `{"override":true,"reason":"a\u202eb"}`, "reason"},
		"resuming without saying why":     {pathReview + "/resume", `{"override":true}`, "reason"},
		"resuming with a reason for what": {pathReview + "/resume", `{"reason":"x"}`, "reason"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			w := a.send(t, "POST", c.path, c.body)
			wantProblem(t, w, 422, "validation_failed")
			if !strings.Contains(w.Body.String(), `"field":"`+c.field+`"`) || a.calls() > 0 {
				t.Errorf("got %s and %d calls, want the field %s and none", w.Body, a.calls(), c.field)
			}
		})
	}
}

func TestAResumedReviewIsOverriddenWithAReason(t *testing.T) {
	a := newAPI(t)
	a.send(t, "POST", pathReview+"/resume", `{"override":true,"reason":"meant"}`, "x-grps-actor: 5")
	got := a.reviewer.ResumeReviewCalls()[0].Request
	if got.ID != reviewID || got.Override != "meant" || got.Actor != user(5) || got.Principal != "anonymous" {
		t.Errorf("request: got %+v", got)
	}
}

func TestReviewsAreForAdministrators(t *testing.T) {
	a := newAPI(t, func(a *api) {
		a.options.Keys = []httpapi.Key{httpapi.NewKey("game", gameSecret), httpapi.NewAdminKey("staff", staffSecret)}
	})
	for _, request := range []string{
		"GET " + pathReviews, "HEAD " + pathReview, "GET " + pathReview, "POST " + pathReviews, "POST " + pathReview + "/cancel", "POST " + pathReview + "/resume",
	} {
		method, path, _ := strings.Cut(request, " ")
		body := ""
		if method == "POST" {
			body = "{}"
		}
		if w := a.send(t, method, path, body, "x-grps-api-key: "+gameSecret); w.Code != 403 || a.calls() > 0 {
			t.Errorf("%s with a game's key: got %d and %d calls, want 403 and none", request, w.Code, a.calls())
		}
	}
	if w := a.send(t, "GET", pathReview, "", "x-grps-api-key: "+staffSecret); w.Code != 200 {
		t.Errorf("an administrator: got %d, want 200", w.Code)
	}
}

func TestWhatIsNoIDOfAReviewIsNotFound(t *testing.T) {
	a := newAPI(t)
	for _, request := range []string{"GET /x", "POST /x/cancel", "POST /5/resume", "GET /" + reviewID + "/what"} {
		method, path, _ := strings.Cut(request, " ")
		if w := a.send(t, method, pathReviews+path, ""); w.Code != 404 || a.calls() > 0 {
			t.Errorf("%s: got %d and %d calls, want 404 and none", request, w.Code, a.calls())
		}
	}
}

func TestAReviewThatIsUnderWayIsAConflictThatNamesIt(t *testing.T) {
	a := newAPI(t)
	a.reviewer.StartReviewFunc = func(context.Context, ports.ReviewRequest) (ports.ReviewProgress, error) {
		return ports.ReviewProgress{}, &domain.Error{Kind: domain.KindConflict, Code: "review_running", Message: "the review " + reviewID + " is under way"}
	}
	w := a.send(t, "POST", pathReviews, "{}")
	wantProblem(t, w, 409, "review_running")
	if !strings.Contains(w.Body.String(), reviewID) {
		t.Errorf("got %s, want the review named", w.Body)
	}
}

func TestReviewsAreListedPageByPage(t *testing.T) {
	a := newAPI(t)
	a.reviewer.ReviewsFunc = func(_ context.Context, cursor string, limit int) (ports.ReviewPage, error) {
		if cursor != "x" || limit != 3 {
			t.Errorf("got cursor %q and limit %d, want x and 3", cursor, limit)
		}
		return ports.ReviewPage{Reviews: []ports.ReviewProgress{reviewed()}, Next: "older"}, nil
	}
	wantBody(t, a.send(t, "GET", pathReviews+"?cursor=x&limit=3", "").Body.String(), `{"reviews":[`+reviewText+`],"nextCursor":"older"}`)
}
