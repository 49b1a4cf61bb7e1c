package opencloud_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/grps/grps/adapters/opencloud"
	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/domain"
)

func TestRolesAreListedOverAllPages(t *testing.T) {
	r := newRig(t, func(_ *options, c *sandbox.Config) {
		for rank := 30; rank < 80; rank++ {
			c.Roles = append(c.Roles, sandbox.Role{ID: int64(1000 + rank), Name: fmt.Sprint("Rank ", rank), Rank: rank})
		}
	})
	roles, err := r.client.Roles(t.Context())
	wantNoError(t, "Roles", err)
	var want []opencloud.Role
	for _, role := range r.box.Roles() {
		want = append(want, opencloud.Role{ID: mustRole(role.ID), Name: role.Name, Rank: role.Rank})
	}
	equal(t, "roles", roles, want)
	equal(t, "pages", len(r.callsOf(sandbox.OpListRoles)), 3)
}

func TestAListOfRolesThatIsNotTheGroupsIsRefused(t *testing.T) {
	for name, body := range map[string]string{
		"another group":        `{"groupRoles":[{"path":"groups/8/roles/1","id":"1","rank":1}]}`,
		"an id of another":     `{"groupRoles":[{"path":"groups/7/roles/1","id":"2","rank":1}]}`,
		"a rank out of range":  `{"groupRoles":[{"path":"groups/7/roles/1","id":"1","rank":256}]}`,
		"a list without end":   `{"groupRoles":[],"nextPageToken":"again"}`,
		"a rank of other type": `{"groupRoles":[{"path":"groups/7/roles/1","rank":"1"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			client, calls := answering(t, func(w http.ResponseWriter, r *http.Request) { says(200, body)(w, r) })
			_, err := client.Roles(t.Context())
			wantKind(t, err, domain.KindUnavailable, "open_cloud_answer")
			if calls() > 20 {
				t.Errorf("calls: got %d, want at most 20", calls())
			}
		})
	}
}
