-- +goose Up

-- Long walks in pages: reviews of all players, and whatever else goes over everybody.
CREATE TABLE sweeps (
    id              TEXT COLLATE "C" PRIMARY KEY, -- a UUID version 7, compared byte by byte
    kind            TEXT NOT NULL,
    filter          JSONB,
    apply           BOOLEAN NOT NULL DEFAULT FALSE,
    override_reason TEXT,
    principal       TEXT,
    actor_user_id   BIGINT,
    request_id      TEXT,
    schedule        TEXT,                         -- the instant that asked for it; NULL where a person did
    state           TEXT NOT NULL,
    phase           TEXT,
    place           TEXT,                         -- where its phase goes on
    policy_revision TEXT,
    found           JSONB,
    reasons         JSONB,
    decided         JSONB,
    total           BIGINT NOT NULL DEFAULT 0,
    scanned         BIGINT NOT NULL DEFAULT 0,
    pace            BIGINT NOT NULL DEFAULT 0,
    detail          TEXT,
    term            BIGINT NOT NULL DEFAULT 0,    -- counts the leases: whoever writes under an older one has lost it
    leased_until    TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL,
    started_at      TIMESTAMPTZ,
    updated_at      TIMESTAMPTZ NOT NULL,
    ended_at        TIMESTAMPTZ
);

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
