package opencloud

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// maxAnswer is the longest answer that is read, in bytes.
const maxAnswer = 1 << 20

// Client carries calls out at Roblox Open Cloud. It is safe for concurrent use, and all its callers share one budget, with those of other
// processes where Options.Budget says how. It implements
// ports.GroupRoles, ports.Roster, ports.Restrictions, ports.Mirror, ports.Announcer and ports.DataStore.
//
// Its errors are domain errors. Besides the codes that Roblox gives, in lower case, there are: open_cloud_key_refused (unavailable;
// nothing works until the key is replaced), open_cloud_budget (exhausted; nothing was sent), open_cloud_unreachable, open_cloud_answer
// and open_cloud_redirect (unavailable; the outcome is unknown), group_not_configured and universe_not_configured (blocked). What
// Options.Permit returns comes back as it is; nothing was sent then.
type Client struct {
	base      string
	key       func() string // a function, so that no way of printing a Client shows the key
	http      *http.Client
	clock     ports.Clock
	recorder  ports.Recorder // nil for none
	tracer    ports.Tracer   // nil for none
	group     int64
	universes []domain.UniverseID
	store     DataStore
	limits    Limits
	patience  time.Duration
	permit    func(context.Context) error // nil permits everything

	memberships *meter
	walks       *meter // what of memberships is for walks over everybody
	counts      *meter
	assign      *meter
	unassign    *meter
	roles       *meter
	introspect  *meter
	listEntries *meter
	readEntries *meter
	mirrorRead  *meter // what of readEntries is for the mirror
	mirrorWrite *meter
	syncReads   *rate.Limiter // what of readEntries is for Entries
	perUniverse map[domain.UniverseID]*universeEndpoints

	shares []*share
}

// universeEndpoints are the endpoints that Roblox counts for each universe.
type universeEndpoints struct {
	restrict *meter
	looks    *meter // at restrictions
	paces    *paces
	publish  *meter
}

// New returns a client. It sends nothing. The error is of KindInvalid and lists every option that cannot be used.
func New(o Options) (*Client, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	perMinute := func(name string, n int) *meter { return newMeter(name, n, time.Minute, o.Clock.Now) }
	kept := func(m *meter) *meter {
		m.keeps = true
		return m
	}
	c := &Client{
		base:        o.BaseURL,
		key:         func() string { return o.APIKey },
		http:        newHTTPClient(o.BaseURL, o.Timeouts, o.Transport),
		clock:       o.Clock,
		recorder:    o.Recorder,
		tracer:      o.Tracer,
		group:       o.GroupID,
		universes:   o.Universes,
		store:       o.DataStore,
		limits:      o.Limits,
		patience:    o.Patience,
		permit:      o.Permit,
		memberships: kept(perMinute("read memberships", o.Limits.GroupPerMinute)),
		walks:       perMinute("list members", o.Limits.MemberPagesPerMinute),
		counts:      perMinute("read the group", groupReadsPerMinute),
		assign:      kept(perMinute("assign roles", o.Limits.GroupPerMinute)),
		unassign:    kept(perMinute("take roles away", o.Limits.GroupPerMinute)),
		roles:       perMinute("list roles", o.Limits.GroupPerMinute),
		introspect:  perMinute("examine the key", keyChecksPerMinute),
		listEntries: perMinute("list entries", o.Limits.EntryListsPerMinute),
		mirrorRead:  perMinute("read mirrored entries", o.Limits.MirrorPerMinute),
		mirrorWrite: perMinute("write mirrored entries", o.Limits.MirrorPerMinute),
		readEntries: perMinute("read entries", entryReadsGranted),
		syncReads:   entryReads(o.Limits.EntryReadsPerMinute),
		perUniverse: map[domain.UniverseID]*universeEndpoints{},
	}
	for _, u := range o.Universes {
		c.perUniverse[u] = &universeEndpoints{
			restrict: newMeter("restrict players", o.Limits.RestrictionsPerSecond, time.Second, o.Clock.Now),
			looks:    newMeter("read restrictions", o.Limits.RestrictionsPerSecond, time.Second, o.Clock.Now),
			paces:    newPaces(o.Limits.RestrictionsPerUser),
			publish:  perMinute("publish messages", o.Limits.MessagesPerMinute),
		}
	}
	if o.Budget != nil {
		c.shareBudget(o)
	}
	return c, nil
}

// String returns what the client talks to, never the key.
func (c *Client) String() string { return "opencloud.Client(" + displayURL(c.base) + ")" }

// GoString returns what String does, so that no verb of fmt prints the client's parts.
func (c *Client) GoString() string { return c.String() }

// call is one request. Its path is built from numbers, literals and escaped names; a colon before a verb stays a colon.
type call struct {
	at      *meter
	lane    ports.Lane
	taken   bool // the caller took the turn
	method  string
	path    string
	query   url.Values
	body    any  // nil for none
	keyless bool // the key is not sent in the header

	// personal is told of limits that concern the subject of the call rather than the endpoint, and says whether it takes them.
	personal func(limit int, d time.Duration, now time.Time) bool
}

