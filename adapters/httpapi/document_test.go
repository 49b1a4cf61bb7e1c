package httpapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/adapters/httpapi/contract"
)

// promised is the document that every exchange of these tests is held against.
var promised = sync.OnceValues(func() (*contract.Contract, error) {
	text, err := httpapi.OpenAPI()
	if err != nil {
		return nil, err
	}
	return contract.New(text)
})

// withInventions says that the use cases answer with what none would: errors of a test's own, records that are empty.
func withInventions(a *api) { a.invents = true }

// withOddRequests says that what is sent is odd on purpose, although some of it is answered well.
func withOddRequests(a *api) { a.odd = true }

// record keeps what the server reads of the body of a request.
func record(r *http.Request) *bytes.Buffer {
	sent := &bytes.Buffer{}
	if r.Body != nil {
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(r.Body, sent), r.Body}
	}
	return sent
}

// hold fails the test when the document does not allow an exchange.
func (a *api) hold(r *http.Request, sent *bytes.Buffer, w *httptest.ResponseRecorder) {
	a.tb.Helper()
	if a.invents {
		return
	}
	document, err := promised()
	if err != nil {
		a.tb.Fatal(err)
	}
	for _, breach := range document.Check(contract.Exchange{
		Request: r, Sent: sent.Bytes(), Status: w.Code, Header: w.Header(), Answer: w.Body.Bytes(), Odd: a.odd,
	}) {
		a.tb.Errorf("breaks the OpenAPI document: %s", breach)
	}
}

func TestTheDocumentIsOpenAPIAndItsExamplesFitItsSchemas(t *testing.T) {
	text, err := httpapi.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Error(err)
	}
}

func TestTheDocumentHasTheRoutesOfTheServerWithTheirScopes(t *testing.T) {
	document, err := promised()
	if err != nil {
		t.Fatal(err)
	}
	server, err := httpapi.New(newAPI(t).options)
	if err != nil {
		t.Fatal(err)
	}
	var routes []string
	for _, r := range server.Routes() {
		parts := strings.Split(r.Path, "/")
		for i, part := range parts {
			if name, ok := strings.CutPrefix(part, ":"); ok {
				parts[i] = "{" + name + "}"
			}
		}
		scope := r.Scope.String()
		if r.Scope == httpapi.Open {
			scope = "open"
		}
		if r.Scope == httpapi.Signed {
			scope = "signed"
		}
		routes = append(routes, r.Method+" "+strings.Join(parts, "/")+" "+scope)
	}
	slices.Sort(routes)
	if diff := cmp.Diff(routes, document.Operations()); diff != "" {
		t.Errorf("a route without an entry in adapters/httpapi/openapi, or with another scope there (-); an entry without a route (+):\n%s", diff)
	}
}

func TestTheDocumentIsServedAsItIsToEverybody(t *testing.T) {
	a := newAPI(t, withKeys)
	want, err := httpapi.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	w := a.send(t, "GET", "/openapi.json", "")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" || !bytes.Equal(w.Body.Bytes(), want) {
		t.Fatalf("got %d %s with %d bytes, want 200 application/json with the %d bytes of the document", w.Code, w.Header().Get("Content-Type"), w.Body.Len(), len(want))
	}
	if !json.Valid(want) {
		t.Error("the document is no JSON")
	}
	tag := w.Header().Get("ETag")
	for given, status := range map[string]int{
		tag: 304, "W/" + tag: 304, `"other", ` + tag: 304, "*": 304, `"other"`: 200, strings.Trim(tag, `"`): 200, "": 200,
	} {
		again := a.send(t, "GET", "/openapi.json", "", "if-none-match: "+given)
		if again.Code != status || status == 304 && again.Body.Len() > 0 {
			t.Errorf("if-none-match %s: got %d with %d bytes, want %d", given, again.Code, again.Body.Len(), status)
		}
	}
}
