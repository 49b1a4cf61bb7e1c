package opencloud_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud"
	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const entryID = "player:156"

func standing() ports.PlacedStanding {
	return ports.PlacedStanding{
		Standing: domain.Standing{
			UserID: player, Username: "ada", Rank: "Trooper", RankSince: noon.Add(-time.Hour), Points: 520, Kos: 7, Wos: 3, Warnings: 1,
			LastSyncedAt: noon, ObservedAt: noon.Add(-time.Second),
		},
		Position: domain.Position{Next: "Officer", NextPoints: 750, Previous: "Recruit", PreviousPoints: 100},
	}
}

func (r *rig) entry() map[string]any {
	r.Helper()
	value, ok := r.box.Entry(42, store, entryID)
	if !ok {
		r.Fatalf("entry %s: got none, want one", entryID)
	}
	return fields(r.T, value)
}

func TestAStandingIsShownInANewEntry(t *testing.T) {
	r := newRig(t)
	wantNoError(t, "PutStanding", r.client.PutStanding(t.Context(), standing()))
	equal(t, "entry", r.entry(), map[string]any{
		"userId": 156.0, "username": "ada", "displayName": nil,
		"rank": "Trooper", "rankSince": "2026-11-22T11:00:00Z",
		"nextRank": "Officer", "nextRankRequiredPoints": 750.0, "previousRank": "Recruit", "previousRankRequiredPoints": 100.0,
		"privileged": false, "punishmentStatus": nil, "punishmentExpiresAt": nil, "decisionsBlocked": false,
		"lastSyncedAt": "2026-11-22T12:00:00Z",
		"rankPoints":   520.0, "kos": 7.0, "wos": 3.0, "warnings": 1.0, "recommendations": 0.0,
		"grpsMirror": map[string]any{
			"rankPoints": 520.0, "kos": 7.0, "wos": 3.0, "warnings": 1.0, "recommendations": 0.0, "observedAt": "2026-11-22T11:59:59Z",
		},
	})
	equal(t, "creations", len(r.callsOf(sandbox.OpCreateEntry)), 1)
}

func TestWhatTheStandingLacksIsShownAsNull(t *testing.T) {
	r := newRig(t)
	s := standing()
	s.Standing.Rank, s.Standing.RankSince, s.Position = "", time.Time{}, domain.Position{Blocked: true, Privileged: true}
	s.Standing.DisplayName = "Ada L."
	s.Standing.Punishment = domain.Punishment{Status: domain.PunishmentTrial, Until: noon.Add(time.Hour)}
	wantNoError(t, "PutStanding", r.client.PutStanding(t.Context(), s))
	got := r.entry()
	for field, want := range map[string]any{
		"rank": nil, "rankSince": nil, "nextRank": nil, "nextRankRequiredPoints": nil, "previousRank": nil,
		"previousRankRequiredPoints": nil, "displayName": "Ada L.", "privileged": true, "decisionsBlocked": true,
		"punishmentStatus": "Trial_Punishment", "punishmentExpiresAt": "2026-11-22T13:00:00Z",
	} {
		if value, there := got[field]; !there || value != want {
			t.Errorf("%s: got %v, want %v", field, value, want)
		}
	}
}

func TestTheMirrorKeepsWhatItDoesNotOwn(t *testing.T) {
	r := newRig(t)
	r.box.PutEntry(42, store, entryID, json.RawMessage(
		`{"inventory":{"a":[1,2]},"big":12345678901234567890,"rank":"Recruit","displayName":"Ada","rankPoints":900,"kos":50}`))
	wantNoError(t, "PutStanding", r.client.PutStanding(t.Context(), standing()))
	raw, _ := r.box.Entry(42, store, entryID)
	if !strings.Contains(string(raw), "12345678901234567890") {
		t.Errorf("a large number: got %s, want it digit for digit", raw)
	}
	got := r.entry()
	for field, want := range map[string]any{"rank": "Trooper", "displayName": "Ada", "rankPoints": 900.0, "kos": 50.0} {
		if got[field] != want {
			t.Errorf("%s: got %v, want %v", field, got[field], want)
		}
	}
	equal(t, "inventory", got["inventory"], any(map[string]any{"a": []any{1.0, 2.0}}))
	for _, field := range []string{"grpsMirror", "wos", "warnings"} {
		if value, there := got[field]; there {
			t.Errorf("%s: got %v, want none beside the game's own counters", field, value)
		}
	}
}

func TestCountersAreMirroredUntilTheGameWritesItsOwn(t *testing.T) {
	r := newRig(t)
	wantNoError(t, "the first", r.client.PutStanding(t.Context(), standing()))
	later := standing()
	later.Standing.Points, later.Standing.Kos = 760, 9
	wantNoError(t, "the second", r.client.PutStanding(t.Context(), later))
	got := r.entry()
	equal(t, "rankPoints", got["rankPoints"], any(760.0))
	equal(t, "kos", got["kos"], any(9.0))

	got["rankPoints"] = 800.0
	changed, err := json.Marshal(got)
	wantNoError(t, "encode", err)
	r.box.PutEntry(42, store, entryID, changed)
	later.Standing.Points, later.Standing.Kos, later.Standing.Rank = 790, 10, "Officer"
	wantNoError(t, "the third", r.client.PutStanding(t.Context(), later))
	got = r.entry()
	equal(t, "rankPoints that the game wrote", got["rankPoints"], any(800.0))
	equal(t, "kos that stand with them", got["kos"], any(9.0))
	equal(t, "rank", got["rank"], any("Officer"))
	if _, there := got["grpsMirror"]; there {
		t.Error("grpsMirror: got it, want none once the game keeps counters")
	}
}

