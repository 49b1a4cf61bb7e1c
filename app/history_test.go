package app_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestADecisionIsTracedThroughEveryStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := withGroup(t)
		b.group.join(t, 7, "Trooper")
		b.group.fail(unavailable(10 * time.Second))
		b.run()
		began := domain.Instant(time.Now())
		got := b.apply(b.report(7, 250, rank("Trooper"))).Decision
		time.Sleep(time.Minute)
		trace, err := b.service.Trace(t.Context(), got.ID)
		if err != nil {
			t.Fatal(err)
		}
		var steps []string
		for _, step := range trace.Transitions {
			steps = append(steps, fmt.Sprintf("%s after %s", step.Status, step.At.Sub(began)))
		}
		if want := "[pending after 0s applied after 10s]"; fmt.Sprint(steps) != want {
			t.Errorf("got %v, want %s", steps, want)
		}
		if _, err := b.service.Trace(t.Context(), "00000000-0000-7000-8000-999999999999"); !errors.Is(err, domain.ErrNotFound) {
			t.Errorf("an unknown decision: got %v, want not found", err)
		}
	})
}

func TestTheLedgerIsPagedToTheEnd(t *testing.T) {
	b := newBench(t, app.Remote{})
	for user := int64(1); user <= 5; user++ {
		b.apply(b.report(user, 250, rank("Trooper")))
	}
	var seen []int64
	cursor, pages := "", 0
	for {
		page, err := b.service.Decisions(t.Context(), ports.DecisionFilter{Action: domain.ActionPromote}, cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Decisions {
			seen = append(seen, d.UserID.Int64())
		}
		pages++
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if fmt.Sprint(seen) != "[5 4 3 2 1]" || pages != 3 {
		t.Errorf("got %v on %d pages, want [5 4 3 2 1] on 3", seen, pages)
	}
}

func TestAHistoryShowsReportsAndDecisionsInOneOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
		time.Sleep(time.Second)
		b.apply(b.report(7, 250))
		time.Sleep(time.Second)
		b.apply(b.report(7, 150))
		time.Sleep(time.Second)
		b.ingest(ports.IngestRequest{Report: b.report(7, 160)})
		var seen []string
		cursor := ""
		for {
			page, err := b.service.History(t.Context(), userID(t, 7), cursor, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Entries {
				if e.Decision != nil {
					seen = append(seen, e.Decision.Decision.Action.String())
				} else {
					seen = append(seen, fmt.Sprint(e.Snapshot.Snapshot.Report().Points))
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if want := "[160 DEMOTE 150 PROMOTE 250 150]"; fmt.Sprint(seen) != want {
			t.Errorf("got %v, want %s", seen, want)
		}
	})
}

func TestAHistoryNeedsAKnownPlayerAndACursorOfItsOwn(t *testing.T) {
	b := newBench(t, app.Remote{})
	if _, err := b.service.History(t.Context(), userID(t, 7), "", 2); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	for _, cursor := range []string{"x", "1", "-1.a", "x.y"} {
		_, err := b.service.History(t.Context(), userID(t, 7), cursor, 2)
		if e, ok := errors.AsType[*domain.Error](err); !ok || e.Code != "cursor_invalid" {
			t.Errorf("cursor %q: got %v, want cursor_invalid", cursor, err)
		}
	}
}

func TestAPlayerIsExplainedUnderTheRulesInForce(t *testing.T) {
	b := newBench(t, app.Remote{})
	b.ingest(ports.IngestRequest{Report: b.report(7, 150, rank("Trooper"))})
	player, explained, err := b.service.Explain(t.Context(), userID(t, 7))
	if err != nil || player.Standing.Rank != "Trooper" || explained.Next != "Corporal" || explained.Eligible {
		t.Errorf("got %q, %+v (%v), want a Trooper who is not eligible for Corporal", player.Standing.Rank, explained, err)
	}
	if _, _, err := b.service.Explain(t.Context(), userID(t, 8)); !errors.Is(err, domain.ErrNotFound) {
		t.Errorf("an unknown player: got %v, want not found", err)
	}
}
