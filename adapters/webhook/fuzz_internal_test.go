package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/domain"
)

// FuzzWebhooks reads any file of webhooks. What is refused names its faults and neither a secret nor an address; what is taken leads over
// https to the port of it, has names of its own, and is signed unless its format says otherwise.
func FuzzWebhooks(f *testing.F) {
	const hidden = "canary-path-of-the-address"
	const secret = "whsec_Y2FuYXJ5LW9uZS1jYW5hcnktb25lLWNhbmFyeS1vbmU="
	for _, text := range []string{
		`{"webhooks":[{"name":"a","url":"https://example.org/` + hidden + `","secrets":["` + secret + `"],"actions":["BAN","PROMOTE"]},{"name":"b","url":"https://discord.com:443/x","format":"discord"}]}`,
		`{"webhooks":[{"name":"a","url":"https://example.org/` + hidden + `","format":"slack"},{"name":"a","url":"http://u:p@[::1]/#x","secrets":[]}]}`,
		`{"webhooks":[{"` + secret + `":1,"name":"` + secret + `","url":"` + secret + `","secrets":["` + hidden + `"],"format":"` + hidden + `","actions":["` + hidden + `"]}]}`,
		`{"webhooks":[{"name":"a","url":"http://example.org/x","format":"slack"}]}`, `{"webhooks":[{"name":"a","url":"https://example.org:8443/x","format":"slack"}]}`,
		`{"webhooks":[{"name":"a","url":"https://u@example.org/x","format":"slack"}]}`, `{"webhooks":[{"name":"a","url":"https://example.org/x"}]}`,
		`{"webhooks":[],"webhooks":[]}`, `{"webhooks":[` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `]}`, `{"webhooks":[null,1,{}]}`, "{", "\xff", `7`,
	} {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, private bool) {
		noted := &faults{file: "webhooks.json"}
		value, at, err := parse(text)
		if err != nil {
			noted.add(at, err.Error())
		} else {
			compareTree(t, text, value)
		}
		targets := []*target(nil)
		if err == nil {
			targets = targetsOf(value, private, noted)
		}
		if err := noted.err(); err != nil {
			e, ok := errors.AsType[*domain.Error](err)
			if !ok || e.Kind != domain.KindInvalid || len(e.Fields) == 0 {
				t.Fatalf("got the error %#v, want an invalid one that names faults", err)
			}
			for _, told := range e.Fields {
				if strings.Contains(told.Field+told.Message, hidden) || strings.Contains(told.Field+told.Message, secret) {
					t.Errorf("the fault %+v shows a secret", told)
				}
			}
			return
		}
		names := map[string]bool{}
		for _, taken := range targets {
			port := taken.url.Port()
			if !nameForm.MatchString(taken.name) || names[taken.name] || (taken.format == formatGeneric) != (len(taken.secrets) > 0) || taken.url.User != nil ||
				taken.url.Hostname() == "" || !private && (taken.url.Scheme != "https" || port != "" && port != "443") {
				t.Errorf("took %+v for a webhook, leading to %s", taken, taken.url)
			}
			names[taken.name] = true
		}
	})
}

// compareTree holds a tree against what encoding/json makes of the same text.
func compareTree(t *testing.T, text []byte, value any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var want any
	if err := decoder.Decode(&want); err != nil || !reflect.DeepEqual(value, want) {
		t.Errorf("the tree of %q: got %#v, want %#v (%v)", text, value, want, err)
	}
}

// FuzzAnswer learns from any answer of a receiver: whatever it asks for, it is left alone for no longer than messages wait, and what it
// answers is shown nowhere.
func FuzzAnswer(f *testing.F) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, after := range []string{"", "5", "0.25", "-1", "NaN", "Inf", "1e400", "Sun, 22 Nov 2026 12:01:00 GMT", "Sun, 22 Nov 9999 12:01:00 GMT"} {
		f.Add(uint16(429), after, "0", after, []byte(`{"retry_after": `+after+`}`))
	}
	f.Add(uint16(204), "", "7", "1", []byte(`{"retry_after":"3"}`))
	f.Fuzz(func(t *testing.T, status uint16, after, remaining, reset string, body []byte) {
		header := http.Header{"Retry-After": {after}, "X-Ratelimit-Remaining": {remaining}, "X-Ratelimit-Reset-After": {reset}}
		to := &target{pace: paceOf(formatDiscord)}
		err := to.learn(&http.Response{StatusCode: int(status), Header: header, Body: io.NopCloser(bytes.NewReader(body))}, now)
		if good := status >= 200 && status < 300; good != (err == nil) {
			t.Errorf("status %d: got error %v, want one for every status but 2xx", status, err)
		}
		if wait := domain.RetryAfterOf(err); wait < 0 || wait > domain.WebhookPatience {
			t.Errorf("left alone for %s, want 0s … %s", wait, domain.WebhookPatience)
		}
		if len(body) > 30 && err != nil && strings.Contains(err.Error(), string(body)) {
			t.Errorf("the error %v shows the answer", err)
		}
		if wait := retryAfter(header, now); wait < 0 || wait > domain.WebhookPatience {
			t.Errorf("retry-after %q: got %s, want 0s … %s", after, wait, domain.WebhookPatience)
		}
		if wait := discordRetryAfter(body); wait < 0 || wait > domain.WebhookPatience {
			t.Errorf("retry_after in %q: got %s, want 0s … %s", body, wait, domain.WebhookPatience)
		}
	})
}
