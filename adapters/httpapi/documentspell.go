package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/grps/grps/domain"
)

// The members of the written document that OpenAPI does not know; see openapi/openapi.yaml.
const (
	wordScope        = "x-scope"
	wordProblems     = "x-problems"
	wordOpenProblems = "x-problems-open" // of a route: there are problems with other codes too

	scopeOpen   = "open"   // of a route that takes no key
	scopeSigned = "signed" // of one that takes a signature; any other is a word of domain.Scope
)

// spellOut makes an OpenAPI document of what was read.
func spellOut(document *branch) error {
	if err := spellRequired(document); err != nil {
		return err
	}
	paths := document.child("paths")
	for _, path := range paths.names {
		item := paths.child(path)
		for _, method := range item.names {
			s := speller{item.child(method), path == pathReady || !strings.HasPrefix(path, pathHealth), document.child(wordProblems)}
			if err := s.spell(); err != nil {
				return fmt.Errorf("%s %s: %w", method, path, err)
			}
		}
	}
	return nil
}

// spellRequired lists, in every schema that says "required: all", its properties.
func spellRequired(tree any) error {
	switch t := tree.(type) {
	case []any:
		for _, item := range t {
			if err := spellRequired(item); err != nil {
				return err
			}
		}
	case *branch:
		if word := t.text("required"); word != "" {
			properties := t.child("properties").names
			if word != "all" || len(properties) == 0 {
				return fmt.Errorf("required: %s stands where there are %d properties", word, len(properties))
			}
			t.set("required", listOf(properties))
		}
		for _, name := range t.names {
			if err := spellRequired(t.get(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// speller spells out one operation.
type speller struct {
	operation *branch
	limited   bool    // to the rates of keys and addresses
	catalogue *branch // of problems, by code
}

func (s speller) spell() error {
	scope := s.operation.text(wordScope)
	switch scope {
	case scopeOpen:
		s.operation.set("security", []any{})
	case scopeSigned:
		need := &branch{}
		need.set("signature", []any{})
		s.operation.set("security", []any{need})
	default:
		if _, err := domain.ParseScope(scope); err != nil {
			return fmt.Errorf("%s is %q: %w", wordScope, scope, err)
		}
		need := &branch{}
		need.set("key", listOf([]string{scope}))
		signed := &branch{}
		signed.set("signedRequest", listOf([]string{scope}))
		s.operation.set("security", []any{need, signed})
	}
	codes, err := s.codes(scope)
	if err != nil {
		return err
	}
	s.parameters(scope != scopeOpen && scope != scopeSigned)
	s.problems(codes)
	s.headers()
	return nil
}

// codes returns the codes of the problems that the operation can answer with, in the order of the catalogue.
func (s speller) codes(scope string) ([]string, error) {
	own := s.operation.list(wordProblems)
	for _, code := range own {
		if text, _ := code.(string); s.catalogue.get(text) == nil {
			return nil, fmt.Errorf("the problem %v is not in the catalogue", code)
		}
	}
	to := s.traits(scope)
	var codes []string
	for _, code := range s.catalogue.names {
		if to[s.catalogue.child(code).text("to")] || slices.Contains(own, any(code)) {
			codes = append(codes, code)
		}
	}
	s.operation.set(wordProblems, listOf(codes))
	return codes, nil
}

// traits returns what the operation is, in the words of the catalogue's "to".
func (s speller) traits(scope string) map[string]bool {
	keyed := scope != scopeOpen && scope != scopeSigned
	high := scope == domain.ScopeApprove.String() || scope == domain.ScopeAdmin.String()
	traits := map[string]bool{
		"everywhere": true, "limited": s.limited, "keys": keyed, "store": scope != scopeOpen, "administrators": high, "scopes": keyed && !high,
		"bodies": s.operation.get("requestBody") != nil, "headers": keyed,
	}
	for _, p := range s.operation.list("parameters") {
		parameter, _ := p.(*branch)
		switch parameter.text("$ref") {
		case "#/components/parameters/Actor":
			traits["headers"], traits["callers"] = true, true
		case "#/components/parameters/Evaluate":
			traits["headers"] = true
		case "#/components/parameters/Cursor":
			traits["queries"] = true
		}
		traits["queries"] = traits["queries"] || parameter.text("in") == "query"
	}
	return traits
}

// parameters adds those of every route, and of every route that takes keys.
func (s speller) parameters(keyed bool) {
	parameters := append([]any{}, s.operation.list("parameters")...)
	parameters = append(parameters, reference("parameters/RequestId"))
	if keyed {
		for _, name := range []string{"KeyName", "Timestamp", "Nonce", "Signature"} {
			parameters = append(parameters, reference("parameters/"+name))
		}
	}
	if s.answersJSON() {
		parameters = append(parameters, reference("parameters/Pretty"))
	}
	s.operation.set("parameters", parameters)
}

// answersJSON reports whether an answer that is no problem holds JSON.
func (s speller) answersJSON() bool {
	responses := s.operation.child("responses")
	return slices.ContainsFunc(responses.names, func(status string) bool {
		return responses.child(status).child("content").get("application/json") != nil
	})
}

// problems adds a response for each status that a problem can have. What else an answer of that status can be stays beside it.
func (s speller) problems(codes []string) {
	byStatus := map[string][]string{}
	for _, code := range codes {
		status := fmt.Sprint(s.catalogue.child(code).get("status"))
		byStatus[status] = append(byStatus[status], code)
	}
	responses := s.operation.child("responses")
	for status := 400; status < 600; status++ {
		number := strconv.Itoa(status)
		if byStatus[number] != nil {
			response, own := s.problem(status, byStatus[number]), responses.child(number)
			for _, media := range own.child("content").names {
				response.child("content").set(media, own.child("content").get(media))
				response.set("description", own.text("description")+"\n"+response.text("description"))
			}
			responses.set(number, response)
		}
	}
	s.operation.set("responses", responses)
}

func (s speller) problem(status int, codes []string) *branch {
	says := []string{http.StatusText(status) + "."}
	for _, code := range codes {
		says = append(says, "- `"+code+"`: "+s.catalogue.child(code).text("says"))
	}
	code := &branch{}
	if open, _ := s.operation.get(wordOpenProblems).(bool); !open {
		code.set("enum", listOf(codes))
	}
	properties, narrowed, schema := &branch{}, &branch{}, &branch{}
	properties.set("status", constant(json.Number(strconv.Itoa(status))))
	properties.set("code", code)
	narrowed.set("properties", properties)
	schema.set("allOf", []any{reference("schemas/Problem"), narrowed})
	media, content, response := &branch{}, &branch{}, &branch{}
	media.set("schema", schema)
	content.set(problemType, media)
	response.set("description", strings.Join(says, "\n"))
	headers := &branch{}
	switch status {
	case http.StatusUnauthorized:
		headers.set("WWW-Authenticate", reference("headers/WWWAuthenticate"))
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		headers.set("Retry-After", reference("headers/RetryAfter"))
	}
	response.set("headers", headers)
	response.set("content", content)
	return response
}

// headers adds those of every answer.
func (s speller) headers() {
	responses := s.operation.child("responses")
	for _, status := range responses.names {
		response := responses.child(status)
		headers := response.child("headers")
		headers.set("X-Request-Id", reference("headers/RequestId"))
		if s.limited {
			headers.set(headerRateLimit, reference("headers/RateLimit"))
			headers.set(headerRateRemaining, reference("headers/RateLimitRemaining"))
			headers.set(headerRateReset, reference("headers/RateLimitReset"))
		}
		response.set("headers", headers)
	}
}

func reference(to string) *branch {
	b := &branch{}
	b.set("$ref", "#/components/"+to)
	return b
}

func constant(value any) *branch {
	b := &branch{}
	b.set("const", value)
	return b
}

func listOf(texts []string) []any {
	list := make([]any, 0, len(texts))
	for _, text := range texts {
		list = append(list, text)
	}
	return list
}
