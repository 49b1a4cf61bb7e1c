package filepolicy_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/grps/grps/adapters/filepolicy"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/policy"
)

func TestTheShippedPolicyIsMadeAgainFromItsText(t *testing.T) {
	p, err := filepolicy.Load(policy.Documents())
	if err != nil {
		t.Fatal(err)
	}
	for _, original := range []domain.Policy{p, load(t, fullPolicy()), load(t, with(nil))} {
		wantSamePolicy(t, original, parsed(t, original.Documents()))
	}
}

// A policy that was read, written down and read again is the same in everything that can be asked of it, and decides the same.
func TestAPolicyMadeFromItsTextDecidesTheSame(t *testing.T) {
	loader := filepolicy.Loader()
	rapid.Check(t, func(t *rapid.T) {
		original, err := loader(drawDocuments(t).files())
		if err != nil {
			t.Fatalf("the documents drawn: got error %v, want a policy", err)
		}
		again := parsed(t, original.Documents())
		wantSamePolicy(t, original, again)
		for range 5 {
			standing := drawStanding(t, original.Ladder())
			if got, want := domain.Evaluate(again, standing, evaluated), domain.Evaluate(original, standing, evaluated); got != want {
				t.Fatalf("decision about %+v:\ngot  %+v\nwant %+v", standing, got, want)
			}
		}
	})
}

func TestATextIsTakenAsAPolicyWritesItOrNotAtAll(t *testing.T) {
	text := load(t, fullPolicy()).Documents()
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	refuse := func(name, changed string) {
		t.Helper()
		if changed == text {
			t.Fatalf("%s: the text was not changed", name)
		}
		_, err := filepolicy.Parse(changed)
		e, ok := errors.AsType[*domain.Error](err)
		if !ok || e.Kind != domain.KindInvalid || e.Code != "policy_text_invalid" {
			t.Errorf("%s: got error %v, want one of code policy_text_invalid", name, err)
		}
	}
	for i, line := range lines {
		refuse("without "+line, strings.Join(slices.Delete(slices.Clone(lines), i, i+1), ""))
		refuse("twice "+line, strings.Join(slices.Insert(slices.Clone(lines), i, line), ""))
		if i > 0 {
			swapped := slices.Clone(lines)
			swapped[i-1], swapped[i] = swapped[i], swapped[i-1]
			refuse("the line before after "+line, strings.Join(swapped, ""))
		}
		refuse("a value more in "+line, strings.Replace(text, line, strings.TrimSuffix(line, "\n")+" 1\n", 1))
		refuse("a space more in "+line, strings.Replace(text, line, strings.TrimSuffix(line, "\n")+" \n", 1))
	}
	for _, c := range []struct{ name, old, replacement string }{
		{"an older form", "grps policy 2", "grps policy 1"},
		{"a word nobody knows", "drift", "colour"},
		{"a mode nobody knows", "approval", "maybe"},
		{"a mode left out", "privileged approval", "privileged "},
		{"a number with a sign", " 400 ", " +400 "},
		{"a number with zeroes", " 400 ", " 0400 "},
		{"a number too large", " 400 ", " 99999999999999999999 "},
		{"a negative number", " 400 ", " -400 "},
		{"no number", " 400 ", " four "},
		{"a number out of bounds", "punishments 4 7 14", "punishments 4 7 36501"},
		{"thresholds that contradict", "punishments 4 7", "punishments 7 7"},
		{"a truth value in another form", " true ", " T "},
		{"a quote missing", `"Recruit"`, `"Recruit`},
		{"no quotes", `"Recruit"`, `Recruit`},
		{"other quotes", `"Recruit"`, "`Recruit`"},
		{"a letter not escaped", `\u00c9`, "É"},
		{"an escape for no reason", `"Recruit"`, `"\u0052ecruit"`},
		{"text behind the quotes", `"Recruit" `, `"Recruit"x `},
		{"a role too large", " 12\n", " 9007199254740992\n"},
		{"a negative role", " 12\n", " -12\n"},
		{"a number that is none", " 0.5\n", " NaN\n"},
		{"a number without an end", " 0.5\n", " +Inf\n"},
		{"a fraction in another form", " 0.5\n", " 5e-1\n"},
		{"a permission for nobody", `permission "Guest"`, `permission "Admiral"`},
		{"a guest who is not ignored", "false false false false true false\n", "false false false false false false\n"},
		{"no last line end", "true false\n", "true false"},
		{"other line ends", "\n", "\r\n"},
	} {
		if !strings.Contains(text, c.old) {
			t.Fatalf("%s: the text does not hold %q:\n%s", c.name, c.old, text)
		}
		changed := strings.ReplaceAll(text, c.old, c.replacement)
		if c.name == "no last line end" {
			changed = strings.TrimSuffix(text, "\n")
		}
		refuse(c.name, changed)
	}
	for _, garbage := range []string{"", "\n", "grps policy 2", "grps policy 2\n", "grps policy 2\n\n", "{}", "\x00", strings.Repeat("rank ", 1000)} {
		refuse("garbage", garbage)
	}
}

