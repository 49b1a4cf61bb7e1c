-- +goose Up

-- Who is to be forgotten, and was. Once that is done user_id is NULL, and only the key makes the same mark of the same person again.
CREATE TABLE erasures (
    id              TEXT NOT NULL PRIMARY KEY, -- a UUID version 7
    user_id         INTEGER,
    mark            TEXT NOT NULL,
    key_id          TEXT NOT NULL,
    notification_id TEXT,                      -- Roblox's own; NULL where a person asked
    principal       TEXT,
    state           TEXT NOT NULL,
    banned          INTEGER NOT NULL DEFAULT FALSE,
    asked_at        TEXT NOT NULL,
    ended_at        TEXT
) STRICT;

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
) STRICT;

-- +goose Down

DROP TABLE erasure_key;
DROP TABLE erasures;
