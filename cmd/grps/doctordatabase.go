package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/app"
)

// How far the clock of the database may be from that of this machine. Leases go by the one and everything else by the other; what a game
// saw more than five minutes ahead is refused.
const (
	skewWorthTelling = 2 * time.Second
	skewTooMuch      = time.Minute
)

// How much room a file needs: a service that cannot write answers 503.
const (
	roomTooSmall     = 100 << 20
	roomWorthTelling = 1 << 30
)

func (d *doctor) database(ctx context.Context) []symptom {
	const check = "database"
	db, err := databaseOf(d.config.databaseURL)
	if err != nil {
		return []symptom{unexamined(check, "DATABASE_URL cannot be read")}
	}
	if db.embedded() {
		return d.file(ctx, db)
	}
	store, err := db.look(ctx)
	if err != nil {
		return []symptom{broken(check, shortError(err), unreachedHint(err))}
	}
	defer func() { _ = store.Close() }() // it was only looked at
	return append([]symptom{healthy(check, db.String()+" answers")}, d.store(ctx, db, store)...)
}

// file examines a SQLite file, which a service makes when it is not there.
func (d *doctor) file(ctx context.Context, db database) []symptom {
	const check = "database"
	folder := filepath.Dir(db.path)
	facts, err := os.Stat(db.path)
	if errors.Is(err, fs.ErrNotExist) {
		if parent, err := os.Stat(folder); err != nil || !parent.IsDir() {
			return []symptom{broken(check, db.String()+": its folder does not exist", "make the folder, or name another file with DATABASE_URL")}
		}
		return append([]symptom{doubtful(check, db.String()+" does not exist yet", "'grps serve' makes it; if there should be one, check DATABASE_URL and the working folder")},
			d.room(folder, 0)...)
	}
	if err != nil {
		return []symptom{broken(check, db.String()+" cannot be looked at: "+reasonOf(err), "let this user read and write it")}
	}
	room := d.room(folder, uint64(max(facts.Size(), 0)))
	store, err := db.look(ctx)
	if err != nil {
		return append([]symptom{broken(check, db.String()+" cannot be opened: "+shortError(err),
			"is it a file of GRPS, and may this user read and write it and its folder? 'grps restore' puts a backup in its place")}, room...)
	}
	defer func() { _ = store.Close() }() // it was only looked at
	return append(append([]symptom{healthy(check, db.String()+" answers")}, d.store(ctx, db, store)...), room...)
}

// store examines a database that answers.
func (d *doctor) store(ctx context.Context, db database, store *bunstore.Store) []symptom {
	asked := d.now()
	condition, err := store.Condition(ctx)
	if err != nil {
		return []symptom{broken("database", "it does not say how it is: "+shortError(err), "look into the log of the database")}
	}
	took := d.now().Sub(asked)
	symptoms := []symptom{d.schema(ctx, db, store)}
	if condition.ReadOnly != "" {
		symptoms = append(symptoms, broken("database writes", condition.ReadOnly, "let the user of the service write there"))
	} else {
		symptoms = append(symptoms, healthy("database writes", "possible"))
	}
	if symptoms[0].Result == verdictOK { // the schema has what is asked for
		symptoms = append(symptoms, d.erasures(ctx, db, store)...)
	}
	for _, risk := range condition.Risks {
		symptoms = append(symptoms, doubtful("database", risk, "set it right in the configuration of the server"))
	}
	return append(symptoms, skewSymptom(condition.Now.Sub(asked.Add(took/2)), took/2))
}

func (d *doctor) schema(ctx context.Context, db database, store *bunstore.Store) symptom {
	const check = "schema"
	schema, err := store.Schema(ctx)
	switch {
	case err != nil:
		return broken(check, shortError(err), "look into the log of the database")
	case schema.Ahead():
		return doubtful(check, fmt.Sprintf("version %d, ahead of this release, which knows %d", schema.Version, schema.Newest),
			"use the release that migrated it; this one runs on it as a replica that is to be replaced")
	case len(schema.Pending) == 0:
		return healthy(check, fmt.Sprintf("version %d, the newest", schema.Version))
	case db.embedded():
		return doubtful(check, fmt.Sprintf("version %d, behind this release, which knows %d", schema.Version, schema.Newest),
			"'grps serve' brings it up to date when it starts; take a backup before: grps backup")
	}
	return broken(check, fmt.Sprintf("version %d, behind this release, which knows %d: %s", schema.Version, schema.Newest, strings.Join(schema.Pending, ", ")),
		"take a backup, then run 'grps migrate up', or start with 'grps serve --migrate'")
}

// erasures examines whether those who were erased would be known again: a service does not start where not. It says nothing where they are.
func (d *doctor) erasures(ctx context.Context, db database, store *bunstore.Store) []symptom {
	const check = "erasures"
	if d.faulty("ERASURE_KEY") {
		return nil
	}
	_, err := app.OpenSeals(ctx, store, tombstones(d.config, db), revealed(d.config.erasureKeys), func() string { return "" }) // keeps nothing
	if err == nil {
		return nil
	}
	message, advice, split := strings.Cut(shortError(err), "; ")
	if !split {
		advice = "a service does not start with that"
	}
	return []symptom{broken(check, message, advice)}
}

// skewSymptom judges how far the database's clock is ahead of this machine's, known to within blur.
func skewSymptom(skew, blur time.Duration) symptom {
	const check = "clocks"
	off := skew.Abs() - blur
	found := fmt.Sprintf("the database's clock is %s ahead of this machine's", skew.Round(time.Millisecond))
	if skew < 0 {
		found = fmt.Sprintf("the database's clock is %s behind this machine's", (-skew).Round(time.Millisecond))
	}
	switch advice := "keep both machines on time, by NTP for instance"; {
	case off >= skewTooMuch:
		return broken(check, found, advice)
	case off >= skewWorthTelling:
		return doubtful(check, found, advice)
	}
	return healthy(check, "database and machine agree")
}

// room examines how much the file system of the folder has left.
func (d *doctor) room(folder string, size uint64) []symptom {
	const check, advice = "disk", "make room, or move the database: DATABASE_URL"
	free, err := d.free(folder)
	if errors.Is(err, errors.ErrUnsupported) {
		return []symptom{unexamined(check, "this system does not tell how much is free")}
	}
	if err != nil {
		return []symptom{doubtful(check, "what is free in "+folder+" cannot be told: "+reasonOf(err), "look by hand")}
	}
	found := fmt.Sprintf("%s free, %s used by the database", byteText(free), byteText(size))
	switch {
	case free < roomTooSmall:
		return []symptom{broken(check, found, advice)}
	case free < max(roomWorthTelling, size):
		return []symptom{doubtful(check, found+"; a backup needs as much again", advice)}
	}
	return []symptom{healthy(check, found)}
}

// byteText returns a number of bytes for people.
func byteText(n uint64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d kB", (n+1023)>>10)
}
