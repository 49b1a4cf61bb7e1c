package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// theSwitch is the id of the only row of automation.
const theSwitch = 1

// automationRow is the row of automation.
type automationRow struct {
	bun.BaseModel `bun:"table:automation,alias:a"`

	ID          int      `bun:"id,pk"`
	State       string   `bun:"state"`
	Reason      text     `bun:"reason"`
	Since       instant  `bun:"since"`
	Principal   text     `bun:"principal"`
	ActorUserID number   `bun:"actor_user_id"`
	Tally       document `bun:"tally,type:jsonb"`
	Now         stamp    `bun:"now,scanonly"` // the database's clock, of a row that was locked
}

// minuteDoc is a minute of a tally in a JSON column.
type minuteDoc struct {
	At   string `json:"at"`
	All  int64  `json:"all"`
	Down int64  `json:"down"`
}

// LockAutomation returns the switch and locks it; see ports.AutomationWriter.
func (u *unit) LockAutomation(ctx context.Context) (automation domain.Automation, now time.Time, err error) {
	err = u.do(ctx, "lock the switch of automation", func() error {
		row, err := u.automation(ctx)
		if errors.Is(err, sql.ErrNoRows) { // somebody deleted what the migration put there
			if _, err = u.tx.NewInsert().Model(&automationRow{ID: theSwitch, State: domain.AutomationRunning.String()}).
				On("CONFLICT (id) DO NOTHING").Exec(ctx); err == nil {
				row, err = u.automation(ctx)
			}
		}
		if err != nil {
			return err
		}
		u.automationLocked, now = true, row.Now.at
		automation, err = automationFromRow(row)
		return err
	})
	return automation, now, err
}

func (u *unit) automation(ctx context.Context) (automationRow, error) {
	var row automationRow
	query := u.tx.NewSelect().Model(&row).Column("id", "state", "reason", "since", "principal", "actor_user_id", "tally").
		ColumnExpr("? AS now", u.dialect.now).Where("id = ?", theSwitch)
	if u.dialect.rowLocks {
		query = query.For("UPDATE")
	}
	return row, query.Scan(ctx)
}

// SaveAutomation writes the switch; see ports.AutomationWriter.
func (u *unit) SaveAutomation(ctx context.Context, automation domain.Automation) error {
	return u.do(ctx, "save the switch of automation", func() error {
		if !u.automationLocked {
			return internal(errors.New("the switch of automation was not locked"))
		}
		row, err := rowFromAutomation(automation)
		if err != nil {
			return err
		}
		_, err = u.tx.NewUpdate().Model(&row).WherePK().Exec(ctx)
		return err
	})
}

// Automation returns the switch; see ports.AutomationReader.
func (s *Store) Automation(ctx context.Context) (domain.Automation, error) {
	var row automationRow
	err := s.query(ctx, "read the switch of automation", func() error {
		err := s.read.NewSelect().Model(&row).Where("id = ?", theSwitch).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return domain.Automation{}, err
	}
	automation, err := automationFromRow(row)
	return automation, translate(ctx, "read the switch of automation", err)
}

// HeldPlayers returns players whose decision is held; see ports.AutomationReader.
func (s *Store) HeldPlayers(ctx context.Context, after ports.Due, limit int) ([]ports.Due, error) {
	var rows []dueRow
	err := s.query(ctx, "look for decisions that are held", func() error {
		if limit <= 0 {
			return nil
		}
		query := held(s.read).Column("user_id", "id")
		if after.Decision != "" {
			query = query.Where("id > ?", after.Decision)
		}
		return query.OrderExpr("id").Limit(int64(limit)).Scan(ctx, &rows)
	})
	if err != nil {
		return nil, err
	}
	return dueFromRows(rows), nil
}

// CountHeld returns how many decisions are held; see ports.AutomationReader.
func (s *Store) CountHeld(ctx context.Context) (int64, error) {
	var n int64
	err := s.query(ctx, "count decisions that are held", func() error {
		return held(s.read).ColumnExpr("count(*)").Scan(ctx, &n)
	})
	return n, err
}

func held(db bun.IDB) *bun.SelectQuery {
	return db.NewSelect().TableExpr("decisions").Where("status = ?", string(domain.StatusHeld)).Where(notApplied)
}

// CountPlayers returns how many players are known; see ports.PlayerCounter.
func (s *Store) CountPlayers(ctx context.Context) (int64, error) {
	var n int64
	err := s.query(ctx, "count players", func() error { return s.read.NewRaw(s.dialect.countPlayers).Scan(ctx, &n) })
	return n, err
}

// CountPlayers returns how many players are known; see ports.PlayerCounter.
func (u *unit) CountPlayers(ctx context.Context) (int64, error) {
	var n int64
	err := u.do(ctx, "count players", func() error { return u.tx.NewRaw(u.dialect.countPlayers).Scan(ctx, &n) })
	return n, err
}

func rowFromAutomation(a domain.Automation) (automationRow, error) {
	minutes := []minuteDoc{}
	for _, m := range a.Tally.Minutes() {
		minutes = append(minutes, minuteDoc{timeDTO(m.At), m.All, m.Down})
	}
	tally, err := documentFrom(minutes)
	return automationRow{
		ID: theSwitch, State: a.State.String(), Reason: text(a.Reason), Since: instant{a.Since}, Principal: text(a.Principal),
		ActorUserID: number(a.Actor.Int64()), Tally: tally,
	}, err
}

// automationFromRow returns the switch. A state that this release does not know keeps automation from everything.
func automationFromRow(r automationRow) (domain.Automation, error) {
	state, err := domain.ParseAutomationState(r.State)
	if err != nil && r.State != "" {
		state = domain.AutomationStopped
	}
	var docs []minuteDoc
	if err := r.Tally.decode(&docs); err != nil {
		return domain.Automation{}, err
	}
	minutes := make([]domain.TallyMinute, len(docs))
	for i, d := range docs {
		minutes[i] = domain.TallyMinute{At: parseInstant(d.At), Moved: domain.Moved{All: d.All, Down: d.Down}}
	}
	return domain.Automation{
		State: state, Reason: string(r.Reason), Since: r.Since.at, Principal: string(r.Principal),
		Actor: userFromNumber(int64(r.ActorUserID)), Tally: domain.TallyOf(minutes...),
	}, nil
}
