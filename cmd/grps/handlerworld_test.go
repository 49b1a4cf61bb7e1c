package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/adapters/telemetry/logtest"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

// The keys of the service that FuzzHandler asks, as it numbers them. Each one's secret is secretOf its name.
const (
	keyNone = iota
	keyWrong
	keyInbound
	keyAdmin
	keyIngest
	keyRead
	keyDecide
	keyApprove
	keyBounded
	keySigner
	keyExpired
	keyEarly
	keysInAll
)

// What a byte says of the service and of how a request is sent, one bit each.
const (
	zipBody     = 1 << iota // the body is sent with content-encoding: gzip
	signBody                // with the signatures of Roblox and of POST /sync/roblox
	emptyWorld              // nothing is known to the service
	noRoblox                // nothing of Roblox is configured
	stopped                 // the process evaluates only
	openDoors               // there are no keys and no secrets of signatures
	otherOrigin             // a browser sends it from another page
)

func keyNames() [keysInAll]string {
	return [...]string{"none", "wrong", "inbound", "admin", "ingest", "read", "decide", "approve", "bounded", "signer", "expired", "early"}
}

// sourceKeys are the keys of a file, as they are at an instant.
func sourceKeys(now time.Time) []domain.Key {
	keyOf := func(name string, scopes domain.Scope) domain.Key {
		key := httpapi.NewKey(name, secretOf(name))
		key.Scopes = scopes
		return key
	}
	bounded := keyOf("bounded", domain.ScopeIngest|domain.ScopeDecide|domain.ScopeApprove)
	bounded.AnyActor, bounded.Experiences, bounded.MaxRank = false, []string{"arena", "42"}, "Storm Corporal I"
	signer, expired, early := keyOf("signer", domain.ScopeAdmin), keyOf("expired", domain.ScopeAdmin), keyOf("early", domain.ScopeAdmin)
	signer.Signed, expired.ExpiresAt, early.NotBefore = true, now, now.Add(time.Hour)
	return []domain.Key{
		keyOf("ingest", domain.ScopeIngest), keyOf("read", domain.ScopeRead), keyOf("decide", domain.ScopeDecide),
		keyOf("approve", domain.ScopeApprove), bounded, signer, expired, early,
	}
}

// heldKeys is a source of keys that do not change.
type heldKeys []domain.Key

func (k heldKeys) Keys() []domain.Key { return k }

// countedIDs makes ids that are the same in every run.
type countedIDs struct{ last atomic.Int64 }

func (c *countedIDs) NewID() string {
	return fmt.Sprintf("0190a5d2-0000-7000-8000-%012x", c.last.Add(1))
}

// watchedStore counts the units of work that were begun.
type watchedStore struct {
	ports.Store
	units atomic.Int64
}

func (s *watchedStore) Write(ctx context.Context, fn func(context.Context, ports.Writer) error) error {
	s.units.Add(1)
	return s.Store.Write(ctx, fn)
}

// world is one service over a store in memory, with everything that there can be in it unless it is empty.
type world struct {
	tb      testing.TB
	api     *httpapi.Server
	cases   *app.Service
	store   *watchedStore
	log     bytes.Buffer
	options byte
	began   time.Time // when whatever is signed is signed
	words   []string  // what placeholders of a request stand for: each, and its text
}

// newWorld returns the service that the options describe. Its clock is the process's own, so it belongs in a bubble.
func newWorld(tb testing.TB, policy domain.Policy, options byte) *world {
	tb.Helper()
	w := &world{tb: tb, store: &watchedStore{Store: memstore.New()}, options: options, began: time.Now()}
	ids := &countedIDs{}
	parts := app.Parts{
		Store: w.store, Policies: fixedPolicy{policy}, Clock: systemClock{}, IDs: ids, Recorder: deaf{}, MaxPunishPercent: 2,
		ApplyWait: 2 * time.Second, Stopped: options&stopped != 0, Seals: app.NewSeals("the key of erasures"),
	}
	if options&noRoblox == 0 {
		parts.Remote = remoteOf(tb)
	}
	w.cases, _ = app.New(parts, app.DispatcherOptions{})
	o := httpapi.Options{
		Ingester: w.cases, Decider: w.cases, Undoer: w.cases, Approver: w.cases, Players: w.cases, Leaderboards: w.cases, Syncer: w.cases,
		Historian: w.cases, Explainer: w.cases, Reviewer: w.cases, Reconciler: w.cases, Rewinder: w.cases, Automator: w.cases,
		Postmaster: w.cases, Prober: w.cases, Eraser: w.cases, Erased: w.cases.Erased,
		Clock: systemClock{}, IDs: ids, Nonces: w.store, AllowedOrigins: []string{"https://staff.example"}, Recorder: deaf{}, Logger: logtest.JSON(&w.log),
	}
	if options&openDoors == 0 {
		o.Keys = []httpapi.Key{httpapi.NewKey("inbound", secretOf("inbound")), httpapi.NewAdminKey("admin", secretOf("admin"))}
		o.KeySource = heldKeys(sourceKeys(time.Now()))
		o.SignatureSecret, o.NotificationSecrets = secretOf("sync"), []string{secretOf("roblox before"), secretOf("roblox")}
	}
	api, err := httpapi.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	w.api = api
	if options&emptyWorld == 0 {
		w.fill(parts.Remote.Roles != nil)
	}
	return w
}

