-- +goose Up

-- What made a decision besides the rules, and what it stands in connection with.
ALTER TABLE decisions ADD COLUMN origin TEXT NOT NULL DEFAULT 'rules';
ALTER TABLE decisions ADD COLUMN undoes TEXT;
ALTER TABLE decisions ADD COLUMN review_id TEXT;

-- Who brought a decision to a status.
ALTER TABLE decision_transitions ADD COLUMN principal TEXT;
ALTER TABLE decision_transitions ADD COLUMN actor_user_id INTEGER;

-- A decision that is held is open too.
DROP INDEX decisions_open;
CREATE UNIQUE INDEX decisions_open ON decisions (user_id)
    WHERE status IN ('pending', 'awaiting_approval', 'held');

-- What the limits of a policy count, and who is not in the group.
ALTER TABLE players ADD COLUMN moves TEXT;
ALTER TABLE players ADD COLUMN absent_since TEXT;

-- +goose Down

ALTER TABLE players DROP COLUMN absent_since;
ALTER TABLE players DROP COLUMN moves;
UPDATE decisions SET status = 'superseded' WHERE status = 'held';
DROP INDEX decisions_open;
CREATE UNIQUE INDEX decisions_open ON decisions (user_id)
    WHERE status IN ('pending', 'awaiting_approval');
ALTER TABLE decision_transitions DROP COLUMN actor_user_id;
ALTER TABLE decision_transitions DROP COLUMN principal;
ALTER TABLE decisions DROP COLUMN review_id;
ALTER TABLE decisions DROP COLUMN undoes;
ALTER TABLE decisions DROP COLUMN origin;
