// Package sandbox is a stateful stand-in for Roblox: an http.Handler that answers the Open Cloud calls GRPS makes the
// way Roblox documents them, and remembers what it was told.
//
// It holds one group with its roles and members, and the user restrictions, data stores and published messages of any
// number of universes. It enforces what a schema cannot: who may rank whom, compare-and-set, idempotency pairs, page
// tokens and rate limits. Faults can be injected, so that a client can be shown every bad day Roblox may have. Nothing
// is kept outside memory, and everything kept there is bounded.
//
// Calls that Roblox has and GRPS does not make (the deprecated membership PATCH, increment, revisions, restriction
// logs, the list of data stores) answer 501 NOT_IMPLEMENTED. Where Roblox publishes no rule, the choice made here is
// stated where it is made; it is the stricter one, so that a client which is right here is right there.
//
// Beside the Open Cloud paths the handler serves /_sandbox/ without an API key, for people and test scripts to look in
// and to change things by hand. It is for tests and trial runs only, and must not listen where strangers can reach it.
package sandbox
