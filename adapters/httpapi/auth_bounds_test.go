package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/adapters/telemetry/logtest"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// tally counts the events that it is told of.
type tally struct {
	mu   sync.Mutex
	seen map[ports.DenialEvent]int
}

func (r *tally) Record(_ context.Context, event ports.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if denied, ok := event.(ports.DenialEvent); ok {
		if r.seen == nil {
			r.seen = make(map[ports.DenialEvent]int)
		}
		r.seen[denied]++
	}
}

func reportFrom(members string) string {
	return `{"userId":77,"username":"Vex","rankPoints":520,"kos":3,"wos":2` + members + `}`
}

func TestABoundKeyReportsForItsExperiencesOnly(t *testing.T) {
	key := keyOf("bound", domain.ScopeIngest)
	key.Experiences = []string{"lobby", "42", "Caf\u00e9"}
	for name, c := range map[string]struct {
		members string
		header  string
		want    int
	}{
		"named in the header":                      {"", "lobby", 200},
		"named in the body":                        {`,"experience":{"experienceKey":"lobby"}`, "", 200},
		"named by its universe":                    {`,"experience":{"universeId":42}`, "", 200},
		"named by its universe in digits":          {`,"experience":{"universeId":"42"}`, "", 200},
		"named in every way":                       {`,"experience":{"universeId":42,"experienceKey":"lobby"}`, "lobby", 200},
		"named in another form of the same letter": {`,"experience":{"experienceKey":"Cafe\u0301"}`, "", 200},
		"two of its experiences":                   {`,"experience":{"experienceKey":"42"}`, "lobby", 200},
		"not named":                                {"", "", 403},
		"only a place and a server":                {`,"experience":{"placeId":42,"server":"lobby"}`, "", 403},
		"another in the header":                    {"", "arena", 403},
		"another in the body":                      {`,"experience":{"experienceKey":"arena"}`, "", 403},
		"another universe":                         {`,"experience":{"universeId":43}`, "", 403},
		"another besides in the header":            {`,"experience":{"universeId":42}`, "arena", 403},
		"another besides in the body":              {`,"experience":{"experienceKey":"arena"}`, "lobby", 403},
		"another universe besides":                 {`,"experience":{"universeId":43}`, "lobby", 403},
		"in other case":                            {"", "Lobby", 403},
		"a part of its name":                       {"", "lob", 403},
		"a name that is its universe and more":     {"", "420", 403},
		"in metadata":                              {`,"metadata":{"experienceKey":"lobby"}`, "", 403},
		"in other spelling":                        {`,"experience":{"ExperienceKey":"lobby"}`, "", 403},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withRing(&ring{[]domain.Key{key}}))
			headers := []string{"x-grps-api-key: secret of bound"}
			if c.header != "" {
				headers = append(headers, "x-roblox-experience: "+c.header)
			}
			w := a.send(t, "POST", pathIngest, reportFrom(c.members), headers...)
			batched := a.send(t, "POST", pathBatch, `{"snapshots":[`+reportFrom(c.members)+`]}`, headers...)
			if c.want == 200 {
				if w.Code != 200 || !strings.Contains(batched.Body.String(), `"accepted"`) || a.folded != 2 {
					t.Errorf("got %d %s, and in a batch %s, want both taken in", w.Code, w.Body, batched.Body)
				}
				return
			}
			wantProblem(t, w, 403, "experience_outside_key")
			if !strings.Contains(batched.Body.String(), "experience_outside_key") || a.folded != 0 {
				t.Errorf("in a batch: got %s and %d folded, want it refused", batched.Body, a.folded)
			}
		})
	}
}

