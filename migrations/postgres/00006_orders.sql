-- +goose Up

-- What a person ordered, what became of the player's hold by it, and what an undo gave back.
ALTER TABLE decisions
    ADD COLUMN ordered JSONB,
    ADD COLUMN hold TEXT,
    ADD COLUMN returned JSONB;

-- Whoever takes back what a policy did finds it by the policy's revision.
CREATE INDEX decisions_by_policy ON decisions (policy_revision, id);

-- +goose Down

DROP INDEX decisions_by_policy;
ALTER TABLE decisions DROP COLUMN returned, DROP COLUMN hold, DROP COLUMN ordered;
