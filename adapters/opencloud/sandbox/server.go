package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config says what the sandbox begins with.
type Config struct {
	GroupID   int64
	Universes []int64
	APIKey    string // the required x-api-key; empty accepts any key that is not empty

	// KeyOwner is the user the key acts as: whom it may rank is decided by the highest role of this user, who begins as
	// the group's owner and can be moved with SetRoles. 0 is user 9007199254740991.
	KeyOwner int64

	Roles    []Role           // the custom roles; Member (rank 1), Guest (0) and Owner (255) are added where absent
	AutoJoin bool             // whoever was never heard of joins with the base role when first asked about
	Limits   Limits           // the zero value is what Roblox documents
	Now      func() time.Time // nil is time.Now
}

// Server is the sandbox. It is an http.Handler and safe for concurrent use; each call sees the state between others.
type Server struct {
	group     int64
	universes []int64
	key       string
	keyOwner  int64
	autoJoin  bool
	now       func() time.Time
	started   time.Time
	table     []route
	inspector http.Handler

	mu           sync.Mutex // guards all below
	keyState     KeyState
	roster       *roster
	restrictions map[restrictionKey]*restrictionRecord
	answered     answeredPairs
	entries      entryStore
	messages     ring[Message]
	limiter      limiter
	faults       faultQueue
	calls        ring[Call]
	lastCall     int64
}

// defaultOwner is the largest id that a JSON number carries without loss: no test will mean it for a player.
const defaultOwner = 1<<53 - 1

// New returns a sandbox whose only member is the owner of its key. It refuses ids that are not positive, a universe,
// role id or rank named twice, a rank outside 0..255, a role without a name and negative limits.
func New(c Config) (*Server, error) {
	switch {
	case c.GroupID < 1:
		return nil, fmt.Errorf("group id %d must be positive", c.GroupID)
	case c.KeyOwner < 0:
		return nil, fmt.Errorf("key owner %d must not be negative", c.KeyOwner)
	case !c.Limits.valid():
		return nil, errors.New("limits must not be negative")
	}
	for i, universe := range c.Universes {
		if universe < 1 || slices.Contains(c.Universes[:i], universe) {
			return nil, fmt.Errorf("universe id %d must be positive and named once", universe)
		}
	}
	roster, err := newRoster(c.Roles)
	if err != nil {
		return nil, fmt.Errorf("sandbox roles: %w", err)
	}
	s := &Server{
		group:        c.GroupID,
		universes:    slices.Clone(c.Universes),
		key:          c.APIKey,
		keyOwner:     c.KeyOwner,
		autoJoin:     c.AutoJoin,
		now:          c.Now,
		roster:       roster,
		restrictions: map[restrictionKey]*restrictionRecord{},
		entries:      entryStore{records: map[entryKey]*entryRecord{}},
		messages:     ring[Message]{cap: keptMessages},
		limiter:      limiter{limits: c.Limits, windows: map[quotaKey]window{}},
		calls:        ring[Call]{cap: keptCalls},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.keyOwner == 0 {
		s.keyOwner = defaultOwner
	}
	s.started = s.now()
	s.table = s.routes()
	s.inspector = s.inspect()
	s.roster.put(s.keyOwner, []Role{roster.at(rankBase), roster.at(rankOwner)}, s.started)
	return s, nil
}

// Bounds of a request's body. Four bytes are the most that one character of a value takes.
const (
	maxBody      = 64 << 10
	maxEntryBody = 4*maxValue + maxBody
)

// ServeHTTP answers one Open Cloud call, or one under /_sandbox/. When an injected fault says that no answer comes, it
// waits for the client to go away and otherwise cuts the connection by panicking with http.ErrAbortHandler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, inspectPrefix) {
		s.inspector.ServeHTTP(w, r)
		return
	}
	q, err := s.admit(w, r)
	rep := s.settle(q, err)
	switch gone := wait(r.Context(), rep.hang); {
	case gone:
		return
	case rep.status == 0:
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), rep.header)
	w.WriteHeader(rep.status)
	_, _ = w.Write(rep.body)
}

