package httpapi_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// findingRecord returns a finding about player 77 as the store has it.
func findingRecord(f domain.Finding) ports.FindingRecord {
	return ports.FindingRecord{
		ID: madeID, UserID: user(77), Finding: f, At: now, ObservedAt: now.Add(-time.Second), Principal: "game", SnapshotID: 9,
		Experience: domain.Experience{PlaceID: 5, Server: "s-1", Key: "arena"},
	}
}

func TestFindingsAreListedWithTheNumbersOfTheirKind(t *testing.T) {
	a := newAPI(t)
	a.ledger.FindingsFunc = func(context.Context, ports.FindingFilter, string, int) (ports.FindingPage, error) {
		return ports.FindingPage{Next: "older", Findings: []ports.FindingRecord{
			findingRecord(domain.Finding{Kind: domain.FindingGrowth, Before: 50, After: 400, Window: 7 * 24 * time.Hour, Cap: 200, Growth: 350}),
			findingRecord(domain.Finding{Kind: domain.FindingFell, Before: 400, After: 0}),
			findingRecord(domain.Finding{
				Kind: domain.FindingDisagree, Before: 400, After: 10, Other: domain.Experience{Key: "lobby"}, Apart: -1500 * time.Millisecond,
			}),
			{ID: madeID, UserID: user(77), Finding: domain.Finding{Kind: domain.FindingFell}, At: now, ObservedAt: now},
		}}, nil
	}
	const (
		head = `{"id":"` + madeID + `","userId":77,"kind":`
		from = `"at":"2026-03-01T12:00:00.25Z","observedAt":"2026-03-01T11:59:59.25Z",` +
			`"experience":{"universeId":null,"placeId":5,"server":"s-1","experienceKey":"arena"},"principal":"game","snapshotId":9,"details":{`
	)
	wantBody(t, a.send(t, "GET", "/findings", "").Body.String(), `{"findings":[`+
		head+`"points_growth","detail":"grew by 350 points in 168 hours, the policy allows 200",`+from+
		`"pointsBefore":50,"pointsAfter":400,"windowHours":168,"cap":200,"growth":350,"otherExperience":null,"secondsApart":null}},`+
		head+`"points_fell","detail":"0 points after 400",`+from+
		`"pointsBefore":400,"pointsAfter":0,"windowHours":null,"cap":null,"growth":null,"otherExperience":null,"secondsApart":null}},`+
		head+`"experiences_disagree","detail":"10 points after 400 by another experience, 1.5s apart",`+from+
		`"pointsBefore":400,"pointsAfter":10,"windowHours":null,"cap":null,"growth":null,`+
		`"otherExperience":{"universeId":null,"placeId":null,"server":null,"experienceKey":"lobby"},"secondsApart":-1.5}},`+
		head+`"points_fell","detail":"0 points after 0","at":"2026-03-01T12:00:00.25Z","observedAt":"2026-03-01T12:00:00.25Z",`+
		`"experience":{"universeId":null,"placeId":null,"server":null,"experienceKey":null},"principal":null,"snapshotId":null,"details":{`+
		`"pointsBefore":0,"pointsAfter":0,"windowHours":null,"cap":null,"growth":null,"otherExperience":null,"secondsApart":null}}`+
		`],"nextCursor":"older"}`)
}

func TestTheEndOfTheFindingsIsAnEmptyPage(t *testing.T) {
	a := newAPI(t)
	wantBody(t, a.send(t, "GET", "/findings", "").Body.String(), `{"findings":[],"nextCursor":null}`)
}

func TestTheParametersOfFindingsChoose(t *testing.T) {
	type asked struct {
		Filter ports.FindingFilter
		Cursor string
		Limit  int
	}
	for query, want := range map[string]asked{
		"":                                 {Limit: 25},
		"?userId=77":                       {Filter: ports.FindingFilter{User: user(77)}, Limit: 25},
		"?kind=points_fell":                {Filter: ports.FindingFilter{Kind: domain.FindingFell}, Limit: 25},
		"?since=2026-03-01T12:00:00.25Z":   {Filter: ports.FindingFilter{Since: now}, Limit: 25},
		"?cursor=" + madeID + "&limit=100": {Cursor: madeID, Limit: 100},
		"?userId=77&kind=experiences_disagree&since=2026-03-01T13:00:00.25%2B01:00&cursor=x&limit=3": {
			ports.FindingFilter{User: user(77), Kind: domain.FindingDisagree, Since: now}, "x", 3,
		},
	} {
		t.Run(query, func(t *testing.T) {
			a := newAPI(t)
			if w := a.send(t, "GET", "/findings"+query, ""); w.Code != 200 {
				t.Fatalf("status: got %d %s, want 200", w.Code, w.Body)
			}
			call := a.ledger.FindingsCalls()[0]
			if diff := cmp.Diff(want, asked{call.Filter, call.Cursor, call.Limit}, cmp.Comparer(same)); diff != "" {
				t.Errorf("asked: (-want +got)\n%s", diff)
			}
		})
	}
	a := newAPI(t)
	for _, query := range []string{
		"?userId=x", "?userId=0", "?kind=POINTS_FELL", "?kind=points", "?since=yesterday", "?limit=0", "?limit=101", "?cursor=%00", "?kind=points_fell&kind=points_fell",
	} {
		wantProblem(t, a.send(t, "GET", "/findings"+query, ""), 400, "query_invalid")
	}
	if calls := a.ledger.FindingsCalls(); len(calls) > 0 {
		t.Errorf("asked for %+v, want nothing", calls)
	}
}
