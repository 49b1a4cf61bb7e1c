package memstore_test

import (
	"testing"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/storetest"
)

func TestMemstoreKeepsThePromisesOfAStore(t *testing.T) {
	storetest.Run(t, storetest.Harness{
		Open: func(t *testing.T) ports.Store {
			t.Helper()
			s := memstore.New()
			t.Cleanup(func() { _ = s.Close() })
			return s
		},
		Without: []storetest.Exclusion{
			{Category: storetest.Durability, Reason: "memory is gone once the store is closed"},
			{Category: storetest.FailedCommit, Reason: "only a context can stop a commit here, and those cases run"},
		},
	})
}
