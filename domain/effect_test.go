package domain_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func TestEffectKindsSayWhatTheyDoToOthers(t *testing.T) {
	tests := []struct {
		kind              domain.EffectKind
		replaces, settles bool
	}{
		{domain.EffectGroupRole, true, true},
		{domain.EffectRestriction, true, true},
		{domain.EffectObserve, true, false},
		{domain.EffectMirror, true, false},
		{domain.EffectAnnounce, false, false},
		{domain.EffectWebhook, false, false},
		{domain.EffectErase, true, false},
	}
	for _, test := range tests {
		t.Run(test.kind.String(), func(t *testing.T) {
			if got := test.kind.Replaces(); got != test.replaces {
				t.Errorf("got that a newer one replaces it %t, want %t", got, test.replaces)
			}
			if got := test.kind.Settles(); got != test.settles {
				t.Errorf("got that a decision waits for it %t, want %t", got, test.settles)
			}
		})
	}
}

func TestAWishThatReplacesAnotherExpectsWhatThatOneExpectedOrWanted(t *testing.T) {
	role := func(rank string, expect ...string) domain.Effect {
		return domain.Effect{Kind: domain.EffectGroupRole, User: userID(t, 1), Rank: rank, Expect: domain.TrailOf(expect...)}
	}
	mirror := domain.Effect{Kind: domain.EffectMirror, User: userID(t, 1)}
	look := func(ordered bool) domain.Effect {
		return domain.Effect{Kind: domain.EffectObserve, User: userID(t, 1), Active: ordered}
	}
	restriction := func(active bool) domain.Effect {
		return domain.Effect{Kind: domain.EffectRestriction, User: userID(t, 1), Active: active}
	}
	tests := []struct {
		name         string
		newer, older domain.Effect
		want         domain.Effect
	}{
		{"a second promotion", role("C", "B"), role("B", "A"), role("C", "B", "A")},
		{"a promotion that is taken back", role("A", "B"), role("B", "A"), role("A", "B", "A")},
		{"a third wish in a row", role("D", "C"), role("C", "B", "A"), role("D", "C", "B", "A")},
		{
			"more than a trail holds: the newest count",
			role("Z", "H"), role("G", letters(8)...), role("Z", "H", "G", "A", "B", "C", "D", "E", "F"),
		},
		{"another kind replaces nothing of a role", mirror, role("B", "A"), mirror},
		{"a role replaces nothing of another kind", role("B", "A"), mirror, role("B", "A")},
		{"a look that a person asked for stays one", look(false), look(true), look(true)},
		{"a look becomes one that a person asked for", look(true), look(false), look(true)},
		{"a look that nobody asked for", look(false), look(false), look(false)},
		{"a restriction that is lifted", restriction(false), restriction(true), restriction(false)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.newer.After(test.older)
			if diff := cmp.Diff(test.want, got, same()); diff != "" {
				t.Errorf("effect (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnAlertIsCutToWhatItMayHold(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"what fits stays", strings.Repeat("é", domain.MaxAlert), strings.Repeat("é", domain.MaxAlert)},
		{"one rune too many", strings.Repeat("é", domain.MaxAlert+1), strings.Repeat("é", domain.MaxAlert-1) + "…"},
		{"nothing", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := domain.NewAlert("id", domain.AlertPaused, test.text)
			if want := (domain.Alert{ID: "id", Topic: "automation.paused", Text: test.want}); got != want {
				t.Errorf("got %d runes, want %d: %q", utf8.RuneCountInString(got.Text), utf8.RuneCountInString(test.want), got)
			}
		})
	}
}
