package sandbox

import (
	"slices"
	"strings"
)

// maxFilterUsers is the documented bound of a wildcard listing.
const maxFilterUsers = 50

// membershipFilter is a parsed filter of the membership list; at most one field is set, none means everybody.
type membershipFilter struct {
	users []int64 // ascending, each once
	role  int64
}

// parseMembershipFilter reads the subset of CEL that Roblox documents: a named group takes one user or one role, the
// wildcard group must have a list of users.
func parseMembershipFilter(text string, group int64, wildcard bool) (membershipFilter, error) {
	text = strings.TrimSpace(text)
	if wildcard {
		list, ok := strings.CutPrefix(text, "user in")
		if !ok {
			return membershipFilter{}, invalidArgument("with the group - the filter must be user in ['users/1', …]")
		}
		return parseUserList(strings.TrimSpace(list))
	}
	if text == "" {
		return membershipFilter{}, nil
	}
	field, value, _ := strings.Cut(text, "==")
	value, quoted := unquote(strings.TrimSpace(value))
	switch field = strings.TrimSpace(field); {
	case quoted && field == "user":
		user, ok := parsePathID(value, "users/")
		if !ok {
			return membershipFilter{}, invalidArgument("the filter's user must be 'users/{id}'")
		}
		return membershipFilter{users: []int64{user}}, nil
	case quoted && field == "role":
		role, ok := parseRolePath(value, group)
		if !ok {
			return membershipFilter{}, invalidArgument("the filter's role must be a role of this group")
		}
		return membershipFilter{role: role}, nil
	}
	return membershipFilter{}, invalidArgument("the filter must be user == '…' or role == '…'")
}

func parseUserList(list string) (membershipFilter, error) {
	list, opens := strings.CutPrefix(list, "[")
	list, closes := strings.CutSuffix(list, "]")
	if !opens || !closes {
		return membershipFilter{}, invalidArgument("the filter's users must be a list in brackets")
	}
	var f membershipFilter
	for item := range strings.SplitSeq(list, ",") {
		value, quoted := unquote(strings.TrimSpace(item))
		user, ok := parsePathID(value, "users/")
		if !quoted || !ok {
			return membershipFilter{}, invalidArgument("each of the filter's users must be 'users/{id}'")
		}
		f.users = append(f.users, user)
		if len(f.users) > maxFilterUsers {
			return membershipFilter{}, invalidArgument("the filter may name at most %d users", maxFilterUsers)
		}
	}
	slices.Sort(f.users)
	f.users = slices.Compact(f.users)
	return f, nil
}

// parsePrefixFilter reads id.startsWith("…"), the only filter that entry lists take. No filter is the empty prefix.
func parsePrefixFilter(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	inner, opens := strings.CutPrefix(text, "id.startsWith(")
	inner, closes := strings.CutSuffix(inner, ")")
	prefix, quoted := unquote(strings.TrimSpace(inner))
	if !opens || !closes || !quoted {
		return "", invalidArgument(`the filter must be id.startsWith("…")`)
	}
	return prefix, nil
}

// unquote strips one pair of single or double quotes; a quote or backslash inside is not supported.
func unquote(s string) (string, bool) {
	for _, quote := range []string{"'", `"`} {
		inner, opens := strings.CutPrefix(s, quote)
		inner, closes := strings.CutSuffix(inner, quote)
		if opens && closes && !strings.ContainsAny(inner, quote+`\`) {
			return inner, true
		}
	}
	return "", false
}

func parsePathID(path, prefix string) (int64, bool) {
	id, ok := strings.CutPrefix(path, prefix)
	if !ok {
		return 0, false
	}
	return parseID(id)
}

// parseRolePath reads groups/{group}/roles/{id} for the given group.
func parseRolePath(path string, group int64) (int64, bool) {
	groupPart, rolePart, ok := strings.Cut(path, "/roles/")
	if id, named := parsePathID(groupPart, "groups/"); !ok || !named || id != group {
		return 0, false
	}
	return parseID(rolePart)
}
