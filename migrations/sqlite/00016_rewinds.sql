-- +goose Up

-- The rewind that took a report out of account; NULL while it counts. Few ever have one.
ALTER TABLE player_snapshots ADD COLUMN disregarded_by TEXT;
CREATE INDEX player_snapshots_disregarded ON player_snapshots (user_id, id)
    WHERE disregarded_by IS NOT NULL;

-- What each rewind comes to, player by player. Nothing here names anybody but by number.
CREATE TABLE rewound_players (
    sweep_id       TEXT NOT NULL,
    user_id        INTEGER NOT NULL,
    first_snapshot INTEGER NOT NULL,                -- of those taken out of account
    snapshots      INTEGER NOT NULL,                -- how many those are
    outcome        TEXT NOT NULL,
    applied        BOOLEAN NOT NULL DEFAULT FALSE,
    before         TEXT,
    after          TEXT,
    decisions      TEXT,                            -- taken back first, then made
    PRIMARY KEY (sweep_id, user_id)
) WITHOUT ROWID;

-- +goose Down

DROP TABLE rewound_players;
DROP INDEX player_snapshots_disregarded;
ALTER TABLE player_snapshots DROP COLUMN disregarded_by;
