package httpapi_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap/zapcore"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathNotifications = "/roblox/webhooks"
	robloxSecret      = "the secret of the webhook at Roblox"
	olderSecret       = "the secret before that one"
)

// withSecrets lets notifications be signed with either secret.
func withSecrets(a *api) { a.options.NotificationSecrets = []string{robloxSecret, olderSecret} }

// signed returns the header that signs a body at an instant.
func signed(secret string, at time.Time, body string) string {
	h := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(h, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("roblox-signature: t=%d,v1=%s", at.Unix(), base64.StdEncoding.EncodeToString(h.Sum(nil)))
}

func notification(event, id, user string) string {
	return `{"NotificationId":"` + id + `","EventType":"` + event + `","EventTime":"2026-03-01T12:00:00.2118874Z",` +
		`"EventPayload":{"UserId":` + user + `,"GameIds":[1234, 2345]}}`
}

func TestANotificationOfRobloxHasItsUserErased(t *testing.T) {
	body := notification("RightToErasureRequest", "n-1", "77")
	for name, secret := range map[string]string{"the secret": robloxSecret, "the one before": olderSecret} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withKeys, withSecrets)
			w := a.send(t, "POST", pathNotifications, body, signed(secret, now.Add(-9*time.Minute), body))
			if w.Code != 200 {
				t.Fatalf("status: got %d %s, want 200", w.Code, w.Body)
			}
			wantBody(t, w.Body.String(), `{"status":"accepted","erasure":"`+madeID+`"}`)
			calls := a.eraser.EraseCalls()
			if len(calls) != 1 || calls[0].Request.User != user(77) || calls[0].Request.Notification != "n-1" || calls[0].Request.Principal != "roblox" {
				t.Errorf("Erase: got %+v, want one about 77 for n-1 by roblox", calls)
			}
		})
	}
}

func TestANotificationThatWasTakenBeforeIsAnsweredAndDoesNothing(t *testing.T) {
	a := newAPI(t, withSecrets)
	a.eraser.EraseFunc = func(context.Context, ports.EraseRequest) (ports.Erasure, bool, error) {
		return ports.Erasure{ID: madeID}, false, nil
	}
	body := notification("RightToErasureRequest", "n-1", "77")
	wantBody(t, a.send(t, "POST", pathNotifications, body, signed(robloxSecret, now, body)).Body.String(), `{"status":"duplicate","erasure":"`+madeID+`"}`)
}

func TestWhatIsNotAboutErasureIsTakenAndIgnored(t *testing.T) {
	for _, event := range []string{"SampleNotification", "SubscriptionPurchased", "righttoerasurerequest"} {
		a := newAPI(t, withSecrets)
		body := notification(event, "n-1", "1")
		wantBody(t, a.send(t, "POST", pathNotifications, body, signed(robloxSecret, now, body)).Body.String(), `{"status":"ignored"}`)
		if a.calls() > 0 {
			t.Errorf("%s: got %d calls of use cases, want none", event, a.calls())
		}
	}
}

func TestNothingThatRobloxDidNotSignInTheLastMinutesErasesAnybody(t *testing.T) {
	body := notification("RightToErasureRequest", "n-1", "77")
	good := strings.TrimPrefix(signed(robloxSecret, now, body), "roblox-signature: ")
	at, code, _ := strings.Cut(good, ",")
	for name, send := range map[string]struct {
		body   string
		header []string
	}{
		"no signature":                   {body, nil},
		"an admin's key instead":         {body, []string{"x-grps-api-key: " + adminSecret}},
		"an empty one":                   {body, []string{"roblox-signature: "}},
		"no code":                        {body, []string{"roblox-signature: " + at}},
		"no time":                        {body, []string{"roblox-signature: " + code}},
		"an empty code":                  {body, []string{"roblox-signature: " + at + ",v1="}},
		"a code that is not in base64":   {body, []string{"roblox-signature: " + at + ",v1=***"}},
		"a code in hex":                  {body, []string{"roblox-signature: " + at + ",v1=" + strings.Repeat("ab", 32)}},
		"a code cut short":               {body, []string{"roblox-signature: " + good[:len(good)-8] + "AAA="}},
		"another secret":                 {body, []string{signed("another secret", now, body)}},
		"an empty secret":                {body, []string{signed("", now, body)}},
		"another body":                   {strings.Replace(body, "77", "78", 1), []string{"roblox-signature: " + good}},
		"the body with a space":          {body + " ", []string{"roblox-signature: " + good}},
		"the body's code without a time": {body, []string{"roblox-signature: t=,v1=" + code[3:]}},
		"another time":                   {body, []string{"roblox-signature: " + fmt.Sprintf("t=%d,%s", now.Unix()+1, code)}},
		"a time that is none":            {body, []string{"roblox-signature: t=now," + code}},
		"a time with a fraction":         {body, []string{"roblox-signature: " + at + ".0," + code}},
		"ten minutes and a second old":   {body, []string{signed(robloxSecret, now.Add(-601*time.Second), body)}},
		"ten minutes ahead":              {body, []string{signed(robloxSecret, now.Add(602*time.Second), body)}},
		"a year ahead":                   {body, []string{signed(robloxSecret, now.Add(365*24*time.Hour), body)}},
		"two headers":                    {body, []string{"roblox-signature: " + good, signed("x", now, body)}},
		"two codes":                      {body, []string{"roblox-signature: " + good + "," + code}},
		"two times":                      {body, []string{"roblox-signature: " + at + "," + good}},
		"signed as for /sync/roblox":     {body, []string{"x-grps-signature: " + strings.Repeat("ab", 32)}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withKeys, withSecrets)
			w := a.send(t, "POST", pathNotifications, send.body, send.header...)
			wantProblem(t, w, 401, "signature_required")
			if w.Header().Get("WWW-Authenticate") == "" {
				t.Error("WWW-Authenticate: got none, want what to sign with")
			}
			if a.calls() > 0 {
				t.Errorf("calls of use cases: got %d, want none", a.calls())
			}
		})
	}
}