func TestAnotherRuleInATextIsAnotherRevision(t *testing.T) {
	text := load(t, fullPolicy()).Documents()
	changed := strings.Replace(text, " 400 2 ", " 401 2 ", 1)
	p := parsed(t, changed)
	sum := sha256.Sum256([]byte(changed))
	if got, want := p.Revision(), hex.EncodeToString(sum[:]); got != want {
		t.Errorf("revision: got %s, want %s, the SHA-256 of the text", got, want)
	}
	if rung, _ := p.Ladder().Rung("Éclaireur"); rung.MinPoints != 401 {
		t.Errorf("the rung changed: got %+v, want 401 points", rung)
	}
}

// failer is what *testing.T and *rapid.T have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func parsed(t failer, documents string) domain.Policy {
	t.Helper()
	p, err := filepolicy.Parse(documents)
	if err != nil {
		t.Fatalf("Parse: got error %v, want none, of\n%s", err, documents)
	}
	return p
}

// wantSamePolicy fails the test unless everything that can be asked of the policies is the same.
func wantSamePolicy(t failer, want, got domain.Policy) {
	t.Helper()
	type asked struct {
		Revision, Documents string
		Ranks               []string
		Punishments         domain.Punishments
		Caps                domain.Caps
		Privileged          domain.PrivilegedMode
		Drift               domain.DriftMode
		Limits              domain.Limits
		Permissions         []domain.Permission
	}
	ask := func(p domain.Policy) asked {
		a := asked{
			Revision: p.Revision(), Documents: p.Documents(), Punishments: p.Punishments(), Caps: p.Caps(), Privileged: p.Privileged(),
			Drift: p.Drift(), Limits: p.Limits(), Permissions: []domain.Permission{p.Permission(domain.GuestRank), p.Permission("nobody")},
		}
		for r := range p.Ladder().Managed() {
			text, err := json.Marshal([]any{r.Name, r.MinPoints, r.MinTimeDays, r.Level, r.Privileged, r.Punishment, r.Role.Int64()})
			if err != nil {
				t.Fatalf("%v", err)
			}
			previous, _ := p.Ladder().Previous(r.Name)
			a.Ranks, a.Permissions = append(a.Ranks, string(text)+" above "+previous.Name), append(a.Permissions, p.Permission(r.Name))
		}
		return a
	}
	if diff := cmp.Diff(ask(want), ask(got)); diff != "" {
		t.Fatalf("the policy made again (-want +got):\n%s", diff)
	}
}

