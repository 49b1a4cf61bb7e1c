package httpapi

import (
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
)

func TestARouteThatDoesNotSayWhatItNeedsCannotBeRegistered(t *testing.T) {
	nothing := func(echo.Context) error { return nil }
	for name, scope := range map[string]domain.Scope{
		"no scope":             0,
		"two scopes":           domain.ScopeRead | domain.ScopeIngest,
		"open and a scope":     Open | domain.ScopeRead,
		"a scope that is none": domain.ScopeAdmin << 1,
		"another that is none": 1 << 6,
	} {
		e := echo.New()
		err := register(e, []route{get("/good", domain.ScopeRead, nothing), post("/bad", scope, nothing)})
		if err == nil || !strings.Contains(err.Error(), "POST /bad") || strings.Contains(err.Error(), "/good") {
			t.Errorf("%s: got error %v, want one that names POST /bad alone", name, err)
		}
		for _, r := range e.Routes() {
			if r.Path == "/bad" {
				t.Errorf("%s: the route is answered, want it not", name)
			}
		}
	}
}

func TestFindingAKeyLooksAtAllOfThem(t *testing.T) {
	first, last := NewKey("first", "one"), NewKey("last", "two")
	changing := source{NewKey("third", "three"), NewKey("fourth", "four")}
	ring := keyring{fixed: []Key{first, last}, source: changing}
	for secret, name := range map[string]string{"one": "first", "two": "last", "three": "third", "four": "fourth", "five": "", "": ""} {
		found := ring.find(secret)
		switch {
		case name == "" && found != nil:
			t.Errorf("%q: got the key %s, want none", secret, found.Name)
		case name != "" && (found == nil || found.Name != name):
			t.Errorf("%q: got %+v, want the key %s", secret, found, name)
		}
	}
}

// source is keys that stay as they are.
type source []Key

func (s source) Keys() []Key { return s }
