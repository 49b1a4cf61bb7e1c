package bunstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// playerRow is a row of players without updated_at, which the database's clock sets.
type playerRow struct {
	bun.BaseModel `bun:"table:players,alias:p"`

	UserID          int64    `bun:"user_id,pk,type:bigint"`
	Username        string   `bun:"username,type:text"`
	DisplayName     text     `bun:"display_name,type:text"`
	Rank            string   `bun:"rank,type:text"`
	PreviousRank    text     `bun:"previous_rank,type:text"`
	NextRank        text     `bun:"next_rank,type:text"`
	Points          int64    `bun:"rank_points,type:integer"`
	Kos             int64    `bun:"kos,type:integer"`
	Wos             int64    `bun:"wos,type:integer"`
	Warnings        int64    `bun:"warnings,type:integer"`
	Recommendations int64    `bun:"recommendations,type:integer"`
	Privileged      bool     `bun:"privileged,type:boolean"`
	Punishment      text     `bun:"punishment_status,type:text"`
	PunishmentUntil instant  `bun:"punishment_expires_at,type:timestamptz"`
	Metadata        document `bun:"metadata,type:jsonb"`
	CreatedAt       stamp    `bun:"created_at,type:timestamptz"`
	LastSyncedAt    stamp    `bun:"last_synced_at,type:timestamptz"`

	Version       int64    `bun:"version,type:bigint"`
	FormerRank    text     `bun:"former_rank,type:text"`
	RankSince     instant  `bun:"rank_since,type:timestamptz"`
	LeftRanks     document `bun:"left_ranks,type:jsonb"`
	Served        int64    `bun:"served_warnings,type:integer"`
	OwedStatus    text     `bun:"owed_status,type:text"`
	OwedUntil     instant  `bun:"owed_until,type:timestamptz"`
	OwedImposed   bool     `bun:"owed_imposed,type:boolean"`
	Hold          bool     `bun:"on_hold,type:boolean"`
	Rejected      document `bun:"rejected,type:jsonb"`
	DecidedAt     instant  `bun:"decided_at,type:timestamptz"`
	Moves         document `bun:"moves,type:jsonb"`
	Growth        text     `bun:"growth,type:text"`
	AbsentSince   instant  `bun:"absent_since,type:timestamptz"`
	ConfirmedAt   instant  `bun:"confirmed_at,type:timestamptz"`
	ObservedAt    instant  `bun:"observed_at,type:timestamptz"`
	UniverseID    number   `bun:"universe_id,type:bigint"`
	PlaceID       number   `bun:"place_id,type:bigint"`
	Server        text     `bun:"server,type:text"`
	ExperienceKey text     `bun:"experience_key,type:text"`
}

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
		standings, err = standingsFromRows(rows)
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
		standings, err = standingsFromRows(rows)
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

