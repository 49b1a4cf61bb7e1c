package opencloud_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud"
	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

type options = opencloud.Options

func ban() ports.Restriction {
	return ports.Restriction{
		User: player, Universe: game, Active: true, DisplayReason: "seven warnings", PrivateReason: "decision 1", Key: "key-1", FirstTried: noon,
	}
}

func (r *rig) restriction() sandbox.Restriction {
	r.Helper()
	state, _ := r.box.Member(156)
	if len(state.Restrictions) != 1 {
		r.Fatalf("restrictions: got %v, want one", state.Restrictions)
	}
	return state.Restrictions[0]
}

func TestRestrictForbidsJoining(t *testing.T) {
	for name, c := range map[string]struct {
		until    time.Time
		active   bool
		duration string
	}{
		"for good":                            {time.Time{}, true, ""},
		"for a day":                           {noon.Add(24 * time.Hour), true, "86400s"},
		"for a broken second, rounded up":     {noon.Add(1500 * time.Millisecond), true, "2s"},
		"for a moment, at least a second":     {noon.Add(time.Nanosecond), true, "1s"},
		"not at all when the end is now":      {noon, false, ""},
		"not at all when the end is past":     {noon.Add(-time.Hour), false, ""},
		"for longer than a duration can tell": {noon.AddDate(400, 0, 0), true, "9223372037s"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			wish := ban()
			wish.Until = c.until
			wantNoError(t, "Restrict", r.client.Restrict(t.Context(), wish))
			got := r.restriction()
			if got.Active != c.active || got.Duration != c.duration {
				t.Fatalf("restriction: got active %v for %q, want active %v for %q", got.Active, got.Duration, c.active, c.duration)
			}
			if c.active {
				equal(t, "display reason", got.DisplayReason, "seven warnings")
				equal(t, "private reason", got.PrivateReason, "decision 1")
			}
		})
	}
}

func TestRestrictAllowsJoiningAgain(t *testing.T) {
	r := newRig(t)
	wantNoError(t, "ban", r.client.Restrict(t.Context(), ban()))
	lifted := ban()
	lifted.Active, lifted.Key = false, "key-2"
	wantNoError(t, "lift", r.client.Restrict(t.Context(), lifted))
	equal(t, "active", r.restriction().Active, false)
}

func TestRestrictCutsReasonsToWhatRobloxTakes(t *testing.T) {
	r := newRig(t)
	wish := ban()
	wish.DisplayReason, wish.PrivateReason = strings.Repeat("é", 401), strings.Repeat("🎖", 1001)+"\xff"
	wantNoError(t, "Restrict", r.client.Restrict(t.Context(), wish))
	equal(t, "display reason", r.restriction().DisplayReason, strings.Repeat("é", 400))
	equal(t, "private reason", r.restriction().PrivateReason, strings.Repeat("🎖", 1000))
}

func TestRetriesOfAWishResendItsIdempotencyPair(t *testing.T) {
	r := newRig(t)
	r.box.Inject(sandbox.Fault{Kind: sandbox.FaultInternal, AfterWrite: true, Times: 1})
	wish := ban()
	wish.FirstTried = noon.Add(-30 * time.Second).Add(123456 * time.Microsecond)
	wantKind(t, r.client.Restrict(t.Context(), wish), domain.KindUnavailable, "internal")
	r.clock.advance(time.Minute)
	wantNoError(t, "the second try", r.client.Restrict(t.Context(), wish))
	calls := r.callsOf(sandbox.OpUpdateRestriction)
	equal(t, "calls", len(calls), 2)
	equal(t, "the query of the second try", calls[1].Query, calls[0].Query)
	query, err := url.ParseQuery(calls[0].Query)
	wantNoError(t, "parse the query", err)
	equal(t, "query", query, url.Values{
		"updateMask":               {"gameJoinRestriction"},
		"idempotencyKey.key":       {"key-1"},
		"idempotencyKey.firstSent": {"2026-11-22T11:59:30.123456Z"},
	})
	if !calls[0].Changed || calls[1].Changed {
		t.Errorf("changes: got %v and %v, want the first try only: the second was known again", calls[0].Changed, calls[1].Changed)
	}
}

func TestAWishOlderThanItsPairIsCarriedOutWithoutOne(t *testing.T) {
	r := newRig(t)
	r.clock.advance(48 * time.Hour)
	wantNoError(t, "Restrict", r.client.Restrict(t.Context(), ban()))
	equal(t, "query", r.callsOf(sandbox.OpUpdateRestriction)[0].Query, "updateMask=gameJoinRestriction")
}

