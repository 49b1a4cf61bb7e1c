package domain_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

const day = 24 * time.Hour

// noon is the present of most tests.
var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// fataler is what builders need of *testing.T, *testing.B, *testing.F and *rapid.T.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// same compares values of the domain field by field, unexported ones too; instants by the moment they name.
func same() cmp.Option { return cmp.Exporter(func(reflect.Type) bool { return true }) }

// must returns what yields value and ends the test if there was an error: must(domain.NewUserID(1))(t).
func must[T any](value T, err error) func(t fataler) T {
	return func(t fataler) T {
		t.Helper()
		if err != nil {
			t.Fatalf("building a value for the test: %v", err)
		}
		return value
	}
}

func userID(t fataler, n int64) domain.UserID {
	t.Helper()
	return must(domain.NewUserID(n))(t)
}

func roleID(t fataler, n int64) domain.RoleID {
	t.Helper()
	return must(domain.NewRoleID(n))(t)
}

func ladderOf(t fataler, ranks ...domain.Rank) domain.Ladder {
	t.Helper()
	return must(domain.NewLadder(ranks))(t)
}

// standardPolicy is the policy of testdata/standard-policy.json.
func standardPolicy(t fataler) domain.Policy {
	t.Helper()
	return standardDocument(t).policy(t)
}

// policyWith is the standard policy after change.
func policyWith(t fataler, change func(*policyDocument)) domain.Policy {
	t.Helper()
	document := standardDocument(t)
	change(&document)
	return document.policy(t)
}

// withoutSuspensionRank takes the suspension rank out of a policy.
func withoutSuspensionRank(p *policyDocument) { p.Ranks = p.Ranks[:len(p.Ranks)-1] }

// newStanding is a player whom nothing happens to: a Trooper of unknown tenure with points between two rungs, known since yesterday.
func newStanding(t fataler, changes ...func(*domain.Standing)) domain.Standing {
	t.Helper()
	s := domain.Standing{
		UserID: userID(t, 1), Username: "Ada", Rank: "Trooper", Points: 150,
		ObservedAt: noon.Add(-day), CreatedAt: noon.Add(-day), LastSyncedAt: noon.Add(-day),
	}
	for _, change := range changes {
		change(&s)
	}
	return s
}

// newReport is what newStanding's player would be reported as at noon.
func newReport(t fataler, changes ...func(*domain.Report)) domain.Report {
	t.Helper()
	r := domain.Report{UserID: userID(t, 1), Username: "Ada", Rank: "Trooper", Points: 150}
	for _, change := range changes {
		change(&r)
	}
	return r
}

// snapshot is newReport after changes, received at noon.
func snapshot(t fataler, changes ...func(*domain.Report)) domain.Snapshot {
	t.Helper()
	return must(domain.NewSnapshot(newReport(t, changes...), noon))(t)
}

func trial(until time.Time) domain.Punishment {
	return domain.Punishment{Status: domain.PunishmentTrial, Until: until}
}

// wantFaults compares the fields of an error of KindInvalid.
func wantFaults(t *testing.T, err error, want ...domain.FieldError) {
	t.Helper()
	invalid, ok := errors.AsType[*domain.Error](err)
	if !ok {
		t.Fatalf("got the error %v, want an *Error", err)
	}
	if invalid.Kind != domain.KindInvalid {
		t.Errorf("got the kind %s, want invalid", invalid.Kind)
	}
	if diff := cmp.Diff(want, invalid.Fields); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// wantInvalid checks that an error is of KindInvalid and has that code.
func wantInvalid(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil {
		t.Fatalf("got no error, want %s", code)
	}
	if !errors.Is(err, &domain.Error{Kind: domain.KindInvalid, Code: code}) {
		t.Errorf("got %#v, want an invalid error with the code %s", err, code)
	}
}
