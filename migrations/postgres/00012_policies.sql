-- +goose Up

-- The rules that decisions were made under, by the revision that these name: whoever doubts a decision makes it again from them.
CREATE TABLE policies (
    revision      TEXT COLLATE "C" PRIMARY KEY,
    documents     TEXT NOT NULL,
    first_used_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- Questions by age, in the words of the query that looks for those that nobody answered in time.
CREATE INDEX decisions_by_wait ON decisions (created_at, id)
    WHERE status = 'awaiting_approval';

-- What an administrator refused to let happen to a player.
ALTER TABLE players ADD COLUMN rejected JSONB;

-- +goose Down

ALTER TABLE players DROP COLUMN rejected;
DROP INDEX decisions_by_wait;
DROP TABLE policies;
