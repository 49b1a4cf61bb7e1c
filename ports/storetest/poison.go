package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// writerCall is one method of a Writer with arguments that it can serve.
type writerCall struct {
	name string
	do   func(ctx context.Context, w ports.Writer) error
}

// writerCalls returns every method of a Writer, about player 9.
func writerCalls() []writerCall {
	nine := []domain.UserID{user(9)}
	return []writerCall{
		{"LockStandings", func(ctx context.Context, w ports.Writer) error {
			_, err := w.LockStandings(ctx, nine)
			return err
		}},
		{"SaveStandings", func(ctx context.Context, w ports.Writer) error {
			return w.SaveStandings(ctx, placed(player(9)))
		}},
		{"AppendSnapshots", func(ctx context.Context, w ports.Writer) error {
			_, err := w.AppendSnapshots(ctx, []ports.SnapshotRecord{snapshotOf(9, 1)})
			return err
		}},
		{"Answers", func(ctx context.Context, w ports.Writer) error {
			_, err := w.Answers(ctx, []ports.RequestKey{{Principal: "arena", Key: "k"}})
			return err
		}},
		{"OpenDecisions", func(ctx context.Context, w ports.Writer) error {
			_, err := w.OpenDecisions(ctx, nine)
			return err
		}},
		{"DecisionsFrom", func(ctx context.Context, w ports.Writer) error {
			_, err := w.DecisionsFrom(ctx, user(9), decisionOf(9, 1, domain.StatusNone).ID, 5)
			return err
		}},
		{"AddDecisions", func(ctx context.Context, w ports.Writer) error {
			return w.AddDecisions(ctx, []ports.DecisionRecord{decisionOf(9, 9, domain.StatusNone)})
		}},
		{"MoveDecision", func(ctx context.Context, w ports.Writer) error {
			_, err := w.MoveDecision(ctx, decisionOf(9, 9, domain.StatusNone).ID, ports.Transition{Status: domain.StatusApplied, At: noon()})
			return err
		}},
		{"ReviveDecision", func(ctx context.Context, w ports.Writer) error {
			_, err := w.ReviveDecision(ctx, decisionOf(9, 9, domain.StatusNone).ID, ports.Transition{Status: domain.StatusApplied, At: noon()})
			return err
		}},
		{"KeepPolicy", func(ctx context.Context, w ports.Writer) error {
			return w.KeepPolicy(ctx, "revision of 9", "documents")
		}},
		{"AddSweep", func(ctx context.Context, w ports.Writer) error {
			_, _, err := w.AddSweep(ctx, sweepOf(9))
			return err
		}},
		{"LockSweep", func(ctx context.Context, w ports.Writer) error {
			_, _, err := w.LockSweep(ctx, sweepOf(9).ID)
			return err
		}},
		{"SaveSweep", func(ctx context.Context, w ports.Writer) error {
			_, err := w.SaveSweep(ctx, sweepOf(9))
			return err
		}},
		{"KeepDifferences", func(ctx context.Context, w ports.Writer) error {
			return w.KeepDifferences(ctx, sweepOf(9).ID, []ports.Difference{differenceOf(9, "x")})
		}},
		{"DropDifferences", func(ctx context.Context, w ports.Writer) error { return w.DropDifferences(ctx, sweepOf(9).ID) }},
		{"AddFindings", func(ctx context.Context, w ports.Writer) error {
			_, err := w.AddFindings(ctx, []ports.FindingRecord{findingOf(9, 9, 0)})
			return err
		}},
		{"LatestBound", func(ctx context.Context, w ports.Writer) error {
			_, err := w.LatestBound(ctx, user(9))
			return err
		}},
		{"SnapshotsFrom", func(ctx context.Context, w ports.Writer) error {
			_, err := w.SnapshotsFrom(ctx, user(9), 0, 5)
			return err
		}},
		{"DisregardSnapshots", func(ctx context.Context, w ports.Writer) error {
			return w.DisregardSnapshots(ctx, []int64{9}, sweepOf(9).ID)
		}},
		{"AddRewound", func(ctx context.Context, w ports.Writer) error {
			return w.AddRewound(ctx, sweepOf(9).ID, []ports.Rewound{{User: user(9), Outcome: ports.RewoundFound}})
		}},
		{"KeepRewound", func(ctx context.Context, w ports.Writer) error {
			return w.KeepRewound(ctx, sweepOf(9).ID, []ports.Rewound{{User: user(9), Outcome: ports.RewoundSame}})
		}},
		{"AddErasure", func(ctx context.Context, w ports.Writer) error {
			_, _, err := w.AddErasure(ctx, erasureOf(9))
			return err
		}},
		{"SaveErasure", func(ctx context.Context, w ports.Writer) error {
			_, err := w.SaveErasure(ctx, erasureOf(9))
			return err
		}},
		{"ErasuresOf", func(ctx context.Context, w ports.Writer) error {
			_, err := w.ErasuresOf(ctx, []string{erasureOf(9).Mark})
			return err
		}},
		{"EraseUser", func(ctx context.Context, w ports.Writer) error {
			_, err := w.EraseUser(ctx, user(9))
			return err
		}},
		{"LockAutomation", func(ctx context.Context, w ports.Writer) error {
			_, _, err := w.LockAutomation(ctx)
			return err
		}},
		{"SaveAutomation", func(ctx context.Context, w ports.Writer) error {
			return w.SaveAutomation(ctx, domain.Automation{Reason: "reason of 9"})
		}},
		{"CountPlayers", func(ctx context.Context, w ports.Writer) error {
			_, err := w.CountPlayers(ctx)
			return err
		}},
		{"Enqueue", func(ctx context.Context, w ports.Writer) error {
			return w.Enqueue(ctx, []ports.OutboxEntry{effectOf(domain.EffectMirror, 9)})
		}},
		{"Waiting", func(ctx context.Context, w ports.Writer) error {
			_, err := w.Waiting(ctx, user(9))
			return err
		}},
		{"Settle", func(ctx context.Context, w ports.Writer) error {
			lost := ports.Claim{ID: 1, Generation: 1, Attempt: 1, Entry: effectOf(domain.EffectMirror, 9), EnqueuedAt: noon()}
			_, err := w.Settle(ctx, ports.Settlement{Claim: lost})
			return err
		}},
	}
}

