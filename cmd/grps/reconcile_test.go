package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

// Roles of the shipped policy that these tests give by hand.
const (
	lineRole     = 100100003
	shockRole    = 100100004
	marshalRole  = 100100022
	punishedRole = 100100025
)

// unlimited puts a service under the shipped policy without limits.
const unlimited = `{"maxMovesPerHour": 0, "maxDemotionsPercent": 0, "maxRungsPerPlayerPerDay": 0}`

// restoring returns the setting that puts a service under a policy that takes drift back, without limits.
func restoring(t *testing.T) string {
	t.Helper()
	setting := limited(t, unlimited)
	path := filepath.Join(strings.TrimPrefix(setting, "CONFIG_DIR="), "policy.ranks.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), `"drift": "adopt"`, `"drift": "restore"`, 1)
	if changed == string(text) {
		t.Fatal("the shipped policy does not say what becomes of drift")
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return setting
}

// reports lets a game report player 7, whom these tests are about, and asks to apply if headers say so.
func reports(t *testing.T, p *process, more string, headers ...string) map[string]any {
	t.Helper()
	body := fmt.Sprintf(`{"userId":7,"username":"P7","kos":0,"wos":0%s}`, more)
	status, answer := p.call(http.MethodPost, ingestPath, body, headers...)
	if status != http.StatusOK {
		t.Fatalf("report: got %d %v", status, answer)
	}
	return answer
}

// eventually waits until what holds, and fails the test with what is so instead if it never does.
func eventually(t *testing.T, what func() (string, bool)) {
	t.Helper()
	last := ""
	for deadline := time.Now().Add(readyTime); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var ok bool
		if last, ok = what(); ok {
			return
		}
	}
	t.Error(last)
}

// wantSoonHeld waits until a member holds those roles besides the base role.
func wantSoonHeld(t *testing.T, r *roblox, user int64, want ...string) {
	t.Helper()
	want = append(want, "Member")
	slices.Sort(want)
	eventually(t, func() (string, bool) {
		held := r.held(t, user)
		return fmt.Sprintf("the member %d holds %q, want %q", user, held, want), slices.Equal(held, want)
	})
}

// ledger returns what was decided about a player, oldest first, as "ACTION reasonCode status".
func (p *process) ledger(user int) []string {
	p.t.Helper()
	_, page := p.call(http.MethodGet, fmt.Sprintf("/decisions?userId=%d", user), "")
	var lines []string
	for _, d := range slices.Backward(page["decisions"].([]any)) {
		decision, _ := d.(map[string]any)
		lines = append(lines, fmt.Sprintf("%v %v %v", decision["action"], decision["reasonCode"], decision["status"]))
	}
	return lines
}

// wantSoonDecided waits until exactly that was decided about player 7.
func (p *process) wantSoonDecided(want ...string) {
	p.t.Helper()
	eventually(p.t, func() (string, bool) {
		got := p.ledger(7)
		return fmt.Sprintf("about 7 was decided %q, want %q", got, want), slices.Equal(got, want)
	})
}

// joinable reports whether the stand-in lets the user join the universe.
func (r *roblox) joinable(user int64) bool {
	member, ok := r.Member(user)
	return ok && !slices.ContainsFunc(member.Restrictions, func(x sandbox.Restriction) bool { return x.Active })
}

func TestWhoLeftWhileSuspendedGetsTheirRankWhenTheyAreBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, env, args []string) {
		t.Helper()
		roblox := startRoblox(t)
		roblox.Join(7, voltRole, vipRole)
		env = append(env, append(roblox.env(), "RECONCILE_EVERY=0s", limited(t, unlimited))...)
		folder := t.TempDir()
		p := startServe(t, folder, env, args...)
		end := time.Now().Add(2 * time.Second)
		answer := reports(t, p, fmt.Sprintf(`,"rank":"Volt Specialist II","rankPoints":500,"punishmentStatus":"Trial_Punishment","punishmentExpiresAt":%q`,
			end.Format(time.RFC3339Nano)), "x-grps-apply", "true")
		if at(answer, "decision", "action") != "SUSPEND" || at(answer, "decision", "status") != "applied" {
			t.Fatalf("got %v, want an applied suspension", answer["decision"])
		}
		roblox.Leave(7)
		const released = "RESTORE SUSPENSION_SERVED applied" // the suspension is over, wherever the player is
		p.wantSoonDecided("SUSPEND PUNISHMENT_REPORTED applied", released)
		_, player := p.call(http.MethodGet, "/players/7", "")
		if player["rank"] != "Volt Specialist II" || player["punishmentStatus"] != nil {
			t.Errorf("the record shows %v, punished %v", player["rank"], player["punishmentStatus"])
		}
		p.kill() // and the next process knows it too
		p = startServe(t, folder, env, args...)
		roblox.Join(7, vipRole)
		reports(t, p, `,"rankPoints":500`)
		wantSoonHeld(t, roblox, 7, "VIP", "Volt Specialist II")
		p.wantSoonDecided("SUSPEND PUNISHMENT_REPORTED applied", released, "RESTORE ROLES_MENDED applied")
	})
}

