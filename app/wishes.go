package app

import (
	"context"
	"slices"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// wish puts an effect on its way, once for each target. It reports whether there is anybody to carry it out.
func (l *ledger) wish(decision string, action domain.Action, effect domain.Effect) bool {
	remote := l.service.parts.Remote
	out := ports.OutboxEntry{Effect: effect, DecisionID: decision, Lane: lane(action, effect.Kind)}
	switch effect.Kind {
	case domain.EffectGroupRole, domain.EffectObserve:
		if remote.Roles == nil {
			return false
		}
	case domain.EffectRestriction:
		if remote.Restrictions == nil {
			return false
		}
		for _, universe := range remote.Universes {
			out.Target = universe.String()
			l.enqueue(out)
		}
		return len(remote.Universes) > 0
	case domain.EffectMirror:
		if remote.Mirror == nil {
			return false
		}
	case domain.EffectAnnounce:
		if remote.Announcer == nil {
			return false
		}
	case domain.EffectWebhook:
		return l.tell(out, action)
	case domain.EffectErase: // no decision wishes for that
		return false
	}
	l.enqueue(out)
	return true
}

// tell puts a message on its way to every webhook that wants to hear of such decisions. It reports whether there is any.
func (l *ledger) tell(out ports.OutboxEntry, action domain.Action) bool {
	heard := false
	for _, w := range l.service.parts.Remote.Targets {
		if w.Wants(action) {
			out.Target, heard = w.Name, true
			l.enqueue(out)
		}
	}
	return heard
}

// alert puts something that concerns no player on its way to every webhook.
func (l *ledger) alert(a domain.Alert) {
	for _, w := range l.service.parts.Remote.Targets {
		l.enqueue(ports.OutboxEntry{
			Effect: domain.Effect{Kind: domain.EffectWebhook, Alert: a}, Target: w.Name, Lane: lane(domain.ActionNone, domain.EffectWebhook),
		})
	}
}

// enqueue adds a wish, or replaces the one that this unit made for the same place.
func (l *ledger) enqueue(out ports.OutboxEntry) {
	out.Trace = l.trace
	for i, older := range l.wishes {
		if out.Effect.Kind.Replaces() && samePlace(older, out) {
			out.Effect = out.Effect.After(older.Effect)
			l.wishes[i] = out
			return
		}
	}
	l.wishes = append(l.wishes, out)
}

func samePlace(a, b ports.OutboxEntry) bool {
	return a.Effect.User == b.Effect.User && a.Effect.Kind == b.Effect.Kind && a.Target == b.Target
}

// widen lets wishes for a role go ahead from wherever an undelivered older wish may have left the member, and takes wishes for a
// restriction to every universe where an undelivered older one is on its way, also to those that are not configured any more. A look goes
// on being a person's where an older one was. What a walk asks for is dropped where the same waits already: walks that follow each other
// faster than looks are taken would put the look off for ever.
func (l *ledger) widen(ctx context.Context) error {
	waiting := make(map[domain.UserID][]ports.OutboxEntry)
	asked := make(map[domain.UserID]bool) // of whom a walk's look waits already
	for i, out := range l.wishes {        // as they are now: what is added needs no widening
		user, kind := out.Effect.User, out.Effect.Kind
		if kind != domain.EffectGroupRole && kind != domain.EffectRestriction && kind != domain.EffectObserve {
			continue
		}
		if _, read := waiting[user]; !read {
			var err error
			if waiting[user], err = l.w.Waiting(ctx, user); err != nil {
				return wrap("read the waiting effects", err)
			}
		}
		for _, older := range waiting[user] {
			switch {
			case samePlace(older, out):
				l.wishes[i].Effect = out.Effect.After(older.Effect)
				asked[user] = asked[user] || out.Target == lookForWalk && l.wishes[i].Effect == older.Effect
			case kind == domain.EffectObserve: // each reason to look has a place of its own
			case older.Effect.Kind == kind && !slices.ContainsFunc(l.wishes, func(w ports.OutboxEntry) bool { return samePlace(w, older) }):
				further := out
				further.Target = older.Target
				l.wishes = append(l.wishes, further)
			}
		}
	}
	l.wishes = slices.DeleteFunc(l.wishes, func(w ports.OutboxEntry) bool {
		return w.Effect.Kind == domain.EffectObserve && w.Target == lookForWalk && asked[w.Effect.User]
	})
	return nil
}

// lane returns where an effect stands in the order in which things are done at Roblox.
func lane(action domain.Action, kind domain.EffectKind) ports.Lane {
	switch kind {
	case domain.EffectObserve:
		return ports.LaneObserve
	case domain.EffectMirror, domain.EffectErase:
		return ports.LaneMirror
	case domain.EffectAnnounce:
		return ports.LaneMessage
	case domain.EffectWebhook:
		return ports.LaneWebhook
	case domain.EffectGroupRole, domain.EffectRestriction:
	}
	switch action {
	case domain.ActionBan:
		return ports.LaneBan
	case domain.ActionSuspend:
		return ports.LaneSuspend
	case domain.ActionDemote:
		return ports.LaneDemote
	case domain.ActionRestore:
		return ports.LaneRestore
	case domain.ActionPromote, domain.ActionNone:
	}
	return ports.LanePromote
}
