package webhook

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Options says which webhooks there are. File is required.
type Options struct {
	File         string // the path of the list of webhooks
	AllowPrivate bool   // lets webhooks lead to private addresses, use plain HTTP and any port
	Clock        ports.Clock
}

// Client tells the webhooks of a file. It implements ports.Webhooks and is safe for concurrent use.
type Client struct {
	targets []*target
	http    *http.Client
	clock   ports.Clock
}

var _ ports.Webhooks = (*Client)(nil)

// New reads the file and returns a client for its webhooks. The error is of kind invalid and names every fault by file and JSON pointer; it
// repeats no address and no secret.
func New(o Options) (*Client, error) {
	targets, err := load(o.File, o.AllowPrivate)
	if err != nil {
		return nil, err
	}
	control := onlyInternet()
	if o.AllowPrivate {
		control = nil
	}
	return &Client{targets: targets, http: newHTTPClient(control, nil), clock: o.Clock}, nil
}

// Webhooks returns the webhooks of the file, in its order.
func (c *Client) Webhooks() []ports.Webhook {
	var all []ports.Webhook
	for _, t := range c.targets {
		all = append(all, ports.Webhook{Name: t.name, Format: t.format, Host: t.url.Host, Actions: t.actions})
	}
	return all
}

// Send tells a webhook; see ports.Webhooks.
func (c *Client) Send(ctx context.Context, m ports.WebhookMessage) error {
	t := c.target(m.Webhook)
	if t == nil {
		return &domain.Error{Kind: domain.KindNotFound, Code: "webhook_unknown", Message: "there is no webhook of that name in WEBHOOKS_FILE"}
	}
	body, err := t.body(m)
	if err != nil {
		return err
	}
	if err := t.pace.turn(ctx, c.clock.Now()); err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url.String(), bytes.NewReader(body))
	if err != nil {
		return unavailable("webhook_broken", "the request could not be made")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "grps")
	t.sign(request.Header, m.ID, c.clock.Now(), body)
	response, err := c.http.Do(request)
	if err != nil {
		return undelivered(err)
	}
	defer func() { _ = response.Body.Close() }()
	return t.learn(response, c.clock.Now())
}

func (c *Client) target(name string) *target {
	for _, t := range c.targets {
		if t.name == name {
			return t
		}
	}
	return nil
}

// body returns the message in the format of the webhook.
func (t *target) body(m ports.WebhookMessage) ([]byte, error) {
	switch t.format {
	case formatDiscord:
		return encode(discordOf(m))
	case formatSlack:
		return encode(slackOf(m))
	}
	return encode(genericOf(m))
}

// Close ends the connections that are kept for the next message.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
