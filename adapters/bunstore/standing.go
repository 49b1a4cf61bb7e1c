package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Standing returns the player's standing; see ports.StandingReader.
func (s *Store) Standing(ctx context.Context, user domain.UserID) (domain.Standing, error) {
	if s.dialect.reports != nil {
		standings, err := s.StandingsOf(ctx, []domain.UserID{user})
		if err == nil && len(standings) == 0 {
			err = notFound("player")
		}
		if err != nil {
			return domain.Standing{}, err
		}
		return standings[0], nil
	}
	var row playerRow
	err := s.query(ctx, "read a player", func() error {
		return s.read.NewSelect().Model(&row).Where("user_id = ?", user.Int64()).Scan(ctx)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return domain.Standing{}, notFound("player")
	}
	if err != nil {
		return domain.Standing{}, err
	}
	return standingFromRow(row)
}

// StandingsOf returns the standings of those users that are known; see ports.StandingReader.
func (s *Store) StandingsOf(ctx context.Context, users []domain.UserID) ([]domain.Standing, error) {
	if r := s.dialect.reports; r != nil && len(users) > 0 {
		var found func() ([]domain.Standing, error)
		err := s.ask(ctx, "read players", func() (call *pgCall) {
			call, found = r.find(r.read, users)
			return call
		})
		if err != nil {
			return nil, err
		}
		return found()
	}
	var standings []domain.Standing
	err := s.query(ctx, "read players", func() error {
		if len(users) == 0 {
			return nil
		}
		var rows []playerRow
		err := s.read.NewSelect().Model(&rows).Where("user_id IN (?)", bun.List(numbersOf(users))).OrderExpr("user_id").Scan(ctx)
		if err != nil {
			return err
		}
		standings, err = each(rows, standingFromRow)
		return err
	})
	return standings, err
}

// LockStandings locks the rows of those users and returns their standings; see ports.StandingWriter.
func (u *unit) LockStandings(ctx context.Context, users []domain.UserID) ([]domain.Standing, error) {
	if len(users) == 0 {
		return nil, u.poison
	}
	if r := u.dialect.reports; r != nil {
		call, found := r.find(r.lock, users)
		if err := u.send(ctx, "lock players", call); err != nil {
			return nil, err
		}
		standings, err := found()
		u.pg.hold(standings)
		return standings, err
	}
	var standings []domain.Standing
	err := u.do(ctx, "lock players", func() error {
		var rows []playerRow
		query := u.tx.NewSelect().Model(&rows).Where("user_id IN (?)", bun.List(numbersOf(users))).OrderExpr("user_id")
		if err := query.Scan(ctx); err != nil {
			return err
		}
		var err error
		standings, err = each(rows, standingFromRow)
		return err
	})
	if err != nil {
		return nil, err
	}
	return standings, nil
}

// SaveStandings writes standings whose version is the stored one; see ports.StandingWriter.
func (u *unit) SaveStandings(ctx context.Context, standings []ports.PlacedStanding) error {
	if len(standings) == 0 {
		return u.poison
	}
	added, changed := rowsFromStandings(standings)
	if u.dialect.reports != nil {
		return u.send(ctx, "save players", u.dialect.reports.save(added, changed)...)
	}
	return u.do(ctx, "save players", func() error {
		if err := u.insertPlayers(ctx, added); err != nil {
			return err
		}
		return u.updatePlayers(ctx, changed)
	})
}

func (u *unit) insertPlayers(ctx context.Context, rows []playerRow) error {
	if len(rows) == 0 {
		return nil
	}
	result, err := u.tx.NewInsert().Model(&rows).
		Value("updated_at", "?", u.dialect.now).
		On("CONFLICT (user_id) DO NOTHING").
		Returning("NULL").
		Exec(ctx)
	return mustTouch(len(rows), result, err)
}

// updatePlayers changes each row that still has the version before the one to be written.
func (u *unit) updatePlayers(ctx context.Context, rows []playerRow) error {
	if len(rows) == 0 {
		return nil
	}
	update := u.tx.NewUpdate().With("changed", u.tx.NewValues(&rows)).Model((*playerRow)(nil)).TableExpr("changed")
	for _, field := range u.tx.Dialect().Tables().Get(reflect.TypeFor[playerRow]()).Fields {
		if !field.IsPK {
			update = update.Set("? = changed.?", bun.Ident(field.Name), bun.Ident(field.Name))
		}
	}
	result, err := update.
		Set("updated_at = ?", u.dialect.now).
		Where("p.user_id = changed.user_id AND p.version = changed.version - 1").
		Exec(ctx)
	return mustTouch(len(rows), result, err)
}

// mustTouch returns a conflict when a statement changed fewer than n rows.
func mustTouch(n int, result sql.Result, err error) error {
	if err != nil {
		return err
	}
	touched, err := result.RowsAffected()
	if err != nil {
		return err
	}
	if touched != int64(n) {
		return misses(touched, n)
	}
	return nil
}

// misses is the conflict of a statement that changed fewer rows than it should.
func misses(touched int64, n int) error {
	return conflict(fmt.Errorf("%d of %d rows had the version expected", touched, n))
}

func numbersOf(users []domain.UserID) []int64 {
	all := make([]int64, len(users))
	for i, user := range users {
		all[i] = user.Int64()
	}
	return all
}
