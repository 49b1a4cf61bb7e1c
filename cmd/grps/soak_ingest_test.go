package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grps/grps/adapters/telemetry/logtest"
)

// How many connections report at once, and how many players they share.
const (
	tellers       = 32
	toldPlayers   = 96
	firstOfTold   = 300_001
	leastTogether = 1.2 // requests that must have shared a commit on the average, lest nothing was gathered
)

// The service is killed at random moments while games report as fast as they are answered, so that commits which many requests share are
// always under way. What was acknowledged is there, once; what was not may be, once; and each player stands where the newest of it left them.
func TestSoakWhatIsAcknowledgedUnderLoadSurvivesKills(t *testing.T) {
	t.Parallel()
	for name, fresh := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, args := fresh(t)
			killUnderLoad(t, env, args, scaled(3, 50))
		})
	}
}

func killUnderLoad(t *testing.T, env, args []string, kills int) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	metrics := freeAddress(t)
	env = append(env, "LOG_LEVEL=error", "RATE_LIMIT=0", "RATE_LIMIT_ADDRESS=0", "METRICS_ADDRESS="+metrics)
	k := &throng{
		t: t, dice: &dice{r: rand.New(rand.NewPCG(seed, 0))}, began: time.Now().Add(-24 * time.Hour).Truncate(time.Second),
		ending: make(chan struct{}), counts: make([]atomic.Int64, toldPlayers),
		client: &http.Client{Timeout: 20 * time.Second, Transport: logtest.Transport(&http.Transport{MaxIdleConnsPerHost: tellers})},
	}
	t.Cleanup(k.client.CloseIdleConnections)
	folder := t.TempDir()
	serve := func() *process {
		p := startProgram(t, built(t), folder, env, append([]string{"serve", "--port", "0"}, args...)...)
		k.base.Store(&p.base)
		return p
	}
	p := serve()
	told := k.begin(tellers)
	var requests, units float64
	for kill := range kills {
		before, asked := k.acknowledged.Load(), k.requests.Load()
		most := int64(k.dice.below(400))
		within(t, time.Minute, func() string {
			if k.acknowledged.Load() <= before+most {
				return fmt.Sprintf("%d reports are acknowledged since the start, %d are waited for", k.acknowledged.Load()-before, most)
			}
			return ""
		})
		time.Sleep(k.dice.upTo(300 * time.Millisecond))
		answered := float64(k.requests.Load() - asked)
		requests, units = requests+answered, units+metric(t, metrics, "grps_unit_reports_count")
		time.Sleep(k.dice.upTo(20 * time.Millisecond)) // into the middle of a commit, or between two
		p.kill()
		p = serve()
		if kill%10 == 9 {
			t.Logf("killed %d times while %d reports were acknowledged", kill+1, k.acknowledged.Load())
		}
	}
	time.Sleep(k.dice.upTo(300 * time.Millisecond)) // what was cut off at the last kill is sent again, or given up
	sent := told()
	stop := func() {
		t.Helper()
		if code := p.stop(); code != 0 {
			t.Errorf("exit code %d, want 0\n%s", code, p.stderr)
		}
	}
	stop() // what was hung up on is under way until then
	p = serve()
	// Beside other tests, which the race detector slows down too, those who report may be slower than the service: it is then no fault of it.
	if together := requests / units; together < leastTogether && os.Getenv(soakVariable) != "" {
		t.Errorf("%.2f requests shared a commit on the average, want at least %.1f", together, leastTogether)
	} else {
		t.Logf("%.1f requests shared a commit on the average", together)
	}
	if k.repeated.Load() == 0 {
		t.Error("nothing that had been taken in was sent again")
	}
	if k.cut.Load() < int64(kills) {
		t.Errorf("%d requests were cut off by %d kills: the service was killed when it had nothing to do", k.cut.Load(), kills)
	}

	db := openSQL(t, filepath.Join(folder, defaultDatabase), env)
	first, err := accountForReports(sent, keptReports(t, db), standingsOf(t, db))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d kills cut %d requests off, %d reports were sent again and answered as before: %s", kills, k.cut.Load(), k.repeated.Load(), first)
	k.insist(sent, first.unheard)
	p.kill()
	p = serve()
	second, err := accountForReports(sent, keptReports(t, db), standingsOf(t, db))
	if err != nil {
		t.Fatal(err)
	}
	if second.acknowledged != len(sent) {
		t.Errorf("%d of %d reports are acknowledged after all were sent again", second.acknowledged, len(sent))
	}
	t.Logf("after what was not acknowledged was sent again: %s", second)
	for user, points := range standingsOf(t, db) {
		if _, player := p.call(http.MethodGet, fmt.Sprintf("/players/%d", user), ""); player["rankPoints"] != float64(points) {
			t.Errorf("%d is shown with %v points, and has %d in the table", user, player["rankPoints"], points)
		}
	}
	stop()
	if _, err := os.Stat(filepath.Join(folder, defaultDatabase)); err == nil {
		var said string
		if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
			t.Errorf("the file is not whole: %s, %v", said, err)
		}
	}
}

// metric returns the value of a series without labels.
func metric(t *testing.T, address, name string) float64 {
	t.Helper()
	for _, line := range scrape(t, address) {
		if text, ok := strings.CutPrefix(line, name+" "); ok {
			value, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
	}
	t.Fatalf("there is no series %s", name)
	return 0
}

// keptReports returns how often each report is kept.
func keptReports(t *testing.T, db *sql.DB) map[sighting]int {
	t.Helper()
	kept := make(map[sighting]int)
	eachRow(t, db, "SELECT payload FROM player_snapshots", func(scan func(...any) error) error {
		var text []byte
		var payload struct {
			UserID int64
			Points int64 `json:"rankPoints"`
			Kos    int64
		}
		if err := scan(&text); err != nil {
			return err
		}
		if err := json.Unmarshal(text, &payload); err != nil {
			return err
		}
		if payload.Points != payload.Kos {
			return fmt.Errorf("%s is not what was sent", text)
		}
		kept[sighting{payload.UserID, payload.Kos}]++
		return nil
	})
	return kept
}

// standingsOf returns the points of each player.
func standingsOf(t *testing.T, db *sql.DB) map[int64]int64 {
	t.Helper()
	points := make(map[int64]int64)
	eachRow(t, db, "SELECT user_id, rank_points, kos FROM players", func(scan func(...any) error) error {
		var user, n, kos int64
		if err := scan(&user, &n, &kos); err != nil {
			return err
		}
		if n != kos {
			return fmt.Errorf("%d has the points of report %d and the kos of report %d", user, n, kos)
		}
		points[user] = n
		return nil
	})
	return points
}

func eachRow(t *testing.T, db *sql.DB, query string, take func(scan func(...any) error) error) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
