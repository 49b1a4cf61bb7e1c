package app_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

// roster returns the members of the group as the port, by ascending user. Each call of Members first asks fault, if there is one.
func (g *group) roster(fault func(cursor string) error) *portsmock.RosterMock {
	sorted := func() []domain.UserID {
		var users []domain.UserID
		for user := range g.members {
			users = append(users, user)
		}
		slices.SortFunc(users, func(a, b domain.UserID) int { return int(a.Int64() - b.Int64()) })
		return users
	}
	return &portsmock.RosterMock{
		CountMembersFunc: func(context.Context) (int64, error) {
			g.mu.Lock()
			defer g.mu.Unlock()
			return int64(len(g.members)), nil
		},
		MembersFunc: func(_ context.Context, cursor string, limit int) (ports.MemberPage, error) {
			if fault != nil {
				if err := fault(cursor); err != nil {
					return ports.MemberPage{}, err
				}
			}
			g.mu.Lock()
			defer g.mu.Unlock()
			users, page := sorted(), ports.MemberPage{}
			from := 0
			if cursor != "" {
				after, err := strconv.ParseInt(strings.TrimPrefix(cursor, "after "), 10, 64)
				if err != nil {
					return page, err
				}
				from = slices.IndexFunc(users, func(u domain.UserID) bool { return u.Int64() > after })
			}
			for _, user := range users[from:min(from+limit, len(users))] {
				page.Members = append(page.Members, ports.Member{User: user, Roles: slices.Clone(g.members[user])})
				page.Next = "after " + user.String()
			}
			if from+limit >= len(users) {
				page.Next = ""
			}
			return page, nil
		},
	}
}

// withRoster returns a service that can walk over the group, under the rules that are given or those of the tests.
func withRoster(t *testing.T, fault func(cursor string) error, policy ...domain.Policy) *bench {
	t.Helper()
	store := memstore.New()
	t.Cleanup(func() { _ = store.Close() })
	g, rules := newGroup(), testPolicy(t)
	if len(policy) > 0 {
		rules = policy[0]
	}
	b := newBenchUnder(t, store, app.Remote{Roles: g.mock(), Roster: g.roster(fault)}, rules)
	b.group = g
	return b
}

// startWalk asks for a walk over the group.
func (b *bench) startWalk(apply bool) string {
	b.t.Helper()
	started, err := b.service.StartReconciliation(b.t.Context(), ports.ReconciliationRequest{
		Caller: ports.Caller{Principal: "admin", Actor: userID(b.t, 99), RequestID: "asked"}, Apply: apply,
	})
	if err != nil {
		b.t.Fatalf("start a walk: %v", err)
	}
	return started.ID
}

// walk asks for a walk over the group and waits for its end.
func (b *bench) walk(apply bool) ports.ReconciliationProgress {
	b.t.Helper()
	return b.walked(b.startWalk(apply))
}

func (b *bench) walked(id string) ports.ReconciliationProgress {
	b.t.Helper()
	for range 3600 {
		p, err := b.service.Reconciliation(b.t.Context(), id)
		if err != nil {
			b.t.Fatalf("read the walk: %v", err)
		}
		if !p.State.UnderWay() {
			return p
		}
		time.Sleep(time.Second)
	}
	b.t.Fatal("the walk is still under way after an hour")
	return ports.ReconciliationProgress{}
}

