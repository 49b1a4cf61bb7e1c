package opencloud_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestEveryStatusHasItsKind(t *testing.T) {
	for status, want := range map[int]struct {
		kind domain.Kind
		code string
	}{
		204: {domain.KindUnavailable, "open_cloud_answer"}, // without the answer that was needed
		300: {domain.KindUnavailable, "open_cloud_redirect"},
		304: {domain.KindUnavailable, "open_cloud_redirect"},
		400: {domain.KindInvalid, "invalid_argument"},
		401: {domain.KindUnavailable, "open_cloud_key_refused"},
		403: {domain.KindDenied, "permission_denied"},
		404: {domain.KindNotFound, "not_found"},
		405: {domain.KindInvalid, "invalid_argument"},
		408: {domain.KindUnavailable, "unavailable"},
		409: {domain.KindConflict, "aborted"},
		412: {domain.KindConflict, "aborted"},
		415: {domain.KindInvalid, "invalid_argument"},
		422: {domain.KindInvalid, "invalid_argument"},
		429: {domain.KindExhausted, "resource_exhausted"},
		499: {domain.KindUnavailable, "cancelled"},
		500: {domain.KindUnavailable, "unavailable"},
		501: {domain.KindBlocked, "not_implemented"},
		502: {domain.KindUnavailable, "unavailable"},
		503: {domain.KindUnavailable, "unavailable"},
		504: {domain.KindUnavailable, "unavailable"},
		599: {domain.KindUnavailable, "unavailable"},
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			client, calls := answering(t, says(status, ""))
			_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
			e := wantKind(t, err, want.kind, want.code)
			if e.Message == "" || calls() != 1 {
				t.Errorf("got message %q after %d calls, want a sentence after one call", e.Message, calls())
			}
		})
	}
}

func TestCodesOfOurOwnAreNotReplaced(t *testing.T) {
	for status, code := range map[int]string{401: "open_cloud_key_refused", 302: "open_cloud_redirect"} {
		client, _ := answering(t, says(status, `{"code":"UNAUTHENTICATED","message":"no"}`))
		_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
		wantKind(t, err, domain.KindUnavailable, code)
	}
}

func TestEveryShapeOfAnErrorIsUnderstood(t *testing.T) {
	for name, c := range map[string]struct{ body, code, text string }{
		"of the gateway":                    {`{"errors":[{"code":0,"message":"No route"}]}`, "not_found", "No route"},
		"of the gateway, with a text code":  {`{"errors":[{"code":"GONE_AWAY","message":"No"}]}`, "gone_away", "No"},
		"of v2":                             {`{"code":"MEMBER_MISSING","message":"No member","details":[{}]}`, "member_missing", "No member"},
		"of v2 without a message":           {`{"code":"NOT_FOUND"}`, "not_found", ""},
		"of v2 with a number for a code":    {`{"code":5,"message":"No"}`, "not_found", "No"},
		"of v1":                             {`{"error":"NOT_FOUND","message":"No entry","errorDetails":[{"datastoreErrorCode":"EntryNotFound"}]}`, "not_found", "No entry (EntryNotFound)"},
		"of v1 in words":                    {`{"error":"It is not there"}`, "not_found", "It is not there"},
		"of v1 with an object":              {`{"error":{"code":"invalid_json","message":"Bad"}}`, "invalid_json", "Bad"},
		"of v1's validation":                {`{"errors":{"b":["is bad"],"a":["is worse"]},"title":"Wrong","status":404}`, "not_found", "Wrong: a is worse; b is bad"},
		"without anything":                  {``, "not_found", "404"},
		"a page of HTML":                    {"<html>\n<h1>404</h1>\r\n</html>", "not_found", "<html> <h1>404</h1>"},
		"a text":                            {`nope`, "not_found", "nope"},
		"a JSON text":                       {`"nope"`, "not_found", "nope"},
		"null":                              {`null`, "not_found", "404"},
		"an empty list of errors":           {`{"errors":[]}`, "not_found", "404"},
		"a list of texts":                   {`{"errors":["no"]}`, "not_found", "404"},
		"a code that is a sentence":         {`{"code":"you may not <do> that","message":"No"}`, "not_found", "No"},
		"a code that is too long":           {`{"code":"` + strings.Repeat("A", 65) + `","message":"No"}`, "not_found", "No"},
		"line breaks and terminal controls": {`{"code":"NOT_FOUND","message":"No\n2026 forged \u001b[31m line"}`, "not_found", "No 2026 forged  [31m line"},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := answering(t, says(404, c.body))
			_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
			e := wantKind(t, err, domain.KindNotFound, c.code)
			if e.Cause == nil || !strings.Contains(e.Cause.Error(), c.text) {
				t.Errorf("cause: got %v, want it to tell %q", e.Cause, c.text)
			}
			if text := e.Cause.Error(); strings.ContainsAny(text, "\n\r\x1b") || len(text) > 600 {
				t.Errorf("cause: got %q, want one short line", text)
			}
			if c.text != "" && c.text != "404" && strings.Contains(e.Message, c.text) {
				t.Errorf("message: got %q, want our own words only", e.Message)
			}
		})
	}
}

