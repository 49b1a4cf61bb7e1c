// Package logtest keeps what a run of the tests logs, and which secrets and bodies it used, and finds the ones in the other. It is for
// tests only.
//
// Tests make their loggers with Logger and JSON, send their requests through Transport, or note them with Request, and start grps with
// its streams kept by Writer. All of that does what it would do without this package, unless TEST_GRPS_LOGS names a folder: then
// everything is also appended to files there, by as many processes as there are, each write at once, so that nothing is missing of one
// that is killed. Search reads the folder when the run is over.
package logtest
