package webhook_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/webhook"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The secrets of these tests; no output may hold any of them, nor the address.
const (
	secretOne  = "whsec_Y2FuYXJ5LW9uZS1jYW5hcnktb25lLWNhbmFyeS1vbmU="
	secretTwo  = "whsec_Y2FuYXJ5LXR3by1jYW5hcnktdHdvLWNhbmFyeS10d28="
	secretPath = "canary-path-of-the-address"
)

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

// write writes a file of webhooks and returns its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "webhooks.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// noCanary fails the test when a text holds a secret or an address.
func noCanary(t *testing.T, what, text string) {
	t.Helper()
	for _, canary := range []string{"canary", "Y2FuYXJ5", "whsec_Y2"} {
		if strings.Contains(text, canary) {
			t.Errorf("%s shows a secret: %s", what, text)
		}
	}
}

// faults returns what is wrong with a file, one line each.
func faults(t *testing.T, path string, allowPrivate bool) []string {
	t.Helper()
	_, err := webhook.New(webhook.Options{File: path, AllowPrivate: allowPrivate, Clock: realClock{}})
	if err == nil {
		return nil
	}
	noCanary(t, "the error", err.Error())
	e, ok := errors.AsType[*domain.Error](err)
	if !ok || e.Kind != domain.KindInvalid {
		t.Fatalf("got %v, want an error of kind invalid", err)
	}
	var lines []string
	for _, f := range e.Fields {
		lines = append(lines, f.Field+" "+f.Message)
	}
	return lines
}

func TestAFileOfWebhooksIsRead(t *testing.T) {
	c, err := webhook.New(webhook.Options{Clock: realClock{}, File: write(t, `{"webhooks": [
		{"name": "staff", "url": "https://example.org/`+secretPath+`?a=b", "secrets": ["`+secretOne+`", "`+secretTwo+`"], "actions": ["BAN", "SUSPEND"]},
		{"name": "Chat_1", "url": "https://discord.com:443/api/webhooks/`+secretPath+`", "format": "discord"},
		{"name": "work", "url": "https://hooks.slack.com/services/`+secretPath+`", "format": "slack"}
	]}`)})
	if err != nil {
		t.Fatal(err)
	}
	want := []ports.Webhook{
		{Name: "staff", Format: "generic", Host: "example.org", Actions: []domain.Action{domain.ActionBan, domain.ActionSuspend}},
		{Name: "Chat_1", Format: "discord", Host: "discord.com:443"},
		{Name: "work", Format: "slack", Host: "hooks.slack.com"},
	}
	if diff := cmp.Diff(want, c.Webhooks()); diff != "" {
		t.Errorf("webhooks (-want +got):\n%s", diff)
	}
}

