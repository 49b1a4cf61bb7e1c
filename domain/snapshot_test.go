package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func TestNewSnapshotNamesEveryWrongField(t *testing.T) {
	const (
		count = "must be 0 … 2147483647"
		id    = "must be 1 … 9007199254740991"
		short = "must be 1 to 64 characters long"
		long  = "must be at most 128 characters long"
	)
	tests := []struct {
		name   string
		change func(*domain.Report)
		want   []domain.FieldError // none: accepted
	}{
		{"an ordinary report", nil, nil},
		{
			"no user", func(r *domain.Report) { r.UserID = domain.UserID{} },
			[]domain.FieldError{{Field: "userId", Message: "is required"}},
		},
		{
			"no username", func(r *domain.Report) { r.Username = "" },
			[]domain.FieldError{{Field: "username", Message: short}},
		},
		{
			"a username that is too long", func(r *domain.Report) { r.Username = strings.Repeat("x", 65) },
			[]domain.FieldError{{Field: "username", Message: short}},
		},
		{
			"a display name that is too long", func(r *domain.Report) { r.DisplayName = strings.Repeat("x", 65) },
			[]domain.FieldError{{Field: "displayName", Message: short}},
		},
		{
			"a rank that is too long", func(r *domain.Report) { r.Rank = strings.Repeat("x", 65) },
			[]domain.FieldError{{Field: "rank", Message: short}},
		},
		{"no display name and no rank", func(r *domain.Report) { r.DisplayName, r.Rank = "", "" }, nil},
		{
			"negative counters", func(r *domain.Report) {
				r.Points, r.Kos, r.Wos, r.Warnings, r.Recommendations = -1, -1, -1, domain.CountOf(-1), domain.CountOf(-1)
			},
			[]domain.FieldError{
				{Field: "rankPoints", Message: count},
				{Field: "kos", Message: count},
				{Field: "wos", Message: count},
				{Field: "warnings", Message: count},
				{Field: "recommendations", Message: count},
			},
		},
		{
			"counters above the largest", func(r *domain.Report) {
				r.Points, r.Kos, r.Wos, r.Warnings, r.Recommendations = 1<<31, 1<<31, 1<<31, domain.CountOf(1<<31), domain.CountOf(1<<31)
			},
			[]domain.FieldError{
				{Field: "rankPoints", Message: count},
				{Field: "kos", Message: count},
				{Field: "wos", Message: count},
				{Field: "warnings", Message: count},
				{Field: "recommendations", Message: count},
			},
		},
		{"the largest counters", func(r *domain.Report) {
			const largest = 1<<31 - 1
			r.Points, r.Kos, r.Wos, r.Warnings, r.Recommendations = largest, largest, largest, domain.CountOf(largest), domain.CountOf(largest)
		}, nil},
		{"a severe punishment", func(r *domain.Report) { r.Punishment = domain.PunishmentSevere }, nil},
		{
			"a punishment status that does not exist", func(r *domain.Report) { r.Punishment = domain.PunishmentSevere + 1 },
			[]domain.FieldError{{Field: "punishmentStatus", Message: `must be null, "Trial_Punishment" or "Punishment_Severe"`}},
		},
		{
			"a negative place", func(r *domain.Report) { r.Experience.PlaceID = -1 },
			[]domain.FieldError{{Field: "experience.placeId", Message: id}},
		},
		{
			"a place that Luau cannot carry", func(r *domain.Report) { r.Experience.PlaceID = 1 << 53 },
			[]domain.FieldError{{Field: "experience.placeId", Message: id}},
		},
		{"the largest place and group", func(r *domain.Report) { r.Experience.PlaceID, r.GroupID = domain.MaxID, domain.MaxID }, nil},
		{
			"a negative group", func(r *domain.Report) { r.GroupID = -1 },
			[]domain.FieldError{{Field: "groupId", Message: id}},
		},
		{
			"a group that Luau cannot carry", func(r *domain.Report) { r.GroupID = 1 << 53 },
			[]domain.FieldError{{Field: "groupId", Message: id}},
		},
		{
			"a server and a key that are too long", func(r *domain.Report) {
				r.Experience.Server, r.Experience.Key = strings.Repeat("s", 129), strings.Repeat("k", 129)
			},
			[]domain.FieldError{{Field: "experience.server", Message: long}, {Field: "experience.experienceKey", Message: long}},
		},
		{"a server and a key of full length", func(r *domain.Report) {
			r.Experience.Server, r.Experience.Key = strings.Repeat("s", 128), strings.Repeat("ü", 128)
		}, nil},
		{"metadata of full length", func(r *domain.Report) { r.Metadata = strings.Repeat("x", 16384) }, nil},
		{
			"metadata that is too long", func(r *domain.Report) { r.Metadata = strings.Repeat("x", 16385) },
			[]domain.FieldError{{Field: "metadata", Message: "must be at most 16384 bytes of JSON"}},
		},
		{"observed long ago", func(r *domain.Report) { r.ObservedAt = noon.Add(-1000 * day) }, nil},
		{"observed five minutes ahead", func(r *domain.Report) { r.ObservedAt = noon.Add(5 * time.Minute) }, nil},
		{
			"observed a microsecond further ahead", func(r *domain.Report) { r.ObservedAt = noon.Add(5*time.Minute + time.Microsecond) },
			[]domain.FieldError{{
				Field:   "observedAt",
				Message: "lies more than 5 minutes ahead of the service's clock (2026-03-01T12:00:00Z); check the sender's clock",
			}},
		},
		{
			"several faults, in the order of the fields", func(r *domain.Report) {
				r.UserID, r.Username, r.Kos, r.Metadata = domain.UserID{}, " x", -1, strings.Repeat("x", 16385)
				r.ObservedAt = noon.Add(day)
			},
			[]domain.FieldError{
				{Field: "userId", Message: "is required"},
				{Field: "username", Message: "must not begin or end with a space"},
				{Field: "kos", Message: count},
				{Field: "metadata", Message: "must be at most 16384 bytes of JSON"},
				{
					Field:   "observedAt",
					Message: "lies more than 5 minutes ahead of the service's clock (2026-03-01T12:00:00Z); check the sender's clock",
				},
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := domain.NewSnapshot(newReport(t, func(r *domain.Report) { change(test.change, r) }), noon)
			if test.want == nil {
				if err != nil {
					t.Errorf("got the error %v, want none", err)
				}
				return
			}
			wantInvalid(t, err, "snapshot_invalid")
			wantFaults(t, err, test.want...)
			if got != (domain.Snapshot{}) {
				t.Errorf("got the snapshot %+v besides the error, want the zero Snapshot", got)
			}
		})
	}
}

