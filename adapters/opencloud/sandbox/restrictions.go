package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds that Roblox documents for user restrictions; lengths in characters, durations in seconds.
const (
	maxRestrictionPage  = 100
	maxDisplayReason    = 400
	maxPrivateReason    = 1_000
	maxRestrictionTime  = 315_576_000_000
	maxRestrictions     = 100_000 // the sandbox's own cap
	restrictionMask     = "gameJoinRestriction"
	restrictionMaskAlso = "game_join_restriction"
)

// restrictionKey is the resource: what Roblox keeps of one user in one universe.
type restrictionKey struct{ universe, user int64 }

// restriction is that state; ever is false until the first update, before which Roblox reports an inactive one.
type restriction struct {
	ever           bool
	active         bool
	start, updated time.Time
	seconds        int64 // 0 is without end
	privateReason  string
	displayReason  string
	excludeAlts    bool
}

// restrictionRecord also keeps the state before the last write; it begins as never restricted.
type restrictionRecord struct{ now, before restriction }

type restrictionDTO struct {
	Path                string                 `json:"path"`
	UpdateTime          string                 `json:"updateTime,omitempty"`
	User                string                 `json:"user"`
	GameJoinRestriction gameJoinRestrictionDTO `json:"gameJoinRestriction"`
}

type gameJoinRestrictionDTO struct {
	Active             bool   `json:"active"`
	StartTime          string `json:"startTime,omitempty"`
	Duration           string `json:"duration,omitempty"` // absent when permanent
	PrivateReason      string `json:"privateReason"`
	DisplayReason      string `json:"displayReason"`
	ExcludeAltAccounts bool   `json:"excludeAltAccounts"`
	Inherited          bool   `json:"inherited"`
}

type restrictionPage struct {
	UserRestrictions []restrictionDTO `json:"userRestrictions"`
	NextPageToken    string           `json:"nextPageToken"`
}

func (s *Server) getRestriction(q *request) (any, error) {
	key, err := s.restrictionKey(q)
	if err != nil {
		return nil, err
	}
	return key.dto(s.lookRestriction(key, q.stale), q.now), nil
}

// listRestrictions lists everyone ever restricted in the universe, by user id.
func (s *Server) listRestrictions(q *request) (any, error) {
	universe, err := s.universe(q)
	if err != nil {
		return nil, err
	}
	var users []int64
	for key := range s.restrictions {
		if key.universe == universe && s.lookRestriction(key, q.stale).ever {
			users = append(users, key.user)
		}
	}
	slices.Sort(users)
	users, next, err := page(q, users, maxRestrictionPage)
	if err != nil {
		return nil, err
	}
	out := restrictionPage{UserRestrictions: make([]restrictionDTO, 0, len(users)), NextPageToken: next}
	for _, user := range users {
		key := restrictionKey{universe: universe, user: user}
		out.UserRestrictions = append(out.UserRestrictions, key.dto(s.lookRestriction(key, q.stale), q.now))
	}
	return out, nil
}

func (s *Server) updateRestriction(q *request) (any, error) {
	key, err := s.restrictionKey(q)
	if err != nil {
		return nil, err
	}
	body, err := parseObject(q.body)
	if err != nil {
		return nil, err
	}
	if mask := q.query.Get("updateMask"); mask != "" && mask != restrictionMask && mask != restrictionMaskAlso {
		return nil, invalidArgument("updateMask must be %s: parts of it cannot be updated alone", restrictionMask)
	}
	next, err := parseRestriction(body, q.now)
	if err != nil {
		return nil, err
	}
	pair, err := q.idempotencyPair(key)
	if err != nil {
		return nil, err
	}
	if answered, again := s.answered.look(pair); again {
		return answered, nil
	}
	rec := s.restrictions[key]
	if rec == nil {
		if len(s.restrictions) >= maxRestrictions {
			return nil, full("restrictions")
		}
		rec = &restrictionRecord{}
		s.restrictions[key] = rec
	}
	rec.before, rec.now = rec.now, next
	q.changed = true
	dto := key.dto(next, q.now)
	s.answered.keep(pair, dto)
	return dto, nil
}

// universe reads the universe id of the path and refuses one that the key has no access to.
func (s *Server) universe(q *request) (int64, error) {
	id, ok := parseID(q.param["universe"])
	if !ok {
		return 0, invalidArgument("the universe id must be a positive number")
	}
	if !slices.Contains(s.universes, id) {
		return 0, notFound("there is no universe %d", id)
	}
	return id, nil
}

func (s *Server) restrictionKey(q *request) (restrictionKey, error) {
	universe, err := s.universe(q)
	if err != nil {
		return restrictionKey{}, err
	}
	user, ok := parseID(q.param["user"])
	if !ok {
		return restrictionKey{}, invalidArgument("the user restriction id must be a user id")
	}
	return restrictionKey{universe: universe, user: user}, nil
}

