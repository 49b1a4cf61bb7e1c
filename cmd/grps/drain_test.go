package main

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/app"
)

func TestThreeThousandPromotionsDrainInTenMinutesAndABanGoesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const players, banned = 3000, 2500
		d := newDrain(t, sandbox.Limits{})
		service := d.serve()
		d.queue(service, 1, players)
		d.sleepUntil(5 * time.Minute)
		ban := d.ban(service, banned)
		if ban > 5*time.Second {
			t.Errorf("the ban took %s, want 5 s at most", ban)
		}
		drained := d.untilMoved(players)
		if drained > 10*time.Minute {
			t.Errorf("the queue drained in %s, want ten minutes at most", drained)
		}
		refused, all := d.wire.refused()
		t.Logf("%d moves in %s, the ban among them in %s; %d of %d calls refused", players, drained, ban, refused, all)
		d.wantTroopers(players, banned)
		d.wantNoneRefused()
		d.wantOldestFirst(banned)
	})
}

func TestBansOfOutsidersGoFirstWheneverTheyCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDrain(t, sandbox.Limits{})
		service := d.serve()
		d.queue(service, 1, 1200)
		outsider := int64(5000)
		for _, at := range []time.Duration{
			100 * time.Millisecond, 5 * time.Second, 31 * time.Second, 56500 * time.Millisecond, 57500 * time.Millisecond, 59 * time.Second,
			60 * time.Second, 117200 * time.Millisecond, 177500 * time.Millisecond, 200 * time.Second,
		} {
			d.sleepUntil(at)
			outsider++
			d.box.Join(outsider, roleRecruit)
			if took := d.ban(service, outsider); took > 5*time.Second {
				t.Errorf("the ban at %s took %s, want 5 s at most", at, took)
			}
		}
		d.untilMoved(1210)
		d.wantNoneRefused()
	})
}

func TestAWaveOfBansGoesBeforeEverythingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDrain(t, sandbox.Limits{})
		service := d.serve()
		d.queue(service, 1, 900)
		d.sleepUntil(57 * time.Second)
		for user := int64(5001); user <= 5030; user++ {
			d.box.Join(user, roleRecruit)
			d.report(service, user, "Recruit", 0, 7)
		}
		d.sleepUntil(80 * time.Second)
		for user := int64(5001); user <= 5030; user++ {
			d.wantBanned(user)
		}
		d.untilMoved(930)
		d.wantNoneRefused()
	})
}

func TestMovesAreMadeInTheOrderOfTheirLanes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDrain(t, sandbox.Limits{})
		service := d.serve()
		d.queue(service, 1, 600)
		d.sleepUntil(70 * time.Second)
		for n := range int64(10) { // promotions come first, and are made last
			d.queue(service, 1001+n, 1001+n)
			d.box.Join(2001+n, roleTrooper)
			d.report(service, 2001+n, "Trooper", 0, 0)
			d.box.Join(3001+n, roleTrooper)
			d.report(service, 3001+n, "Trooper", 200, 4)
		}
		d.untilMoved(630)
		d.wantNoneRefused()
		latest := func(from int64) time.Duration {
			last := time.Duration(0)
			for n := range int64(10) {
				last = max(last, d.ledger.at(t, from+n).Sub(d.began))
			}
			return last
		}
		suspended, demoted, promoted := latest(3001), latest(2001), latest(1001)
		if suspended > 75*time.Second || demoted > 85*time.Second || demoted < suspended || promoted < 2*time.Minute {
			t.Errorf("suspended by %s, demoted by %s, promoted by %s: want them in that order, and the first two at once", suspended, demoted, promoted)
		}
	})
}

func TestNoCallIsRefusedWhereverRobloxLetsItsMinutesBegin(t *testing.T) {
	t.Parallel()
	counts := []sandbox.Limits{{Counting: sandbox.CountSliding}}
	for phase := range 6 {
		counts = append(counts, sandbox.Limits{Counting: sandbox.CountByClock, Phase: time.Duration(phase)*9700*time.Millisecond + 3*time.Millisecond})
	}
	for _, limits := range counts {
		t.Run(fmt.Sprintf("counting %d from %s", limits.Counting, limits.Phase), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const players = 1200
				d := newDrain(t, limits)
				service := d.serve()
				d.queue(service, 1, players)
				if took := d.untilMoved(players); took > 4*time.Minute {
					t.Errorf("the queue drained in %s, want four minutes at most", took)
				}
				d.wantNoneRefused()
			})
		})
	}
}

