// Package bunstore keeps everything in PostgreSQL or in a SQLite file, through bun. It is one store with two openers: the statements are
// the same, and what differs between the databases (the clock, row locks, errors) is named in one small table each.
//
// How it keeps the promises of ports.Store:
//
//   - A unit is a transaction. On PostgreSQL it runs at READ COMMITTED and players are locked with SELECT … FOR UPDATE in ascending
//     order, before anything else of theirs is touched; the version of the row and unique indexes have the last word. On SQLite a unit
//     holds the only write lock from its beginning on, and readers go on beside it (WAL).
//   - What is answered is on the disk: SQLite runs with synchronous=FULL, PostgreSQL with whatever its operator configured.
//   - Leases and due dates use the database's clock.
//   - Errors of the drivers become domain errors once, by code.
//   - Rows that other programs wrote load, whatever they hold.
//
// All instants are cut to microseconds. SQLite keeps them as UTC text of one width; its own clock counts milliseconds.
package bunstore
