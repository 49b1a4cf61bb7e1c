package app

import (
	"context"
	"fmt"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The bounds of a walk over the group.
const (
	groupPage     = 100              // members that Roblox lists at once
	keptWalks     = 20               // whose differences are kept
	maxAnew       = 3                // how often a walk begins anew because Roblox does not take its place in the list any more
	shortestPause = time.Second      // until a page is asked for again when it was not its turn
	longestTurn   = 30 * time.Second // likewise, at most
)

// tallyAnew counts, among the reasons, how often a walk began anew.
const tallyAnew = "begun_anew"

// groupWalk is the walk over the group's members. It compares what each holds with the record, and where that is asked for it wishes for
// a look at each who differs: the look brings the two together. What it knows of somebody is as old as the page they stood on.
type groupWalk struct{ service *Service }

// step implements walk: it compares one page of members.
func (g groupWalk) step(ctx context.Context, s ports.Sweep) (ports.Sweep, error) {
	why, err := g.forbidden(ctx)
	if err != nil {
		return s, err
	}
	if why != "" {
		return g.service.save(ctx, stopped(s, "stopped, as "+why+". Resume automation and begin another"))
	}
	if s.Cursor == "" && s.Scanned == 0 {
		if err := g.prepare(ctx, &s); err != nil {
			return s, err
		}
	}
	looked := g.service.now()
	page, err := g.page(ctx, s.Cursor)
	if domain.KindOf(err) == domain.KindInvalid && s.Cursor != "" && s.Reasons[tallyAnew] < maxAnew {
		return g.service.save(ctx, begunAnew(s))
	}
	if err != nil {
		return s, err
	}
	return g.compare(ctx, s, page, looked)
}

// forbidden returns why nothing may be sent to Roblox, be it a question; "" when it may. A pause is no reason: what people did is adopted
// then too, and punishments are mended, and what else a look finds waits by itself.
func (g groupWalk) forbidden(ctx context.Context) (string, error) {
	if g.service.parts.Stopped {
		return stoppedBySetting, nil
	}
	automation, err := g.service.parts.Store.Automation(ctx)
	if err != nil {
		return "", wrap("read the switch of automation", err)
	}
	if automation.State != domain.AutomationStopped {
		return "", nil
	}
	return heldBecause(automation), nil
}

// prepare asks how many members there are and forgets what walks found long ago.
func (g groupWalk) prepare(ctx context.Context, s *ports.Sweep) error {
	total, err := g.service.parts.Remote.Roster.CountMembers(ctx)
	if err != nil {
		return wrap("count the members", err)
	}
	s.Total = total
	last, err := g.service.parts.Store.Sweeps(ctx, ports.SweepReconcile, "", keptWalks)
	if err != nil {
		return wrap("list the walks", err)
	}
	if len(last) < keptWalks {
		return nil
	}
	return g.service.unit(ctx, func(ctx context.Context, w ports.Writer) error {
		return wrap("forget what walks found", w.DropDifferences(ctx, last[keptWalks-1].ID))
	})
}

// page lists members. It waits for its turn as long as that takes: everything else at Roblox goes first.
func (g groupWalk) page(ctx context.Context, cursor string) (ports.MemberPage, error) {
	for {
		page, err := g.service.parts.Remote.Roster.Members(ctx, cursor, groupPage)
		if domain.KindOf(err) != domain.KindExhausted {
			return page, wrap("list the members", err)
		}
		if !sleep(ctx, min(max(domain.RetryAfterOf(err), shortestPause), longestTurn)) {
			return page, wrap("list the members", err)
		}
	}
}

// begunAnew returns the walk at its beginning.
func begunAnew(s ports.Sweep) ports.Sweep {
	times := s.Reasons[tallyAnew] + 1
	s.Cursor, s.Scanned, s.Pace, s.Found, s.Decided = "", 0, 0, make(ports.Tally), make(ports.Tally)
	s.Reasons, s.Detail = ports.Tally{tallyAnew: times}, "begun anew: Roblox did not take its place in the list of members any more"
	return s
}

// compare compares the members of a page with the record, in one unit with how far the walk came.
func (g groupWalk) compare(ctx context.Context, s ports.Sweep, page ports.MemberPage, looked time.Time) (ports.Sweep, error) {
	policy := g.service.parts.Policies.Current()
	members := make(map[domain.UserID]ports.Member, len(page.Members))
	users := make([]domain.UserID, 0, len(page.Members))
	for _, m := range page.Members {
		members[m.User] = m
		users = append(users, m.User)
	}
	known, err := g.knownPlayers(ctx, page)
	if err != nil {
		return s, err
	}
	saved, err := g.service.advance(ctx, func(ctx context.Context, w ports.Writer) (ports.Sweep, error) {
		l, players, err := g.service.lockAll(ctx, w, policy, users)
		if err != nil {
			return s, err
		}
		c := comparing{ledger: l, sweep: counting(s), looked: looked, warrant: domain.Warrant{Since: g.service.began, Ordered: s.Schedule == ""}}
		for _, player := range players {
			c.take(player, members[player.UserID])
		}
		c.sweep.Found[ports.TallyUnknown] += int64(len(members) - len(players))
		c.sweep.Found[ports.TallySkipped] += int64(page.Skipped)
		if err := c.write(ctx, s); err != nil {
			return s, err
		}
		return g.past(c.sweep, page, known), nil
	})
	return saved, err
}

// knownPlayers returns how many players are known, once the last page is there.
func (g groupWalk) knownPlayers(ctx context.Context, page ports.MemberPage) (int64, error) {
	if page.Next != "" {
		return 0, nil
	}
	known, err := g.service.parts.Store.CountStandings(ctx, ports.StandingFilter{})
	return known, wrap("count the players", err)
}

// past returns the walk behind a page.
func (g groupWalk) past(s ports.Sweep, page ports.MemberPage, known int64) ports.Sweep {
	s.Cursor, s.Scanned, s.Revision = page.Next, s.Scanned+int64(len(page.Members)+page.Skipped), g.service.parts.Policies.Current().Revision()
	s.Total = max(s.Total, s.Scanned)
	if took := g.service.now().Sub(s.StartedAt); took > 0 {
		s.Pace = max(1, int64(float64(s.Scanned)/took.Seconds()))
	}
	if page.Next != "" {
		return s
	}
	met := s.Found[ports.TallyPending]
	for o := domain.ReconcileSame; o <= domain.ReconcileUnmanaged; o++ {
		met += s.Found[o.String()]
	}
	s.Found[domain.ReconcileAbsent.String()] = max(0, known-met)
	s.Total = s.Scanned
	return finished(s, ending(s))
}

// ending says what a walk that came to its end leaves behind.
func ending(s ports.Sweep) string {
	detail := ""
	differ := differing(s)
	switch {
	case s.Apply && s.Decided[ports.TallyAsked] > 0:
		detail = fmt.Sprintf("%d members are looked at once more, one after the other, and brought in line; the ledger shows what became of each",
			s.Decided[ports.TallyAsked])
	case !s.Apply && differ > 0:
		detail = "nothing was changed, as nobody asked for it"
	}
	if differ > ports.MaxDifferences {
		detail += fmt.Sprintf("; of %d differences the first %d are kept", differ, ports.MaxDifferences)
	}
	return detail
}

// differing returns how many members differ.
func differing(s ports.Sweep) int64 {
	n := int64(0)
	for o := domain.ReconcileSame; o <= domain.ReconcileUnmanaged; o++ {
		if differs(o) {
			n += s.Found[o.String()]
		}
	}
	return n
}

// differs reports whether an outcome is worth a line.
func differs(o domain.ReconcileOutcome) bool {
	switch o {
	case domain.ReconcileMend, domain.ReconcileAdopt, domain.ReconcileRestore, domain.ReconcilePunish, domain.ReconcileLeave:
		return true
	case domain.ReconcileSame, domain.ReconcileAbsent, domain.ReconcileUnmanaged:
	}
	return false
}

// comparing is the comparison of one page.
type comparing struct {
	ledger  *ledger
	sweep   ports.Sweep
	looked  time.Time
	warrant domain.Warrant
	moved   []ports.PlacedStanding
	found   []ports.Difference
}

// take compares one member with the record.
func (c *comparing) take(player domain.Standing, m ports.Member) {
	l := c.ledger
	if open := l.open[player.UserID]; open != nil && open.record.Status == domain.StatusPending {
		c.sweep.Found[ports.TallyPending]++
		return
	}
	r := domain.Reconcile(l.policy, player, domain.Sight{Member: true, Held: m.Roles}, c.warrant)
	c.sweep.Found[r.Outcome.String()]++
	if differs(r.Outcome) {
		c.found = append(c.found, ports.Difference{
			User: player.UserID, Recorded: player.Rank, Held: heldRanks(l.policy, m.Roles), Outcome: r.Outcome,
		})
	}
	if !c.sweep.Apply {
		return
	}
	// Whether a ban holds in every universe is for a look to find out.
	if differs(r.Outcome) && r.Outcome != domain.ReconcileLeave || player.Punishment.Status == domain.PunishmentSevere {
		c.sweep.Decided[ports.TallyAsked]++
		l.enqueue(ports.OutboxEntry{
			Effect: domain.Effect{Kind: domain.EffectObserve, User: player.UserID, Active: c.warrant.Ordered},
			Target: lookForWalk, Lane: ports.LaneSpare,
		})
		return
	}
	after := player.Seen(true, c.looked)
	if r.Outcome == domain.ReconcileSame {
		after = l.confirmed(after, c.looked)
	}
	if after != player {
		c.moved = append(c.moved, place(l.policy, after))
	}
}

// write stores what the page came to. Of the differences it keeps as many as there is room for.
func (c *comparing) write(ctx context.Context, before ports.Sweep) error {
	w := c.ledger.w
	if len(c.moved) > 0 {
		if err := w.SaveStandings(ctx, c.moved); err != nil {
			return wrap("save the players", err)
		}
	}
	room := max(0, ports.MaxDifferences-differing(before))
	if err := w.KeepDifferences(ctx, before.ID, c.found[:min(room, int64(len(c.found)))]); err != nil {
		return wrap("keep the differences", err)
	}
	return c.ledger.write(ctx)
}

// heldRanks returns the managed ranks whose roles are among those, lowest first.
func heldRanks(p domain.Policy, roles []domain.RoleID) []string {
	var ranks []string
	for r := range p.Ladder().Managed() {
		for _, role := range roles {
			if role == r.Role && !role.IsZero() {
				ranks = append(ranks, r.Name)
			}
		}
	}
	return ranks
}
