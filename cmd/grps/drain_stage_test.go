package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/adapters/opencloud"
	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// drain is a service whose parts are the real ones but for the network and the database, in a bubble whose time runs by itself: a memory
// store, the client of Open Cloud, and the stand-in for Roblox with the limits that Roblox documents.
type drain struct {
	t     *testing.T
	box   *sandbox.Server
	wire  *wire
	store *memstore.Store
	ledger
	began time.Time
}

// Roles of the drain: Recruit, Trooper, Suspended.
const (
	roleRecruit, roleTrooper, roleSuspended = 11, 12, 13

	drainGroup, drainGame = 7, 42
)

// newDrain returns one with a service that works until the test ends. It must be called in a bubble.
func newDrain(t *testing.T, limits sandbox.Limits) *drain {
	t.Helper()
	box, err := sandbox.New(sandbox.Config{
		GroupID: drainGroup, APIKey: "key", Universes: []int64{drainGame}, Limits: limits,
		Roles: []sandbox.Role{
			{ID: roleSuspended, Name: "Suspended", Rank: 5},
			{ID: roleRecruit, Name: "Recruit", Rank: 10},
			{ID: roleTrooper, Name: "Trooper", Rank: 20},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := &drain{t: t, box: box, wire: &wire{to: box, takes: 40 * time.Millisecond}, store: memstore.New(), began: time.Now()}
	d.ledger.applied = make(map[domain.UserID]time.Time)
	t.Cleanup(func() { _ = d.store.Close() })
	return d
}

// serve starts a service on the drain's store. It works until the test ends.
func (d *drain) serve() *app.Service {
	d.t.Helper()
	game, err := domain.NewUniverseID(drainGame)
	if err != nil {
		d.t.Fatal(err)
	}
	client, err := opencloud.New(opencloud.Options{
		APIKey: "key", GroupID: drainGroup, Universes: []domain.UniverseID{game}, Budget: d.store, Transport: d.wire,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	service, dispatcher := app.New(app.Parts{
		Store: d.store, Policies: drainPolicy(d.t), Clock: systemClock{}, IDs: uuids{}, Recorder: &d.ledger,
		Remote: app.Remote{
			Roles: client, Restrictions: client, Mirror: client, Announcer: client, Universes: []domain.UniverseID{game},
		},
	}, app.DispatcherOptions{})
	ctx, stop := context.WithCancel(d.t.Context())
	var working sync.WaitGroup
	working.Go(func() { dispatcher.Run(ctx) })
	d.t.Cleanup(func() {
		stop()
		working.Wait()
		client.Close()
	})
	return service
}

// queue decides that so many recruits become troopers.
func (d *drain) queue(service *app.Service, from, to int64) {
	d.t.Helper()
	for user := from; user <= to; user++ {
		d.box.Join(user, roleRecruit)
		d.report(service, user, "Recruit", 100, 0)
	}
}

// report takes a report in and carries out what is decided about it.
func (d *drain) report(service *app.Service, user int64, rank string, points, warnings int64) ports.DecisionRecord {
	d.t.Helper()
	id, err := domain.NewUserID(user)
	if err != nil {
		d.t.Fatal(err)
	}
	result, err := service.Ingest(d.t.Context(), ports.IngestRequest{Apply: true, Report: domain.Report{
		UserID: id, Username: fmt.Sprint("player", user), Rank: rank, Points: points, Warnings: domain.CountOf(warnings),
	}})
	if err != nil {
		d.t.Fatal(err)
	}
	return *result.Decision
}

// ban bans a member and returns how long it took until every part of it was confirmed.
func (d *drain) ban(service *app.Service, user int64) time.Duration {
	d.t.Helper()
	began := time.Now()
	made := d.report(service, user, "Recruit", 0, 7)
	if made.Decision.Action != domain.ActionBan {
		d.t.Fatalf("decided to %s %d, want a ban", made.Decision.Action, user)
	}
	for deadline := began.Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		record, err := d.store.Decision(d.t.Context(), made.ID)
		if err != nil {
			d.t.Fatal(err)
		}
		if record.Status == domain.StatusApplied {
			d.wantBanned(user)
			return time.Since(began)
		}
	}
	d.t.Errorf("the ban of %d is not applied after a minute", user)
	return time.Minute
}

func (d *drain) wantBanned(user int64) {
	d.t.Helper()
	member, _ := d.box.Member(user)
	if len(member.Restrictions) != 1 || !member.Restrictions[0].Active || !slices.Equal(roleIDs(member.Roles), []int64{roleSuspended}) {
		d.t.Errorf("Roblox shows %d as %+v, want a restriction and the suspension role alone", user, member)
	}
}

// wantTroopers fails the test unless every one of the first holds the trooper's role and no other that is managed.
func (d *drain) wantTroopers(first int64, but ...int64) {
	d.t.Helper()
	for user := int64(1); user <= first; user++ {
		member, _ := d.box.Member(user)
		if !slices.Contains(but, user) && !slices.Equal(roleIDs(member.Roles), []int64{roleTrooper}) {
			d.t.Fatalf("%d holds %v, want the trooper's role alone", user, member.Roles)
		}
	}
}

// roleIDs returns the roles but for the base role.
func roleIDs(roles []sandbox.Role) []int64 {
	var ids []int64
	for _, r := range roles {
		if r.Rank > 1 {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// sleepUntil waits until so long after the drain began.
func (d *drain) sleepUntil(at time.Duration) { time.Sleep(at - time.Since(d.began)) }

// wantNoneRefused fails the test when Roblox refused a call for the rate.
func (d *drain) wantNoneRefused() {
	d.t.Helper()
	if refused, all := d.wire.refused(); refused > 0 {
		d.t.Errorf("Roblox refused %d of %d calls for the rate, want none", refused, all)
	}
}

// wantOldestFirst fails the test unless players were moved in the order of their numbers, which is that of their reports, but for those who
// were under way when others were put off.
func (d *drain) wantOldestFirst(but ...int64) {
	d.t.Helper()
	d.ledger.mu.Lock()
	defer d.ledger.mu.Unlock()
	newest := int64(0)
	for _, user := range d.ledger.order {
		n := user.Int64()
		if slices.Contains(but, n) {
			continue
		}
		if newest = max(newest, n); n < newest-16 {
			d.t.Fatalf("%d was moved after %d, want the oldest wish first", n, newest)
		}
	}
}

// callsOf returns what the stand-in was asked for of one operation.
func (d *drain) callsOf(op sandbox.Operation) []sandbox.Call {
	return slices.DeleteFunc(d.box.Calls(), func(c sandbox.Call) bool { return c.Operation != op })
}

// depth returns how many effects wait.
func (d *drain) depth() int {
	d.t.Helper()
	depth, err := d.store.Depth(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return depth.Waiting
}

// untilMoved waits until so many decisions are applied, and returns how long that took since the drain began.
func (d *drain) untilMoved(n int) time.Duration {
	d.t.Helper()
	for deadline := time.Now().Add(2 * time.Hour); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if last, count := d.ledger.last(); count >= n {
			return last.Sub(d.began)
		}
	}
	_, count := d.ledger.last()
	d.t.Fatalf("%d decisions are applied after two hours, want %d", count, n)
	return 0
}

// drainPolicy promotes whoever has a hundred points, as many in an hour as there are.
func drainPolicy(t *testing.T) onePolicy {
	t.Helper()
	role := func(n int64) domain.RoleID {
		id, err := domain.NewRoleID(n)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	ladder, err := domain.NewLadder([]domain.Rank{
		{Name: "Recruit", Role: role(roleRecruit)},
		{Name: "Trooper", MinPoints: 100, Role: role(roleTrooper)},
		{Name: "Suspended", Punishment: true, Role: role(roleSuspended)},
	})
	if err != nil {
		t.Fatal(err)
	}
	policy, err := domain.NewPolicy(domain.PolicyParts{Ladder: ladder, Punishments: domain.DefaultPunishments(), Revision: "drain"})
	if err != nil {
		t.Fatal(err)
	}
	return onePolicy{policy}
}

// onePolicy implements ports.Policies.
type onePolicy struct{ policy domain.Policy }

func (p onePolicy) Current() domain.Policy { return p.policy }

// ledger remembers when decisions were applied. It implements ports.Recorder.
type ledger struct {
	mu      sync.Mutex
	applied map[domain.UserID]time.Time
	order   []domain.UserID
	tries   int
}

// Record implements ports.Recorder.
func (l *ledger) Record(_ context.Context, event ports.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e := event.(type) {
	case ports.DecisionEvent:
		if e.Decision.Status == domain.StatusApplied {
			l.applied[e.Decision.UserID] = time.Now()
			l.order = append(l.order, e.Decision.UserID)
		}
	case ports.EffectEvent:
		l.tries++
	}
}

// at returns when the decision about the user was applied.
func (l *ledger) at(t *testing.T, user int64) time.Time {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, at := range l.applied {
		if id.Int64() == user {
			return at
		}
	}
	t.Fatalf("no decision about %d was applied", user)
	return time.Time{}
}

// tried returns how often an effect was tried.
func (l *ledger) tried() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tries
}

func (l *ledger) last() (time.Time, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.order) == 0 {
		return time.Time{}, 0
	}
	return l.applied[l.order[len(l.order)-1]], len(l.order)
}

// wire carries requests to a handler without a network: a real connection is nothing that a bubble can wait for.
type wire struct {
	to    http.Handler
	takes time.Duration // there and back

	mu       sync.Mutex
	statuses map[int]int
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := w.travel(r.Context()); err != nil {
		return nil, err
	}
	answer := httptest.NewRecorder()
	if err := w.handle(answer, received(r)); err != nil {
		return nil, err
	}
	if err := w.travel(r.Context()); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.statuses == nil {
		w.statuses = make(map[int]int)
	}
	w.statuses[answer.Code]++
	response := answer.Result()
	response.Request = r
	return response, nil
}

// received returns the request as a server gets it.
func received(r *http.Request) *http.Request {
	r = r.Clone(r.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	return r
}

var errCut = errors.New("the connection was cut")

func (w *wire) handle(answer *httptest.ResponseRecorder, r *http.Request) (err error) {
	defer func() {
		switch cause := recover(); cause {
		case nil:
		case http.ErrAbortHandler:
			err = errCut
		default:
			panic(cause)
		}
	}()
	w.to.ServeHTTP(answer, r)
	return nil
}

func (w *wire) travel(ctx context.Context) error {
	timer := time.NewTimer(w.takes / 2)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// refused returns how many calls were refused for the rate, and how many there were.
func (w *wire) refused() (n, all int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, count := range w.statuses {
		all += count
	}
	return w.statuses[http.StatusTooManyRequests], all
}
