package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/grps/grps/adapters/httpapi"
)

// TestEveryRouteTakesWhatItsEntryShows asks for each operation as the document describes it, with each of its examples, and with every
// parameter that has one.
func TestEveryRouteTakesWhatItsEntryShows(t *testing.T) {
	text, err := httpapi.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	document, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			t.Run(method+" "+path, func(t *testing.T) {
				target, headers := filled(t, path, operation)
				for name, body := range bodiesOf(t, operation) {
					if strings.HasPrefix(path, pathNotifications) {
						headers = []string{signed(robloxSecret, now, body)}
					}
					w := newAPI(t, withSecrets).send(t, method, target, body, headers...)
					if w.Code != http.StatusOK && w.Code != http.StatusAccepted {
						t.Errorf("%s %s with %s: got %d %s, want it to be taken", method, target, name, w.Code, w.Body)
					}
				}
			})
		}
	}
}

// filled returns a path and headers with the examples of the parameters.
func filled(t *testing.T, path string, operation *openapi3.Operation) (target string, headers []string) {
	t.Helper()
	query := url.Values{}
	for _, given := range operation.Parameters {
		p := given.Value
		if p.Example == nil && p.In == "path" {
			t.Errorf("the parameter %s has no example", p.Name)
		}
		if p.Example == nil {
			continue
		}
		text := fmt.Sprint(p.Example)
		if number, isNumber := p.Example.(float64); isNumber {
			text = fmt.Sprintf("%.0f", number)
		}
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", text)
		case "query":
			query.Set(p.Name, text)
		case "header":
			headers = append(headers, p.Name+": "+text)
		}
	}
	return path + "?" + query.Encode(), headers
}

// bodiesOf returns the examples of the body by their names; one that is empty where the body may be left out.
func bodiesOf(t *testing.T, operation *openapi3.Operation) map[string]string {
	t.Helper()
	if operation.RequestBody == nil {
		return map[string]string{"no body": ""}
	}
	bodies := map[string]string{}
	body := operation.RequestBody.Value
	if !body.Required {
		bodies["no body"] = ""
	}
	media := body.Content.Get("application/json")
	if media == nil || len(media.Examples) == 0 {
		t.Fatal("the body has no example")
	}
	for name, example := range media.Examples {
		text, err := json.Marshal(example.Value.Value)
		if err != nil {
			t.Fatal(err)
		}
		bodies[name] = string(text)
	}
	return bodies
}
