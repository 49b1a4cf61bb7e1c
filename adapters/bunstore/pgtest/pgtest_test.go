package pgtest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/grps/grps/adapters/bunstore/pgtest"
)

// migrate makes one table.
func migrate(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE TABLE kept (n INTEGER PRIMARY KEY)")
	return err
}

func TestEveryDatabaseHasTheSchemaAndNothingOfTheOthers(t *testing.T) {
	for range 2 {
		dsn := pgtest.Database(t, migrate)
		pgtest.Execute(t, dsn, "INSERT INTO kept VALUES (1)")
	}
}

func TestAnEmptyDatabaseHasNoTables(t *testing.T) {
	pgtest.Execute(t, pgtest.Empty(t), "CREATE TABLE kept (n INTEGER PRIMARY KEY)")
}

func TestAServerOfOnesOwnKeepsWhatItAcknowledgedWhenItIsStopped(t *testing.T) {
	server := pgtest.Own(t)
	dsn := server.Empty()
	pgtest.Execute(t, dsn, "CREATE TABLE kept (n INTEGER PRIMARY KEY)")
	for n, how := range []pgtest.Stop{pgtest.Immediate, pgtest.Fast} {
		pgtest.Execute(t, dsn, fmt.Sprintf("INSERT INTO kept VALUES (%d)", n))
		server.Stop(how)
		if conn, err := pgx.Connect(t.Context(), dsn); err == nil {
			_ = conn.Close(t.Context())
			t.Errorf("the server still answers after %s", how)
		}
		server.Start()
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	var n int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM kept").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d rows are left (%v), want 2", n, err)
	}
}
