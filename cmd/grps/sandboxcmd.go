package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/adapters/opencloud/sandbox"
)

// defaultSandboxPort is beside the one that serve listens on.
const defaultSandboxPort = 8081

type sandboxOptions struct {
	port     int
	autoJoin bool
	noLimits bool
	roles    []string
}

func newSandboxCommand() *cobra.Command {
	var o sandboxOptions
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve a stand-in for Roblox",
		Long: `Serves a stand-in for Roblox on a loopback address, as a process of its own, and prints the settings that point a service at it.
Services may come and go, and several may share it. It has the policy's roles as they are when it starts, and forgets everything
when it ends. Under /_sandbox/ it can be looked at and disturbed.`,
		Example: `  grps sandbox                                             the shipped policy's roles, on port 8081
  grps sandbox --port 0 --role VIP=5000 --auto-join=false  another role, and nobody is a member who was not made one`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return serveSandbox(ctx, c, o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	addFlags(cmd.Flags(), "CONFIG_DIR", "ROBLOX_GROUP_ID", "ROBLOX_UNIVERSE_IDS", "LOG_LEVEL", "LOG_FORMAT")
	cmd.Flags().IntVar(&o.port, "port", defaultSandboxPort, "port to listen on; 0 takes a free one; not that of a service")
	cmd.Flags().BoolVar(&o.autoJoin, "auto-join", true, "whoever was never heard of joins with the base role when first asked about")
	cmd.Flags().BoolVar(&o.noLimits, "no-limits", false, "answer without Roblox's rate limits")
	cmd.Flags().StringArrayVar(&o.roles, "role", nil, "a further role of the group, NAME=ID, that the policy does not know; may be repeated")
	return cmd
}

// serveSandbox serves the stand-in until ctx ends.
func serveSandbox(ctx context.Context, c config, o sandboxOptions, stdout, stderr io.Writer) error {
	began := time.Now()
	log, err := newLogger(c, stderr)
	if err != nil {
		return err
	}
	setup, from, err := o.setup(c)
	if err != nil {
		return err
	}
	stand, err := sandbox.New(setup)
	if err != nil {
		return usageError{fmt.Errorf("set the sandbox up: %w", err)}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(o.port)))
	if err != nil {
		return fmt.Errorf("listen for the sandbox on port %d: %w; choose another --port", o.port, err)
	}
	if err := reportSandbox(stdout, setup, from, listener.Addr(), time.Since(began)); err != nil {
		return errors.Join(err, listener.Close())
	}
	server := httpapi.NewHTTPServer("", stand)
	server.ErrorLog = zap.NewStdLog(log)
	ended := context.AfterFunc(ctx, func() { _ = server.Close() }) // who waits for an answer that never comes is not waited for
	defer ended()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the sandbox: %w", err)
	}
	return nil
}

// setup returns what the stand-in begins with and where its roles are from.
func (o sandboxOptions) setup(c config) (sandbox.Config, string, error) {
	var folder []string
	if c.configDir != "" {
		folder = []string{c.configDir}
	}
	p, from, err := policyOf(folder)
	if err != nil {
		return sandbox.Config{}, "", err
	}
	setup := c.sandboxSetup(p)
	setup.AutoJoin, setup.Limits.Off = o.autoJoin, o.noLimits
	for _, text := range o.roles {
		name, number, ok := strings.Cut(text, "=")
		id, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil {
			return sandbox.Config{}, "", usageError{fmt.Errorf("--role %q: write it as NAME=ID", text)}
		}
		setup.Roles = append(setup.Roles, sandbox.Role{ID: id, Name: name, Rank: lowestRank + len(setup.Roles)})
	}
	return setup, from, nil
}

// reportSandbox prints where the stand-in listens, what it is, and the settings that lead to it.
func reportSandbox(w io.Writer, setup sandbox.Config, from string, address net.Addr, took time.Duration) error {
	joining := "join with the base role when first heard of"
	if !setup.AutoJoin {
		joining = "are made at /_sandbox/members/ID"
	}
	limits := "Roblox's"
	if setup.Limits.Off {
		limits = "none"
	}
	var universes []string
	for _, id := range setup.Universes {
		universes = append(universes, strconv.FormatInt(id, 10))
	}
	base := baseURL(address)
	_, err := fmt.Fprintf(w, `grps sandbox %s is ready at %s (%d ms)
  roles     %d, those of %s and --role
  members   %s
  limits    %s
  look      %s/_sandbox/members, /calls, /messages

A service is pointed at it by these settings; any key will do:
  ROBLOX_API_BASE=%s
  ROBLOX_OPEN_CLOUD_API_KEY=%s
  ROBLOX_GROUP_ID=%d
  ROBLOX_UNIVERSE_IDS=%s
`, version(), base, took.Milliseconds(), len(setup.Roles), from, joining, limits, base, base, sandboxKey, setup.GroupID, strings.Join(universes, ","))
	return err
}
