package sandbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

// limited is a rig with the documented limits.
func limited(t *testing.T) *rig {
	t.Helper()
	c := config()
	c.Limits = sandbox.Limits{}
	return newRigOf(t, c)
}

func TestDocumentedLimitsHold(t *testing.T) {
	const ban = `{"gameJoinRestriction":{"active":true}}`
	const list = "/cloud/v2/universes/42/data-stores/s/entries"
	cases := []struct {
		name   string
		calls  int
		window time.Duration
		call   func(r *rig, i int) answer
	}{
		{"get group", 150, time.Minute, func(r *rig, _ int) answer { return r.get("/cloud/v2/groups/7") }},
		{"list roles", 300, time.Minute, func(r *rig, _ int) answer { return r.get("/cloud/v2/groups/7/roles") }},
		{"assign role", 300, time.Minute, func(r *rig, i int) answer { return r.assign(fmt.Sprint(1000+i), recruit) }},
		{"read restrictions in a universe", 50, time.Second, func(r *rig, i int) answer {
			return r.get(fmt.Sprintf("/cloud/v2/universes/42/user-restrictions/%d", i+1))
		}},
		{"update restrictions in a universe", 10, time.Second, func(r *rig, i int) answer {
			return r.patch(fmt.Sprintf("/cloud/v2/universes/42/user-restrictions/%d", i+1), ban)
		}},
		{"update one user's restriction in a universe", 2, time.Minute, func(r *rig, _ int) answer {
			return r.patch(restrictionOf5, ban)
		}},
		{"list entries of a universe", 300, time.Minute, func(r *rig, _ int) answer { return r.get(list) }},
		{"publish", 5000, time.Minute, func(r *rig, _ int) answer {
			return r.post("/cloud/v2/universes/42:publishMessage", `{"topic":"t","message":"m"}`)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := limited(t)
			for user := range int64(400) {
				r.s.Join(1000 + user)
			}
			for i := range c.calls {
				if a := c.call(r, i); a.status != http.StatusOK {
					t.Fatalf("call %d: got %d, want 200", i+1, a.status)
				}
			}
			r.clock.advance(c.window - 1)
			a := c.call(r, c.calls)
			a.wantError(http.StatusTooManyRequests, "RESOURCE_EXHAUSTED")
			equal(t, "Retry-After", a.header.Get("Retry-After"), "1")
			equal(t, "X-Ratelimit-Remaining", a.header.Get("X-Ratelimit-Remaining"), "0")
			equal(t, "changed", r.lastCall().Changed, false)
			r.clock.advance(1)
			c.call(r, c.calls).want(http.StatusOK)
		})
	}
}

func TestRateLimitHeadersTellOfTheTightestBudget(t *testing.T) {
	r := limited(t)
	r.get("/cloud/v2/groups/7/roles").want(200)
	r.clock.advance(40*time.Second + time.Millisecond)
	a := r.get("/cloud/v2/groups/7/roles").want(200)
	equal(t, "limit", a.header.Get("X-Ratelimit-Limit"), "300, 300;w=60")
	equal(t, "remaining", a.header.Get("X-Ratelimit-Remaining"), "298")
	equal(t, "reset", a.header.Get("X-Ratelimit-Reset"), "20")

	a = r.patch(restrictionOf5, `{"gameJoinRestriction":{"active":true}}`).want(200)
	equal(t, "limit of one user", a.header.Get("X-Ratelimit-Limit"), "2, 2;w=60")
	equal(t, "remaining of one user", a.header.Get("X-Ratelimit-Remaining"), "1")
}

func TestBudgetsAreApart(t *testing.T) {
	const ban = `{"gameJoinRestriction":{"active":true}}`
	r := limited(t)
	r.patch(restrictionOf5, ban).want(200)
	r.patch(restrictionOf5, ban).want(200)
	r.patch(restrictionOf5, ban).want(429)
	r.patch("/cloud/v2/universes/43/user-restrictions/5", ban).want(200)
	r.patch("/cloud/v2/universes/42/user-restrictions/6", ban).want(200)
	r.get(restrictionOf5).want(200)
}

func TestARefusedCallCostsNothing(t *testing.T) {
	const ban = `{"gameJoinRestriction":{"active":true}}`
	r := limited(t)
	r.s.Inject(sandbox.Fault{Kind: sandbox.FaultTooMany, Times: 3})
	for range 3 {
		r.patch(restrictionOf5, ban).want(429)
	}
	r.patch(restrictionOf5, ban).want(200)
	r.patch(restrictionOf5, ban).want(200)
	r.patch(restrictionOf5, ban).want(429)
	r.clock.advance(time.Minute)
	r.patch(restrictionOf5, ban).want(200)
}

