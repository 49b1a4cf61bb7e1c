-- +goose Up

-- The columns up to updated_at are fixed: other programs read and write them. Everything below has a default or is nullable.
CREATE TABLE players (
    user_id               BIGINT PRIMARY KEY,
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
    privileged            BOOLEAN NOT NULL DEFAULT FALSE,
    punishment_status     TEXT,
    punishment_expires_at TIMESTAMPTZ,
    metadata              JSONB,
    created_at            TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_synced_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at            TIMESTAMPTZ NOT NULL DEFAULT now(),

    version               BIGINT NOT NULL DEFAULT 1,
    former_rank           TEXT,
    rank_since            TIMESTAMPTZ,
    left_ranks            JSONB,
    served_warnings       INTEGER NOT NULL DEFAULT 0,
    owed_status           TEXT,
    owed_until            TIMESTAMPTZ,
    owed_imposed          BOOLEAN NOT NULL DEFAULT FALSE,
    on_hold               BOOLEAN NOT NULL DEFAULT FALSE,
    decided_at            TIMESTAMPTZ,
    observed_at           TIMESTAMPTZ,
    universe_id           BIGINT,
    place_id              BIGINT,
    server                TEXT,
    experience_key        TEXT
) WITH (fillfactor = 85); -- room for a second version of a row on its page: most reports change no indexed column

-- The leaderboards leave banned players out, so their indexes do too. The condition is the queries' own, word for word.
CREATE INDEX players_by_points ON players (rank_points DESC, kos DESC, user_id)
    WHERE (lower(punishment_status) = 'punishment_severe') IS NOT TRUE;
CREATE INDEX players_by_kos ON players (kos DESC, user_id)
    WHERE (lower(punishment_status) = 'punishment_severe') IS NOT TRUE AND kos > 0;
CREATE INDEX players_by_wos ON players (wos DESC, user_id)
    WHERE (lower(punishment_status) = 'punishment_severe') IS NOT TRUE AND wos > 0;

-- The columns up to created_at are fixed, as above.
CREATE TABLE player_snapshots (
    id             BIGSERIAL PRIMARY KEY,
    user_id        BIGINT NOT NULL,
    payload        JSONB NOT NULL DEFAULT '{}',
    source         TEXT NOT NULL DEFAULT 'roblox',
    experience_key TEXT,
    actor_user_id  BIGINT,
    created_at     TIMESTAMPTZ NOT NULL DEFAULT now(),

    observed_at    TIMESTAMPTZ,
    outcome        TEXT,
    principal      TEXT,
    request_id     TEXT,
    request_key    TEXT,
    request_hash   TEXT,
    answer         JSONB
);

CREATE INDEX player_snapshots_by_user ON player_snapshots (user_id, id);
CREATE UNIQUE INDEX player_snapshots_by_request ON player_snapshots (principal, request_key)
    WHERE request_key IS NOT NULL;

-- +goose Down

DROP TABLE player_snapshots;
DROP TABLE players;
