package webhook

import (
	"strings"

	"github.com/grps/grps/ports"
)

// discordDTO is a message to Discord: one embed, and nobody is notified by name.
type discordDTO struct {
	Embeds          []embedDTO  `json:"embeds"`
	AllowedMentions mentionsDTO `json:"allowed_mentions"`
}

type mentionsDTO struct {
	Parse []string `json:"parse"` // never null: that would mean all
}

type embedDTO struct {
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Color       int             `json:"color"`
	Fields      []embedFieldDTO `json:"fields,omitempty"`
	Footer      embedFooterDTO  `json:"footer"`
	Timestamp   string          `json:"timestamp,omitempty"`
}

type embedFieldDTO struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Inline bool   `json:"inline"`
}

type embedFooterDTO struct {
	Text string `json:"text"`
}

// discordOf returns the message. Its parts are far below Discord's limits, of 4,096 characters for a description, 1,024 for a field and
// 6,000 for all: see the bounds of a line, which escaping at most triples.
func discordOf(m ports.WebhookMessage) discordDTO {
	l := lineOf(m)
	embed := embedDTO{
		Title: discordText(l.title), Color: l.color, Footer: embedFooterDTO{discordText(l.id)}, Timestamp: timeText(m.At),
	}
	var parts []string
	if l.who != "" {
		parts = append(parts, "**"+discordText(l.who)+"**")
	}
	if l.move != [2]string{} {
		parts = append(parts, discordText(l.move[0])+" → "+discordText(l.move[1]))
	}
	if l.text != "" {
		parts = append(parts, discordText(l.text))
	}
	embed.Description = strings.Join(parts, "\n")
	for _, fact := range l.facts {
		embed.Fields = append(embed.Fields, embedFieldDTO{Name: fact[0], Value: discordText(fact[1]), Inline: len(fact[1]) <= maxName})
	}
	return discordDTO{Embeds: []embedDTO{embed}, AllowedMentions: mentionsDTO{Parse: []string{}}}
}

// discordMarks are the characters that mean something in Discord's markup, in mentions or in links.
const discordMarks = "\\*_~`|<>#[]():@-+/"

// discordText returns a text so that Discord shows it as it is.
func discordText(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(discordMarks, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		if r == '@' {
			b.WriteString(gap)
		}
	}
	return b.String()
}
