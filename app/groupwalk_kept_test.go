package app_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/ports"
)

func TestOfVeryManyDifferencesTheFirstAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, nil)
		const more = 50
		b.crowd(part{n: ports.MaxDifferences + more, rank: "Trooper"})
		for n := range int64(ports.MaxDifferences + more) {
			b.group.join(t, n+1, "Corporal")
		}
		b.sweep()
		got := b.walk(false)
		b.wantFound(got, ports.Tally{"adopt": ports.MaxDifferences + more}, nil)
		last, err := b.store.Differences(t.Context(), got.ID, userID(t, ports.MaxDifferences), 5)
		if err != nil || len(last) != 0 || !strings.Contains(got.Detail, "of 10050 differences the first 10000 are kept") {
			t.Errorf("%d beyond what is kept (%v): %s", len(last), err, got.Detail)
		}
	})
}

func TestOnlyTheNewestWalksKeepWhatTheyFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, nil)
		b.crowd(part{n: 1, rank: "Trooper"})
		b.group.join(t, 1, "Corporal")
		b.sweep()
		var ids []string
		for range 23 {
			ids = append(ids, b.walk(false).ID)
		}
		kept := 0
		for _, id := range ids {
			kept += len(b.differences(id))
		}
		if kept != 20 || len(b.differences(ids[22])) != 1 {
			t.Errorf("%d walks keep what they found, want the newest 20", kept)
		}
	})
}

func TestWhoIsAMemberAgainIsNotAbsentAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withRoster(t, nil)
		b.group.join(t, 7, "Trooper")
		b.run()
		b.sweep()
		b.said(150, "Trooper")
		b.group.leave(t)
		b.lookNow()
		time.Sleep(5 * time.Second)
		if b.standing(7).AbsentSince.IsZero() {
			t.Fatal("the record does not show that the player left")
		}
		b.wantFound(b.walk(true), ports.Tally{"absent": 1}, nil)
		b.group.join(t, 7, "Trooper")
		b.wantFound(b.walk(true), ports.Tally{"same": 1}, nil)
		if !b.standing(7).AbsentSince.IsZero() {
			t.Error("the record still shows that the player is absent")
		}
	})
}
