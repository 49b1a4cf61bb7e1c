package pgtest_test

import (
	"context"
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
