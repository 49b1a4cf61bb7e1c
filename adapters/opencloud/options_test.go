package opencloud_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestTheZeroOptionsNeedAKeyOnly(t *testing.T) {
	client, err := opencloud.New(options{APIKey: canary})
	wantNoError(t, "New", err)
	equal(t, "client", client.String(), "opencloud.Client(https://apis.roblox.com)")
}

func TestOptionsThatCannotBeUsedAreRefusedByName(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*options)
		field  string
	}{
		"plain http to elsewhere":      {func(o *options) { o.BaseURL = "http://apis.roblox.com" }, "BaseURL"},
		"plain http to a private host": {func(o *options) { o.BaseURL = "http://10.0.0.1" }, "BaseURL"},
		"plain http to every address":  {func(o *options) { o.BaseURL = "http://0.0.0.0:80" }, "BaseURL"},
		"a name that looks local":      {func(o *options) { o.BaseURL = "http://localhost.example.com" }, "BaseURL"},
		"another scheme":               {func(o *options) { o.BaseURL = "file:///etc/passwd" }, "BaseURL"},
		"no scheme":                    {func(o *options) { o.BaseURL = "apis.roblox.com" }, "BaseURL"},
		"no host":                      {func(o *options) { o.BaseURL = "https://" }, "BaseURL"},
		"a malformed address":          {func(o *options) { o.BaseURL = "https://[::1" }, "BaseURL"},
		"a password in the address":    {func(o *options) { o.BaseURL = "https://u:" + canary + "@host" }, "BaseURL"},
		"a query":                      {func(o *options) { o.BaseURL = "https://host/?a=" + canary }, "BaseURL"},
		"a fragment":                   {func(o *options) { o.BaseURL = "https://host/#a" }, "BaseURL"},
		"no key":                       {func(o *options) { o.APIKey = " \n" }, "APIKey"},
		"a key of two lines":           {func(o *options) { o.APIKey = canary + "\n" + canary }, "APIKey"},
		"a key in typographic quotes":  {func(o *options) { o.APIKey = "“" + canary + "”" }, "APIKey"},
		"a negative group":             {func(o *options) { o.GroupID = -1 }, "GroupID"},
		"a group out of range":         {func(o *options) { o.GroupID = 1 << 53 }, "GroupID"},
		"an empty universe":            {func(o *options) { o.Universes = []domain.UniverseID{{}} }, "Universes"},
		"a long store":                 {func(o *options) { o.DataStore.Name = strings.Repeat("x", 51) }, "DataStore.Name"},
		"a store that is a path":       {func(o *options) { o.DataStore.Name = ".." }, "DataStore.Name"},
		"a scope with a quote":         {func(o *options) { o.DataStore.Scope = `a"b` }, "DataStore.Scope"},
		"a prefix with a revision":     {func(o *options) { o.DataStore.Prefix = "a@b" }, "DataStore.Prefix"},
		"a prefix that leaves no room": {func(o *options) { o.DataStore.Prefix = strings.Repeat("x", 35) }, "DataStore.Prefix"},
		"a prefix with a line break":   {func(o *options) { o.DataStore.Prefix = "a\nb" }, "DataStore.Prefix"},
		"a negative timeout":           {func(o *options) { o.Timeouts.Dial = -1 }, "Timeouts"},
		"negative patience":            {func(o *options) { o.Patience = -time.Second }, "Timeouts"},
		"a negative limit":             {func(o *options) { o.Limits.MirrorPerMinute = -1 }, "Limits"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options{APIKey: canary}
			c.change(&o)
			_, err := opencloud.New(o)
			e := wantKind(t, err, domain.KindInvalid, "open_cloud_options")
			if len(e.Fields) != 1 || e.Fields[0].Field != c.field || e.Fields[0].Message == "" {
				t.Fatalf("fields: got %v, want %s and what is wrong with it", e.Fields, c.field)
			}
		})
	}
}

func TestLoopbackAddressesMayBePlain(t *testing.T) {
	for _, base := range []string{
		"http://127.0.0.1:80", "http://127.8.8.8", "http://localhost:1/prefix/", "http://[::1]:8081", "https://example.com/prefix",
	} {
		_, err := opencloud.New(options{APIKey: canary, BaseURL: base})
		wantNoError(t, base, err)
	}
}

func TestAPrefixOfTheAddressIsKept(t *testing.T) {
	r := newRig(t)
	r.box.Join(156, recruit)
	client := dial(t, serve(t, http.StripPrefix("/roblox", r.box))+"/roblox/")
	m, err := client.Membership(t.Context(), player, ports.LanePromote)
	wantNoError(t, "Membership", err)
	equal(t, "member", m.Member, true)
}

func TestNoWayOfPrintingShowsTheKey(t *testing.T) {
	o := options{APIKey: canary, BaseURL: "https://u:" + canary + "@host/?" + canary}
	client, err := opencloud.New(options{APIKey: canary})
	wantNoError(t, "New", err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{o, &o, client, *client, struct{ C *opencloud.Client }{client}, struct{ O options }{o}} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
				t.Errorf("%T printed with %s: got the key in %s", v, verb, text)
			}
		}
	}
}
