-- +goose Up

-- The rules that decisions were made under, by the revision that these name: whoever doubts a decision makes it again from them.
CREATE TABLE policies (
    revision      TEXT PRIMARY KEY NOT NULL,
    documents     TEXT NOT NULL,
    first_used_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
) STRICT;

-- Questions by age, in the words of the query that looks for those that nobody answered in time.
CREATE INDEX decisions_by_wait ON decisions (created_at, id)
    WHERE status = 'awaiting_approval';

-- What an administrator refused to let happen to a player.
ALTER TABLE players ADD COLUMN rejected TEXT;

-- +goose Down

ALTER TABLE players DROP COLUMN rejected;
DROP INDEX decisions_by_wait;
DROP TABLE policies;
