package main

import (
	"os"
	"testing"
	"time"
)

// The soaks start everything as processes of their own: a stand-in for Roblox, services, a database. They disturb it at random while
// players are reported, and then hold the ledger, the members and every call that the stand-in was made against each other. They are
// short in `go test ./...`; with this variable set, as `task soak` does, they take as long as it needs to meet what is rare.
const soakVariable = "TEST_GRPS_SOAK"

// scaled returns the number for the short soak or for the long one.
func scaled(short, long int) int {
	if os.Getenv(soakVariable) != "" {
		return long
	}
	return short
}

// soak runs a scenario on every database.
func soak(t *testing.T, scenario func(s *stage)) {
	t.Helper()
	t.Parallel()
	for name, fresh := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, args := fresh(t)
			scenario(newStage(t, env, args))
		})
	}
}

// soakOnPostgres runs a scenario that only a server makes sense for.
func soakOnPostgres(t *testing.T, scenario func(s *stage)) {
	t.Helper()
	t.Parallel()
	env, args := databases["Postgres"](t)
	scenario(newStage(t, env, args))
}

// within polls until something holds. It ends the test when that takes longer than allowed, saying what is missing.
func within(t *testing.T, allowed time.Duration, holds func() (missing string)) {
	t.Helper()
	allowed *= slowness
	began := time.Now()
	for {
		missing := holds()
		if missing == "" {
			return
		}
		if time.Since(began) > allowed {
			t.Fatalf("after %s: %s", allowed, missing)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
