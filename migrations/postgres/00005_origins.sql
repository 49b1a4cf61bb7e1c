-- +goose Up

-- What made a decision besides the rules, and what it stands in connection with.
ALTER TABLE decisions
    ADD COLUMN origin TEXT NOT NULL DEFAULT 'rules',
    ADD COLUMN undoes TEXT,
    ADD COLUMN review_id TEXT;

-- Who brought a decision to a status.
ALTER TABLE decision_transitions
    ADD COLUMN principal TEXT,
    ADD COLUMN actor_user_id BIGINT;

-- A decision that is held is open too. The index before stays until the new one is there: at no time could a player have two.
ALTER INDEX decisions_open RENAME TO decisions_open_before;
CREATE UNIQUE INDEX decisions_open ON decisions (user_id)
    WHERE status IN ('pending', 'awaiting_approval', 'held');
DROP INDEX decisions_open_before;

-- What the limits of a policy count, and who is not in the group.
ALTER TABLE players
    ADD COLUMN moves JSONB,
    ADD COLUMN absent_since TIMESTAMPTZ;

-- +goose Down

ALTER TABLE players DROP COLUMN absent_since, DROP COLUMN moves;
UPDATE decisions SET status = 'superseded' WHERE status = 'held';
ALTER INDEX decisions_open RENAME TO decisions_open_before;
CREATE UNIQUE INDEX decisions_open ON decisions (user_id)
    WHERE status IN ('pending', 'awaiting_approval');
DROP INDEX decisions_open_before;
ALTER TABLE decision_transitions DROP COLUMN actor_user_id, DROP COLUMN principal;
ALTER TABLE decisions DROP COLUMN review_id, DROP COLUMN undoes, DROP COLUMN origin;