func TestASnapshotAnswersWhatWasReported(t *testing.T) {
	odd := time.FixedZone("", 3600)
	report := newReport(t, func(r *domain.Report) {
		r.ObservedAt = noon.Add(1999 * time.Nanosecond).In(odd)
		r.Punishment, r.PunishmentUntil = domain.PunishmentTrial, noon.Add(2999*time.Nanosecond).In(odd)
	})
	want := report
	want.ObservedAt, want.PunishmentUntil = noon.Add(time.Microsecond), noon.Add(2*time.Microsecond)

	accept := must(domain.NewSnapshot(report, noon.Add(3999*time.Nanosecond).In(odd)))(t)
	restored := must(domain.RestoreSnapshot(report, noon.Add(3999*time.Nanosecond).In(odd)))(t)

	if accept != restored {
		t.Errorf("restoring gives another snapshot than accepting (-accepted +restored):\n%s", cmp.Diff(accept, restored, same()))
	}
	if got := accept.Report(); got != want {
		t.Errorf("report (-want +got):\n%s", cmp.Diff(want, got, same()))
	}
	if got := accept.UserID(); got != report.UserID {
		t.Errorf("got the user %s, want %s", got, report.UserID)
	}
	if got, want := accept.Received(), noon.Add(3*time.Microsecond); got != want {
		t.Errorf("got received %#v, want %#v", got, want)
	}
	if got, want := accept.At(), noon.Add(time.Microsecond); got != want {
		t.Errorf("got the instant %#v, want when it was observed: %#v", got, want)
	}
}

func TestASnapshotWithoutAnInstantCountsFromItsArrival(t *testing.T) {
	s := snapshot(t)
	if got := s.At(); got != noon {
		t.Errorf("got %s, want %s", got, noon)
	}
	if got := s.Report(); !got.ObservedAt.IsZero() || !got.PunishmentUntil.IsZero() {
		t.Errorf("got observed %s and until %s, want what was left out to stay left out", got.ObservedAt, got.PunishmentUntil)
	}
}

func TestRestoreSnapshotDoesNotJudgeHistory(t *testing.T) {
	old := domain.Report{UserID: userID(t, 1), Points: -7, ObservedAt: noon.Add(1000 * day)}
	if _, err := domain.RestoreSnapshot(old, noon); err != nil {
		t.Errorf("a report that would be refused today does not load: %v", err)
	}
	_, err := domain.RestoreSnapshot(domain.Report{Username: "Ada"}, noon)
	wantInvalid(t, err, "snapshot_invalid")
}

func TestACountKnowsWhetherItWasReported(t *testing.T) {
	tests := []struct {
		name     string
		count    domain.Count
		or       int64
		n        int64
		reported bool
	}{
		{"left out", domain.Count{}, 9, 0, false},
		{"reported as nothing", domain.CountOf(0), 0, 0, true},
		{"reported as three", domain.CountOf(3), 3, 3, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.count.Or(9); got != test.or {
				t.Errorf("got %d or else 9, want %d", got, test.or)
			}
			if n, reported := test.count.Get(); n != test.n || reported != test.reported {
				t.Errorf("got %d, %t, want %d, %t", n, reported, test.n, test.reported)
			}
		})
	}
}
