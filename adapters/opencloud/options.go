package opencloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// DefaultBaseURL is where Roblox answers Open Cloud calls.
const DefaultBaseURL = "https://apis.roblox.com"

// Options says what a Client talks to. APIKey is required; every other zero value works.
type Options struct {
	// BaseURL is the address that paths are appended to: https, or http on a loopback address. "" is DefaultBaseURL.
	BaseURL string

	// APIKey is the Open Cloud key. Space around it is ignored.
	APIKey string

	// GroupID is the group whose roles are managed. With 0 every call about the group is refused with kind blocked.
	GroupID int64

	// Universes are the games to restrict and announce in, each counted once; the data store belongs to the first. Without any, calls
	// about them are refused with kind blocked, and an announcement reaches nobody.
	Universes []domain.UniverseID

	DataStore DataStore
	Timeouts  Timeouts
	Limits    Limits

	// Patience is how long a call may wait for its turn before it is refused with kind exhausted; 0 is 8 s. What a request waits for is
	// refused after 3 s.
	Patience time.Duration

	// Permit is asked right before each request is sent, whatever the call, and after all waiting. When it returns an error nothing is
	// sent, and the call returns that error. nil permits everything.
	Permit func(ctx context.Context) error

	// Clock tells the time; nil is the process's own.
	Clock ports.Clock

	// Budget is where the processes that use the key share its limits. With nil this process takes itself for the only one.
	Budget ports.Budget

	// Recorder is told of every call. nil is nobody.
	Recorder ports.Recorder

	// Tracer follows every call. nil is nobody.
	Tracer ports.Tracer

	// Transport carries requests, with the key, to where BaseURL says; nil is the network. It is for tests that need none.
	Transport http.RoundTripper
}

// DataStore names the data store that games keep standings in.
type DataStore struct {
	Name   string // "" is GRPS_Points
	Scope  string // "" is global
	Prefix string // what entry ids begin with, before the user id; may be empty
}

// Timeouts bound one call. Each is 0 for its default.
type Timeouts struct {
	Dial   time.Duration // to connect; 5 s
	TLS    time.Duration // to agree on TLS; 5 s
	Header time.Duration // from the request sent to the answer's first line; 10 s
	Total  time.Duration // for the whole call, its answer's body included; 15 s
}

// Format writes the address and nothing else, whatever the verb, so that no print of the options shows the key.
func (o Options) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "opencloud.Options("+displayURL(o.BaseURL)+")")
}

// Roblox's limit on the name of a store, a scope and an entry, in characters; and the digits of the largest user id.
const (
	maxStoreName = 50
	maxIDDigits  = 16
)

const (
	defaultStore    = "GRPS_Points"
	defaultScope    = "global"
	defaultPatience = 8 * time.Second
	requestPatience = 3 * time.Second
)

// withDefaults returns o complete, or an error of KindInvalid that lists every option that cannot be used.
func (o Options) withDefaults() (Options, error) {
	o.BaseURL = strings.TrimRight(orDefault(o.BaseURL, DefaultBaseURL), "/")
	o.APIKey = strings.TrimSpace(o.APIKey)
	o.DataStore.Name = orDefault(o.DataStore.Name, defaultStore)
	o.DataStore.Scope = orDefault(o.DataStore.Scope, defaultScope)
	o.Timeouts = o.Timeouts.withDefaults()
	o.Limits = o.Limits.withDefaults()
	o.Patience = orDefault(o.Patience, defaultPatience)
	if o.Clock == nil {
		o.Clock = processClock{}
	}
	if faults := o.faults(); len(faults) > 0 {
		return Options{}, &domain.Error{
			Kind: domain.KindInvalid, Code: "open_cloud_options", Fields: faults,
			Message: "the connection to Roblox Open Cloud is not set up rightly",
		}
	}
	o.Universes = distinct(o.Universes)
	return o, nil
}

