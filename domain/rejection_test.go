package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

func TestRejectingRemembersTheMoveUntilItsEnd(t *testing.T) {
	s := newStanding(t)
	first := domain.Decision{Action: domain.ActionPromote, From: "Captain", To: "Marshal", NeedsApproval: true}
	s = domain.Reject(s, first, noon.Add(time.Hour))
	second := domain.Decision{Action: domain.ActionBan, From: "Marshal", To: "Suspended", NeedsApproval: true}
	got := domain.Reject(s, second, noon.Add(day+7*time.Nanosecond).In(time.FixedZone("x", 3600)))
	want := s
	want.Rejected = domain.Rejection{Action: domain.ActionBan, From: "Marshal", To: "Suspended", Until: noon.Add(day)}
	if diff := cmp.Diff(want, got, same()); diff != "" {
		t.Errorf("the standing after the second refusal (-want +got):\n%s", diff)
	}
}

func TestARefusalOfNothingIsNone(t *testing.T) {
	s := newStanding(t)
	s.Rejected = domain.Rejection{From: "Captain", To: "Marshal", Until: noon}
	got, err := domain.RestoreStanding(s)
	if err != nil || got.Rejected != (domain.Rejection{}) {
		t.Errorf("got %+v and error %v, want no refusal and none", got.Rejected, err)
	}
}