type deaf struct{}

func (deaf) Record(context.Context, ports.Event) {}

// fixedPolicy implements ports.Policies.
type fixedPolicy struct{ policy domain.Policy }

func (p fixedPolicy) Current() domain.Policy { return p.policy }

// remoteOf is a Roblox that answers everything, and a webhook that takes everything.
func remoteOf(tb testing.TB) app.Remote {
	tb.Helper()
	member := func(context.Context, domain.UserID, ports.Lane) (ports.Membership, error) {
		return ports.Membership{Member: true}, nil
	}
	page := func(_ context.Context, cursor string, _ int) (ports.EntryPage, error) {
		if cursor != "" {
			return ports.EntryPage{}, nil
		}
		entry := domain.Report{UserID: userOf(tb, 90), Username: "Ida", Points: 40, Metadata: `{"from":"games"}`}
		return ports.EntryPage{Reports: []domain.Report{entry}, Skipped: 1, Next: "page two"}, nil
	}
	return app.Remote{
		Roles:     &portsmock.GroupRolesMock{MembershipFunc: member},
		Roster:    &portsmock.RosterMock{CountMembersFunc: func(context.Context) (int64, error) { return 3, nil }},
		DataStore: &portsmock.DataStoreMock{EntriesFunc: page},
		Key: &portsmock.KeyExaminerMock{ExamineKeyFunc: func(context.Context) (ports.KeyState, error) {
			return ports.KeyState{Usable: true}, nil
		}},
		Webhooks: &portsmock.WebhooksMock{SendFunc: func(context.Context, ports.WebhookMessage) error { return nil }},
		Targets:  []ports.Webhook{{Name: "club", Format: "generic", Host: "hooks.example"}},
	}
}

func userOf(tb testing.TB, n int64) domain.UserID {
	tb.Helper()
	user, err := domain.NewUserID(n)
	if err != nil {
		tb.Fatal(err)
	}
	return user
}

// fill puts into the store what requests can be about: players of every kind, decisions of every kind, sweeps, an erasure, and an effect
// that was given up.
func (w *world) fill(remote bool) {
	w.tb.Helper()
	ctx := w.tb.Context()
	staff := ports.Caller{Principal: "admin", RequestID: "before"}
	report := func(user int64, name, rank string, points, warnings int64) string {
		r := domain.Report{
			UserID: userOf(w.tb, user), Username: name, Rank: rank, Points: points, Warnings: domain.CountOf(warnings), Metadata: `{"squad":"red"}`,
			Experience: domain.Experience{Key: "arena", Server: "one"},
		}
		answer, err := w.cases.Ingest(ctx, ports.IngestRequest{Caller: ports.Caller{Principal: "inbound", RequestID: "r"}, Report: r, Apply: true})
		w.must(err)
		if answer.Decision == nil {
			return ""
		}
		return answer.Decision.ID
	}
	w.name("decided", report(77, "Vex", "Ember Recruit", 520, 0))
	w.name("nothing", report(78, "Ash", "Line Trooper", 40, 0))
	w.name("awaiting", report(79, "Bo", "Meridian Colonel", 16500, 0))
	w.name("banned", report(80, "Cy", "Orbit Cadet", 20, 7))
	w.name("suspended", report(81, "Di", "Orbit Cadet", 20, 4))
	report(84, "Eve", "Orbit Cadet", 15, 0)
	_, err := w.cases.Decide(ctx, ports.DecideRequest{
		Caller: staff, User: userOf(w.tb, 84), Apply: true, Reason: "on leave", Order: domain.Order{Hold: domain.HoldOn},
	})
	w.must(err)
	w.sweeps(ctx, staff, remote)
	w.erasures(ctx, staff)
	w.deadLetter(ctx)
}

