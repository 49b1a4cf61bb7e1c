package main

// setting is one thing that can be configured. The table of them drives environment, flags, defaults, `grps config` and the README.
type setting struct {
	key     string // the environment variable
	value   string // the default
	secret  bool   // never shown and never a flag, which other users of the machine could read
	calls   bool   // for the commands that call a running service; serve has no flag for it
	help    string
	example string // shown in documentation where the default says little
}

// settings is that table, in the order in which it is shown.
func settings() []setting {
	return []setting{
		{
			key: "DATABASE_URL", secret: true, example: "postgres://grps@db/grps",
			help: "Where standings are kept: `postgres://…`, `sqlite:///path` from the working folder or `sqlite:////path` from the root. Empty: `grps.db` in the working folder (`grps-sandbox.db` with `--sandbox`).",
		},
		{key: "ROBLOX_GROUP_ID", example: "7", help: "The group whose members are ranked. Needed with an Open Cloud key."},
		{
			key: "ROBLOX_OPEN_CLOUD_API_KEY", secret: true,
			help: "Key with `group:read`, `group:write` and, for bans, `universe.user-restriction:read` and `:write`. Empty: decisions change the record only.",
		},
		{key: "ROBLOX_UNIVERSE_IDS", example: "42,43", help: "The games, comma-separated, in which bans apply and which are told of decisions."},
		{key: "ROBLOX_UNIVERSE_ID", example: "42", help: "The game whose data store is used; by default the first of `ROBLOX_UNIVERSE_IDS`."},
		{key: "ROBLOX_API_BASE", value: "https://apis.roblox.com", help: "Where Open Cloud is. Must be https, or http on loopback."},
		{key: "ROBLOX_DATASTORE_NAME", value: "GRPS_Points", help: "The data store that mirrors standings to games and that `/sync/roblox` reads."},
		{key: "ROBLOX_DATASTORE_SCOPE", value: "global", help: "The scope in that data store."},
		{key: "ROBLOX_DATASTORE_PREFIX", value: "player:", help: "What its keys begin with; the user id follows."},
		{
			key: "INBOUND_API_KEYS", secret: true,
			help: "Keys that games and dashboards send as `x-grps-api-key`, comma-separated. Empty: the API is open, on loopback only.",
		},
		{key: "ADMIN_API_KEYS", secret: true, help: "Keys of administrators, comma-separated. They open everything that the inbound keys open."},
		{
			key: "KEYS_FILE", example: "/etc/grps/keys.json",
			help: "File of named keys with scopes and bounds, followed while the service runs. It holds hashes only; `grps keys new` makes them. Empty: none.",
		},
		{key: "AUTOMATION_SIGNATURE_SECRET", secret: true, help: "If set, `/sync/roblox` needs `x-grps-signature`: hex HMAC-SHA256 of the body."},
		{
			key: "RATE_LIMIT", value: "5000", example: "200:1000",
			help: "How many requests a second one key may make in the long run and, behind a colon, how many at once; by default as many as in a second. A batch counts as one for each hundred of its reports. 0: as many as come.",
		},
		{
			key: "RATE_LIMIT_ADDRESS", value: "5000", example: "50:500",
			help: "The same for one address, whatever keys it has. Of IPv6 a /64 is one address.",
		},
		{
			key: "RATE_LIMIT_FAILURES", value: "10:100",
			help: "The same for requests from one address without a valid key. Who makes more gets 429 for whatever comes from there, before any key is compared.",
		},
		{
			key: "TRUSTED_PROXIES", example: "10.0.0.0/8,2001:db8::1",
			help: "Proxies in front, comma-separated addresses and networks: of what comes through them `X-Forwarded-For` tells the address. Empty: that header counts for nothing.",
		},
		{
			key: "MAX_CONNECTIONS", value: "4096",
			help: "How many connections are open at once. When one more arrives, the one is closed that was idle for the longest time.",
		},
		{
			key: "ROBLOX_WEBHOOK_SECRET", secret: true,
			help: "The secret of the webhook at Roblox that notifies `/roblox/webhooks` of erasures. Several, comma-separated, while it is being changed. Empty: no notification is taken.",
		},
		{
			key: "ERASURE_KEY", secret: true,
			help: "What makes the marks by which erased players are known again; behind a comma, those that made earlier ones. Empty: a key that the database keeps.",
		},
		{
			key: "ERASURES_FILE", example: "/var/lib/grps/erasures",
			help: "File that keeps the marks of erased players beside the database, so that a backup which is restored brings nobody back. Empty: `grps.db.erasures` beside the embedded database, none beside Postgres.",
		},
		{key: "ALLOWED_ORIGINS", example: "https://staff.example.org", help: "Web pages that may call the API, comma-separated origins. Empty: none."},
		{key: "CONFIG_DIR", example: "/etc/grps/policy", help: "Folder of the policy documents, watched for changes. Empty: the shipped example."},
		{key: "HOST", example: "0.0.0.0", help: "Address to listen on. Empty: all of them with keys, loopback without."},
		{key: "PORT", value: "8080", help: "Port to listen on; 0 takes a free one."},
		{key: "DOCS", value: "true", help: "`false`: neither `/docs` nor `/openapi.json` is answered. Nothing in them is secret."},
		{
			key: "STOP", value: "false",
			help: "`true`: this process evaluates only. It carries nothing out and sends nothing to Roblox, whatever the switch of automation says.",
		},
		{key: "APPLY_WAIT", value: "2s", help: "How long a request that applies waits for Roblox before it answers `pending`. 0s: not at all."},
		{
			key: "REVIEW_SCHEDULE", example: "0 4 * * *",
			help: "When to review all players and apply what the rules ask for: a cron expression in UTC, or `@daily`. One replica does it. Empty: never.",
		},
		{
			key: "REVIEW_MAX_PUNISH_PERCENT", value: "2",
			help: "How many of the players that a review looks at it may demote, suspend or ban, in percent. One that would do more stops before it applies anything.",
		},
		{
			key: "RECONCILE_EVERY", value: "1h",
			help: "How often to compare what every member of the group holds with the record, and bring both together. One replica does it, with at most a fifth of the reads that Roblox grants: a group of 10,000 takes 100 of the 18,000 an hour. Twice this long is how long a difference can last. 0s: never.",
		},
		{
			key: "APPROVAL_TTL", value: "168h",
			help: "How long a decision waits for an administrator before it expires, and how long a refusal keeps the rules from asking again.",
		},
		{
			key: "SNAPSHOT_RETENTION", value: "2160h",
			help: "How long reports are kept as history, besides the newest of each player, and with them what their idempotency keys answer. 0s: for ever.",
		},
		{
			key: "WEBHOOKS_FILE", example: "/etc/grps/webhooks.json",
			help: "File that lists who is told of decisions, with their addresses and secrets. Empty: nobody.",
		},
		{
			key: "WEBHOOK_ALLOW_PRIVATE", value: "false",
			help: "`true`: webhooks may lead to private, loopback and link-local addresses, use plain http and any port.",
		},
		{
			key: "DRAIN_DELAY", value: "1s",
			help: "How long the service goes on accepting requests after SIGTERM, when `/health/ready` says 503 already, so that a load balancer notices first. At most 5s.",
		},
		{key: "METRICS_ADDRESS", example: "127.0.0.1:9090", help: "Loopback address that serves Prometheus series at `/metrics` and Go profiles at `/debug/pprof/`. Empty: nowhere."},
		{
			key: "OTEL_EXPORTER_OTLP_ENDPOINT", example: "http://localhost:4318",
			help: "Collector that traces are sent to, over OTLP/HTTP. The other variables of OpenTelemetry hold too, such as `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER` and `OTEL_SERVICE_NAME`. Empty: no traces.",
		},
		{key: "LOG_LEVEL", value: "info", help: "`debug`, `info`, `warn` or `error`."},
		{key: "LOG_FORMAT", value: "auto", help: "`json`, `console`, or `auto`: console on a terminal."},
		{
			key: "GRPS_SERVER", value: "http://127.0.0.1:8080", calls: true,
			help: "The service that commands such as `grps webhooks` call. Must be https, or http on loopback.",
		},
		{key: "GRPS_API_KEY", secret: true, calls: true, help: "The key that those commands send. Empty: the first of `ADMIN_API_KEYS`."},
	}
}
