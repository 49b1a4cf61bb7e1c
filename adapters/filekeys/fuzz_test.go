package filekeys_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/filekeys"
	"github.com/grps/grps/domain"
)

// misplaced is a secret that somebody wrote where none belongs; no error may repeat it.
const misplaced = "canary-secret-in-the-wrong-place"

// FuzzKeys reads any file of keys. What is refused names its faults and no secret; what is taken keeps the bounds, and reads the same once
// it is written down again.
func FuzzKeys(f *testing.F) {
	for _, content := range []string{
		document(entry("a", `"actors":"any"`), entry("b", `"actors":[5,"6"]`, `"experiences":["Lobby",42]`, `"maxRank":"Cafe\u0301"`)),
		document(entry("c", `"notBefore":"2026-03-01T12:00:00+01:00"`, `"expiresAt":"2026-04-01T00:00:00.5Z"`, `"signed":true`, `"rate":{"perSecond":0.5,"burst":10}`)),
		document(entry("d", `"rate":{"perSecond":1e5}`), entry("d"), entry("taken"), entry("anonymous")),
		document(entry("e", `"`+misplaced+`":1`, `"maxRank":["`+misplaced+`"]`, `"actors":["`+misplaced+`"]`)), `{"keys":[]}`,
		`{"keys":[{"name":"` + misplaced + `","sha256":"` + misplaced + `","scopes":["` + misplaced + `"],"notBefore":"` + misplaced + `"}]}`,
		`{"keys":[null,{}],"keys":1}`, `[` + misplaced, "\xff", "",
	} {
		f.Add([]byte(content))
	}
	form := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	taken := []domain.Key{{Name: "taken", Digest: sha256.Sum256([]byte("one of the environment"))}}
	f.Fuzz(func(t *testing.T, content []byte) {
		keys, err := filekeys.Parse(content, taken, "anonymous")
		if err != nil {
			e, ok := errors.AsType[*domain.Error](err)
			if !ok || e.Kind != domain.KindInvalid || e.Code != "keys_invalid" || len(e.Fields) == 0 || len(e.Fields) > 100 || keys != nil {
				t.Fatalf("got %d keys and the error %#v, want none and one that names 1 to 100 faults", len(keys), err)
			}
			if strings.Contains(err.Error(), misplaced) || slices.ContainsFunc(e.Fields, func(f domain.FieldError) bool {
				return strings.Contains(f.Field+f.Message, misplaced)
			}) {
				t.Errorf("the error repeats a secret: %+v", e)
			}
			return
		}
		names, digests := map[string]bool{"taken": true, "anonymous": true}, map[[sha256.Size]byte]bool{taken[0].Digest: true, {}: true}
		for _, key := range keys {
			if names[key.Name] || digests[key.Digest] || !form.MatchString(key.Name) || key.Scopes == 0 || key.Rate.PerSecond < 0 || key.Rate.PerSecond > 100_000 {
				t.Errorf("took the key %+v, want a name and a secret of its own, a scope, and a rate within its bounds", key)
			}
			names[key.Name], digests[key.Digest] = true, true
		}
		again, err := filekeys.Parse(written(t, keys), taken, "anonymous")
		if diff := cmp.Diff(keys, again, cmp.Comparer(func(a, b domain.UserID) bool { return a == b })); err != nil || diff != "" {
			t.Errorf("written down and read again: %v (-want +got)\n%s", err, diff)
		}
	})
}

// written returns a file that holds the keys.
func written(t *testing.T, keys []domain.Key) []byte {
	t.Helper()
	entries := []map[string]any{}
	for _, key := range keys {
		entry := map[string]any{"name": key.Name, "sha256": hex.EncodeToString(key.Digest[:]), "scopes": strings.Fields(key.Scopes.String()), "signed": key.Signed}
		var actors []string
		for _, user := range key.Actors {
			actors = append(actors, user.String())
		}
		for name, value := range map[string]any{"experiences": key.Experiences, "actors": actors} {
			if list, _ := value.([]string); len(list) > 0 {
				entry[name] = value
			}
		}
		for name, at := range map[string]time.Time{"notBefore": key.NotBefore, "expiresAt": key.ExpiresAt} {
			if !at.IsZero() {
				entry[name] = at.Format(time.RFC3339Nano)
			}
		}
		if key.AnyActor {
			entry["actors"] = filekeys.AnyActor
		}
		if key.MaxRank != "" {
			entry["maxRank"] = key.MaxRank
		}
		if key.Rate != (domain.Rate{}) {
			entry["rate"] = map[string]any{"perSecond": key.Rate.PerSecond, "burst": key.Rate.Burst}
		}
		entries = append(entries, entry)
	}
	text, err := json.Marshal(map[string]any{"keys": entries})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
