package opencloud_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func decision() ports.DecisionRecord {
	return ports.DecisionRecord{
		ID: "0193-1", UserID: player, Status: domain.StatusPending,
		Decision: domain.Decision{Action: domain.ActionPromote, From: "Recruit", To: "Trooper <II>", Reason: domain.ReasonEligible},
	}
}

func TestADecisionIsAnnouncedInEveryUniverse(t *testing.T) {
	r := newRig(t)
	d := decision()
	d.Decision.Until = noon.Add(time.Hour)
	wantNoError(t, "Announce", r.client.Announce(t.Context(), d))
	messages := r.box.Messages()
	equal(t, "messages", len(messages), 2)
	for i, universe := range []int64{42, 43} {
		equal(t, "universe", messages[i].Universe, universe)
		equal(t, "topic", messages[i].Topic, "grps")
		equal(t, "message", messages[i].Text, `{"id":"0193-1","userId":156,"action":"PROMOTE","fromRank":"Recruit","toRank":"Trooper <II>",`+
			`"reasonCode":"ELIGIBLE","status":"pending","until":"2026-11-22T13:00:00Z"}`)
	}
}

func TestAnAnnouncementNeverExceedsWhatRobloxTakes(t *testing.T) {
	for name, rank := range map[string]string{
		"long names of four bytes each": strings.Repeat("🎖", 64),
		"names that need escapes":       strings.Repeat(`"`, 64),
		"names far beyond the limit":    strings.Repeat("é", 5000),
		"controls":                      strings.Repeat("\x01", 64),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			d := decision()
			d.Decision.From, d.Decision.To = rank, rank
			wantNoError(t, "Announce", r.client.Announce(t.Context(), d))
			text := r.box.Messages()[0].Text
			if len(text) > 1024 || !utf8.ValidString(text) {
				t.Fatalf("message: got %d bytes, want at most 1,024 of UTF-8", len(text))
			}
			got := fields(t, []byte(text))
			equal(t, "id", got["id"], any("0193-1"))
			if to, ok := got["toRank"].(string); !ok || !strings.HasPrefix(rank, to) {
				t.Fatalf("toRank: got %v, want the beginning of the name", got["toRank"])
			}
		})
	}
	client, calls := answering(t, says(200, ""))
	d := decision()
	d.ID = strings.Repeat("x", 2000)
	wantKind(t, client.Announce(t.Context(), d), domain.KindInvalid, "announcement_too_long")
	equal(t, "calls", calls(), 0)
}

func TestEveryUniverseIsTriedAndTheErrorIsOneToRetry(t *testing.T) {
	r := newRig(t)
	r.box.Inject(sandbox.Fault{Kind: sandbox.FaultRefused, Operation: sandbox.OpPublishMessage, Times: 1})
	wantKind(t, r.client.Announce(t.Context(), decision()), domain.KindDenied, "permission_denied")
	equal(t, "messages", len(r.box.Messages()), 1)

	r.box.Inject(sandbox.Fault{Kind: sandbox.FaultRefused, Operation: sandbox.OpPublishMessage, Times: 1})
	r.box.Inject(sandbox.Fault{Kind: sandbox.FaultUnavailable, Operation: sandbox.OpPublishMessage, Times: 1})
	wantKind(t, r.client.Announce(t.Context(), decision()), domain.KindUnavailable, "unavailable")

	r.box.Inject(sandbox.Fault{Kind: sandbox.FaultUnavailable, Operation: sandbox.OpPublishMessage, Times: 1})
	r.box.Inject(sandbox.Fault{Kind: sandbox.FaultRefused, Operation: sandbox.OpPublishMessage, Times: 1})
	wantKind(t, r.client.Announce(t.Context(), decision()), domain.KindUnavailable, "unavailable")
}

func TestAPageOfAProxyIsNoAnnouncement(t *testing.T) {
	client, _ := answering(t, says(200, "<html>log in</html>"))
	wantKind(t, client.Announce(t.Context(), decision()), domain.KindUnavailable, "open_cloud_answer")
	for _, body := range []string{"", "{}", "null"} {
		client, _ = answering(t, says(200, body))
		wantNoError(t, "Announce answered with "+body, client.Announce(t.Context(), decision()))
	}
}
