package opencloud_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud"
	"github.com/grps/grps/domain"
)

func TestIntrospectTellsWhatTheKeyMayDo(t *testing.T) {
	r := newRig(t)
	key, err := r.client.Introspect(t.Context())
	wantNoError(t, "Introspect", err)
	if key.Name != "sandbox" || !key.Enabled || key.Expired || key.Owner.IsZero() || len(key.Scopes) == 0 {
		t.Fatalf("Introspect: got %+v, want the sandbox's key with owner and scopes", key)
	}
	equal(t, "first scope", key.Scopes[0], opencloud.KeyScope{
		Name: "group", Operations: []string{"read", "write"}, Targets: []string{"7"},
	})
}

func TestIntrospectReadsAnExpiry(t *testing.T) {
	client, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != "" {
			t.Error("x-api-key: got one, want none beside the key in the body")
		}
		says(200, `{"name":"k","authorizedUserId":"5","expired":true,"expirationTimeUtc":"2026-12-01T00:00:00.1234567Z"}`)(w, r)
	})
	key, err := client.Introspect(t.Context())
	wantNoError(t, "Introspect", err)
	equal(t, "key", key, opencloud.Key{
		Name: "k", Owner: mustUser(5), Expired: true, ExpiresAt: time.Date(2026, 12, 1, 0, 0, 0, 123456000, time.UTC),
	})
}

func TestARefusedKeyCannotBeExamined(t *testing.T) {
	r := newRig(t)
	client := dial(t, serve(t, r.box), func(o *options) { o.APIKey = canary + "-not" })
	_, err := client.Introspect(t.Context())
	wantKind(t, err, domain.KindUnavailable, "open_cloud_key_refused")
}
