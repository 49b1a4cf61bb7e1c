package app_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

// The ladder of these tests. The role of a rank is its index here plus 101; 99 is a role that GRPS does not manage.
var rankNames = []string{"Recruit", "Trooper", "Corporal", "Sergeant", "General", "Suspended"}

const unmanagedRole = 99

func roleOf(t *testing.T, rank string) domain.RoleID {
	t.Helper()
	return roleID(t, int64(101+slices.Index(rankNames, rank)))
}

func roleID(t *testing.T, n int64) domain.RoleID {
	t.Helper()
	id, err := domain.NewRoleID(n)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// applyWait is how long requests that apply wait for Roblox in these tests.
const applyWait = 2 * time.Second

func userID(t *testing.T, n int64) domain.UserID {
	t.Helper()
	id, err := domain.NewUserID(n)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func testPolicy(t *testing.T) domain.Policy {
	t.Helper()
	return policyOf(t, "test", domain.PrivilegedApproval, 200)
}

// changedPolicy returns the rules after somebody edited them.
func changedPolicy(t *testing.T, privileged domain.PrivilegedMode, corporal int64) domain.Policy {
	t.Helper()
	return policyOf(t, "changed", privileged, corporal)
}

// policyOf returns rules under which a corporal needs so many points.
func policyOf(t *testing.T, revision string, privileged domain.PrivilegedMode, corporal int64) domain.Policy {
	t.Helper()
	return policyFrom(t, revision, "", privileged, corporal)
}

// policyFrom returns them with the documents that they are said to come from.
func policyFrom(t *testing.T, revision, documents string, privileged domain.PrivilegedMode, corporal int64) domain.Policy {
	t.Helper()
	ladder, err := domain.NewLadder([]domain.Rank{
		{Name: "Recruit", Role: roleOf(t, "Recruit")},
		{Name: "Trooper", MinPoints: 100, Role: roleOf(t, "Trooper")},
		{Name: "Corporal", MinPoints: corporal, Role: roleOf(t, "Corporal")},
		{Name: "Sergeant", MinPoints: 300, MinTimeDays: 7, Role: roleOf(t, "Sergeant")},
		{Name: "General", MinPoints: 400, Privileged: true, Role: roleOf(t, "General")},
		{Name: "Suspended", Punishment: true, Role: roleOf(t, "Suspended")},
	})
	if err != nil {
		t.Fatal(err)
	}
	policy, err := domain.NewPolicy(domain.PolicyParts{
		Ladder: ladder, Punishments: domain.DefaultPunishments(), Privileged: privileged, Revision: revision,
		Documents: documents,
	})
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// fixedPolicy implements ports.Policies.
type fixedPolicy struct{ policy domain.Policy }

func (p fixedPolicy) Current() domain.Policy { return p.policy }

// bubbleClock tells the time of the synctest bubble.
type bubbleClock struct{}

func (bubbleClock) Now() time.Time { return time.Now() }

// countedIDs implements ports.IDSource with ids that count up.
type countedIDs struct {
	mu sync.Mutex
	n  int
}

func (c *countedIDs) NewID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return fmt.Sprintf("00000000-0000-7000-8000-%012d", c.n)
}

// events implements ports.Recorder.
type events struct {
	mu   sync.Mutex
	seen []ports.Event
}

func (e *events) Record(_ context.Context, event ports.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = append(e.seen, event)
}

// all returns what happened so far.
func (e *events) all() []ports.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.seen)
}

// effects returns what was tried so far, as "kind result attempt".
func (e *events) effects() []string {
	var lines []string
	for _, event := range e.all() {
		if tried, ok := event.(ports.EffectEvent); ok {
			result := []string{"delivered", "retry", "dead", "back"}[tried.Result]
			lines = append(lines, fmt.Sprintf("%s %s %d", tried.Claim.Entry.Effect.Kind, result, tried.Claim.Attempt))
		}
	}
	return lines
}

// group is a group at Roblox: who holds which roles. Its calls can be made to fail.
type group struct {
	mu      sync.Mutex
	members map[domain.UserID][]domain.RoleID
	faults  []error // the next calls fail with these; nil entries succeed
	after   []error // the next writes are done and then fail with these
	writes  []string
}

