package sandbox

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Bounds that Roblox documents for entries; lengths in characters.
const (
	maxEntryPage      = 256
	maxValue          = 4_194_304
	maxAttributeName  = 50
	maxAttributeValue = 250
	maxAttributes     = 300 // names and values together
)

type entryDTO struct {
	Path               string                     `json:"path"`
	CreateTime         string                     `json:"createTime"`
	RevisionID         string                     `json:"revisionId"`
	RevisionCreateTime string                     `json:"revisionCreateTime"`
	State              string                     `json:"state"`
	Etag               string                     `json:"etag"`
	Value              json.RawMessage            `json:"value"`
	ID                 string                     `json:"id"`
	Users              []string                   `json:"users"`
	Attributes         map[string]json.RawMessage `json:"attributes"`
}

type listedEntryDTO struct {
	Path string `json:"path"`
	ID   string `json:"id"`
}

type entryPage struct {
	DataStoreEntries []listedEntryDTO `json:"dataStoreEntries"`
	NextPageToken    string           `json:"nextPageToken"`
}

func (s *Server) listEntries(q *request) (any, error) {
	at, err := s.storeKey(q)
	if err != nil {
		return nil, err
	}
	prefix, err := parsePrefixFilter(q.query.Get("filter"))
	if err != nil {
		return nil, err
	}
	deleted, err := q.flag("showDeleted")
	if err != nil {
		return nil, err
	}
	byName := map[string]entryKey{}
	var names []string
	for _, key := range s.entries.keys(at.universe, at.store, at.scope, prefix, deleted, q.stale) {
		byName[key.sortKey()] = key
		names = append(names, key.sortKey())
	}
	names, next, err := page(q, names, maxEntryPage)
	if err != nil {
		return nil, err
	}
	out := entryPage{DataStoreEntries: make([]listedEntryDTO, 0, len(names)), NextPageToken: next}
	for _, name := range names {
		key := byName[name]
		out.DataStoreEntries = append(out.DataStoreEntries, listedEntryDTO{Path: key.path(), ID: key.id})
	}
	return out, nil
}

func (s *Server) createEntry(q *request) (any, error) {
	key, err := s.storeKey(q)
	if err != nil {
		return nil, err
	}
	key.id = q.query.Get("id")
	if !validName(key.id) || key.scope == anyScope {
		return nil, invalidArgument("id must have 1 to 50 characters and the scope must be named")
	}
	body, err := parseObject(q.body)
	if err != nil {
		return nil, err
	}
	next, err := parseEntry(body)
	if err != nil {
		return nil, err
	}
	if s.entries.look(key, false).readable() {
		return nil, invalidArgument("the entry %q exists", key.id)
	}
	return s.writeEntry(q, key, next)
}

// getEntry also reads {id}@latest and {id}@{revision}, the latter only while it is the latest: older revisions are not
// kept.
func (s *Server) getEntry(q *request) (any, error) {
	key, err := s.entryKey(q)
	if err != nil {
		return nil, err
	}
	id, revision, versioned := cutLast(key.id, "@")
	if versioned {
		key.id = id
	}
	e := s.entries.look(key, q.stale)
	if !e.readable() || versioned && revision != "latest" && revision != e.revision {
		return nil, notFound("there is no entry %q", q.param["entry"])
	}
	return key.dto(e), nil
}

func (s *Server) updateEntry(q *request) (any, error) {
	key, err := s.entryKey(q)
	if err != nil {
		return nil, err
	}
	allowMissing, err := q.flag("allowMissing")
	if err != nil {
		return nil, err
	}
	body, err := parseObject(q.body)
	if err != nil {
		return nil, err
	}
	next, err := parseEntry(body)
	if err != nil {
		return nil, err
	}
	etag, err := fieldOf[string](body, "etag")
	if err != nil {
		return nil, err
	}
	found := s.entries.look(key, false)
	switch {
	case !found.readable() && !allowMissing:
		return nil, notFound("there is no entry %q", key.id)
	case etag != "" && (!found.readable() || etag != found.etag):
		return nil, aborted("the etag is not that of the latest revision")
	}
	return s.writeEntry(q, key, next)
}

func (s *Server) deleteEntry(q *request) (any, error) {
	key, err := s.entryKey(q)
	if err != nil {
		return nil, err
	}
	if !s.entries.look(key, false).readable() {
		return nil, notFound("there is no entry %q", key.id)
	}
	s.entries.remove(key, q.now)
	q.changed = true
	return nil, nil
}

func (s *Server) writeEntry(q *request, key entryKey, next entry) (any, error) {
	if !s.entries.put(key, next, q.now, false) {
		return nil, full("entries")
	}
	q.changed = true
	return key.dto(s.entries.look(key, false)), nil
}

// storeKey reads universe, store and scope from the path.
func (s *Server) storeKey(q *request) (entryKey, error) {
	universe, err := s.universe(q)
	if err != nil {
		return entryKey{}, err
	}
	key := entryKey{universe: universe, store: q.param["store"], scope: defaultScope}
	if scope, given := q.param["scope"]; given {
		key.scope = scope
	}
	if !validName(key.store) || !validName(key.scope) {
		return entryKey{}, invalidArgument("a data store or scope name must have 1 to 50 characters")
	}
	return key, nil
}

func (s *Server) entryKey(q *request) (entryKey, error) {
	key, err := s.storeKey(q)
	if err != nil {
		return entryKey{}, err
	}
	key.id = q.param["entry"]
	if name, _, _ := cutLast(key.id, "@"); !validName(name) || key.scope == anyScope {
		return entryKey{}, invalidArgument("the entry id must have 1 to 50 characters and the scope must be named")
	}
	return key, nil
}

// parseEntry reads the writable fields. What is absent is cleared: there is no partial update.
func parseEntry(body object) (entry, error) {
	if !body.has("value") {
		return entry{}, invalidArgument("value is missing")
	}
	e := entry{value: body["value"]}
	if utf8.RuneCount(e.value) > maxValue {
		return entry{}, invalidArgument("value may have at most %d characters", maxValue)
	}
	var err error
	if e.users, err = fieldOf[[]string](body, "users"); err != nil {
		return entry{}, err
	}
	for _, user := range e.users {
		if _, ok := parsePathID(user, "users/"); !ok {
			return entry{}, invalidArgument("each of users must be users/{id}")
		}
	}
	if e.attributes, err = fieldOf[map[string]json.RawMessage](body, "attributes"); err != nil {
		return entry{}, err
	}
	total := 0
	for name, value := range e.attributes {
		n, v := utf8.RuneCountInString(name), utf8.RuneCount(value)
		if total += n + v; n > maxAttributeName || v > maxAttributeValue || total > maxAttributes {
			return entry{}, invalidArgument("attributes are longer than allowed")
		}
	}
	return e, nil
}

func (k entryKey) dto(e entry) entryDTO {
	dto := entryDTO{
		Path:               k.path(),
		CreateTime:         stamp(e.created),
		RevisionID:         e.revision,
		RevisionCreateTime: stamp(e.revised),
		State:              "ACTIVE",
		Etag:               e.etag,
		Value:              e.value,
		ID:                 k.id,
		Users:              e.users,
		Attributes:         e.attributes,
	}
	if dto.Users == nil {
		dto.Users = []string{}
	}
	if dto.Attributes == nil {
		dto.Attributes = map[string]json.RawMessage{}
	}
	return dto
}

// cutLast splits s around the last sep; without one, before is all of s.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