// do sends the call once and decodes the answer into answer. With nil the answer may be empty, or any JSON: only what a proxy says is
// refused. Every error is a domain error.
func (c *Client) do(ctx context.Context, r call, answer any) error {
	request, err := c.request(ctx, r)
	if err != nil {
		return err
	}
	sent := false
	if r.taken {
		err = r.at.open()
	} else if err = r.at.take(ctx, r.lane, 1, c.patience); err == nil {
		defer func() { r.at.done(1, sent) }()
	}
	if err == nil && c.permit != nil {
		err = c.permit(ctx) // last of all: what waited for its turn may have been stopped meanwhile
	}
	if err != nil {
		return err
	}
	sent = true
	began := c.clock.Now()
	end := c.follow(ctx, r)
	status, err := c.send(r, request, answer)
	end(status, err)
	c.tell(ctx, r, began, status, err)
	return err
}

// follow follows a call, and returns what to call once it was answered. Its path is never told: it names the player.
func (c *Client) follow(ctx context.Context, r call) func(status int, err error) {
	if c.tracer == nil {
		return func(int, error) {}
	}
	_, span := c.tracer.Call(ctx, "roblox: "+r.at.name)
	return func(status int, err error) {
		if status != 0 {
			span.Note("http.response.status_code", status)
		}
		span.End(err)
	}
}

// tell records a call.
func (c *Client) tell(ctx context.Context, r call, began time.Time, status int, err error) {
	if c.recorder != nil {
		c.recorder.Record(ctx, ports.CallEvent{
			Call: r.at.name, Took: c.clock.Now().Sub(began), Status: status, Left: r.at.left(), Err: err,
		})
	}
}

// send carries the request to Roblox and decodes the answer. It returns the answer's status; 0 when there was none.
func (c *Client) send(r call, request *http.Request, answer any) (status int, err error) {
	response, err := c.http.Do(request)
	if err != nil {
		return 0, c.unreachable(r, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if response.StatusCode < 200 || response.StatusCode > 299 {
		refusal := c.refusal(r, response, body)
		c.learn(r, response, refusal)
		return response.StatusCode, refusal
	}
	c.learn(r, response, nil)
	switch {
	case err != nil:
		return response.StatusCode, c.unreachable(r, err)
	case len(body) > maxAnswer:
		return response.StatusCode, tooLarge(r)
	case answer == nil && len(body) == 0:
		return response.StatusCode, nil
	case answer == nil:
		answer = &json.RawMessage{}
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return response.StatusCode, unreadable(r.method + " " + r.path + ": the body is not the JSON expected")
	}
	return response.StatusCode, nil
}

func (c *Client) request(ctx context.Context, r call) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, &domain.Error{
				Kind: domain.KindInternal, Code: "open_cloud_request", Message: "the request to Roblox cannot be written", Cause: err,
			}
		}
		body = bytes.NewReader(text)
	}
	target := c.base + r.path
	if len(r.query) > 0 {
		target += "?" + strings.ReplaceAll(r.query.Encode(), "+", "%20") // not every server reads + as a space
	}
	request, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, &domain.Error{
			Kind: domain.KindInternal, Code: "open_cloud_request", Message: "the request to Roblox cannot be written",
			Cause: c.cause(r, "its address is malformed", nil),
		}
	}
	request.Header.Set("User-Agent", "grps")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if !r.keyless {
		request.Header.Set("X-Api-Key", c.key())
	}
	return request, nil
}

// learn closes the gate of the endpoint when the answer asks for it: by refusing for the rate or the key, by Retry-After, or by
// telling that this call was the last one of its stretch. A refusal for the rate is given a time to come back if it names none.
func (c *Client) learn(r call, response *http.Response, refusal *domain.Error) {
	now, gate := c.clock.Now(), r.at.gate
	if refusal == nil {
		gate.settle()
	} else if response.StatusCode == http.StatusTooManyRequests && refusal.RetryAfter == 0 {
		refusal.RetryAfter = gate.pause(now)
	}

	var closed time.Duration
	because := refusal
	if left, ok := leadingNumber(response.Header.Get("X-Ratelimit-Remaining")); refusal != nil && refusal.RetryAfter > 0 {
		closed = refusal.RetryAfter
	} else if ok && left == 0 && !r.at.spent() {
		closed, because = resetTime(response.Header), usedUp(r.at.name)
	}
	limit, named := leadingNumber(response.Header.Get("X-Ratelimit-Limit"))
	if closed > 0 && named && r.personal != nil && r.personal(limit, closed, now) {
		return
	}
	r.at.closeFor(closed, because, because == refusal)
}

// inGroup returns an error when there is no group to speak of.
func (c *Client) inGroup() error {
	if c.group > 0 {
		return nil
	}
	return &domain.Error{
		Kind: domain.KindBlocked, Code: "group_not_configured",
		Message: "no Roblox group is configured; set its number to manage roles",
	}
}

// home returns the universe that the data store belongs to.
func (c *Client) home() (domain.UniverseID, error) {
	if len(c.universes) > 0 {
		return c.universes[0], nil
	}
	return domain.UniverseID{}, &domain.Error{
		Kind: domain.KindBlocked, Code: "universe_not_configured",
		Message: "no universe is configured; set its number to use its data store",
	}
}
