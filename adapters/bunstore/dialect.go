package bunstore

import (
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// dialect is what differs between the databases inside a statement.
type dialect struct {
	rowLocks bool // rows are locked one by one; otherwise a unit holds the whole database

	// ping is the cheapest statement that needs the database.
	ping string

	// isUser holds for the rows of players whose number is a user id. The greatest id is its argument.
	isUser string

	// isOver holds for the rows of players whose punishment has an end that has passed by the database's clock.
	isOver string

	// isSeenSince holds for the rows of players whose newest snapshot arrived at an instant or later. The instant is its argument.
	isSeenSince string

	// countPlayers returns the number of players.
	countPlayers string

	// payloadText is the text of a part of the experience in a snapshot's payload, be it a number there; NULL when there is none. Its
	// argument is the part's name.
	payloadText string

	// lowerName is a text in lower case, compared byte by byte, in the words of the index of names.
	lowerName func(text string, arguments ...any) schema.QueryWithArgs

	// field is a text in a document.
	field func(document, name string) string

	// answerActor is the actor of the decision in an answer, as a text; withoutAnswerActor is the answer without it.
	answerActor, withoutAnswerActor string

	// now is the database's clock, as it moves.
	now schema.Safe

	// delayed is the database's clock, later by the microseconds in the column delay.
	delayed schema.Safe

	// began is the database's clock as it stood when the statement began, outside a unit. Only for that an index can be searched.
	began schema.Safe

	// skip is what a claim adds to leave out rows that somebody else is claiming.
	skip schema.Safe

	// later is the database's clock some time from now.
	later func(time.Duration) schema.QueryWithArgs

	// ago is the database's clock some time ago, as it stood when the statement began.
	ago func(time.Duration) schema.QueryWithArgs

	// reports are the statements that are written by hand where bun's cost too much; nil where those do as well.
	reports *pgReports
}

func postgresDialect(tables *schema.Tables) dialect {
	return dialect{
		reports:  newPgReports(tables),
		rowLocks: true,
		ping:     "SELECT 1",
		isUser:   "user_id BETWEEN 1 AND ?",
		// The clock as it stood when the statement began: an index cannot be searched for one that moves. An end before all time is none.
		isOver:      "punishment_expires_at <= now() AND punishment_expires_at > '-infinity'",
		isSeenSince: "last_synced_at >= ?",
		// Counting many rows takes long; the figure that the planner goes by is close enough then. It is -1 where nobody looked yet.
		countPlayers: `SELECT CASE WHEN reltuples > 20000 THEN CAST(reltuples AS BIGINT) ELSE (SELECT count(*) FROM players) END
			FROM pg_class WHERE oid = CAST('players' AS regclass)`,
		payloadText:        "payload->'experience'->>'%s'",
		field:              func(document, name string) string { return document + "->>'" + name + "'" },
		answerActor:        "answer #>> '{decision,actorUserId}'",
		withoutAnswerActor: "answer #- '{decision,actorUserId}'",

		now:     "clock_timestamp()",
		began:   "now()",
		delayed: "clock_timestamp() + delay * interval '1 microsecond'",
		skip:    "FOR UPDATE OF o SKIP LOCKED",
		lowerName: func(text string, arguments ...any) schema.QueryWithArgs {
			return bun.SafeQuery("lower("+text+`) COLLATE "C"`, arguments...)
		},
		later: func(d time.Duration) schema.QueryWithArgs {
			return bun.SafeQuery("clock_timestamp() + ? * interval '1 microsecond'", max(d, 0).Microseconds())
		},
		ago: func(d time.Duration) schema.QueryWithArgs {
			return bun.SafeQuery("now() - ? * interval '1 microsecond'", max(d, 0).Microseconds())
		},
	}
}

func sqliteDialect() dialect {
	return dialect{
		ping: "SELECT 1 FROM sqlite_schema LIMIT 1",
		// The sign keeps SQLite from reading the table in the order of ids for this, instead of an index in the order asked for.
		isUser: "+user_id BETWEEN 1 AND ?",
		// Other programs write ends in other forms, which say another day at most: the index narrows down by day, and what SQLite makes of
		// the text decides. A text that it cannot read is no end.
		isOver: "punishment_expires_at < strftime('%Y-%m-%d', 'now', '+2 days') AND " +
			"strftime('%Y-%m-%dT%H:%M:%f000Z', punishment_expires_at) <= strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
		// Other programs write instants in other forms.
		isSeenSince: "CASE WHEN last_synced_at LIKE '____-__-__T__:__:__.______Z' THEN last_synced_at " +
			"ELSE strftime('%Y-%m-%dT%H:%M:%f000Z', last_synced_at) END >= ?",
		lowerName: func(text string, arguments ...any) schema.QueryWithArgs {
			return bun.SafeQuery("lower("+text+")", arguments...)
		},
		payloadText:        "CASE WHEN json_valid(payload) THEN CAST(json_extract(payload, '$.experience.%s') AS TEXT) END",
		field:              func(document, name string) string { return document + "->>'$." + name + "'" },
		answerActor:        "CAST(answer->>'$.decision.actorUserId' AS TEXT)",
		withoutAnswerActor: "json_remove(answer, '$.decision.actorUserId')",
		countPlayers:       "SELECT count(*) FROM players",
		now:                "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
		began:              "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
		delayed: "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', " +
			"printf('+%d.%03d seconds', (delay + 999) / 1000000, (delay + 999) / 1000 % 1000))",
		later: func(d time.Duration) schema.QueryWithArgs {
			return bun.SafeQuery("strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', ?)", "+"+sqliteSeconds(d))
		},
		ago: func(d time.Duration) schema.QueryWithArgs {
			return bun.SafeQuery("strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', ?)", "-"+sqliteSeconds(d))
		},
	}
}

// sqliteSeconds returns a time in the words of SQLite, rounded up to the milliseconds in which its clock counts.
func sqliteSeconds(d time.Duration) string {
	milliseconds := (max(d, 0) + time.Millisecond - 1).Milliseconds()
	return fmt.Sprintf("%d.%03d seconds", milliseconds/1000, milliseconds%1000)
}

// arguments are the named arguments of a statement: ?name stands for arguments["name"].
type arguments map[string]any

// AppendNamedArg implements schema.NamedArgAppender.
func (a arguments) AppendNamedArg(gen schema.QueryGen, statement []byte, name string) ([]byte, bool) {
	value, ok := a[name]
	if !ok {
		return statement, false
	}
	return gen.Append(statement, value), true
}
