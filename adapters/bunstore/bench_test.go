package bunstore_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/adapters/bunstore/pgtest"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// BenchmarkUnit is what a unit of reports about known players costs, by row: lock, save, append.
func BenchmarkUnit(b *testing.B) {
	for name, open := range map[string]func(*testing.B) (*bunstore.Store, error){
		"postgres": func(b *testing.B) (*bunstore.Store, error) {
			b.Helper()
			return bunstore.OpenPostgres(b.Context(), bunstore.PostgresOptions{DSN: pgtest.Empty(b)})
		},
		"sqlite": func(b *testing.B) (*bunstore.Store, error) {
			b.Helper()
			return bunstore.OpenSQLite(b.Context(), bunstore.SQLiteOptions{Path: filepath.Join(b.TempDir(), "bench.db")})
		},
	} {
		for _, rows := range []int{1, 64, 256} {
			b.Run(fmt.Sprintf("%s/%d", name, rows), func(b *testing.B) {
				s, err := open(b)
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { _ = s.Close() })
				if err := s.Migrate(b.Context()); err != nil {
					b.Fatal(err)
				}
				benchUnits(b, s, rows)
			})
		}
	}
}

func benchUnits(b *testing.B, s *bunstore.Store, rows int) {
	b.Helper()
	const players = 20_000
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for from := 1; from <= players; from += 1000 {
		var batch []ports.PlacedStanding
		for n := from; n < from+1000; n++ {
			batch = append(batch, placedForBench(domain.Standing{UserID: user(int64(n)), CreatedAt: at}, 0, at))
		}
		if err := s.Write(b.Context(), func(ctx context.Context, w ports.Writer) error { return w.SaveStandings(ctx, batch) }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		users := make([]domain.UserID, rows)
		for i := range users {
			users[i] = user(int64((n*7919+i*104_729)%players) + 1)
		}
		err := s.Write(b.Context(), func(ctx context.Context, w ports.Writer) error { return benchUnit(ctx, w, users, n, at) })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n*rows), "µs/row")
}

func benchUnit(ctx context.Context, w ports.Writer, users []domain.UserID, n int, at time.Time) error {
	standings, err := w.LockStandings(ctx, users)
	if err != nil {
		return err
	}
	var placed []ports.PlacedStanding
	var records []ports.SnapshotRecord
	for i, s := range standings {
		p := placedForBench(s, n+i, at.Add(time.Duration(n)*time.Second))
		placed = append(placed, p)
		snapshot, err := domain.NewSnapshot(domain.Report{
			UserID: s.UserID, Username: p.Standing.Username, Rank: "Volt Specialist II", Points: p.Standing.Points, Kos: 84, Wos: 12,
			Experience: p.Standing.Experience, Metadata: p.Standing.Metadata,
		}, p.Standing.LastSyncedAt)
		if err != nil {
			return err
		}
		records = append(records, ports.SnapshotRecord{
			Snapshot: snapshot, Source: ports.SourceGame, RequestID: "01a2103d-2548-7834-aec6-786adc23ad07",
			Request: ports.RequestKey{Principal: "game"},
		})
	}
	if err := w.SaveStandings(ctx, placed); err != nil {
		return err
	}
	_, err = w.AppendSnapshots(ctx, records)
	return err
}

func placedForBench(s domain.Standing, n int, at time.Time) ports.PlacedStanding {
	s.Username, s.DisplayName, s.Rank = "ArcTrooper"+s.UserID.String(), "Arc", "Volt Specialist II"
	s.Points, s.Kos, s.Wos, s.Warnings = int64(n%3000), int64(n%500), int64(n%200), 1
	s.ObservedAt, s.LastSyncedAt = at, at
	s.Experience = domain.Experience{PlaceID: 1234567890, Server: "vip-3", Key: "training"}
	s.Metadata = `{"sessionId":"9ac0f5e3a6a7e551","build":"2025.3.1-r7"}`
	return ports.PlacedStanding{Standing: s, Position: domain.Position{
		Next: "Storm Corporal I", NextPoints: 750, Previous: "Shock Trooper II", PreviousPoints: 150,
	}}
}
