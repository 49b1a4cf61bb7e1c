-- +goose Up

-- Every status that a decision came to, first to last. updated_at of the decision is the instant of the last.
CREATE TABLE decision_transitions (
    decision_id TEXT NOT NULL,
    position    INTEGER NOT NULL, -- 1 for the first
    status      TEXT NOT NULL,
    detail      TEXT,
    at          TEXT NOT NULL,
    PRIMARY KEY (decision_id, position)
) STRICT, WITHOUT ROWID;

-- What decisions that exist already came to before is not known any more: their present status is their first.
INSERT INTO decision_transitions (decision_id, position, status, detail, at)
    SELECT id, 1, status, detail, updated_at FROM decisions;

-- The ledger is listed newest first by id. Most decisions are applied and nobody acted for them: whoever looks for those finds a page
-- in the order of ids at once, so these two hold the others. The condition on the status is the query's own, word for word.
CREATE INDEX decisions_by_status ON decisions (status, id)
    WHERE status <> 'applied';
CREATE INDEX decisions_by_actor ON decisions (actor_user_id, id)
    WHERE actor_user_id IS NOT NULL;

-- Suspensions by their end, in the words of the query that looks for those that are over.
CREATE INDEX players_by_release ON players (punishment_expires_at, user_id)
    WHERE lower(punishment_status) = 'trial_punishment';

-- +goose Down

DROP INDEX players_by_release;
DROP INDEX decisions_by_actor;
DROP INDEX decisions_by_status;
DROP TABLE decision_transitions;
