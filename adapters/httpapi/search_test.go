package httpapi_test

import (
	"context"
	"strings"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestPlayersAreSearchedAsTheQuerySays(t *testing.T) {
	for query, want := range map[string]ports.PlayerFilter{
		"":                          {},
		"?query=Ve":                 {Name: "Ve"},
		"?query=Ve%CC%81":           {Name: "Vé"}, // composed, as names are kept
		"?query=a%20b%25":           {Name: "a b%"},
		"?rank=Storm+Corporal+I":    {Rank: "Storm Corporal I"},
		"?status=clear":             {Status: ports.PlayerClear},
		"?status=suspended&rank=G":  {Status: ports.PlayerSuspended, Rank: "G"},
		"?status=banned":            {Status: ports.PlayerBanned},
		"?status=hold&query=x&_y=1": {Status: ports.PlayerOnHold, Name: "x"},
		"?limit=7&cursor=77&rank=G": {Rank: "G"},
	} {
		t.Run(query, func(t *testing.T) {
			a := newAPI(t)
			if w := a.send(t, "GET", "/players"+query, ""); w.Code != 200 {
				t.Fatalf("status: got %d %s, want 200", w.Code, w.Body)
			}
			call := a.players.PlayersCalls()[0]
			cursor, limit := "", 25
			if strings.Contains(query, "cursor") {
				cursor, limit = "77", 7
			}
			if call.Filter != want || call.Cursor != cursor || call.Limit != limit {
				t.Errorf("got %+v from %q up to %d, want %+v from %q up to %d", call.Filter, call.Cursor, call.Limit, want, cursor, limit)
			}
		})
	}
	for _, query := range []string{
		"?status=Banned", "?status=any", "?query=a&query=b", "?query=%00", "?query=a%E2%80%AEb", "?query=%FF",
		"?rank=" + strings.Repeat("x", 65), "?limit=0", "?limit=101", "?cursor=%7F",
	} {
		a := newAPI(t)
		wantProblem(t, a.send(t, "GET", "/players"+query, ""), 400, "query_invalid")
		if a.calls() > 0 {
			t.Errorf("%s: got %d calls, want none", query, a.calls())
		}
	}
}

func TestFoundPlayersAreShownWithWhereToGoOn(t *testing.T) {
	a := newAPI(t)
	a.players.PlayersFunc = func(context.Context, ports.PlayerFilter, string, int) (ports.PlayerPage, error) {
		return ports.PlayerPage{Players: []ports.PlacedStanding{player(user(3)), player(user(7))}, Next: "7"}, nil
	}
	body := a.send(t, "GET", "/players", "").Body.String()
	if !strings.HasPrefix(body, `{"players":[{"userId":3,`) || !strings.Contains(body, `{"userId":7,`) || !strings.HasSuffix(strings.TrimSpace(body), `"nextCursor":"7"}`) {
		t.Errorf("body: got %s, want both players and the cursor", body)
	}
	wantBody(t, newAPI(t).send(t, "GET", "/players", "").Body.String(), `{"players":[],"nextCursor":null}`)
}

func TestALeaderboardGoesOnBehindItsPage(t *testing.T) {
	a := newAPI(t)
	a.boards.TopFunc = func(context.Context, string, int) (ports.Leaderboard, error) {
		return ports.Leaderboard{Next: "90.8.7"}, nil
	}
	wantBody(t, a.send(t, "GET", pathTop+"?cursor=99.1.5&limit=1", "").Body.String(), `{"players":[],"lastSyncedAt":null,"nextCursor":"90.8.7"}`)
	if call := a.boards.TopCalls()[0]; call.Cursor != "99.1.5" || call.Limit != 1 {
		t.Errorf("got %q up to %d, want 99.1.5 up to 1", call.Cursor, call.Limit)
	}
}

func TestAPlaceIsShownWithItsNeighbours(t *testing.T) {
	entry := func(n int64) ports.LeaderboardEntry {
		return ports.LeaderboardEntry{UserID: user(n), Username: "P", Rank: "Guard", Points: 100 - n}
	}
	a := newAPI(t)
	a.boards.AroundFunc = func(_ context.Context, id domain.UserID, neighbours int) (ports.Surroundings, error) {
		return ports.Surroundings{
			Place: 3, Players: 9, Player: entry(id.Int64()), Before: []ports.LeaderboardEntry{entry(1), entry(2)},
			Behind: []ports.LeaderboardEntry{entry(8)},
		}, nil
	}
	wantBody(t, a.send(t, "GET", "/leaderboard/players/5?around=2", "").Body.String(), `{"place":3,"total":9,"players":[
{"place":1,"userId":1,"username":"P","rank":"Guard","points":99,"kos":0,"wos":0,"lastSyncedAt":null},
{"place":2,"userId":2,"username":"P","rank":"Guard","points":98,"kos":0,"wos":0,"lastSyncedAt":null},
{"place":3,"userId":5,"username":"P","rank":"Guard","points":95,"kos":0,"wos":0,"lastSyncedAt":null},
{"place":4,"userId":8,"username":"P","rank":"Guard","points":92,"kos":0,"wos":0,"lastSyncedAt":null}]}`)
	for query, want := range map[string]int{"": 5, "?around=0": 0, "?around=50": 50, "?around=51": -1, "?around=-1": -1, "?around=05": -1, "?around=": -1} {
		a := newAPI(t)
		w := a.send(t, "GET", "/leaderboard/players/5"+query, "")
		if want < 0 {
			wantProblem(t, w, 400, "query_invalid")
		} else if got := a.boards.AroundCalls()[0].Neighbours; got != want || w.Code != 200 {
			t.Errorf("%q: got %d neighbours and status %d, want %d", query, got, w.Code, want)
		}
	}
	wantProblem(t, a.send(t, "GET", "/leaderboard/players/x", ""), 400, "id_malformed")
}
