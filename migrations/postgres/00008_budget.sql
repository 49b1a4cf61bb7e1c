-- +goose Up

-- What processes agree on about calls that they share, under a name that holds no secret. A row changes each second in which calls are
-- made, and no index holds what changes.
CREATE TABLE budgets (
    name       TEXT PRIMARY KEY,
    state      TEXT NOT NULL DEFAULT '',
    changed_at TIMESTAMPTZ NOT NULL DEFAULT now()
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

-- +goose Down

DROP TABLE budgets;