func TestANotificationThatIsSignedAndMakesNoSenseIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		body   string
		status int
	}{
		"no JSON":           {"nonsense", 400},
		"a list":            {"[]", 422},
		"nothing":           {"{}", 422},
		"no id":             {`{"EventType":"RightToErasureRequest","EventPayload":{"UserId":1}}`, 422},
		"an id of controls": {notification("RightToErasureRequest", `\u0007`, "77"), 422},
		"no payload":        {`{"NotificationId":"n","EventType":"RightToErasureRequest"}`, 422},
		"no user":           {`{"NotificationId":"n","EventType":"RightToErasureRequest","EventPayload":{}}`, 422},
		"the user 0":        {notification("RightToErasureRequest", "n", "0"), 422},
		"the user -1":       {notification("RightToErasureRequest", "n", "-1"), 422},
		"two users":         {`{"NotificationId":"n","EventType":"RightToErasureRequest","EventPayload":{"UserId":1,"UserId":2}}`, 400},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withSecrets)
			w := a.send(t, "POST", pathNotifications, test.body, signed(robloxSecret, now, test.body))
			if w.Code != test.status || a.calls() > 0 {
				t.Errorf("got %d and %d calls, want %d and none: %s", w.Code, a.calls(), test.status, w.Body)
			}
		})
	}
}

func TestWithoutASecretNoNotificationIsTaken(t *testing.T) {
	a := newAPI(t)
	body := notification("RightToErasureRequest", "n-1", "77")
	wantProblem(t, a.send(t, "POST", pathNotifications, body, signed("", now, body)), 409, "notifications_not_configured")
	if a.calls() > 0 {
		t.Errorf("calls of use cases: got %d, want none", a.calls())
	}
}

func TestAnAdministratorErasesAndLiftsThat(t *testing.T) {
	a := newAPI(t)
	w := a.send(t, "DELETE", "/players/77", "", "x-grps-actor: 5")
	if w.Code != 202 || w.Header().Get("Location") != "/erasures/"+madeID {
		t.Fatalf("got %d and the location %q, want 202 and where to look", w.Code, w.Header().Get("Location"))
	}
	wantBody(t, w.Body.String(), `{"id":"`+madeID+`","state":"queued","askedAt":"2026-03-01T12:00:00.25Z","endedAt":null,"by":"anonymous","notificationId":null,"banned":false}`)
	if calls := a.eraser.EraseCalls(); len(calls) != 1 || calls[0].Request.User != user(77) || calls[0].Request.Notification != "" {
		t.Errorf("Erase: got %+v, want one about 77, of no notification", calls)
	}
	if w := a.send(t, "DELETE", "/players/77/tombstone", ""); w.Code != 200 || !strings.Contains(w.Body.String(), `"state":"lifted"`) {
		t.Errorf("the tombstone: got %d %s, want 200 and lifted", w.Code, w.Body)
	}
	if calls := a.eraser.LiftErasureCalls(); len(calls) != 1 || calls[0].User != user(77) {
		t.Errorf("LiftErasure: got %+v, want one about 77", calls)
	}
	wantBody(t, a.send(t, "GET", "/erasures?limit=5", "").Body.String(), `{"erasures":[],"nextCursor":null}`)
	if w := a.send(t, "GET", "/erasures/"+strings.ToUpper(madeID), ""); w.Code != 200 || a.eraser.ErasureCalls()[0].ID != madeID {
		t.Errorf("an erasure: got %d, want 200", w.Code)
	}
	wantProblem(t, a.send(t, "DELETE", "/players/05", ""), 400, "id_malformed")
}

