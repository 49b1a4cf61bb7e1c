package domain_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

// wantWords checks that each value has its stable word, that Parse leads back, and that no other text is taken.
func wantWords[T interface {
	comparable
	fmt.Stringer
}](t *testing.T, parse func(string) (T, error), code string, words map[T]string, refused ...string) {
	t.Helper()
	for value, word := range words {
		if got := value.String(); got != word {
			t.Errorf("got the word %q, want %q", got, word)
		}
		if got, err := parse(word); err != nil || got != value {
			t.Errorf("parsing %q gives %q and the error %v, want the same value back", word, got, err)
		}
	}
	for _, text := range refused {
		got, err := parse(text)
		if got != *new(T) {
			t.Errorf("parsing %q gives %q besides the error, want the zero value", text, got)
		}
		wantInvalid(t, err, code)
	}
}

func TestActionsAreStableWords(t *testing.T) {
	wantWords(t, domain.ParseAction, "action_unknown", map[domain.Action]string{
		domain.ActionNone: "NONE", domain.ActionPromote: "PROMOTE", domain.ActionDemote: "DEMOTE",
		domain.ActionSuspend: "SUSPEND", domain.ActionBan: "BAN", domain.ActionRestore: "RESTORE",
	}, "", "none", "PROMOTE ", "KICK")
	if got := (domain.ActionRestore + 1).String(); got != "NONE" {
		t.Errorf("got %q for an action that does not exist, want NONE", got)
	}
}

func TestStatesOfAutomationAreStableWords(t *testing.T) {
	wantWords(t, domain.ParseAutomationState, "automation_state_unknown", map[domain.AutomationState]string{
		domain.AutomationRunning: "running", domain.AutomationPaused: "paused", domain.AutomationStopped: "stopped",
	}, "", "Running", "held")
}

func TestCriteriaAreStableWords(t *testing.T) {
	wantWords(t, domain.ParseCriterion, "criterion_unknown", map[domain.Criterion]string{
		domain.CriterionRankIgnored: "rank_ignored", domain.CriterionBan: "ban", domain.CriterionWarningsSevere: "warnings_severe",
		domain.CriterionReported: "punishment_reported", domain.CriterionSuspension: "suspension", domain.CriterionSettled: "settled",
		domain.CriterionWarningsTrial: "warnings_trial", domain.CriterionHold: "hold", domain.CriterionRankLocked: "rank_locked",
		domain.CriterionKeepPoints: "points_to_keep", domain.CriterionPoints: "points", domain.CriterionTenure: "tenure",
		domain.CriterionRungs: "rungs_today", domain.CriterionPrivileged: "privileged", domain.CriterionRejected: "rejected",
		domain.CriterionGrowth:    "points_growth",
		domain.CriterionNextMove:  "next_move",
		domain.CriterionOtherwise: "otherwise",
	}, "", "BAN", "warnings")
	for _, none := range []domain.Criterion{0, domain.CriterionOtherwise + 1} {
		if got := none.String(); got != "" {
			t.Errorf("got %q for the criterion %d that does not exist, want nothing", got, none)
		}
	}
}

func TestHoldModesAreStableWords(t *testing.T) {
	wantWords(t, domain.ParseHoldMode, "hold_unknown", map[domain.HoldMode]string{
		domain.HoldUnsaid: "", domain.HoldOn: "on", domain.HoldOff: "off",
	}, "On", "true", " ")
	if got := (domain.HoldOff + 1).String(); got != "" {
		t.Errorf("got %q for a mode that does not exist, want nothing", got)
	}
}

func TestEffectKindsAreStableWords(t *testing.T) {
	wantWords(t, domain.ParseEffectKind, "effect_unknown", map[domain.EffectKind]string{
		domain.EffectGroupRole: "group_role", domain.EffectRestriction: "restriction", domain.EffectObserve: "observe",
		domain.EffectMirror: "mirror", domain.EffectAnnounce: "announce", domain.EffectWebhook: "webhook",
		domain.EffectErase: "erase",
	}, "", "MIRROR", "role")
	for _, none := range []domain.EffectKind{0, domain.EffectErase + 1} {
		if got := none.String(); got != "" {
			t.Errorf("got %q for the kind %d that does not exist, want nothing", got, none)
		}
	}
}

func TestPrivilegedModesAreStableWords(t *testing.T) {
	wantWords(t, domain.ParsePrivilegedMode, "privileged_mode_unknown", map[domain.PrivilegedMode]string{
		domain.PrivilegedApproval: "approval", domain.PrivilegedAutomatic: "automatic", domain.PrivilegedNever: "never",
	}, "Approval", "always", " ")
	if got, err := domain.ParsePrivilegedMode(""); got != domain.PrivilegedApproval || err != nil {
		t.Errorf("got %s and the error %v for no text, want approval", got, err)
	}
}

func TestOutcomesOfComparisonsAreStableWords(t *testing.T) {
	wantWords(t, domain.ParseReconcileOutcome, "outcome_unknown", map[domain.ReconcileOutcome]string{
		domain.ReconcileSame: "same", domain.ReconcileMend: "mend", domain.ReconcileAdopt: "adopt", domain.ReconcileRestore: "restore",
		domain.ReconcilePunish: "punish", domain.ReconcileAbsent: "absent", domain.ReconcileLeave: "leave",
		domain.ReconcileUnmanaged: "unmanaged",
	}, "", "Same", "drift")
}

func TestPunishmentStatusesAreTheWordsOfGames(t *testing.T) {
	wantWords(t, domain.ParsePunishmentStatus, "punishment_unknown", map[domain.PunishmentStatus]string{
		domain.PunishmentNone: "", domain.PunishmentTrial: "Trial_Punishment", domain.PunishmentSevere: "Punishment_Severe",
	}, "Trial", "Punishment", " ", "null", "Severe_Punishment")
	for text, want := range map[string]domain.PunishmentStatus{
		"none": domain.PunishmentNone, "NONE": domain.PunishmentNone,
		"trial_punishment": domain.PunishmentTrial, "PUNISHMENT_SEVERE": domain.PunishmentSevere,
	} {
		if got, err := domain.ParsePunishmentStatus(text); got != want || err != nil {
			t.Errorf("got %q and the error %v for %q, want %q whatever the case", got, err, text, want)
		}
	}
	if got := (domain.PunishmentSevere + 1).String(); got != "" {
		t.Errorf("got %q for a status that does not exist, want nothing", got)
	}
}

func TestOutcomesAndKindsAreStableWords(t *testing.T) {
	got := map[string][]string{
		"fold": {domain.FoldFirst.String(), domain.FoldUpdated.String(), domain.FoldStale.String()},
		"kind": {
			domain.KindInternal.String(), domain.KindInvalid.String(), domain.KindNotFound.String(), domain.KindConflict.String(),
			domain.KindDenied.String(), domain.KindBlocked.String(), domain.KindExhausted.String(), domain.KindUnavailable.String(),
			(domain.KindUnavailable + 1).String(),
		},
	}
	want := map[string][]string{
		"fold": {"first", "updated", "stale"},
		"kind": {
			"internal", "invalid", "not_found", "conflict", "denied", "blocked", "exhausted", "unavailable",
			"internal",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}

func TestGraverPunishmentsAreGreater(t *testing.T) {
	if domain.PunishmentNone >= domain.PunishmentTrial || domain.PunishmentTrial >= domain.PunishmentSevere {
		t.Error("the statuses are not ordered by gravity")
	}
}
