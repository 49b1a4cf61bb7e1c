package logtest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
)

const (
	// shortest is the shortest text that is looked for. A shorter one may stand for something else, such as "sandbox".
	shortest = 8
	// opening is how much of a text is looked for: what begins like it, and is cut off, shows it too.
	opening = 32
)

// spoken are the members of bodies whose texts a log may show: words of the policy and of the API, ids and instants, and what callers are
// told apart by. Webhooks say much of that again: the last line are members of what chats show.
func spoken(member string) bool {
	switch member {
	case "rank", "ranks", "fromRank", "toRank", "targetRank", "formerRank", "nextRank", "action", "activity", "experience", "experienceKey", "punishmentStatus", "status", "kind",
		"type", "policyRevision", "requestId", "id", "decisionId", "principal", "origin", "reasonCode", "target", "unknown",
		"key", "snapshots", // the name of a key, and how many there are
		"value", "text", "footer", "title", "name":
		return true
	default:
		return false
	}
}

// forms returns the ways in which a secret could be shown. JSON's escapes are not among them: Search undoes those.
func forms(secret string) []string {
	plain := []byte(secret)
	// Without its last group, which depends on what comes after.
	whole := plain[:len(plain)/3*3]
	return []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), hex.EncodeToString(plain),
		base64.StdEncoding.EncodeToString(whole), base64.URLEncoding.EncodeToString(whole),
	}
}

// pieces returns what shows that a log line was made from a body: how it begins, in several encodings, and, if it is JSON, each of its
// members that a line of ours would not have, and each text that people or games wrote.
func pieces(body []byte) []string {
	start := string(body[:min(len(body), opening)])
	found := forms(start)
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	for {
		var value any
		if decoder.Decode(&value) != nil {
			return found
		}
		found = gather(found, "", value, false)
	}
}

// gather adds the pieces of a value. In metadata games make up the names too.
func gather(found []string, member string, value any, metadata bool) []string {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if metadata && !spoken(name) {
				found = append(found, name)
			}
			found = gather(found, name, inner, metadata || name == "metadata")
		}
	case []any:
		for _, inner := range v {
			found = gather(found, member, inner, metadata)
		}
	case string:
		if metadata || !spoken(member) {
			found = append(found, v, pair(member, v))
		}
	case json.Number:
		if !metadata && spoken(member) {
			return found
		}
		found = append(found, pair(member, v))
	}
	return found
}

// pair returns a member as it stands in JSON. Our own lines have other names.
func pair(member string, value any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(map[string]any{member: value}); err != nil {
		panic(err) // it was decoded from JSON
	}
	inner := strings.TrimSpace(text.String())
	return inner[1 : len(inner)-1]
}