// rowsFromStandings returns the rows to add and those to change.
func rowsFromStandings(standings []ports.PlacedStanding) (added, changed []playerRow) {
	for _, s := range standings {
		if s.Standing.Version == 0 {
			added = append(added, rowFromStanding(s))
		} else {
			changed = append(changed, rowFromStanding(s))
		}
	}
	return added, changed
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

// rowFromStanding returns the row that a standing becomes: with its version counted up.
func rowFromStanding(p ports.PlacedStanding) playerRow {
	s := p.Standing
	return playerRow{
		UserID:          s.UserID.Int64(),
		Username:        s.Username,
		DisplayName:     text(s.DisplayName),
		Rank:            s.Rank,
		PreviousRank:    text(p.Position.Previous),
		NextRank:        text(p.Position.Next),
		Points:          s.Points,
		Kos:             s.Kos,
		Wos:             s.Wos,
		Warnings:        s.Warnings,
		Recommendations: s.Recommendations,
		Privileged:      p.Position.Privileged,
		Punishment:      text(s.Punishment.Status.String()),
		PunishmentUntil: instant{s.Punishment.Until},
		Metadata:        document(s.Metadata),
		CreatedAt:       stamp{s.CreatedAt},
		LastSyncedAt:    stamp{s.LastSyncedAt},

		Version:       s.Version + 1,
		FormerRank:    text(s.FormerRank),
		RankSince:     instant{s.RankSince},
		LeftRanks:     documentFromTexts(s.Left.Names()),
		Served:        s.Served,
		OwedStatus:    text(s.Owed.Status.String()),
		OwedUntil:     instant{s.Owed.Until},
		OwedImposed:   s.Owed.Imposed,
		Hold:          s.Hold,
		Rejected:      documentFromRejection(s.Rejected),
		DecidedAt:     instant{s.DecidedAt},
		Moves:         documentFromTexts(timesDTO(s.Moves.Instants())),
		Growth:        text(s.Growth.String()),
		AbsentSince:   instant{s.AbsentSince},
		ConfirmedAt:   instant{s.ConfirmedAt},
		ObservedAt:    instant{s.ObservedAt},
		UniverseID:    number(s.Experience.Universe.Int64()),
		PlaceID:       number(s.Experience.PlaceID),
		Server:        text(s.Experience.Server),
		ExperienceKey: text(s.Experience.Key),
	}
}

func standingsFromRows(rows []playerRow) ([]domain.Standing, error) {
	standings := make([]domain.Standing, len(rows))
	for i, row := range rows {
		standing, err := standingFromRow(row)
		if err != nil {
			return nil, err
		}
		standings[i] = standing
	}
	return standings, nil
}

// standingFromRow returns the standing of a row. What another program wrote and nobody here understands is as if it were absent.
func standingFromRow(r playerRow) (domain.Standing, error) {
	user, err := domain.NewUserID(r.UserID)
	if err != nil {
		return domain.Standing{}, err
	}
	return domain.RestoreStanding(domain.Standing{
		UserID:          user,
		Version:         r.Version,
		Username:        r.Username,
		DisplayName:     string(r.DisplayName),
		Rank:            r.Rank,
		FormerRank:      string(r.FormerRank),
		RankSince:       r.RankSince.at,
		Left:            domain.TrailOf(textsFromDocument(r.LeftRanks)...),
		Points:          r.Points,
		Kos:             r.Kos,
		Wos:             r.Wos,
		Warnings:        r.Warnings,
		Recommendations: r.Recommendations,
		Served:          r.Served,
		Punishment:      domain.Punishment{Status: punishmentFromText(string(r.Punishment)), Until: r.PunishmentUntil.at},
		Owed: domain.Owed{
			Status: punishmentFromText(string(r.OwedStatus)), Until: r.OwedUntil.at, Imposed: r.OwedImposed,
		},
		Hold:         r.Hold,
		Rejected:     rejectionFromDocument(r.Rejected),
		DecidedAt:    r.DecidedAt.at,
		Moves:        movesFromTexts(textsFromDocument(r.Moves)),
		Growth:       domain.GrowthOf(string(r.Growth)),
		AbsentSince:  r.AbsentSince.at,
		ConfirmedAt:  r.ConfirmedAt.at,
		ObservedAt:   r.ObservedAt.at,
		CreatedAt:    r.CreatedAt.at,
		LastSyncedAt: r.LastSyncedAt.at,
		Experience: domain.Experience{
			Universe: universeFromNumber(int64(r.UniverseID)), PlaceID: int64(r.PlaceID), Server: string(r.Server), Key: string(r.ExperienceKey),
		},
		Metadata: metadataFromDocument(r.Metadata),
	})
}

func numbersOf(users []domain.UserID) []int64 {
	all := make([]int64, len(users))
	for i, user := range users {
		all[i] = user.Int64()
	}
	return all
}

// punishmentFromText returns the status that a text names, and none for a text that names nothing.
func punishmentFromText(text string) domain.PunishmentStatus {
	status, err := domain.ParsePunishmentStatus(text)
	if err != nil {
		return domain.PunishmentNone
	}
	return status
}

// userFromNumber returns nobody for a number that is no id.
func userFromNumber(n int64) domain.UserID {
	user, err := domain.NewUserID(n)
	if err != nil {
		return domain.UserID{}
	}
	return user
}

// universeFromNumber returns none for a number that is no id.
func universeFromNumber(n int64) domain.UniverseID {
	universe, err := domain.NewUniverseID(n)
	if err != nil {
		return domain.UniverseID{}
	}
	return universe
}

func documentFromTexts(texts []string) document {
	if len(texts) == 0 {
		return ""
	}
	list, err := json.Marshal(texts)
	if err != nil {
		panic(err) // a list of texts always has a JSON form
	}
	return document(list)
}

// textsFromDocument returns the texts of a JSON list, and none when it is something else.
func textsFromDocument(d document) []string {
	var texts []string
	if d == "" || json.Unmarshal([]byte(d), &texts) != nil {
		return nil
	}
	return texts
}
