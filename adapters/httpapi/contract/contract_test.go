package contract_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/grps/grps/adapters/httpapi/contract"
)

const shelf = `{
  "x-problems": {"route_not_found": {"status": 404, "to": "elsewhere"}, "key_required": {"status": 401}},
  "paths": {
    "/books": {"post": {
      "security": [{"key": ["write"]}],
      "parameters": [
        {"$ref": "#/components/parameters/Shelf"},
        {"name": "X-Grps-Actor", "in": "header", "schema": {"type": "string", "pattern": "^[0-9]+$"}}
      ],
      "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Book"}}}},
      "responses": {"200": {
        "headers": {"X-Place": {"required": true, "schema": {"type": "integer", "minimum": 1}}, "X-Request-Id": {"schema": {"type": "string"}}},
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Book"}}}
      }, "204": {}, "422": {"content": {"application/problem+json": {"schema": {"allOf": [
        {"$ref": "#/components/schemas/Problem"}, {"properties": {"code": {"enum": ["unreadable"]}}}]}}}}}
    }},
    "/books/{isbn}": {"get": {
      "security": [],
      "parameters": [{"name": "isbn", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 100}}],
      "responses": {"200": {"content": {"text/plain": {"schema": {"type": "string"}}}}}
    }},
    "/books/new": {"get": {"security": [], "responses": {"200": {"content": {"text/plain": {"schema": {"type": "string"}}}}}}}
  },
  "components": {
    "parameters": {"Shelf": {"name": "shelf", "in": "query", "schema": {"type": "integer", "maximum": 9}}},
    "schemas": {
      "Book": {"type": "object", "required": ["title"], "properties": {"title": {"type": "string", "minLength": 1}, "notes": {"type": "object", "additionalProperties": true, "properties": {}}}},
      "Problem": {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}}
    }
  }
}`

