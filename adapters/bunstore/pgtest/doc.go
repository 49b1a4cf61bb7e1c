// Package pgtest gives tests a PostgreSQL database of their own. It is for tests only.
//
// The server is the one that GRPS_TEST_DATABASE_URL names (its user must be allowed to create databases), else one that the first
// test of a process starts in a temporary folder, in memory where there is room, from the programs on the PATH or those that Debian
// installs, without waiting for the disk, and as another user when the tests run as root. That server ends with the process, however it
// ends, and takes its folder with it.
// A test that must stop its server starts one of its own.
//
// Where there is no server, tests that ask for one are skipped; where CI=true they fail.
package pgtest
