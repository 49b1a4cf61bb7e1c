package bunstore

import "github.com/grps/grps/domain"

// standingDoc is a standing in a JSON column: what a decision was made of, and what a request was answered with. Metadata is a text
// here, so that it comes back byte by byte.
type standingDoc struct {
	UserID          int64         `json:"userId"`
	Version         int64         `json:"version"`
	Username        string        `json:"username"`
	DisplayName     string        `json:"displayName,omitempty"`
	Rank            string        `json:"rank"`
	FormerRank      string        `json:"formerRank,omitempty"`
	RankSince       string        `json:"rankSince,omitempty"`
	LeftRanks       []string      `json:"leftRanks,omitempty"`
	Points          int64         `json:"rankPoints"`
	Kos             int64         `json:"kos"`
	Wos             int64         `json:"wos"`
	Warnings        int64         `json:"warnings"`
	Recommendations int64         `json:"recommendations"`
	Served          int64         `json:"servedWarnings,omitempty"`
	Punishment      string        `json:"punishmentStatus,omitempty"`
	PunishmentUntil string        `json:"punishmentExpiresAt,omitempty"`
	OwedStatus      string        `json:"owedStatus,omitempty"`
	OwedUntil       string        `json:"owedUntil,omitempty"`
	OwedImposed     bool          `json:"owedImposed,omitempty"`
	Hold            bool          `json:"hold,omitempty"`
	Rejected        rejectionDoc  `json:"rejected,omitzero"`
	DecidedAt       string        `json:"decidedAt,omitempty"`
	Moves           []string      `json:"moves,omitempty"`
	Growth          string        `json:"growth,omitempty"`
	AbsentSince     string        `json:"absentSince,omitempty"`
	ConfirmedAt     string        `json:"confirmedAt,omitempty"`
	ObservedAt      string        `json:"observedAt,omitempty"`
	CreatedAt       string        `json:"createdAt,omitempty"`
	LastSyncedAt    string        `json:"lastSyncedAt,omitempty"`
	Experience      experienceDoc `json:"experience,omitzero"`
	Metadata        string        `json:"metadata,omitempty"`
}

// rejectionDoc is a move that an administrator refused.
type rejectionDoc struct {
	Action string `json:"action"`
	From   string `json:"fromRank"`
	To     string `json:"targetRank"`
	Until  string `json:"until"`
}

// experienceDoc is an experience under the names of the HTTP body.
type experienceDoc struct {
	UniverseID int64  `json:"universeId,omitempty"`
	PlaceID    int64  `json:"placeId,omitempty"`
	Server     string `json:"server,omitempty"`
	Key        string `json:"experienceKey,omitempty"`
}

func standingDTO(s domain.Standing) standingDoc {
	return standingDoc{
		UserID: s.UserID.Int64(), Version: s.Version, Username: s.Username, DisplayName: s.DisplayName,
		Rank: s.Rank, FormerRank: s.FormerRank, RankSince: timeDTO(s.RankSince), LeftRanks: s.Left.Names(),
		Points: s.Points, Kos: s.Kos, Wos: s.Wos, Warnings: s.Warnings, Recommendations: s.Recommendations, Served: s.Served,
		Punishment: s.Punishment.Status.String(), PunishmentUntil: timeDTO(s.Punishment.Until),
		OwedStatus: s.Owed.Status.String(), OwedUntil: timeDTO(s.Owed.Until), OwedImposed: s.Owed.Imposed,
		Hold: s.Hold, Rejected: rejectionDTO(s.Rejected), DecidedAt: timeDTO(s.DecidedAt),
		Moves: timesDTO(s.Moves.Instants()), Growth: s.Growth.String(), AbsentSince: timeDTO(s.AbsentSince),
		ConfirmedAt: timeDTO(s.ConfirmedAt), ObservedAt: timeDTO(s.ObservedAt), CreatedAt: timeDTO(s.CreatedAt),
		LastSyncedAt: timeDTO(s.LastSyncedAt), Experience: experienceDTO(s.Experience), Metadata: s.Metadata,
	}
}

// standingFromDTO returns the standing; the zero Standing when the document names no player.
func standingFromDTO(d standingDoc) domain.Standing {
	s, err := domain.RestoreStanding(domain.Standing{
		UserID: userFromNumber(d.UserID), Version: d.Version, Username: d.Username, DisplayName: d.DisplayName,
		Rank: d.Rank, FormerRank: d.FormerRank, RankSince: parseInstant(d.RankSince), Left: domain.TrailOf(d.LeftRanks...),
		Points: d.Points, Kos: d.Kos, Wos: d.Wos, Warnings: d.Warnings, Recommendations: d.Recommendations, Served: d.Served,
		Punishment: domain.Punishment{Status: punishmentFromText(d.Punishment), Until: parseInstant(d.PunishmentUntil)},
		Owed: domain.Owed{
			Status: punishmentFromText(d.OwedStatus), Until: parseInstant(d.OwedUntil), Imposed: d.OwedImposed,
		},
		Hold: d.Hold, Rejected: rejectionFromDTO(d.Rejected), DecidedAt: parseInstant(d.DecidedAt),
		Moves: movesFromTexts(d.Moves), Growth: domain.GrowthOf(d.Growth), AbsentSince: parseInstant(d.AbsentSince),
		ConfirmedAt: parseInstant(d.ConfirmedAt), ObservedAt: parseInstant(d.ObservedAt), CreatedAt: parseInstant(d.CreatedAt),
		LastSyncedAt: parseInstant(d.LastSyncedAt), Experience: experienceFromDTO(d.Experience), Metadata: d.Metadata,
	})
	if err != nil {
		return domain.Standing{}
	}
	return s
}

func rejectionDTO(r domain.Rejection) rejectionDoc {
	if r == (domain.Rejection{}) {
		return rejectionDoc{}
	}
	return rejectionDoc{Action: r.Action.String(), From: r.From, To: r.To, Until: timeDTO(r.Until)}
}

func rejectionFromDTO(d rejectionDoc) domain.Rejection {
	return domain.Rejection{Action: actionFromText(d.Action), From: d.From, To: d.To, Until: parseInstant(d.Until)}
}

func documentFromRejection(r domain.Rejection) document {
	if r == (domain.Rejection{}) {
		return ""
	}
	text, err := documentFrom(rejectionDTO(r))
	if err != nil {
		panic(err) // texts always have a JSON form
	}
	return text
}

// rejectionFromDocument returns the refusal, and none when the document is something else.
func rejectionFromDocument(d document) domain.Rejection {
	var doc rejectionDoc
	if d.decode(&doc) != nil {
		return domain.Rejection{}
	}
	return rejectionFromDTO(doc)
}

func experienceDTO(e domain.Experience) experienceDoc {
	return experienceDoc{UniverseID: e.Universe.Int64(), PlaceID: e.PlaceID, Server: e.Server, Key: e.Key}
}

func experienceFromDTO(d experienceDoc) domain.Experience {
	return domain.Experience{Universe: universeFromNumber(d.UniverseID), PlaceID: d.PlaceID, Server: d.Server, Key: d.Key}
}