func (b *bench) wantFound(got ports.ReconciliationProgress, found, decided ports.Tally) {
	b.t.Helper()
	if got.State != ports.SweepDone {
		b.t.Errorf("the walk is %s (%s), want done", got.State, got.Detail)
	}
	for what, tally := range map[string][2]ports.Tally{"found": {found, got.Found}, "decided": {decided, got.Decided}} {
		for word, n := range tally[1] {
			if n == 0 {
				delete(tally[1], word)
			}
		}
		if len(tally[0])+len(tally[1]) > 0 {
			if diff := cmp.Diff(tally[0], tally[1]); diff != "" {
				b.t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
	}
}

// differences returns what a walk found, as "user recorded held outcome".
func (b *bench) differences(id string) []string {
	b.t.Helper()
	var lines []string
	for cursor := ""; ; {
		page, err := b.service.Differences(b.t.Context(), id, cursor, 7)
		if err != nil {
			b.t.Fatalf("differences: %v", err)
		}
		for _, d := range page.Differences {
			lines = append(lines, fmt.Sprintf("%s %s %s %s", d.User, d.Recorded, strings.Join(d.Held, "+"), d.Outcome))
		}
		if cursor = page.Next; cursor == "" {
			return lines
		}
	}
}

// drifted makes 350 members, 340 of whom are known, with differences of five kinds; 20 more are known and no members.
func (b *bench) drifted() {
	b.t.Helper()
	var placed []ports.PlacedStanding
	for n := int64(1); n <= 360; n++ {
		s := domain.Standing{
			UserID: userID(b.t, n), Username: "P", Rank: "Trooper", Points: 150, CreatedAt: time.Now(), LastSyncedAt: time.Now(), ObservedAt: time.Now(),
		}
		if n <= 40 {
			s.DecidedAt = time.Now().Add(-time.Hour)
		}
		if n > 20 && n <= 30 {
			s.Rank, s.Punishment = "Suspended", domain.Punishment{Status: domain.PunishmentTrial, Until: time.Now().Add(trial)}
		}
		placed = append(placed, ports.PlacedStanding{Standing: s})
	}
	if err := b.store.Write(b.t.Context(), func(ctx context.Context, w ports.Writer) error { return w.SaveStandings(ctx, placed) }); err != nil {
		b.t.Fatal(err)
	}
	for n := int64(1); n <= 340; n++ {
		switch {
		case n <= 10:
			b.group.join(b.t, n) // lost the role
		case n <= 20:
			b.group.join(b.t, n, "Recruit", "Trooper") // half way
		case n <= 30:
			b.group.join(b.t, n, "Trooper") // came back from a suspension
		case n <= 40:
			b.group.join(b.t, n, "Corporal") // promoted by hand
		case n <= 50:
			b.group.join(b.t, n, "Trooper", "Suspended") // suspended beside the rank, by hand
		default:
			b.group.join(b.t, n, "Trooper")
		}
	}
	for n := int64(1001); n <= 1010; n++ {
		b.group.join(b.t, n, "General")
	}
}

func TestAWalkFindsEveryDifferenceAndChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, nil)
		b.drifted()
		b.sweep()
		b.run()
		got := b.walk(false)
		b.wantFound(got, ports.Tally{"mend": 20, "punish": 10, "adopt": 10, "leave": 10, "same": 290, "absent": 20, "unknown": 10}, nil)
		if got.Total != 350 || got.Scanned != 350 || got.Detail != "nothing was changed, as nobody asked for it" {
			t.Errorf("it walked over %d of %d: %s", got.Scanned, got.Total, got.Detail)
		}
		lines := b.differences(got.ID)
		for i, want := range map[int]string{
			0: "1 Trooper  mend", 10: "11 Trooper Recruit+Trooper mend", 20: "21 Suspended Trooper punish", 30: "31 Trooper Corporal adopt",
			40: "41 Trooper Trooper+Suspended leave", 49: "50 Trooper Trooper+Suspended leave",
		} {
			if len(lines) != 50 || lines[i] != want {
				t.Fatalf("found %d differences, the one at %d as %q, want 50 and %q", len(lines), i, lines[min(i, len(lines)-1)], want)
			}
		}
		time.Sleep(time.Hour)
		b.wantDecisions()
		b.wantLooks()
		if wrote := b.group.written(); wrote != nil {
			t.Errorf("wrote %q at Roblox", wrote)
		}
	})
}

