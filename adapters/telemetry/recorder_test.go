package telemetry_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/grps/grps/adapters/telemetry"
	"github.com/grps/grps/adapters/telemetry/logtest"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// bench is a recorder whose lines and series can be looked at.
type bench struct {
	recorder *telemetry.Recorder
	lines    *observer.ObservedLogs
	registry *prometheus.Registry
}

func newBench(level zapcore.Level) *bench {
	logger, lines := logtest.Logger(level)
	registry := prometheus.NewRegistry()
	return &bench{telemetry.New(logger, registry), lines, registry}
}

func user(t *testing.T) domain.UserID {
	t.Helper()
	id, err := domain.NewUserID(7)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func decision(t *testing.T, apply bool) ports.DecisionRecord {
	t.Helper()
	return ports.DecisionRecord{
		ID: "id", UserID: user(t), Status: domain.StatusPending, Apply: apply, Principal: "game", RequestID: "request",
		Input:    domain.Standing{Username: "canary-name"},
		Decision: domain.Decision{Action: domain.ActionPromote, From: "Low", To: "High", Reason: domain.ReasonEligible, Revision: "abc"},
	}
}

func TestADecisionThatIsCarriedOutIsOneLine(t *testing.T) {
	b := newBench(zap.InfoLevel)
	b.recorder.Record(t.Context(), ports.DecisionEvent{Decision: decision(t, true)})
	b.recorder.Record(t.Context(), ports.DecisionEvent{Decision: decision(t, false)}) // advice is for debugging
	want := []map[string]any{{
		"request_id": "request", "principal": "game", "user_id": int64(7), "decision": "id", "action": "PROMOTE",
		"from_rank": "Low", "to_rank": "High", "reason": "ELIGIBLE", "status": "pending", "policy": "abc", "origin": "rules",
	}}
	if diff := cmp.Diff(want, fields(b)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestAHoldIsALineAndADecisionToDoNothingIsNone(t *testing.T) {
	b := newBench(zap.InfoLevel)
	held := decision(t, true)
	held.Origin, held.Actor, held.Status = domain.OriginManual, user(t), domain.StatusApplied
	held.Decision = domain.Decision{From: "Low", To: "Low", Reason: domain.ReasonManual, Revision: "abc", Hold: domain.HoldOn}
	b.recorder.Record(t.Context(), ports.DecisionEvent{Decision: held})
	nothing := decision(t, true)
	nothing.Decision.Action = domain.ActionNone
	b.recorder.Record(t.Context(), ports.DecisionEvent{Decision: nothing})
	want := []map[string]any{{
		"request_id": "request", "principal": "game", "actor_user_id": int64(7), "user_id": int64(7), "decision": "id", "action": "NONE",
		"from_rank": "Low", "to_rank": "Low", "reason": "MANUAL", "status": "applied", "policy": "abc", "origin": "manual", "hold": "on",
	}}
	if diff := cmp.Diff(want, fields(b)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestAnEffectThatFailsIsAWarningWithItsReason(t *testing.T) {
	b := newBench(zap.InfoLevel)
	b.recorder.Record(t.Context(), ports.EffectEvent{
		Claim: ports.Claim{Attempt: 3, Entry: ports.OutboxEntry{
			Effect: domain.Effect{Kind: domain.EffectGroupRole, User: user(t)}, DecisionID: "id",
		}},
		Result: ports.SettleRetry, After: 2 * time.Second, Reason: "down: no answer", Took: 1500 * time.Microsecond,
		Err: &domain.Error{Kind: domain.KindUnavailable, Message: "no answer"},
	})
	want := []map[string]any{{
		"user_id": int64(7), "decision": "id", "effect": "group_role", "result": "retry", "attempt": int64(3), "duration_ms": 1.5,
		"reason": "down: no answer", "retry_ms": 2000.0, "error_kind": "unavailable", "error": "no answer",
	}}
	if diff := cmp.Diff(want, fields(b)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if level := b.lines.All()[0].Level; level != zap.WarnLevel {
		t.Errorf("level %s, want warn", level)
	}
}

func TestAnAlertThatAWebhookTookNamesTheWebhookAndNoPlayer(t *testing.T) {
	b := newBench(zap.InfoLevel)
	b.recorder.Record(t.Context(), ports.EffectEvent{
		Claim: ports.Claim{Attempt: 1, Entry: ports.OutboxEntry{
			Effect: domain.Effect{Kind: domain.EffectWebhook, Alert: domain.NewAlert("id", domain.AlertPaused, "canary")}, Target: "staff",
		}},
		Took: 1500 * time.Microsecond,
	})
	want := []map[string]any{{
		"decision": "", "effect": "webhook", "result": "delivered", "target": "staff", "attempt": int64(1), "duration_ms": 1.5,
	}}
	if diff := cmp.Diff(want, fields(b)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestAFindingIsAWarning(t *testing.T) {
	b := newBench(zap.WarnLevel)
	b.recorder.Record(t.Context(), ports.FindingEvent{Finding: ports.FindingRecord{
		UserID: user(t), Principal: "game", SnapshotID: 9, Experience: domain.Experience{Key: "arena"},
		Finding: domain.Finding{Kind: domain.FindingGrowth, After: 400, Window: 24 * time.Hour, Cap: 200, Growth: 350},
	}})
	want := []map[string]any{{
		"user_id": int64(7), "kind": "points_growth", "reason": "grew by 350 points in 24 hours, the policy allows 200", "principal": "game",
		"experience": "arena", "snapshot": int64(9),
	}}
	if diff := cmp.Diff(want, fields(b)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestEverythingIsCountedAndNoPlayerIsALabel(t *testing.T) {
	b := newBench(zap.DebugLevel)
	effect := ports.OutboxEntry{Effect: domain.Effect{Kind: domain.EffectMirror, User: user(t)}}
	for _, event := range []ports.Event{
		ports.IngestEvent{User: user(t), Outcome: domain.FoldFirst, Took: time.Millisecond},
		ports.IngestEvent{User: user(t), Err: errors.New("no")},
		ports.IngestEvent{User: user(t), Replayed: true},
		ports.DecisionEvent{Decision: decision(t, true)},
		ports.EffectEvent{Claim: ports.Claim{Entry: effect}, Result: ports.SettleDelivered},
		ports.EffectEvent{Claim: ports.Claim{Entry: effect}, Result: ports.SettleDead, Reason: "refused"},
		ports.LookEvent{User: user(t), Cause: "recheck", Outcome: domain.ReconcileMend},
		ports.CallEvent{Call: "assign roles", Took: time.Millisecond, Status: 200, Left: 299},
		ports.CallEvent{Call: "assign roles", Status: 429, Left: 298, Err: &domain.Error{Kind: domain.KindExhausted}},
		ports.DispatchEvent{Doing: "claim effects", Err: domain.ErrClosed},
		ports.FindingEvent{Finding: ports.FindingRecord{UserID: user(t), Finding: domain.Finding{Kind: domain.FindingFell}}},
		ports.DenialEvent{Key: "canary-name", Reason: "scope"},
		ports.UnitEvent{Reports: 3, Took: time.Millisecond},
		ports.UnitEvent{Reports: 1, Err: &domain.Error{Kind: domain.KindUnavailable}},
		ports.PolicyEvent{Revision: "b", Previous: "a"},
		ports.PolicyEvent{Revision: "b", Previous: "b", Err: &domain.Error{Kind: domain.KindInvalid}},
		ports.PolicyEvent{Revision: "b", Previous: "b"},
		ports.ReadinessGauge{Readiness: ports.Readiness{
			Ready: true, Policy: ports.PartState{Status: ports.PartWarn}, OpenCloud: ports.PartState{Status: ports.PartFail},
			Depths: []ports.KindDepth{{Kind: domain.EffectMirror, Waiting: 5, Dead: 2, Oldest: 90 * time.Second}},
		}},
		ports.AutomationEvent{Automation: domain.Automation{State: domain.AutomationPaused}},
		ports.AutomationGauge{State: domain.AutomationRunning, Held: 7},
		ports.AutomationGauge{State: domain.AutomationPaused, Held: 3},
		ports.SweepEvent{Sweep: ports.Sweep{Kind: ports.SweepReview, State: ports.SweepRunning}, Step: ports.SweepBegun},
		ports.SweepEvent{Sweep: ports.Sweep{Kind: ports.SweepReview, State: ports.SweepDone}, Step: ports.SweepLeft},
	} {
		b.recorder.Record(t.Context(), event)
	}
	want := []string{
		`grps_automation{state="paused"} 1`,
		`grps_automation{state="running"} 0`,
		`grps_automation{state="stopped"} 0`,
		`grps_automation_changes_total{state="paused"} 1`,
		`grps_decisions_held{} 3`,
		`grps_decisions_total{action="PROMOTE",reason="ELIGIBLE",status="pending"} 1`,
		`grps_denials_total{reason="scope"} 1`,
		`grps_dispatch_faults_total{kind="unavailable"} 1`,
		`grps_effect_seconds{effect="mirror"} 2`,
		`grps_effects_total{effect="mirror",result="dead"} 1`,
		`grps_effects_total{effect="mirror",result="delivered"} 1`,
		`grps_findings_total{kind="points_fell"} 1`,
		`grps_looks_total{cause="recheck",outcome="mend"} 1`,
		`grps_outbox_dead{effect="mirror"} 2`,
		`grps_outbox_oldest_seconds{effect="mirror"} 90`,
		`grps_outbox_waiting{effect="mirror"} 5`,
		`grps_part_status{part="open_cloud"} 2`,
		`grps_part_status{part="outbox"} 0`,
		`grps_part_status{part="policy"} 1`,
		`grps_part_status{part="service"} 0`,
		`grps_part_status{part="store"} 0`,
		`grps_policy_loads_total{outcome="refused"} 1`,
		`grps_policy_loads_total{outcome="unchanged"} 1`,
		`grps_policy_loads_total{outcome="used"} 1`,
		`grps_ready{} 1`,
		`grps_report_seconds{} 3`,
		`grps_reports_total{outcome="first"} 1`,
		`grps_reports_total{outcome="refused"} 1`,
		`grps_reports_total{outcome="replayed"} 1`,
		`grps_roblox_call_seconds{call="assign_roles"} 2`,
		`grps_roblox_calls_left{call="assign_roles"} 298`,
		`grps_roblox_calls_total{call="assign_roles",outcome="done",status="200"} 1`,
		`grps_roblox_calls_total{call="assign_roles",outcome="exhausted",status="429"} 1`,
		`grps_sweeps_total{kind="review",state="done"} 1`,
		`grps_unit_reports{} 2`,
		`grps_unit_seconds{} 2`,
		`grps_units_total{outcome="committed"} 1`,
		`grps_units_total{outcome="unavailable"} 1`,
	}
	if diff := cmp.Diff(want, series(t, b.registry)); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
	for _, line := range b.lines.All() {
		for _, field := range line.Context {
			if strings.Contains(field.String, "canary") {
				t.Errorf("the line %q holds a name in %s", line.Message, field.Key)
			}
		}
	}
}

func TestASweepIsALineWhenItIsBegunAndWhenItIsLeft(t *testing.T) {
	b := newBench(zap.InfoLevel)
	s := ports.Sweep{
		ID: "id", Kind: ports.SweepReview, State: ports.SweepRunning, Phase: ports.PhaseEvaluate, Principal: "admin", Actor: user(t),
		RequestID: "request", Revision: "abc", Override: "canary-words", Total: 9,
	}
	b.recorder.Record(t.Context(), ports.SweepEvent{Sweep: s, Step: ports.SweepBegun})
	s.Scanned = 5
	b.recorder.Record(t.Context(), ports.SweepEvent{Sweep: s, Step: ports.SweepPaged, Took: time.Second}) // for debugging
	s.State, s.Scanned, s.Found = ports.SweepStopped, 9, ports.Tally{"demote": 9}
	b.recorder.Record(t.Context(), ports.SweepEvent{Sweep: s, Step: ports.SweepLeft, Took: 2 * time.Second})
	line := func(step, status string, scanned int64, took float64) map[string]any {
		return map[string]any{
			"sweep": "id", "kind": "review", "step": step, "status": status, "phase": "evaluate", "scanned": scanned, "total": int64(9),
			"request_id": "request", "principal": "admin", "actor_user_id": int64(7), "policy": "abc", "duration_ms": took,
		}
	}
	want := []map[string]any{line("begun", "running", 0, 0), line("left", "stopped", 9, 2000)}
	want[1]["found"] = map[string]any{"demote": int64(9)}
	if diff := cmp.Diff(want, fields(b)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if level := b.lines.All()[1].Level; level != zap.WarnLevel {
		t.Errorf("level %s of a review that stopped, want warn", level)
	}
}

func TestEveryChangeOfAutomationIsALineWithoutTheWordsOfPeople(t *testing.T) {
	b := newBench(zap.InfoLevel)
	for _, a := range []domain.Automation{
		{State: domain.AutomationPaused, Reason: "more than 2 moves in an hour"},
		{State: domain.AutomationStopped, Reason: "canary-words", Principal: "admin", Actor: user(t)},
		{Reason: "canary-words", Principal: "admin"},
	} {
		b.recorder.Record(t.Context(), ports.AutomationEvent{Automation: a})
	}
	want := []map[string]any{
		{"status": "paused", "reason": "more than 2 moves in an hour", "principal": ""},
		{"status": "stopped", "principal": "admin", "actor_user_id": int64(7)},
		{"status": "running", "principal": "admin"},
	}
	if diff := cmp.Diff(want, fields(b)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	for i, want := range []zapcore.Level{zap.WarnLevel, zap.WarnLevel, zap.InfoLevel} {
		if got := b.lines.All()[i].Level; got != want {
			t.Errorf("line %d: level %s, want %s", i+1, got, want)
		}
	}
}

func fields(b *bench) []map[string]any {
	var lines []map[string]any
	for _, line := range b.lines.All() {
		lines = append(lines, line.ContextMap())
	}
	return lines
}

// series returns each series as text: its value, or for a histogram how often it was observed.
func series(t *testing.T, registry *prometheus.Registry) []string {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			var labels []string
			for _, label := range metric.GetLabel() {
				labels = append(labels, label.GetName()+`="`+label.GetValue()+`"`)
			}
			value := metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
			lines = append(lines, family.GetName()+"{"+strings.Join(labels, ",")+"} "+formatted(value))
		}
	}
	return lines
}

func formatted(value float64) string {
	return strconv.FormatFloat(value, 'f', -1, 64)
}
