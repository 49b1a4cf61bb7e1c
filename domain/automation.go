package domain

import (
	"strconv"
	"time"
)

// AutomationState says whether automation carries out what it decides.
type AutomationState uint8

// The states. AutomationRunning is the zero value.
const (
	AutomationRunning AutomationState = iota
	AutomationPaused                  // a limit was reached: what the rules decide is held; suspensions end, and people act
	AutomationStopped                 // somebody stopped it: nothing is carried out, whoever decides, and nothing leaves to Roblox
)

// String returns the word that the API and storage use: running, paused or stopped.
func (s AutomationState) String() string {
	switch s {
	case AutomationPaused:
		return "paused"
	case AutomationStopped:
		return "stopped"
	case AutomationRunning:
	}
	return "running"
}

// ParseAutomationState returns the state that text names, exactly as String writes it; any other text is an error of KindInvalid.
func ParseAutomationState(text string) (AutomationState, error) {
	for s := AutomationRunning; s <= AutomationStopped; s++ {
		if s.String() == text {
			return s, nil
		}
	}
	return AutomationRunning, invalid("automation_state_unknown", "the state must be running, paused or stopped")
}

// Automation is the switch of automation, and what it moved in the last hour. It is a value; the zero value runs and has moved nobody.
type Automation struct {
	State     AutomationState
	Reason    string    // why it came to State, for people; "" when nobody said
	Since     time.Time // when it came to State; zero before the first change
	Principal string    // the name of the key that brought it to State; "" when a limit did
	Actor     UserID    // whom that caller named; zero for nobody
	Tally     Tally     // of the moves since it was last resumed
}

// Admit asks whether an action that the rules decided on may be carried out now, where so many players are known. It returns what becomes
// of the switch: an action that is carried out counts, and one beyond a limit pauses automation. The end of a suspension neither counts
// nor waits for anything but a stop.
func (a Automation) Admit(action Action, l Limits, players int64, now time.Time) (Automation, bool) {
	switch {
	case a.State == AutomationStopped:
		return a, false
	case action == ActionRestore || action == ActionNone:
		return a, true
	case a.State == AutomationPaused:
		return a, false
	}
	moved := a.Tally.LastHour(now)
	if l.MovesPerHour > 0 && moved.All >= l.MovesPerHour {
		return a.paused("more than "+plural(l.MovesPerHour, "move")+" in an hour (maxMovesPerHour)", now), false
	}
	if most := l.Demotions(players); action.Lowers() && l.DemotionsPercent > 0 && moved.Down >= most {
		return a.paused("more than "+plural(most, "demotion")+", suspensions and bans counted in, in an hour (maxDemotionsPercent: "+
			strconv.FormatInt(l.DemotionsPercent, 10)+" % of "+crowd(players)+")", now), false
	}
	a.Tally = a.Tally.With(now, action.Lowers())
	return a, true
}

// Stopped returns the switch as somebody stops it. Stopping what is stopped changes nothing.
func (a Automation) Stopped(reason, principal string, actor UserID, now time.Time) Automation {
	if a.State == AutomationStopped {
		return a
	}
	return a.to(AutomationStopped, reason, principal, actor, now)
}

// Resumed returns the switch as somebody resumes it: it counts from nothing. Resuming what runs changes nothing.
func (a Automation) Resumed(reason, principal string, actor UserID, now time.Time) Automation {
	if a.State == AutomationRunning {
		return a
	}
	a.Tally = Tally{}
	return a.to(AutomationRunning, reason, principal, actor, now)
}

// SetBack returns the switch of a record that was set back to an earlier day, where before is the switch as it was until then. Automation does
// not go on by itself: points of that day are not those of today. What a person stopped stays stopped.
func (a Automation) SetBack(before Automation, reason, principal string, now time.Time) Automation {
	if before.State == AutomationStopped {
		return before
	}
	if a.State == AutomationStopped {
		return a
	}
	return a.to(AutomationPaused, reason, principal, UserID{}, now)
}

func (a Automation) paused(reason string, now time.Time) Automation {
	return a.to(AutomationPaused, reason, "", UserID{}, now)
}

func (a Automation) to(state AutomationState, reason, principal string, actor UserID, now time.Time) Automation {
	a.State, a.Reason, a.Since, a.Principal, a.Actor = state, reason, Instant(now), principal, actor
	return a
}

// fewPlayers is how many players are counted where fewer are known: a share of a handful is nobody, and would pause automation at the first
// suspension.
const fewPlayers = 100

// Demotions returns how many players may be moved down in an hour where so many are known; 0 with DemotionsPercent 0, which is no limit.
func (l Limits) Demotions(players int64) int64 {
	return max(players, fewPlayers) * l.DemotionsPercent / 100
}

// crowd names a number of players, and what it counts as.
func crowd(players int64) string {
	text := plural(players, "player")
	if players < fewPlayers {
		text += ", counted as " + strconv.Itoa(fewPlayers)
	}
	return text
}

// Lowers reports whether the action takes something from a player: whether it demotes, suspends or bans.
func (a Action) Lowers() bool { return a == ActionDemote || a.Punishes() }
