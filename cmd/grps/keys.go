package main

import (
	"context"
	"fmt"
	"slices"

	"go.uber.org/zap"

	"github.com/grps/grps/adapters/filekeys"
	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// keys returns the keys of the environment.
func (c config) keys() []domain.Key { return environmentKeys(c.inboundKeys, c.adminKeys) }

func environmentKeys(inbound, admin []Secret) []domain.Key {
	var keys []domain.Key
	for i, secret := range inbound {
		keys = append(keys, httpapi.NewKey(fmt.Sprintf("inbound-%d", i+1), secret.Reveal()))
	}
	for i, secret := range admin {
		keys = append(keys, httpapi.NewAdminKey(fmt.Sprintf("admin-%d", i+1), secret.Reveal()))
	}
	return keys
}

// ownNames are the principals that are no key: who decides and switches on behalf of the service itself.
func ownNames() []string {
	return []string{
		"anonymous", "limits", "STOP", app.RobloxPrincipal, app.SchedulePrincipal, app.ReconcilePrincipal, app.RestorePrincipal,
	}
}

// openKeys begins to follow KEYS_FILE, beside the keys of the environment; nil without one.
func (s *service) openKeys(ctx context.Context, environment []domain.Key) (ports.Keys, error) {
	if s.config.keysFile == "" {
		return nil, nil //nolint:nilnil // no source is what the API takes for none
	}
	source, err := filekeys.Open(ctx, filekeys.Options{
		File: s.config.keysFile, Taken: environment, Reserved: ownNames(), OnChange: s.keysChanged,
	})
	if err != nil {
		return nil, err
	}
	s.stops = append(s.stops, func() { _ = source.Close() })
	s.named = source
	s.warnOfRanks(source.Keys())
	return source, nil
}

// keysChanged logs what came of a change of KEYS_FILE.
func (s *service) keysChanged(change filekeys.Change) {
	if change.Err != nil {
		s.log.Error("KEYS_FILE cannot be used; the last good keys stay in force", zap.Error(change.Err))
		return
	}
	s.log.Info("keys in force", zap.Int("keys", len(change.Keys)),
		zap.Strings("added", without(change.Keys, change.Previous)), zap.Strings("removed", without(change.Previous, change.Keys)))
	s.warnOfRanks(change.Keys)
}

// warnOfRanks says which keys can grant no rank at all, because the highest that they may grant is not on the ladder.
func (s *service) warnOfRanks(keys []domain.Key) {
	for _, name := range offLadder(s.policy.Current().Ladder(), keys) {
		s.log.Warn("the maxRank of this key is no rung of the ladder, so it can grant no rank", zap.String("key", name))
	}
}

// offLadder returns the names of the keys whose maxRank is no rung.
func offLadder(ladder domain.Ladder, keys []domain.Key) []string {
	var names []string
	for _, key := range keys {
		if _, rung := ladder.Rung(key.MaxRank); key.MaxRank != "" && !rung {
			names = append(names, key.Name)
		}
	}
	return names
}

// without returns the names of the keys that are not among others.
func without(keys, others []domain.Key) []string {
	names := []string{}
	for _, key := range keys {
		if !slices.ContainsFunc(others, func(other domain.Key) bool { return other.Name == key.Name }) {
			names = append(names, key.Name)
		}
	}
	return names
}