func TestABanHoldsWhoeverLiftsItAndWhereverTheBannedGo(t *testing.T) {
	t.Parallel()
	roblox := startRoblox(t)
	roblox.Join(7, voltRole)
	p := startServe(t, t.TempDir(), append(roblox.env(), "RECONCILE_EVERY=0s", limited(t, unlimited)))
	answer := reports(t, p, `,"rank":"Volt Specialist II","rankPoints":500,"warnings":7`, "x-grps-apply", "true")
	if at(answer, "decision", "action") != "BAN" || at(answer, "decision", "status") != "applied" || roblox.joinable(7) {
		t.Fatalf("got %v, want an applied ban", answer["decision"])
	}
	roblox.Lift(7)
	roblox.SetRoles(7, voltRole)
	reports(t, p, `,"rankPoints":500,"warnings":7`)
	eventually(t, func() (string, bool) { return "the banned player may still join", !roblox.joinable(7) })
	wantSoonHeld(t, roblox, 7, "Suspended")
	p.wantSoonDecided("BAN WARNINGS_SEVERE applied", "BAN PUNISHED_AGAIN applied")
}

func TestDriftIsAdoptedOrTakenBackAsThePolicySays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy  func(*testing.T) string
		held    string
		rank    string
		decided string
	}{
		"adopt":   {func(t *testing.T) string { t.Helper(); return limited(t, unlimited) }, "Shock Trooper I", "Shock Trooper I", "PROMOTE DRIFT_ADOPTED applied"},
		"restore": {restoring, "Line Trooper", "Line Trooper", "DEMOTE DRIFT_RESTORED applied"},
	} {
		t.Run(name, func(t *testing.T) {
			roblox := startRoblox(t)
			roblox.Join(7, lineRole, vipRole)
			p := startServe(t, t.TempDir(), append(roblox.env(), "RECONCILE_EVERY=0s", test.policy(t)))
			reports(t, p, `,"rank":"Line Trooper","rankPoints":40`)
			code, out, complaints := grps(t, p, "reconcile", "--apply") // Roblox confirms the record
			if code != exitOK {
				t.Fatalf("reconcile: %d\n%s%s", code, out, complaints)
			}
			roblox.SetRoles(7, shockRole, vipRole)
			reports(t, p, `,"rank":"Shock Trooper I","rankPoints":40`)
			wantSoonHeld(t, roblox, 7, "VIP", test.held)
			p.wantSoonDecided(test.decided)
			if _, player := p.call(http.MethodGet, "/players/7", ""); player["rank"] != test.rank {
				t.Errorf("the record shows %v, want %s", player["rank"], test.rank)
			}
			_, page := p.call(http.MethodGet, "/decisions?userId=7", "")
			if decision, _ := page["decisions"].([]any)[0].(map[string]any); decision["origin"] != "drift" {
				t.Errorf("the origin is %v, want drift", decision["origin"])
			}
		})
	}
}

