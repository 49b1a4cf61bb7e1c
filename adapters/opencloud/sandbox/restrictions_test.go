package sandbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

const restrictionOf5 = "/cloud/v2/universes/42/user-restrictions/5"

func TestSomeoneNeverRestrictedMayJoin(t *testing.T) {
	got := newRig(t).get(restrictionOf5).want(200).fields()
	equal(t, "answer", got, map[string]any{
		"path": "universes/42/user-restrictions/5", "user": "users/5",
		"gameJoinRestriction": map[string]any{
			"active": false, "privateReason": "", "displayReason": "", "excludeAltAccounts": false, "inherited": false,
		},
	})
}

func TestARestrictionIsKeptForOneUserInOneUniverse(t *testing.T) {
	r := newRig(t)
	got := r.patch(restrictionOf5+"?updateMask=gameJoinRestriction", `{"gameJoinRestriction":{"active":true,
		"duration":"86400s","privateReason":"p","displayReason":"d","excludeAltAccounts":true}}`).want(200).fields()
	want := map[string]any{
		"path": "universes/42/user-restrictions/5", "user": "users/5", "updateTime": "2026-11-22T12:00:00.123456789Z",
		"gameJoinRestriction": map[string]any{
			"active": true, "startTime": "2026-11-22T12:00:00.123456789Z", "duration": "86400s",
			"privateReason": "p", "displayReason": "d", "excludeAltAccounts": true, "inherited": false,
		},
	}
	equal(t, "answer", got, want)
	equal(t, "read again", r.get(restrictionOf5).want(200).fields(), want)
	state, in := r.s.Member(5)
	equal(t, "member", in, false)
	equal(t, "restrictions", state.Restrictions, []sandbox.Restriction{{
		Universe: universe, Active: true, StartTime: r.clock.at, Duration: "86400s",
		DisplayReason: "d", PrivateReason: "p", ExcludeAlts: true,
	}})

	r.patch(restrictionOf5+"?updateMask=game_join_restriction", `{"gameJoinRestriction":{"active":false}}`).want(200)
	lifted := r.get(restrictionOf5).want(200).fields()["gameJoinRestriction"].(map[string]any)
	equal[any](t, "active", lifted["active"], false)
}

func TestATimedRestrictionEndsByItself(t *testing.T) {
	for _, c := range []struct {
		name, duration string
		after          time.Duration
		want           bool
	}{
		{"before its end", `,"duration":"60s"`, 59 * time.Second, true},
		{"at its end", `,"duration":"60s"`, 60 * time.Second, false},
		{"the longest", `,"duration":"315576000000s"`, 200 * 365 * 24 * time.Hour, true},
		{"a permanent one never", ``, 200 * 365 * 24 * time.Hour, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.patch(restrictionOf5, `{"gameJoinRestriction":{"active":true`+c.duration+`}}`).want(200)
			r.clock.advance(c.after)
			got := r.get(restrictionOf5).want(200).fields()["gameJoinRestriction"].(map[string]any)
			equal[any](t, "active", got["active"], c.want)
		})
	}
}

func TestRestrictionUpdatesAreRefused(t *testing.T) {
	const fine = `{"gameJoinRestriction":{"active":true}}`
	const sent = "&idempotencyKey.firstSent=2026-11-22T12:00:00Z"
	with := func(fields string) string { return `{"gameJoinRestriction":{"active":true,` + fields + `}}` }
	for _, c := range []struct{ name, query, body string }{
		{"no restriction", "", `{}`},
		{"no object", "", `{"gameJoinRestriction":true}`},
		{"active is no boolean", "", `{"gameJoinRestriction":{"active":"true"}}`},
		{"an empty duration", "", with(`"duration":""`)},
		{"a duration without a unit", "", with(`"duration":"60"`)},
		{"a number for a duration", "", with(`"duration":60`)},
		{"a fraction of a second", "", with(`"duration":"1.5s"`)},
		{"no time at all", "", with(`"duration":"0s"`)},
		{"longer than allowed", "", with(`"duration":"315576000001s"`)},
		{"a display reason of 401 characters", "", with(`"displayReason":"` + strings.Repeat("é", 401) + `"`)},
		{"a private reason of 1001 characters", "", with(`"privateReason":"` + strings.Repeat("é", 1001) + `"`)},
		{"a mask of a part", "?updateMask=gameJoinRestriction.active", fine},
		{"another mask", "?updateMask=user", fine},
		{"a key without its time", "?idempotencyKey.key=k", fine},
		{"a time without its key", "?" + sent[1:], fine},
		{"a time that is none", "?idempotencyKey.key=k&idempotencyKey.firstSent=now", fine},
		{"a key past its lifetime", "?idempotencyKey.key=k&idempotencyKey.firstSent=2026-11-21T11:59:59Z", fine},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.patch(restrictionOf5+c.query, c.body).wantError(400, "INVALID_ARGUMENT")
			equal(t, "changed", r.lastCall().Changed, false)
		})
	}
	newRig(t).patch("/cloud/v2/universes/42/user-restrictions/x", fine).wantError(400, "INVALID_ARGUMENT")
	newRig(t).patch(restrictionOf5, with(`"displayReason":"`+strings.Repeat("é", 400)+`"`)).want(200)
	newRig(t).patch(restrictionOf5, with(`"privateReason":"`+strings.Repeat("é", 1000)+`"`)).want(200)
}

