-- +goose Up

-- What a person ordered, what became of the player's hold by it, and what an undo gave back.
ALTER TABLE decisions ADD COLUMN ordered TEXT;
ALTER TABLE decisions ADD COLUMN hold TEXT;
ALTER TABLE decisions ADD COLUMN returned TEXT;

-- Whoever takes back what a policy did finds it by the policy's revision.
CREATE INDEX decisions_by_policy ON decisions (policy_revision, id);

-- +goose Down

DROP INDEX decisions_by_policy;
ALTER TABLE decisions DROP COLUMN returned;
ALTER TABLE decisions DROP COLUMN hold;
ALTER TABLE decisions DROP COLUMN ordered;
