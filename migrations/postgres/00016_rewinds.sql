-- +goose Up

-- The rewind that took a report out of account; NULL while it counts. Few ever have one.
ALTER TABLE player_snapshots ADD COLUMN disregarded_by TEXT;
CREATE INDEX player_snapshots_disregarded ON player_snapshots (user_id, id)
    WHERE disregarded_by IS NOT NULL;

-- What each rewind comes to, player by player. Nothing here names anybody but by number.
CREATE TABLE rewound_players (
    sweep_id       TEXT COLLATE "C" NOT NULL,
    user_id        BIGINT NOT NULL,
    first_snapshot BIGINT NOT NULL,                -- of those taken out of account
    snapshots      BIGINT NOT NULL,                -- how many those are
    outcome        TEXT NOT NULL,
    applied        BOOLEAN NOT NULL DEFAULT FALSE,
    before         JSONB,
    after          JSONB,
    decisions      JSONB,                          -- taken back first, then made
    PRIMARY KEY (sweep_id, user_id)
);

-- +goose Down

DROP TABLE rewound_players;
DROP INDEX player_snapshots_disregarded;
ALTER TABLE player_snapshots DROP COLUMN disregarded_by;
