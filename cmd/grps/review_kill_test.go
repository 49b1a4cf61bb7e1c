package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"
)

// Most of this is waiting for the leases of killed processes to run out, so the databases wait together.
func TestAReviewThatIsKilledGoesOnAndDecidesAboutEachPlayerOnce(t *testing.T) {
	t.Parallel()
	onEach(t, killedReviewGoesOn)
}

func killedReviewGoesOn(t *testing.T, env, args []string) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	const promoted, demoted, left = 1500, 20, 480
	folder := t.TempDir()
	env = append(env, limited(t, `{"maxMovesPerHour": 0, "maxDemotionsPercent": 0, "maxRungsPerPlayerPerDay": 0}`), "LOG_LEVEL=error")
	p := startServe(t, folder, env, args...)
	muster(t, p, troop{n: promoted, points: 60}, troop{n: demoted, points: 10}, troop{n: left, points: 40})
	status, review := p.call(http.MethodPost, reviewsPath, `{"apply":true}`)
	if status != http.StatusAccepted {
		t.Fatalf("start: got %d %v", status, review)
	}
	id := review["id"].(string)
	for kill := range 2 {
		target := float64(promoted*kill/2 + dice.IntN(promoted/3))
		review = p.awaitReview(id, func(r map[string]any) bool {
			return r["state"] == "done" || r["phase"] == "apply" && at(r, "decided", "promote").(float64) >= target
		})
		if review["state"] != "running" {
			t.Errorf("the review is %v, want it under way when the service is killed", review["state"])
		}
		p.kill() // in the middle of a unit, or between two
		p = startServe(t, folder, env, args...)
	}
	review = p.awaitReview(id, func(r map[string]any) bool { return r["state"] != "running" && r["state"] != "queued" })
	want := map[string]float64{"promote": promoted, "demote": demoted, "none": left, "suspend": 0, "ban": 0, "restore": 0, "awaitingApproval": 0, "held": 0}
	for word, n := range want {
		for _, counts := range []string{"counts", "decided"} {
			if got := at(review, counts, word); got != n {
				t.Errorf("%s.%s is %v, want %v", counts, word, got, n)
			}
		}
	}
	if review["state"] != "done" || review["scanned"] != float64(promoted+demoted+left) {
		t.Errorf("the review is %v with %v scanned (%v), want it done with all", review["state"], review["scanned"], review["detail"])
	}
	p.wantLedger(id, promoted, demoted)
}

// awaitReview looks at a review until it is as wanted.
func (p *process) awaitReview(id string, wanted func(map[string]any) bool) map[string]any {
	p.t.Helper()
	for deadline := time.Now().Add(slowness * 2 * time.Minute); ; time.Sleep(2 * time.Millisecond) {
		status, review := p.call(http.MethodGet, reviewPath(id, ""), "")
		if status != http.StatusOK {
			p.t.Fatalf("review: got %d %v", status, review)
		}
		if wanted(review) {
			return review
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("the review is still %v\n%s", review, p.stderr)
		}
	}
}

// wantLedger fails the test unless the ledger holds that many decisions of the review, one for each player.
func (p *process) wantLedger(id string, promoted, demoted int) {
	p.t.Helper()
	players, actions := make(map[any]int), make(map[any]int)
	for cursor := ""; ; {
		status, page := p.call(http.MethodGet, fmt.Sprintf("/decisions?review=%s&limit=100&cursor=%s", id, cursor), "")
		if status != http.StatusOK {
			p.t.Fatalf("ledger: got %d %v", status, page)
		}
		for _, entry := range page["decisions"].([]any) {
			decision := entry.(map[string]any)
			players[decision["userId"]]++
			actions[decision["action"]]++
		}
		next, more := page["nextCursor"].(string)
		if !more {
			break
		}
		cursor = next
	}
	if actions["PROMOTE"] != promoted || actions["DEMOTE"] != demoted || len(players) != promoted+demoted {
		p.t.Errorf("the ledger holds %v about %d players, want %d promotions and %d demotions, each of another",
			actions, len(players), promoted, demoted)
	}
}
