package policy

import (
	"embed"
	"io/fs"
)

var (
	//go:embed *.json
	documents embed.FS

	//go:embed schema/*.json
	schemas embed.FS
)

// Documents returns a read-only file system whose root holds the four shipped documents and nothing else:
// permissions.json, policy.points.json, policy.punishments.json and policy.ranks.json. Each is UTF-8 and valid against
// its schema in [Schemas].
func Documents() fs.FS { return documents }

// Schemas returns a read-only file system whose root holds one JSON Schema (draft 2020-12) for each document in
// [Documents] and nothing else. The schema of policy.ranks.json is policy.ranks.schema.json, and so for the rest. A
// schema refers to no file but itself. Patterns keep to what both ECMA-262 and RE2 understand, so that editors and
// Go's regexp package read them alike.
func Schemas() fs.FS {
	root, err := fs.Sub(schemas, "schema")
	if err != nil {
		// fs.Sub refuses only a malformed path, and this one is a constant.
		panic(err)
	}
	return root
}