// admit does what a gateway does before the service sees a call: route, key, query, body. The request is returned even
// when refused, for the log.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (*request, error) {
	q := &request{method: r.Method, path: r.URL.Path, raw: r.URL.RawQuery}
	rt, param, err := find(s.table, r.Method, r.URL.EscapedPath())
	if err != nil {
		return q, err
	}
	q.handle, q.param = rt.handle, param
	if rt.op != opUnoffered {
		q.op = rt.op
	}
	if q.op != OpIntrospect && !s.accepts(r.Header.Get("X-Api-Key")) {
		return q, unauthorized()
	}
	if q.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return q, invalidArgument("the query is malformed")
	}
	q.users = s.usersOf(q)
	return q, q.readBody(w, r)
}

// readBody takes the whole body, so that the connection is free to tell when the client goes away.
func (q *request) readBody(w http.ResponseWriter, r *http.Request) error {
	if r.ContentLength < 0 {
		return lengthRequired()
	}
	limit := int64(maxBody)
	if q.op == OpCreateEntry || q.op == OpUpdateEntry {
		limit = maxEntryBody
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return tooLarge()
	}
	if err != nil {
		return invalidArgument("the body ended early")
	}
	if len(body) > 0 {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			return invalidArgument("the content type must be application/json")
		}
	}
	q.body = body
	return nil
}

// usersOf names the users a call is about, where that can be told.
func (s *Server) usersOf(q *request) []int64 {
	if id, ok := parseMembershipID(q.param["membership"]); ok {
		return []int64{id}
	}
	if id, ok := parseID(q.param["user"]); ok {
		return []int64{id}
	}
	if q.op == OpListMemberships {
		f, err := parseMembershipFilter(q.query.Get("filter"), s.group, q.param["group"] == anyGroup)
		if err == nil {
			return f.users
		}
	}
	return nil
}

// settle answers an admitted or refused request and logs it.
func (s *Server) settle(q *request, refused error) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	q.now = s.now()
	var rep reply
	if refused != nil {
		rep = errorReply(refused)
	} else {
		rep = s.reply(q)
	}
	s.log(callOf(q, rep.status))
	return rep
}

// reply plays the faults, counts against the limits and lets the handler work, in this order: a fault that keeps a call
// from being carried out also keeps it from costing anything.
func (s *Server) reply(q *request) reply {
	fault := s.faults.match(q)
	if fault != nil && !fault.carriesOut() {
		s.faults.spend(fault, q)
		return fault.reply()
	}
	header, err := s.limiter.take(q)
	if err != nil {
		return errorReply(err).with(header)
	}
	if fault == nil {
		return s.carryOut(q).with(header)
	}
	s.faults.spend(fault, q)
	q.stale = fault.Kind == FaultStale
	if fault.Kind == FaultLostMember {
		for _, user := range q.users {
			if fault.UserID == 0 || fault.UserID == user {
				s.roster.leave(user)
			}
		}
	}
	rep := s.carryOut(q)
	switch {
	case fault.replaces():
		rep = fault.reply()
	case fault.Kind == FaultSlow:
		rep.hang = fault.Hang
	}
	return rep.with(header)
}

func (s *Server) carryOut(q *request) reply {
	if err := s.allows(q); err != nil {
		return errorReply(err)
	}
	body, err := q.handle(q)
	switch {
	case err != nil:
		return errorReply(err)
	case body == nil:
		return newReply(http.StatusOK)
	}
	return jsonReply(http.StatusOK, body)
}

func (r reply) with(header http.Header) reply {
	maps.Copy(r.header, header)
	return r
}

// wait keeps the connection open without an answer for d, and returns early, with true, when the client goes away.
func wait(ctx context.Context, d time.Duration) (gone bool) {
	if d <= 0 {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return true
	case <-timer.C:
		return false
	}
}
