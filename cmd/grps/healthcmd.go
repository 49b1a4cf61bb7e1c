package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// healthTime is how long the service may take to say how it does. It answers within a second.
const healthTime = 3 * time.Second

func newHealth() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask a service whether it is ready, and exit 0 or 1",
		Long: `Asks GET /health/ready. The exit code is 0 when the service can serve and 1 when it cannot, or does not answer: for the health
checks of containers, which need no shell and no other program then. It calls GRPS_SERVER; where that is not set, the service that PORT
and HOST describe on this machine. With a key for reading it prints how every part does.`,
		Example: "  grps health\n  grps health --server https://grps.example.org --json",
		Args:    takes(cobra.NoArgs),
	}
	flags := addCallFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if flags.server == "" {
			base, err := ownServer()
			if err != nil {
				return err
			}
			flags.server = base
		}
		c, err := newClient(cmd, flags)
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		return c.health(ctx)
	}
	return cmd
}

// ownServer returns where a service with these settings is to be asked from this machine; "" where GRPS_SERVER says it.
func ownServer() (string, error) {
	s, err := newSource(nil)
	if err != nil {
		return "", err
	}
	for _, setting := range settings() {
		if setting.key == "GRPS_SERVER" && s.text("GRPS_SERVER") != setting.value {
			return "", nil
		}
	}
	host := "127.0.0.1"
	if loopback(s.text("HOST")) {
		host = s.text("HOST")
	}
	return "http://" + net.JoinHostPort(host, s.text("PORT")), nil
}

// healthDocument is what the service says of itself.
type healthDocument struct {
	Status string `json:"status"`
	Parts  map[string]struct {
		Status string `json:"status"`
		Reason string `json:"reason"`
	} `json:"parts"`
}

// errNotReady says that the service answered, and that it cannot serve.
var errNotReady = errors.New("the service is not ready")

// health asks how the service does and prints that.
func (c *client) health(ctx context.Context) error {
	c.http.Timeout = healthTime
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/health/ready", nil)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	if c.key.IsSet() {
		request.Header.Set("X-Grps-Api-Key", c.key.Reveal())
	}
	response, err := c.http.Do(request)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return c.unreachable(ctx, err)
	}
	var said healthDocument
	if json.Unmarshal(text, &said) != nil || said.Status == "" {
		return c.stranger(response)
	}
	if c.asJSON {
		err = writeJSON(c.out, json.RawMessage(text))
	} else {
		err = printHealth(c.out, said)
	}
	if err == nil && response.StatusCode != http.StatusOK {
		err = errNotReady
	}
	return err
}

func printHealth(w io.Writer, said healthDocument) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "status\t%s\n", said.Status)
	for _, name := range [...]string{"service", "store", "policy", "outbox", "openCloud"} {
		if part, told := said.Parts[name]; told {
			fmt.Fprintf(table, "%s\t%s\t%s\n", name, part.Status, part.Reason)
		}
	}
	return table.Flush()
}