func TestAnEntryOfPointsByAnotherNameKeepsThem(t *testing.T) {
	for _, name := range []string{"points", "Points", "RankPoints"} {
		r := newRig(t)
		r.box.PutEntry(42, store, entryID, json.RawMessage(`{"`+name+`":900}`))
		wantNoError(t, "PutStanding", r.client.PutStanding(t.Context(), standing()))
		got := r.entry()
		if _, there := got["rankPoints"]; there || got[name] != 900.0 {
			t.Fatalf("entry: got %v, want %s 900 and no rankPoints", got, name)
		}
	}
}

func TestAnEmptyTableOfLuauIsAnObject(t *testing.T) {
	for _, value := range []string{`[]`, `null`, `{}`} {
		r := newRig(t)
		r.box.PutEntry(42, store, entryID, json.RawMessage(value))
		wantNoError(t, "PutStanding onto "+value, r.client.PutStanding(t.Context(), standing()))
		equal(t, "rank", r.entry()["rank"], any("Trooper"))
	}
}

func TestAnEntryThatIsNoObjectIsLeftAlone(t *testing.T) {
	for _, value := range []string{`520`, `"520"`, `[1]`, `true`} {
		r := newRig(t)
		r.box.PutEntry(42, store, entryID, json.RawMessage(value))
		wantKind(t, r.client.PutStanding(t.Context(), standing()), domain.KindBlocked, "mirror_not_object")
		got, _ := r.box.Entry(42, store, entryID)
		equal(t, "entry", string(got), value)
	}
}

func TestAnEntryLongerThanAnAnswerMayBeIsLeftAlone(t *testing.T) {
	r := newRig(t)
	r.box.PutEntry(42, store, entryID, json.RawMessage(`{"x":"`+strings.Repeat("x", 1<<20)+`"}`))
	wantKind(t, r.client.PutStanding(t.Context(), standing()), domain.KindBlocked, "mirror_not_object")
}

func TestAStandingThatIsShownAlreadyIsNotWrittenAgain(t *testing.T) {
	r := newRig(t)
	for range 3 {
		wantNoError(t, "PutStanding", r.client.PutStanding(t.Context(), standing()))
	}
	equal(t, "writes", len(r.callsOf(sandbox.OpCreateEntry))+len(r.callsOf(sandbox.OpUpdateEntry)), 1)
}

// between lets the game do something after the client read the entry and before it writes.
func between(box *sandbox.Server, game func(turn int)) http.Handler {
	var (
		mu    sync.Mutex
		turns int
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch || r.Method == http.MethodPost {
			mu.Lock()
			turns++
			game(turns)
			mu.Unlock()
		}
		box.ServeHTTP(w, r)
	})
}

func TestTheMirrorReadsAgainWhenTheGameWroteMeanwhile(t *testing.T) {
	for name, before := range map[string]string{"over an entry": `{"level":1}`, "where there was none": ""} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			if before != "" {
				r.box.PutEntry(42, store, entryID, json.RawMessage(before))
			}
			client := dial(t, serve(t, checked(t, between(r.box, func(turn int) {
				if turn == 1 {
					r.box.PutEntry(42, store, entryID, json.RawMessage(`{"level":2}`))
				}
			}))))
			wantNoError(t, "PutStanding", client.PutStanding(t.Context(), standing()))
			got := r.entry()
			if got["level"] != 2.0 || got["rank"] != "Trooper" {
				t.Fatalf("entry: got %v, want the game's level 2 and our rank", got)
			}
		})
	}
}

func TestTheMirrorGivesUpAfterThreeConflicts(t *testing.T) {
	r := newRig(t)
	r.box.PutEntry(42, store, entryID, json.RawMessage(`{}`))
	client := dial(t, serve(t, between(r.box, func(turn int) {
		r.box.PutEntry(42, store, entryID, json.RawMessage(fmt.Sprintf(`{"level":%d}`, turn)))
	})))
	wantKind(t, client.PutStanding(t.Context(), standing()), domain.KindConflict, "aborted")
	equal(t, "writes", len(r.callsOf(sandbox.OpUpdateEntry)), 3)
	equal(t, "level", r.entry()["level"], any(3.0))
}

func TestAnEntryThatCannotBeCreatedIsInvalid(t *testing.T) {
	client, calls := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			says(404, `{"code":"NOT_FOUND"}`)(w, r)
			return
		}
		says(400, `{"code":"INVALID_ARGUMENT","message":"no such store"}`)(w, r)
	})
	wantKind(t, client.PutStanding(t.Context(), standing()), domain.KindInvalid, "invalid_argument")
	equal(t, "calls", calls(), 6)
}

