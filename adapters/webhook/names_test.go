package webhook_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// nasty are names, reasons and ranks that want to be more than text.
var nasty = []string{
	"@everyone", "@here", "<@123>", "<@!123>", "<@&456>", "<#789>", "<!channel>", "<!here>", "<!everyone>", "<!subteam^S1|staff>",
	"<@U024BE7LH>", "<#C024BE7LR|general>", "<https://evil.example|click>", "<https://evil.example>", "<mailto:a@b.example|mail>",
	"[click](https://evil.example)", "[x](http://evil.example \"t\")", "https://evil.example", "http://evil.example/a?b=c", "evil.example",
	"www.evil.example", "discord.gg/abc", "`code`", "```\ncode\n```", "``x``", "*bold*", "**bold**", "_it_", "__u__", "~~gone~~", "~gone~",
	"||spoiler||", "> quote", ">>> quote", "# title", "## title", "- item", "1. item", ":smile:", "<:custom:123>", "<a:custom:123>",
	"<t:1618953630:R>", "</command:123>", "\\@everyone", "\\\\@everyone", "@\u200beveryone", "a\nb\r\nc\x00\x1b[31m", "\u202eenoyreve@", "👩🏽‍🚀 @everyone",
	"&lt;!channel&gt;", "&amp;<!channel>", "@everyone" + strings.Repeat("@everyone", 60), strings.Repeat("<@1>", 200), "\"}],\"content\":\"@everyone\"",
	"@@everyone", "@ everyone <@ 1>", "<<@1>>", "tel:123", "javascript:alert(1)", "file:///etc/passwd",
}

var (
	mention  = regexp.MustCompile(`@(everyone|here)|<[@#!:/at]|<t:`)
	link     = regexp.MustCompile(`\]\(|[a-z]+://|<[a-z]+:`)
	escaped  = regexp.MustCompile(`\\[^0-9A-Za-z\s]`)
	markup   = regexp.MustCompile("[*_~`|<>#]")
	ourBold  = regexp.MustCompile(`^\*\*(.*?)\*\*$`)
	slackRef = regexp.MustCompile(`[<>]`)
)

// messages returns a message with the text in every place that others can write into.
func messages(t *testing.T, text string) []ports.WebhookMessage {
	t.Helper()
	m := told(t)
	m.Username = text
	m.Decision.Reason, m.Decision.Detail = text, text
	m.Decision.Decision.From, m.Decision.Decision.To = text, "to "+text
	at := time.Date(2026, time.March, 14, 9, 26, 53, 0, time.UTC)
	return []ports.WebhookMessage{m, {Webhook: "a", ID: "id", At: at, Alert: domain.NewAlert("id", text, text)}}
}

func TestNoNameIsMoreThanTextInDiscord(t *testing.T) {
	if len(nasty) < 50 {
		t.Fatalf("%d names, want 50 at least", len(nasty))
	}
	for _, name := range nasty {
		for _, m := range messages(t, name) {
			r := startReceiver(t, nil)
			if err := r.client(t, "discord").Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			body := r.deliveries()[0].body
			if !strings.Contains(string(body), `"allowed_mentions":{"parse":[]}`) || strings.Contains(string(body), `"content"`) {
				t.Errorf("%q: %s would notify", name, body)
			}
			total := 0
			for _, text := range decoded(t, body) {
				total += len(utf16.Encode([]rune(text)))
				lines := strings.Split(text, "\n")
				for _, line := range lines {
					line = escaped.ReplaceAllString(ourBold.ReplaceAllString(line, "$1"), "·") // what is escaped shows and does nothing else
					if mention.MatchString(line) || link.MatchString(line) || markup.MatchString(line) {
						t.Errorf("%q is live in %q", name, text)
					}
				}
				if len(lines) > 3 || strings.ContainsFunc(strings.ReplaceAll(text, "\n", ""), func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
					t.Errorf("%q breaks the line in %q", name, text)
				}
			}
			if total > 6000 {
				t.Errorf("%.20q: %d characters in all, Discord takes 6000", name, total)
			}
		}
	}
}

func TestNoNameIsMoreThanTextInSlack(t *testing.T) {
	for _, name := range nasty {
		for _, m := range messages(t, name) {
			r := startReceiver(t, nil)
			if err := r.client(t, "slack").Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			body := r.deliveries()[0].body
			if !strings.Contains(string(body), `"mrkdwn":false,"parse":"none","link_names":false,"unfurl_links":false`) {
				t.Errorf("%q: %s would be searched for links", name, body)
			}
			for _, text := range decoded(t, body) {
				if slackRef.MatchString(text) || mention.MatchString(text) || strings.Contains(text, "://") || strings.ContainsAny(text, "\n\r\x00\x1b") {
					t.Errorf("%q is live in %q", name, text)
				}
				if bare := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(text); strings.Contains(bare, "&") {
					t.Errorf("%q: an & is not escaped in %q", name, text)
				}
			}
		}
	}
}

func TestTheLongestTextsFitIntoDiscord(t *testing.T) {
	for _, long := range []string{"@", "*", "é", "𝕾", "👩"} {
		r := startReceiver(t, nil)
		if err := r.client(t, "discord").Send(t.Context(), messages(t, strings.Repeat(long, 5000))[0]); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Embeds []struct {
				Title, Description string
				Fields             []struct{ Value string }
			}
		}
		if err := json.Unmarshal(r.deliveries()[0].body, &got); err != nil {
			t.Fatal(err)
		}
		embed := got.Embeds[0]
		if n := len(utf16.Encode([]rune(embed.Description))); n > 2000 {
			t.Errorf("%s: a description of %d characters", long, n)
		}
		for _, f := range embed.Fields {
			if n := len(utf16.Encode([]rune(f.Value))); n > 1024 {
				t.Errorf("%s: a field of %d characters", long, n)
			}
		}
	}
}

func TestEveryKindOfDecisionHasATitleOfItsOwn(t *testing.T) {
	for want, change := range map[string]func(*ports.DecisionRecord){
		"Promotion applied": func(*ports.DecisionRecord) {},
		"Demotion superseded": func(r *ports.DecisionRecord) {
			r.Decision.Action, r.Status = domain.ActionDemote, domain.StatusSuperseded
		},
		"Suspension failed": func(r *ports.DecisionRecord) { r.Decision.Action, r.Status = domain.ActionSuspend, domain.StatusFailed },
		"Ban awaiting approval": func(r *ports.DecisionRecord) {
			r.Decision.Action, r.Status = domain.ActionBan, domain.StatusAwaitingApproval
		},
		"Restoration undone":      func(r *ports.DecisionRecord) { r.Decision.Action, r.Status = domain.ActionRestore, domain.StatusUndone },
		"Hold applied":            func(r *ports.DecisionRecord) { r.Decision.Action, r.Decision.Hold = domain.ActionNone, domain.HoldOn },
		"End of the hold applied": func(r *ports.DecisionRecord) { r.Decision.Action, r.Decision.Hold = domain.ActionNone, domain.HoldOff },
		"Correction applied":      func(r *ports.DecisionRecord) { r.Decision.Action = domain.ActionNone },
	} {
		r := startReceiver(t, nil)
		m := told(t)
		change(&m.Decision)
		if err := r.client(t, "discord").Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if body := string(r.deliveries()[0].body); !strings.Contains(body, `"title":"`+want+`"`) {
			t.Errorf("got %s, want the title %q", body, want)
		}
	}
}
