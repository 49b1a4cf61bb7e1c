-- +goose Up

-- How many of the attempts at a wish went back without having been tried: they count for nothing, but each was a lease of its own.
ALTER TABLE outbox ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE outbox DROP COLUMN returned;
