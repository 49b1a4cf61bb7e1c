// Package storetest is the contract of ports.Store as a suite that a storage runs against itself. Every sentence that the comments of
// package ports promise about storage has a case here; a storage is right when all of them pass, and a promise that no case can break
// is not a promise.
//
// A runner is one call:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, storetest.Harness{Open: open, Reopen: reopen, FailCommit: failCommit})
//	}
//
// What a storage cannot do is left out by category and with a reason (see [Exclusion]), never silently.
package storetest
