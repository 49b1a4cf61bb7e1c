package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/domain"
)

// loadConfig reads and checks the configuration. Everything that is wrong is reported at once.
func loadConfig(flags *pflag.FlagSet) (config, error) {
	s, err := newSource(flags)
	if err != nil {
		return config{}, err
	}
	if err := s.exportTracing(); err != nil {
		return config{}, fmt.Errorf("set the variables of OpenTelemetry: %w", err)
	}
	c, faults := s.config()
	if len(faults) > 0 {
		return config{}, &domain.Error{
			Kind: domain.KindInvalid, Code: "config_invalid", Message: "the configuration cannot be used", Fields: faults,
		}
	}
	return c, nil
}

// config reads what the source holds. What is wrong is listed, and left empty in the configuration, which must not be used then.
func (s source) config() (config, []domain.FieldError) {
	r := reader{source: s}
	c := config{
		databaseURL:     Secret{s.text("DATABASE_URL")},
		groupID:         r.id("ROBLOX_GROUP_ID"),
		openCloudKey:    Secret{s.text("ROBLOX_OPEN_CLOUD_API_KEY")},
		universes:       r.universes(),
		apiBase:         s.text("ROBLOX_API_BASE"),
		dataStoreName:   r.required("ROBLOX_DATASTORE_NAME"),
		dataStoreScope:  r.required("ROBLOX_DATASTORE_SCOPE"),
		dataStorePrefix: s.text("ROBLOX_DATASTORE_PREFIX"),
		inboundKeys:     r.secrets("INBOUND_API_KEYS"),
		adminKeys:       r.secrets("ADMIN_API_KEYS"),
		keysFile:        s.text("KEYS_FILE"),
		signatureSecret: Secret{s.text("AUTOMATION_SIGNATURE_SECRET")},
		notifySecrets:   r.secrets("ROBLOX_WEBHOOK_SECRET"),
		erasureKeys:     r.secrets("ERASURE_KEY"),
		erasuresFile:    s.text("ERASURES_FILE"),
		allowedOrigins:  list(s.text("ALLOWED_ORIGINS")),
		keyRate:         r.rate("RATE_LIMIT"),
		addressRate:     r.rate("RATE_LIMIT_ADDRESS"),
		failureRate:     r.rate("RATE_LIMIT_FAILURES"),
		trustedProxies:  r.networks("TRUSTED_PROXIES"),
		connections:     r.number("MAX_CONNECTIONS", leastConnections, mostConnections),
		configDir:       s.text("CONFIG_DIR"),
		host:            s.text("HOST"),
		port:            r.number("PORT", 0, 65535),
		docs:            r.boolean("DOCS"),
		stop:            r.boolean("STOP"),
		applyWait:       r.duration("APPLY_WAIT", 0, 8*time.Second),
		reconcile:       r.period("RECONCILE_EVERY", time.Second, 365*24*time.Hour),
		retention:       r.duration("SNAPSHOT_RETENTION", 0, 100*365*24*time.Hour),
		approvalTTL:     r.duration("APPROVAL_TTL", time.Second, 365*24*time.Hour),
		reviews:         r.schedule("REVIEW_SCHEDULE"),
		maxPunish:       r.number("REVIEW_MAX_PUNISH_PERCENT", 0, 100),
		webhooksFile:    s.text("WEBHOOKS_FILE"),
		webhookPrivate:  r.boolean("WEBHOOK_ALLOW_PRIVATE"),
		drainDelay:      r.duration("DRAIN_DELAY", 0, 5*time.Second),
		metricsAddress:  s.text("METRICS_ADDRESS"),
		logLevel:        r.oneOf("LOG_LEVEL", "debug", "info", "warn", "error"),
		logFormat:       r.oneOf("LOG_FORMAT", "auto", "json", "console"),
	}
	r.check(c)
	c.warnings = r.warnings
	return c, r.faults
}

// check looks at what no setting shows by itself: what several amount to together, and what those who use them would refuse.
func (r *reader) check(c config) {
	for _, name := range r.unknown() {
		r.warnings = append(r.warnings, name+" is not a setting of this version and is ignored; `grps config` lists them all")
	}
	if _, err := databaseOf(c.databaseURL); err != nil {
		if e, ok := errors.AsType[*domain.Error](err); ok {
			r.faults = append(r.faults, e.Fields...)
		}
	}
	if _, err := serverURL(r.text("GRPS_SERVER")); err != nil {
		r.fault("GRPS_SERVER", "%s", err)
	}
	if why := guessable(c.signatureSecret.Reveal()); c.signatureSecret.IsSet() && why != "" {
		r.warnings = append(r.warnings, "AUTOMATION_SIGNATURE_SECRET "+why+" and can be guessed; make one with: openssl rand -hex 32")
	}
	if c.openCloudKey.IsSet() && r.text("ROBLOX_GROUP_ID") == "" {
		r.fault("ROBLOX_GROUP_ID", "must be set when ROBLOX_OPEN_CLOUD_API_KEY is: it names the group to rank")
	}
	if _, err := netip.ParseAddr(c.host); err != nil && strings.ContainsAny(c.host, "[]:/ ") {
		r.fault("HOST", "must be an address such as 0.0.0.0 or ::1, or a name, without brackets and without a port")
	}
	r.faults = append(r.faults, c.exposure()...)
	r.faults = append(r.faults, c.openCloudFaults()...)
	for _, origin := range c.allowedOrigins {
		if !httpapi.UsableOrigin(origin) {
			r.fault("ALLOWED_ORIGINS", "holds %q: write origins like https://example.org, in lower case, without a path or a wildcard", origin)
		}
	}
}