func TestWhatIsWrongWithAFileIsNamedByItsPlaceAndNeverRepeated(t *testing.T) {
	const address = `"https://example.org/` + secretPath + `"`
	entry := func(fields string) string { return `{"webhooks": [{"name": "a", ` + fields + `}]}` }
	signed := func(url string) string { return entry(`"url": "` + url + `", "secrets": ["` + secretOne + `"]`) }
	for _, test := range []struct {
		name, text string
		private    bool
		want       []string
	}{
		{"empty", "", false, []string{"webhooks.json is not one JSON value"}},
		{"no JSON", `{"webhooks": [],}`, false, []string{"webhooks.json is not one JSON value"}},
		{"two values", `{"webhooks": []} {}`, false, []string{"webhooks.json is not one JSON value"}},
		{"no UTF-8", "{\"webhooks\": [\"\xff\"]}", false, []string{"webhooks.json is not UTF-8"}},
		{"a list", `[]`, false, []string{"webhooks.json must be an object with the keys: webhooks"}},
		{"nothing in it", `{}`, false, []string{"webhooks.json#/webhooks must be a list"}},
		{"too deep", strings.Repeat("[", 40) + strings.Repeat("]", 40), false, []string{"is nested too deep"}},
		{"a key twice", `{"webhooks": [], "webhooks": []}`, false, []string{"webhooks.json#/webhooks stands there twice"}},
		{"a key of an entry twice", entry(`"name": "b"`), false, []string{"webhooks.json#/webhooks/0/name stands there twice"}},
		{"a misspelt key", entry(`"secert": 1, "url": ` + address + `, "secrets": ["` + secretOne + `"]`), false, []string{`webhooks.json#/webhooks/0 holds "secert" that is not known; the keys are: name, url, format, secrets, actions`}},
		{"a secret for a key", entry(`"` + secretOne + `": 1, "url": ` + address + `, "secrets": ["` + secretOne + `"]`), false, []string{"webhooks.json#/webhooks/0 holds a key that is not known"}},
		{"a secret for a key twice", entry(`"` + secretOne + `": 1, "` + secretOne + `": 1`), false, []string{"webhooks.json#/webhooks/0/… stands there twice"}},
		{"an entry that is a text", `{"webhooks": ["` + secretPath + `"]}`, false, []string{"webhooks.json#/webhooks/0 must be an object"}},
		{"no name", `{"webhooks": [{"url": ` + address + `, "secrets": ["` + secretOne + `"]}]}`, false, []string{"webhooks.json#/webhooks/0/name must be a name"}},
		{"a name with a space", `{"webhooks": [{"name": "a canary", "url": ` + address + `, "secrets": ["` + secretOne + `"]}]}`, false, []string{"webhooks.json#/webhooks/0/name must be a name"}},
		{"two of one name", `{"webhooks": [{"name": "a", "url": ` + address + `, "format": "slack"}, {"name": "a", "url": ` + address + `, "format": "slack"}]}`, false, []string{"webhooks.json#/webhooks/1/name must differ"}},
		{"an unknown format", entry(`"format": "canary", "url": ` + address), false, []string{"webhooks.json#/webhooks/0/format must be generic, discord or slack", "webhooks.json#/webhooks/0/secrets must be a list"}},
		{"no address", entry(`"secrets": ["` + secretOne + `"]`), false, []string{"webhooks.json#/webhooks/0/url must be an address"}},
		{"an address without a host", signed("https:///" + secretPath), false, []string{"webhooks.json#/webhooks/0/url must be an address"}},
		{"an address that is none", signed("https://canary host/%zz"), false, []string{"webhooks.json#/webhooks/0/url must be an address"}},
		{"an address that is too long", signed("https://example.org/" + strings.Repeat("canary", 400)), false, []string{"webhooks.json#/webhooks/0/url must be an address"}},
		{"plain http", signed("http://example.org/" + secretPath), false, []string{"webhooks.json#/webhooks/0/url must begin with https://; WEBHOOK_ALLOW_PRIVATE=true allows http:// too"}},
		{"plain http where it is allowed", signed("http://example.org/" + secretPath), true, nil},
		{"another port", signed("https://example.org:8443/" + secretPath), false, []string{"webhooks.json#/webhooks/0/url must use port 443"}},
		{"another port where it is allowed", signed("https://example.org:8443/" + secretPath), true, nil},
		{"another scheme", signed("file:///canary"), true, []string{"webhooks.json#/webhooks/0/url must be an address"}},
		{"another scheme with a host", signed("ftp://canary.example.org/"), true, []string{"webhooks.json#/webhooks/0/url must begin with https://"}},
		{"a user in the address", signed("https://canary@example.org/"), true, []string{"webhooks.json#/webhooks/0/url must hold no user"}},
		{"a fragment", signed("https://example.org/#canary"), true, []string{"webhooks.json#/webhooks/0/url must hold no fragment"}},
		{"no secret", entry(`"url": ` + address), false, []string{"webhooks.json#/webhooks/0/secrets must be a list of 1 to 8 secrets"}},
		{"a secret without its prefix", entry(`"url": ` + address + `, "secrets": ["Y2FuYXJ5LW9uZS1jYW5hcnktb25lLWNhbmFyeS1vbmU="]`), false, []string{"webhooks.json#/webhooks/0/secrets/0 must be whsec_ and the base64"}},
		{"a secret that is too short", entry(`"url": ` + address + `, "secrets": ["` + secretOne + `", "whsec_Y2FuYXJ5"]`), false, []string{"webhooks.json#/webhooks/0/secrets/1 must be whsec_ and the base64 of 24 to 64 bytes"}},
		{"a secret for Discord", entry(`"url": ` + address + `, "format": "discord", "secrets": ["` + secretOne + `"]`), false, []string{"webhooks.json#/webhooks/0/secrets must be left out: discord checks no signature"}},
		{"no actions", entry(`"url": ` + address + `, "format": "slack", "actions": []`), false, []string{"webhooks.json#/webhooks/0/actions must be a list of actions"}},
		{"unknown and repeated actions", entry(`"url": ` + address + `, "format": "slack", "actions": ["BAN", "canary", "BAN", "NONE", 3]`), false, []string{
			"webhooks.json#/webhooks/0/actions/1 must be PROMOTE", "webhooks.json#/webhooks/0/actions/2 must be PROMOTE",
			"webhooks.json#/webhooks/0/actions/3 must be PROMOTE", "webhooks.json#/webhooks/0/actions/4 must be PROMOTE",
		}},
		{"too many", `{"webhooks": [` + strings.TrimSuffix(strings.Repeat(`1,`, 33), ",") + `]}`, false, append([]string{"webhooks.json#/webhooks must hold 32 webhooks at most"}, strings.Split(strings.Repeat("must be an object,", 32), ",")[:32]...)},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := faults(t, write(t, test.text), test.private)
			if len(got) != len(test.want) {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			for i, want := range test.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("got %q, want %q", got[i], want)
				}
			}
		})
	}
}

func TestAFileThatIsNotOursAloneIsNotUsed(t *testing.T) {
	const good = `{"webhooks": [{"name": "a", "url": "https://example.org", "format": "slack"}]}`
	pipe, open := filepath.Join(t.TempDir(), "pipe"), write(t, good)
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.Chmod(open, 0o666)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ path, want string }{
		"absent":                  {filepath.Join(t.TempDir(), "none.json"), "none.json does not exist"},
		"a folder":                {t.TempDir(), "is not a regular file"},
		"a pipe":                  {pipe, "is not a regular file"},
		"changeable by everybody": {open, "can be changed by every user (mode -rw-rw-rw-); run: chmod o-w"},
		"too large":               {write(t, good+strings.Repeat(" ", 1<<20)), "is larger than 1 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			got := faults(t, test.path, false)
			if len(got) != 1 || !strings.Contains(got[0], test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
