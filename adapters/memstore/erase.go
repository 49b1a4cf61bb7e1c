package memstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func (u *unit) EraseUser(ctx context.Context, user domain.UserID) (bool, error) {
	leased := false
	err := u.call(ctx, "erase the player", func() error {
		at := now()
		for _, p := range u.placesOf(user) {
			leased = leased || p.lease.lasts(at)
		}
		u.players.remove(user)
		u.places.remove(user)
		of := func(r ports.SnapshotRecord) bool { return r.Snapshot.UserID() == user }
		for _, r := range append(slices.Clone(u.kept.history[user]), u.appended...) {
			if of(r) {
				u.answers.remove(r.Request)
			}
		}
		u.appended = slices.DeleteFunc(u.appended, of)
		u.forgotten = append(u.forgotten, user)
		for f := range u.differences.values() {
			if f.User == user {
				u.differences.remove(finding{f.sweep, user})
			}
		}
		for f := range u.findings.values() {
			if f.UserID == user {
				u.findings.remove(f.ID)
			}
		}
		for r := range u.rewound.values() {
			if r.User == user {
				u.rewound.remove(finding{r.sweep, user})
			}
		}
		for r := range u.decisions.values() {
			if r.UserID == user {
				u.makeAnonymous(r)
			}
		}
		return nil
	})
	return leased, err
}

// makeAnonymous leaves of a decision what was decided when, under which policy, and which key asked.
func (u *unit) makeAnonymous(r ports.DecisionRecord) {
	transitions, _ := u.transitions.get(r.ID)
	transitions = slices.Clone(transitions)
	for i := range transitions {
		transitions[i].Detail = ""
	}
	u.transitions.put(r.ID, transitions)
	r.UserID, r.Input, r.Decision.Checks, r.Decision.Returned = domain.UserID{}, domain.Standing{}, domain.Checks{}, domain.Returned{}
	r.Detail, r.Reason, r.Order, r.SnapshotID, r.RequestID = "", "", domain.Order{}, 0, ""
	u.decisions.put(r.ID, r)
}

// Strays returns users who are no players although something is stored about them; see ports.Erasures.
func (s *Store) Strays(ctx context.Context, after domain.UserID, limit int) ([]domain.UserID, error) {
	return read(ctx, s, "look for what is stored about nobody known", func(kept *tables) ([]domain.UserID, error) {
		var users []domain.UserID
		for user, places := range kept.places {
			if len(places) > 0 {
				users = append(users, user)
			}
		}
		for f := range kept.differences {
			users = append(users, f.user)
		}
		for _, f := range kept.findings {
			users = append(users, f.UserID)
		}
		for r := range kept.rewound {
			users = append(users, r.user)
		}
		users = slices.DeleteFunc(ascending(users), func(user domain.UserID) bool {
			_, known := kept.players[user]
			return known || compareUsers(user, after) <= 0
		})
		return users[:min(max(limit, 0), len(users))], nil
	})
}

// NamesOf returns the names of a player; see ports.Erasures.
func (s *Store) NamesOf(ctx context.Context, user domain.UserID) ([]string, error) {
	return read(ctx, s, "look for the names of a player", func(kept *tables) ([]string, error) {
		player := kept.players[user]
		names := []string{player.Username, player.DisplayName}
		for _, r := range kept.history[user] {
			names = append(names, r.Snapshot.Report().Username, r.Snapshot.Report().DisplayName)
		}
		for _, r := range kept.decisions {
			if r.UserID == user {
				names = append(names, r.Input.Username)
			}
		}
		slices.Sort(names)
		names = slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
		return names[:min(len(names), maxNames)], nil
	})
}

// maxNames is how many names of a player are looked for.
const maxNames = 100

