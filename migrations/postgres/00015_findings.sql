-- +goose Up

-- How the points rose, where the policy bounds that: the points they led to, then the rises that count, oldest first, each as an instant
-- in Unix microseconds and the points that it began from. NULL for nothing that counts.
ALTER TABLE players ADD COLUMN growth TEXT;

-- What was odd about reports: a few for each player, the oldest of which make room.
CREATE TABLE findings (
    id             TEXT COLLATE "C" PRIMARY KEY, -- a UUID version 7, compared byte by byte
    user_id        BIGINT NOT NULL,
    kind           TEXT NOT NULL,
    window_seconds BIGINT NOT NULL DEFAULT 0,    -- of the cap that the points grew beyond; 0 for other kinds
    found_at       TIMESTAMPTZ NOT NULL,
    observed_at    TIMESTAMPTZ NOT NULL,
    snapshot_id    BIGINT,
    principal      TEXT,
    universe_id    BIGINT,
    place_id       BIGINT,
    server         TEXT,
    experience_key TEXT,
    details        JSONB NOT NULL                -- the numbers
);
CREATE INDEX findings_by_user ON findings (user_id, kind, id);
CREATE INDEX findings_by_kind ON findings (kind, id);
CREATE INDEX findings_by_age ON findings (found_at);

-- +goose Down

DROP TABLE findings;
ALTER TABLE players DROP COLUMN growth;
