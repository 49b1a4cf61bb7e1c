-- +goose Up

-- Who is to be forgotten, and was. Once that is done user_id is NULL, and only the key makes the same mark of the same person again.
CREATE TABLE erasures (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- a UUID version 7
    user_id         BIGINT,
    mark            TEXT NOT NULL,
    key_id          TEXT NOT NULL,
    notification_id TEXT COLLATE "C",               -- Roblox's own; NULL where a person asked
    principal       TEXT,
    state           TEXT NOT NULL,
    banned          BOOLEAN NOT NULL DEFAULT FALSE,
    asked_at        TIMESTAMPTZ NOT NULL,
    ended_at        TIMESTAMPTZ
);

CREATE UNIQUE INDEX erasures_by_notification ON erasures (notification_id)
    WHERE notification_id IS NOT NULL;
CREATE INDEX erasures_by_mark ON erasures (mark)
    WHERE state <> 'lifted';
CREATE INDEX erasures_queued ON erasures (id)
    WHERE state = 'queued';

-- What marks are made with where no setting says so.
CREATE TABLE erasure_key (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    secret TEXT NOT NULL
);

-- +goose Down

DROP TABLE erasure_key;
DROP TABLE erasures;
