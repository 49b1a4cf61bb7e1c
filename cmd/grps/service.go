package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"

	"go.uber.org/zap"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/adapters/filepolicy"
	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/adapters/opencloud"
	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/adapters/telemetry"
	"github.com/grps/grps/app"
	"github.com/grps/grps/ports"
)

// service is a running service: what was started, in the order in which it was.
type service struct {
	config  config
	options serveOptions
	log     *zap.Logger
	store   *bunstore.Store
	policy  *filepolicy.Source

	database database
	webhooks []ports.Webhook
	stand    *sandbox.Server // nil without --sandbox
	named    ports.Keys      // nil without KEYS_FILE
	stops    []func()        // what ends each part, called from the last to the first
}

// stop ends every part, the last one started first.
func (s *service) stop() {
	for i := len(s.stops) - 1; i >= 0; i-- {
		s.stops[i]()
	}
}

// openLog begins the log with what the configuration warns of.
func (s *service) openLog(stderr io.Writer) error {
	var err error
	if s.log, err = newLogger(s.config, stderr); err != nil {
		return err
	}
	s.stops = append(s.stops, func() { _ = s.log.Sync() }) // a terminal cannot be synced, which is no fault
	for _, warning := range s.config.warnings {
		s.log.Warn(warning)
	}
	return nil
}

// openStore opens the database, or that of the sandbox, and sees to it that the schema is that of this version.
func (s *service) openStore(ctx context.Context) error {
	db, err := databaseOf(s.config.databaseURL)
	if err != nil {
		return err
	}
	if s.options.sandbox && db.path == defaultDatabase {
		db.path = sandboxDatabase
	}
	s.database = db
	if s.store, err = db.open(ctx); err != nil {
		return err
	}
	s.stops = append(s.stops, func() {
		if err := s.store.Close(); err != nil {
			s.log.Error("close the database", zap.Error(err))
		}
	})
	if db.embedded() || s.options.migrate {
		if err := s.store.Migrate(ctx); err != nil {
			return fmt.Errorf("bring the schema up to date: %w", err)
		}
		return nil
	}
	behind, err := s.store.Behind(ctx)
	if err != nil {
		return fmt.Errorf("look at the schema: %w", err)
	}
	if behind {
		return errors.New("the schema of the database is behind this version; run 'grps migrate up', or start with --migrate")
	}
	return nil
}

// openPolicy loads the rules and goes on watching them. Each change is told to the recorder.
func (s *service) openPolicy(ctx context.Context, recorder *telemetry.Recorder) error {
	var err error
	s.policy, err = filepolicy.Open(ctx, filepolicy.Options{Dir: s.config.configDir, OnChange: func(change filepolicy.Change) {
		recorder.Record(ctx, ports.PolicyEvent{Revision: change.Revision, Previous: change.Previous, Err: change.Err})
	}})
	if err != nil {
		return err
	}
	s.stops = append(s.stops, func() { _ = s.policy.Close() })
	return nil
}

// connect returns what of Roblox is configured, or the stand-in. Calls are told to the recorder.
func (s *service) connect(ctx context.Context, recorder *telemetry.Recorder, tracer ports.Tracer) (app.Remote, error) {
	if s.options.sandbox {
		base, err := s.startSandbox(ctx)
		if err != nil {
			return app.Remote{}, err
		}
		s.config = s.config.withSandbox(base)
	}
	c := s.config
	if !c.openCloudKey.IsSet() {
		return app.Remote{}, nil
	}
	options := c.openCloud()
	options.Budget, options.Recorder, options.Tracer, options.Permit = s.store, recorder, tracer, app.Permit(s.store, c.stop)
	client, err := opencloud.New(options)
	if err != nil {
		return app.Remote{}, fmt.Errorf("set Open Cloud up: %w", err)
	}
	s.stops = append(s.stops, client.Close)
	remote := app.Remote{Roles: client, Roster: client, Key: client, Universes: c.universes}
	if len(c.universes) > 0 {
		remote.Restrictions, remote.Mirror, remote.Announcer, remote.DataStore = client, client, client, client
	}
	return remote, nil
}