// sweeps begins walks and cancels them. Where there is a Roblox it begins some of every kind again, and these go on.
func (w *world) sweeps(ctx context.Context, staff ports.Caller, remote bool) {
	w.tb.Helper()
	for _, name := range []string{"cancelled", "running"} {
		review, err := w.cases.StartReview(ctx, ports.ReviewRequest{Caller: staff})
		w.must(err)
		w.name(name+"-review", review.ID)
		rewind, err := w.cases.StartRewind(ctx, ports.RewindRequest{Caller: staff, Scope: ports.SnapshotScope{
			Principal: "inbound", Since: time.Now().Add(-time.Hour),
		}})
		w.must(err)
		w.name(name+"-rewind", rewind.ID)
		if name == "running" {
			break
		}
		_, err = w.cases.CancelReview(ctx, staff, review.ID)
		w.must(err)
		_, err = w.cases.CancelRewind(ctx, staff, rewind.ID)
		w.must(err)
		if !remote {
			return
		}
	}
	walk, err := w.cases.StartReconciliation(ctx, ports.ReconciliationRequest{Caller: staff})
	w.must(err)
	w.name("running-reconciliation", walk.ID)
}

// erasures asks for two people to be forgotten, one of whom is.
func (w *world) erasures(ctx context.Context, staff ports.Caller) {
	w.tb.Helper()
	for i, name := range []string{"queued-erasure", "done-erasure"} {
		erasure, _, err := w.cases.Erase(ctx, ports.EraseRequest{Caller: staff, User: userOf(w.tb, 82+int64(i))})
		w.must(err)
		w.name(name, erasure.ID)
		if name == "done-erasure" {
			w.must(w.store.Write(ctx, func(ctx context.Context, to ports.Writer) error {
				erasure.State, erasure.User, erasure.EndedAt = ports.ErasureDone, domain.UserID{}, time.Now()
				_, err := to.SaveErasure(ctx, erasure)
				return err
			}))
		}
	}
}

// deadLetter gives an effect up, if any waits.
func (w *world) deadLetter(ctx context.Context) {
	w.tb.Helper()
	claims, err := w.store.Claim(ctx, []ports.Room{{First: ports.LaneBan, Last: ports.LaneSpare, Limit: 1}}, time.Minute)
	w.must(err)
	for _, claim := range claims {
		w.must(w.store.Write(ctx, func(ctx context.Context, to ports.Writer) error {
			_, err := to.Settle(ctx, ports.Settlement{Claim: claim, Result: ports.SettleDead, Reason: "the member is not in the group"})
			return err
		}))
	}
}

func (w *world) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatalf("make the world: %v", err)
	}
}

func (w *world) name(what, id string) { w.words = append(w.words, "{"+what+"}", id) }

// signWhole adds the headers of a signed request, as the README spells them out.
func (w *world) signWhole(r *http.Request, body []byte, key string) {
	at := strconv.FormatInt(w.began.Unix(), 10)
	lines := []string{"grps-v1", at, r.Method, r.URL.RequestURI()}
	for _, name := range []string{"idempotency-key", "x-grps-actor", "x-grps-apply", "x-grps-evaluate", "x-grps-nonce", "x-roblox-experience"} {
		lines = append(lines, name+":"+strings.TrimSpace(r.Header.Get(name)))
	}
	hash := sha256.Sum256(body)
	lines = append(lines, hex.EncodeToString(hash[:]))
	secret := sha256.Sum256([]byte(secretOf(key)))
	r.Header.Set("X-Grps-Key-Name", key)
	r.Header.Set("X-Grps-Timestamp", at)
	r.Header.Set("X-Grps-Signature", hex.EncodeToString(hmacOf(secret[:], strings.Join(lines, "\n"))))
}

// signAsRoblox adds Roblox's signature of a notification.
func (w *world) signAsRoblox(r *http.Request, body []byte) {
	at := strconv.FormatInt(w.began.Unix(), 10)
	mac := base64.StdEncoding.EncodeToString(hmacOf([]byte(secretOf("roblox")), at+"."+string(body)))
	r.Header.Set("Roblox-Signature", "t="+at+",v1="+mac)
}

func hmacOf(secret []byte, text string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
