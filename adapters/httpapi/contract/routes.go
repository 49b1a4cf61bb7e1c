package contract

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route is a path of the document.
type route struct {
	path  string
	parts []string
	item  map[string]any
}

// operation is a route with a method.
type operation struct {
	place  string
	member map[string]any
	path   map[string]string // the parameters of the path
}

// routesOf returns the paths, those with fewer parameters first.
func routesOf(document map[string]any) []route {
	var routes []route
	paths, _ := document["paths"].(map[string]any)
	for path, item := range paths {
		object, _ := item.(map[string]any)
		routes = append(routes, route{path, strings.Split(path, "/"), object})
	}
	slices.SortFunc(routes, func(a, b route) int {
		if n := strings.Count(a.path, "{") - strings.Count(b.path, "{"); n != 0 {
			return n
		}
		return strings.Compare(a.path, b.path)
	})
	return routes
}

// operation returns what a request asks for; nil when the document has no such thing. HEAD asks for what GET does.
func (c *Contract) operation(r *http.Request) *operation {
	method := strings.ToLower(r.Method)
	if r.Method == http.MethodHead {
		method = "get"
	}
	for _, route := range c.routes {
		given, fits := route.match(r.URL.EscapedPath())
		member, ok := route.item[method].(map[string]any)
		if fits && ok {
			return &operation{join("/paths", route.path, method), member, given}
		}
	}
	return nil
}

// match returns the parameters of a path, and false when it is another path.
func (r route) match(path string) (map[string]string, bool) {
	parts := strings.Split(path, "/") // before its escapes are undone: %2F divides nothing
	if len(parts) != len(r.parts) {
		return nil, false
	}
	given := map[string]string{}
	for i, part := range r.parts {
		if name, isParameter := strings.CutPrefix(part, "{"); isParameter {
			given[strings.TrimSuffix(name, "}")] = plainText(parts[i])
		} else if part != parts[i] {
			return nil, false
		}
	}
	return given, true
}

// plainText returns a part of a path without its escapes.
func plainText(part string) string {
	text, err := url.PathUnescape(part)
	if err != nil {
		return part
	}
	return text
}

// Operations returns "METHOD path scope" of every operation of the document; the scope is "open" where no key is needed, and "signed"
// where a signature is.
func (c *Contract) Operations() []string {
	var names []string
	for _, route := range c.routes {
		for method, member := range route.item {
			scope := "open"
			operation, _ := member.(map[string]any)
			if security, _ := operation["security"].([]any); len(security) > 0 {
				need, _ := security[0].(map[string]any)
				scope = strings.Trim(fmt.Sprint(need["key"]), "[]")
				if _, signed := need["signature"]; signed {
					scope = "signed"
				}
			}
			names = append(names, strings.ToUpper(method)+" "+route.path+" "+scope)
		}
	}
	slices.Sort(names)
	return names
}
