package memstore

import (
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// normal returns the standing with its instants in the form of the domain. One without a user, which only an answer can hold, stays
// as it is.
func normal(s domain.Standing) domain.Standing {
	if restored, err := domain.RestoreStanding(s); err == nil {
		return restored
	}
	return s
}

// normalRecord returns the record with its instants in the form of the domain.
func normalRecord(r ports.DecisionRecord) ports.DecisionRecord {
	r.Input = normal(r.Input)
	r.Decision.Until = domain.Instant(r.Decision.Until)
	returned := &r.Decision.Returned
	returned.RankSince, returned.Punishment.Until = domain.Instant(returned.RankSince), domain.Instant(returned.Punishment.Until)
	r.CreatedAt, r.UpdatedAt = domain.Instant(r.CreatedAt), domain.Instant(r.UpdatedAt)
	return r
}
