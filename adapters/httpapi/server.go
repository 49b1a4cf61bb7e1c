package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"
	"go.uber.org/zap"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Options is what a server is made of. The use cases, Clock and IDs are required.
type Options struct {
	Ingester     ports.Ingester
	Decider      ports.Decider
	Undoer       ports.Undoer
	Approver     ports.Approver
	Players      ports.PlayerFinder
	Leaderboards ports.Leaderboards
	Syncer       ports.Syncer
	Historian    ports.Historian
	Explainer    ports.Explainer
	Reviewer     ports.Reviewer
	Reconciler   ports.Reconciler
	Rewinder     ports.Rewinder
	Automator    ports.Automator
	Postmaster   ports.Postmaster
	Prober       ports.Prober
	Eraser       ports.Eraser
	Clock        ports.Clock
	IDs          ports.IDSource // makes the id of a request that brings none

	// Keys open the routes that their scopes are for, for as long as the server lives. With none of them and no KeySource the API is open to
	// whoever reaches it, and every caller is the principal "anonymous": listen on loopback only then.
	Keys []Key
	// KeySource has more keys, which change while the server lives. Nil for none.
	KeySource ports.Keys
	// Nonces remembers signed requests, so that none is taken twice. Required where keys sign, which those of a KeySource may.
	Nonces ports.Nonces
	// AllowedOrigins are the web origins ("https://example.org") whose pages may call from a browser. None by default.
	AllowedOrigins []string
	// HideDocs leaves the OpenAPI document and the page that shows it out.
	HideDocs bool
	// SignatureSecret is the secret that signs the body of POST /sync/roblox; "" asks for no signature.
	SignatureSecret string
	// NotificationSecrets are the secrets with which Roblox may sign its notifications. Without any none is taken.
	NotificationSecrets []string
	// ApprovalTTL is how long decisions wait for approval, so that answers can say when each ends unanswered. 0 says nothing.
	ApprovalTTL time.Duration
	// Erased reports whether a user was erased, whom nobody may name as actor any more. It is asked often, and must cost little. Nil for nobody.
	Erased func(domain.UserID) bool
	// Recorder is told of callers who are denied something. Nil for nobody.
	Recorder ports.Recorder
	// TrustedProxies are the networks of proxies whose X-Forwarded-For tells the address of a client. Without any only the address of the
	// connection counts.
	TrustedProxies []netip.Prefix
	// Meter counts requests. Nil for nobody.
	Meter ports.RequestMeter
	// Tracer follows requests. Nil for nobody.
	Tracer ports.Tracer
	// Logger gets one line per request; nil drops them.
	Logger *zap.Logger
	Limits Limits
}

// Limits bounds what one request may cost, and how many there may be. A zero field means its default.
type Limits struct {
	Body    int64         // bytes of a body, on the wire and after inflation; 64 KiB
	Batch   int64         // the same for a batch of reports; 1 MiB
	Timeout time.Duration // how long a request may take in the use case; 10 s

	Key      domain.Rate // with one key that has no rate of its own, or of everybody where the API is open; by default as many as come
	Address  domain.Rate // from one address, with whatever key; by default as many as come
	Failures domain.Rate // without a valid key from one address, until nothing from there is looked at; by default as many as come
}

const (
	defaultBody    = 64 << 10
	defaultBatch   = 1 << 20
	defaultTimeout = 10 * time.Second
)

// Server answers the HTTP API. It is safe for concurrent use.
type Server struct {
	options Options
	echo    *echo.Echo
	limiter *limiter
	meters  *meters
	hush    *hush
	bodies  *bodies
	gates   gates
}

// New returns the server that options describe. The error names every option that is missing or cannot be used.
func New(options Options) (*Server, error) {
	if options.Logger == nil {
		options.Logger = zap.NewNop()
	}
	if options.Limits.Body <= 0 {
		options.Limits.Body = defaultBody
	}
	if options.Limits.Batch <= 0 {
		options.Limits.Batch = defaultBatch
	}
	if options.Limits.Timeout <= 0 {
		options.Limits.Timeout = defaultTimeout
	}
	if err := errors.Join(options.complete(), usableKeys(options.Keys), usableNonces(options), usableOrigins(options.AllowedOrigins)); err != nil {
		return nil, err
	}
	s := &Server{
		options: options, echo: echo.New(), hush: &hush{}, bodies: &bodies{most: mostBodies}, gates: newGates(options.Clock),
		limiter: newLimiter(options.Limits, options.TrustedProxies),
	}
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.Logger.SetOutput(io.Discard)
	s.echo.IPExtractor = echo.ExtractIPDirect()
	s.echo.HTTPErrorHandler = s.answerProblem
	routes := s.table()
	s.meters = newMeters(options.Meter, routes)
	s.echo.Use(
		s.identify,
		s.follow,
		s.logAccess,
		recoverPanics,
		secureHeaders,
		crossOrigin(options.AllowedOrigins),
		s.limiter.byAddress,
		limitBody(options.Limits),
		s.bodies.bound,
		limitTime(options.Limits.Timeout),
		authenticate(s.keys(), openPaths(routes)),
		s.limiter.byKey,
		newPauses().admit,
		s.gates.admit,
	)
	if err := register(s.echo, routes); err != nil {
		return nil, err
	}
	return s, nil
}

// keys returns the keys that open the API.
func (s *Server) keys() keyring {
	return keyring{s.options.Keys, s.options.KeySource, s.options.Nonces, s.options.Limits, s.gates.nonces}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

func (o Options) complete() error {
	var faults []error
	for _, required := range []struct {
		name   string
		absent bool
	}{
		{"Ingester", o.Ingester == nil},
		{"Decider", o.Decider == nil},
		{"Undoer", o.Undoer == nil},
		{"Approver", o.Approver == nil},
		{"Players", o.Players == nil},
		{"Leaderboards", o.Leaderboards == nil},
		{"Syncer", o.Syncer == nil},
		{"Historian", o.Historian == nil},
		{"Explainer", o.Explainer == nil},
		{"Reviewer", o.Reviewer == nil},
		{"Reconciler", o.Reconciler == nil},
		{"Rewinder", o.Rewinder == nil},
		{"Automator", o.Automator == nil},
		{"Postmaster", o.Postmaster == nil},
		{"Prober", o.Prober == nil},
		{"Eraser", o.Eraser == nil},
		{"Clock", o.Clock == nil},
		{"IDs", o.IDs == nil},
	} {
		if required.absent {
			faults = append(faults, fmt.Errorf("httpapi: the option %s is required", required.name))
		}
	}
	return errors.Join(faults...)
}