func TestABatchTakesInWhatItsKeyMayReportAndRefusesTheRest(t *testing.T) {
	key := keyOf("bound", domain.ScopeIngest)
	key.Experiences = []string{"lobby"}
	told := &tally{}
	a := newAPI(t, withRing(&ring{[]domain.Key{key}}), func(a *api) { a.options.Recorder = told })
	body := `{"snapshots":[` + reportFrom(`,"experience":{"experienceKey":"lobby"}`) + "," + reportFrom("") + "," +
		reportFrom(`,"experience":{"experienceKey":"arena"}`) + `]}`
	w := a.send(t, "POST", pathBatch, body, "x-grps-api-key: secret of bound")
	var got struct {
		Results []struct {
			Status string
			Error  struct{ Code string }
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got.Results) != 3 {
		t.Fatalf("answer: got %d %s (%v), want three results", w.Code, w.Body, err)
	}
	for i, want := range []string{"accepted ", "rejected experience_outside_key", "rejected experience_outside_key"} {
		if status := got.Results[i].Status + " " + got.Results[i].Error.Code; status != want {
			t.Errorf("result %d: got %q, want %q", i, status, want)
		}
	}
	if diff := cmp.Diff(map[ports.DenialEvent]int{{Key: "bound", Reason: "experience"}: 2}, told.seen); diff != "" {
		t.Errorf("denials: (-want +got)\n%s", diff)
	}
}

func TestABoundKeyCallsNothingInTheNameOfAnotherExperience(t *testing.T) {
	key := keyOf("bound", domain.ScopeAdmin)
	key.Experiences = []string{"lobby"}
	a := newAPI(t, withRing(&ring{[]domain.Key{key}}))
	wantProblem(t, a.send(t, "POST", pathDecide, `{"userId":5}`, "x-grps-api-key: secret of bound", "x-roblox-experience: arena"), 403, "experience_outside_key")
	wantProblem(t, a.send(t, "POST", pathSync, `{"activity":"leaderboard"}`, "x-grps-api-key: secret of bound"), 403, "experience_outside_key")
	if w := a.send(t, "POST", pathSync, `{"activity":"leaderboard"}`, "x-grps-api-key: secret of bound", "x-roblox-experience: lobby"); w.Code != 200 {
		t.Errorf("a pull in its own name: got %d, want 200", w.Code)
	}
}

// TestNoRouteTakesAnActorWhomTheKeyIsNotBoundTo sends an actor in the header and in the body to everything that is not a GET.
func TestNoRouteTakesAnActorWhomTheKeyIsNotBoundTo(t *testing.T) {
	key := keyOf("bound", domain.ScopeAdmin)
	key.Actors = []domain.UserID{user(6), user(7)}
	a := newAPI(t, withRing(&ring{[]domain.Key{key}}))
	// These take no body, or one that names no actor.
	deaf := []string{"/roblox/events/", "/sync/", "/cancel", "/resume", "/effects/", "/webhooks/"}
	for _, r := range routesOf(t) {
		if r.Scope == httpapi.Signed || r.Method != "POST" && r.Method != "DELETE" || strings.Contains(r.Path, "/webhooks/") || strings.Contains(r.Path, "/effects/") {
			continue
		}
		ignores := r.Method == "DELETE" && (r.Path == "/players/5" || r.Path == "/players/5/tombstone")
		for _, part := range deaf {
			ignores = ignores || strings.Contains(r.Path, part) && r.Path != "/automation/resume"
		}
		body := `{"actorUserId":%d}`
		switch {
		case ignores:
			body = `{"actorUserId":%d,"userId":77,"username":"Vex","rankPoints":520,"kos":3,"wos":2,"activity":"leaderboard"}`
		case r.Path == pathDecide:
			body = `{"actorUserId":%d,"userId":77}`
		}
		for actor, want := range map[int]bool{6: true, 7: true, 8: false} {
			if w := a.send(t, r.Method, r.Path, fmt.Sprintf(body, 6), "x-grps-api-key: secret of bound", fmt.Sprintf("x-grps-actor: %d", actor)); (w.Code != 403) != want {
				t.Errorf("%s %s for %d in the header: got %d, want it to pass: %t", r.Method, r.Path, actor, w.Code, want)
			}
			if ignores {
				continue
			}
			w := a.send(t, r.Method, r.Path, fmt.Sprintf(body, actor), "x-grps-api-key: secret of bound", "x-grps-actor: 6")
			if (w.Code != 403) != want {
				t.Errorf("%s %s for %d in the body: got %d, want it to pass: %t", r.Method, r.Path, actor, w.Code, want)
			}
		}
	}
	for _, call := range a.decider.DecideCalls() {
		if got := call.Request.Actor.Int64(); got != 6 && got != 7 {
			t.Errorf("actor of a decision: got %d", got)
		}
	}
}

func TestAKeyWithoutActorsActsForNobody(t *testing.T) {
	a := newAPI(t, withRing(&ring{[]domain.Key{keyOf("plain", domain.ScopeAdmin)}}))
	wantProblem(t, a.send(t, "POST", "/players/5/hold", "", "x-grps-api-key: secret of plain", "x-grps-actor: 6"), 403, "actor_outside_key")
	if w := a.send(t, "POST", "/players/5/hold", "", "x-grps-api-key: secret of plain"); w.Code != 200 {
		t.Errorf("in its own name: got %d, want 200", w.Code)
	}
}

func TestToApplyAReportTakesTheScopeDecideToo(t *testing.T) {
	reports, both := keyOf("reports", domain.ScopeIngest), keyOf("both", domain.ScopeIngest|domain.ScopeDecide)
	a := newAPI(t, withRing(&ring{[]domain.Key{reports, both}}), func(a *api) {
		a.options.Keys = []httpapi.Key{httpapi.NewKey("game", gameSecret)}
	})
	batch := `{"snapshots":[` + goodReport + `]}`
	for _, r := range []struct {
		path, body, flag string
		applies          bool
	}{
		{pathIngest, goodReport, "x-grps-apply: true", true},
		{pathIngest, goodReport, "x-grps-evaluate: true", false},
		{pathIngest, goodReport, "x-grps-apply: false", false},
		{pathBatch, batch, "x-grps-apply: true", true},
		{pathBatch, `{"apply":true,"snapshots":[` + goodReport + `]}`, "x-none: 1", true},
		{pathBatch, batch, "x-grps-evaluate: true", false},
	} {
		for secret, refused := range map[string]bool{"secret of reports": r.applies, "secret of both": false, gameSecret: false} {
			w := a.send(t, "POST", r.path, r.body, "x-grps-api-key: "+secret, r.flag)
			if refused {
				wantProblem(t, w, 403, "scope_required")
			} else if w.Code != 200 {
				t.Errorf("%s with %s by %s: got %d, want 200", r.path, r.flag, secret, w.Code)
			}
		}
	}
}

func TestWhoIsDeniedIsCountedAndLoggedByNameAndReason(t *testing.T) {
	late, reader := keyOf("late", domain.ScopeRead), keyOf("reader", domain.ScopeRead)
	late.ExpiresAt = now
	told := &tally{}
	a := newAPI(t, withRing(&ring{[]domain.Key{late, reader}}), func(a *api) { a.options.Recorder = told })
	a.send(t, "GET", pathTop, "")
	a.send(t, "GET", pathTop, "", "x-grps-api-key: wrong")
	a.send(t, "GET", pathTop, "", "x-grps-api-key: secret of late")
	a.send(t, "POST", "/players/5/hold", "", "x-grps-api-key: secret of reader")
	a.send(t, "GET", pathTop, "", "x-grps-api-key: secret of reader")
	want := map[ports.DenialEvent]int{
		{Reason: "no_key"}: 1, {Reason: "unknown_key"}: 1, {Key: "late", Reason: "not_live"}: 1, {Key: "reader", Reason: "scope"}: 1,
	}
	if diff := cmp.Diff(want, told.seen); diff != "" {
		t.Errorf("denials: (-want +got)\n%s", diff)
	}
	var lines []string
	for _, line := range a.logs.All() {
		f := line.ContextMap()
		lines = append(lines, fmt.Sprint(f["principal"], " ", f["key"], " ", f["reason"], " ", f["request_id"]))
	}
	none := fmt.Sprint(nil)
	wantLines := []string{
		" " + none + " no_key " + madeID, " " + none + " unknown_key " + madeID, " late not_live " + madeID,
		"reader " + none + " scope " + madeID, "reader " + none + " " + none + " " + madeID,
	}
	if diff := cmp.Diff(wantLines, lines); diff != "" {
		t.Errorf("lines: (-want +got)\n%s", diff)
	}
}

func TestAFloodOfWrongKeysIsCountedToTheLastAndFillsNoDisk(t *testing.T) {
	const flood = 10_000
	var written bytes.Buffer
	told := &tally{}
	a := newAPI(t, withRing(&ring{}), func(a *api) {
		a.options.Recorder = told
		a.options.Clock = &clock{at: now, step: 500 * time.Microsecond} // a thousand a second
		a.options.Logger = logtest.JSON(&written)
	})
	for i := range flood {
		if w := a.send(t, "GET", pathTop, "", fmt.Sprintf("x-grps-api-key: canary %d", i)); w.Code != 401 {
			t.Fatalf("key %d: got %d, want 401", i, w.Code)
		}
	}
	if diff := cmp.Diff(map[ports.DenialEvent]int{{Reason: "unknown_key"}: flood}, told.seen); diff != "" {
		t.Errorf("denials: (-want +got)\n%s", diff)
	}
	if written.Len() == 0 || written.Len() > 1<<20 || strings.Contains(written.String(), "canary") {
		t.Errorf("log: got %d bytes, want some, at most 1 MiB, and no key in it", written.Len())
	}
}
