package opencloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// mirrorTries is how often an entry is read anew because somebody else changed it meanwhile.
const mirrorTries = 3

// mirrored is the mark that the mirror leaves in an entry when it wrote the counters. They belong to the game: only while they are
// still as the mark says may the mirror write them again, and only then are they no news of the game.
type mirrored struct {
	RankPoints      int64   `json:"rankPoints"`
	Kos             int64   `json:"kos"`
	Wos             int64   `json:"wos"`
	Warnings        int64   `json:"warnings"`
	Recommendations int64   `json:"recommendations"`
	ObservedAt      instant `json:"observedAt"`
}

func (m *mirrored) holds(r domain.Report) bool {
	return m != nil && m.RankPoints == r.Points && m.Kos == r.Kos && m.Wos == r.Wos &&
		m.Warnings == r.Warnings.Or(m.Warnings) && m.Recommendations == r.Recommendations.Or(m.Recommendations)
}

// PutStanding merges the standing into the player's entry of the first universe's data store, under the prefix and the user id. What
// GRPS owns is overwritten: userId, rank, rankSince, nextRank, nextRankRequiredPoints, previousRank, previousRankRequiredPoints,
// privileged, punishmentStatus, punishmentExpiresAt, decisionsBlocked and lastSyncedAt, null where absent, and the names where they
// are known. The counters (rankPoints, kos, wos, warnings, recommendations) belong to the game: they are written where the entry has
// none, or only those that were mirrored before. Everything else stays as it is, the
// entry's users and attributes too.
//
// An entry that somebody else changed since it was read is read again, up to three times; then the error is of kind conflict. One that
// holds anything but a JSON object is left alone: kind blocked, code "mirror_not_object".
func (c *Client) PutStanding(ctx context.Context, s ports.PlacedStanding) error {
	if err := c.putStanding(ctx, s); err != nil {
		return fmt.Errorf("mirror the standing of user %s: %w", s.Standing.UserID, err)
	}
	return nil
}

func (c *Client) putStanding(ctx context.Context, s ports.PlacedStanding) error {
	home, err := c.home()
	if err != nil {
		return err
	}
	for range mirrorTries {
		if err = c.mergeStanding(ctx, home, s); err == nil || domain.KindOf(err) != domain.KindConflict {
			return err
		}
	}
	if e, ok := errors.AsType[*domain.Error](err); ok && e.Code == codeNotCreated {
		return e.Cause // not there and not to be created: the refusal is about the entry itself
	}
	return err
}

// mergeStanding reads the entry, merges and writes it if that changed anything. Kind conflict when it is to be read again.
func (c *Client) mergeStanding(ctx context.Context, home domain.UniverseID, s ports.PlacedStanding) error {
	id := c.store.Prefix + s.Standing.UserID.String()
	if err := c.mirrorRead.take(ctx, ports.LaneMirror, 1, c.patience); err != nil {
		return err
	}
	defer c.mirrorRead.done(1, true)
	entry, err := c.readEntry(ctx, call{at: c.readEntries, lane: ports.LaneMirror}, home, id)
	missing := err == nil && entry.deleted()
	if err != nil {
		switch {
		case domain.KindOf(err) == domain.KindNotFound:
			missing = true
		case hasCode(err, codeTooLarge):
			return notObject(id)
		default:
			return err
		}
	}
	if missing {
		entry = entryDTO{Users: []string{userName(s.Standing.UserID)}}
	}
	fields, ok := object(entry.Value)
	if !ok {
		return notObject(id)
	}
	merge(fields, s)
	value, err := json.Marshal(fields)
	if err != nil {
		return &domain.Error{Kind: domain.KindInternal, Code: "mirror", Message: "the standing cannot be written", Cause: err}
	}
	if missing {
		return c.createEntry(ctx, home, id, value, entry.Users)
	}
	if same(entry.Value, value) {
		return nil
	}
	entry.Value = value
	return c.writeEntry(ctx, home, id, entry)
}

// RemoveStanding removes the player's entry, with what the game keeps in it. It is called in the mirror's turn.
func (c *Client) RemoveStanding(ctx context.Context, user domain.UserID) error {
	home, err := c.home()
	if err != nil {
		return err
	}
	err = c.do(ctx, call{
		at: c.mirrorWrite, lane: ports.LaneMirror, method: http.MethodDelete,
		path: c.entriesPath(home) + "/" + segment(c.store.Prefix+user.String()),
	}, nil)
	if err != nil && domain.KindOf(err) == domain.KindNotFound {
		return nil
	}
	return err
}

const codeNotCreated = "mirror_not_created"

// createEntry writes an entry that was not there. Roblox refuses one that is there by now with 400, as it does a wrong one; either
// way reading again tells.
func (c *Client) createEntry(
	ctx context.Context, home domain.UniverseID, id string, value json.RawMessage, users []string,
) error {
	var created entryDTO
	err := c.do(ctx, call{
		at: c.mirrorWrite, lane: ports.LaneMirror, method: http.MethodPost, path: c.entriesPath(home), query: url.Values{"id": {id}},
		body: entryDTO{Value: value, Users: users},
	}, &created)
	if err != nil && domain.KindOf(err) == domain.KindInvalid {
		return &domain.Error{
			Kind: domain.KindConflict, Code: codeNotCreated, Cause: err,
			Message: "the entry could not be created, because it is there already or because Roblox refuses it; repeat it",
		}
	}
	if err != nil {
		return err
	}
	return created.speaksOf(home, id)
}