func TestAWalkOverTheGroupFindsAndMendsDifferences(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, env, args []string) {
		t.Helper()
		roblox := startRoblox(t)
		const known = 350
		for n := int64(1); n <= known; n++ {
			switch {
			case n <= 10:
				roblox.Join(n, vipRole) // lost the role
			case n <= 20:
				roblox.Join(n, 100100002, lineRole) // two roles
			case n <= 30:
				roblox.Join(n, shockRole) // promoted by hand
			case n <= 40:
				roblox.Join(n, lineRole, punishedRole) // for a person
			case n <= 50: // not in the group
			default:
				roblox.Join(n, lineRole)
			}
		}
		for n := int64(1001); n <= 1010; n++ {
			roblox.Join(n, marshalRole) // no game ever saw them
		}
		p := startServe(t, t.TempDir(), append(env, append(roblox.env(), "RECONCILE_EVERY=0s")...), args...)
		muster(t, p, troop{n: known, points: 40})

		code, out, complaints := grps(t, p, "reconcile")
		for _, want := range []string{
			"PLAYER  RECORDED      HOLDS                    WHAT --apply DOES\n", "\n10      Line Trooper  none                     gets Line Trooper alone\n",
			"\n20      Line Trooper  Orbit Cadet, Line Trooper  gets", "\n30      Line Trooper  Shock Trooper I", "Shock Trooper I becomes the record\n",
			"40      Line Trooper  Line Trooper, Suspended", "left to a person\n", "as recorded  300\n", "to mend   20\n", "to adopt   10\n",
			"for a person   10\n", "never reported by a game   11\n", "known, but not in the group   10\n", "is done: 351 of 351 members, 40 differ\n",
			"nothing was changed, as nobody asked for it\n",
		} {
			if !strings.Contains(strings.Join(strings.Fields(out), " "), strings.Join(strings.Fields(want), " ")) || code != exitOK {
				t.Fatalf("reconcile: got %d\n%s%s\nwant %q", code, out, complaints, want)
			}
		}
		if held := roblox.held(t, 11); len(held) != 3 {
			t.Errorf("a walk that only looked changed what a member holds to %q", held)
		}

		code, out, complaints = grps(t, p, "reconcile", "--apply", "--json")
		var applied struct {
			Reconciliation struct {
				ID    string `json:"id"`
				Asked int    `json:"asked"`
			} `json:"reconciliation"`
			Differences []walkDifference `json:"differences"`
		}
		if err := json.Unmarshal([]byte(out), &applied); err != nil || code != exitOK || applied.Reconciliation.Asked != 30 || len(applied.Differences) != 40 {
			t.Fatalf("reconcile --apply: got %d %v\n%s%s", code, err, out, complaints)
		}
		wantSoonHeld(t, roblox, 1, "VIP", "Line Trooper")
		wantSoonHeld(t, roblox, 11, "Line Trooper")
		wantSoonHeld(t, roblox, 20, "Line Trooper")
		wantSoonHeld(t, roblox, 30, "Shock Trooper I")
		wantSoonHeld(t, roblox, 40, "Line Trooper", "Suspended")
		eventually(t, func() (string, bool) {
			_, out, _ := grps(t, p, "reconcile")
			return out, strings.Contains(out, "is done: 351 of 351 members, 10 differ\n")
		})
		for n := int64(1001); n <= 1010; n++ {
			if held := roblox.held(t, n); len(held) != 2 {
				t.Errorf("member %d, whom nobody reported, holds %q", n, held)
			}
		}
		_, out, _ = grps(t, p, "reconcile", "list", "--limit", "2")
		if lines := strings.Count(out, "\n"); lines != 4 || !strings.Contains(out, "more: --cursor ") {
			t.Errorf("reconcile list: got\n%s", out)
		}
		if code, _, complaints := grps(t, p, "reconcile", "cancel", applied.Reconciliation.ID); code != exitFault || !strings.Contains(complaints, "reconciliation_over") {
			t.Errorf("reconcile cancel: got %d %s, want it refused", code, complaints)
		}
	})
}

func TestAnEmptyDatabaseDemotesNobody(t *testing.T) {
	t.Parallel()
	roblox := startRoblox(t)
	roles := []int64{lineRole, shockRole, voltRole, marshalRole}
	for n := int64(1); n <= 200; n++ {
		roblox.Join(n, roles[n%4], vipRole)
	}
	p := startServe(t, t.TempDir(), append(roblox.env(), restoring(t)))
	code, out, complaints := grps(t, p, "reconcile", "--apply")
	for code != exitOK && strings.Contains(complaints, "reconciliation_running") { // the one with which the service begins
		time.Sleep(50 * time.Millisecond)
		code, out, complaints = grps(t, p, "reconcile", "--apply")
	}
	if code != exitOK || !strings.Contains(out, "is done: 201 of 201 members, 0 differ") {
		t.Fatalf("reconcile --apply: got %d\n%s%s", code, out, complaints)
	}
	muster(t, p, troop{n: 200, points: 0}) // every game says that they are line troopers without a point
	if code, out, complaints = grps(t, p, "reconcile", "--apply"); code != exitOK {
		t.Fatalf("reconcile --apply: got %d\n%s%s", code, out, complaints)
	}
	eventually(t, func() (string, bool) {
		_, out, _ := grps(t, p, "reconcile")
		return out, strings.Contains(out, ", 0 differ")
	})
	for _, call := range roblox.Calls() {
		if call.Operation == sandbox.OpAssignRole || call.Operation == sandbox.OpUnassignRole {
			t.Fatalf("a role was changed: %+v", call)
		}
	}
}

func TestTheServiceComparesByItself(t *testing.T) {
	t.Parallel()
	roblox := startRoblox(t)
	roblox.Join(7, voltRole)
	p := startServe(t, t.TempDir(), append(roblox.env(), "RECONCILE_EVERY=1s", limited(t, unlimited)))
	answer := reports(t, p, `,"rank":"Volt Specialist II","rankPoints":800`, "x-grps-apply", "true")
	if at(answer, "decision", "status") != "applied" {
		t.Fatalf("got %v", answer["decision"])
	}
	roblox.SetRoles(7) // nobody reports it
	wantSoonHeld(t, roblox, 7, "Storm Corporal I")
	p.wantSoonDecided("PROMOTE ELIGIBLE applied", "RESTORE ROLES_MENDED applied")
}

func TestWithoutRobloxThereIsNoGroupToCompare(t *testing.T) {
	t.Parallel()
	p := startServe(t, t.TempDir(), nil)
	code, _, complaints := grps(t, p, "reconcile")
	if code != exitFault || !strings.Contains(complaints, "ROBLOX_GROUP_ID") {
		t.Errorf("got %d %s, want what to set", code, complaints)
	}
}
