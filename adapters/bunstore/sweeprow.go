package bunstore

import (
	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// sweepRow is a row of sweeps without its lease, whose end the database's clock sets.
type sweepRow struct {
	bun.BaseModel `bun:"table:sweeps,alias:w"`

	ID          string   `bun:"id,pk"`
	Kind        string   `bun:"kind"`
	Filter      document `bun:"filter,type:jsonb"`
	Apply       bool     `bun:"apply"`
	Override    text     `bun:"override_reason"`
	Principal   text     `bun:"principal"`
	ActorUserID number   `bun:"actor_user_id"`
	RequestID   text     `bun:"request_id"`
	Schedule    text     `bun:"schedule"`
	State       string   `bun:"state"`
	Phase       text     `bun:"phase"`
	Cursor      text     `bun:"place"`
	Revision    text     `bun:"policy_revision"`
	Found       document `bun:"found,type:jsonb"`
	Reasons     document `bun:"reasons,type:jsonb"`
	Decided     document `bun:"decided,type:jsonb"`
	Total       int64    `bun:"total"`
	Scanned     int64    `bun:"scanned"`
	Pace        int64    `bun:"pace"`
	Detail      text     `bun:"detail"`
	Term        int64    `bun:"term"`
	CreatedAt   stamp    `bun:"created_at"`
	StartedAt   instant  `bun:"started_at"`
	UpdatedAt   stamp    `bun:"updated_at"`
	EndedAt     instant  `bun:"ended_at"`
}

// sweepColumns are the columns of sweepRow, for statements that bun does not write.
const sweepColumns = `id, kind, filter, apply, override_reason, principal, actor_user_id, request_id, schedule, state, phase, place,
	policy_revision, found, reasons, decided, total, scanned, pace, detail, term, created_at, started_at, updated_at, ended_at`

func rowFromSweep(s ports.Sweep) (sweepRow, error) {
	row := sweepRow{
		ID: s.ID, Kind: string(s.Kind), Apply: s.Apply, Override: text(s.Override), Principal: text(s.Principal),
		ActorUserID: number(s.Actor.Int64()), RequestID: text(s.RequestID), Schedule: text(s.Schedule),
		State: string(s.State), Phase: text(s.Phase), Cursor: text(s.Cursor), Revision: text(s.Revision),
		Total: s.Total, Scanned: s.Scanned, Pace: s.Pace, Detail: text(s.Detail), Term: s.Term,
		CreatedAt: stamp{s.CreatedAt}, StartedAt: instant{s.StartedAt}, UpdatedAt: stamp{s.UpdatedAt}, EndedAt: instant{s.EndedAt},
	}
	var err error
	if row.Filter, err = documentFrom(filterDTO(s.Filter, s.Scope)); err != nil {
		return sweepRow{}, err
	}
	for _, part := range []struct {
		column *document
		tally  ports.Tally
	}{{&row.Found, s.Found}, {&row.Reasons, s.Reasons}, {&row.Decided, s.Decided}} {
		if len(part.tally) == 0 {
			continue
		}
		if *part.column, err = documentFrom(part.tally); err != nil {
			return sweepRow{}, err
		}
	}
	return row, nil
}

func sweepFromRow(r sweepRow) (ports.Sweep, error) {
	sweep := ports.Sweep{
		ID: r.ID, Kind: ports.SweepKind(r.Kind), Apply: r.Apply, Override: string(r.Override), Principal: string(r.Principal),
		Actor: userFromNumber(int64(r.ActorUserID)), RequestID: string(r.RequestID), Schedule: string(r.Schedule),
		State: ports.SweepState(r.State), Phase: ports.SweepPhase(r.Phase), Cursor: string(r.Cursor), Revision: string(r.Revision),
		Total: r.Total, Scanned: r.Scanned, Pace: r.Pace, Detail: string(r.Detail), Term: r.Term,
		CreatedAt: r.CreatedAt.at, StartedAt: r.StartedAt.at, UpdatedAt: r.UpdatedAt.at, EndedAt: r.EndedAt.at,
	}
	var filter sweepFilterDoc
	if err := r.Filter.decode(&filter); err != nil {
		return ports.Sweep{}, err
	}
	sweep.Filter, sweep.Scope = filterFromDTO(filter)
	for _, part := range []struct {
		column document
		tally  *ports.Tally
	}{{r.Found, &sweep.Found}, {r.Reasons, &sweep.Reasons}, {r.Decided, &sweep.Decided}} {
		if err := part.column.decode(part.tally); err != nil {
			return ports.Sweep{}, err
		}
	}
	return sweep, nil
}

// sweepFilterDoc is what a sweep is about, in a JSON column: a filter of players, or a scope of snapshots.
type sweepFilterDoc struct {
	Ranks     []string `json:"ranks,omitempty"`
	MinPoints *int64   `json:"minPoints,omitempty"`
	SeenSince string   `json:"seenSince,omitempty"`

	Key        string `json:"key,omitempty"`
	Experience string `json:"experience,omitempty"`
	Server     string `json:"server,omitempty"`
	Since      string `json:"since,omitempty"`
	Until      string `json:"until,omitempty"`
}

func filterDTO(f ports.StandingFilter, scope ports.SnapshotScope) sweepFilterDoc {
	doc := sweepFilterDoc{
		Ranks: f.Ranks, SeenSince: timeDTO(f.SeenSince),
		Key: scope.Principal, Experience: scope.Experience, Server: scope.Server, Since: timeDTO(scope.Since), Until: timeDTO(scope.Until),
	}
	if points, given := f.MinPoints.Get(); given {
		doc.MinPoints = &points
	}
	return doc
}

func filterFromDTO(d sweepFilterDoc) (ports.StandingFilter, ports.SnapshotScope) {
	filter := ports.StandingFilter{Ranks: d.Ranks, SeenSince: parseInstant(d.SeenSince)}
	if d.MinPoints != nil {
		filter.MinPoints = domain.CountOf(*d.MinPoints)
	}
	return filter, ports.SnapshotScope{
		Principal: d.Key, Experience: d.Experience, Server: d.Server, Since: parseInstant(d.Since), Until: parseInstant(d.Until),
	}
}
