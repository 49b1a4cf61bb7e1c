package main

import (
	"context"
	"errors"

	"github.com/grps/grps/adapters/filepolicy"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// openCases opens the configured database and returns the use cases on it, without Roblox, and a function that ends both.
func openCases(ctx context.Context) (*app.Service, database, func(), error) {
	c, err := loadConfig(nil)
	if err != nil {
		return nil, database{}, nil, err
	}
	policy, err := filepolicy.LoadDir(c.configDir)
	if err != nil {
		return nil, database{}, nil, err
	}
	db, err := databaseOf(c.databaseURL)
	if err != nil {
		return nil, database{}, nil, err
	}
	store, err := db.open(ctx)
	if err != nil {
		return nil, database{}, nil, err
	}
	if db.embedded() {
		err = store.Migrate(ctx)
	} else if behind, fault := store.Behind(ctx); fault != nil || behind {
		err = errors.Join(fault, errors.New("the schema of the database is behind this version; run 'grps migrate up'"))
	}
	if err != nil {
		return nil, database{}, nil, errors.Join(err, store.Close())
	}
	seals, _, err := openSeals(ctx, c, db, store)
	if err != nil {
		return nil, database{}, nil, errors.Join(err, store.Close())
	}
	cases, _ := app.New(app.Parts{
		Store: store, Policies: constantPolicy{policy}, Clock: systemClock{}, IDs: uuids{}, Recorder: silence{}, Seals: seals,
	}, app.DispatcherOptions{})
	return cases, db, func() { _ = store.Close() }, nil
}

// constantPolicy is the rules as they were when a command began.
type constantPolicy struct{ policy domain.Policy }

// Current implements ports.Policies.
func (p constantPolicy) Current() domain.Policy { return p.policy }

// silence drops what happens: a command says itself what it did.
type silence struct{}

// Record implements ports.Recorder.
func (silence) Record(context.Context, ports.Event) {}
