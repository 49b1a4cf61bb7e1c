-- +goose Up

-- When Roblox showed the recorded rank, as far as anybody needs to know.
ALTER TABLE players ADD COLUMN confirmed_at TEXT;

-- Where the record and Roblox differed when a walk over the group's members met them.
CREATE TABLE sweep_differences (
    sweep_id TEXT NOT NULL,
    user_id  INTEGER NOT NULL,
    recorded TEXT NOT NULL,
    held     TEXT,          -- the names of the managed ranks whose roles the member held, lowest first
    outcome  TEXT NOT NULL,
    PRIMARY KEY (sweep_id, user_id)
) WITHOUT ROWID;

-- +goose Down

DROP TABLE sweep_differences;
ALTER TABLE players DROP COLUMN confirmed_at;
