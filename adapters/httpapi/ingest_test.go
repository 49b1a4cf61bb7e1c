package httpapi_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// report returns a good report with one member put in or replaced; "" as its value leaves it out.
func report(name, value string) string {
	members := []string{`"userId":77`, `"username":"Vex"`, `"rankPoints":520`, `"kos":3`, `"wos":2`}
	kept := members[:0]
	for _, m := range members {
		if !strings.HasPrefix(m, `"`+name+`":`) {
			kept = append(kept, m)
		}
	}
	if value != "" {
		kept = append(kept, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(kept, ",") + "}"
}

func TestAReportReachesTheUseCaseAsItWasMeant(t *testing.T) {
	a := newAPI(t, withKeys, withOddRequests)
	w := a.send(t, "POST", pathIngest, `{
		"userId": "77", "username": "  Ve\u0301x ", "displayName": "\u00a0Vé ", "rank": " Cadet",
		"rankPoints": 520.0, "kos": 1e3, "wos": 25e-1e0,
		"unknown": [1, {"a": null}]}`)
	wantProblem(t, w, 401, "key_required") // the body is not looked at before the key

	universe, err := domain.NewUniverseID(11)
	if err != nil {
		t.Fatal(err)
	}
	w = a.send(t, "POST", pathIngest, `{
		"userId": "77", "username": "  Ve\u0301x ", "displayName": "\u00a0Vé ", "rank": " Cadet", "rankPoints": 520.0, "kos": 1e3,
		"wos": 250e-1, "warnings": 0, "recommendations": 2, "punishmentStatus": "trial_punishment",
		"punishmentExpiresAt": "2026-03-08T12:00:00+01:00",
		"experience": {"universeId": 11, "placeId": "12", "server": "s-1", "experienceKey": "arena"},
		"metadata": { "squad" : ["r\u0065d", 1.50] }, "groupId": 9, "observedAt": 1772366399, "unknown": [1, {"a": null}]}`,
		"x-grps-api-key: "+staffSecret, "x-grps-actor: 5", "x-grps-apply: TRUE", "idempotency-key: k 1",
		"x-request-id: req-1", "x-roblox-experience: lobby", "content-type: application/json; charset=UTF-8")
	if w.Code != 200 {
		t.Fatalf("status: got %d %s, want 200", w.Code, w.Body)
	}
	want := ports.IngestRequest{
		Caller:   ports.Caller{Principal: "staff", Actor: user(5), RequestID: "req-1", Experience: "lobby"},
		Evaluate: true, Apply: true, Key: "k 1",
		Report: domain.Report{
			UserID: user(77), Username: "Véx", DisplayName: "Vé", Rank: "Cadet", Points: 520, Kos: 1000, Wos: 25,
			Warnings: domain.CountOf(0), Recommendations: domain.CountOf(2),
			Punishment: domain.PunishmentTrial, PunishmentUntil: time.Date(2026, 3, 8, 11, 0, 0, 0, time.UTC),
			Experience: domain.Experience{Universe: universe, PlaceID: 12, Server: "s-1", Key: "arena"},
			GroupID:    9, Metadata: `{"squad":["r\u0065d",1.50]}`, ObservedAt: time.Date(2026, 3, 1, 11, 59, 59, 0, time.UTC),
		},
	}
	got := a.ingester.IngestCalls()[0].Request
	if got != want {
		t.Errorf("request: got\n%+v, want\n%+v", got, want)
	}
}

func TestWhatAReportLeavesOutIsAbsent(t *testing.T) {
	for _, body := range []string{
		goodReport,
		`{"userId":77,"username":"Vex","rankPoints":520,"kos":3,"wos":2,"displayName":null,"rank":null,"warnings":null,
		"recommendations":null,"punishmentStatus":null,"punishmentExpiresAt":null,"experience":null,"metadata":null,"groupId":null,
		"observedAt":null}`,
		`{"userId":77,"username":"Vex","rankPoints":520,"kos":3,"wos":2,"experience":[ ]}`,
	} {
		a := newAPI(t)
		a.send(t, "POST", pathIngest, body)
		want := domain.Report{UserID: user(77), Username: "Vex", Points: 520, Kos: 3, Wos: 2}
		if calls := a.ingester.IngestCalls(); len(calls) != 1 || calls[0].Request.Report != want {
			t.Errorf("requests of %s: got %+v, want one with %+v", body, calls, want)
		}
	}
}

func TestTheExperienceHeaderStandsInForTheBodysKey(t *testing.T) {
	a := newAPI(t)
	a.send(t, "POST", pathIngest, goodReport, "x-roblox-experience: lobby")
	if got := a.ingester.IngestCalls()[0].Request.Report.Experience.Key; got != "lobby" {
		t.Errorf("experience key: got %q, want lobby", got)
	}
}

func TestAnEmptyMetadataTableIsAnEmptyObject(t *testing.T) {
	for _, empty := range []string{"[]", "{}", " [ ] "} {
		a := newAPI(t)
		a.send(t, "POST", pathIngest, report("metadata", empty))
		if got := a.ingester.IngestCalls()[0].Request.Report.Metadata; got != "{}" {
			t.Errorf("metadata of %s: got %q, want {}", empty, got)
		}
	}
}

func TestABadFieldIsNamedAndChangesNothing(t *testing.T) {
	long := `"` + strings.Repeat("x", 65) + `"`
	for field, values := range map[string][]string{
		"userId": {
			"", "null", "0", "-1", "9007199254740992", "9223372036854775807", "9223372036854775808", "1e30", "1.5", "1e-1", "true",
			"[]", "{}", `""`, `"0"`, `"-1"`, `"+7"`, `"07"`, `" 7"`, `"7.0"`, `"1e3"`, `"9007199254740992"`, `"abc"`, "-9223372036854775809",
		},
		"username": {
			"", "null", `""`, `"   "`, "5", "true", "[]", "{}", long, `"a\u0007b"`, `"a\nb"`, `"\tb"`, `"a\u202eb"`, `"a\u200fb"`, `"a\u2066b"`,
			`"a\u0085b"`, `"a\ufffeb"`, `"a\u2028b"`, `"\u001b[31mred"`,
		},
		"displayName": {"5", "[]", long, `"a\u202eb"`, `"a\u0000b"`},
		"rank":        {"5", "{}", long, `"a\u001fb"`},
		"rankPoints": {
			"", "null", "-1", "2147483648", "1e10", "9223372036854775808", "1e999999999999", "0.5", "5e-1", `"520"`, "true", "[]", "{}",
			"-1e999999999999", "1e-999999999999",
		},
		"kos":              {"", "-1", "2147483648", `"3"`, "3.5"},
		"wos":              {"", "-1", "2147483648", "false", "{}"},
		"warnings":         {"-1", "2147483648", `"1"`, "1.01"},
		"recommendations":  {"-1", "2147483648", "[]"},
		"punishmentStatus": {`"Banned"`, "1", "true", "[]"},
		"punishmentExpiresAt": {
			`"tomorrow"`, `""`, "true", "1.5", `"2026-03-01"`, `"2026-02-30T00:00:00Z"`, `"0001-01-01T00:00:00Z"`,
			`"9999-12-31T23:59:59-10:00"`, "253402300800", "1e18",
		},
		"experience":               {"5", `"lobby"`, "[1]", "true"},
		"experience.universeId":    {},
		"metadata":                 {"5", `"x"`, "[1]", "true", `{"a":1e999}`, `{"a":[1e-99999]}`, `{"a":"` + strings.Repeat("x", 17<<10) + `"}`},
		"groupId":                  {"0", "-1", "9007199254740992", `"x"`, "{}", "1.5"},
		"observedAt":               {`"now"`, "-1", "1772366400000", "1e30", "true", `"9999-12-31T23:59:59-10:00"`, `"2026-03-01T12:06:00Z"`},
		"experience.placeId":       {},
		"experience.server":        {},
		"experience.experienceKey": {},
	} {
		if outer, inner, nested := strings.Cut(field, "."); nested {
			for _, value := range []string{"true", "{}", `"` + strings.Repeat("x", 129) + `"`, `"a\u202eb"`} {
				refuseField(t, field, report(outer, fmt.Sprintf(`{%q:%s}`, inner, value)))
			}
			continue
		}
		for _, value := range values {
			refuseField(t, field, report(field, value))
		}
	}
}

// refuseField sends a report and wants a problem that names only that field, in its list or, for a text that is no JSON, in its detail.
func refuseField(t *testing.T, field, body string) {
	t.Helper()
	name := body[:min(len(body), 120)]
	t.Run(name, func(t *testing.T) {
		a := newAPI(t)
		w := a.send(t, "POST", pathIngest, body)
		p := problem(t, w)
		named := w.Code == 422 && p.Code == "validation_failed" && p.fields() == field && strings.Contains(p.Detail, field)
		broken := w.Code == 400 && p.Code == "body_malformed" && strings.Contains(p.Detail, field)
		if !named && !broken {
			t.Errorf("answer: got %d %+v, want a problem that names %s", w.Code, p, field)
		}
		if a.folded > 0 {
			t.Error("the report was folded, want no change")
		}
	})
}

func TestEveryFaultOfAReportIsNamedAtOnce(t *testing.T) {
	a := newAPI(t)
	w := a.send(t, "POST", pathIngest, `{"userId":0,"username":"a\u202eb","rankPoints":-1,"kos":"3","experience":{"placeId":"x"}}`)
	p := wantProblem(t, w, 422, "validation_failed")
	if diff := cmp.Diff("userId kos wos experience.placeId username rankPoints", p.fields()); diff != "" {
		t.Errorf("fields: (-want +got)\n%s", diff)
	}
	if a.calls() > 0 {
		t.Errorf("calls of use cases: got %d, want 0", a.calls())
	}
}

func TestAMisspelledFieldIsToldApart(t *testing.T) {
	a := newAPI(t)
	p := wantProblem(t, a.send(t, "POST", pathIngest, `{"UserId":77,"username":"Vex","rankPoints":1,"kos":0,"wos":0}`),
		422, "validation_failed")
	if p.fields() != "userId" || !strings.Contains(p.Detail, "UserId") {
		t.Errorf("problem: got %+v, want one that names userId and the spelling that was sent", p)
	}
}

func TestARefusalOfTheUseCaseNamesItsFields(t *testing.T) {
	a := newAPI(t)
	w := a.send(t, "POST", pathIngest, report("rankPoints", "-1"))
	p := wantProblem(t, w, 422, "validation_failed")
	if p.fields() != "rankPoints" || len(a.ingester.IngestCalls()) != 1 || a.folded != 0 {
		t.Errorf("problem: got %+v after %d calls, want rankPoints named by the use case", p, len(a.ingester.IngestCalls()))
	}
}

func TestTheDecisionIsInTheAnswerOnlyWhenThereIsOne(t *testing.T) {
	a := newAPI(t)
	decision := promotion()
	for name, c := range map[string]struct {
		result  ports.IngestResult
		want    []string
		without string
		header  string
	}{
		"folded only":  {ports.IngestResult{Outcome: domain.FoldUpdated}, []string{`"outcome":"updated"`, `"player":{`}, `"decision"`, ""},
		"first sight":  {ports.IngestResult{Outcome: domain.FoldFirst}, []string{`"outcome":"first"`}, `"decision"`, ""},
		"with a stale": {ports.IngestResult{Outcome: domain.FoldStale}, []string{`"outcome":"stale"`}, `"decision"`, ""},
		"evaluated":    {ports.IngestResult{Decision: &decision}, []string{`"decision":{"action":"PROMOTE"`}, `"decision":null`, ""},
		"replayed":     {ports.IngestResult{Replayed: true}, []string{`"player":{`}, `"decision"`, "true"},
	} {
		t.Run(name, func(t *testing.T) {
			c.result.Player = player(user(77))
			a.ingester.IngestFunc = func(context.Context, ports.IngestRequest) (ports.IngestResult, error) { return c.result, nil }
			w := a.send(t, "POST", pathIngest, goodReport)
			for _, want := range c.want {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("body: got %s, want %s in it", w.Body, want)
				}
			}
			if strings.Contains(w.Body.String(), c.without) {
				t.Errorf("body: got %s, want no %s in it", w.Body, c.without)
			}
			if got := w.Header().Get("idempotent-replayed"); got != c.header {
				t.Errorf("idempotent-replayed: got %q, want %q", got, c.header)
			}
		})
	}
}

func TestAKeyUsedForOtherContentIsRefused(t *testing.T) {
	a := newAPI(t)
	a.ingester.IngestFunc = func(context.Context, ports.IngestRequest) (ports.IngestResult, error) {
		return ports.IngestResult{}, &domain.Error{Kind: domain.KindInvalid, Code: "idempotency_mismatch", Message: "the key was used already"}
	}
	wantProblem(t, a.send(t, "POST", pathIngest, goodReport, "idempotency-key: k"), 422, "idempotency_mismatch")
}