func TestAnUpdateKeepsUsersAndAttributes(t *testing.T) {
	var uri, sent string
	client := readingBodies(t, func(w http.ResponseWriter, r *http.Request, body string) {
		if r.Method == http.MethodPatch {
			uri, sent = r.RequestURI, body
		}
		says(200, `{"path":"universes/42/data-stores/GRPS_Points/entries/player:156","id":"player:156","etag":"e1",`+
			`"value":{},"users":["users/156","users/1"],"attributes":{"k":"v"},"state":"ACTIVE"}`)(w, r)
	})
	wantNoError(t, "PutStanding", client.PutStanding(t.Context(), standing()))
	equal(t, "uri", uri, "/cloud/v2/universes/42/data-stores/GRPS_Points/scopes/global/entries/player%3A156?allowMissing=true")
	got := fields(t, []byte(sent))
	equal(t, "etag", got["etag"], any("e1"))
	equal(t, "users", got["users"], any([]any{"users/156", "users/1"}))
	equal(t, "attributes", got["attributes"], any(map[string]any{"k": "v"}))
}

func TestAnEntryThatWaitsForItsRemovalCountsAsNone(t *testing.T) {
	var methods []string
	client, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		methods = append(methods, r.Method)
		says(200, `{"id":"player:156","path":"universes/42/x","state":"DELETED","value":{"rankPoints":1}}`)(w, r)
	})
	wantNoError(t, "PutStanding", client.PutStanding(t.Context(), standing()))
	equal(t, "methods", methods, []string{"GET", "POST"})
}

func TestAnEntryOfAnotherPlayerIsNeverMergedInto(t *testing.T) {
	for name, body := range map[string]string{
		"another id":       `{"path":"universes/42/data-stores/s/entries/player:1","id":"player:1","value":{}}`,
		"another universe": `{"path":"universes/43/data-stores/s/entries/player:156","id":"player:156","value":{}}`,
		"no id":            `{"value":{}}`,
		"another path":     `{"path":"universes/42/data-stores/s/entries/player:1","value":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			client, calls := answering(t, says(200, body))
			wantKind(t, client.PutStanding(t.Context(), standing()), domain.KindUnavailable, "open_cloud_answer")
			equal(t, "calls", calls(), 1)
		})
	}
}

func TestTheMirrorHasAStoreOfTheFirstUniverseOnly(t *testing.T) {
	r := newRig(t, func(o *options, _ *sandbox.Config) {
		o.Universes = []domain.UniverseID{otherGame, game}
		o.DataStore = opencloud.DataStore{Name: "Saved games/2", Scope: "beta", Prefix: "p "}
	})
	wantNoError(t, "PutStanding", r.client.PutStanding(t.Context(), standing()))
	equal(t, "path", r.callsOf(sandbox.OpGetEntry)[0].Path,
		"/cloud/v2/universes/43/data-stores/Saved games/2/scopes/beta/entries/p 156")

	client, calls := answering(t, says(200, `{}`), func(o *options) { o.Universes = nil })
	wantKind(t, client.PutStanding(t.Context(), standing()), domain.KindBlocked, "universe_not_configured")
	equal(t, "calls", calls(), 0)
}

func TestTheMirrorStaysBelowItsOwnCap(t *testing.T) {
	r := newRig(t, func(o *options, _ *sandbox.Config) {
		o.Limits.MirrorPerMinute = 10
		o.Patience = time.Millisecond
	})
	written := 0
	for range 60 { // a minute
		for range 3 {
			s := standing()
			s.Standing.UserID = mustUser(int64(1000 + len(r.box.Calls())))
			if r.client.PutStanding(t.Context(), s) == nil {
				written++
			}
		}
		r.clock.advance(time.Second)
	}
	if reads := len(r.callsOf(sandbox.OpGetEntry)); reads > 10 || written == 0 || written > 10 {
		t.Fatalf("in a minute: got %d reads and %d entries written, want 1 to 10 of each", reads, written)
	}
}

// readingBodies returns a client whose every call is answered by handle, which is also told the body.
func readingBodies(t *testing.T, handle func(http.ResponseWriter, *http.Request, string)) *opencloud.Client {
	t.Helper()
	return dial(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the body: %v", err)
		}
		handle(w, r, string(body))
	})))
}

func TestAnEntryIsRemovedWhoeverWroteItAndTwice(t *testing.T) {
	r := newRig(t)
	r.box.PutEntry(42, store, entryID, json.RawMessage(`{"coins":5}`))
	r.box.PutEntry(42, store, "player:1567", json.RawMessage(`{"coins":6}`))
	for range 2 {
		wantNoError(t, "RemoveStanding", r.client.RemoveStanding(t.Context(), player))
	}
	if value, ok := r.box.Entry(42, store, entryID); ok {
		t.Errorf("entry: got %s, want none", value)
	}
	if _, ok := r.box.Entry(42, store, "player:1567"); !ok {
		t.Error("the entry of another: got none, want it left alone")
	}
	equal(t, "calls", len(r.callsOf(sandbox.OpDeleteEntry)), 2)
}
