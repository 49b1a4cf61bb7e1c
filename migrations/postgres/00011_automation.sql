-- +goose Up

-- The switch of automation: whether decisions are carried out, who said so, and what was moved in the last hour. There is one row, which
-- whoever moves a player locks.
CREATE TABLE automation (
    id            INT PRIMARY KEY CHECK (id = 1),
    state         TEXT NOT NULL DEFAULT 'running',
    reason        TEXT,
    since         TIMESTAMPTZ,
    principal     TEXT,
    actor_user_id BIGINT,
    tally         JSONB
);
INSERT INTO automation (id) VALUES (1);

-- +goose Down

DROP TABLE automation;
