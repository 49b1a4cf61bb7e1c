package app

import (
	"context"
	"slices"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Remote is what of Roblox, and of those who are told, is configured. Absent parts are nil: what they would do is left undone.
type Remote struct {
	Roles        ports.GroupRoles
	Roster       ports.Roster
	Restrictions ports.Restrictions
	Mirror       ports.Mirror
	Announcer    ports.Announcer
	DataStore    ports.DataStore
	Key          ports.KeyExaminer
	Universes    []domain.UniverseID // where restrictions apply
	Webhooks     ports.Webhooks
	Targets      []ports.Webhook // those whom Webhooks can tell, by different names
}

// tells reports whether a webhook of that name is configured.
func (r Remote) tells(name string) bool {
	return r.Webhooks != nil && slices.ContainsFunc(r.Targets, func(w ports.Webhook) bool { return w.Name == name })
}

// Parts is what the use cases stand on. Store, Policies, Clock, IDs and Recorder are required.
type Parts struct {
	Store    ports.Store
	Policies ports.Policies
	Clock    ports.Clock
	IDs      ports.IDSource
	Recorder ports.Recorder
	Tracer   ports.Tracer // nil follows nothing
	Remote   Remote
	// MaxPunishPercent is how many of the players that a review looks at it may demote, suspend or ban, in percent; more stop it.
	MaxPunishPercent int
	ApplyWait        time.Duration    // how long a request that applies waits for Roblox; 0 answers at once
	Stopped          bool             // this process carries nothing out, whatever the switch of automation says
	Lanes            int              // units of reports that may be under way at once where many wait; 0 means one, as for a store with one writer
	ApprovalTTL      time.Duration    // how long a decision waits for approval, and a refusal lasts; 0 means DefaultApprovalTTL
	Seals            Seals            // what marks those who were erased; the zero Seals erases nobody
	Tombstones       ports.Tombstones // where erasures are kept beside the store; nil for nowhere
}

// Service answers requests. It implements the inbound ports.
type Service struct {
	parts   Parts
	settled *watch
	reports *reports
	lookups gatherer[*lookup]
	boards  gatherer[*boardPage]
	places  places
	archive *archive
	known   *knownPlayers
	sights  sights
	probe   probe
	tombs   *tombs
	began   time.Time // what Roblox confirmed before this instant proves nothing; see domain.Warrant
}

// New returns the use cases and the dispatcher that carries out what they wish for. The dispatcher does nothing until it is run.
func New(parts Parts, options DispatcherOptions) (*Service, *Dispatcher) {
	settled := newWatch()
	service := &Service{
		parts: parts, settled: settled, archive: newArchive(), known: &knownPlayers{}, began: domain.Instant(parts.Clock.Now()),
		tombs: &tombs{store: parts.Store},
	}
	service.probe.parts = parts
	service.reports = newReports(service.store)
	service.reports.lanes, service.reports.clock = parts.Lanes, parts.Clock
	service.lookups.carry, service.lookups.clock = service.lookUp, parts.Clock
	service.boards.carry, service.boards.clock = service.readBoards, parts.Clock
	return service, newDispatcher(service, options)
}

// now returns the present instant as the domain takes it.
func (s *Service) now() time.Time { return domain.Instant(s.parts.Clock.Now()) }

// Explain implements ports.Explainer.
func (s *Service) Explain(ctx context.Context, user domain.UserID) (ports.PlacedStanding, domain.Eligibility, error) {
	standing, err := s.parts.Store.Standing(ctx, user)
	if err != nil {
		return ports.PlacedStanding{}, domain.Eligibility{}, wrap("look the player up", err)
	}
	policy := s.parts.Policies.Current()
	return place(policy, standing), domain.Explain(policy, standing, s.now()), nil
}

func place(p domain.Policy, s domain.Standing) ports.PlacedStanding {
	return ports.PlacedStanding{Standing: s, Position: domain.Locate(p, s)}
}
