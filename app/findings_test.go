package app_test

import (
	"context"
	"fmt"
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

func experience(key string) func(*domain.Report) {
	return func(r *domain.Report) { r.Experience = domain.Experience{Key: key, Server: "s-1"} }
}

// findings returns what the store has of player 7, newest first, as "kind before after".
func (b *bench) findings() []string {
	b.t.Helper()
	page, err := b.service.Findings(b.t.Context(), ports.FindingFilter{User: userID(b.t, 7)}, "", 100)
	if err != nil || page.Next != "" {
		b.t.Fatalf("findings: got next %q and error %v, want one page", page.Next, err)
	}
	lines := []string{}
	for _, f := range page.Findings {
		lines = append(lines, fmt.Sprintf("%s %d %d", f.Finding.Kind, f.Finding.Before, f.Finding.After))
	}
	return lines
}

// recorded returns the kinds of the findings that the recorder was told of.
func (b *bench) recorded() []string {
	kinds := []string{}
	for _, event := range b.events.all() {
		if f, ok := event.(ports.FindingEvent); ok {
			kinds = append(kinds, f.Finding.Finding.Kind.String())
		}
	}
	return kinds
}

func wantLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestWhatIsOddAboutAReportIsFoundWithTheReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := capped(t)
		b.ingest(ports.IngestRequest{Report: b.report(7, 90, experience("arena"))})
		time.Sleep(time.Hour)
		seen := time.Now()
		b.ingest(ports.IngestRequest{Report: b.report(7, 191, experience("arena"), observed(seen.Add(-time.Second)))})
		page, err := b.service.Findings(t.Context(), ports.FindingFilter{}, "", 10)
		if err != nil || len(page.Findings) != 1 {
			t.Fatalf("got %+v and error %v, want one finding", page, err)
		}
		snapshots, err := b.store.Snapshots(t.Context(), userID(t, 7), 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		got := page.Findings[0]
		want := ports.FindingRecord{
			ID: got.ID, UserID: userID(t, 7), At: domain.Instant(seen), ObservedAt: domain.Instant(seen.Add(-time.Second)),
			Experience: domain.Experience{Key: "arena", Server: "s-1"}, Principal: "game", SnapshotID: snapshots[0].ID,
			Finding: domain.Finding{Kind: domain.FindingGrowth, Before: 90, After: 191, Window: 24 * time.Hour, Cap: 100, Growth: 101},
		}
		if got != want || got.ID == "" {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		wantLines(t, "recorded", b.recorded(), "points_growth")
	})
}

func TestGrowthIsFoundOnceAWindowAndNotOnceAReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := capped(t)
		points := int64(0)
		for range 3 * 24 { // 6 an hour are 144 a day
			b.ingest(ports.IngestRequest{Report: b.report(7, points)})
			points += 6
			time.Sleep(time.Hour)
		}
		if got := b.findings(); len(got) < 1 || len(got) > 3 {
			t.Errorf("in three days of growing too fast: got %q, want one a day at most", got)
		}
	})
}

func TestAFallAndADisagreementAreFoundWithoutCapsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.ingest(ports.IngestRequest{Report: b.report(7, 100, experience("arena"))})
		time.Sleep(time.Minute)
		b.ingest(ports.IngestRequest{Report: b.report(7, 90, experience("arena"))})
		time.Sleep(5 * time.Second)
		b.ingest(ports.IngestRequest{Report: b.report(7, 95, experience("lobby"))})
		wantLines(t, "found", b.findings(), "experiences_disagree 90 95", "points_fell 100 90")

		// A report that is stale changes nothing, and disagrees all the same.
		time.Sleep(2 * time.Minute)
		b.ingest(ports.IngestRequest{Report: b.report(7, 200, experience("lobby"))})
		before := b.standing(7)
		b.ingest(ports.IngestRequest{Report: b.report(7, 150, experience("arena"), observed(time.Now().Add(-3*time.Second)))})
		if b.standing(7) != before {
			t.Error("the stale report changed the standing")
		}
		wantLines(t, "found", b.findings(), "experiences_disagree 200 150", "experiences_disagree 90 95", "points_fell 100 90")
	})
}