func TestTheSamePairGetsTheSameAnswerWithoutASecondChange(t *testing.T) {
	const pair = "?idempotencyKey.key=k1&idempotencyKey.firstSent=2026-11-22T12:00:00Z"
	const ban, lift = `{"gameJoinRestriction":{"active":true}}`, `{"gameJoinRestriction":{"active":false}}`
	r := newRig(t)
	first := r.patch(restrictionOf5+pair, ban).want(200)
	r.clock.advance(time.Minute)
	r.patch(restrictionOf5, lift).want(200)
	r.clock.advance(time.Minute)

	again := r.patch(restrictionOf5+pair, ban).want(200)
	equal(t, "second answer", again.body, first.body)
	equal(t, "changed", r.lastCall().Changed, false)
	state, _ := r.s.Member(5)
	equal(t, "active", state.Restrictions[0].Active, false)

	for name, target := range map[string]string{
		"another time":     restrictionOf5 + "?idempotencyKey.key=k1&idempotencyKey.firstSent=2026-11-22T12:00:01Z",
		"another key":      restrictionOf5 + "?idempotencyKey.key=k2&idempotencyKey.firstSent=2026-11-22T12:00:00Z",
		"another universe": "/cloud/v2/universes/43/user-restrictions/5" + pair,
		"another user":     "/cloud/v2/universes/42/user-restrictions/6" + pair,
	} {
		t.Run(name+" is another update", func(t *testing.T) {
			r := r.on(t)
			r.patch(target, ban).want(200)
			equal(t, "changed", r.lastCall().Changed, true)
		})
	}
}

func TestARefusedUpdateDoesNotUseUpItsPair(t *testing.T) {
	const pair = "?idempotencyKey.key=k1&idempotencyKey.firstSent=2026-11-22T12:00:00Z"
	r := newRig(t)
	r.patch(restrictionOf5+pair, `{}`).wantError(400, "INVALID_ARGUMENT")
	r.patch(restrictionOf5+pair, `{"gameJoinRestriction":{"active":true}}`).want(200)
	equal(t, "changed", r.lastCall().Changed, true)
}

func TestEveryoneEverRestrictedIsListed(t *testing.T) {
	r := newRig(t)
	for user := range 12 {
		target := fmt.Sprintf("/cloud/v2/universes/42/user-restrictions/%d", user+1)
		r.patch(target, fmt.Sprintf(`{"gameJoinRestriction":{"active":%v}}`, user%2 == 0)).want(200)
	}
	r.patch("/cloud/v2/universes/43/user-restrictions/99", `{"gameJoinRestriction":{"active":true}}`).want(200)
	var got struct {
		UserRestrictions []struct{ User string }
		NextPageToken    string
	}
	r.get("/cloud/v2/universes/42/user-restrictions").want(200).into(&got)
	equal(t, "first page", len(got.UserRestrictions), 10)
	next := got.NextPageToken
	r.do(http.MethodGet, "/cloud/v2/universes/42/user-restrictions?pageToken="+next, "").want(200).into(&got)
	equal(t, "last page", len(got.UserRestrictions), 2)
	equal(t, "last user", got.UserRestrictions[1].User, "users/12")
	equal(t, "token", got.NextPageToken, "")
}

func TestOnlyTheLatestPairsAreRemembered(t *testing.T) {
	r := newRig(t)
	update := func(n int) {
		target := fmt.Sprintf(restrictionOf5+"?idempotencyKey.key=%d&idempotencyKey.firstSent=2026-11-22T12:00:00Z", n)
		req := r.request(http.MethodPatch, target, `{"gameJoinRestriction":{"active":true}}`)
		r.s.ServeHTTP(httptest.NewRecorder(), req)
	}
	for n := range 10_001 {
		update(n)
	}
	update(1)
	equal(t, "the second changes again", r.lastCall().Changed, false)
	update(0)
	equal(t, "the first changes again", r.lastCall().Changed, true)
}