func (s *Server) lookRestriction(key restrictionKey, stale bool) restriction {
	rec := s.restrictions[key]
	switch {
	case rec == nil:
		return restriction{}
	case stale:
		return rec.before
	}
	return rec.now
}

func parseRestriction(body object, now time.Time) (restriction, error) {
	none := restriction{}
	if !body.has(restrictionMask) {
		return none, invalidArgument("gameJoinRestriction is missing")
	}
	o, err := fieldOf[object](body, restrictionMask)
	if err != nil {
		return none, err
	}
	r := restriction{ever: true, updated: now}
	if r.active, err = fieldOf[bool](o, "active"); err != nil {
		return none, err
	}
	if r.active {
		r.start = now
	}
	if r.seconds, err = parseDuration(o); err != nil {
		return none, err
	}
	if r.privateReason, err = textOf(o, "privateReason", maxPrivateReason); err != nil {
		return none, err
	}
	if r.displayReason, err = textOf(o, "displayReason", maxDisplayReason); err != nil {
		return none, err
	}
	if r.excludeAlts, err = fieldOf[bool](o, "excludeAltAccounts"); err != nil {
		return none, err
	}
	return r, nil
}

// parseDuration reads whole seconds followed by s. Absent is 0, without end; the empty string is refused, as observed
// at Roblox.
func parseDuration(o object) (int64, error) {
	text, err := fieldOf[string](o, "duration")
	if err != nil || !o.has("duration") {
		return 0, err
	}
	digits, unit := strings.CutSuffix(text, "s")
	seconds, ok := parseID(digits)
	if !unit || !ok || seconds > maxRestrictionTime {
		longest := int64(maxRestrictionTime)
		return 0, invalidArgument("duration must be 1s to %ds in whole seconds, or absent for ever", longest)
	}
	return seconds, nil
}

func textOf(o object, name string, longest int) (string, error) {
	text, err := fieldOf[string](o, name)
	if err == nil && utf8.RuneCountInString(text) > longest {
		err = invalidArgument("%s may have at most %d characters", name, longest)
	}
	return text, err
}

// activeAt says whether the user is kept out at now: a timed restriction ends by itself.
func (r restriction) activeAt(now time.Time) bool {
	return r.active && (r.seconds == 0 || now.Unix()-r.start.Unix() < r.seconds)
}

// duration is in Roblox's spelling; empty means permanent.
func (r restriction) duration() string {
	if r.seconds == 0 {
		return ""
	}
	return strconv.FormatInt(r.seconds, 10) + "s"
}

func (k restrictionKey) dto(r restriction, now time.Time) restrictionDTO {
	dto := restrictionDTO{
		Path: fmt.Sprintf("universes/%d/user-restrictions/%d", k.universe, k.user),
		User: userPath(k.user),
		GameJoinRestriction: gameJoinRestrictionDTO{
			Active:             r.activeAt(now),
			Duration:           r.duration(),
			PrivateReason:      r.privateReason,
			DisplayReason:      r.displayReason,
			ExcludeAltAccounts: r.excludeAlts,
		},
	}
	if r.ever {
		dto.UpdateTime = stamp(r.updated)
	}
	if r.active {
		dto.GameJoinRestriction.StartTime = stamp(r.start)
	}
	return dto
}

// Restriction is what one universe keeps of a user, as an inspector sees it.
type Restriction struct {
	Universe      int64     `json:"universe"`
	Active        bool      `json:"active"`
	StartTime     time.Time `json:"startTime,omitzero"` // zero when not active
	Duration      string    `json:"duration,omitempty"` // whole seconds as "86400s"; empty means without end
	DisplayReason string    `json:"displayReason"`
	PrivateReason string    `json:"-"`
	ExcludeAlts   bool      `json:"-"`
}

// restrictionsOf lists what every universe keeps of user, by universe; never nil.
func (s *Server) restrictionsOf(user int64) []Restriction {
	out := []Restriction{}
	now := s.now()
	for _, universe := range s.universes {
		rec := s.restrictions[restrictionKey{universe: universe, user: user}]
		if rec == nil {
			continue
		}
		r := rec.now
		out = append(out, Restriction{
			Universe:      universe,
			Active:        r.activeAt(now),
			StartTime:     r.start,
			Duration:      r.duration(),
			DisplayReason: r.displayReason,
			PrivateReason: r.privateReason,
			ExcludeAlts:   r.excludeAlts,
		})
	}
	slices.SortFunc(out, func(a, b Restriction) int { return cmp.Compare(a.Universe, b.Universe) })
	return out
}