func TestLimitsCanBeSetAndSwitchedOff(t *testing.T) {
	c := config()
	c.Limits = sandbox.Limits{GroupPerMinute: 1}
	r := newRigOf(t, c)
	r.get("/cloud/v2/groups/7/roles").want(200)
	r.get("/cloud/v2/groups/7/roles").want(429)

	c.Limits.Off = true
	r = newRigOf(t, c)
	for range 3 {
		a := r.get("/cloud/v2/groups/7/roles").want(200)
		equal(t, "X-Ratelimit-Limit", a.header.Get("X-Ratelimit-Limit"), "")
	}
}

func TestConcurrentUsersRaiseWhatDataStoresBear(t *testing.T) {
	c := config()
	c.Limits = sandbox.Limits{ConcurrentUsers: 10}
	r := newRigOf(t, c)
	for target, want := range map[string]string{
		entries:          "320, 320;w=60",
		entries + "/p-1": "700, 700;w=60",
	} {
		equal(t, target, r.get(target).header.Get("X-Ratelimit-Limit"), want)
	}
	a := r.patch(entries+"/p-1?allowMissing=true", `{"value":1}`)
	equal(t, "write", a.header.Get("X-Ratelimit-Limit"), "500, 500;w=60")
}

func TestBudgetsUnderWayAreBounded(t *testing.T) {
	c := config()
	c.Limits = sandbox.Limits{RestrictionPerSecond: 1 << 20, RestrictionPerUniverse: 1 << 20}
	r := newRigOf(t, c)
	ban := func(user int) int {
		target := fmt.Sprintf("/cloud/v2/universes/42/user-restrictions/%d", user)
		w := httptest.NewRecorder()
		r.s.ServeHTTP(w, r.request(http.MethodPatch, target, `{"gameJoinRestriction":{"active":true}}`))
		return w.Code
	}
	for user := 1; user <= 9_996; user++ {
		if status := ban(user); status != http.StatusOK {
			t.Fatalf("user %d: got %d, want 200", user, status)
		}
	}
	equal(t, "one more", ban(10_001), http.StatusTooManyRequests)
	r.clock.advance(time.Minute)
	equal(t, "after those ended", ban(10_001), http.StatusOK)
}

func TestCallsAreCountedInTheStretchesThatAreAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		limits sandbox.Limits
		want   string // what becomes of a call every ten seconds, from half a minute after a full minute on, when two are allowed each minute
	}{
		"from the first call":  {sandbox.Limits{}, "yy----yy----yy-"},
		"by the clock":         {sandbox.Limits{Counting: sandbox.CountByClock}, "yy-yy----yy----"},
		"by the clock, phased": {sandbox.Limits{Counting: sandbox.CountByClock, Phase: 50 * time.Second}, "yyyy----yy----y"},
		"sliding":              {sandbox.Limits{Counting: sandbox.CountSliding}, "yy----yy----yy-"},
	} {
		t.Run(name, func(t *testing.T) {
			setup := config()
			c.limits.GroupPerMinute = 2
			setup.Limits = c.limits
			r := newRigOf(t, setup)
			r.clock.advance(30*time.Second + time.Minute - time.Duration(r.clock.now().UnixNano())%time.Minute)
			var got []byte
			for range len(c.want) {
				answered := byte('-')
				if r.get("/cloud/v2/groups/7/roles").status == http.StatusOK {
					answered = 'y'
				}
				got = append(got, answered)
				r.clock.advance(10 * time.Second)
			}
			equal(t, "answers", string(got), c.want)
		})
	}
}

func TestASlidingStretchIsFreeAgainCallByCall(t *testing.T) {
	setup := config()
	setup.Limits = sandbox.Limits{GroupPerMinute: 2, Counting: sandbox.CountSliding}
	r := newRigOf(t, setup)
	call := func() int { return r.get("/cloud/v2/groups/7/roles").status }
	call()
	r.clock.advance(40 * time.Second)
	call()
	equal(t, "the third within a minute", call(), http.StatusTooManyRequests)
	r.clock.advance(20 * time.Second)
	equal(t, "one a minute after the first", call(), http.StatusOK)
	equal(t, "another one", call(), http.StatusTooManyRequests)
	r.clock.advance(40 * time.Second)
	equal(t, "one a minute after the second", call(), http.StatusOK)
}
