-- +goose Up

-- What may be used once: the signatures of requests, hashed, for as long as a clock could take the request for a new one.
CREATE TABLE nonces (
    nonce      TEXT PRIMARY KEY NOT NULL,
    kept_until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX nonces_over ON nonces (kept_until);

-- +goose Down

DROP TABLE nonces;
