package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/webhook"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// receiver is a server that hears messages.
type receiver struct {
	*httptest.Server

	mu     sync.Mutex
	heard  []delivery
	answer func(w http.ResponseWriter, r *http.Request) // nil answers 204
}

type delivery struct {
	header http.Header
	body   []byte
}

func startReceiver(t *testing.T, answer func(http.ResponseWriter, *http.Request)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.mu.Lock()
		r.heard = append(r.heard, delivery{request.Header, body})
		r.mu.Unlock()
		if r.answer != nil {
			r.answer(w, request)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) deliveries() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]delivery(nil), r.heard...)
}

// client returns a client with one webhook, "a", that leads to the receiver.
func (r *receiver) client(t *testing.T, format string) *webhook.Client {
	t.Helper()
	secrets := ""
	if format == "generic" {
		secrets = `, "secrets": ["` + secretOne + `", "` + secretTwo + `"]`
	}
	c, err := webhook.New(webhook.Options{AllowPrivate: true, Clock: realClock{}, File: write(t, fmt.Sprintf(
		`{"webhooks": [{"name": "a", "url": "%s/%s", "format": %q%s}]}`, r.URL, secretPath, format, secrets))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func user(t *testing.T, n int64) domain.UserID {
	t.Helper()
	id, err := domain.NewUserID(n)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// told is a message about a promotion.
func told(t *testing.T) ports.WebhookMessage {
	t.Helper()
	at := time.Date(2026, time.March, 14, 9, 26, 53, 589_793_000, time.UTC)
	return ports.WebhookMessage{
		Webhook: "a", ID: "01890a5d-ac96-774b-bcce-b302099a8057", At: at, Username: "ArcTrooper",
		Decision: ports.DecisionRecord{
			ID: "01890a5d-ac96-774b-bcce-b302099a8057", UserID: user(t, 12345678), Status: domain.StatusApplied,
			Decision: domain.Decision{
				Action: domain.ActionPromote, From: "Volt Specialist II", To: "Storm Corporal I", Reason: domain.ReasonEligible, Revision: "revision",
			},
			Principal: "inbound-1", Actor: user(t, 99), CreatedAt: at.Add(-time.Second), UpdatedAt: at,
		},
	}
}

func TestAGenericMessageIsSignedUnderEverySecretAndSaysWhatWasDecided(t *testing.T) {
	r := startReceiver(t, nil)
	before := time.Now().Add(-time.Second)
	if err := r.client(t, "generic").Send(t.Context(), told(t)); err != nil {
		t.Fatal(err)
	}
	heard := r.deliveries()[0]
	id, timestamp := heard.header.Get("webhook-id"), heard.header.Get("webhook-timestamp")
	if id != told(t).ID || heard.header.Get("content-type") != "application/json" {
		t.Errorf("got the headers %v", heard.header)
	}
	var seconds int64
	if _, err := fmt.Sscan(timestamp, &seconds); err != nil || seconds < before.Unix() || seconds > time.Now().Unix() {
		t.Errorf("the timestamp is %q, want the present", timestamp)
	}
	signatures := strings.Split(heard.header.Get("webhook-signature"), " ")
	for i, secret := range []string{secretOne, secretTwo} {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			t.Fatal(err)
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, heard.body)
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); len(signatures) != 2 || signatures[i] != want {
			t.Errorf("signature %d of %q is not %s", i, signatures, want)
		}
	}
	const want = `{"type":"decision.applied","timestamp":"2026-03-14T09:26:53.589793Z","data":{` +
		`"id":"01890a5d-ac96-774b-bcce-b302099a8057","userId":12345678,"username":"ArcTrooper","action":"PROMOTE",` +
		`"fromRank":"Volt Specialist II","toRank":"Storm Corporal I","reasonCode":"ELIGIBLE",` +
		`"reason":"the points and the time in rank suffice for Storm Corporal I","status":"applied","detail":null,"until":null,` +
		`"actorUserId":99,"principal":"inbound-1","policyRevision":"revision","origin":"rules","undoes":null,"createdAt":"2026-03-14T09:26:52.589793Z"}}`
	if diff := cmp.Diff(want, string(heard.body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestAnAlertSaysWhatItIsAbout(t *testing.T) {
	r := startReceiver(t, nil)
	alert := domain.NewAlert("id-1", domain.AlertPaused, "20 demotions in an hour: automation is paused")
	at := time.Date(2026, time.March, 14, 9, 26, 53, 0, time.UTC)
	if err := r.client(t, "generic").Send(t.Context(), ports.WebhookMessage{Webhook: "a", ID: "id-1", At: at, Alert: alert}); err != nil {
		t.Fatal(err)
	}
	const want = `{"type":"automation.paused","timestamp":"2026-03-14T09:26:53Z","data":{"id":"id-1","text":"20 demotions in an hour: automation is paused"}}`
	if diff := cmp.Diff(want, string(r.deliveries()[0].body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestDiscordGetsOneEmbedAndNotifiesNobody(t *testing.T) {
	r := startReceiver(t, nil)
	m := told(t)
	m.Decision.Decision.Action, m.Decision.Decision.Until = domain.ActionSuspend, m.At.Add(14*24*time.Hour)
	m.Decision.Reason = "spamming"
	if err := r.client(t, "discord").Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	heard := r.deliveries()[0]
	const want = `{"embeds":[{"title":"Suspension applied","description":"**ArcTrooper**\nVolt Specialist II → Storm Corporal I\nspamming",` +
		`"color":14687834,"fields":[{"name":"Player","value":"12345678","inline":true},` +
		`{"name":"Until","value":"Sat, 28 Mar 2026 09\\:26\\:53 UTC","inline":true},{"name":"Ordered by","value":"99","inline":true}],` +
		`"footer":{"text":"01890a5d\\-ac96\\-774b\\-bcce\\-b302099a8057"},"timestamp":"2026-03-14T09:26:53.589793Z"}],"allowed_mentions":{"parse":[]}}`
	if diff := cmp.Diff(want, string(heard.body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if heard.header.Get("webhook-signature") != "" {
		t.Error("Discord was sent a signature")
	}
}

func TestSlackGetsAHeadlineAndAnAttachment(t *testing.T) {
	r := startReceiver(t, nil)
	if err := r.client(t, "slack").Send(t.Context(), told(t)); err != nil {
		t.Fatal(err)
	}
	const want = `{"text":"Promotion applied: ArcTrooper, Volt Specialist II → Storm Corporal I","mrkdwn":false,"parse":"none","link_names":false,` +
		`"unfurl_links":false,"unfurl_media":false,"attachments":[{"color":"#2EB67D",` +
		`"fallback":"Promotion applied: ArcTrooper, Volt Specialist II → Storm Corporal I",` +
		`"text":"the points and the time in rank suffice for Storm Corporal I",` +
		`"fields":[{"title":"Player","value":"12345678","short":true},{"title":"Ordered by","value":"99","short":true}],` +
		`"footer":"01890a5d-ac96-774b-bcce-b302099a8057","ts":1773480413,"mrkdwn_in":[]}]}`
	if diff := cmp.Diff(want, string(r.deliveries()[0].body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// Discord allows 30 messages a minute, Slack one a second. No stretch of that length may see more.
func TestAReceiverIsToldNoMoreOftenThanItAllows(t *testing.T) {
	for format, limit := range map[string]struct {
		window time.Duration
		most   int
	}{"discord": {time.Minute, 30}, "slack": {time.Second, 1}} {
		synctest.Test(t, func(t *testing.T) {
			var turns []time.Time
			p := webhook.PaceOf(format)
			for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); {
				err := p.Turn(t.Context(), time.Now())
				if err == nil {
					turns = append(turns, time.Now())
					continue
				}
				time.Sleep(max(domain.RetryAfterOf(err), time.Millisecond))
			}
			for i := range turns {
				n := i
				for ; n < len(turns) && turns[n].Sub(turns[i]) < limit.window; n++ {
				}
				if n-i > limit.most {
					t.Fatalf("%s: %d turns within %s", format, n-i, limit.window)
				}
			}
			if want := int(10*time.Minute/limit.window) * limit.most * 8 / 10; len(turns) < want {
				t.Errorf("%s: %d turns in ten minutes, want %d at least", format, len(turns), want)
			}
		})
	}
}

func TestNobodyWaitsLongForATurn(t *testing.T) {
	for _, format := range []string{"discord", "slack"} {
		synctest.Test(t, func(t *testing.T) {
			p := webhook.PaceOf(format)
			var mu sync.Mutex
			got, refused := 0, 0
			var waiting sync.WaitGroup
			for range 20 {
				waiting.Go(func() {
					began := time.Now()
					err := p.Turn(t.Context(), began)
					mu.Lock()
					defer mu.Unlock()
					if took := time.Since(began); took > 3*time.Second {
						t.Errorf("%s: waited %s for a turn", format, took)
					}
					if got++; err != nil {
						refused++
						if domain.KindOf(err) != domain.KindExhausted || domain.RetryAfterOf(err) <= 3*time.Second {
							t.Errorf("%s: got %v after %s, want it put off", format, err, domain.RetryAfterOf(err))
						}
					}
				})
			}
			waiting.Wait()
			if got != 20 || refused < 10 || refused > 17 {
				t.Errorf("%s: %d of %d were put off", format, refused, got)
			}
		})
	}
}

// texts returns the strings of a JSON value, however deep.
func texts(value any) []string {
	var all []string
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		for _, e := range v {
			all = append(all, texts(e)...)
		}
	case map[string]any:
		for _, e := range v {
			all = append(all, texts(e)...)
		}
	}
	return all
}

func decoded(t *testing.T, body []byte) []string {
	t.Helper()
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return texts(value)
}
