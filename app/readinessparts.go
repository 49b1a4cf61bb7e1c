package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// How old a wish may get before somebody should look: one that settles a decision, and one that only tells others. Three thousand role
// changes take Roblox's limit ten minutes, and a webhook that is down is tried for a day.
const (
	settlingLate = 15 * time.Minute
	settlingLost = 2 * time.Hour
	tellingLate  = 2 * time.Hour
)

// maxFaultsTold bounds how many faults of a document a sentence names.
const maxFaultsTold = 3

// unknownOutbox returns what is said while the store does not tell.
func unknownOutbox() ports.PartState {
	return ports.PartState{Status: ports.PartWarn, Reason: "not known while the store does not answer"}
}

// outboxState says how well effects get away: by the oldest that waits, and by what was given up.
func outboxState(depths []ports.KindDepth) ports.PartState {
	waiting, dead := 0, 0
	status, worst := ports.PartOK, ports.KindDepth{}
	for _, d := range depths {
		waiting, dead = waiting+d.Waiting, dead+d.Dead
		if late := lateness(d); late > status || late == status && d.Oldest > worst.Oldest {
			status, worst = late, d
		}
	}
	reason := "nothing waits"
	if waiting > 0 {
		reason = fmt.Sprintf("%d effects wait, the oldest %s for %s", waiting, worst.Kind, worst.Oldest.Truncate(time.Second))
	}
	if dead > 0 {
		status = max(status, ports.PartWarn)
		reason += fmt.Sprintf("; %d were given up, see GET /effects", dead)
	}
	return ports.PartState{Status: status, Reason: reason}
}

func lateness(d ports.KindDepth) ports.PartStatus {
	switch {
	case d.Kind.Settles() && d.Oldest > settlingLost:
		return ports.PartFail
	case d.Kind.Settles() && d.Oldest > settlingLate, d.Oldest > tellingLate:
		return ports.PartWarn
	}
	return ports.PartOK
}

// sentenceOf returns what may be told of an error: the sentence of the first domain error in its chain and some of its fields, never a
// cause.
func sentenceOf(err error) string {
	e, ok := errors.AsType[*domain.Error](err)
	switch {
	case ok:
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "no answer in time"
	default:
		return "an unexpected fault; the log names it"
	}
	text := e.Message
	for i, f := range e.Fields {
		if i == maxFaultsTold {
			return fmt.Sprintf("%s; and %d more", text, len(e.Fields)-i)
		}
		separator := "; "
		if i == 0 {
			separator = ": "
		}
		text += separator + f.Field + " " + f.Message
	}
	return text
}