// writeEntry replaces the entry as it was read: Roblox refuses the etag of any other state with 409.
func (c *Client) writeEntry(ctx context.Context, home domain.UniverseID, id string, entry entryDTO) error {
	var written entryDTO
	err := c.do(ctx, call{
		at: c.mirrorWrite, lane: ports.LaneMirror, method: http.MethodPatch, path: c.entriesPath(home) + "/" + segment(id),
		query: url.Values{"allowMissing": {"true"}},
		body:  entryDTO{Etag: entry.Etag, Value: entry.Value, Users: entry.Users, Attributes: entry.Attributes},
	}, &written)
	if err != nil {
		return err
	}
	return written.speaksOf(home, id)
}

func notObject(id string) error {
	return &domain.Error{
		Kind: domain.KindBlocked, Code: "mirror_not_object",
		Message: "the player's entry " + id + " in the data store holds no JSON object, so nothing can be merged into it; " +
			"use another store or prefix for it",
	}
}

// merge writes the standing into the fields of an entry.
func merge(fields map[string]json.RawMessage, p ports.PlacedStanding) {
	s, at := p.Standing, p.Position
	mergeCounters(fields, s)
	fields["userId"] = jsonOf(s.UserID.Int64())
	mergeName(fields, "username", s.Username)
	mergeName(fields, "displayName", s.DisplayName)
	fields["rank"] = orNull(s.Rank, s.Rank != "")
	fields["rankSince"] = jsonOf(instant{s.RankSince})
	fields["nextRank"] = orNull(at.Next, at.Next != "")
	fields["nextRankRequiredPoints"] = orNull(at.NextPoints, at.Next != "")
	fields["previousRank"] = orNull(at.Previous, at.Previous != "")
	fields["previousRankRequiredPoints"] = orNull(at.PreviousPoints, at.Previous != "")
	fields["privileged"] = jsonOf(at.Privileged)
	fields["punishmentStatus"] = orNull(s.Punishment.Status.String(), s.Punishment.InForce())
	fields["punishmentExpiresAt"] = jsonOf(instant{s.Punishment.Until})
	fields["decisionsBlocked"] = jsonOf(at.Blocked)
	fields["lastSyncedAt"] = jsonOf(instant{s.LastSyncedAt})
}

// mergeName writes a name that is known; one that is not keeps what the game wrote.
func mergeName(fields map[string]json.RawMessage, field, name string) {
	if _, there := fields[field]; name != "" || !there {
		fields[field] = orNull(name, name != "")
	}
}

// mergeCounters writes the counters where the game keeps none of its own, with the mark by which they are known again; where it does,
// the mark goes.
func mergeCounters(fields map[string]json.RawMessage, s domain.Standing) {
	if gameKeepsCounters(fields) {
		delete(fields, "grpsMirror")
		return
	}
	m := mirrored{
		RankPoints: s.Points, Kos: s.Kos, Wos: s.Wos, Warnings: s.Warnings, Recommendations: s.Recommendations,
		ObservedAt: instant{firstTime(s.ObservedAt, s.LastSyncedAt, s.CreatedAt)},
	}
	fields["rankPoints"] = jsonOf(m.RankPoints)
	fields["kos"] = jsonOf(m.Kos)
	fields["wos"] = jsonOf(m.Wos)
	fields["warnings"] = jsonOf(m.Warnings)
	fields["recommendations"] = jsonOf(m.Recommendations)
	fields["grpsMirror"] = jsonOf(m)
}

// gameKeepsCounters reports whether the entry has any counter, by whatever case of its name, that the mirror did not write.
func gameKeepsCounters(fields map[string]json.RawMessage) bool {
	var mark *mirrored
	if json.Unmarshal(fields["grpsMirror"], &mark) != nil {
		mark = nil
	}
	for name, raw := range fields {
		if isCounter(name) && string(raw) != "null" && !mark.wrote(name, raw) {
			return true
		}
	}
	return false
}

func isCounter(name string) bool {
	switch strings.ToLower(name) {
	case "rankpoints", "points", "kos", "wos", "warnings", "recommendations":
		return true
	}
	return false
}

// wrote reports whether the counter is as the mark says.
func (m *mirrored) wrote(name string, raw json.RawMessage) bool {
	if m == nil {
		return false
	}
	want, ok := map[string]int64{
		"rankPoints": m.RankPoints, "kos": m.Kos, "wos": m.Wos, "warnings": m.Warnings, "recommendations": m.Recommendations,
	}[name]
	var n number
	return ok && n.UnmarshalJSON(raw) == nil && n.n == want
}

// same reports whether two values are the same JSON but for space.
func same(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	fields, ok := object(a)
	if !ok {
		return false
	}
	sorted, err := json.Marshal(fields)
	return err == nil && json.Compact(&x, sorted) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

func orNull[T any](v T, present bool) json.RawMessage {
	if !present {
		return json.RawMessage("null")
	}
	return jsonOf(v)
}

// jsonOf encodes texts, numbers, truth values, times and the mark, none of which can be refused.
func jsonOf(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return raw
}

func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
