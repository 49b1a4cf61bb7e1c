-- +goose Up

-- AUTOINCREMENT: an id is never given twice, so a claim of an entry that is gone can never name a newer one.
CREATE TABLE outbox (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id           INTEGER NOT NULL,
    kind              TEXT NOT NULL,
    target            TEXT NOT NULL DEFAULT '',
    lane              INTEGER NOT NULL DEFAULT 0,
    effect            TEXT NOT NULL DEFAULT '{}',
    decision_id       TEXT,
    wish              INTEGER NOT NULL,           -- counts the wishes about one player, in the order in which they were made
    generation        INTEGER NOT NULL DEFAULT 1, -- counts the wishes that replaced each other in this row
    attempt           INTEGER NOT NULL DEFAULT 0,
    enqueued_at       TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    first_tried       TEXT,
    due_at            TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    leased_until      TEXT,
    leased_generation INTEGER,                    -- whose lease it is: that of a wish which was replaced meanwhile goes on
    leased_attempt    INTEGER,
    dead              INTEGER NOT NULL DEFAULT FALSE,
    reason            TEXT
) STRICT;

-- One row for every state that is wished for. Announcements are messages: each has its own.
CREATE UNIQUE INDEX outbox_places ON outbox (user_id, kind, target)
    WHERE kind <> 'announce';
CREATE INDEX outbox_claims ON outbox (lane, due_at, id)
    WHERE NOT dead;
CREATE INDEX outbox_by_user ON outbox (user_id, wish);

-- +goose Down

DROP TABLE outbox;
