package domain_test

import (
	"testing"
	"time"

	"github.com/grps/grps/domain"
)

func TestScopesAreStableWords(t *testing.T) {
	wantWords(t, domain.ParseScope, "scope_unknown", map[domain.Scope]string{
		domain.ScopeIngest: "ingest", domain.ScopeRead: "read", domain.ScopeDecide: "decide",
		domain.ScopeApprove: "approve", domain.ScopeAdmin: "admin",
	}, "", "Read", "ingest read", "write", "read ")
	if got := (domain.ScopeDecide | domain.ScopeIngest).String(); got != "ingest decide" {
		t.Errorf("two scopes: got %q, want both words", got)
	}
}

func TestAScopeAllowsItselfAndAdminAllowsAll(t *testing.T) {
	for _, held := range domain.Scopes() {
		for _, needed := range domain.Scopes() {
			want := held == needed || held == domain.ScopeAdmin
			if got := held.Allows(needed); got != want {
				t.Errorf("%s for what needs %s: got %t, want %t", held, needed, got, want)
			}
		}
	}
	both := domain.ScopeIngest | domain.ScopeDecide
	if !both.Allows(both) || both.Allows(both|domain.ScopeRead) || domain.ScopeIngest.Allows(both) {
		t.Error("of several scopes that are needed all must be held")
	}
	if domain.Scope(0).Allows(domain.ScopeIngest) {
		t.Error("no scope allows something, want nothing")
	}
}

func TestAKeyLivesFromNotBeforeUntilRightBeforeItExpires(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		key  domain.Key
		want bool
	}{
		"without bounds":        {domain.Key{}, true},
		"right before it lives": {domain.Key{NotBefore: at.Add(1)}, false},
		"when it begins":        {domain.Key{NotBefore: at}, true},
		"right before the end":  {domain.Key{ExpiresAt: at.Add(1)}, true},
		"at the end":            {domain.Key{ExpiresAt: at}, false},
		"after the end":         {domain.Key{NotBefore: at.Add(-2), ExpiresAt: at.Add(-1)}, false},
	} {
		if got := c.key.Live(at); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}

func TestAKeyActsAndReportsForWhomItIsBoundToOnly(t *testing.T) {
	five, six := userID(t, 5), userID(t, 6)
	bound := domain.Key{Actors: []domain.UserID{five}, Experiences: []string{"lobby", "42"}}
	if !bound.MayActFor(five) || bound.MayActFor(six) || !bound.MayActFor(domain.UserID{}) {
		t.Error("a key with one actor: got another, or not that one, or not nobody")
	}
	if (domain.Key{}).MayActFor(five) || !(domain.Key{AnyActor: true}).MayActFor(five) {
		t.Error("without actors: got one; with any: got none")
	}
	if !bound.MayReportFor("lobby") || !bound.MayReportFor("42") || bound.MayReportFor("Lobby") || bound.MayReportFor("") {
		t.Error("a key with experiences: got another, or not those")
	}
	if !(domain.Key{}).MayReportFor("anything") || (domain.Key{Experiences: []string{}}).MayReportFor("anything") {
		t.Error("no list is any experience, and an empty list none")
	}
}
