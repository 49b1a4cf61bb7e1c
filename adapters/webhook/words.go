package webhook

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The longest texts of others in a chat message, in runes. What is longer is cut.
const (
	maxName   = 64
	maxReason = 400
	maxDetail = 300
)

// line is a message as people read it. Its texts may hold anything: names are what players choose.
type line struct {
	title string // in words of ours
	who   string
	move  [2]string // from and to; both "" for none
	text  string
	facts [][2]string // what it is called, in words of ours, and what it is
	id    string
	color int
}

// lineOf puts a message into words.
func lineOf(m ports.WebhookMessage) line {
	if m.Decision.ID == "" {
		return line{title: titleOf(m.Alert.Topic), text: clean(m.Alert.Text, domain.MaxAlert), id: m.ID, color: colorAlert}
	}
	r, d := m.Decision, m.Decision.Decision
	l := line{
		title: fmt.Sprintf("%s %s", noun(d), strings.ReplaceAll(string(r.Status), "_", " ")),
		who:   clean(m.Username, maxName), text: clean(reasonOf(r), maxReason), id: r.ID, color: colorOf(d.Action, r.Status),
	}
	l.facts = append(l.facts, [2]string{"Player", r.UserID.String()})
	if d.Action != domain.ActionNone && d.From != d.To {
		l.move = [2]string{clean(d.From, maxName), clean(d.To, maxName)}
	}
	if !d.Until.IsZero() {
		l.facts = append(l.facts, [2]string{"Until", d.Until.UTC().Format(time.RFC1123)})
	}
	if !r.Actor.IsZero() {
		l.facts = append(l.facts, [2]string{"Ordered by", r.Actor.String()})
	}
	if r.Detail != "" {
		l.facts = append(l.facts, [2]string{"Detail", clean(r.Detail, maxDetail)})
	}
	return l
}

// titleOf returns a topic in words: automation.paused is "Automation paused".
func titleOf(topic string) string {
	words := clean(strings.ReplaceAll(topic, ".", " "), maxName)
	first, size := utf8.DecodeRuneInString(words)
	if size == 0 {
		return "Notice"
	}
	return string(unicode.ToUpper(first)) + words[size:]
}

func noun(d domain.Decision) string {
	switch d.Action {
	case domain.ActionPromote:
		return "Promotion"
	case domain.ActionDemote:
		return "Demotion"
	case domain.ActionSuspend:
		return "Suspension"
	case domain.ActionBan:
		return "Ban"
	case domain.ActionRestore:
		return "Restoration"
	case domain.ActionNone:
	}
	switch d.Hold {
	case domain.HoldOn:
		return "Hold"
	case domain.HoldOff:
		return "End of the hold"
	case domain.HoldUnsaid:
	}
	return "Correction" // Roblox was brought in line with the record
}

// The colours, as red, green and blue.
const (
	colorGood   = 0x2EB67D
	colorLower  = 0xECB22E
	colorPunish = 0xE01E5A
	colorAlert  = 0xE8590C
	colorPlain  = 0x868E96
)

// colorOf returns the colour of an action; what was not carried out is plain.
func colorOf(action domain.Action, status domain.Status) int {
	switch {
	case status != domain.StatusApplied:
		return colorPlain
	case action.Punishes():
		return colorPunish
	case action == domain.ActionDemote:
		return colorLower
	case action == domain.ActionPromote, action == domain.ActionRestore:
		return colorGood
	}
	return colorPlain
}

// clean returns a text of others on one line, without characters that show nothing but turn the rest around, cut to so many runes.
func clean(text string, most int) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Bidi_Control, r), r == unicode.ReplacementChar:
			continue
		case unicode.IsControl(r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			r = ' '
		}
		if n++; n > most {
			b.WriteString("…")
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// gap separates what must not be read together, and shows nothing.
const gap = "\u200b"
