package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/adapters/tombfile"
	"github.com/grps/grps/app"
	"github.com/grps/grps/ports"
)

// beginErasing bounds how long a start waits for the erasures of players who are known although they were erased.
const beginErasing = 10 * time.Second

// tombstones returns where erasures are kept beside the database; nil for nowhere.
func tombstones(c config, db database) ports.Tombstones {
	switch {
	case c.erasuresFile != "":
		return tombfile.New(c.erasuresFile)
	case db.embedded():
		return tombfile.New(db.path + ".erasures")
	}
	return nil
}

// openSeals returns what marks those who were erased, and where that is kept beside the database.
func openSeals(ctx context.Context, c config, db database, store *bunstore.Store) (app.Seals, ports.Tombstones, error) {
	beside := tombstones(c, db)
	seals, err := app.OpenSeals(ctx, store, beside, revealed(c.erasureKeys), func() string {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // it never fails
		return hex.EncodeToString(key)
	})
	if err != nil {
		return app.Seals{}, nil, fmt.Errorf("look at who was erased: %w", err)
	}
	return seals, beside, nil
}

// erasing erases whoever is known although they were erased, as after a backup was restored, and returns what goes on with that. Where it
// takes long the service starts meanwhile.
func (s *service) erasing(ctx context.Context, cases *app.Service) (func(context.Context), error) {
	eraser := cases.Eraser()
	begin, cancel := context.WithTimeout(ctx, beginErasing)
	defer cancel()
	if err := eraser.Begin(begin); err != nil {
		if ctx.Err() != nil || !errors.Is(begin.Err(), context.DeadlineExceeded) {
			return nil, fmt.Errorf("erase players who were erased before: %w", err)
		}
		s.log.Warn("erasing players who were erased before takes long; it goes on in the background", zap.Error(err))
	}
	return eraser.Run, nil
}

// revealed returns the texts of secrets.
func revealed(secrets []Secret) []string {
	texts := make([]string, len(secrets))
	for i, secret := range secrets {
		texts[i] = secret.Reveal()
	}
	return texts
}
