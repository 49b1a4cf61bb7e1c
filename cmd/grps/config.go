package main

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

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
