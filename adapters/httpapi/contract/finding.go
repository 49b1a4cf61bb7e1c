package contract

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

const problemType = "application/problem+json"

// plain are the headers that any answer may have, whatever the document says of it.
var plain = []string{
	"Accept-Encoding", "Allow", "Cache-Control", "Connection", "Content-Length", "Content-Type", "Date", "Vary", "Referrer-Policy", "X-Content-Type-Options",
	"Access-Control-Allow-Headers", "Access-Control-Allow-Methods", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers",
	"Access-Control-Max-Age",
}

// finding collects what is wrong with one exchange.
type finding struct {
	contract *Contract
	where    string
	breaches []string
}

func (f *finding) add(format string, arguments ...any) {
	f.breaches = append(f.breaches, f.where+": "+fmt.Sprintf(format, arguments...))
}

// check adds a breach when a value does not fit the schema at a place.
func (f *finding) check(what, form, place string, value any) {
	if err := f.contract.validate(form, place, value); err != nil {
		f.add("%s\n%s", what, leaves(err))
	}
}

// leaves returns the lines of a validation error that say what is wrong, without those that only say where they belong.
func leaves(err error) string {
	var lines []string
	for line := range strings.Lines(err.Error()) {
		if !strings.HasPrefix(line, "jsonschema validation failed") && !strings.HasSuffix(strings.TrimSpace(line), "failed") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, "\n")
}

// elsewhere judges a problem that is no route's own: of a path or a method that is not there, or of a client that is gone.
func (f *finding) elsewhere(e Exchange) bool {
	if mediaType(e.Header) != problemType {
		return false
	}
	var p struct{ Code string }
	if json.Unmarshal(e.Answer, &p) != nil {
		return false
	}
	entry, _ := f.contract.at(join("/x-problems", p.Code)).(map[string]any)
	before := []string{"key_required", "signature_required", "rate_limited"} // the path is looked at
	early := f.contract.operation(e.Request) == nil && slices.Contains(before, p.Code)
	if entry["to"] != "elsewhere" && !early {
		return false
	}
	if fmt.Sprint(entry["status"]) != fmt.Sprint(e.Status) {
		f.add("the problem %s has the status %v in the document", p.Code, entry["status"])
	}
	f.body("/components/schemas/Problem", e.Answer)
	return true
}

// answer judges status, headers and body.
func (f *finding) answer(o operation, e Exchange) {
	responses, _ := o.member["responses"].(map[string]any)
	place, response := f.contract.resolve(join(o.place, "responses", fmt.Sprint(e.Status)), responses[fmt.Sprint(e.Status)])
	if response == nil {
		f.add("the document has no such status here; the answer is %.300s", e.Answer)
		return
	}
	f.headers(place, response, e.Header)
	content, _ := response["content"].(map[string]any)
	given := mediaType(e.Header)
	media, known := content[given].(map[string]any)
	switch {
	case len(e.Answer) == 0 && e.Request.Method == http.MethodHead:
	case len(content) == 0 && len(e.Answer) == 0:
	case !known:
		f.add("the document has no answer of the type %q here", given)
	case strings.HasSuffix(given, "json"):
		schema, _ := media["schema"].(map[string]any)
		if schema == nil {
			f.add("the document does not say what %s holds", given)
			return
		}
		f.body(join(place, "content", given, "schema"), e.Answer)
	}
}

func (f *finding) body(place string, text []byte) {
	value, err := decode(text)
	if err != nil {
		f.add("the answer %q is no JSON: %v", text, err)
		return
	}
	f.check(fmt.Sprintf("the answer %.300s", text), strictly, place, value)
}

func (f *finding) headers(place string, response map[string]any, given http.Header) {
	promised, _ := response["headers"].(map[string]any)
	for name := range given {
		listed := slices.ContainsFunc(plain, func(p string) bool { return p == name })
		for known := range promised {
			listed = listed || http.CanonicalHeaderKey(known) == name
		}
		if !listed {
			f.add("the header %s is not in the document", name)
		}
	}
	for name, member := range promised {
		at, header := f.contract.resolve(join(place, "headers", name), member)
		values := given.Values(name)
		switch {
		case len(values) > 0:
			f.check("the header "+name, asWritten, join(at, "schema"), f.contract.scalar(join(at, "schema"), values[0]))
		case header["required"] == true:
			f.add("the header %s is missing", name)
		}
	}
}

// request judges a request that was answered well.
func (f *finding) request(o operation, e Exchange) {
	query := e.Request.URL.Query()
	known := map[string]bool{"header X-Grps-Api-Key": true}
	parameters, _ := o.member["parameters"].([]any)
	for i, member := range parameters {
		place, parameter := f.contract.resolve(join(o.place, "parameters", fmt.Sprint(i)), member)
		name, in := fmt.Sprint(parameter["name"]), parameter["in"]
		var values []string
		switch in {
		case "path":
			values = []string{o.path[name]}
		case "query":
			values = query[name]
		case "header":
			name = http.CanonicalHeaderKey(name)
			values = e.Request.Header.Values(name)
		}
		known[fmt.Sprint(in, " ", name)] = true
		if len(values) == 0 && parameter["required"] == true {
			f.add("the %s parameter %s is missing", in, name)
		}
		for _, value := range values {
			f.check(fmt.Sprintf("the %s parameter %s", in, name), asWritten, join(place, "schema"), f.contract.scalar(join(place, "schema"), value))
		}
	}
	for name := range query {
		if !known["query "+name] && !strings.HasPrefix(name, "_") { // tests of what is ignored name it so
			f.add("the query parameter %s is not in the document", name)
		}
	}
	for name := range e.Request.Header {
		ours := strings.HasPrefix(name, "X-Grps-") || strings.HasPrefix(name, "X-Roblox-") || name == "Idempotency-Key"
		if ours && !known["header "+name] {
			f.add("the header %s of the request is not in the document", name)
		}
	}
	f.sent(o, e)
}

// sent judges the body of a request.
func (f *finding) sent(o operation, e Exchange) {
	place, body := f.contract.resolve(join(o.place, "requestBody"), o.member["requestBody"])
	if body == nil {
		return // a body is not looked at here
	}
	if len(e.Sent) == 0 {
		if body["required"] == true {
			f.add("the body is missing")
		}
		return
	}
	text := e.Sent
	if strings.HasSuffix(strings.ToLower(e.Request.Header.Get("Content-Encoding")), "gzip") {
		if inflated, err := gzip.NewReader(bytes.NewReader(text)); err == nil {
			text, _ = io.ReadAll(inflated)
		}
	}
	value, err := decode(text)
	if list, ok := value.([]any); ok && len(list) == 0 {
		value = map[string]any{} // as Luau writes it
	}
	if err != nil {
		f.add("the body %.80q is no JSON: %v", text, err)
		return
	}
	f.check(fmt.Sprintf("the body %.200s", text), asWritten, join(place, "content", "application/json", "schema"), value)
}

// scalar returns a text of a header, a query or a path as the value that the schema at a place means: a number where it wants one.
func (c *Contract) scalar(place, text string) any {
	_, schema := c.resolve(place, c.at(place))
	if schema["type"] == "integer" {
		if value, err := decode([]byte(text)); err == nil {
			return value
		}
	}
	return strings.TrimSpace(text)
}

func mediaType(header http.Header) string {
	name, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return name
}
