package app_test

import (
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// gamesOwn is what of a player games own.
func gamesOwn(s domain.Standing) domain.Standing {
	return domain.Standing{
		UserID: s.UserID, Username: s.Username, DisplayName: s.DisplayName, Points: s.Points, Kos: s.Kos, Wos: s.Wos, Warnings: s.Warnings,
		Recommendations: s.Recommendations, Experience: s.Experience, Metadata: s.Metadata, Growth: s.Growth, ObservedAt: s.ObservedAt, LastSyncedAt: s.LastSyncedAt,
	}
}

// forgery is a report of a server about player 7, a minute after the one before.
type forgery struct {
	from   string
	report domain.Report
	ahead  *time.Duration // how much later than it arrived the game says to have seen it; nil where the game does not say
	apply  bool
}

func drawForgery(t *rapid.T, user domain.UserID) forgery {
	f := forgery{from: rapid.SampledFrom([]string{honest, forger, "another"}).Draw(t, "server"), apply: rapid.Bool().Draw(t, "apply")}
	f.report = domain.Report{
		UserID: user, Username: rapid.SampledFrom([]string{"Ada", "Grace"}).Draw(t, "username"),
		Points: rapid.Int64Range(0, 350).Draw(t, "points"), Kos: rapid.Int64Range(0, 3).Draw(t, "kos"), Wos: rapid.Int64Range(0, 3).Draw(t, "wos"),
		Experience: domain.Experience{Server: f.from},
	}
	if rapid.Bool().Draw(t, "observed") {
		ahead := time.Duration(rapid.IntRange(-5, 5).Draw(t, "minutes ahead")) * time.Minute
		f.ahead = &ahead
	}
	if rapid.Bool().Draw(t, "more") {
		f.report.DisplayName, f.report.Metadata = f.from, fmt.Sprintf(`{"from":%q}`, f.from)
	}
	if rapid.Bool().Draw(t, "warned") {
		f.report.Warnings = domain.CountOf(rapid.Int64Range(0, 8).Draw(t, "warnings"))
	}
	if rapid.Bool().Draw(t, "recommended") {
		f.report.Recommendations = domain.CountOf(rapid.Int64Range(0, 8).Draw(t, "recommendations"))
	}
	return f
}

// Whatever a game server forged, and whatever was decided on that: once all of it is taken out of account, server by server, the player is
// what the honest reports alone make of them.
func TestRewoundIsAsIfTheForgersHadNeverReported(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		user := userID(t, 7)
		history := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) forgery { return drawForgery(rt, user) }), 1, 10).Draw(rt, "history")
		order := rapid.SampledFrom([][]string{{forger, "another"}, {"another", forger}}).Draw(rt, "order")
		fault := ""
		synctest.Test(t, func(t *testing.T) { fault = rewindAll(t, history, order) })
		if fault != "" {
			rt.Fatal(fault)
		}
	})
}

// rewindAll lets the history happen, with and without the forgers, and rewinds them in that order. It returns what is wrong afterwards.
func rewindAll(t *testing.T, history []forgery, order []string) string {
	t.Helper()
	all, fair := newBench(t, app.Remote{}), newBench(t, app.Remote{})
	stop := all.sweep()
	defer stop()
	began, counted := time.Now(), 0
	for _, f := range history {
		time.Sleep(time.Minute)
		if f.ahead != nil {
			f.report.ObservedAt = time.Now().Add(*f.ahead)
		}
		all.ingest(ports.IngestRequest{Report: f.report, Apply: f.apply})
		if f.from == honest {
			fair.ingest(ports.IngestRequest{Report: f.report, Apply: f.apply})
			counted++
		}
	}
	from := func(r *ports.RewindRequest) { r.Scope.Since = began }
	for _, name := range order {
		if done := all.rewindOf(name, true, from); done.State != ports.SweepDone {
			return fmt.Sprintf("the rewind is %s: %s", done.State, done.Detail)
		}
		if again := all.rewindOf(name, true, from); len(all.comesTo(again.ID, true)) != 0 {
			return fmt.Sprintf("once more it comes to %q", all.comesTo(again.ID, true))
		}
	}
	got := all.standing(7)
	if counted == 0 {
		if got.Points != 0 || !got.Hold || !got.ObservedAt.IsZero() {
			return fmt.Sprintf("without any report that counts: %+v, want no points and a hold", got)
		}
		return ""
	}
	if want := fair.standing(7); gamesOwn(got) != gamesOwn(want) {
		return "got another player than without the forgers (-want +got):\n" +
			cmp.Diff(gamesOwn(want), gamesOwn(got), cmp.Exporter(func(reflect.Type) bool { return true }))
	}
	return all.verified()
}

// verified makes every decision of the ledger again. It returns what comes out otherwise.
func (b *bench) verified() string {
	b.t.Helper()
	page, err := b.store.Decisions(b.t.Context(), ports.DecisionFilter{}, "", 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, record := range page {
		original := ports.DecisionRecord{}
		if record.Undoes != "" {
			original = b.decision(record.Undoes)
		}
		if proof := app.Verify(testPolicy(b.t), record, original); proof.Verdict != app.VerdictSame {
			return fmt.Sprintf("%s comes out otherwise when it is made again: %+v", record.ID, proof)
		}
	}
	return ""
}

func TestALongHistoryIsHeardAsFarAsItMatters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		b.ingest(ports.IngestRequest{Report: b.report(7, 1, server(honest), warnings(3), func(r *domain.Report) {
			r.DisplayName, r.Metadata, r.Recommendations = "Boss", "{}", domain.CountOf(2)
		})})
		for i := range 1300 { // what they leave out was said long before
			time.Sleep(time.Second)
			b.ingest(ports.IngestRequest{Report: b.report(7, int64(i%90), server(honest))})
		}
		want := b.standing(7)
		for i := range 1200 {
			time.Sleep(time.Second)
			b.ingest(ports.IngestRequest{Report: b.report(7, int64(5000+i), server(forger), warnings(1), func(r *domain.Report) { r.DisplayName = "Forged" })})
		}
		b.wantRewind(b.rewindOf(forger, true), ports.SweepDone, "7 changed: Recruit 6199 -> Recruit 39")
		if got := b.standing(7); gamesOwn(got) != gamesOwn(want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if lost, _ := b.disregarded(); lost != 1000 { // as many as are looked at
			t.Errorf("%d of the newest 1000 reports do not count, want all", lost)
		}
	})
}

func TestWhatWasTooOldWhenItCameIsNoNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, app.Remote{})
		b.sweep()
		full := func(name string) func(*domain.Report) {
			return func(r *domain.Report) {
				r.DisplayName, r.Metadata, r.Warnings, r.Recommendations = name, "{}", domain.CountOf(1), domain.CountOf(1)
			}
		}
		b.ingest(ports.IngestRequest{Report: b.report(7, 1, server(honest), full("Boss"))})
		time.Sleep(time.Second)
		old := b.report(7, 2, server(honest), full("Long ago"), observed(time.Now().Add(-time.Hour)))
		b.ingest(ports.IngestRequest{Report: old}) // the oldest of as many as are read at once
		for range 498 {
			time.Sleep(time.Second)
			b.ingest(ports.IngestRequest{Report: b.report(7, 3, server(honest))})
		}
		time.Sleep(time.Second)
		b.ingest(ports.IngestRequest{Report: b.report(7, 5000, server(forger))})
		b.rewindOf(forger, true)
		if got := b.standing(7); got.DisplayName != "Boss" || got.Points != 3 {
			t.Errorf("got %q with %d points, want Boss with 3", got.DisplayName, got.Points)
		}
	})
}
