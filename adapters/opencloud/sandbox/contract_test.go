package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// contractFile is the published document, trimmed to what GRPS calls; it lies beside the repository, not in it.
const contractFile = "../../../../shared/roblox/opencloud.openapi.json"

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
	return gorillamux.NewRouter(doc)
})

// TestExchangesAreHeldAgainstThePublishedDocument says whether the check in every other test is on, and that it can
// fail.
func TestExchangesAreHeldAgainstThePublishedDocument(t *testing.T) {
	router, err := contract()
	if err != nil {
		t.Fatalf("load %s: %v", contractFile, err)
	}
	if router == nil {
		t.Skipf("%s is not there: exchanges were not held against the published document", contractFile)
	}
	r := newRig(t)
	target := "/cloud/v2/universes/42/user-restrictions/156?idempotencyKey.firstSent=yesterday"
	body := `{"gameJoinRestriction":{"active":"yes"}}`
	req := r.request(http.MethodPatch, target, body)
	if err := validate(t.Context(), router, req, body, answer{status: http.StatusOK}); err == nil {
		t.Fatal("a wrong request: got no error, want one")
	}
	wrong := answer{
		status: http.StatusOK, body: `{"groupRoles":{}}`, header: http.Header{"Content-Type": {"application/json"}},
	}
	req = r.request(http.MethodGet, "/cloud/v2/groups/7/roles", "")
	if err := validate(t.Context(), router, req, "", wrong); err == nil {
		t.Fatal("a wrong response: got no error, want one")
	}
}

// checkContract fails the test when a call that was answered with 200 breaks the published document in request or
// response, or when another answer has none of the documented error shapes. What a fault answers is free.
func checkContract(t *testing.T, req *http.Request, body string, a answer) {
	t.Helper()
	router, err := contract()
	if err != nil {
		t.Fatalf("load %s: %v", contractFile, err)
	}
	if a.status != http.StatusOK {
		if a.header.Get("Content-Type") == "application/json" {
			checkErrorShape(t, a)
		}
		return
	}
	if router == nil || req.URL.Path == "/api-keys/v1/introspect" || a.body == "" && req.Method == http.MethodGet {
		return
	}
	if err := validate(t.Context(), router, req, body, a); err != nil {
		t.Fatalf("%s %s breaks the published document: %v", req.Method, req.URL, err)
	}
}

func validate(ctx context.Context, router routers.Router, req *http.Request, body string, a answer) error {
	req = req.Clone(ctx)
	req.Body = io.NopCloser(strings.NewReader(body))
	route, params, err := router.FindRoute(req)
	if err != nil {
		return err
	}
	in := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if err := openapi3filter.ValidateRequest(ctx, in); err != nil {
		return err
	}
	return openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: a.status, Header: a.header,
		Body: io.NopCloser(bytes.NewReader([]byte(a.body))),
	})
}

func checkErrorShape(t *testing.T, a answer) {
	t.Helper()
	var got struct {
		Code    string
		Message string
		Errors  []struct {
			Code    *int
			Message string
		}
	}
	a.into(&got)
	service := got.Code != "" && got.Message != ""
	gateway := len(got.Errors) == 1 && got.Errors[0].Code != nil && got.Errors[0].Message != ""
	if service == gateway {
		t.Fatalf("error shape: got %s, want that of the gateway or that of the service", a.body)
	}
}