var evaluated = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// drawDocuments draws documents of any policy, often with what is left out, in names of any letters.
func drawDocuments(t *rapid.T) documents {
	name := rapid.StringMatching(`[A-Za-zÉß漢"\\'#][ A-Za-zé漢𝕾"\\'#~/]{0,6}[A-Za-z漢"\\]`)
	names := rapid.SliceOfNDistinct(name, 1, 9, func(s string) string { return s }).Draw(t, "names")
	level := rapid.SampledFrom([]string{"PUN", "ENL", "CMD", "a \"b\" \\"})
	flag := func(label string) bool { return rapid.Bool().Draw(t, label) }
	var ranks []map[string]any
	roles := map[string]any{"Guest": map[string]any{"canEarn": flag("guest")}}
	for i, name := range names {
		rank := map[string]any{"name": name, "minPoints": rapid.Int64Range(0, 30).Draw(t, "minPoints")}
		if i == 0 {
			rank["minPoints"] = 0
		}
		if i == 1 && flag("suspension rank") {
			rank["isPunishment"] = true
		}
		if flag("more") {
			rank["minTimeDays"], rank["level"] = rapid.Int64Range(0, 4).Draw(t, "days"), level.Draw(t, "level")
			rank["privileged"], rank["roleId"] = flag("privileged"), 100+i
		}
		if flag("permitted") {
			roles[name] = map[string]any{
				"level": level.Draw(t, "level"), "canEarn": flag("earn"), "canWarn": flag("warn"), "canAdjust": flag("adjust"),
				"canBan": flag("ban"), "ignored": flag("ignored"), "locked": flag("locked"),
			}
		}
		ranks = append(ranks, rank)
	}
	numbers := func(label string) map[string]float64 {
		return rapid.MapOfN(name, rapid.Float64Range(0, 1e6), 0, 3).Draw(t, label)
	}
	trial := rapid.Int64Range(1, 4).Draw(t, "trial")
	d := documents{"policy.ranks.json": jsonOf(t, map[string]any{
		"ranks":      ranks,
		"privileged": rapid.SampledFrom([]string{"approval", "automatic", "never"}).Draw(t, "mode"),
		"drift":      rapid.SampledFrom([]string{"adopt", "restore"}).Draw(t, "drift"),
		"limits":     map[string]any{"maxMovesPerHour": rapid.Int64Range(0, 9).Draw(t, "moves"), "maxRungsPerPlayerPerDay": rapid.Int64Range(0, 8).Draw(t, "rungs")},
	})}
	for file, document := range map[string]any{
		"policy.punishments.json": map[string]any{"punishments": map[string]any{
			"trial_threshold": trial, "severe_threshold": trial + rapid.Int64Range(1, 3).Draw(t, "severe"),
			"trial_days": rapid.Int64Range(1, 4).Draw(t, "trial days"), "trial_lock_promotion": flag("lock"),
		}},
		"policy.points.json": map[string]any{
			"weights": numbers("weights"), "anti_abuse": numbers("limits"),
			"caps": map[string]any{"daily": rapid.Int64Range(0, 9).Draw(t, "daily"), "weekly": rapid.Int64Range(0, 9).Draw(t, "weekly")},
		},
		"permissions.json": map[string]any{"roles": roles},
	} {
		d[file] = jsonOf(t, document)
	}
	for _, file := range []string{"policy.punishments.json", "policy.points.json", "permissions.json"} {
		if rapid.IntRange(0, 4).Draw(t, "without "+file) == 0 {
			delete(d, file)
		}
	}
	return d
}

// drawStanding draws a player of that ladder, around its thresholds.
func drawStanding(t *rapid.T, l domain.Ladder) domain.Standing {
	var names []string
	for r := range l.Managed() {
		names = append(names, r.Name)
	}
	user, err := domain.NewUserID(1)
	if err != nil {
		t.Fatalf("%v", err)
	}
	rank := rapid.SampledFrom(append(names, domain.GuestRank, "elsewhere"))
	status := rapid.SampledFrom([]domain.PunishmentStatus{domain.PunishmentNone, domain.PunishmentTrial, domain.PunishmentSevere})
	instant := func(label string) time.Time {
		return evaluated.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, label)) * 24 * time.Hour)
	}
	return domain.Standing{
		UserID: user, Rank: rank.Draw(t, "rank"), FormerRank: rank.Draw(t, "former"), RankSince: instant("since"),
		Points: rapid.Int64Range(0, 32).Draw(t, "points"), Warnings: rapid.Int64Range(0, 8).Draw(t, "warnings"),
		Served: rapid.Int64Range(0, 8).Draw(t, "served"), Hold: rapid.Bool().Draw(t, "hold"),
		Punishment: domain.Punishment{Status: status.Draw(t, "punishment"), Until: instant("until")},
		Owed:       domain.Owed{Status: status.Draw(t, "owed"), Imposed: rapid.Bool().Draw(t, "imposed")},
	}
}

func jsonOf(t *rapid.T, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return string(text)
}