func TestABreachOfTheDocumentIsFound(t *testing.T) {
	type exchange struct {
		method, target, body string
		sent                 []string // headers, as "name: value"
		status               int
		answer               string
		headers              []string
		odd                  bool
	}
	const good, kind, place = `{"title":"Ulysses"}`, "Content-Type: application/json", "X-Place: 3"
	const problem = "Content-Type: application/problem+json"
	for name, c := range map[string]struct {
		is   exchange
		want string // a part of the breach; "" for none
	}{
		"all is well":                   {exchange{"POST", "/books?shelf=3", good, nil, 200, good, []string{kind, place}, false}, ""},
		"keys that may be anything":     {exchange{"POST", "/books", good, nil, 200, `{"title":"U","notes":{"a":1}}`, []string{kind, place}, false}, ""},
		"an answer without a body":      {exchange{"POST", "/books", good, nil, 204, "", nil, false}, ""},
		"a plain header":                {exchange{"POST", "/books", good, nil, 204, "", []string{"Cache-Control: no-store"}, false}, ""},
		"a body that Luau writes":       {exchange{"POST", "/books", "[]", nil, 204, "", nil, false}, "title"},
		"a problem":                     {exchange{"POST", "/books", "x", nil, 422, `{"code":"unreadable"}`, []string{problem}, false}, ""},
		"a problem of another route":    {exchange{"POST", "/books", "x", nil, 422, `{"code":"lost"}`, []string{problem}, false}, "code"},
		"a problem with more":           {exchange{"POST", "/books", "x", nil, 422, `{"code":"unreadable","x":1}`, []string{problem}, false}, "x"},
		"nothing at a path":             {exchange{"GET", "/nothing", "", nil, 404, `{"code":"route_not_found"}`, []string{problem}, false}, ""},
		"nothing, by another status":    {exchange{"GET", "/nothing", "", nil, 405, `{"code":"route_not_found"}`, []string{problem}, false}, "status"},
		"no key, and no such path":      {exchange{"GET", "/nothing", "", nil, 401, `{"code":"key_required"}`, []string{problem}, false}, ""},
		"a route that is not listed":    {exchange{"GET", "/nothing", "", nil, 200, "x", nil, false}, "no such route"},
		"a method that is not listed":   {exchange{"PUT", "/books", good, nil, 200, good, []string{kind, place}, false}, "no such route"},
		"a status that is not listed":   {exchange{"POST", "/books", good, nil, 201, good, []string{kind, place}, false}, "no such status"},
		"a key that is not listed":      {exchange{"POST", "/books", good, nil, 200, `{"title":"U","more":1}`, []string{kind, place}, false}, "more"},
		"a key that is missing":         {exchange{"POST", "/books", good, nil, 200, `{}`, []string{kind, place}, false}, "title"},
		"a value of another type":       {exchange{"POST", "/books", good, nil, 200, `{"title":7}`, []string{kind, place}, false}, "title"},
		"an answer that is no JSON":     {exchange{"POST", "/books", good, nil, 200, `{`, []string{kind, place}, false}, "no JSON"},
		"an answer of another type":     {exchange{"POST", "/books", good, nil, 200, good, []string{"Content-Type: text/plain", place}, false}, "text/plain"},
		"no body where there is one":    {exchange{"POST", "/books", good, nil, 200, "", []string{place}, false}, "no answer of the type"},
		"a body where there is none":    {exchange{"POST", "/books", good, nil, 204, good, []string{kind}, false}, "no answer of the type"},
		"a header that is not listed":   {exchange{"POST", "/books", good, nil, 200, good, []string{kind, place, "X-Shelf: 2"}, false}, "X-Shelf"},
		"a header that is missing":      {exchange{"POST", "/books", good, nil, 200, good, []string{kind}, false}, "X-Place"},
		"a header of another kind":      {exchange{"POST", "/books", good, nil, 200, good, []string{kind, "X-Place: 0"}, false}, "X-Place"},
		"a query that is too large":     {exchange{"POST", "/books?shelf=10", good, nil, 204, "", nil, false}, "shelf"},
		"a query that is not listed":    {exchange{"POST", "/books?colour=red", good, nil, 204, "", nil, false}, "colour"},
		"a query that is ignored":       {exchange{"POST", "/books?_colour=red", good, nil, 204, "", nil, false}, ""},
		"a request that does not fit":   {exchange{"POST", "/books", `{"title":""}`, nil, 204, "", nil, false}, "title"},
		"one that is odd on purpose":    {exchange{"POST", "/books", `{"title":""}`, nil, 204, "", nil, true}, ""},
		"a request with a key more":     {exchange{"POST", "/books", `{"title":"U","more":1}`, nil, 204, "", nil, false}, ""},
		"a request without its body":    {exchange{"POST", "/books", "", nil, 204, "", nil, false}, "body is missing"},
		"a header that does not fit":    {exchange{"POST", "/books", good, []string{"X-Grps-Actor: x"}, 204, "", nil, false}, "X-Grps-Actor"},
		"a request's header unlisted":   {exchange{"POST", "/books", good, []string{"X-Grps-Apply: true"}, 204, "", nil, false}, "X-Grps-Apply"},
		"a part of the path":            {exchange{"GET", "/books/978", "", nil, 200, "U", []string{"Content-Type: text/plain"}, false}, ""},
		"a part that does not fit":      {exchange{"GET", "/books/97", "", nil, 200, "U", []string{"Content-Type: text/plain"}, false}, "isbn"},
		"a path that is named in words": {exchange{"GET", "/books/new", "", nil, 200, "U", []string{"Content-Type: text/plain"}, false}, ""},
		"a slash that is escaped":       {exchange{"GET", "/books/97%2F8", "", nil, 200, "U", []string{"Content-Type: text/plain"}, false}, "isbn"},
		"the head of an answer":         {exchange{"HEAD", "/books/978", "", nil, 200, "", []string{"Content-Type: text/plain"}, false}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			document, err := contract.New([]byte(shelf))
			if err != nil {
				t.Fatal(err)
			}
			e := contract.Exchange{
				Request: httptest.NewRequestWithContext(t.Context(), c.is.method, c.is.target, http.NoBody), Sent: []byte(c.is.body),
				Status: c.is.status, Header: http.Header{}, Answer: []byte(c.is.answer), Odd: c.is.odd,
			}
			set(e.Request.Header, c.is.sent)
			set(e.Header, c.is.headers)
			got := document.Check(e)
			if c.want == "" && got != nil || c.want != "" && !slices.ContainsFunc(got, func(breach string) bool { return strings.Contains(breach, c.want) }) {
				t.Errorf("breaches: got %q, want one that names %q (none if empty)", got, c.want)
			}
		})
	}
}

func TestTheOperationsOfADocumentAreListedWithTheirScopes(t *testing.T) {
	document, err := contract.New([]byte(shelf))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"GET /books/new open", "GET /books/{isbn} open", "POST /books write"}
	if got := document.Operations(); !slices.Equal(got, want) {
		t.Errorf("operations: got %q, want %q", got, want)
	}
}

func TestWhatIsNoDocumentIsAnError(t *testing.T) {
	for _, text := range []string{"", "[]", "{"} {
		if _, err := contract.New([]byte(text)); err == nil {
			t.Errorf("%q: got no error, want one", text)
		}
	}
}

func set(header http.Header, lines []string) {
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		header.Set(name, value)
	}
}
