package migrations

import (
	"embed"
	"io/fs"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// Postgres returns a read-only file system whose root holds the migrations for PostgreSQL 13 or newer and nothing else.
func Postgres() fs.FS { return folder("postgres") }

// SQLite returns a read-only file system whose root holds the migrations for SQLite 3.37 or newer and nothing else.
func SQLite() fs.FS { return folder("sqlite") }

func folder(name string) fs.FS {
	root, err := fs.Sub(files, name)
	if err != nil {
		// fs.Sub refuses only a malformed path, and these are constants.
		panic(err)
	}
	return root
}
