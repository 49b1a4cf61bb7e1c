package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
)

// client calls the API of a service that runs, for the commands that look after one.
type client struct {
	base   string
	flag   string // what names another base on the command line
	key    Secret
	http   *http.Client
	asJSON bool
	out    io.Writer
}

// What one call may take and answer.
const (
	callTime  = 30 * time.Second
	maxAnswer = 8 << 20 // bytes
)

// callFlags are the flags of a command that calls a service.
type callFlags struct {
	flag   string // what the flag is called that says where the service runs
	server string
	asJSON bool
}

// addCallFlags gives the command those flags.
func addCallFlags(cmd *cobra.Command) *callFlags { return addCallFlagsAs(cmd, "server") }

// addCallFlagsAs gives the command those flags, with another name for the one that says where the service runs.
func addCallFlagsAs(cmd *cobra.Command, name string) *callFlags {
	f := &callFlags{flag: "--" + name}
	cmd.Flags().StringVar(&f.server, name, "", "where the service runs; by default GRPS_SERVER")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	return f
}

// calling returns what a command does that calls a service: it runs do with a client as the settings and the flags say, until it is
// interrupted.
func calling(f *callFlags, do func(ctx context.Context, c *client, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, err := newClient(cmd, f)
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		return do(ctx, c, args)
	}
}

// newClient returns the client that the settings and the flags describe. Its key is GRPS_API_KEY, or the first of ADMIN_API_KEYS, or
// none: a service without keys takes every caller from its own machine.
func newClient(cmd *cobra.Command, f *callFlags) (*client, error) {
	s, err := newSource(nil)
	if err != nil {
		return nil, err
	}
	name, base := "GRPS_SERVER", s.text("GRPS_SERVER")
	if f.server != "" {
		name, base = f.flag, f.server
	}
	base, err = serverURL(base)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s %w", name, err)}
	}
	key := Secret{s.text("GRPS_API_KEY")}
	if admins := list(s.text("ADMIN_API_KEYS")); !key.IsSet() && len(admins) > 0 {
		key = Secret{admins[0]}
	}
	return &client{
		base: base, flag: f.flag, key: key, asJSON: f.asJSON, out: cmd.OutOrStdout(),
		http: &http.Client{
			Timeout:       callTime,
			Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // a redirect would take the key along
		},
	}, nil
}

// serverURL checks where a service is said to run. The error begins in the middle of a sentence about it and does not repeat it, as
// it may hold a password.
func serverURL(text string) (string, error) {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("must be the address of a service, such as http://127.0.0.1:8080 or https://grps.example.org")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return "", errors.New("must be https, or http on this machine: the key would travel in the clear")
	}
	return u.String(), nil
}

// call makes one request and reads the answer into out. in is sent as JSON; nil sends nothing. out nil drops the answer. What the service
// refuses is a domain error whose message is the service's own.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	request.Header.Set("User-Agent", "grps/"+version())
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.key.IsSet() {
		request.Header.Set("X-Grps-Api-Key", c.key.Reveal())
	}
	response, err := c.http.Do(request)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return c.unreachable(ctx, err)
	case response.StatusCode < 200 || response.StatusCode > 299:
		return c.refusal(response, c.legible(text))
	case len(text) > maxAnswer:
		return fmt.Errorf("%s answered with more than %d MB; ask for less at once", c.base, maxAnswer>>20)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(c.legible(text), out); err != nil {
		return c.stranger(response)
	}
	return nil
}

// legible returns an answer as it may be shown to a person, or as it is for a program.
func (c *client) legible(answer []byte) []byte {
	if c.asJSON {
		return answer
	}
	return legible(answer)
}

// unreachable explains a request that was not answered.
func (c *client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted before %s answered; whether it did what was asked is not known", c.base)
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // the URL around it is said already
	}
	return fmt.Errorf("%s does not answer: %w; start the service there with 'grps serve', or name another with GRPS_SERVER or %s",
		c.base, err, c.flag)
}

// problemDocument is what is read of a problem document.
type problemDocument struct {
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	RequestID string `json:"requestId"`
}

// refusal explains an answer that is no success.
func (c *client) refusal(response *http.Response, text []byte) error {
	var p problemDocument
	if json.Unmarshal(text, &p) != nil || p.Code == "" || p.Detail == "" {
		return c.stranger(response)
	}
	message := p.Detail
	switch {
	case response.StatusCode == http.StatusUnauthorized && !c.key.IsSet():
		message = c.base + " asks for a key: set GRPS_API_KEY to one with the scope admin, of the service's ADMIN_API_KEYS or KEYS_FILE"
	case response.StatusCode == http.StatusUnauthorized:
		message = c.base + " does not know the key: set GRPS_API_KEY to one with the scope admin, of the service's ADMIN_API_KEYS or KEYS_FILE"
	case response.StatusCode == http.StatusForbidden && p.Code == "admin_required":
		message += "; set GRPS_API_KEY to one"
	}
	return &domain.Error{
		Kind: kindOfAnswer(response.StatusCode), Code: p.Code, Message: message + " (" + p.Code + ", request " + p.RequestID + ")",
	}
}

// stranger explains an answer that GRPS would not give.
func (c *client) stranger(response *http.Response) error {
	return fmt.Errorf("what answers at %s is not GRPS (%s); GRPS_SERVER or %s names another address", c.base, response.Status, c.flag)
}

func kindOfAnswer(status int) domain.Kind {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return domain.KindInvalid
	case http.StatusNotFound:
		return domain.KindNotFound
	case http.StatusUnauthorized, http.StatusForbidden:
		return domain.KindDenied
	case http.StatusConflict:
		return domain.KindBlocked
	case http.StatusTooManyRequests:
		return domain.KindExhausted
	case http.StatusServiceUnavailable:
		return domain.KindUnavailable
	}
	return domain.KindInternal
}

// print prints an answer: as JSON if that was asked for, otherwise as text does.
func (c *client) print(answer any, text func(w io.Writer) error) error {
	if c.asJSON {
		return writeJSON(c.out, answer)
	}
	return text(c.out)
}
