// Package memstore is a storage of maps behind a lock, for tests and short experiments: everything is gone when the process ends. It
// keeps every promise of ports.Store but that one, and proves it by the suite in ports/storetest.
//
// There is one writer at a time, so a unit sees and changes the store alone. What it writes lies in a layer above the maps, which
// readers do not see until the unit commits. Time is the process's own clock, so a synctest bubble drives leases and due dates; a
// store that is used in a bubble must be made in it. The package starts no goroutine.
package memstore
