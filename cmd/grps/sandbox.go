package main

import (
	"net"
	"net/http"

	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/domain"
)

// What the sandbox is where the configuration does not say.
const (
	sandboxGroup    = 1
	sandboxUniverse = 987654321
	sandboxKey      = "sandbox"
	lowestRank      = 2 // of the policy's roles; 1 is the base role
)

// withSandbox returns the configuration that talks to a stand-in for Roblox instead of Roblox.
func (c config) withSandbox(base string) config {
	c.apiBase, c.openCloudKey = base, Secret{sandboxKey}
	return c.sandboxed()
}

// sandboxed fills in the group and the universe that the stand-in has.
func (c config) sandboxed() config {
	if c.groupID == 0 {
		c.groupID = sandboxGroup
	}
	if len(c.universes) == 0 {
		universe, err := domain.NewUniverseID(sandboxUniverse)
		if err == nil {
			c.universes = []domain.UniverseID{universe}
		}
	}
	return c
}

// newSandbox returns a stand-in for Roblox whose group has the policy's roles. Whoever is not known there joins with the base role when
// first asked about.
func newSandbox(c config, p domain.Policy) (*sandbox.Server, error) {
	setup := c.sandboxSetup(p)
	setup.APIKey, setup.AutoJoin = sandboxKey, true
	return sandbox.New(setup)
}

// sandboxSetup returns a group with the policy's roles, the suspension role lowest, then the rungs, and the universes of the configuration.
func (c config) sandboxSetup(p domain.Policy) sandbox.Config {
	c = c.sandboxed()
	setup := sandbox.Config{GroupID: c.groupID}
	for _, universe := range c.universes {
		setup.Universes = append(setup.Universes, universe.Int64())
	}
	add := func(r domain.Rank) {
		if !r.Role.IsZero() {
			setup.Roles = append(setup.Roles, sandbox.Role{ID: r.Role.Int64(), Name: r.Name, Rank: lowestRank + len(setup.Roles)})
		}
	}
	if suspension, ok := p.Ladder().Suspension(); ok {
		add(suspension)
	}
	for r := range p.Ladder().Rungs() {
		add(r)
	}
	return setup
}

// withInspection answers /_sandbox/ from the stand-in, to callers on this machine only, and everything else from api.
func withInspection(api http.Handler, stand *sandbox.Server) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", api)
	mux.HandleFunc("/_sandbox/", func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil || !loopback(host) {
			http.NotFound(w, r)
			return
		}
		stand.ServeHTTP(w, r)
	})
	return mux
}
