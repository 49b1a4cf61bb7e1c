-- +goose Up

-- The highest rank that whoever sent a report could grant by it, so that it stays so whenever the rules are asked about what was reported; NULL
-- for any rank.
ALTER TABLE player_snapshots ADD COLUMN max_rank TEXT;

-- +goose Down

ALTER TABLE player_snapshots DROP COLUMN max_rank;