func TestRestrictIsDoneOnlyWhenTheAnswerShowsIt(t *testing.T) {
	const confirmed = `{"path":"universes/42/user-restrictions/156","user":"users/156","gameJoinRestriction":{"active":true}}`
	client, _ := answering(t, says(200, confirmed))
	wantNoError(t, "a confirmation", client.Restrict(t.Context(), ban()))
	for name, body := range map[string]string{
		"not active":         strings.ReplaceAll(confirmed, "true", "false"),
		"another user":       strings.ReplaceAll(confirmed, "users/156", "users/157"),
		"another path":       strings.ReplaceAll(confirmed, "restrictions/156", "restrictions/1"),
		"another universe":   strings.ReplaceAll(confirmed, "universes/42", "universes/43"),
		"nobody at all":      `{"gameJoinRestriction":{"active":true}}`,
		"no restriction":     `{"path":"universes/42/user-restrictions/156","user":"users/156"}`,
		"no word on joining": `{"path":"universes/42/user-restrictions/156","user":"users/156","gameJoinRestriction":{}}`,
		"nothing":            ``,
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := answering(t, says(200, body))
			wantKind(t, client.Restrict(t.Context(), ban()), domain.KindUnavailable, "open_cloud_answer")
		})
	}
}

func TestRestrictKnowsTheConfiguredUniversesOnly(t *testing.T) {
	client, calls := answering(t, says(200, `{}`))
	wish := ban()
	wish.Universe = mustUniverse(99)
	wantKind(t, client.Restrict(t.Context(), wish), domain.KindBlocked, "universe_not_configured")
	equal(t, "calls", calls(), 0)
}

func TestAUserIsRestrictedTwiceAMinuteInEachUniverse(t *testing.T) {
	r := newRig(t)
	try := func(user domain.UserID, universe domain.UniverseID) error {
		wish := ban()
		wish.User, wish.Universe = user, universe
		return r.client.Restrict(t.Context(), wish)
	}
	wantNoError(t, "the first", try(player, game))
	r.clock.advance(10 * time.Second)
	wantNoError(t, "the second", try(player, game))
	e := wantKind(t, try(player, game), domain.KindExhausted, "open_cloud_budget")
	equal(t, "RetryAfter", e.RetryAfter, 50*time.Second)
	wantNoError(t, "another universe", try(player, otherGame))
	r.clock.advance(time.Second)
	wantNoError(t, "another user, although Roblox said that none is left of this user's", try(mustUser(157), game))
	r.clock.advance(49 * time.Second)
	wantNoError(t, "a minute after the first", try(player, game))
	equal(t, "calls", len(r.callsOf(sandbox.OpUpdateRestriction)), 5)
	for _, c := range r.callsOf(sandbox.OpUpdateRestriction) {
		equal(t, "status", c.Status, http.StatusOK)
	}
}

func TestTriesOfAUserAreCountedAlsoWhereRobloxDoesNotTell(t *testing.T) {
	r := newRig(t, func(_ *options, c *sandbox.Config) { c.Limits.Off = true })
	for range 2 {
		wantNoError(t, "Restrict", r.client.Restrict(t.Context(), ban()))
		r.clock.advance(time.Second)
	}
	e := wantKind(t, r.client.Restrict(t.Context(), ban()), domain.KindExhausted, "open_cloud_budget")
	equal(t, "RetryAfter", e.RetryAfter, 58*time.Second)
}

func TestARefusalForTheUsersRateLeavesOthersAlone(t *testing.T) {
	const confirmed = `{"path":"universes/42/user-restrictions/157","user":"users/157","gameJoinRestriction":{"active":true}}`
	client, calls := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/156") {
			says(429, `{"code":"RESOURCE_EXHAUSTED"}`, "Retry-After: 40", "X-Ratelimit-Limit: 2, 2;w=60")(w, r)
			return
		}
		says(200, confirmed)(w, r)
	}, func(o *options) { o.Limits.RestrictionsPerSecond = 1000 })
	e := wantKind(t, client.Restrict(t.Context(), ban()), domain.KindExhausted, "resource_exhausted")
	equal(t, "RetryAfter", e.RetryAfter, 40*time.Second)
	e = wantKind(t, client.Restrict(t.Context(), ban()), domain.KindExhausted, "open_cloud_budget")
	equal(t, "RetryAfter", e.RetryAfter, 40*time.Second)
	other := ban()
	other.User = mustUser(157)
	wantNoError(t, "another user", client.Restrict(t.Context(), other))
	equal(t, "calls", calls(), 2)
}

func TestAUniverseIsReachedOnlyWhereItsRestrictionsCanBeRead(t *testing.T) {
	r := newRig(t)
	wantNoError(t, "ReachRestrictions", r.client.ReachRestrictions(t.Context(), game))
	wantKind(t, r.client.ReachRestrictions(t.Context(), mustUniverse(4711)), domain.KindBlocked, "universe_not_configured")
	far := dial(t, serve(t, r.box), func(o *options) { o.Universes = []domain.UniverseID{mustUniverse(4711)} })
	wantKind(t, far.ReachRestrictions(t.Context(), mustUniverse(4711)), domain.KindNotFound, "not_found")
	r.box.SetKey(sandbox.KeyState{Without: []string{"universe.user-restriction:read"}})
	wantKind(t, r.client.ReachRestrictions(t.Context(), game), domain.KindDenied, "permission_denied")
}
