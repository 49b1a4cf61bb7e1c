package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/grps/grps/adapters/telemetry"
	"github.com/grps/grps/app"
)

func newServe() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer games and dashboards",
		Long: `Starts the service. SIGTERM or Ctrl-C drains it: requests under way are answered, effects under way are settled.
A second signal ends it at once.`,
		Example: `  grps serve --sandbox                                  SQLite, shipped policy, a stand-in for Roblox
  DATABASE_URL=postgres://grps@db/grps grps serve       a Postgres that 'grps migrate up' prepared`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			signalled, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			ctx, drain := context.WithCancel(cmd.Context())
			defer drain()
			context.AfterFunc(signalled, func() {
				stop() // the second signal gets its ordinary effect back, before anybody sees that the first was heard
				drain()
			})
			return serve(ctx, c, o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&o.sandbox, "sandbox", false, "use a stand-in for Roblox inside this process instead of Roblox")
	cmd.Flags().BoolVar(&o.migrate, "migrate", false, "bring the Postgres schema up to date first; SQLite always is")
	return cmd
}

type serveOptions struct {
	sandbox bool
	migrate bool
}

// serve runs the service until ctx ends. It prints what it is to stdout and logs to stderr.
func serve(ctx context.Context, c config, o serveOptions, stdout, stderr io.Writer) error {
	began := time.Now()
	tuneMemory()
	s := &service{config: c, options: o}
	defer s.stop()
	if err := s.openLog(stderr); err != nil {
		return err
	}
	if err := s.openStore(ctx); err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	telemetry.RegisterProcess(registry, version())
	recorder := telemetry.New(s.log, registry)
	if err := s.openPolicy(ctx, recorder); err != nil {
		return err
	}
	tracer, err := s.openTracer(ctx)
	if err != nil {
		return err
	}
	remote, err := s.connect(ctx, recorder, tracer)
	if err != nil {
		return err
	}
	if remote, err = s.tellWebhooks(remote); err != nil {
		return err
	}
	seals, beside, err := openSeals(ctx, c, s.database, s.store)
	if err != nil {
		return err
	}
	cases, dispatcher := app.New(app.Parts{
		Store: s.store, Policies: s.policy, Clock: systemClock{}, IDs: uuids{},
		Recorder: recorder, Tracer: tracer, Remote: remote, MaxPunishPercent: c.maxPunish, ApplyWait: c.applyWait,
		ApprovalTTL: c.approvalTTL, Stopped: c.stop, Lanes: s.database.lanes(), Seals: seals, Tombstones: beside,
	}, app.DispatcherOptions{})
	erase, err := s.erasing(ctx, cases)
	if err != nil {
		return err
	}
	api, err := s.api(ctx, cases, recorder, telemetry.NewRequests(registry), tracer)
	if err != nil {
		return err
	}
	automation, err := cases.Automation(ctx)
	if err != nil {
		return err
	}
	if c.stop {
		s.log.Warn("STOP is set: this process evaluates only; it carries nothing out and sends nothing to Roblox")
	}
	listener, err := s.listen(ctx)
	if err != nil {
		return err
	}
	if err := s.serveMetrics(ctx, registry); err != nil {
		return errors.Join(err, listener.Close())
	}
	s.work(ctx, append(s.loops(cases, dispatcher), erase)...)
	if err := s.report(stdout, listener.Addr(), automation, time.Since(began)); err != nil {
		return errors.Join(err, listener.Close())
	}
	return s.answer(ctx, listener, api, cases.Leave)
}

// listen opens the port for requests. It comes late: whoever can connect is answered by everything that stands.
func (s *service) listen(ctx context.Context) (net.Listener, error) {
	address := s.config.address()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; %s", address, err, listenHint(err))
	}
	return listener, nil
}

func listenHint(err error) string {
	if errors.Is(err, syscall.EADDRINUSE) {
		return "another process uses the port; set PORT to another"
	}
	return "HOST must be an address of this machine"
}