// Check returns what New would refuse of the options, each fault with the name of the option; nil when they can be used.
func (o Options) Check() []domain.FieldError {
	_, err := o.withDefaults()
	if e, ok := errors.AsType[*domain.Error](err); ok {
		return e.Fields
	}
	return nil
}

func (o Options) faults() []domain.FieldError {
	var faults []domain.FieldError
	fault := func(field, message string) {
		if message != "" {
			faults = append(faults, domain.FieldError{Field: field, Message: message})
		}
	}
	fault("BaseURL", baseURLFault(o.BaseURL))
	fault("APIKey", keyFault(o.APIKey))
	if o.GroupID < 0 || o.GroupID > domain.MaxID {
		fault("GroupID", "must be the number of a group, or 0 for none")
	}
	if slices.ContainsFunc(o.Universes, domain.UniverseID.IsZero) {
		fault("Universes", "must not hold an empty id")
	}
	fault("DataStore.Name", storeNameFault(o.DataStore.Name, maxStoreName))
	fault("DataStore.Scope", storeNameFault(o.DataStore.Scope, maxStoreName))
	if o.DataStore.Prefix != "" {
		fault("DataStore.Prefix", storeNameFault(o.DataStore.Prefix, maxStoreName-maxIDDigits))
	}
	if o.Timeouts.negative() || o.Patience < 0 {
		fault("Timeouts", "must not be negative")
	}
	if o.Limits.negative() {
		fault("Limits", "must not be negative")
	}
	return faults
}

// baseURLFault says what is wrong with an address, without repeating it: it may hold a password.
func baseURLFault(text string) string {
	const wanted = "must be https://…, or http:// on a loopback address such as http://127.0.0.1:8081"
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return wanted
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "must hold no user, password, query or fragment"
	case u.Scheme == "https" || u.Scheme == "http" && loopbackName(u.Hostname()):
		return ""
	}
	return wanted
}

func loopbackName(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func keyFault(key string) string {
	if key == "" {
		return "is required: create a key on the Creator Dashboard and hand it over"
	}
	for _, r := range key {
		if r <= ' ' || r > '~' {
			return "must be the key's text alone, without spaces, line breaks or quotes from another language"
		}
	}
	return ""
}

// storeNameFault refuses what Roblox would, and the characters that mean something in a filter or behind an entry's id.
func storeNameFault(name string, longest int) string {
	switch {
	case utf8.RuneCountInString(name) > longest || !utf8.ValidString(name):
		return "is too long, or not UTF-8: Roblox takes 50 characters for a name and for an entry's id, which is prefix and user id"
	case name == "." || name == "..":
		return "must not be a relative path"
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`"'\@`, r) }):
		return "must not hold control characters, quotes, a backslash or @"
	}
	return ""
}

// displayURL returns an address fit for a log: without user, query and fragment.
func displayURL(text string) string {
	u, err := url.Parse(orDefault(text, DefaultBaseURL))
	if err != nil {
		return "unreadable address"
	}
	return u.Scheme + "://" + u.Host + u.Path
}

func (t Timeouts) withDefaults() Timeouts {
	return Timeouts{
		Dial:   orDefault(t.Dial, 5*time.Second),
		TLS:    orDefault(t.TLS, 5*time.Second),
		Header: orDefault(t.Header, 10*time.Second),
		Total:  orDefault(t.Total, 15*time.Second),
	}
}

func (t Timeouts) negative() bool { return min(t.Dial, t.TLS, t.Header, t.Total) < 0 }

func orDefault[T comparable](given, otherwise T) T {
	var zero T
	if given == zero {
		return otherwise
	}
	return given
}

func distinct(universes []domain.UniverseID) []domain.UniverseID {
	var kept []domain.UniverseID
	for _, u := range universes {
		if !slices.Contains(kept, u) {
			kept = append(kept, u)
		}
	}
	return kept
}

type processClock struct{}

func (processClock) Now() time.Time { return time.Now() }
