// Package migrations carries the SQL that builds the database, in goose's format, once for PostgreSQL and once for SQLite. A file of
// one has a counterpart of the same number and name in the other, and both build the same tables, columns and indexes.
//
// What players and player_snapshots call their columns is fixed: dashboards and other programs read them, and some write them.
// Whatever is added to these two is nullable or has a default, so that a program which knows only the fixed columns goes on working.
// A migration expands first and contracts in a later release: the release before must run on the schema after.
//
// The package only holds files. It imports nothing of GRPS and runs nothing.
package migrations
