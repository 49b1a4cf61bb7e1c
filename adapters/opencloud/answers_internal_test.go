package opencloud

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// fixedAnswer answers every request alike.
type fixedAnswer struct {
	status int
	header http.Header
	body   []byte
}

func (a fixedAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	return &http.Response{
		StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.header.Clone(), Request: r,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}, nil
}

// FuzzAnswer makes each call to a Roblox that answers anything. What is understood is about whom it was asked about; all else is an error
// with a kind, which does not show the key.
func FuzzAnswer(f *testing.F) {
	const secret = "canary-open-cloud-key"
	for i, body := range []string{
		`{"groupMemberships":[{"path":"groups/7/memberships/x","user":"users/156","roles":["groups/7/roles/9"]}],"nextPageToken":""}`,
		`{"path":"groups/7/memberships/x","user":"users/156","role":"groups/7/roles/9"}`, `{"user":"users/156","roles":["groups/8/roles/9"]}`,
		`{"groupRoles":[{"path":"groups/7/roles/9","id":"9","displayName":"A","rank":255}]}`,
		`{"groupMemberships":[{"path":"groups/7/memberships/x","user":"users/1","roles":[]},{"user":"users/0"}],"nextPageToken":"p"}`, `{"memberCount":3}`,
		`{"name":"k","authorizedUserId":"5","enabled":true,"expirationTimeUtc":"2026-12-01T00:00:00.1Z","scopes":[{"name":"group","operations":["read"],"groupIds":[7,"*"],"universeDatastores":[{"universeId":"1"}]}]}`,
		`{"dataStoreEntries":[{"path":"universes/42/data-stores/GRPS_Points/scopes/global/entries/player:156","id":"player:156"}]}`, `{"value":{"rankPoints":3},"etag":"1"}`,
		`{"gameJoinRestriction":{"active":true,"duration":"5s","startTime":"2026-01-01T00:00:00Z"}}`, `{"errors":[{"message":"` + secret + `"}]}`, `[`, ``, "\xff",
	} {
		for call := range uint8(9) {
			f.Add(call, uint16(200), "", []byte(body))
		}
		f.Add(uint8(i), uint16([]int{429, 503, 302, 404, 401, 409}[i%6]), "3", []byte(body))
	}
	user, universe := fuzzID(f, domain.NewUserID), fuzzID(f, domain.NewUniverseID)
	role, err := domain.NewRoleID(9)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, which uint8, status uint16, after string, body []byte) {
		synctest.Test(t, func(t *testing.T) {
			client, err := New(Options{
				APIKey: secret, GroupID: 7, Universes: []domain.UniverseID{universe}, DataStore: DataStore{Prefix: "player:"}, Patience: time.Second,
				Transport: fixedAnswer{statusOf(status), http.Header{"Retry-After": {after}, "Content-Type": {"application/json"}}, body},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			ctx, membership := t.Context(), ports.Membership{}
			switch which % 9 {
			case 0:
				membership, err = client.Membership(ctx, user, ports.LaneObserve)
			case 1:
				membership, err = client.AssignRole(ctx, user, role, ports.LanePromote)
			case 2:
				membership, err = client.UnassignRole(ctx, user, role, ports.LaneDemote)
			case 3:
				_, err = client.Roles(ctx)
			case 4:
				var page ports.MemberPage
				page, err = client.Members(ctx, "", 100)
				for _, member := range page.Members {
					if member.User.IsZero() {
						t.Error("a member who is nobody")
					}
				}
			case 5:
				_, err = client.CountMembers(ctx)
			case 6:
				_, err = client.ExamineKey(ctx)
			case 7:
				_, err = client.Entries(ctx, "", 10)
			case 8:
				_, err = client.Restricted(ctx, user, universe)
			}
			if err == nil {
				if !membership.Member && len(membership.Roles) > 0 {
					t.Errorf("got %+v, want no roles of whoever is not in the group", membership)
				}
				for _, held := range membership.Roles {
					if !bytes.Contains(body, []byte("groups/7/roles/"+held.String())) && !bytes.Contains(body, []byte(`\`)) {
						t.Errorf("got the role %s from %s, which names no such role of the group", held, body)
					}
				}
				return
			}
			e, ok := errors.AsType[*domain.Error](err)
			if !ok || e.Kind == domain.KindInternal || e.Code == "" || e.RetryAfter < 0 || e.RetryAfter > longestClose || strings.Contains(err.Error(), secret) {
				t.Errorf("got the error %v (%#v), want one of Roblox's with a kind and without the key", err, e)
			}
		})
	})
}

// statusOf returns a number as a status of HTTP.
func statusOf(n uint16) int {
	if n >= 100 && n < 600 {
		return int(n)
	}
	return 100 + int(n)%500
}

// fuzzID makes the id 156 of any kind.
func fuzzID[T any](f *testing.F, make func(int64) (T, error)) T {
	f.Helper()
	id, err := make(156)
	if err != nil {
		f.Fatal(err)
	}
	return id
}

// FuzzWait reads what any answer says about when to come again. It is whole seconds, none at the least and never too many.
func FuzzWait(f *testing.F) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, text := range []string{"", "5", " 0.2 ", "-3", "NaN", "+Inf", "1e309", "1000, 1000;w=60", "Sun, 22 Nov 2026 12:00:30 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "99999999999999999999"} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, after, reset string) {
		header := http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}}
		for what, wait := range map[string]time.Duration{"retry-after " + after: retryAfter(header, now), "x-ratelimit-reset " + reset: resetTime(header)} {
			if wait < 0 || wait > longestClose || wait%time.Second != 0 {
				t.Errorf("%q: got %s, want whole seconds, 0s … %s", what, wait, longestClose)
			}
		}
	})
}
