package main

import (
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/grps/grps/adapters/filepolicy"
	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/policy"
)

// Roles of the stand-in: one that the policy does not know, and that of Volt Specialist II, which the example begins with.
const (
	vipRole  = 5000
	voltRole = 100100007
)

// roblox is a stand-in for Roblox that outlives the processes that call it.
type roblox struct {
	*sandbox.Server
	url string
}

func startRoblox(t *testing.T) *roblox {
	t.Helper()
	p, err := filepolicy.Load(policy.Documents())
	if err != nil {
		t.Fatal(err)
	}
	setup := sandbox.Config{GroupID: 7, APIKey: "canary-open-cloud-key", Universes: []int64{42}}
	setup.Roles = append(setup.Roles, sandbox.Role{ID: vipRole, Name: "VIP", Rank: 200})
	for r := range p.Ladder().Managed() {
		setup.Roles = append(setup.Roles, sandbox.Role{ID: r.Role.Int64(), Name: r.Name, Rank: 2 + len(setup.Roles)})
	}
	stand, err := sandbox.New(setup)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(stand)
	t.Cleanup(server.Close)
	return &roblox{stand, server.URL}
}

// env returns the settings that make a service call this stand-in as it would call Roblox.
func (r *roblox) env() []string {
	return []string{
		"ROBLOX_API_BASE=" + r.url, "ROBLOX_GROUP_ID=7", "ROBLOX_OPEN_CLOUD_API_KEY=canary-open-cloud-key", "ROBLOX_UNIVERSE_IDS=42",
	}
}

// held returns the names of the roles that a member holds, sorted.
func (r *roblox) held(t *testing.T, user int64) []string {
	t.Helper()
	member, ok := r.Member(user)
	if !ok {
		t.Fatalf("%d is not known to the stand-in", user)
	}
	var names []string
	for _, role := range member.Roles {
		names = append(names, role.Name)
	}
	slices.Sort(names)
	return names
}
