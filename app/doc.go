// Package app holds the use cases: take reports in, decide, look players up, rank them, pull the games' data store in, and deliver what
// decisions wish for. Each use case is one unit of work: load, let the domain decide, store. Remote services are called only by the
// [Dispatcher], outside any unit. The package does not log; it tells a Recorder what happened.
package app