func TestReportsOfOneBatchAreExaminedAgainstEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := capped(t)
		var requests []ports.IngestRequest
		for i, points := range []int64{90, 191, 192, 10} {
			r := b.report(7, points, observed(time.Now().Add(time.Duration(i)*time.Second)))
			requests = append(requests, ports.IngestRequest{Report: r, Caller: ports.Caller{Principal: "game"}})
		}
		if _, err := b.service.IngestBatch(t.Context(), requests); err != nil {
			t.Fatal(err)
		}
		wantLines(t, "found", b.findings(), "points_fell 192 10", "points_growth 90 191")
		page, err := b.service.Findings(t.Context(), ports.FindingFilter{}, "", 1)
		if err != nil || len(page.Findings) != 1 || page.Next != page.Findings[0].ID {
			t.Errorf("the first page of one: got %+v and error %v", page, err)
		}
		snapshots, err := b.store.Snapshots(t.Context(), userID(t, 7), 0, 1)
		if err != nil || page.Findings[0].SnapshotID != snapshots[0].ID {
			t.Errorf("the fall: got report %d (%v), want that of it, %d", page.Findings[0].SnapshotID, err, snapshots[0].ID)
		}
	})
}

func TestAReplayedReportFindsNothingAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.ingest(ports.IngestRequest{Report: b.report(7, 100)})
		fall := ports.IngestRequest{Report: b.report(7, 90), Key: "once"}
		b.ingest(fall)
		time.Sleep(time.Hour)
		if !b.ingest(fall).Replayed {
			t.Error("got it taken in again, want the first answer")
		}
		wantLines(t, "found", b.findings(), "points_fell 100 90")
		wantLines(t, "recorded", b.recorded(), "points_fell")
	})
}

// findingFaults is a store that cannot keep findings.
type findingFaults struct{ ports.Store }

type findingFaultsWriter struct{ ports.Writer }

func (s findingFaults) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	return s.Store.Write(ctx, func(ctx context.Context, w ports.Writer) error { return fn(ctx, findingFaultsWriter{w}) })
}

func (findingFaultsWriter) AddFindings(context.Context, []ports.FindingRecord) ([]ports.FindingRecord, error) {
	return nil, &domain.Error{Kind: domain.KindUnavailable, Code: "down", Message: "the store is down"}
}

func TestAReportIsNotKeptWithoutWhatWasFoundAboutItAndNothingIsWrittenOtherwise(t *testing.T) {
	store := memstore.New()
	defer store.Close()
	b := newBenchOn(t, findingFaults{store}, app.Remote{})
	b.ingest(ports.IngestRequest{Report: b.report(7, 100)})
	b.ingest(ports.IngestRequest{Report: b.report(7, 110)}) // nothing is odd, so nothing is asked of the store
	_, err := b.service.Ingest(t.Context(), ports.IngestRequest{Report: b.report(7, 90)})
	wantCode(t, err, domain.KindUnavailable, "down")
	if s := b.standing(7); s.Points != 110 {
		t.Errorf("the record shows %d points, want 110: the unit failed", s.Points)
	}
	if got := b.recorded(); len(got) > 0 {
		t.Errorf("recorded %q, want nothing", got)
	}
}

func TestOldFindingsAreForgottenWithOldReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		for day := range int64(6) {
			b.ingest(ports.IngestRequest{Report: b.report(7, 100-day)})
			time.Sleep(24 * time.Hour)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { b.service.Pruner(72 * time.Hour).Run(ctx) })
		time.Sleep(time.Minute)
		wantLines(t, "found", b.findings(), "points_fell 96 95", "points_fell 97 96", "points_fell 98 97")
		cancel()
		running.Wait()
	})
}