func newGroup() *group { return &group{members: make(map[domain.UserID][]domain.RoleID)} }

// join makes the user a member with these ranks' roles and the unmanaged one.
func (g *group) join(t *testing.T, user int64, ranks ...string) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	roles := []domain.RoleID{roleID(t, unmanagedRole)}
	for _, rank := range ranks {
		roles = append(roles, roleOf(t, rank))
	}
	g.members[userID(t, user)] = roles
}

// holds returns the managed ranks that the user holds, and fails the test when the unmanaged role is gone.
func (g *group) holds(t *testing.T, user int64) []string {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	roles := g.members[userID(t, user)]
	if !slices.Contains(roles, roleID(t, unmanagedRole)) {
		t.Errorf("user %d lost the unmanaged role", user)
	}
	var ranks []string
	for _, rank := range rankNames {
		if slices.Contains(roles, roleOf(t, rank)) {
			ranks = append(ranks, rank)
		}
	}
	return ranks
}

func (g *group) fail(faults ...error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = append(g.faults, faults...)
}

func (g *group) failAfterWriting(faults ...error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.after = append(g.after, faults...)
}

func (g *group) written() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.writes)
}

// mock returns the group as the port.
func (g *group) mock() *portsmock.GroupRolesMock {
	change := func(user domain.UserID, role domain.RoleID, assign bool) (ports.Membership, error) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if err := g.fault(); err != nil {
			return ports.Membership{}, err
		}
		roles := slices.DeleteFunc(slices.Clone(g.members[user]), func(r domain.RoleID) bool { return r == role })
		sign := "-"
		if assign {
			sign, roles = "+", append(roles, role)
		}
		g.members[user] = roles
		g.writes = append(g.writes, sign+rankNames[role.Int64()-101])
		if len(g.after) > 0 {
			err := g.after[0]
			g.after = g.after[1:]
			if err != nil {
				return ports.Membership{}, err
			}
		}
		return ports.Membership{Member: true, Roles: slices.Clone(roles)}, nil
	}
	return &portsmock.GroupRolesMock{
		MembershipFunc: func(_ context.Context, user domain.UserID, _ ports.Lane) (ports.Membership, error) {
			g.mu.Lock()
			defer g.mu.Unlock()
			if err := g.fault(); err != nil {
				return ports.Membership{}, err
			}
			roles, member := g.members[user]
			return ports.Membership{Member: member, Roles: slices.Clone(roles)}, nil
		},
		AssignRoleFunc: func(_ context.Context, user domain.UserID, role domain.RoleID, _ ports.Lane) (ports.Membership, error) {
			return change(user, role, true)
		},
		UnassignRoleFunc: func(_ context.Context, user domain.UserID, role domain.RoleID, _ ports.Lane) (ports.Membership, error) {
			return change(user, role, false)
		},
	}
}

// fault takes the next scripted fault. The lock must be held.
func (g *group) fault() error {
	if len(g.faults) == 0 {
		return nil
	}
	err := g.faults[0]
	g.faults = g.faults[1:]
	return err
}

func unavailable(after time.Duration) error {
	return &domain.Error{Kind: domain.KindUnavailable, Code: "down", Message: "Roblox does not answer", RetryAfter: after}
}

func denied() error {
	return &domain.Error{Kind: domain.KindDenied, Code: "permission_denied", Message: "the key may not do this"}
}

// bench is a service on a memory store.
type bench struct {
	t          *testing.T
	store      ports.Store
	group      *group
	events     *events
	service    *app.Service
	dispatcher *app.Dispatcher
	requests   int
	ids        *countedIDs
}

// newBench returns a service with the remote parts that are given. It must be called inside a synctest bubble when time matters.
func newBench(t *testing.T, remote app.Remote) *bench {
	t.Helper()
	store := memstore.New()
	t.Cleanup(func() { _ = store.Close() })
	return newBenchOn(t, store, remote)
}

func newBenchOn(t *testing.T, store ports.Store, remote app.Remote) *bench {
	t.Helper()
	return newBenchUnder(t, store, remote, testPolicy(t))
}

