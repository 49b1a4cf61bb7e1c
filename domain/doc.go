// Package domain holds the rules of GRPS: what a rank ladder is, what a report from a game may change, who is promoted, demoted,
// suspended, banned or restored, and what the outside must then be told.
//
// Everything here is pure and total. Three functions carry the weight:
//
//	Fold(policy, standing, snapshot, received)  merges what a game reported into what is believed
//	Evaluate(policy, standing, now)             decides
//	Apply(policy, standing, decision, now)      carries a decision into the standing and names the effects
//
// Time, ids and randomness come in as arguments. Instants are UTC and cut to microseconds (see [Instant]). Nothing here knows how
// a value is stored or sent.
package domain