// EraseMentions takes the user out of what is stored about others, all in one step; see ports.Erasures.
func (s *Store) EraseMentions(ctx context.Context, user domain.UserID, names []string, after string) (string, error) {
	if after != "" {
		return "", domain.ErrNotFound
	}
	if err := s.takeTurn(ctx); err != nil {
		return "", fmt.Errorf("take somebody out of what is stored about others: %w", err)
	}
	defer s.endTurn()
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := &s.kept
	clean := func(text string) string { return domain.Redact(text, user, names) }
	other := func(actor domain.UserID) domain.UserID {
		if actor == user {
			return domain.UserID{}
		}
		return actor
	}
	for id, r := range kept.decisions {
		r.Actor, r.Reason, r.Detail = other(r.Actor), clean(r.Reason), clean(r.Detail)
		kept.decisions[id] = r
		transitions := slices.Clone(kept.transitions[id])
		for i, t := range transitions {
			transitions[i].Actor, transitions[i].Detail = other(t.Actor), clean(t.Detail)
		}
		kept.transitions[id] = transitions
	}
	for of, history := range kept.history {
		history = slices.Clone(history)
		for i := range history {
			history[i].Actor = other(history[i].Actor)
		}
		kept.history[of] = history
	}
	for key, stored := range kept.answers {
		if d := stored.Answer.Decision; d != nil {
			record := *d
			record.Actor = other(record.Actor)
			stored.Answer.Decision = &record
			kept.answers[key] = stored
		}
	}
	for of, places := range kept.places {
		places = slices.Clone(places)
		for i, p := range places {
			places[i].reason, places[i].entry.Effect.Alert.Text = clean(p.reason), clean(p.entry.Effect.Alert.Text)
		}
		kept.places[of] = places
	}
	for id, w := range kept.sweeps {
		w.Actor, w.Override, w.Detail = other(w.Actor), clean(w.Override), clean(w.Detail)
		if w.Kind != ports.SweepReconcile && w.Cursor == user.String() {
			w.Cursor = "" // nobody stands between the two
			if n := user.Int64() - 1; n > 0 {
				w.Cursor = strconv.FormatInt(n, 10)
			}
		}
		kept.sweeps[id] = w
	}
	kept.automation.Actor, kept.automation.Reason = other(kept.automation.Actor), clean(kept.automation.Reason)
	return "", nil
}

// Holdings shows what is stored about a user; see ports.Erasures.
func (s *Store) Holdings(ctx context.Context, user domain.UserID, use func(table string, row []byte) error) error {
	type row struct {
		table string
		says  map[string]any
	}
	rows, err := read(ctx, s, "read what is held about a player", func(kept *tables) ([]row, error) {
		var rows []row
		add := func(table string, says map[string]any) { rows = append(rows, row{table, says}) }
		if p, ok := kept.players[user]; ok {
			add("players", map[string]any{"user_id": user.Int64(), "username": p.Username, "rank": p.Rank})
		}
		for _, r := range kept.history[user] {
			add("player_snapshots", map[string]any{"user_id": user.Int64(), "id": r.ID, "username": r.Snapshot.Report().Username})
		}
		for _, r := range kept.decisions {
			if r.UserID == user || r.Actor == user {
				add("decisions", map[string]any{"user_id": r.UserID.Int64(), "id": r.ID, "actor_user_id": r.Actor.Int64()})
			}
		}
		for _, p := range kept.places[user] {
			add("outbox", map[string]any{"user_id": user.Int64(), "id": p.id, "kind": p.entry.Effect.Kind.String()})
		}
		for _, f := range kept.differences {
			if f.User == user {
				add("sweep_differences", map[string]any{"user_id": user.Int64(), "sweep_id": f.sweep})
			}
		}
		for _, f := range kept.findings {
			if f.UserID == user {
				add("findings", map[string]any{"user_id": user.Int64(), "id": f.ID, "kind": f.Finding.Kind.String()})
			}
		}
		for _, r := range kept.rewound {
			if r.User == user {
				add("rewound_players", map[string]any{"user_id": user.Int64(), "sweep_id": r.sweep})
			}
		}
		for _, e := range kept.erasures {
			if e.User == user {
				add("erasures", map[string]any{"user_id": user.Int64(), "id": e.ID})
			}
		}
		return rows, nil
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		text, err := json.Marshal(r.says)
		if err != nil {
			return fmt.Errorf("write a row: %w", err)
		}
		if err := use(r.table, text); err != nil {
			return err
		}
	}
	return nil
}
