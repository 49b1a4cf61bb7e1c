package sandbox

import (
	"net/http"
	"net/url"
	"strings"
)

// Operation names one call of Open Cloud that the sandbox answers.
type Operation string

// The operations, named as in the Open Cloud reference.
const (
	OpGetGroup             Operation = "GetGroup"
	OpListRoles            Operation = "ListGroupRoles"
	OpGetRole              Operation = "GetGroupRole"
	OpListMemberships      Operation = "ListGroupMemberships"
	OpAssignRole           Operation = "AssignRole"
	OpUnassignRole         Operation = "UnassignRole"
	OpListUserRestrictions Operation = "ListUserRestrictions"
	OpGetUserRestriction   Operation = "GetUserRestriction"
	OpUpdateRestriction    Operation = "UpdateUserRestriction"
	OpListEntries          Operation = "ListDataStoreEntries"
	OpCreateEntry          Operation = "CreateDataStoreEntry"
	OpGetEntry             Operation = "GetDataStoreEntry"
	OpUpdateEntry          Operation = "UpdateDataStoreEntry"
	OpDeleteEntry          Operation = "DeleteDataStoreEntry"
	OpPublishMessage       Operation = "PublishUniverseMessage"
	OpIntrospect           Operation = "IntrospectAPIKey"
)

// opUnoffered marks calls that Roblox has and the sandbox refuses with 501.
const opUnoffered Operation = "unoffered"

func operations() []Operation {
	return []Operation{
		OpGetGroup, OpListRoles, OpGetRole, OpListMemberships, OpAssignRole, OpUnassignRole,
		OpListUserRestrictions, OpGetUserRestriction, OpUpdateRestriction,
		OpListEntries, OpCreateEntry, OpGetEntry, OpUpdateEntry, OpDeleteEntry, OpPublishMessage, OpIntrospect,
	}
}

// exact returns the operation of that name, whatever its case; o itself when there is none.
func (o Operation) exact() Operation {
	for _, known := range operations() {
		if strings.EqualFold(string(known), string(o)) {
			return known
		}
	}
	return o
}

// aboutMembers says whether o reads or changes memberships.
func (o Operation) aboutMembers() bool {
	return o == OpListMemberships || o == OpAssignRole || o == OpUnassignRole
}

// readsState says whether o reads state that other calls write.
func (o Operation) readsState() bool {
	return o == OpListMemberships || o == OpListUserRestrictions || o == OpGetUserRestriction ||
		o == OpListEntries || o == OpGetEntry
}

// route binds a method and a path pattern to an operation. In a pattern a segment is a literal, {name}, {name}:verb, or
// {name...}, which unlike {name} also takes a colon: entry ids may hold one.
type route struct {
	method  string
	pattern []string
	op      Operation
	handle  handlerFunc
}

// routes lists every path; where two patterns fit one segment the earlier one wins.
func (s *Server) routes() []route {
	var rs []route
	add := func(method, pattern string, op Operation, handle handlerFunc) {
		rs = append(rs, route{method: method, pattern: strings.Split(pattern, "/"), op: op, handle: handle})
	}
	unoffered := func(*request) (any, error) { return nil, notImplemented() }

	const group = "cloud/v2/groups/{group}"
	add(http.MethodGet, group, OpGetGroup, s.getGroup)
	add(http.MethodGet, group+"/roles", OpListRoles, s.listRoles)
	add(http.MethodGet, group+"/roles/{role}", OpGetRole, s.getRole)
	add(http.MethodGet, group+"/memberships", OpListMemberships, s.listMemberships)
	add(http.MethodPost, group+"/memberships/{membership}:assignRole", OpAssignRole, s.assignRole)
	add(http.MethodPost, group+"/memberships/{membership}:unassignRole", OpUnassignRole, s.unassignRole)
	add(http.MethodPatch, group+"/memberships/{membership}", opUnoffered, unoffered)

	const universe = "cloud/v2/universes/{universe}"
	add(http.MethodPost, universe+":publishMessage", OpPublishMessage, s.publishMessage)
	add(http.MethodGet, universe+"/user-restrictions", OpListUserRestrictions, s.listRestrictions)
	add(http.MethodGet, universe+"/user-restrictions:listLogs", opUnoffered, unoffered)
	add(http.MethodGet, universe+"/user-restrictions/{user}", OpGetUserRestriction, s.getRestriction)
	add(http.MethodPatch, universe+"/user-restrictions/{user}", OpUpdateRestriction, s.updateRestriction)
	add(http.MethodGet, universe+"/data-stores", opUnoffered, unoffered)

	const store = universe + "/data-stores/{store}"
	for _, at := range []string{store + "/entries", store + "/scopes/{scope}/entries"} {
		add(http.MethodGet, at, OpListEntries, s.listEntries)
		add(http.MethodPost, at, OpCreateEntry, s.createEntry)
		add(http.MethodPost, at+"/{entry}:increment", opUnoffered, unoffered)
		add(http.MethodGet, at+"/{entry}:listRevisions", opUnoffered, unoffered)
		add(http.MethodGet, at+"/{entry...}", OpGetEntry, s.getEntry)
		add(http.MethodPatch, at+"/{entry...}", OpUpdateEntry, s.updateEntry)
		add(http.MethodDelete, at+"/{entry...}", OpDeleteEntry, s.deleteEntry)
	}

	add(http.MethodPost, "api-keys/v1/introspect", OpIntrospect, s.introspect)
	return rs
}

// find picks the route for a method and a path that is still percent-encoded, so that an id may hold an encoded slash
// and an encoded colon is never taken for the one before a verb.
func find(routes []route, method, escapedPath string) (route, map[string]string, error) {
	segments := strings.Split(strings.TrimPrefix(escapedPath, "/"), "/")
	var allow []string
	for _, rt := range routes {
		param, fits := rt.match(segments)
		if !fits {
			continue
		}
		if rt.method == method {
			return rt, param, nil
		}
		allow = append(allow, rt.method)
	}
	if len(allow) > 0 {
		return route{}, nil, methodNotAllowed(strings.Join(allow, ", "))
	}
	return route{}, nil, noRoute()
}

func (r route) match(segments []string) (map[string]string, bool) {
	if len(segments) != len(r.pattern) {
		return nil, false
	}
	param := map[string]string{}
	for i, want := range r.pattern {
		if !matchSegment(want, segments[i], param) {
			return nil, false
		}
	}
	return param, true
}

func matchSegment(want, got string, param map[string]string) bool {
	if !strings.HasPrefix(want, "{") {
		return want == got
	}
	name, verb, _ := strings.Cut(want[1:], "}")
	name, colons := strings.CutSuffix(name, "...")
	got, fits := strings.CutSuffix(got, verb)
	if !fits || got == "" || (!colons && verb == "" && strings.Contains(got, ":")) {
		return false
	}
	value, err := url.PathUnescape(got)
	if err != nil {
		return false
	}
	param[name] = value
	return true
}
