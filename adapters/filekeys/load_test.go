package filekeys_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/filekeys"
	"github.com/grps/grps/domain"
)

// digest returns the SHA-256 of a secret as the file holds it.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// entry returns a key of the file; more are further members.
func entry(name string, more ...string) string {
	members := append([]string{`"name":"` + name + `"`, `"sha256":"` + digest("secret of "+name) + `"`, `"scopes":["read"]`}, more...)
	return "{" + strings.Join(members, ",") + "}"
}

func document(entries ...string) string { return `{"keys":[` + strings.Join(entries, ",") + `]}` }

// write puts a file in place in one step.
func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	next := path + ".next"
	if err := os.WriteFile(next, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(next, mode); err != nil { // whatever the umask says
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	write(t, path, content, 0o640)
	return path
}

func TestEveryMemberOfAKeyIsRead(t *testing.T) {
	path := file(t, ` {"keys": [
		{"name": "lobby", "sha256": "`+strings.ToUpper(digest("one"))+`", "scopes": ["ingest", "decide"], "experiences": ["Lobby", 42, "Cafe\u0301"],
		 "maxRank": "Storm Corporal I", "actors": [5, "6"], "notBefore": "2026-03-01T12:00:00+01:00", "expiresAt": "2026-04-01T00:00:00Z",
		 "signed": true, "rate": {"perSecond": 2.5, "burst": 10}},
		{"name": "staff-1.new_2", "sha256": "`+digest("two")+`", "scopes": ["admin"], "actors": "any", "rate": {"perSecond": 2.5}, "maxRank": null},
		{"name": "x", "sha256": "`+digest("three")+`", "scopes": ["read", "approve"]}]}`)
	got, err := filekeys.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	user := func(n int64) domain.UserID {
		id, err := domain.NewUserID(n)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	want := []domain.Key{
		{
			Name: "lobby", Digest: sha256.Sum256([]byte("one")), Scopes: domain.ScopeIngest | domain.ScopeDecide,
			Experiences: []string{"Lobby", "42", "Caf\u00e9"}, MaxRank: "Storm Corporal I", Actors: []domain.UserID{user(5), user(6)},
			NotBefore: time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC), ExpiresAt: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), Signed: true,
			Rate: domain.Rate{PerSecond: 2.5, Burst: 10},
		},
		{
			Name: "staff-1.new_2", Digest: sha256.Sum256([]byte("two")), Scopes: domain.ScopeAdmin, AnyActor: true,
			Rate: domain.Rate{PerSecond: 2.5, Burst: 3},
		},
		{Name: "x", Digest: sha256.Sum256([]byte("three")), Scopes: domain.ScopeRead | domain.ScopeApprove},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b domain.UserID) bool { return a == b })); diff != "" {
		t.Errorf("keys: (-want +got)\n%s", diff)
	}
}

func TestAFileMayHoldNoKeyAtAll(t *testing.T) {
	for _, content := range []string{`{"keys":[]}`, `{"keys": [ ]}`} {
		if keys, err := filekeys.Load(file(t, content), nil); err != nil || len(keys) != 0 {
			t.Errorf("%s: got %d keys and error %v, want none", content, len(keys), err)
		}
	}
}

