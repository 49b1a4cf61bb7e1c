-- +goose Up

-- What webhooks are told is a message like an announcement: each has its own row. Their target is a text of its own for each, because the
-- release before lets one row of a target replace the other; sink names the webhook.
ALTER TABLE outbox ADD COLUMN sink TEXT;
ALTER TABLE outbox ADD COLUMN died_at TEXT; -- when it was given up

-- What waits for a webhook that is down must not be in the way of everything else.
DROP INDEX outbox_claims;
CREATE INDEX outbox_claims ON outbox (lane, due_at, id)
    WHERE NOT dead AND sink IS NULL;
CREATE INDEX outbox_settling ON outbox (user_id)
    WHERE NOT dead AND kind IN ('group_role', 'restriction');
CREATE INDEX outbox_by_sink ON outbox (sink, due_at, id)
    WHERE NOT dead AND sink IS NOT NULL;
CREATE INDEX outbox_dead ON outbox (id)
    WHERE dead;

-- +goose Down

DELETE FROM outbox WHERE sink IS NOT NULL;
DROP INDEX outbox_dead;
DROP INDEX outbox_by_sink;
DROP INDEX outbox_settling;
DROP INDEX outbox_claims;
CREATE INDEX outbox_claims ON outbox (lane, due_at, id)
    WHERE NOT dead;
ALTER TABLE outbox DROP COLUMN died_at;
ALTER TABLE outbox DROP COLUMN sink;
