package opencloud_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/grps/grps/ports"
)

// contractFile is the published document, trimmed to what GRPS calls; it lies beside the repository, not in it.
const contractFile = "../../../shared/roblox/opencloud.openapi.json"

// contract loads the document once; without the file both results are nil.
var contract = sync.OnceValues(func() (routers.Router, error) {
	text, err := os.ReadFile(contractFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil // whatever the host
	// Its description says that it can be null.
	doc.Components.Schemas["GoogleProtobufValue"].Value.Nullable = true
	return gorillamux.NewRouter(doc)
})

// checked holds every exchange with next against the published document, if that is there. Answers other than 200 are not in it, nor is
// the examination of a key.
func checked(t *testing.T, next http.Handler) http.Handler {
	t.Helper()
	router, err := contract()
	if err != nil {
		t.Fatalf("load %s: %v", contractFile, err)
	}
	if router == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the body of %s %s: %v", r.Method, r.URL, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		recorded := httptest.NewRecorder()
		next.ServeHTTP(recorded, r)
		answer := recorded.Body.Bytes()
		if r.URL.Path != "/api-keys/v1/introspect" {
			if err := validate(r.Context(), router, r, body, recorded.Code, recorded.Header(), answer); err != nil {
				t.Errorf("%s %s breaks the published document: %v", r.Method, r.URL, err)
			}
		}
		maps.Copy(w.Header(), recorded.Header())
		w.WriteHeader(recorded.Code)
		_, _ = w.Write(answer)
	})
}

func validate(ctx context.Context, router routers.Router, r *http.Request, body []byte, status int, header http.Header, answer []byte) error {
	r = r.Clone(ctx)
	r.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := router.FindRoute(r)
	if err != nil {
		return err
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if err := openapi3filter.ValidateRequest(ctx, in); err != nil {
		return err
	}
	if status != http.StatusOK || header.Get("Content-Type") != "application/json" {
		return nil
	}
	return openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(answer)),
	})
}

// TestEveryExchangeFitsThePublishedDocument makes each call once; every other test with the sandbox is held against the document too.
func TestEveryExchangeFitsThePublishedDocument(t *testing.T) {
	router, err := contract()
	if err != nil {
		t.Fatalf("load %s: %v", contractFile, err)
	}
	if router == nil {
		t.Skipf("%s is not there: exchanges were not held against the published document", contractFile)
	}
	wrong := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/cloud/v2/groups/7/memberships/1:assignRole", nil)
	wrong.Header.Set("Content-Type", "application/json")
	if err := validate(t.Context(), router, wrong, []byte(`{"role":7}`), http.StatusOK, http.Header{}, nil); err == nil {
		t.Fatal("a wrong request: got no error, want one: the check does not check")
	}

	r := newRig(t)
	r.box.Join(156, recruit)
	r.box.PutEntry(42, store, "player:157", []byte(`{"username":"ada","rankPoints":5}`))
	ctx := t.Context()
	_, err = r.client.Membership(ctx, player, ports.LanePromote)
	wantNoError(t, "Membership", err)
	_, err = r.client.AssignRole(ctx, player, mustRole(trooper), ports.LanePromote)
	wantNoError(t, "AssignRole", err)
	_, err = r.client.UnassignRole(ctx, player, mustRole(recruit), ports.LanePromote)
	wantNoError(t, "UnassignRole", err)
	_, err = r.client.Roles(ctx)
	wantNoError(t, "Roles", err)
	_, err = r.client.Members(ctx, "", 100)
	wantNoError(t, "Members", err)
	_, err = r.client.CountMembers(ctx)
	wantNoError(t, "CountMembers", err)
	wantNoError(t, "Restrict", r.client.Restrict(ctx, ban()))
	_, err = r.client.Restricted(ctx, player, game)
	wantNoError(t, "Restricted", err)
	wantNoError(t, "PutStanding", r.client.PutStanding(ctx, standing()))
	changed := standing()
	changed.Standing.Rank = "Trooper II"
	wantNoError(t, "PutStanding again", r.client.PutStanding(ctx, changed))
	wantNoError(t, "Announce", r.client.Announce(ctx, decision()))
	_, err = r.client.Entries(ctx, "", 10)
	wantNoError(t, "Entries", err)
	if got := len(r.box.Calls()); got != 17 {
		t.Errorf("calls: got %d, want 17: one for each, two for Announce and Entries, four for PutStanding", got)
	}
}
