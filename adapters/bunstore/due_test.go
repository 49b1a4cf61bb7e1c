package bunstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestADecisionThatCannotBeReadKeepsNoOtherFromBeingListed(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			for n, status := range []string{"awaiting_approval", "awaiting_approval", "held", "held"} {
				execute(t, s, fmt.Sprintf(`INSERT INTO decisions (id, user_id, action, from_rank, to_rank, reason_code, status, input, checks, created_at)
					VALUES ('0000000%d', %d, 'PROMOTE', 'a', 'b', 'ELIGIBLE', '%s', '[1]', '[1]', '2026-01-02T00:00:00.000000Z')`, n+1, n+1, status))
			}
			due, err := s.DueApprovals(t.Context(), time.Hour, ports.Due{}, 9)
			if err != nil || len(due) != 2 || due[0].User != user(1) || due[1].Decision != "00000002" {
				t.Errorf("DueApprovals: got %+v and error %v, want both", due, err)
			}
			held, err := s.HeldPlayers(t.Context(), ports.Due{}, 9)
			if err != nil || len(held) != 2 || held[0].User != user(3) || held[1].Decision != "00000004" {
				t.Errorf("HeldPlayers: got %+v and error %v, want both", held, err)
			}
		})
	}
}

func TestAnEffectThatCannotBeReadHoldsUpNoOther(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			mirror := ports.OutboxEntry{Effect: domain.Effect{Kind: domain.EffectMirror, User: user(7)}}
			webhook := ports.OutboxEntry{Effect: domain.Effect{Kind: domain.EffectWebhook, User: user(7)}, Target: "b"}
			enqueue(t, s, mirror, webhook)
			execute(t, s, `INSERT INTO outbox (user_id, kind, wish, lane, effect) VALUES (8, 'mirror', 1, 0, '[1]')`,
				`INSERT INTO outbox (user_id, kind, target, sink, wish, effect) VALUES (8, 'webhook', 'x', 'a', 2, '[1]')`)
			claims, err := s.Claim(t.Context(), ports.AnyLane(10), time.Hour)
			if err == nil || len(claims) != 1 || claims[0].Entry.Effect != mirror.Effect {
				t.Errorf("Claim: got %+v and error %v, want the one that can be read, and the error of the other", claims, err)
			}
			if claims, err = s.ClaimWebhooks(t.Context(), nil, time.Hour); err == nil || len(claims) != 1 || claims[0].Entry.Target != "b" {
				t.Errorf("ClaimWebhooks: got %+v and error %v, want the one that can be read, and the error of the other", claims, err)
			}
		})
	}
}

func TestReportsThatAnotherProgramHoldsOnToHoldUpNoOther(t *testing.T) {
	for _, db := range databases() {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			s := db.open(t, db.fresh(t))
			execute(t, s, `CREATE TABLE clips (snapshot BIGINT REFERENCES player_snapshots (id))`)
			for n := range 6 {
				execute(t, s, fmt.Sprintf(`INSERT INTO player_snapshots (id, user_id, payload, source, created_at)
					VALUES (%d, 7, '{"userId":7,"username":"p"}', 'roblox', '2026-01-02T00:00:00.000000Z')`, n+1))
			}
			execute(t, s, `INSERT INTO clips VALUES (1)`)
			step := ports.PruneStep{Before: time.Now(), Limit: 2}
			pruned, err := s.PruneSnapshots(t.Context(), step)
			if err == nil || pruned != (ports.Pruned{Next: 2}) {
				t.Errorf("a step that cannot be removed: got %+v and error %v, want an error and the next step", pruned, err)
			}
			step.After = pruned.Next
			if pruned, err = s.PruneSnapshots(t.Context(), step); err != nil || pruned.Removed != 2 {
				t.Errorf("the step behind it: got %+v and error %v, want two removed", pruned, err)
			}
		})
	}
}
