-- +goose Up

-- The trace that led to a wish, so that whoever delivers it, whenever and wherever, goes on with it.
ALTER TABLE outbox ADD COLUMN trace TEXT;

-- +goose Down

ALTER TABLE outbox DROP COLUMN trace;
