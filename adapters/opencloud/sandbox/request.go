package sandbox

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"
)

// request is one call being answered: what was asked, and marks left on the way for the answer and the call log.
type request struct {
	method string
	path   string
	raw    string // the query as sent

	op     Operation
	handle handlerFunc
	param  map[string]string
	query  url.Values
	body   []byte
	users  []int64 // the users it is about, as far as path and filter name them
	role   int64   // the role it gives or takes away, once that is known

	now     time.Time
	stale   bool      // reads answer the state from before the last write
	changed bool      // a handler changed state
	fault   FaultKind // the fault that was played, if any
}

// handlerFunc answers one call; a nil value without an error is 200 with an empty body.
type handlerFunc func(q *request) (any, error)

// user is the one user the call is about, or 0 when it is about none or several.
func (q *request) user() int64 {
	if len(q.users) == 1 {
		return q.users[0]
	}
	return 0
}

// flag reads a boolean query parameter; absent is false.
func (q *request) flag(name string) (bool, error) {
	switch q.query.Get(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, invalidArgument("%s must be true or false", name)
}

// parseID reads a canonical positive decimal: no sign, no leading zero.
func parseID(s string) (int64, bool) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != s {
		return 0, false
	}
	return id, true
}

// stamp renders t the way Roblox may: RFC 3339 in UTC with nine fraction digits.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// object is a JSON object whose fields are decoded one by one: names are case-sensitive, unknown ones are ignored and
// null counts as absent.
type object map[string]json.RawMessage

func parseObject(body []byte) (object, error) {
	var o object
	if !utf8.Valid(body) {
		return nil, invalidArgument("the body is not valid UTF-8")
	}
	if err := json.Unmarshal(body, &o); err != nil || o == nil {
		return nil, invalidArgument("the body must be one JSON object")
	}
	return o, nil
}

func (o object) has(name string) bool {
	raw, given := o[name]
	return given && !bytes.Equal(raw, []byte("null"))
}

// fieldOf decodes the named field; absent is the zero value.
func fieldOf[T any](o object, name string) (T, error) {
	var v T
	if !o.has(name) {
		return v, nil
	}
	if err := json.Unmarshal(o[name], &v); err != nil {
		return v, invalidArgument("%s has the wrong type", name)
	}
	return v, nil
}