func TestEveryFaultIsNamedWithItsPlaceAndNoValueIsRepeated(t *testing.T) {
	const canary = "grps_canary"
	taken := domain.Key{Name: "admin-1", Digest: sha256.Sum256([]byte("secret of admin-1"))}
	for name, c := range map[string]struct {
		content string
		want    string // the field, and a word of the message
	}{
		"no JSON":                        {`{"keys":[`, " JSON"},
		"two values":                     {`{"keys":[]}{}`, " JSON"},
		"an empty file":                  {``, " JSON"},
		"no UTF-8":                       {"{\"keys\":[\"\xff\"]}", " UTF-8"},
		"a list":                         {`[]`, " object"},
		"no keys":                        {`{}`, "#/keys list"},
		"null for keys":                  {`{"keys":null}`, "#/keys list"},
		"keys that are none":             {`{"keys":{}}`, "#/keys list"},
		"an unknown member of the file":  {`{"keys":[],"Keys":[]}`, ` "Keys"`},
		"a member twice":                 {`{"keys":[],"keys":[]}`, ` "keys" twice`},
		"a key that is a text":           {`{"keys":["` + canary + `"]}`, "#/keys/0 object"},
		"an unknown member of a key":     {document(entry("a", `"scope":["admin"]`)), `#/keys/0 "scope"`},
		"a secret for a member":          {document(entry("a", `"`+canary+`0123456789abcdef":1`)), `#/keys/0 a member`},
		"scopes twice":                   {document(entry("a", `"scopes":["admin"]`)), `#/keys/0 "scopes" twice`},
		"a name in other case":           {document(entry("a", `"Scopes":["admin"]`)), `#/keys/0 "Scopes"`},
		"no name":                        {document(`{"sha256":"` + digest("x") + `","scopes":["read"]}`), "#/keys/0/name name"},
		"a name with a space":            {document(entry("a b")), "#/keys/0/name name"},
		"a name that is taken":           {document(entry("a"), entry("b"), entry("a", `"x":1`)), "#/keys/2/name taken"},
		"a name of the environment":      {document(entry("admin-1")), "#/keys/0/name taken"},
		"a name of the service":          {document(entry("schedule")), "#/keys/0/name taken"},
		"a secret for a hash":            {document(`{"name":"a","sha256":"` + canary + `","scopes":["read"]}`), "#/keys/0/sha256 never the secret"},
		"half a hash":                    {document(`{"name":"a","sha256":"` + digest("x")[:62] + `","scopes":["read"]}`), "#/keys/0/sha256 64"},
		"the hash of nothing":            {document(`{"name":"a","sha256":"` + digest("") + `","scopes":["read"]}`), "#/keys/0/sha256 nothing"},
		"a hash that is taken":           {document(`{"name":"a","sha256":"` + digest("secret of admin-1") + `","scopes":["read"]}`), "#/keys/0/sha256 another"},
		"two with one hash":              {document(entry("a"), strings.Replace(entry("a"), `"a"`, `"b"`, 1)), "#/keys/1/sha256 another"},
		"no scopes":                      {document(`{"name":"a","sha256":"` + digest("x") + `"}`), "#/keys/0/scopes list"},
		"an empty list of scopes":        {document(`{"name":"a","sha256":"` + digest("x") + `","scopes":[]}`), "#/keys/0/scopes list"},
		"an unknown scope":               {document(`{"name":"a","sha256":"` + digest("x") + `","scopes":["read","write"]}`), "#/keys/0/scopes/1 ingest"},
		"a scope twice":                  {document(`{"name":"a","sha256":"` + digest("x") + `","scopes":["read","read"]}`), "#/keys/0/scopes/1 once"},
		"a scope that is no list":        {document(`{"name":"a","sha256":"` + digest("x") + `","scopes":"read"}`), "#/keys/0/scopes list"},
		"an empty list of experiences":   {document(entry("a", `"experiences":[]`)), "#/keys/0/experiences leave it out"},
		"an experience without a name":   {document(entry("a", `"experiences":["x",""]`)), "#/keys/0/experiences/1 name"},
		"an experience that is a part":   {document(entry("a", `"experiences":[1.5]`)), "#/keys/0/experiences/0 name"},
		"an experience out of range":     {document(entry("a", `"experiences":[0]`)), "#/keys/0/experiences/0 name"},
		"an empty rank":                  {document(entry("a", `"maxRank":""`)), "#/keys/0/maxRank rank"},
		"a rank that is a number":        {document(entry("a", `"maxRank":3`)), "#/keys/0/maxRank rank"},
		"actors that are another word":   {document(entry("a", `"actors":"all"`)), `#/keys/0/actors "any"`},
		"an empty list of actors":        {document(entry("a", `"actors":[]`)), "#/keys/0/actors nobody"},
		"an actor that is no id":         {document(entry("a", `"actors":[5,"+6"]`)), "#/keys/0/actors/1 digits"},
		"a day for an instant":           {document(entry("a", `"notBefore":"2026-03-01"`)), "#/keys/0/notBefore instant"},
		"a number for an instant":        {document(entry("a", `"expiresAt":1772366400`)), "#/keys/0/expiresAt instant"},
		"an end before the beginning":    {document(entry("a", `"notBefore":"2026-03-01T00:00:00Z","expiresAt":"2026-03-01T00:00:00Z"`)), "#/keys/0/expiresAt later"},
		"signed that is a word":          {document(entry("a", `"signed":"true"`)), "#/keys/0/signed true"},
		"a rate that is a number":        {document(entry("a", `"rate":5`)), "#/keys/0/rate perSecond"},
		"a rate of nothing":              {document(entry("a", `"rate":{"perSecond":0}`)), "#/keys/0/rate/perSecond above 0"},
		"a rate without how many":        {document(entry("a", `"rate":{"burst":5}`)), "#/keys/0/rate/perSecond above 0"},
		"a burst of nothing":             {document(entry("a", `"rate":{"perSecond":1,"burst":0}`)), "#/keys/0/rate/burst 1"},
		"a burst that is half":           {document(entry("a", `"rate":{"perSecond":1,"burst":1.5}`)), "#/keys/0/rate/burst 1"},
		"an unknown member of a rate":    {document(entry("a", `"rate":{"perSecond":1,"perMinute":5}`)), `#/keys/0/rate "perMinute"`},
		"nested without an end in sight": {strings.Repeat("[", 100_000), " JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := filekeys.Load(file(t, c.content), []domain.Key{taken}, "schedule")
			e, ok := errors.AsType[*domain.Error](err)
			if !ok || e.Kind != domain.KindInvalid || e.Code != "keys_invalid" || keys != nil {
				t.Fatalf("got %v and error %v, want no keys and one of code keys_invalid", keys, err)
			}
			at, word, _ := strings.Cut(c.want, " ")
			found := false
			for _, field := range e.Fields {
				found = found || field.Field == "keys.json"+at && strings.Contains(field.Message, word)
				if text := field.Field + field.Message; strings.Contains(text, canary) || strings.Contains(text, digest("x")) {
					t.Errorf("fault: got %q, want no value repeated", text)
				}
			}
			if !found {
				t.Errorf("faults: got %v, want one at %q that says %q", e.Fields, "keys.json"+at, word)
			}
		})
	}
}

