package domain_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/grps/grps/domain"
)

// fullCheck and fullDecision have a value in every field.
func fullCheck() domain.Check {
	return domain.Check{
		Criterion: domain.CriterionTenure, Rank: "Corporal \"II\"\n", Required: 7, Actual: -3, Action: domain.ActionBan, Unknown: true, Met: true,
	}
}

func fullDecision() domain.Decision {
	return domain.Decision{
		Action: domain.ActionSuspend, From: "Éclaireur", To: "Suspended", Reason: domain.ReasonWarningsTrial,
		Until: noon.Add(time.Microsecond), NeedsApproval: true, Revision: "r1", Hold: domain.HoldOn,
		Checks: domain.ChecksOf(fullCheck(), domain.Check{Criterion: domain.CriterionHold}),
		Returned: domain.Returned{
			RankSince: noon.Add(-day), FormerRank: "Trooper", Punishment: domain.Punishment{Status: domain.PunishmentSevere, Until: noon},
		},
	}
}

// Whoever keeps such a text compares it with that of another release.
func TestTheCanonicalTextOfADecisionNeverChanges(t *testing.T) {
	const want = `action SUSPEND "\u00c9claireur" "Suspended" "WARNINGS_TRIAL"
until 2026-03-01T12:00:00.000001Z
approval true
check tenure "Corporal \"II\"\n" 7 -3 BAN true true
check hold "" 0 0 NONE false false
hold on
returned 2026-02-28T12:00:00Z "Trooper" "Punishment_Severe" 2026-03-01T12:00:00Z
revision "r1"
`
	if got := fullDecision().Canonical(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	const none = "action NONE \"\" \"\" \"\"\nuntil -\napproval false\nrevision \"\"\n"
	if got := (domain.Decision{}).Canonical(); got != none {
		t.Errorf("nothing: got\n%s\nwant\n%s", got, none)
	}
}

// eachChanged calls use with value once for each of its fields, that field changed. Fields of structs count as fields.
func eachChanged(t *testing.T, value reflect.Value, name string, use func(name string)) {
	t.Helper()
	before := reflect.New(value.Type()).Elem()
	before.Set(value)
	switch value.Interface().(type) {
	case domain.Checks:
		return // unexported all through: its checks are changed one by one
	case time.Time:
		value.Set(reflect.ValueOf(before.Interface().(time.Time).Add(time.Microsecond)))
	default:
		switch value.Kind() {
		case reflect.Struct:
			for i := range value.NumField() {
				eachChanged(t, value.Field(i), name+"."+value.Type().Field(i).Name, use)
			}
			return
		case reflect.String:
			value.SetString(value.String() + "x")
		case reflect.Bool:
			value.SetBool(!value.Bool())
		case reflect.Int64:
			value.SetInt(value.Int() + 1)
		case reflect.Uint8:
			value.SetUint(value.Uint() - 1)
		default:
			t.Fatalf("%s: the test does not know how to change a %s", name, value.Type())
		}
	}
	use(name)
	value.Set(before)
}

func TestEveryFieldOfADecisionIsInItsCanonicalText(t *testing.T) {
	seen := map[string]string{fullDecision().Canonical(): "the decision itself"}
	note := func(name string, d domain.Decision) {
		t.Helper()
		text := d.Canonical()
		if other, taken := seen[text]; taken {
			t.Errorf("%s changed: got the text of %s, want another", name, other)
		}
		seen[text] = name
	}
	d := fullDecision()
	eachChanged(t, reflect.ValueOf(&d).Elem(), "Decision", func(name string) { note(name, d) })
	check := fullCheck()
	eachChanged(t, reflect.ValueOf(&check).Elem(), "Check", func(name string) {
		changed := fullDecision()
		changed.Checks = domain.ChecksOf(check, domain.Check{Criterion: domain.CriterionHold})
		note(name, changed)
	})
	for name, checks := range map[string]domain.Checks{
		"no checks": {}, "one check fewer": domain.ChecksOf(fullCheck()),
		"the other order": domain.ChecksOf(domain.Check{Criterion: domain.CriterionHold}, fullCheck()),
		"one check more":  domain.ChecksOf(fullCheck(), domain.Check{Criterion: domain.CriterionHold}, fullCheck()),
	} {
		changed := fullDecision()
		changed.Checks = checks
		note(name, changed)
	}
}

func TestDecisionsAreEqualWhereTheirCanonicalTextsAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		a := domain.Evaluate(p, drawStanding(t, p), noon)
		b := domain.Evaluate(p, drawStanding(t, p), noon)
		if (a == b) != (a.Canonical() == b.Canonical()) {
			t.Fatalf("decisions that are equal: %t; texts that are: %t\n%s\n%s", a == b, !(a == b), a.Canonical(), b.Canonical())
		}
		abroad := a
		abroad.Until = a.Until.In(time.FixedZone("Kathmandu", 5*60*60+45*60))
		if a.Canonical() != abroad.Canonical() {
			t.Fatalf("in another zone: got\n%s\nwant\n%s", abroad.Canonical(), a.Canonical())
		}
	})
}
