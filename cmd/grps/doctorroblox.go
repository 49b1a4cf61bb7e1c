package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/grps/grps/adapters/opencloud"
	"github.com/grps/grps/domain"
)

// What of a key's future is worth telling, and how long Roblox keeps one that nobody uses.
const (
	expiresSoon = 14 * 24 * time.Hour
	idleLife    = 60 * 24 * time.Hour
)

// roblox examines what a service would call at Roblox.
func (d *doctor) roblox(ctx context.Context, policy examinedPolicy) []symptom {
	const check = "key"
	if d.faulty("ROBLOX_API_BASE", "ROBLOX_OPEN_CLOUD_API_KEY", "ROBLOX_GROUP_ID", "ROBLOX_UNIVERSE_ID", "ROBLOX_UNIVERSE_IDS",
		"ROBLOX_DATASTORE_NAME", "ROBLOX_DATASTORE_SCOPE", "ROBLOX_DATASTORE_PREFIX") {
		return []symptom{unexamined(check, "the settings of Roblox are wrong")}
	}
	if !d.config.openCloudKey.IsSet() {
		return []symptom{doubtful(check, "none: decisions change the record only", "set ROBLOX_OPEN_CLOUD_API_KEY and ROBLOX_GROUP_ID")}
	}
	client, err := opencloud.New(d.config.openCloud())
	if err != nil {
		return []symptom{broken(check, shortError(err), "set it right")}
	}
	defer client.Close()
	type examined struct {
		key      opencloud.Key
		symptoms []symptom
	}
	answer, intime := inTime(ctx, d.patience, func(ctx context.Context) examined {
		key, symptoms := d.key(ctx, client)
		return examined{key, symptoms}
	})
	if !intime {
		answer.symptoms = []symptom{broken(check, "Roblox does not answer within "+d.patience.String(), "see whether this machine reaches "+d.config.apiBase)}
	}
	if !answer.key.Enabled || answer.key.Expired {
		return append(answer.symptoms, unexamined("roles, games", "the key must work first"))
	}
	return append(answer.symptoms, d.withKey(ctx, client, answer.key, policy)...)
}

// key examines the key itself. The zero key is returned when it cannot be used.
func (d *doctor) key(ctx context.Context, client *opencloud.Client) (opencloud.Key, []symptom) {
	const check = "key"
	key, err := client.Introspect(ctx)
	if err != nil {
		return opencloud.Key{}, []symptom{d.robloxFault(check, err)}
	}
	found := fmt.Sprintf("%q at %s", key.Name, d.config.apiBase)
	if !key.Owner.IsZero() {
		found += fmt.Sprintf(", acts as user %s", key.Owner)
	}
	renew := "make another on the Creator Dashboard and set ROBLOX_OPEN_CLOUD_API_KEY"
	switch {
	case !key.Enabled:
		return key, []symptom{broken(check, found+"; it is disabled", "enable it on the Creator Dashboard")}
	case key.Expired:
		return key, []symptom{broken(check, found+"; it is expired", renew)}
	}
	f := healthy(check, found)
	switch left := key.ExpiresAt.Sub(d.now()); {
	case key.ExpiresAt.IsZero():
		f.Found += "; does not expire"
	case left < expiresSoon:
		f = doubtful(check, fmt.Sprintf("%s; expires on %s", found, key.ExpiresAt.Format(time.DateOnly)), renew+" before")
	default:
		f.Found += "; expires on " + key.ExpiresAt.Format(time.DateOnly)
	}
	idle := healthy("key idle", fmt.Sprintf("Roblox ends it when it is not used until %s; a service uses it each RECONCILE_EVERY",
		d.now().Add(idleLife).UTC().Format(time.DateOnly)))
	if d.config.reconcile == 0 {
		idle = doubtful("key idle", fmt.Sprintf("Roblox ends it when it is not used until %s, and RECONCILE_EVERY=0s leaves that to the games",
			d.now().Add(idleLife).UTC().Format(time.DateOnly)), "set RECONCILE_EVERY, or run 'grps doctor' once a month")
	}
	return key, append([]symptom{f, idle}, d.scopes(key)...)
}

// need is something that the key should be able to do.
type need struct {
	scope, operation string
	target           int64
	missed           verdict
	lost             string // what does not work without it
}

