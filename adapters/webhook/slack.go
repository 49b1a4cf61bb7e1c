package webhook

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/grps/grps/ports"
)

// slackDTO is a message to Slack, in which nothing is looked for: no markup, no names, no links.
type slackDTO struct {
	Text        string          `json:"text"`
	Markdown    bool            `json:"mrkdwn"`
	Parse       string          `json:"parse"`
	LinkNames   bool            `json:"link_names"`
	UnfurlLinks bool            `json:"unfurl_links"`
	UnfurlMedia bool            `json:"unfurl_media"`
	Attachments []attachmentDTO `json:"attachments"`
}

type attachmentDTO struct {
	Color      string          `json:"color"`
	Fallback   string          `json:"fallback"`
	Text       string          `json:"text"`
	Fields     []slackFieldDTO `json:"fields,omitempty"`
	Footer     string          `json:"footer"`
	Timestamp  int64           `json:"ts,omitempty"`
	MarkdownIn []string        `json:"mrkdwn_in"` // in none of the parts
}

type slackFieldDTO struct {
	Title string `json:"title"`
	Value string `json:"value"`
	Short bool   `json:"short"`
}

// slackOf returns the message.
func slackOf(m ports.WebhookMessage) slackDTO {
	l := lineOf(m)
	headline := slackText(l.title)
	if l.who != "" {
		headline += ": " + slackText(l.who)
	}
	if l.move != [2]string{} {
		headline += ", " + slackText(l.move[0]) + " → " + slackText(l.move[1])
	}
	attachment := attachmentDTO{
		Color: fmt.Sprintf("#%06X", l.color), Fallback: headline, Text: slackText(l.text), Footer: slackText(l.id), MarkdownIn: []string{},
	}
	if !m.At.IsZero() {
		attachment.Timestamp = m.At.Unix()
	}
	for _, fact := range l.facts {
		attachment.Fields = append(attachment.Fields, slackFieldDTO{Title: fact[0], Value: slackText(fact[1]), Short: len(fact[1]) <= maxName})
	}
	return slackDTO{Text: headline, Parse: "none", Attachments: []attachmentDTO{attachment}}
}

// slackText returns a text so that Slack shows it as it is: the three characters that Slack reads are escaped, and names and addresses are
// broken by what shows nothing, as Slack makes links of some by itself.
func slackText(text string) string {
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "@", "@"+gap, "://", ":"+gap+"//").Replace(text)
	var b strings.Builder
	dot := false
	for _, r := range text {
		if dot && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			b.WriteString(gap)
		}
		b.WriteRune(r)
		dot = r == '.'
	}
	return b.String()
}
