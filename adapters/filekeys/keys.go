package filekeys

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/grps/grps/domain"
)

// The bounds of a file.
const (
	maxKeys        = 1000
	maxExperiences = 100
	maxActors      = 1000
	maxText        = 128     // runes of a rank's or an experience's name
	maxPerSecond   = 100_000 // requests
	maxBurst       = 1_000_000
)

// AnyActor stands in the place of actors for a key that acts for whomever it names.
const AnyActor = "any"

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Load returns the keys of a file, by different names and digests. taken are keys from elsewhere, whose names and secrets the file must not
// hold, and reserved are further names. The error is a *domain.Error of KindInvalid with code "keys_invalid"; its Fields name every fault,
// at most 100, with Field in the form "keys.json#/keys/3/scopes". No message repeats a secret or a digest.
func Load(file string, taken []domain.Key, reserved ...string) ([]domain.Key, error) {
	return keysOf(file, read(file), taken, reserved)
}

// Parse is [Load] for the text of a file, which its error names by the word "keys".
func Parse(content []byte, taken []domain.Key, reserved ...string) ([]domain.Key, error) {
	return keysOf("keys", reading{content: content}, taken, reserved)
}

func keysOf(file string, r reading, taken []domain.Key, reserved []string) ([]domain.Key, error) {
	f := &faults{file: filepath.Base(file)}
	if r.err != nil {
		f.file = file // as it was given: it may not be where it is looked for
		f.add("", "%s", r.err)
		return nil, f.err()
	}
	l := loading{parsed{f}, make(map[string]bool), make(map[[sha256.Size]byte]bool)}
	for _, key := range taken {
		l.names[key.Name], l.digests[key.Digest] = true, true
	}
	for _, name := range reserved {
		l.names[name] = true
	}
	keys := l.keys(r.content)
	for _, key := range keys {
		if key.Signed && r.public {
			f.add("", "can be read by every user, and holds what signs for the key %s; run: chmod o-r on it", key.Name)
			break
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	return keys, nil
}

// loading is the keys of one file on their way.
type loading struct {
	parsed
	names   map[string]bool // that are taken
	digests map[[sha256.Size]byte]bool
}

func (l loading) keys(content []byte) []domain.Key {
	root := l.root(content)
	if root == nil {
		return nil
	}
	at := member("", "keys")
	var entries []json.RawMessage
	if json.Unmarshal(root["keys"], &entries) != nil || len(entries) > maxKeys { // none is fine: then nobody has a key of this file
		l.add(at, "must be a list of up to %d keys, as `grps keys new` makes them", maxKeys)
		return nil
	}
	var keys []domain.Key
	for i, entry := range entries {
		keys = append(keys, l.key(entry, item(at, i)))
	}
	return keys
}

func (l loading) key(entry json.RawMessage, at string) domain.Key {
	m := l.object(entry, at,
		"name", "sha256", "scopes", "experiences", "maxRank", "actors", "notBefore", "expiresAt", "signed", "rate")
	if m == nil {
		return domain.Key{}
	}
	key := domain.Key{
		Name: l.name(m["name"], member(at, "name")), Digest: l.digest(m["sha256"], member(at, "sha256")),
		Scopes: l.scopes(m["scopes"], member(at, "scopes")), Experiences: l.experiences(m["experiences"], member(at, "experiences")),
		MaxRank:   l.rank(m["maxRank"], member(at, "maxRank")),
		NotBefore: l.instant(m["notBefore"], member(at, "notBefore")), ExpiresAt: l.instant(m["expiresAt"], member(at, "expiresAt")),
		Signed: l.truth(m["signed"], member(at, "signed")), Rate: l.rate(m["rate"], member(at, "rate")),
	}
	key.AnyActor, key.Actors = l.actors(m["actors"], member(at, "actors"))
	if !key.ExpiresAt.IsZero() && !key.ExpiresAt.After(key.NotBefore) {
		l.add(member(at, "expiresAt"), "must be later than notBefore")
	}
	return key
}

func (l loading) name(value json.RawMessage, at string) string {
	name, ok := text(value)
	switch {
	case !ok || !nameForm.MatchString(name):
		l.add(at, "must be a name of up to 64 letters, digits, dots, dashes and underscores")
		return ""
	case l.names[name]:
		l.add(at, "is taken: by a key before it, by one of the environment, or by the service itself")
	}
	l.names[name] = true
	return name
}

func (l loading) digest(value json.RawMessage, at string) [sha256.Size]byte {
	written, _ := text(value)
	decoded, err := hex.DecodeString(written)
	if err != nil || len(decoded) != sha256.Size {
		l.add(at, "must be the SHA-256 of the secret in 64 hex digits, as `grps keys new` prints it; never the secret itself")
		return [sha256.Size]byte{}
	}
	digest := [sha256.Size]byte(decoded)
	switch {
	case digest == sha256.Sum256(nil) || digest == [sha256.Size]byte{}:
		l.add(at, "is the SHA-256 of nothing; `grps keys new` makes a secret and its SHA-256")
	case l.digests[digest]:
		l.add(at, "is that of another key too; give each a secret of its own")
	}
	l.digests[digest] = true
	return digest
}

func (l loading) scopes(value json.RawMessage, at string) domain.Scope {
	const wanted = "must be a list of scopes: ingest, read, decide, approve, admin"
	if value == nil {
		l.add(at, wanted)
	}
	var scopes domain.Scope
	for i, entry := range l.list(value, at, len(domain.Scopes()), wanted) {
		word, _ := text(entry)
		scope, err := domain.ParseScope(word)
		if err != nil || scopes&scope != 0 {
			l.add(item(at, i), "must be ingest, read, decide, approve or admin, each once")
		}
		scopes |= scope
	}
	return scopes
}

// experiences are names, and ids of universes in digits, which may be written as numbers too.
func (l loading) experiences(value json.RawMessage, at string) []string {
	wanted := fmt.Sprintf("must be a list of 1 to %d names of experiences or ids of universes; leave it out for any", maxExperiences)
	var names []string
	for i, entry := range l.list(value, at, maxExperiences, wanted) {
		name, ok := text(entry)
		if n, err := strconv.ParseInt(string(entry), 10, 64); err == nil && n > 0 && n <= domain.MaxID {
			name, ok = strconv.FormatInt(n, 10), true
		}
		name = norm.NFC.String(strings.TrimSpace(name))
		if !ok || !printable(name) {
			l.add(item(at, i), "must be the name of an experience, up to %d characters, or the id of a universe", maxText)
			continue
		}
		names = append(names, name)
	}
	return names
}

func (l loading) rank(value json.RawMessage, at string) string {
	if value == nil {
		return ""
	}
	name, ok := text(value)
	if name = norm.NFC.String(name); !ok || !printable(name) {
		l.add(at, "must be the name of a rank; leave it out for any")
	}
	return name
}

func (l loading) actors(value json.RawMessage, at string) (anybody bool, users []domain.UserID) {
	if word, ok := text(value); ok && word == AnyActor {
		return true, nil
	}
	wanted := fmt.Sprintf("must be \"any\", or a list of 1 to %d ids of Roblox users; leave it out for nobody", maxActors)
	for i, entry := range l.list(value, at, maxActors, wanted) {
		digits, ok := text(entry)
		if !ok {
			digits = string(entry)
		}
		user, err := domain.ParseUserID(digits)
		if err != nil {
			l.add(item(at, i), "must be the id of a Roblox user in plain digits")
			continue
		}
		users = append(users, user)
	}
	return false, users
}

func (l loading) instant(value json.RawMessage, at string) time.Time {
	if value == nil {
		return time.Time{}
	}
	written, _ := text(value)
	instant, err := time.Parse(time.RFC3339Nano, written)
	if err != nil || instant.IsZero() {
		l.add(at, "must be an instant such as 2026-01-02T15:04:05Z; leave it out for no bound")
		return time.Time{}
	}
	return instant.UTC()
}

func (l loading) truth(value json.RawMessage, at string) bool {
	switch string(value) {
	case "true":
		return true
	case "false", "":
		return false
	}
	l.add(at, "must be true or false")
	return false
}

func (l loading) rate(value json.RawMessage, at string) domain.Rate {
	if value == nil {
		return domain.Rate{}
	}
	m := l.object(value, at, "perSecond", "burst")
	if m == nil {
		return domain.Rate{}
	}
	rate := domain.Rate{}
	if json.Unmarshal(m["perSecond"], &rate.PerSecond) != nil || rate.PerSecond <= 0 || rate.PerSecond > maxPerSecond {
		l.add(member(at, "perSecond"), "must be how many requests a second are answered in the long run: above 0, up to %d", maxPerSecond)
	}
	rate.Burst = int(math.Ceil(min(max(rate.PerSecond, 0), maxPerSecond)))
	if burst := m["burst"]; burst != nil && (json.Unmarshal(burst, &rate.Burst) != nil || rate.Burst < 1 || rate.Burst > maxBurst) {
		l.add(member(at, "burst"), "must be how many requests at once are answered: 1 … %d", maxBurst)
	}
	return rate
}

// printable reports whether text can be the name of something.
func printable(text string) bool {
	return text != "" && utf8.RuneCountInString(text) <= maxText && strings.IndexFunc(text, unicode.IsControl) < 0
}