// scopes examines whether the key may do what a service does.
func (d *doctor) scopes(key opencloud.Key) []symptom {
	const check = "scopes"
	group := d.config.groupID
	needs := []need{
		{"group", "read", group, verdictWarn, "roles may not be shown whole"},
		{"group", "write", group, verdictFail, "no rank can be changed"},
	}
	for i, universe := range d.config.universes {
		id := universe.Int64()
		needs = append(needs,
			need{"universe.user-restriction", "read", id, verdictFail, "bans there cannot be compared with the record"},
			need{"universe.user-restriction", "write", id, verdictFail, "nobody can be banned there"},
			need{"universe-messaging-service", "publish", id, verdictWarn, "its servers do not hear of decisions"})
		if i > 0 {
			continue
		}
		for _, operation := range []string{"read", "create", "update", "list"} {
			needs = append(needs, need{"universe-datastores.objects", operation, id, verdictWarn, "the data store cannot be mirrored to or read"})
		}
	}
	var symptoms []symptom
	for _, n := range needs {
		if key.May(n.scope, n.operation, n.target) {
			continue
		}
		of := fmt.Sprintf("universe %d", n.target)
		if n.scope == "group" {
			of = fmt.Sprintf("group %d", n.target)
		}
		symptoms = append(symptoms, symptom{
			n.missed, check, fmt.Sprintf("%s:%s is missing for %s: %s", n.scope, n.operation, of, n.lost),
			"add it to the key on the Creator Dashboard",
		})
	}
	if symptoms == nil {
		return []symptom{healthy(check, fmt.Sprintf("all %d that are needed", len(needs)))}
	}
	return symptoms
}

// withKey examines what the key leads to, all at once.
func (d *doctor) withKey(ctx context.Context, client *opencloud.Client, key opencloud.Key, policy examinedPolicy) []symptom {
	looks := []func() []symptom{func() []symptom {
		if !policy.good {
			return []symptom{unexamined("roles", "there is no good policy to compare them with")}
		}
		return d.within(ctx, "roles", func(ctx context.Context) []symptom { return d.roles(ctx, client, key, policy.policy) })
	}}
	for _, universe := range d.config.universes {
		looks = append(looks, func() []symptom {
			check := "game " + universe.String()
			return d.within(ctx, check, func(ctx context.Context) []symptom { return d.game(ctx, client, universe, check) })
		})
	}
	looks = append(looks, func() []symptom {
		return d.within(ctx, "data store", func(ctx context.Context) []symptom { return d.dataStore(ctx, client) })
	})
	symptoms := make([][]symptom, len(looks))
	var done sync.WaitGroup
	for i, look := range looks {
		done.Go(func() { symptoms[i] = look() })
	}
	done.Wait()
	var all []symptom
	for _, some := range symptoms {
		all = append(all, some...)
	}
	return all
}

func (d *doctor) game(ctx context.Context, client *opencloud.Client, universe domain.UniverseID, check string) []symptom {
	switch err := client.ReachRestrictions(ctx, universe); {
	case err == nil:
		return []symptom{healthy(check, "restrictions can be read")}
	case domain.KindOf(err) == domain.KindNotFound:
		return []symptom{broken(check, "Roblox knows no such game, so bans there come to nothing",
			"write the id of the universe, not of a place, in ROBLOX_UNIVERSE_IDS")}
	default:
		return []symptom{d.robloxFault(check, err)}
	}
}

func (d *doctor) dataStore(ctx context.Context, client *opencloud.Client) []symptom {
	const check = "data store"
	c := d.config
	if len(c.universes) == 0 {
		return []symptom{doubtful("games", "none: bans change the role only, and no game hears of decisions", "set ROBLOX_UNIVERSE_IDS")}
	}
	name := fmt.Sprintf("%s of universe %s", c.dataStoreName, c.universes[0])
	switch _, err := client.Entries(ctx, "", 1); {
	case err == nil:
		return []symptom{healthy(check, name+" can be read")}
	case domain.KindOf(err) == domain.KindNotFound:
		return []symptom{doubtful(check, name+" is not there", "the first player mirrored makes it; if a game has made it, check ROBLOX_DATASTORE_NAME and ROBLOX_UNIVERSE_ID")}
	default:
		f := d.robloxFault(check, err)
		if f.Result == verdictFail && domain.KindOf(err) == domain.KindDenied {
			f.Result = verdictWarn // decisions do without
		}
		return []symptom{f}
	}
}

// robloxFault explains a call that did not come through.
func (d *doctor) robloxFault(check string, err error) symptom {
	e, isDomain := errors.AsType[*domain.Error](err)
	if !isDomain {
		return broken(check, oneLine(err), "look at it again later")
	}
	message, advice, split := strings.Cut(e.Message, "; ")
	if !split {
		advice = "look at it again later"
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		message, advice = "no answer within "+d.patience.String(), "give it more time with --timeout, or look at it again later"
	case e.Code == "open_cloud_unreachable":
		message, advice = "nothing answers at "+d.config.apiBase, "see whether this machine reaches it: network, DNS, firewall, ROBLOX_API_BASE"
	case e.Code == "open_cloud_key_refused":
		message = "Roblox refuses it: it is wrong, expired, disabled or not allowed from this address"
		advice = "check it on the Creator Dashboard, with its list of addresses, and set ROBLOX_OPEN_CLOUD_API_KEY"
	}
	return broken(check, message, advice)
}