func poison(t *testing.T, h Harness) {
	t.Helper()

	t.Run("any call that fails poisons the unit even if fn returns nil", func(t *testing.T) {
		s := h.open(t)
		for _, call := range writerCalls() {
			err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
				if err := tracesOf(1).leave(ctx, w); err != nil {
					return err
				}
				ended, cancel := context.WithCancel(ctx)
				cancel()
				refused(t, call.name+" with a context that has ended", call.do(ended, w))
				return nil
			})
			refused(t, "Write of a unit whose "+call.name+" failed", err)
			same(t, "what is there after a failed "+call.name, tracesOf(1).found(t, s), []string{})
		}
		tracesOf(1).gone(t, s)
	})

	t.Run("what fn does after a failed call is not kept either", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 2)
		err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
			is(t, "SaveStandings", w.SaveStandings(ctx, placed(player(2))), domain.ErrConflict)
			_ = tracesOf(1).leave(ctx, w) // whether a poisoned unit says so again is its own affair
			return nil
		})
		is(t, "Write", err, domain.ErrConflict)
		unknown(t, s, 1)
	})

	t.Run("the first failure of several is the one that Write returns", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 2)
		err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
			is(t, "SaveStandings", w.SaveStandings(ctx, placed(player(2))), domain.ErrConflict)
			ended, cancel := context.WithCancel(ctx)
			cancel()
			_, _ = w.Waiting(ended, user(2))
			return nil
		})
		is(t, "Write", err, domain.ErrConflict)
	})

	t.Run("fn's own error goes before the failure that it follows", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 2)
		own := errors.New("the case gives up")
		err := s.Write(soon(t), func(ctx context.Context, w ports.Writer) error {
			is(t, "SaveStandings", w.SaveStandings(ctx, placed(player(2))), domain.ErrConflict)
			return own
		})
		is(t, "Write", err, own)
	})

	t.Run("what is left out, lost or closed already is an answer and poisons nothing", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1)
		r := keyed(snapshotOf(1, 5), "arena", "key")
		appendAll(t, s, r)
		locked(t, s, 1, func(ctx context.Context, w ports.Writer) error {
			if _, err := w.AppendSnapshots(ctx, []ports.SnapshotRecord{r}); err != nil {
				t.Errorf("AppendSnapshots of a duplicate: got error %v, want none", err)
			}
			if _, err := w.MoveDecision(ctx, decisionOf(1, 1, domain.StatusNone).ID, ports.Transition{Status: domain.StatusApplied, At: noon()}); err != nil {
				t.Errorf("MoveDecision of an unknown one: got error %v, want none", err)
			}
			lost := ports.Claim{ID: 1, Generation: 1, Attempt: 1, Entry: effectOf(domain.EffectMirror, 1), EnqueuedAt: time.Time{}}
			if _, err := w.Settle(ctx, ports.Settlement{Claim: lost}); err != nil {
				t.Errorf("Settle of a lost claim: got error %v, want none", err)
			}
			return w.SaveStandings(ctx, placed(player(2)))
		})
		standing(t, s, 2)
	})
}