func TestLongTextsOfRobloxAreCut(t *testing.T) {
	client, _ := answering(t, says(500, `{"code":"INTERNAL","message":"`+strings.Repeat("é", 100_000)+`"}`))
	_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
	e := wantKind(t, err, domain.KindUnavailable, "internal")
	if n := len(e.Cause.Error()); n > 1000 {
		t.Fatalf("cause: got %d bytes, want it cut", n)
	}
}

func TestARefusalLongerThanAnAnswerMayBeKeepsItsKind(t *testing.T) {
	client, _ := answering(t, says(403, `{"message":"`+strings.Repeat("x", 2<<20)+`"}`))
	_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
	wantKind(t, err, domain.KindDenied, "permission_denied")
}

func TestRetryAfterIsReadInEveryForm(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		headers []string
		want    time.Duration
	}{
		"seconds":                         {429, []string{"Retry-After: 7"}, 7 * time.Second},
		"broken seconds, rounded up":      {429, []string{"Retry-After: 0.2"}, time.Second},
		"an HTTP date":                    {429, []string{"Retry-After: Sun, 22 Nov 2026 12:01:30 GMT"}, 90 * time.Second},
		"a date that is past":             {429, []string{"Retry-After: Sun, 22 Nov 2026 11:00:00 GMT"}, 5 * time.Second},
		"the reset of the limit":          {429, []string{"X-Ratelimit-Reset: 20"}, 20 * time.Second},
		"Retry-After before the reset":    {429, []string{"Retry-After: 7", "X-Ratelimit-Reset: 20"}, 7 * time.Second},
		"nothing":                         {429, nil, 5 * time.Second},
		"nonsense":                        {429, []string{"Retry-After: soon"}, 5 * time.Second},
		"not a number":                    {429, []string{"Retry-After: NaN"}, 5 * time.Second},
		"nothing to wait for":             {429, []string{"Retry-After: 0"}, 5 * time.Second},
		"a year, cut to an hour":          {429, []string{"Retry-After: 31536000"}, time.Hour},
		"for ever, cut to an hour":        {429, []string{"Retry-After: Inf"}, time.Hour},
		"of a service that is down":       {503, []string{"Retry-After: 11"}, 11 * time.Second},
		"of a service that does not tell": {503, nil, 0},
		"of a refused key":                {401, nil, time.Minute},
		"of a refusal for good":           {403, []string{"Retry-After: 9"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := answering(t, says(c.status, "", c.headers...))
			_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
			if got := domain.RetryAfterOf(err); got != c.want {
				t.Fatalf("RetryAfter: got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTheKeyIsInNoErrorWhateverRobloxRepeats(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("X-Api-Key")
		says(403, `{"code":"PERMISSION_DENIED","message":"the key `+key+` may not"}`, "Location: https://x/"+key)(w, r)
	}
	client, _ := answering(t, echo)
	_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
	e := wantKind(t, err, domain.KindDenied, "permission_denied")
	if !strings.Contains(e.Cause.Error(), "the key [key] may not") {
		t.Fatalf("cause: got %v, want the text with the key left out", e.Cause)
	}
	client, _ = answering(t, func(w http.ResponseWriter, r *http.Request) {
		hijacked, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Errorf("hijack: %v", err)
			return
		}
		_, _ = fmt.Fprintf(hijacked, "HTTP/1.1 200 OK\r\nbroken header %s\r\n\r\n", r.Header.Get("X-Api-Key"))
		_ = hijacked.Close()
	})
	_, err = client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
	wantKind(t, err, domain.KindUnavailable, "open_cloud_unreachable")
}

func TestErrorsTellWhatWasDone(t *testing.T) {
	client, _ := answering(t, says(404, ""))
	_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
	if want := "assign role 12 to user 156: "; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error: got %q, want it to begin with %q", err, want)
	}
	if !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("error: got %v, want one that is domain.ErrNotFound", err)
	}
}
