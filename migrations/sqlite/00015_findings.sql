-- +goose Up

-- How the points rose, where the policy bounds that: the points they led to, then the rises that count, oldest first, each as an instant
-- in Unix microseconds and the points that it began from. NULL for nothing that counts.
ALTER TABLE players ADD COLUMN growth TEXT;

-- What was odd about reports: a few for each player, the oldest of which make room.
CREATE TABLE findings (
    id             TEXT PRIMARY KEY NOT NULL, -- a UUID version 7
    user_id        INTEGER NOT NULL,
    kind           TEXT NOT NULL,
    window_seconds INTEGER NOT NULL DEFAULT 0,    -- of the cap that the points grew beyond; 0 for other kinds
    found_at       TEXT NOT NULL,
    observed_at    TEXT NOT NULL,
    snapshot_id    INTEGER,
    principal      TEXT,
    universe_id    INTEGER,
    place_id       INTEGER,
    server         TEXT,
    experience_key TEXT,
    details        TEXT NOT NULL                 -- the numbers
) STRICT;
CREATE INDEX findings_by_user ON findings (user_id, kind, id);
CREATE INDEX findings_by_kind ON findings (kind, id);
CREATE INDEX findings_by_age ON findings (found_at);

-- +goose Down

DROP TABLE findings;
ALTER TABLE players DROP COLUMN growth;
