package domain

import "time"

// HoldMode says what an order, or a decision, does to its player's hold.
type HoldMode uint8

// The modes. HoldUnsaid is the zero value.
const (
	HoldUnsaid HoldMode = iota // an order leaves it to what the rules would do next; a decision leaves the hold as it is
	HoldOn                     // the player is on hold from then on
	HoldOff                    // the player is not on hold from then on, nor for what the points grew by until then
)

// String returns the word that storage uses: on, off, and "" for unsaid.
func (m HoldMode) String() string {
	switch m {
	case HoldOn:
		return "on"
	case HoldOff:
		return "off"
	case HoldUnsaid:
	}
	return ""
}

// ParseHoldMode returns the mode that text names, exactly as String writes it; any other text is an error of KindInvalid.
func ParseHoldMode(text string) (HoldMode, error) {
	for _, m := range [...]HoldMode{HoldUnsaid, HoldOn, HoldOff} {
		if m.String() == text {
			return m, nil
		}
	}
	return HoldUnsaid, invalid("hold_unknown", "the hold must be on, off or left out")
}

// holdAs returns the mode that leads to a hold.
func holdAs(hold bool) HoldMode {
	if hold {
		return HoldOn
	}
	return HoldOff
}

// After returns the hold of a player once a decision of this mode was carried out.
func (m HoldMode) After(hold bool) bool { return m == HoldOn || m == HoldUnsaid && hold }

// pause settles what becomes of the hold of the player whom d moves: as was asked; else as it would otherwise be, but on where the rules
// would move the player at the next look at them, so that a person's word lasts.
func (d *Decision) pause(p Policy, s Standing, asked, otherwise HoldMode, now time.Time) {
	d.Hold = asked
	if asked == HoldUnsaid {
		d.Hold = otherwise
	}
	if next := d.followed(p, s, now); next.Action == ActionPromote || next.Action == ActionDemote {
		d.Checks.add(Check{Criterion: CriterionNextMove, Action: next.Action, Rank: next.To, Met: true})
		if asked == HoldUnsaid && !d.Hold.After(s.Hold) {
			d.Hold = HoldOn
		}
	}
	if d.Hold.After(s.Hold) {
		d.Checks.add(Check{Criterion: CriterionHold, Met: true})
	}
}

// followed returns what the rules would decide an instant after a move along the ladder, were the player neither on hold, nor through with
// the moves of the day, nor grown too fast; nothing after other actions.
func (d *Decision) followed(p Policy, s Standing, now time.Time) Decision {
	if d.Action != ActionPromote && d.Action != ActionDemote {
		return Decision{}
	}
	after, _ := Apply(p, s, *d, now)
	after.Hold, after.Moves, after.Growth = false, Moves{}, Growth{}
	return Evaluate(p, after, now.Add(time.Microsecond))
}

// holdWords say what becomes of the hold, after a sentence that says the rest; "" when it stays off.
func (d Decision) holdWords() string {
	next, moves := d.Checks.Find(CriterionNextMove)
	_, held := d.Checks.Find(CriterionHold)
	words := ""
	switch {
	case d.Hold == HoldOn:
		words = "; automation is on hold from here on"
	case d.Hold == HoldOff:
		words = "; automation goes on"
	case held:
		words = "; automation stays on hold"
	}
	if moves && words != "" {
		words += ": " + next.Sentence()
	}
	return words
}
