-- +goose Up

CREATE TABLE decisions (
    id              TEXT PRIMARY KEY NOT NULL, -- a UUID version 7
    user_id         INTEGER NOT NULL,
    action          TEXT NOT NULL,
    from_rank       TEXT NOT NULL,
    to_rank         TEXT NOT NULL,
    reason_code     TEXT NOT NULL,
    until           TEXT,
    needs_approval  INTEGER NOT NULL DEFAULT FALSE,
    checks          TEXT,
    policy_revision TEXT,
    input           TEXT,
    status          TEXT NOT NULL,
    detail          TEXT,
    reason          TEXT,
    apply           INTEGER NOT NULL DEFAULT FALSE,
    overtakes       TEXT,
    principal       TEXT,
    actor_user_id   INTEGER,
    snapshot_id     INTEGER,
    request_id      TEXT,
    created_at      TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at      TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
) STRICT;

-- A player has at most one open decision: the last word on it is this index.
CREATE UNIQUE INDEX decisions_open ON decisions (user_id)
    WHERE status IN ('pending', 'awaiting_approval');
CREATE INDEX decisions_by_user ON decisions (user_id, id);

-- +goose Down

DROP TABLE decisions;
