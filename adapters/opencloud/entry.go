package opencloud

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/grps/grps/domain"
)

// entryDTO is an entry of a data store. An update clears whatever of users and attributes it leaves out.
type entryDTO struct {
	Path       string          `json:"path,omitempty"`
	ID         string          `json:"id,omitempty"`
	Etag       string          `json:"etag,omitempty"`
	State      string          `json:"state,omitempty"`
	Value      json.RawMessage `json:"value"`
	Users      []string        `json:"users,omitempty"`
	Attributes json.RawMessage `json:"attributes,omitempty"`
	RevisedAt  string          `json:"revisionCreateTime,omitempty"` // when the value was written, by Roblox's clock; RFC 3339
}

// observedAt returns the report as of the instant at which the entry was written, unless its value names one. An instant that Roblox
// does not name, or names ahead of now, is now.
func (e entryDTO) observedAt(r domain.Report, now time.Time) domain.Report {
	if !r.ObservedAt.IsZero() {
		return r
	}
	revised, err := time.Parse(time.RFC3339Nano, e.RevisedAt)
	if err != nil || revised.After(now) {
		revised = now
	}
	r.ObservedAt = revised
	return r
}

// entriesPath is the collection of the store's entries, with names escaped.
func (c *Client) entriesPath(home domain.UniverseID) string {
	store := "/data-stores/" + segment(c.store.Name) + "/scopes/" + segment(c.store.Scope)
	return "/cloud/v2/universes/" + home.String() + store + "/entries"
}

// segment escapes a name for one segment of a path. A colon is escaped too: behind a literal one stands a verb.
func segment(name string) string { return strings.ReplaceAll(url.PathEscape(name), ":", "%3A") }

// speaksOf returns an error unless the answer is about the entry id of universe home.
func (e entryDTO) speaksOf(home domain.UniverseID, id string) error {
	inUniverse := e.Path == "" || strings.HasPrefix(e.Path, "universes/"+home.String()+"/")
	if inUniverse && (e.ID == id || e.ID == "" && strings.HasSuffix(e.Path, "/entries/"+id)) {
		return nil
	}
	return unreadable("the entry is another one than was asked for")
}

// deleted reports whether the entry only waits for its removal: Roblox keeps it for 30 days.
func (e entryDTO) deleted() bool { return e.State == "DELETED" }

// object returns the fields of a value that is a JSON object. null, nothing at all and [] are an object without fields: Luau encodes
// an empty table as [].
func object(value json.RawMessage) (map[string]json.RawMessage, bool) {
	value = bytes.TrimSpace(value)
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil && len(list) == 0 || len(value) == 0 {
		return map[string]json.RawMessage{}, true
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(value, &fields) != nil || fields == nil {
		return nil, false
	}
	return fields, true
}

// savedPlayer is what games keep of a player. Names of fields match whatever their case.
type savedPlayer struct {
	UserID              number    `json:"userId"`
	Username            text      `json:"username"`
	DisplayName         text      `json:"displayName"`
	Rank                any       `json:"rank"` // some games keep a number here, which names no rank of the ladder
	RankPoints          number    `json:"rankPoints"`
	Points              number    `json:"points"`
	Kos                 number    `json:"kos"`
	Wos                 number    `json:"wos"`
	Warnings            number    `json:"warnings"`
	Recommendations     number    `json:"recommendations"`
	PunishmentStatus    text      `json:"punishmentStatus"`
	PunishmentExpiresAt instant   `json:"punishmentExpiresAt"`
	ObservedAt          instant   `json:"observedAt"`
	Mirrored            *mirrored `json:"grpsMirror"`
}

// reportFrom returns what the entry tells of a player; false when it tells of none, or of one without a name, or when anything in it
// cannot be understood. key is the part of the entry's id behind the prefix.
func reportFrom(value json.RawMessage, key string, now time.Time) (domain.Report, bool) {
	var p savedPlayer
	if fields, ok := object(value); !ok || len(fields) == 0 || json.Unmarshal(value, &p) != nil {
		return domain.Report{}, false
	}
	user, ok := userFrom(p.UserID, key)
	if !ok {
		return domain.Report{}, false
	}
	punishment, err := domain.ParsePunishmentStatus(p.PunishmentStatus.String())
	if err != nil {
		return domain.Report{}, false
	}
	rank, _ := p.Rank.(string)
	report := domain.Report{
		UserID:          user,
		Username:        p.Username.String(),
		DisplayName:     p.DisplayName.String(),
		Rank:            strings.TrimSpace(rank),
		Points:          p.RankPoints.or(p.Points).n,
		Kos:             p.Kos.n,
		Wos:             p.Wos.n,
		Warnings:        p.Warnings.count(),
		Recommendations: p.Recommendations.count(),
		Punishment:      punishment,
		PunishmentUntil: p.PunishmentExpiresAt.Time,
		ObservedAt:      p.ObservedAt.Time,
	}
	if p.Mirrored.holds(report) {
		report.ObservedAt = p.Mirrored.ObservedAt.Time
	}
	_, err = domain.NewSnapshot(report, now) // refuses what no snapshot may hold
	return report, err == nil
}

// userFrom returns whom an entry is about: by its value, its key, or both if they agree.
func userFrom(inValue number, key string) (domain.UserID, bool) {
	byKey, keyErr := domain.ParseUserID(key)
	if !inValue.given {
		return byKey, keyErr == nil
	}
	byValue, err := domain.NewUserID(inValue.n)
	return byValue, err == nil && (keyErr != nil || byKey == byValue)
}

// number is a whole number as games write it: 520, 520.0, 5.2e2 or "520". What stands behind the point is cut off.
type number struct {
	n     int64
	given bool
}

// UnmarshalJSON accepts null as not given.
func (n *number) UnmarshalJSON(raw []byte) error {
	digits := strings.TrimSpace(strings.Trim(string(raw), `"`))
	if digits == "null" || digits == "" {
		return nil
	}
	whole, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		var broken float64
		if broken, err = strconv.ParseFloat(digits, 64); err == nil && !(broken >= -domain.MaxID && broken <= domain.MaxID) {
			err = strconv.ErrRange
		}
		whole = int64(broken)
	}
	if err != nil {
		return err
	}
	*n = number{whole, true}
	return nil
}

func (n number) or(otherwise number) number {
	if n.given {
		return n
	}
	return otherwise
}

func (n number) count() domain.Count {
	if !n.given {
		return domain.Count{}
	}
	return domain.CountOf(n.n)
}

// text is a string without space around it; null is "".
type text string

// UnmarshalJSON refuses anything but a string or null.
func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	*t = text(strings.TrimSpace(s))
	return nil
}

func (t text) String() string { return string(t) }

// instant is a time in RFC 3339 or, as Luau's os.time gives it, in seconds since 1970, in the years 1 … 9999; null and "" are the zero
// time.
type instant struct{ time.Time }

// UnmarshalJSON refuses what is no time.
func (i *instant) UnmarshalJSON(raw []byte) error {
	var (
		seconds number
		t       time.Time
	)
	if err := seconds.UnmarshalJSON(raw); err == nil {
		if !seconds.given {
			return nil
		}
		t = time.Unix(seconds.n, 0)
	} else if err := json.Unmarshal(raw, &t); err != nil {
		return err
	}
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return strconv.ErrRange
	}
	i.Time = domain.Instant(t)
	return nil
}

// MarshalJSON writes RFC 3339, and the zero time as null.
func (i instant) MarshalJSON() ([]byte, error) {
	if i.IsZero() {
		return []byte("null"), nil
	}
	return i.UTC().MarshalJSON()
}