func TestAWalkThatAppliesBringsEverybodyInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, nil)
		b.drifted()
		b.sweep()
		b.run()
		found := ports.Tally{"mend": 20, "punish": 10, "adopt": 10, "leave": 10, "same": 290, "absent": 20, "unknown": 10}
		b.wantFound(b.walk(true), found, ports.Tally{"asked": 40})
		time.Sleep(10 * time.Minute)
		for n := int64(1); n <= 340; n++ {
			want := []string{"Trooper"}
			switch {
			case n > 20 && n <= 30:
				want = []string{"Suspended"}
			case n > 30 && n <= 40:
				want = []string{"Corporal"}
			case n > 40 && n <= 50:
				want = []string{"Trooper", "Suspended"} // for a person
			}
			b.wantHeld(n, want...)
		}
		for n := int64(1001); n <= 1010; n++ {
			b.wantHeld(n, "General")
		}
		if s := b.standing(35); s.Rank != "Corporal" {
			t.Errorf("the record shows %q for whom somebody promoted", s.Rank)
		}
		if depth, err := b.store.Depth(t.Context()); err != nil || depth.Waiting+depth.Dead != 0 {
			t.Errorf("%d effects wait and %d are dead (%v)", depth.Waiting, depth.Dead, err)
		}
		b.wantFound(b.walk(true), ports.Tally{"leave": 10, "same": 330, "absent": 20, "unknown": 10}, nil)
	})
}

func TestAnEmptyStoreDemotesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, nil, restoringPolicy(t))
		for n := int64(1); n <= 250; n++ {
			b.group.join(t, n, rankNames[n%5])
		}
		b.sweep()
		b.run()
		b.wantFound(b.walk(true), ports.Tally{"unknown": 250}, nil)
		time.Sleep(time.Hour)
		if wrote := b.group.written(); wrote != nil {
			t.Errorf("wrote %q at Roblox", wrote)
		}
	})
}

func TestAStoreThatWasSetBackDemotesNobody(t *testing.T) {
	for name, policy := range map[string]func(*testing.T) domain.Policy{"adopt": testPolicy, "restore": restoringPolicy} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := withRoster(t, nil, policy(t))
				b.drifted()
				for n := int64(1); n <= 340; n++ {
					b.group.join(t, n, "Sergeant") // what became of them since
				}
				b.group.join(t, 1, "General")
				b.sweep()
				b.run()
				b.walk(true)
				time.Sleep(time.Hour)
				for n := int64(2); n <= 340; n++ {
					if n <= 20 || n > 30 { // the suspensions that it remembers are in force
						b.wantHeld(n, "Sergeant")
					}
				}
				b.wantHeld(1, "General")
			})
		})
	}
}

func TestAWalkConfirmsTheRecordWherePeopleAreHeldToIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, nil, restoringPolicy(t))
		b.drifted()
		b.sweep()
		b.run()
		b.walk(true)
		time.Sleep(10 * time.Minute)
		b.group.join(t, 100, "Sergeant")
		b.wantFound(b.walk(true), ports.Tally{"restore": 1, "leave": 10, "same": 329, "absent": 20, "unknown": 10}, ports.Tally{"asked": 1})
		time.Sleep(time.Minute)
		b.wantHeld(100, "Trooper")
	})
}

func TestAWalkLooksWhetherBansHoldInEveryUniverse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, wall := newGroup(), newWall()
		b := newBench(t, app.Remote{Roles: g.mock(), Roster: g.roster(nil), Restrictions: wall.mock(), Universes: universes(t, 42, 43)})
		b.group = g
		g.join(t, 7, "Trooper")
		b.run()
		b.sweep()
		b.apply(b.report(7, 150, rank("Trooper"), warnings(7)))
		wall.open(t, 42)
		b.wantFound(b.walk(true), ports.Tally{"same": 1}, ports.Tally{"asked": 1})
		time.Sleep(10 * time.Second)
		if !wall.shut(t, 42) {
			t.Error("the player may join a universe")
		}
	})
}

func TestAWalkLeavesAloneWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, nil)
		b.group.join(t, 7, "Trooper")
		b.sweep()
		b.apply(b.report(7, 250, rank("Trooper"))) // and nothing delivers it
		b.wantFound(b.walk(true), ports.Tally{"pending": 1}, nil)
	})
}
