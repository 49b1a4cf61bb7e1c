package bunstore

import "github.com/grps/grps/domain"

// holding is a table that says something about people. What becomes of a person in it, when the person is erased, is here and nowhere else.
type holding struct {
	table string
	key   string // the column by which it is walked through
	whole bool   // the key is a whole number; otherwise a text

	user  string   // the column of whom a row is about; "" for none
	goes  bool     // rows about the person go; otherwise the ledger makes them rows about nobody
	stray bool     // rows may be about somebody whose player went meanwhile; a report is only ever written with its player
	actor string   // the column of who acted, which forgets the person; "" for none
	texts []string // what people wrote, in which the person is made unrecognisable
}

// holdings returns all of them, in the order in which a person is looked for in them. A test compares them with the tables that there are.
func holdings() []holding {
	return []holding{
		{table: "players", key: "user_id", whole: true, user: "user_id", goes: true},
		{table: "player_snapshots", key: "id", whole: true, user: "user_id", goes: true, actor: "actor_user_id"},
		{table: "decisions", key: "id", user: "user_id", actor: "actor_user_id", texts: []string{"reason", "detail"}},
		{table: "decision_transitions", key: "decision_id", actor: "actor_user_id", texts: []string{"detail"}},
		{table: "outbox", key: "id", whole: true, user: "user_id", goes: true, stray: true, texts: []string{"reason"}},
		{table: "sweep_differences", key: "sweep_id", user: "user_id", goes: true, stray: true},
		{table: "findings", key: "id", user: "user_id", goes: true, stray: true},
		{table: "rewound_players", key: "sweep_id", user: "user_id", goes: true, stray: true},
		{table: "sweeps", key: "id", actor: "actor_user_id", texts: []string{"override_reason", "detail"}},
		{table: "automation", key: "id", whole: true, actor: "actor_user_id", texts: []string{"reason"}},
		{table: "erasures", key: "id", user: "user_id"},
	}
}

// nobody is the user id of a decision about somebody who was erased.
const nobody = 0

// anonymous sets what the ledger forgets of a decision. What stays is what was decided when, from which rank to which, for which reason of
// the rules and under which policy, and which key asked.
const anonymous = `user_id = 0, checks = NULL, input = NULL, detail = NULL, reason = NULL, ordered = NULL, returned = NULL,
	snapshot_id = NULL, request_id = NULL`

// searched returns the words that a text is searched for.
func searched(user domain.UserID, names []string) []string {
	words := []string{user.String()}
	for _, name := range names {
		if domain.Redact(name, user, []string{name}) != name { // else it is too short to be searched for
			words = append(words, name)
		}
	}
	return words
}