// startSandbox serves the stand-in on a loopback port of its own, so that it is called exactly as Roblox is, and returns where.
func (s *service) startSandbox(ctx context.Context) (string, error) {
	var err error
	if s.stand, err = newSandbox(s.config, s.policy.Current()); err != nil {
		return "", fmt.Errorf("set the sandbox up: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen for the sandbox: %w", err)
	}
	s.background(s.server(s.stand), listener)
	return "http://" + listener.Addr().String(), nil
}

// api returns what answers requests: with the inspection of the sandbox, where there is one.
func (s *service) api(
	ctx context.Context, cases *app.Service, recorder *telemetry.Recorder, meter *telemetry.Requests, tracer ports.Tracer,
) (http.Handler, error) {
	c := s.config
	keys := c.keys()
	source, err := s.openKeys(ctx, keys)
	if err != nil {
		return nil, err
	}
	api, err := httpapi.New(httpapi.Options{
		Ingester: cases, Decider: cases, Undoer: cases, Approver: cases, Players: cases, Leaderboards: cases, Syncer: cases, Historian: cases, Explainer: cases,
		Reviewer: cases, Reconciler: cases, Rewinder: cases, Automator: cases, Postmaster: cases, Prober: cases,
		Eraser: cases, Erased: cases.Erased, NotificationSecrets: revealed(c.notifySecrets), ApprovalTTL: c.approvalTTL,
		Clock: systemClock{}, IDs: uuids{}, Keys: keys, KeySource: source, Nonces: s.store, AllowedOrigins: c.allowedOrigins,
		SignatureSecret: c.signatureSecret.Reveal(), Recorder: recorder, Meter: meter, Tracer: tracer, Logger: s.log,
		TrustedProxies: c.trustedProxies, HideDocs: !c.docs,
		Limits: httpapi.Limits{Key: c.keyRate, Address: c.addressRate, Failures: c.failureRate},
	})
	if err != nil {
		return nil, usageError{fmt.Errorf("set the API up from the keys: %w", err)}
	}
	if s.stand != nil {
		return withInspection(api, s.stand), nil
	}
	return api, nil
}

// loops returns what goes on beside the requests.
func (s *service) loops(cases *app.Service, dispatcher *app.Dispatcher) []func(context.Context) {
	runs := []func(context.Context){
		dispatcher.Run, cases.Releaser().Run, cases.Expirer().Run, cases.Resumer().Run, cases.Gauge().Run, cases.Sweeper(app.SweeperOptions{}).Run,
		cases.NoncePruner().Run,
	}
	if s.config.reviews != nil {
		runs = append(runs, cases.Scheduler(s.config.reviews).Run)
	}
	if s.config.reconcile > 0 && s.config.openCloudKey.IsSet() {
		runs = append(runs, cases.ReconcileScheduler(s.config.reconcile).Run)
	}
	if s.config.retention > 0 {
		runs = append(runs, cases.Pruner(s.config.retention).Run)
	}
	return runs
}

// work runs what goes on in the background until the service stops.
func (s *service) work(ctx context.Context, runs ...func(context.Context)) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // it goes on while requests under way are answered
	var done sync.WaitGroup
	for _, run := range runs {
		done.Go(func() { run(ctx) })
	}
	s.stops = append(s.stops, func() {
		cancel()
		done.Wait()
	})
}

// server returns a server whose complaints about clients go to the log.
func (s *service) server(handler http.Handler) *http.Server {
	server := httpapi.NewHTTPServer("", handler)
	server.ErrorLog = zap.NewStdLog(s.log)
	return server
}

// background serves until the service stops.
func (s *service) background(server *http.Server, listener net.Listener) {
	var done sync.WaitGroup
	done.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("serve in the background", zap.Error(err))
		}
	})
	s.stops = append(s.stops, func() {
		_ = server.Close()
		done.Wait()
	})
}
