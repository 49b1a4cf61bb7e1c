package domain

import (
	"time"
	"unicode/utf8"
)

// EffectKind is what an effect is about.
type EffectKind uint8

// The kinds.
const (
	EffectGroupRole   EffectKind = iota + 1 // the member's managed group role shall be that of Rank
	EffectRestriction                       // joining the universes shall be forbidden (Active) or allowed
	EffectObserve                           // what Roblox shows shall be looked at and brought together with the record
	EffectMirror                            // the games' data store shall show the standing
	EffectAnnounce                          // live servers shall be told of the decision
	EffectWebhook                           // a webhook shall be told of the decision, or of Alert
	EffectErase                             // the games' data store shall hold nothing about the player
)

// EffectKinds returns every kind, in the order above.
func EffectKinds() []EffectKind {
	var kinds []EffectKind
	for k := EffectGroupRole; k <= EffectErase; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

// String returns the stable word that storage, logs and metrics use.
func (k EffectKind) String() string {
	switch k {
	case EffectGroupRole:
		return "group_role"
	case EffectRestriction:
		return "restriction"
	case EffectObserve:
		return "observe"
	case EffectMirror:
		return "mirror"
	case EffectAnnounce:
		return "announce"
	case EffectWebhook:
		return "webhook"
	case EffectErase:
		return "erase"
	}
	return ""
}

// ParseEffectKind returns the kind that text names, exactly as String writes it; any other text is an error of KindInvalid.
func ParseEffectKind(text string) (EffectKind, error) {
	for _, k := range EffectKinds() {
		if k.String() == text {
			return k, nil
		}
	}
	return 0, invalid("effect_unknown", "the effect kind is not one of those that decisions cause")
}

// Replaces reports whether a newer effect of this kind makes an undelivered older one of the same player pointless. Announcements, and
// what webhooks are told, are all delivered.
func (k EffectKind) Replaces() bool { return k != EffectAnnounce && k != EffectWebhook }

// Settles reports whether a decision counts as carried out only when its effects of this kind are delivered. What merely tells others
// never delays a decision.
func (k EffectKind) Settles() bool { return k == EffectGroupRole || k == EffectRestriction }

// Effect is one thing that the outside must be told: a wish about state, not a message. It is a value.
type Effect struct {
	Kind   EffectKind
	User   UserID
	Rank   string    // for EffectGroupRole: the rank wanted
	Expect Trail     // for EffectGroupRole: the ranks that Roblox may show for the wish to go ahead
	Active bool      // for EffectRestriction: forbid joining; for EffectObserve: a person asked for the look
	Until  time.Time // for EffectRestriction: its end; zero for none
	Alert  Alert     // for EffectWebhook: what there is to tell where no decision is behind it; then User may be zero
}

// Alert is something that concerns the service, not a player, and that people should hear of. It is a value; the zero Alert is none.
type Alert struct {
	ID    string // the same for everybody who is told
	Topic string // a stable word for machines, such as AlertPaused
	Text  string // a sentence for people, at most MaxAlert runes
}

// The topics of alerts.
const (
	AlertPaused  = "automation.paused"  // automation does nothing any more until a person has looked
	AlertStopped = "automation.stopped" // a person stopped everything
	AlertTest    = "test"               // somebody wants to see whether it arrives
)

// MaxAlert is the longest text of an alert, in runes.
const MaxAlert = 1000

// NewAlert returns the alert, its text cut to what it may hold.
func NewAlert(id, topic, text string) Alert {
	n := 0
	for i := range text {
		if n == MaxAlert-1 && utf8.RuneCountInString(text[i:]) > 1 {
			text = text[:i] + "…"
			break
		}
		n++
	}
	return Alert{ID: id, Topic: topic, Text: text}
}

// After returns the effect as it must be once it replaces an older, undelivered one: Roblox may still show what the older one expected,
// or already what it wanted, and a look that a person asked for stays one.
func (e Effect) After(older Effect) Effect {
	if e.Kind == EffectObserve && older.Kind == EffectObserve {
		e.Active = e.Active || older.Active
	}
	if e.Kind != EffectGroupRole || older.Kind != EffectGroupRole {
		return e
	}
	names := append(e.Expect.Names(), older.Rank)
	e.Expect = TrailOf(append(names, older.Expect.Names()...)...)
	return e
}
