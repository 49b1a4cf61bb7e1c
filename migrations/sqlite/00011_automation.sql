-- +goose Up

-- The switch of automation: whether decisions are carried out, who said so, and what was moved in the last hour. There is one row, which
-- whoever moves a player locks.
CREATE TABLE automation (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    state         TEXT NOT NULL DEFAULT 'running',
    reason        TEXT,
    since         TEXT,
    principal     TEXT,
    actor_user_id INTEGER,
    tally         TEXT
) STRICT;
INSERT INTO automation (id) VALUES (1);

-- +goose Down

DROP TABLE automation;
