package app

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// brake keeps a review from punishing more players than somebody can have meant.
type brake struct {
	percent  int64 // of the players that may be punished
	players  int64
	punished int64
}

// holds reports whether more are punished than may be. Exactly as many are let through.
func (b brake) holds() bool { return b.punished*100 > b.percent*b.players }

// sentence says what the brake saw.
func (b brake) sentence(t ports.Tally) string {
	share := math.Ceil(float64(b.punished)*10_000/float64(max(b.players, 1))) / 100
	return fmt.Sprintf("%d of %d players (%s %%) would be demoted (%d), suspended (%d) or banned (%d), and REVIEW_MAX_PUNISH_PERCENT allows %d %%",
		b.punished, b.players, strconv.FormatFloat(share, 'f', -1, 64),
		t[tallyOf(domain.ActionDemote)], t[tallyOf(domain.ActionSuspend)], t[tallyOf(domain.ActionBan)], b.percent)
}

// tallyOf returns the word in which an action is counted.
func tallyOf(a domain.Action) string { return strings.ToLower(a.String()) }

// punished returns how many a tally counts who are worse off.
func punished(t ports.Tally) int64 {
	return t[tallyOf(domain.ActionDemote)] + t[tallyOf(domain.ActionSuspend)] + t[tallyOf(domain.ActionBan)]
}

// moves returns how many a tally counts who are not left where they are.
func moves(t ports.Tally) int64 {
	return punished(t) + t[tallyOf(domain.ActionPromote)] + t[tallyOf(domain.ActionRestore)]
}
