package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// soakPatience bounds how long one report may take to be acknowledged, and one decision to end. Leases of killed services run out first,
// several after each other for the unlucky; and whoever meets ten faults in a row is tried again after minutes.
var soakPatience = time.Duration(scaled(3, 40)) * time.Minute

// report is what a game says about a player once.
type report struct {
	user   int64
	n      int // counts the reports about the player; it is told as kos, by which the history is searched
	rank   string
	points int
	until  time.Time // of a suspension that is asked for; zero for none
	ban    bool      // it asks for a ban
	told   bool      // it is told only, and asks for no decision
}

func (r report) key() string { return fmt.Sprintf("%d-%d", r.user, r.n) }

func (r report) headers() []string {
	return []string{"idempotency-key", r.key(), "x-grps-apply", strconv.FormatBool(!r.told)}
}

func (r report) body() string {
	punishment := ""
	if r.ban {
		punishment = `,"punishmentStatus":"Punishment_Severe"`
	} else if !r.until.IsZero() {
		punishment = fmt.Sprintf(`,"punishmentStatus":"Trial_Punishment","punishmentExpiresAt":%q`, r.until.UTC().Format(time.RFC3339Nano))
	}
	return fmt.Sprintf(`{"userId":%d,"username":"P%d","rank":%q,"rankPoints":%d,"kos":%d,"wos":0%s}`,
		r.user, r.user, r.rank, r.points, r.n, punishment)
}

// acceptance is a report that was acknowledged with the decision that it led to; "" for none. One to do nothing is not kept.
type acceptance struct {
	report
	decision string
	kept     bool
}

// entry is a decision as the ledger shows it.
type entry struct {
	ID        string    `json:"requestId"`
	UserID    int64     `json:"userId"`
	Action    string    `json:"action"`
	From      string    `json:"fromRank"`
	To        string    `json:"targetRank"`
	Status    string    `json:"status"`
	Detail    string    `json:"detail"`
	Principal string    `json:"principal"`
	Created   time.Time `json:"createdAt"`
	Updated   time.Time `json:"updatedAt"`
}

// ended reports whether nothing more becomes of a decision by itself.
func (e entry) ended() bool {
	switch e.Status {
	case "applied", "failed", "superseded", "rejected", "expired", "undone":
		return true
	}
	return false
}

// answer is what a service said.
type answer struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

// again reports whether whoever asked is told to ask again: a problem document of status 503 with Retry-After.
func (a answer) again() bool {
	return a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "" &&
		strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json")
}

// errNobody says that no service runs.
var errNobody = errors.New("no service runs")

// exchange asks a service that runs, once.
func (s *stage) exchange(method, path, body string, headers ...string) (answer, error) {
	base := s.base()
	if base == "" {
		return answer{}, errNobody
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, base+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	began := time.Now()
	got, err := s.read(request)
	got.took = time.Since(began)
	if s.watch != nil {
		s.watch(method+" "+path, got, err)
	}
	return got, err
}

func (s *stage) read(request *http.Request) (answer, error) {
	response, err := s.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: text}, err
}

// persist asks until it is answered, as whoever was cut off does, and decodes the answer.
func (s *stage) persist(into any, method, path, body string, headers ...string) (http.Header, error) {
	for deadline := time.Now().Add(soakPatience); ; time.Sleep(20*time.Millisecond + s.dice.upTo(100*time.Millisecond)) {
		got, err := s.exchange(method, path, body, headers...)
		switch {
		case s.t.Context().Err() != nil || time.Now().After(deadline):
			return nil, fmt.Errorf("%s %s: gave up: %d %s %w", method, path, got.status, got.body, err)
		case err != nil || got.again():
		case got.status == http.StatusOK:
			return got.header, json.Unmarshal(got.body, into)
		default:
			return nil, fmt.Errorf("%s %s: %d %s", method, path, got.status, got.body)
		}
	}
}

// reported is what a service answers to a report.
type reported struct {
	Decision entry
	Player   struct{ Rank string }
}

// send reports a player until that is acknowledged.
func (s *stage) send(r report) (reported, error) {
	var got reported
	if _, err := s.persist(&got, http.MethodPost, ingestPath, r.body(), r.headers()...); err != nil {
		return reported{}, err
	}
	s.accept(r, got.Decision)
	return got, nil
}

// accept remembers that a report was acknowledged, with its decision.
func (s *stage) accept(r report, d entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted = append(s.accepted, acceptance{r, d.ID, d.ID != "" && d.Action != "NONE"})
}

// acknowledged returns how many reports were so far.
func (s *stage) acknowledged() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.accepted)
}

// end waits until a decision ended and returns it.
func (s *stage) end(id string) (entry, error) {
	pause := 100 * time.Millisecond
	for deadline := time.Now().Add(soakPatience); ; time.Sleep(pause) {
		var got entry
		if _, err := s.persist(&got, http.MethodGet, "/decisions/"+id, ""); err != nil || got.ended() {
			return got, err
		}
		if time.Now().After(deadline) {
			return got, fmt.Errorf("decision %s of %d is stuck: %s since %s", id, got.UserID, got.Status, got.Updated)
		}
		pause = min(2*pause, time.Second)
	}
}

// rank returns the rank that the record of a player shows.
func (s *stage) rank(user int64) (string, error) {
	var player struct{ Rank string }
	_, err := s.persist(&player, http.MethodGet, fmt.Sprintf("/players/%d", user), "")
	return player.Rank, err
}

// ledger returns every decision about a player, oldest first.
func (s *stage) ledger(user int64) ([]entry, error) {
	var all []entry
	for cursor := ""; ; {
		var page struct {
			Decisions  []entry
			NextCursor string
		}
		if _, err := s.persist(&page, http.MethodGet, fmt.Sprintf("/decisions?userId=%d&limit=100&cursor=%s", user, cursor), ""); err != nil {
			return nil, err
		}
		all = append(all, page.Decisions...)
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	return oldestFirst(all), nil
}

// history returns how often a report is found in what is kept of a player, by its number.
func (s *stage) history(user int64) (map[int]int, error) {
	found := make(map[int]int)
	for cursor := ""; ; {
		var page struct {
			Entries    []struct{ Report *struct{ Kos int } }
			NextCursor string
		}
		if _, err := s.persist(&page, http.MethodGet, fmt.Sprintf("/players/%d/history?limit=100&cursor=%s", user, cursor), ""); err != nil {
			return nil, err
		}
		for _, e := range page.Entries {
			if e.Report != nil {
				found[e.Report.Kos]++
			}
		}
		if cursor = page.NextCursor; cursor == "" {
			return found, nil
		}
	}
}
