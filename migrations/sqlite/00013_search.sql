-- +goose Up

-- Players by name, whatever the case of its ASCII letters, compared byte by byte: the beginning of a name is then a range.
CREATE INDEX players_by_name ON players (lower(username), user_id);

-- The few who are banned, and the few on hold.
CREATE INDEX players_banned ON players (user_id)
    WHERE lower(punishment_status) = 'punishment_severe';
CREATE INDEX players_on_hold ON players (user_id)
    WHERE on_hold;

-- +goose Down

DROP INDEX players_on_hold;
DROP INDEX players_banned;
DROP INDEX players_by_name;
