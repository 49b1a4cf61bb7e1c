package sandbox

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// defaultScope is where entries live when a path names no scope; anyScope lists all of them.
	defaultScope = "global"
	anyScope     = "-"

	// Caps of the sandbox itself.
	maxEntries    = 100_000
	maxEntryBytes = 256 << 20 // of all latest values together
)

// entryKey names an entry. Stores and scopes exist as soon as something is in them.
type entryKey struct {
	universe         int64
	store, scope, id string
}

// path leaves the default scope out, as in Roblox's examples.
func (k entryKey) path() string {
	if k.scope == defaultScope {
		return fmt.Sprintf("universes/%d/data-stores/%s/entries/%s", k.universe, k.store, k.id)
	}
	return fmt.Sprintf("universes/%d/data-stores/%s/scopes/%s/entries/%s", k.universe, k.store, k.scope, k.id)
}

// entry is one revision's state. It is replaced and never changed.
type entry struct {
	exists     bool
	deleted    bool // marked for deletion: not readable, listed on request
	value      json.RawMessage
	users      []string
	attributes map[string]json.RawMessage
	created    time.Time
	revised    time.Time
	revision   string
	etag       string
}

func (e entry) readable() bool { return e.exists && !e.deleted }

// entryRecord also keeps the state before the last write; nil when an entry was put there by hand and not written
// since.
type entryRecord struct {
	now    entry
	before *entry
}

// entryStore holds the data stores of every universe. It is not safe for concurrent use: the server locks.
type entryStore struct {
	records   map[entryKey]*entryRecord
	bytes     int
	revisions uint64
}

func (s *entryStore) look(key entryKey, stale bool) entry {
	rec := s.records[key]
	switch {
	case rec == nil:
		return entry{}
	case stale && rec.before != nil:
		return *rec.before
	}
	return rec.now
}

// put writes a new revision and reports whether there was room. One that seeds a key never seen has no state before it.
func (s *entryStore) put(key entryKey, next entry, at time.Time, seeds bool) bool {
	rec := s.records[key]
	grows := len(next.value)
	if rec != nil {
		grows -= len(rec.now.value)
	} else if len(s.records) >= maxEntries {
		return false
	}
	if s.bytes+grows > maxEntryBytes {
		return false
	}
	s.bytes += grows
	s.revisions++
	next.exists, next.revised = true, at
	next.revision = fmt.Sprintf("08DC%012X.%010d", s.revisions, 1)
	next.etag = etagOf(next)
	if rec == nil {
		next.created = at
		rec = &entryRecord{now: next}
		if !seeds {
			rec.before = &entry{}
		}
		s.records[key] = rec
		return true
	}
	next.created = rec.now.created
	if rec.now.deleted {
		next.created = at
	}
	before := rec.now
	rec.before, rec.now = &before, next
	return true
}

// remove marks an entry deleted. Its value goes at once: nothing here can bring it back.
func (s *entryStore) remove(key entryKey, at time.Time) {
	rec := s.records[key]
	next := rec.now
	s.bytes -= len(next.value)
	next.deleted, next.value, next.revised = true, nil, at
	before := rec.now
	rec.before, rec.now = &before, next
}

// keys lists the entries of a store, ascending by scope and id.
func (s *entryStore) keys(universe int64, store, scope, prefix string, deleted, stale bool) []entryKey {
	keys := slices.Collect(maps.Keys(s.records))
	keys = slices.DeleteFunc(keys, func(k entryKey) bool {
		e := s.look(k, stale)
		return k.universe != universe || k.store != store || scope != anyScope && k.scope != scope ||
			!strings.HasPrefix(k.id, prefix) || !e.exists || e.deleted && !deleted
	})
	slices.SortFunc(keys, func(a, b entryKey) int { return strings.Compare(a.sortKey(), b.sortKey()) })
	return keys
}

// sortKey orders the entries of one store; no name holds a NUL.
func (k entryKey) sortKey() string { return k.scope + "\x00" + k.id }

func etagOf(e entry) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(e.revision))
	_, _ = h.Write(e.value)
	return fmt.Sprintf("%016x", h.Sum64())
}

// validName holds the rule for stores, scopes and keys: 1 to 50 characters.
func validName(name string) bool {
	return name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= 50 && !strings.ContainsRune(name, 0)
}
