package bunstore

import (
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