func TestWhatIsHeldAboutAPlayerIsOneDocument(t *testing.T) {
	a := newAPI(t)
	a.eraser.HoldingsFunc = func(_ context.Context, _ domain.UserID, use func(string, []byte) error) error {
		for _, row := range [][2]string{{"players", `{"a":1}`}, {"decisions", `{"b":1}`}, {"decisions", `{"b":2}`}} {
			if err := use(row[0], []byte(row[1])); err != nil {
				return err
			}
		}
		return nil
	}
	w := a.send(t, "GET", "/players/77/export", "")
	wantBody(t, strings.ReplaceAll(w.Body.String(), "\n", ""),
		`{"userId":77,"exportedAt":"2026-03-01T12:00:00.25Z","tables":{"players":[{"a":1}],"decisions":[{"b":1},{"b":2}]}}`)
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("content type: got %q, want application/json", got)
	}
	a.eraser.HoldingsFunc = func(context.Context, domain.UserID, func(string, []byte) error) error { return domain.ErrNotFound }
	wantProblem(t, a.send(t, "GET", "/players/77/export", ""), 404, "not_found")
}

func TestAnExportThatIsCutOffIsNoDocumentAndItsLineSaysWhy(t *testing.T) {
	a := newAPI(t)
	a.eraser.HoldingsFunc = func(_ context.Context, _ domain.UserID, use func(string, []byte) error) error {
		return errors.Join(use("players", []byte(`{"a":1}`)), domain.ErrUnavailable)
	}
	w := httptest.NewRecorder()
	func() {
		defer func() {
			if got := recover(); got != http.ErrAbortHandler { //nolint:errorlint // the very value must come through
				t.Errorf("panic: got %v, want http.ErrAbortHandler, which closes the connection", got)
			}
		}()
		a.ServeHTTP(w, httptest.NewRequest("GET", "/players/77/export", nil))
	}()
	if w.Body.Len() == 0 || json.Valid(w.Body.Bytes()) {
		t.Errorf("body: got %s, want the beginning of a document", w.Body)
	}
	if lines := a.logs.All(); len(lines) != 1 || lines[0].Level != zapcore.ErrorLevel || lines[0].ContextMap()["error_kind"] != "unavailable" {
		t.Errorf("lines: got %+v, want one that says that the store does not answer", lines)
	}
}

func TestNoLineNamesSomebodyWhoIsErasedOrUnknown(t *testing.T) {
	a := newAPI(t)
	a.players.PlayerFunc = func(context.Context, domain.UserID) (ports.PlacedStanding, error) {
		return ports.PlacedStanding{}, domain.ErrNotFound
	}
	for _, request := range []string{"DELETE /players/770077", "DELETE /players/770077/tombstone", "GET /players/770077/export", "GET /players/770077"} {
		method, path, _ := strings.Cut(request, " ")
		a.send(t, method, path, "")
	}
	for _, line := range a.logs.All() {
		for _, field := range line.Context {
			if field.Integer == 770077 || strings.Contains(field.String, "770077") {
				t.Errorf("%s: got the field %s with the user's id, want none", line.Message, field.Key)
			}
		}
	}
	if a.logs.Len() != 4 {
		t.Errorf("lines: got %d, want one for each request", a.logs.Len())
	}
}

func TestNobodyActsInTheNameOfSomebodyWhoWasErased(t *testing.T) {
	a := newAPI(t, func(a *api) { a.options.Erased = func(u domain.UserID) bool { return u == user(5) } })
	for _, send := range []struct{ method, path, body, header string }{
		{http.MethodPost, pathIngest, goodReport, "x-grps-actor: 5"},
		{http.MethodPost, pathIngest + "/batch", `{"snapshots":[` + goodReport + `]}`, "x-grps-actor: 5"},
		{http.MethodPost, pathDecide, `{"userId":77,"actorUserId":5}`, "x-request-id: r"},
		{http.MethodPost, "/players/77/hold", `{"actorUserId":5}`, "x-request-id: r"},
		{http.MethodDelete, "/players/77", "", "x-grps-actor: 5"},
	} {
		p := wantProblem(t, a.send(t, send.method, send.path, send.body, send.header), 403, "actor_erased")
		if strings.Contains(p.Detail, "5") {
			t.Errorf("detail: got %q, want nobody's id in it", p.Detail)
		}
	}
	if a.calls() > 0 {
		t.Errorf("calls of use cases: got %d, want none", a.calls())
	}
	if w := a.send(t, "POST", pathDecide, `{"userId":77,"actorUserId":6}`); w.Code != 200 {
		t.Errorf("somebody else: got %d, want 200", w.Code)
	}
}
