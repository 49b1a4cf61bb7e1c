package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/adapters/opencloud"
	"github.com/grps/grps/domain"
)

// config is the effective configuration, checked.
type config struct {
	databaseURL     Secret
	groupID         int64
	openCloudKey    Secret
	universes       []domain.UniverseID // the one with the data store first
	apiBase         string
	dataStoreName   string
	dataStoreScope  string
	dataStorePrefix string
	inboundKeys     []Secret
	adminKeys       []Secret
	keysFile        string
	signatureSecret Secret
	notifySecrets   []Secret // with which Roblox signs notifications
	erasureKeys     []Secret
	erasuresFile    string
	allowedOrigins  []string
	keyRate         domain.Rate
	addressRate     domain.Rate
	failureRate     domain.Rate
	trustedProxies  []netip.Prefix
	connections     int
	configDir       string
	host            string
	port            int
	docs            bool
	stop            bool
	applyWait       time.Duration
	approvalTTL     time.Duration
	retention       time.Duration
	reviews         schedule // nil for never
	maxPunish       int
	webhooksFile    string
	webhookPrivate  bool
	reconcile       time.Duration // 0 for never
	drainDelay      time.Duration
	metricsAddress  string
	logLevel        string
	logFormat       string

	warnings []string // what works but is probably not meant
}

// flagName returns the flag of a setting: DATABASE_URL is --database-url.
func flagName(key string) string { return strings.ReplaceAll(strings.ToLower(key), "_", "-") }

// addFlags gives a command a flag for every setting of a service that is no secret, or for those of them that are named.
func addFlags(flags *pflag.FlagSet, named ...string) {
	for _, s := range settings() {
		if !s.secret && !s.calls && (len(named) == 0 || slices.Contains(named, s.key)) {
			flags.String(flagName(s.key), s.value, strings.ReplaceAll(s.help, "`", "")+" ("+s.key+")")
		}
	}
}

// source is where values come from: flags over environment over the .env file over defaults.
type source struct{ values *viper.Viper }

// newSource reads .env in the working folder, if it is there, and the environment. flags may be nil.
func newSource(flags *pflag.FlagSet) (source, error) {
	v := viper.New()
	v.SetConfigFile(".env")
	v.SetConfigType("env")
	if err := v.ReadInConfig(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return source{}, usageError{errors.New("the file .env in the working folder cannot be read; write one KEY=value a line")}
	}
	for _, s := range settings() {
		v.SetDefault(s.key, s.value)
		if err := v.BindEnv(s.key, s.key); err != nil {
			return source{}, fmt.Errorf("bind %s: %w", s.key, err)
		}
		if flags == nil {
			continue
		}
		if flag := flags.Lookup(flagName(s.key)); flag != nil {
			if err := v.BindPFlag(s.key, flag); err != nil {
				return source{}, fmt.Errorf("bind --%s: %w", flag.Name, err)
			}
		}
	}
	return source{v}, nil
}

func (s source) text(key string) string { return strings.TrimSpace(s.values.GetString(key)) }

// unknown returns the variables, in the environment and in .env, that look like ours and are not in the table.
func (s source) unknown() []string {
	known := map[string]bool{"GRPS_TEST_DATABASE_URL": true}
	for _, setting := range settings() {
		known[setting.key] = true
	}
	var names []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	for _, key := range s.values.AllKeys() {
		names = append(names, strings.ToUpper(key))
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		ours := strings.HasPrefix(name, "GRPS_") || strings.HasPrefix(name, "ROBLOX_") || known[name+"S"] || known[strings.TrimSuffix(name, "S")]
		return known[name] || strings.HasPrefix(name, tracingPrefix) || !ours && !s.values.InConfig(strings.ToLower(name))
	})
}

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
	for _, name := range s.unknown() {
		r.warnings = append(r.warnings, name+" is not a setting of this version and is ignored; `grps config` lists them all")
	}
	if _, err := databaseOf(c.databaseURL); err != nil {
		if e, ok := errors.AsType[*domain.Error](err); ok {
			r.faults = append(r.faults, e.Fields...)
		}
	}
	if _, err := serverURL(s.text("GRPS_SERVER")); err != nil {
		r.fault("GRPS_SERVER", "%s", err)
	}
	if why := guessable(c.signatureSecret.Reveal()); c.signatureSecret.IsSet() && why != "" {
		r.warnings = append(r.warnings, "AUTOMATION_SIGNATURE_SECRET "+why+" and can be guessed; make one with: openssl rand -hex 32")
	}
	c.warnings = r.warnings
	if c.openCloudKey.IsSet() && s.text("ROBLOX_GROUP_ID") == "" {
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
	return c, r.faults
}

// openCloud returns how the configuration has Roblox called.
func (c config) openCloud() opencloud.Options {
	return opencloud.Options{
		BaseURL: c.apiBase, APIKey: c.openCloudKey.Reveal(), GroupID: c.groupID, Universes: c.universes,
		DataStore: opencloud.DataStore{Name: c.dataStoreName, Scope: c.dataStoreScope, Prefix: c.dataStorePrefix},
		Clock:     systemClock{},
	}
}

// openCloudFaults checks what the client of Open Cloud would refuse, also while there is no key to call it with.
func (c config) openCloudFaults() []domain.FieldError {
	return slices.DeleteFunc(inSettings(c.openCloud().Check()), func(fault domain.FieldError) bool {
		return fault.Field == "ROBLOX_OPEN_CLOUD_API_KEY" && !c.openCloudKey.IsSet()
	})
}

