package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"go.uber.org/zap"

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
	Automator    ports.Automator
	Postmaster   ports.Postmaster
	Clock        ports.Clock
	IDs          ports.IDSource // makes the id of a request that brings none

	// Keys are the keys that open every route but /health/live. Without any the API is open to whoever reaches it, and every caller is
	// the principal "anonymous": listen on loopback only then.
	Keys []Key
	// AllowedOrigins are the web origins ("https://example.org") whose pages may call from a browser. None by default.
	AllowedOrigins []string
	// SignatureSecret is the secret that signs the body of POST /sync/roblox; "" asks for no signature.
	SignatureSecret string
	// Logger gets one line per request; nil drops them.
	Logger *zap.Logger
	Limits Limits
}

// Limits bounds what one request may cost. A zero field means its default.
type Limits struct {
	Body    int64         // bytes of a body, on the wire and after inflation; 64 KiB
	Batch   int64         // the same for a batch of reports; 1 MiB
	Timeout time.Duration // how long a request may take in the use case; 10 s
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
	if err := errors.Join(options.complete(), usableKeys(options.Keys), usableOrigins(options.AllowedOrigins)); err != nil {
		return nil, err
	}
	s := &Server{options: options, echo: echo.New()}
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.Logger.SetOutput(io.Discard)
	s.echo.IPExtractor = echo.ExtractIPDirect()
	s.echo.HTTPErrorHandler = answerProblem
	s.echo.Use(
		s.identify,
		s.logAccess,
		recoverPanics,
		secureHeaders,
		crossOrigin(options.AllowedOrigins),
		limitBody(options.Limits),
		authenticate(options.Keys),
		limitTime(options.Limits.Timeout),
	)
	s.routes()
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

func (s *Server) routes() {
	get := func(path string, handler echo.HandlerFunc) {
		s.echo.Match([]string{http.MethodGet, http.MethodHead}, path, handler)
	}
	get(pathLive, s.live)
	get("/players/:"+paramUser, s.player)
	get("/players/:"+paramUser+"/history", s.history)
	get("/players/:"+paramUser+"/eligibility", s.eligibility)
	get("/decisions", s.decisions)
	get("/decisions/:"+paramDecision, s.trace)
	get("/players", s.search)
	get("/leaderboard/players/:"+paramUser, s.around)
	get("/leaderboard/top", s.top)
	get("/leaderboard/records", s.records)
	s.echo.POST("/roblox/events/player-activity", s.ingest)
	s.echo.POST(pathBatch, s.ingestBatch)
	s.echo.POST("/automation/decisions", s.decide)
	s.echo.POST("/decisions/:"+paramDecision+"/undo", s.undo, administrators)
	s.echo.POST("/decisions/:"+paramDecision+"/approve", s.approveDecision, administrators)
	s.echo.POST("/decisions/:"+paramDecision+"/reject", s.rejectDecision, administrators)
	s.echo.POST("/players/:"+paramUser+"/hold", s.pause, administrators)
	s.echo.DELETE("/players/:"+paramUser+"/hold", s.release, administrators)
	s.echo.POST("/sync/roblox", s.sync)
	s.reviewRoutes()
	s.reconciliationRoutes()
	s.automationRoutes()
	s.effectRoutes()
}

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
		{"Automator", o.Automator == nil},
		{"Postmaster", o.Postmaster == nil},
		{"Clock", o.Clock == nil},
		{"IDs", o.IDs == nil},
	} {
		if required.absent {
			faults = append(faults, fmt.Errorf("httpapi: the option %s is required", required.name))
		}
	}
	return errors.Join(faults...)
}