// newBenchUnder returns a service under other rules.
func newBenchUnder(t *testing.T, store ports.Store, remote app.Remote, policy domain.Policy) *bench {
	t.Helper()
	return newBenchBeside(t, store, remote, policy, &countedIDs{})
}

// newBenchBeside returns a service whose ids are of the same source as those of another on the same store.
func newBenchBeside(t *testing.T, store ports.Store, remote app.Remote, policy domain.Policy, ids *countedIDs) *bench {
	t.Helper()
	b := &bench{t: t, store: store, events: &events{}, ids: ids}
	b.service, b.dispatcher = app.New(app.Parts{
		Store: store, Policies: fixedPolicy{policy}, Clock: bubbleClock{}, IDs: ids, Recorder: b.events,
		Remote: remote, ApplyWait: applyWait, MaxPunishPercent: 2, Seals: app.NewSeals("key of tests"),
	}, app.DispatcherOptions{Jitter: func() float64 { return 1 }})
	return b
}

// beside returns another service like b on the store, whose ids are of the same source.
func (b *bench) beside(store ports.Store) *bench {
	b.t.Helper()
	return newBenchBeside(b.t, store, app.Remote{}, testPolicy(b.t), b.ids)
}

// withGroup returns a service that ranks members of a group.
func withGroup(t *testing.T) *bench {
	t.Helper()
	g := newGroup()
	b := newBench(t, app.Remote{Roles: g.mock()})
	b.group = g
	return b
}

// run lets the dispatcher work until the test ends, or until the function that it returns is called.
func (b *bench) run() (stop func()) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	var done sync.WaitGroup
	done.Go(func() { b.dispatcher.Run(ctx) })
	stop = func() {
		cancel()
		done.Wait()
	}
	b.t.Cleanup(stop)
	return stop
}

// report returns a report about the user with these points.
func (b *bench) report(user, points int64, change ...func(*domain.Report)) domain.Report {
	r := domain.Report{UserID: userID(b.t, user), Username: fmt.Sprintf("Player%d", user), Points: points}
	for _, c := range change {
		c(&r)
	}
	return r
}

func rank(name string) func(*domain.Report) { return func(r *domain.Report) { r.Rank = name } }

func warnings(n int64) func(*domain.Report) {
	return func(r *domain.Report) { r.Warnings = domain.CountOf(n) }
}

func observed(at time.Time) func(*domain.Report) { return func(r *domain.Report) { r.ObservedAt = at } }

// apply ingests the report and asks to apply; the test fails when that is refused.
func (b *bench) apply(r domain.Report) ports.IngestResult {
	b.t.Helper()
	return b.ingest(ports.IngestRequest{Report: r, Apply: true})
}

func (b *bench) ingest(r ports.IngestRequest) ports.IngestResult {
	b.t.Helper()
	b.requests++
	r.Caller.Principal, r.Caller.RequestID = "game", fmt.Sprintf("request-%d", b.requests)
	result, err := b.service.Ingest(b.t.Context(), r)
	if err != nil {
		b.t.Fatalf("ingest: %v", err)
	}
	return result
}

func (b *bench) standing(user int64) domain.Standing {
	b.t.Helper()
	s, err := b.store.Standing(b.t.Context(), userID(b.t, user))
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *bench) decision(id string) ports.DecisionRecord {
	b.t.Helper()
	d, err := b.store.Decision(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

// wantRank fails the test unless the record shows player 7 in that rank.
func (b *bench) wantRank(want string) {
	b.t.Helper()
	if got := b.standing(7).Rank; got != want {
		b.t.Errorf("the record shows %q, want %q", got, want)
	}
}

func (b *bench) wantHeld(user int64, want ...string) {
	b.t.Helper()
	if got := b.group.holds(b.t, user); !slices.Equal(got, want) {
		b.t.Errorf("%d holds %q at Roblox, want %q", user, got, want)
	}
}

func wantStatus(t *testing.T, got ports.DecisionRecord, action domain.Action, status domain.Status) {
	t.Helper()
	if got.Decision.Action != action || got.Status != status {
		t.Errorf("got %s %s (%s), want %s %s", got.Decision.Action, got.Status, got.Detail, action, status)
	}
}