func TestTooManyKeysAreRefused(t *testing.T) {
	if _, err := filekeys.Load(file(t, document(strings.Split(strings.Repeat(`{},`, 1000)+`{}`, ",")...)), nil); err == nil {
		t.Error("1001 keys: got no error")
	}
}

func TestAFileThatOthersCouldHaveWrittenIsNotUsed(t *testing.T) {
	good := document(entry("a"))
	for name, c := range map[string]struct {
		make func(path string)
		want string // "" for a file that is used
	}{
		"a plain file":                {func(path string) { write(t, path, good, 0o644) }, ""},
		"a link to a plain file":      {func(path string) { link(t, path, good, 0o640) }, ""},
		"one that is not there":       {func(string) {}, "does not exist"},
		"one that everybody writes":   {func(path string) { write(t, path, good, 0o646) }, "can be changed by every user"},
		"a link to one of those":      {func(path string) { link(t, path, good, 0o666) }, "can be changed by every user"},
		"a link to nowhere":           {func(path string) { must(t, os.Symlink(path+".none", path)) }, "does not exist"},
		"a folder":                    {func(path string) { must(t, os.Mkdir(path, 0o700)) }, "not a regular file"},
		"a pipe":                      {func(path string) { must(t, syscall.Mkfifo(path, 0o600)) }, "not a regular file"},
		"a device":                    {func(path string) { must(t, os.Symlink("/dev/zero", path)) }, "not a regular file"},
		"one of more than a mebibyte": {func(path string) { write(t, path, good+strings.Repeat(" ", 1<<20), 0o600) }, "larger than 1 MiB"},
		"signing keys for everybody to read": {func(path string) {
			write(t, path, document(entry("a", `"signed":true`)), 0o644)
		}, "chmod o-r"},
		"signing keys for the group": {func(path string) { write(t, path, document(entry("a", `"signed":true`)), 0o640) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys.json")
			c.make(path)
			keys, err := filekeys.Load(path, nil)
			switch {
			case c.want == "" && (err != nil || len(keys) != 1):
				t.Errorf("got %d keys and error %v, want the key", len(keys), err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error()+fields(err), c.want)):
				t.Errorf("got error %v %s, want one that says %q", err, fields(err), c.want)
			}
		})
	}
}

// fields returns the messages of an error.
func fields(err error) string {
	var all []string
	if e, ok := errors.AsType[*domain.Error](err); ok {
		for _, f := range e.Fields {
			all = append(all, f.Message)
		}
	}
	return strings.Join(all, "; ")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	write(t, path+".real", content, mode)
	must(t, os.Symlink(path+".real", path))
}
