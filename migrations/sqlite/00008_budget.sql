-- +goose Up

-- What processes agree on about calls that they share, under a name that holds no secret.
CREATE TABLE budgets (
    name       TEXT PRIMARY KEY NOT NULL,
    state      TEXT NOT NULL DEFAULT '',
    changed_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE budgets;
