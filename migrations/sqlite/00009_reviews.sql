-- +goose Up

-- Long walks in pages: reviews of all players, and whatever else goes over everybody.
CREATE TABLE sweeps (
    id              TEXT NOT NULL PRIMARY KEY,     -- a UUID version 7
    kind            TEXT NOT NULL,
    filter          TEXT,
    apply           INTEGER NOT NULL DEFAULT FALSE,
    override_reason TEXT,
    principal       TEXT,
    actor_user_id   INTEGER,
    request_id      TEXT,
    schedule        TEXT,                         -- the instant that asked for it; NULL where a person did
    state           TEXT NOT NULL,
    phase           TEXT,
    place           TEXT,                         -- where its phase goes on
    policy_revision TEXT,
    found           TEXT,
    reasons         TEXT,
    decided         TEXT,
    total           INTEGER NOT NULL DEFAULT 0,
    scanned         INTEGER NOT NULL DEFAULT 0,
    pace            INTEGER NOT NULL DEFAULT 0,
    detail          TEXT,
    term            INTEGER NOT NULL DEFAULT 0,   -- counts the leases: whoever writes under an older one has lost it
    leased_until    TEXT,
    created_at      TEXT NOT NULL,
    started_at      TEXT,
    updated_at      TEXT NOT NULL,
    ended_at        TEXT
) STRICT;

-- One of each kind at a time, and one for each instant of a schedule: the last word on both are these indexes.
CREATE UNIQUE INDEX sweeps_under_way ON sweeps (kind)
    WHERE state IN ('queued', 'running');
CREATE UNIQUE INDEX sweeps_by_schedule ON sweeps (kind, schedule)
    WHERE schedule IS NOT NULL;
CREATE INDEX sweeps_by_kind ON sweeps (kind, id);

-- What a review decided.
CREATE INDEX decisions_by_review ON decisions (review_id, id)
    WHERE review_id IS NOT NULL;

-- +goose Down

DROP INDEX decisions_by_review;
DROP TABLE sweeps;
