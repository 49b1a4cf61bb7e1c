package bunstore

import "github.com/grps/grps/domain"

// effectDoc is what an effect says besides its kind and its player.
type effectDoc struct {
	Rank   string   `json:"rank,omitempty"`
	Expect []string `json:"expect,omitempty"`
	Active bool     `json:"active,omitempty"`
	Until  string   `json:"until,omitempty"`
	Alert  alertDoc `json:"alert,omitzero"`
}

// alertDoc is something to tell that concerns no player.
type alertDoc struct {
	ID    string `json:"id"`
	Topic string `json:"topic"`
	Text  string `json:"text"`
}

func effectDTO(e domain.Effect) effectDoc {
	return effectDoc{
		Rank: e.Rank, Expect: e.Expect.Names(), Active: e.Active, Until: timeDTO(e.Until), Alert: alertDoc(e.Alert),
	}
}

func effectFromDTO(kind domain.EffectKind, user domain.UserID, d effectDoc) domain.Effect {
	return domain.Effect{
		Kind: kind, User: user, Rank: d.Rank, Expect: domain.TrailOf(d.Expect...), Active: d.Active, Until: parseInstant(d.Until),
		Alert: domain.Alert(d.Alert),
	}
}
