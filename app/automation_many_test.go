package app_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestAUnitThatIsRepeatedCountsOnce(t *testing.T) {
	store := &flakyStore{Store: memstore.New()}
	defer store.Close()
	b := newBenchUnder(t, store, app.Remote{}, limitedPolicy(t, domain.Limits{MovesPerHour: 1}))
	store.conflicts.Store(2)
	wantStatus(t, b.jump(1), domain.ActionPromote, domain.StatusApplied)
	if moved := b.status().Moved; moved.All != 1 {
		t.Errorf("got %d moves, want 1", moved.All)
	}
	store.conflicts.Store(2)
	wantStatus(t, b.jump(2), domain.ActionPromote, domain.StatusHeld)
	b.wantSwitches("paused: more than 1 move in an hour (maxMovesPerHour)")
}

func TestManyServicesAtOnceMoveExactlyAsManyAsTheLimitAdmits(t *testing.T) {
	const players, most = 60, 17
	store := memstore.New()
	defer store.Close()
	first := newBenchUnder(t, store, app.Remote{}, limitedPolicy(t, domain.Limits{MovesPerHour: most}))
	first.group = newGroup()
	services := []*bench{first}
	for range 3 {
		services = append(services, first.alongside(limitedPolicy(t, domain.Limits{MovesPerHour: most}), func(p *app.Parts) {
			p.Remote = app.Remote{}
		}))
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	statuses := make(map[domain.Status]int)
	for player := range int64(players) {
		all.Go(func() {
			b := services[player%int64(len(services))]
			result, err := b.service.Ingest(t.Context(), ports.IngestRequest{Report: b.report(player+1, 250, rank("Trooper")), Apply: true})
			if err != nil {
				t.Errorf("ingest: %v", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[result.Decision.Status]++
		})
	}
	all.Wait()
	if statuses[domain.StatusApplied] != most || statuses[domain.StatusHeld] != players-most {
		t.Errorf("got %v, want %d applied and the rest held", statuses, most)
	}
	moved, told := 0, 0
	for player := range int64(players) {
		if first.standing(player+1).Rank == "Corporal" {
			moved++
		}
	}
	for _, b := range services {
		told += len(b.switches())
	}
	if moved != most || told != 1 {
		t.Errorf("the record shows %d moves, told %d times; want %d, once", moved, told, most)
	}
}

func TestABatchIsDecidedPlayerByPlayerUpToTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withLimits(t, domain.Limits{MovesPerHour: 2}, 1, 2, 3, 4)
		b.run()
		var requests []ports.IngestRequest
		for _, points := range []int64{250, 150, 250, 250, 250} { // the second asks for nothing, the last is about the first again
			player := int64(len(requests)%4) + 1
			requests = append(requests, ports.IngestRequest{Report: b.report(player, points, rank("Trooper")), Apply: true})
		}
		answers, err := b.service.IngestBatch(t.Context(), requests)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, answer := range answers {
			if answer.Err != nil {
				t.Fatal(answer.Err)
			}
			got = append(got, answer.Result.Decision.Decision.Action.String()+" "+string(answer.Result.Decision.Status))
		}
		want := []string{"PROMOTE applied", "NONE none", "PROMOTE applied", "PROMOTE held", "NONE none"}
		if !slices.Equal(got, want) {
			t.Errorf("decided %q, want %q", got, want)
		}
		b.wantRanks("Corporal", 1, 3)
		b.wantRanks("Trooper", 2, 4)
		b.wantSwitches("paused: " + beyondTwo)
	})
}

// Whoever renames the roles of the policy by mistake must not give every member another role.
func TestMendingIsLimitedLikeEverythingThatMovesPlayers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		players := []int64{1, 2, 3, 4, 5}
		b := withLimits(t, domain.Limits{MovesPerHour: 6}, players...)
		b.run()
		for _, player := range players {
			b.jump(player)
		}
		time.Sleep(2 * time.Hour)
		look := func() {
			for _, player := range players {
				err := b.store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
					effect := domain.Effect{Kind: domain.EffectObserve, User: userID(t, player)}
					return w.Enqueue(ctx, []ports.OutboxEntry{{Effect: effect, Lane: ports.LaneObserve}})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(5 * time.Minute)
		}
		holders := func() (n int) {
			for _, player := range players {
				n += len(b.group.holds(t, player))
			}
			return n
		}
		b.turn(b.service.StopAutomation, "so that counting begins anew")
		b.turn(b.service.ResumeAutomation, "")
		for _, player := range players {
			b.group.join(t, player)
		}
		look()
		if n := holders(); n != len(players) {
			t.Errorf("%d of %d hold a role again, want all: they are within the limit", n, len(players))
		}
		for _, player := range players {
			b.group.join(t, player)
		}
		look()
		if n := holders(); n != 1 {
			t.Errorf("%d hold a role again, want the one that is left of the limit", n)
		}
		if state := b.status().State; state != domain.AutomationPaused {
			t.Errorf("automation is %s, want paused", state)
		}
		b.turn(b.service.ResumeAutomation, "the roles are right")
		look()
		if n := holders(); n != len(players) {
			t.Errorf("%d hold a role again after it was resumed, want all", n)
		}
	})
}
