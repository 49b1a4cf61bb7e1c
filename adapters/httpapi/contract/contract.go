package contract

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Contract is an OpenAPI document that exchanges are held against. It is safe for concurrent use.
type Contract struct {
	document map[string]any
	routes   []route

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by place
}

// The two forms of the document: as it is, for what is sent; and for answers, where a key that is not listed is a breach.
const (
	asWritten = "https://contract.invalid/written.json"
	strictly  = "https://contract.invalid/strict.json"
)

// Exchange is a request and what it was answered.
type Exchange struct {
	Request *http.Request // its body is not looked at
	Sent    []byte        // the body
	Status  int
	Header  http.Header
	Answer  []byte
	Odd     bool // the request need not fit, although it was answered well
}

// New returns the contract that a document in JSON makes.
func New(text []byte) (*Contract, error) {
	written, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	strict, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	closeObjects(strict)
	document, ok := written.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("read the document: it is no object")
	}
	c := &Contract{document: document, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	for name, form := range map[string]any{asWritten: written, strictly: strict} {
		if err := c.compiler.AddResource(name, form); err != nil {
			return nil, fmt.Errorf("add the document: %w", err)
		}
	}
	c.routes = routesOf(document)
	return c, nil
}

func decode(text []byte) (any, error) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return value, nil
}

// closeObjects lets no schema that lists properties take others, except where it says so itself, and where it is a part of another one.
func closeObjects(tree any) {
	switch t := tree.(type) {
	case []any:
		for _, item := range t {
			closeObjects(item)
		}
	case map[string]any:
		_, lists := t["properties"].(map[string]any)
		_, says := t["additionalProperties"]
		if lists && !says {
			t["additionalProperties"] = false
		}
		for name, inner := range t {
			if name != "allOf" {
				closeObjects(inner)
			}
		}
	}
}

// Check returns what of an exchange the document does not allow; nothing when all is as it says.
func (c *Contract) Check(e Exchange) []string {
	f := &finding{contract: c, where: e.Request.Method + " " + e.Request.URL.RequestURI() + " -> " + fmt.Sprint(e.Status)}
	operation := c.operation(e.Request)
	switch {
	case f.elsewhere(e):
	case e.Request.Method == http.MethodOptions && e.Status == http.StatusNoContent: // a browser asks what it may do
	case operation == nil:
		f.add("the document has no such route")
	default:
		f.answer(*operation, e)
		if e.Status < http.StatusBadRequest && !e.Odd {
			f.request(*operation, e)
		}
	}
	return f.breaches
}

// validate holds a value against the schema at a place in a form of the document.
func (c *Contract) validate(form, place string, value any) error {
	schema, err := c.schema(form + "#" + place)
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func (c *Contract) schema(place string) (*jsonschema.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if schema := c.schemas[place]; schema != nil {
		return schema, nil
	}
	schema, err := c.compiler.Compile(place)
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", place, err)
	}
	c.schemas[place] = schema
	return schema, nil
}

// resolve follows references and returns what is there, and its place.
func (c *Contract) resolve(place string, value any) (string, map[string]any) {
	object, _ := value.(map[string]any)
	for range 8 {
		reference, ok := object["$ref"].(string)
		if !ok {
			break
		}
		place = strings.TrimPrefix(reference, "#")
		object, _ = c.at(place).(map[string]any)
	}
	return place, object
}

// at returns what is at a place in the document; nil when nothing is.
func (c *Contract) at(place string) any {
	var value any = c.document
	for part := range strings.SplitSeq(strings.TrimPrefix(place, "/"), "/") {
		if list, ok := value.([]any); ok {
			value = nil
			if i, err := strconv.Atoi(part); err == nil && i < len(list) {
				value = list[i]
			}
			continue
		}
		object, _ := value.(map[string]any)
		value = object[unescape(part)]
	}
	return value
}

// join returns the place of what stands under the names.
func join(place string, names ...string) string {
	for _, name := range names {
		place += "/" + escape(name)
	}
	return place
}

func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "%", "%25", "{", "%7B", "}", "%7D").Replace(name)
}

func unescape(part string) string {
	return strings.NewReplacer("%7D", "}", "%7B", "{", "%25", "%", "~1", "/", "~0", "~").Replace(part)
}