// inSettings names the settings where a fault names options.
func inSettings(faults []domain.FieldError) []domain.FieldError {
	settings := map[string]string{ //nolint:gosec // names of settings, not secrets
		"BaseURL": "ROBLOX_API_BASE", "APIKey": "ROBLOX_OPEN_CLOUD_API_KEY", "DataStore.Name": "ROBLOX_DATASTORE_NAME",
		"DataStore.Scope": "ROBLOX_DATASTORE_SCOPE", "DataStore.Prefix": "ROBLOX_DATASTORE_PREFIX",
	}
	named := slices.Clone(faults)
	for i, fault := range named {
		if setting, ok := settings[fault.Field]; ok {
			named[i].Field = setting
		}
	}
	return named
}

// open reports whether anybody may call the API. A file of keys closes it, even one that holds none.
func (c config) open() bool { return len(c.inboundKeys)+len(c.adminKeys) == 0 && c.keysFile == "" }

// exposure checks that what asks for no key is not reachable from elsewhere.
func (c config) exposure() []domain.FieldError {
	var faults []domain.FieldError
	if c.open() && c.host != "" && !loopback(c.host) {
		faults = append(faults, domain.FieldError{Field: "HOST", Message: fmt.Sprintf(
			"is %s, which others can reach, but there are no keys: set INBOUND_API_KEYS, or leave HOST empty to listen on loopback", c.host)})
	}
	if host, _, err := net.SplitHostPort(c.metricsAddress); c.metricsAddress != "" && (err != nil || !loopback(host)) {
		faults = append(faults, domain.FieldError{Field: "METRICS_ADDRESS", Message: "must be a loopback address with a port, such as 127.0.0.1:9090"})
	}
	return faults
}

// address returns where to listen.
func (c config) address() string {
	host := c.host
	if host == "" && c.open() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, strconv.Itoa(c.port))
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// list splits a comma-separated text; empty parts are left out.
func list(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// reader turns texts into values and collects what is wrong with them.
type reader struct {
	source
	faults   []domain.FieldError
	warnings []string
}

func (r *reader) fault(key, format string, args ...any) {
	r.faults = append(r.faults, domain.FieldError{Field: key, Message: fmt.Sprintf(format, args...)})
}

func (r *reader) required(key string) string {
	text := r.text(key)
	if text == "" {
		r.fault(key, "must not be empty")
	}
	return text
}

func (r *reader) number(key string, least, most int) int {
	n, err := strconv.Atoi(r.text(key))
	if err != nil || n < least || n > most {
		r.fault(key, "must be a number, %d … %d", least, most)
	}
	return n
}

func (r *reader) duration(key string, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(r.text(key))
	if err != nil || d < least || d > most {
		r.fault(key, "must be a duration such as 2s or 500ms, %s … %s", briefly(least), briefly(most))
	}
	return d
}

// briefly writes a duration without parts that are nothing: 8760h, not 8760h0m0s.
func briefly(d time.Duration) string {
	text := d.String()
	for _, nothing := range [...]string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nothing) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// period reads a duration that may be 0 for never.
func (r *reader) period(key string, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(r.text(key))
	if err != nil || d != 0 && (d < least || d > most) {
		r.fault(key, "must be 0s, or a duration such as 1h or 90s, %s … %s", briefly(least), briefly(most))
	}
	return d
}

// boolean refuses what is neither: nobody should believe that something is stopped because it says "yes".
func (r *reader) boolean(key string) bool {
	switch strings.ToLower(r.text(key)) {
	case "true", "1":
		return true
	case "false", "0", "":
		return false
	}
	r.fault(key, "must be true or false")
	return false
}

func (r *reader) oneOf(key string, words ...string) string {
	text := strings.ToLower(r.text(key))
	if !slices.Contains(words, text) {
		r.fault(key, "must be one of: %s", strings.Join(words, ", "))
	}
	return text
}

// id returns 0 when the setting is empty.
func (r *reader) id(key string) int64 {
	text := r.text(key)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > domain.MaxID {
		r.fault(key, "must be a Roblox id, 1 … %d", int64(domain.MaxID))
		return 0
	}
	return n
}

func (r *reader) universes() []domain.UniverseID {
	var ids []domain.UniverseID
	for _, key := range [...]string{"ROBLOX_UNIVERSE_ID", "ROBLOX_UNIVERSE_IDS"} {
		for _, text := range list(r.text(key)) {
			n, err := strconv.ParseInt(text, 10, 64)
			id, rangeErr := domain.NewUniverseID(n)
			if err != nil || rangeErr != nil {
				r.fault(key, "holds %q, which is no universe id", text)
			} else if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// minSecret is the length in bytes from which on a key cannot be guessed in practice.
const minSecret = 16

// minVariety is how many different characters a text must have to pass for a random one: of sixteen hexadecimal digits, fewer than six
// are different once in ten thousand times.
const minVariety = 6

// guessable says why a secret is a weak one; "" when it is not seen to be.
func guessable(text string) string {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	switch {
	case len(text) < minSecret:
		return fmt.Sprintf("has fewer than %d characters", minSecret)
	case len(seen) < minVariety:
		return "repeats the same few characters"
	}
	return ""
}

func (r *reader) secrets(key string) []Secret {
	var secrets []Secret
	for i, text := range list(r.text(key)) {
		if why := guessable(text); why != "" {
			r.warnings = append(r.warnings, fmt.Sprintf("%s: key %d %s and can be guessed; make one with: openssl rand -hex 32", key, i+1, why))
		}
		secrets = append(secrets, Secret{text})
	}
	return secrets
}
