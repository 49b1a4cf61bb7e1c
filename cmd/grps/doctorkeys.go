package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/grps/grps/adapters/filekeys"
	"github.com/grps/grps/domain"
)

// keys examines who may call the API.
func (d *doctor) keys(_ context.Context, policy examinedPolicy) []symptom {
	const check = "keys"
	c := d.config
	if c.open() {
		if d.faulty("HOST") {
			return nil // that is said already
		}
		return []symptom{doubtful(check, "none: whoever is on this machine may do everything, and nobody else can call",
			"for games, set INBOUND_API_KEYS and ADMIN_API_KEYS, each from: openssl rand -hex 32")}
	}
	keys := c.keys()
	for _, secret := range c.inboundKeys {
		if slices.Contains(c.adminKeys, secret) {
			return []symptom{broken(check, "a key is in both INBOUND_API_KEYS and ADMIN_API_KEYS, so that every game is an administrator",
				"make another for ADMIN_API_KEYS: openssl rand -hex 32")}
		}
	}
	var named []domain.Key
	var symptoms []symptom
	if c.keysFile != "" {
		var err error
		if named, err = filekeys.Load(c.keysFile, keys, ownNames()...); err != nil {
			return faultsOf(check, err, "'grps keys check' names every fault; a service does not start with it")
		}
		symptoms = d.namedKeys(named, policy)
		keys = append(keys, named...)
	}
	found, now := keysText(c, len(named)), d.now()
	if !slices.ContainsFunc(keys, func(k domain.Key) bool { return k.Live(now) && k.Scopes.Allows(domain.ScopeAdmin) }) {
		return append(symptoms, doubtful(check, found+": nobody can stop automation or undo anything", "set ADMIN_API_KEYS, from: openssl rand -hex 32"))
	}
	return append([]symptom{healthy(check, found)}, symptoms...)
}

// namedKeys examines the keys of KEYS_FILE.
func (d *doctor) namedKeys(keys []domain.Key, policy examinedPolicy) []symptom {
	var symptoms []symptom
	now := d.now()
	for _, key := range keys {
		switch left := key.ExpiresAt.Sub(now); {
		case key.ExpiresAt.IsZero() || left >= expiresSoon:
		case left <= 0:
			symptoms = append(symptoms, doubtful("key "+key.Name, "expired on "+key.ExpiresAt.Format(time.DateOnly), "take it out of KEYS_FILE, or make another: grps keys new"))
		default:
			symptoms = append(symptoms, doubtful("key "+key.Name, "expires on "+key.ExpiresAt.Format(time.DateOnly), "make another before: grps keys new"))
		}
	}
	if policy.good {
		for _, name := range offLadder(policy.policy.Ladder(), keys) {
			symptoms = append(symptoms, doubtful("key "+name, "its maxRank is no rung of the ladder, so it can grant no rank", "write the name of a rank in KEYS_FILE"))
		}
	}
	return symptoms
}

// faultsOf returns a symptom for each fault of a file that cannot be used.
func faultsOf(check string, err error, advice string) []symptom {
	var symptoms []symptom
	for _, fault := range fieldsOf(err) {
		symptoms = append(symptoms, broken(check, strings.TrimSpace(fault.Field+" "+fault.Message), advice))
	}
	return symptoms
}
