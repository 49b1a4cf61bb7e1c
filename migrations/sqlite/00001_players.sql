-- +goose Up

-- The columns up to updated_at are fixed: other programs read and write them. Everything below has a default or is nullable.
-- STRICT keeps numbers numbers. Instants are UTC text of one width, so that their order is the order of the texts.
CREATE TABLE players (
    user_id               INTEGER PRIMARY KEY,
    username              TEXT NOT NULL,
    display_name          TEXT,
    rank                  TEXT NOT NULL DEFAULT '',
    previous_rank         TEXT,
    next_rank             TEXT,
    rank_points           INTEGER NOT NULL DEFAULT 0,
    kos                   INTEGER NOT NULL DEFAULT 0,
    wos                   INTEGER NOT NULL DEFAULT 0,
    warnings              INTEGER NOT NULL DEFAULT 0,
    recommendations       INTEGER NOT NULL DEFAULT 0,
    privileged            INTEGER NOT NULL DEFAULT FALSE,
    punishment_status     TEXT,
    punishment_expires_at TEXT,
    metadata              TEXT,
    created_at            TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    last_synced_at        TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),
    updated_at            TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),

    version               INTEGER NOT NULL DEFAULT 1,
    former_rank           TEXT,
    rank_since            TEXT,
    left_ranks            TEXT,
    served_warnings       INTEGER NOT NULL DEFAULT 0,
    owed_status           TEXT,
    owed_until            TEXT,
    owed_imposed          INTEGER NOT NULL DEFAULT FALSE,
    on_hold               INTEGER NOT NULL DEFAULT FALSE,
    decided_at            TEXT,
    observed_at           TEXT,
    universe_id           INTEGER,
    place_id              INTEGER,
    server                TEXT,
    experience_key        TEXT
) STRICT;

-- The leaderboards leave banned players out, so their indexes do too. The condition is the queries' own, word for word.
CREATE INDEX players_by_points ON players (rank_points DESC, kos DESC, user_id)
    WHERE (lower(punishment_status) = 'punishment_severe') IS NOT TRUE;
CREATE INDEX players_by_kos ON players (kos DESC, user_id)
    WHERE (lower(punishment_status) = 'punishment_severe') IS NOT TRUE AND kos > 0;
CREATE INDEX players_by_wos ON players (wos DESC, user_id)
    WHERE (lower(punishment_status) = 'punishment_severe') IS NOT TRUE AND wos > 0;

-- The columns up to created_at are fixed, as above. AUTOINCREMENT: an id is never given twice, not even after a deletion.
CREATE TABLE player_snapshots (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id        INTEGER NOT NULL,
    payload        TEXT NOT NULL DEFAULT '{}',
    source         TEXT NOT NULL DEFAULT 'roblox',
    experience_key TEXT,
    actor_user_id  INTEGER,
    created_at     TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')),

    observed_at    TEXT,
    outcome        TEXT,
    principal      TEXT,
    request_id     TEXT,
    request_key    TEXT,
    request_hash   TEXT,
    answer         TEXT
) STRICT;

CREATE INDEX player_snapshots_by_user ON player_snapshots (user_id, id);
CREATE UNIQUE INDEX player_snapshots_by_request ON player_snapshots (principal, request_key)
    WHERE request_key IS NOT NULL;

-- +goose Down

DROP TABLE player_snapshots;
DROP TABLE players;
