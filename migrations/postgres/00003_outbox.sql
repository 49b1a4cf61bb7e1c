-- +goose Up

CREATE TABLE outbox (
    id                BIGSERIAL PRIMARY KEY,
    user_id           BIGINT NOT NULL,
    kind              TEXT NOT NULL,
    target            TEXT NOT NULL DEFAULT '',
    lane              INTEGER NOT NULL DEFAULT 0,
    effect            JSONB NOT NULL DEFAULT '{}',
    decision_id       TEXT,
    wish              BIGINT NOT NULL,           -- counts the wishes about one player, in the order in which they were made
    generation        BIGINT NOT NULL DEFAULT 1, -- counts the wishes that replaced each other in this row
    attempt           INTEGER NOT NULL DEFAULT 0,
    enqueued_at       TIMESTAMPTZ NOT NULL DEFAULT now(),
    first_tried       TIMESTAMPTZ,
    due_at            TIMESTAMPTZ NOT NULL DEFAULT now(),
    leased_until      TIMESTAMPTZ,
    leased_generation BIGINT,                    -- whose lease it is: that of a wish which was replaced meanwhile goes on
    leased_attempt    INTEGER,
    dead              BOOLEAN NOT NULL DEFAULT FALSE,
    reason            TEXT
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05); -- rows live for seconds, and a lease changes no indexed column

-- One row for every state that is wished for. Announcements are messages: each has its own.
CREATE UNIQUE INDEX outbox_places ON outbox (user_id, kind, target)
    WHERE kind <> 'announce';
CREATE INDEX outbox_claims ON outbox (lane, due_at, id)
    WHERE NOT dead;
CREATE INDEX outbox_by_user ON outbox (user_id, wish);

-- +goose Down

DROP TABLE outbox;
