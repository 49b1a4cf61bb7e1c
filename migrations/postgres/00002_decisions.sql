-- +goose Up

CREATE TABLE decisions (
    id              TEXT COLLATE "C" PRIMARY KEY, -- a UUID version 7, compared byte by byte
    user_id         BIGINT NOT NULL,
    action          TEXT NOT NULL,
    from_rank       TEXT NOT NULL,
    to_rank         TEXT NOT NULL,
    reason_code     TEXT NOT NULL,
    until           TIMESTAMPTZ,
    needs_approval  BOOLEAN NOT NULL DEFAULT FALSE,
    checks          JSONB,
    policy_revision TEXT,
    input           JSONB,
    status          TEXT NOT NULL,
    detail          TEXT,
    reason          TEXT,
    apply           BOOLEAN NOT NULL DEFAULT FALSE,
    overtakes       TEXT,
    principal       TEXT,
    actor_user_id   BIGINT,
    snapshot_id     BIGINT,
    request_id      TEXT,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at      TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- A player has at most one open decision: the last word on it is this index.
CREATE UNIQUE INDEX decisions_open ON decisions (user_id)
    WHERE status IN ('pending', 'awaiting_approval');
CREATE INDEX decisions_by_user ON decisions (user_id, id);

-- +goose Down

DROP TABLE decisions;
