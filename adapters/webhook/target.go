package webhook

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/grps/grps/domain"
)

// The formats.
const (
	formatGeneric = "generic"
	formatDiscord = "discord"
	formatSlack   = "slack"
)

// The bounds of a file.
const (
	maxWebhooks  = 32
	maxSecrets   = 8
	minSecretLen = 24 // bytes, as Standard Webhooks wants them
	maxSecretLen = 64
	maxURL       = 2048
	secretPrefix = "whsec_"
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// target is a webhook of the file.
type target struct {
	name    string
	format  string
	url     *url.URL
	secrets [][]byte
	actions []domain.Action
	pace    *pace
}

// load returns the webhooks of a file. The error names every fault with its place in the file.
func load(path string, allowPrivate bool) ([]*target, error) {
	f := &faults{file: filepath.Base(path)}
	content, err := readFile(path)
	if err != nil {
		f.file = path // as it was given: it may not be where it is looked for
		f.add("", err.Error())
		return nil, f.err()
	}
	value, at, err := parse(content)
	if err != nil {
		f.add(at, err.Error())
		return nil, f.err()
	}
	targets := targetsOf(value, allowPrivate, f)
	return targets, f.err()
}

func targetsOf(value any, allowPrivate bool, f *faults) []*target {
	root := members(value, "", f, "webhooks")
	list, ok := root["webhooks"].([]any)
	switch {
	case root == nil:
		return nil
	case !ok:
		f.add(key("", "webhooks"), `must be a list, such as [{"name":"staff","url":"https://…","secrets":["whsec_…"]}]`)
	case len(list) > maxWebhooks:
		f.add(key("", "webhooks"), fmt.Sprintf("must hold %d webhooks at most", maxWebhooks))
	}
	var targets []*target
	taken := make(map[string]bool)
	for i, entry := range list[:min(len(list), maxWebhooks)] {
		at := item(key("", "webhooks"), i)
		t := targetOf(entry, at, allowPrivate, f)
		if t.name != "" && taken[t.name] {
			f.add(key(at, "name"), "must differ from the names of the webhooks before it")
		}
		taken[t.name] = true
		targets = append(targets, t)
	}
	return targets
}

func targetOf(value any, at string, allowPrivate bool, f *faults) *target {
	fields := members(value, at, f, "name", "url", "format", "secrets", "actions")
	if fields == nil {
		return &target{}
	}
	t := &target{format: formatGeneric}
	if name, ok := fields["name"].(string); ok && nameForm.MatchString(name) {
		t.name = name
	} else {
		f.add(key(at, "name"), "must be a name of up to 64 letters, digits, dots, dashes and underscores")
	}
	if format, given := fields["format"]; given {
		t.format, _ = format.(string)
		if !slices.Contains([]string{formatGeneric, formatDiscord, formatSlack}, t.format) {
			f.add(key(at, "format"), "must be generic, discord or slack")
		}
	}
	address, _ := fields["url"].(string)
	var wrong string
	if t.url, wrong = addressOf(address, allowPrivate); wrong != "" {
		f.add(key(at, "url"), wrong)
	}
	t.secrets = secretsOf(fields, t.format, key(at, "secrets"), f)
	t.actions = actionsOf(fields, key(at, "actions"), f)
	t.pace = paceOf(t.format)
	return t
}

// addressOf returns the address of a text, or what is wrong with it.
func addressOf(text string, allowPrivate bool) (*url.URL, string) {
	wanted := "must be an address such as https://example.org/hook"
	if text == "" || len(text) > maxURL {
		return nil, wanted
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return nil, wanted
	case u.User != nil:
		return nil, "must hold no user and no password"
	case u.Fragment != "":
		return nil, "must hold no fragment, the part behind #"
	case u.Scheme == "https" && (allowPrivate || u.Port() == "" || u.Port() == "443"), u.Scheme == "http" && allowPrivate:
		return u, ""
	case u.Scheme == "https":
		return nil, "must use port 443; WEBHOOK_ALLOW_PRIVATE=true allows others"
	}
	return nil, "must begin with https://; WEBHOOK_ALLOW_PRIVATE=true allows http:// too"
}

// secretsOf returns the secrets that sign messages. Only the generic format has any, and must.
func secretsOf(fields map[string]any, format, at string, f *faults) [][]byte {
	value, given := fields["secrets"]
	if format == formatDiscord || format == formatSlack {
		if given {
			f.add(at, "must be left out: "+format+" checks no signature")
		}
		return nil
	}
	list, ok := value.([]any)
	if !ok || len(list) == 0 || len(list) > maxSecrets {
		f.add(at, fmt.Sprintf(`must be a list of 1 to %d secrets that sign messages; make one with: echo "whsec_$(openssl rand -base64 32)"`, maxSecrets))
		return nil
	}
	var secrets [][]byte
	for i, entry := range list {
		text, _ := entry.(string)
		encoded, prefixed := strings.CutPrefix(text, secretPrefix)
		secret, err := base64.StdEncoding.DecodeString(encoded)
		if !prefixed || err != nil || len(secret) < minSecretLen || len(secret) > maxSecretLen {
			f.add(item(at, i), fmt.Sprintf("must be whsec_ and the base64 of %d to %d bytes; make one with: echo \"whsec_$(openssl rand -base64 32)\"",
				minSecretLen, maxSecretLen))
			continue
		}
		secrets = append(secrets, secret)
	}
	return secrets
}

// actionsOf returns the actions that the webhook is told of; none for all.
func actionsOf(fields map[string]any, at string, f *faults) []domain.Action {
	value, given := fields["actions"]
	if !given {
		return nil
	}
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		f.add(at, "must be a list of actions; leave it out to be told of all")
	}
	var actions []domain.Action
	for i, entry := range list {
		text, _ := entry.(string)
		action, err := domain.ParseAction(text)
		if err != nil || action == domain.ActionNone || slices.Contains(actions, action) {
			f.add(item(at, i), "must be PROMOTE, DEMOTE, SUSPEND, BAN or RESTORE, each once")
			continue
		}
		actions = append(actions, action)
	}
	return actions
}

// members returns the members of an object, all of which must be known. It is nil when the value is no object.
func members(value any, at string, f *faults, known ...string) map[string]any {
	object, ok := value.(map[string]any)
	if !ok {
		f.add(at, "must be an object with the keys: "+strings.Join(known, ", "))
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(known, name) {
			f.add(at, fmt.Sprintf("holds %s that is not known; the keys are: %s", shown(name), strings.Join(known, ", ")))
		}
	}
	return object
}