func TestNothingIsCalledWithinRetryAfterAndTheQueueGoesOnInItsOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const players = 600
		d := newDrain(t, sandbox.Limits{})
		service := d.serve()
		d.queue(service, 1, players)
		d.sleepUntil(20 * time.Second)
		d.box.Inject(sandbox.Fault{Kind: sandbox.FaultTooMany, Operation: sandbox.OpAssignRole, Times: 1, RetryAfter: 45 * time.Second})
		d.untilMoved(players)
		d.wantTroopers(players)
		assigns := d.callsOf(sandbox.OpAssignRole)
		at := slices.IndexFunc(assigns, func(c sandbox.Call) bool { return c.Status == http.StatusTooManyRequests })
		if at < 0 || at+1 >= len(assigns) {
			t.Fatal("no call was refused, or none came after the one that was")
		}
		refused := assigns[at]
		for _, c := range assigns[at+1:] {
			if after := c.Time.Sub(refused.Time); after < 45*time.Second && after > d.wire.takes {
				t.Errorf("a role was assigned %s after Roblox had asked to wait for 45 s", after)
			}
		}
		if n, all := d.wire.refused(); n != 1 {
			t.Errorf("Roblox refused %d of %d calls, want the one", n, all)
		}
		if tries, most := d.ledger.tried(), 3*players+40; tries > most {
			t.Errorf("%d tries of effects, want at most %d: nothing may be tried in vain while Roblox wants to be left alone", tries, most)
		}
		d.wantOldestFirst()
	})
}

func TestTheQueueGoesOnAfterAnOutageOfFiveMinutes(t *testing.T) {
	t.Parallel()
	for _, fault := range []sandbox.Fault{{Kind: sandbox.FaultUnavailable}, {Kind: sandbox.FaultSilence}, {Kind: sandbox.FaultHTML, Status: 502}} {
		t.Run(string(fault.Kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const players = 900
				d := newDrain(t, sandbox.Limits{})
				service := d.serve()
				d.queue(service, 1, 600)
				d.sleepUntil(20 * time.Second)
				d.box.Inject(fault)
				for user := int64(601); user <= players; user++ {
					time.Sleep(time.Second)
					began := time.Now()
					d.queue(service, user, user)
					if took := time.Since(began); took > 0 {
						t.Fatalf("a report waited %s for Roblox, want it taken in at once", took)
					}
				}
				d.box.ClearFaults()
				over := time.Since(d.began)
				if took := d.untilMoved(players) - over; took > 3*time.Minute {
					t.Errorf("the queue drained %s after the outage, want three minutes at most", took)
				}
				d.wantTroopers(players)
				d.wantNoneRefused()
			})
		})
	}
}

func TestTwoReplicasDrainTheQueueTogetherAndEitherBansAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const players, banned = 3000, 5001
		d := newDrain(t, sandbox.Limits{Counting: sandbox.CountSliding})
		one := d.serve()
		d.queue(one, 1, players)
		d.sleepUntil(100 * time.Second)
		two := d.serve()
		slowest := time.Duration(0)
		for i, at := range []time.Duration{101 * time.Second, 177600 * time.Millisecond, 238 * time.Second, 330 * time.Second} {
			d.sleepUntil(at)
			service := []*app.Service{two, one}[i%2]
			d.box.Join(banned+int64(i), roleRecruit)
			slowest = max(slowest, d.ban(service, banned+int64(i)))
		}
		if slowest > 5*time.Second {
			t.Errorf("the slowest ban took %s, want 5 s at most", slowest)
		}
		drained, most := d.untilMoved(players+4), 10*time.Minute*10/9
		if drained > most {
			t.Errorf("the queue drained in %s, want %s at most: nine tenths of the limit", drained, most)
		}
		refused, all := d.wire.refused()
		t.Logf("%d moves in %s by two, the slowest of four bans in %s; %d of %d calls refused", players+4, drained, slowest, refused, all)
		d.wantTroopers(players)
		d.wantNoneRefused()
	})
}

func TestLongQueuesOfMirrorAndMessagesDelayNoMove(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDrain(t, sandbox.Limits{})
		service := d.serve()
		d.queue(service, 1, 290)
		moved := d.untilMoved(290)
		for user := int64(1001); user <= 1060; user++ { // their mirror has entries for minutes to show
			time.Sleep(time.Second)
			began := time.Now()
			d.queue(service, user, user)
			d.untilMoved(int(290 + user - 1000))
			if took := time.Since(began); took > 4*time.Second {
				t.Errorf("a promotion took %s beside the mirror, want it to wait for nothing but its turn", took)
			}
		}
		for d.depth() > 0 {
			time.Sleep(time.Second)
		}
		if took := time.Since(d.began) - moved; took > 8*time.Minute {
			t.Errorf("the games were shown everything %s later, want the mirror to use its 60 entries a minute", took)
		}
		d.wantNoneRefused()
		if messages := len(d.box.Messages()); messages != 350 {
			t.Errorf("%d messages were published, want one for each of 350 moves", messages)
		}
	})
}
