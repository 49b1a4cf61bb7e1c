package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// OpenSeals returns the seals of the keys in the settings and, behind them, of the key that the store keeps. made makes the one that is kept
// where none is. An error of kind blocked says that there are marks of another key in the store, or among those kept beside it: whoever was
// erased under that could come back unnoticed. beside may be nil.
func OpenSeals(ctx context.Context, store ports.Erasures, beside ports.Tombstones, keys []string, made func() string) (Seals, error) {
	kept, err := store.KeepErasureKey(ctx, made())
	if err != nil {
		return Seals{}, wrap("read the key of erasures", err)
	}
	seals := NewSeals(append(slices.Clone(keys), kept)...)
	ids, err := store.ErasureKeys(ctx)
	if err != nil {
		return Seals{}, wrap("read which keys erasures were made with", err)
	}
	if beside != nil {
		erasures, err := beside.Erasures(ctx)
		if err != nil {
			return Seals{}, wrap("read the erasures that are kept beside the store", err)
		}
		for _, e := range erasures {
			if e.State != ports.ErasureLifted {
				ids = append(ids, e.KeyID)
			}
		}
	}
	slices.Sort(ids)
	foreign := slices.DeleteFunc(slices.Compact(ids), seals.knows)
	if len(foreign) > 0 {
		return Seals{}, &domain.Error{
			Kind: domain.KindBlocked, Code: "erasure_key_missing",
			Message: fmt.Sprintf("players were erased under the key %s, which is not among those of ERASURE_KEY, so they could come back unnoticed; "+
				"add it behind the others, after a comma", strings.Join(foreign, ", ")),
		}
	}
	return seals, nil
}

// CarryErasures adds to a store that was set back what another knows of erasures, and the key of their marks, and returns how many there are
// that it did not know. Whoever was erased since is known there still; the eraser finds them when it begins.
func CarryErasures(ctx context.Context, from ports.Erasures, to ports.Store) (int, error) {
	key, err := from.KeepErasureKey(ctx, "")
	if err != nil {
		return 0, wrap("read the key of erasures", err)
	}
	if _, err := to.KeepErasureKey(ctx, key); err != nil {
		return 0, wrap("keep the key of erasures", err)
	}
	erasures, err := allErasures(ctx, from)
	if err != nil {
		return 0, err
	}
	return adoptErasures(ctx, to, erasures)
}

// exchange brings what is kept beside the store and what the store knows together: each gets what it lacks.
func (s *Service) exchange(ctx context.Context) error {
	beside := s.parts.Tombstones
	if beside == nil {
		return nil
	}
	kept, err := beside.Erasures(ctx)
	if err != nil {
		return wrap("read the erasures that are kept beside the store", err)
	}
	_, fault := adoptErasures(ctx, s.parts.Store, kept)
	stored, err := allErasures(ctx, s.parts.Store)
	if err != nil {
		return errors.Join(fault, err)
	}
	lifted := make(map[string]bool, len(kept))
	known := make(map[string]bool, len(kept))
	for _, e := range kept {
		known[e.ID], lifted[e.ID] = true, e.State == ports.ErasureLifted
	}
	news := slices.DeleteFunc(stored, func(e ports.Erasure) bool {
		return known[e.ID] && lifted[e.ID] == (e.State == ports.ErasureLifted)
	})
	if len(news) == 0 {
		return fault
	}
	return errors.Join(fault, wrap("keep erasures beside the store", beside.Keep(ctx, news)))
}

// allErasures returns every erasure of a store, oldest first.
func allErasures(ctx context.Context, store ports.Erasures) ([]ports.Erasure, error) {
	var all []ports.Erasure
	for before := ""; ; {
		page, err := store.Erasures(ctx, before, tombPage)
		if err != nil {
			return nil, wrap("read the erasures", err)
		}
		all = append(all, page...)
		if len(page) < tombPage {
			slices.Reverse(all)
			return all, nil
		}
		before = page[len(page)-1].ID
	}
}

// adoptErasures adds those that a store does not know, and lifts those that were lifted elsewhere. It returns how many it added. What was
// queued elsewhere is done here: whoever is known will be found by the mark. One that cannot be kept holds up no other.
func adoptErasures(ctx context.Context, to ports.Store, erasures []ports.Erasure) (int, error) {
	if len(erasures) == 0 {
		return 0, nil
	}
	stored, err := allErasures(ctx, to)
	if err != nil {
		return 0, err
	}
	here := make(map[string]ports.Erasure, len(stored))
	for _, e := range stored {
		here[e.ID] = e
	}
	added := 0
	var faults []error
	for _, e := range erasures {
		known, is := here[e.ID]
		switch {
		case is && (e.State != ports.ErasureLifted || known.State == ports.ErasureLifted):
			continue
		case !is && e.State != ports.ErasureLifted:
			e.State = ports.ErasureDone
		}
		e.User = domain.UserID{}
		err := to.Write(ctx, func(ctx context.Context, w ports.Writer) error {
			if is {
				_, err := w.SaveErasure(ctx, e)
				return err
			}
			_, _, err := w.AddErasure(ctx, e)
			return err
		})
		switch {
		case err != nil:
			faults = append(faults, wrap("keep an erasure", err))
		case !is:
			added++
		}
	}
	return added, errors.Join(faults...)
}
