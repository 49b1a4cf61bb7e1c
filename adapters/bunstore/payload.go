package bunstore

import (
	"encoding/json"
	"strconv"

	"github.com/grps/grps/domain"
)

// payloadDoc is what a game reported, under the names of the HTTP body, so that dashboards read in the column what games send.
type payloadDoc struct {
	UserID          int64           `json:"userId"`
	Username        string          `json:"username"`
	DisplayName     string          `json:"displayName,omitempty"`
	Rank            string          `json:"rank,omitempty"`
	Points          int64           `json:"rankPoints"`
	Kos             int64           `json:"kos"`
	Wos             int64           `json:"wos"`
	Warnings        *int64          `json:"warnings,omitempty"`
	Recommendations *int64          `json:"recommendations,omitempty"`
	Punishment      string          `json:"punishmentStatus,omitempty"`
	PunishmentUntil string          `json:"punishmentExpiresAt,omitempty"`
	Experience      experienceDoc   `json:"experience,omitzero"`
	Metadata        json.RawMessage `json:"metadata,omitempty"`
	GroupID         int64           `json:"groupId,omitempty"`
	ObservedAt      string          `json:"observedAt,omitempty"`
}

func payloadDTO(r domain.Report) payloadDoc {
	return payloadDoc{
		UserID: r.UserID.Int64(), Username: r.Username, DisplayName: r.DisplayName, Rank: r.Rank,
		Points: r.Points, Kos: r.Kos, Wos: r.Wos, Warnings: countDTO(r.Warnings), Recommendations: countDTO(r.Recommendations),
		Punishment: r.Punishment.String(), PunishmentUntil: timeDTO(r.PunishmentUntil), Experience: experienceDTO(r.Experience),
		Metadata: json.RawMessage(r.Metadata), GroupID: r.GroupID, ObservedAt: timeDTO(r.ObservedAt),
	}
}

// reportFromPayload returns what a payload says of the player. It is read member by member: other programs write payloads too, and
// a member that is absent, or of another type than games send, is as if it was not reported.
func reportFromPayload(user domain.UserID, d document) domain.Report {
	p := membersOf([]byte(d))
	experience := membersOf(p["experience"])
	return domain.Report{
		UserID: user, Username: p.text("username"), DisplayName: p.text("displayName"), Rank: p.text("rank"),
		Points: p.number("rankPoints"), Kos: p.number("kos"), Wos: p.number("wos"),
		Warnings: p.count("warnings"), Recommendations: p.count("recommendations"),
		Punishment:      punishmentFromText(p.text("punishmentStatus")),
		PunishmentUntil: parseInstant(p.text("punishmentExpiresAt")),
		Experience: domain.Experience{
			Universe: universeFromNumber(experience.number("universeId")), PlaceID: experience.number("placeId"),
			Server: experience.text("server"), Key: experience.text("experienceKey"),
		},
		GroupID:    p.number("groupId"),
		Metadata:   metadataFromDocument(document(p["metadata"])),
		ObservedAt: parseInstant(p.text("observedAt")),
	}
}

func countDTO(c domain.Count) *int64 {
	if n, reported := c.Get(); reported {
		return &n
	}
	return nil
}

// members are the members of a JSON object.
type members map[string]json.RawMessage

// membersOf returns none for what is no JSON object.
func membersOf(text []byte) members {
	var m members
	if json.Unmarshal(text, &m) != nil {
		return nil
	}
	return m
}

// text returns "" when there is no such text.
func (m members) text(name string) string {
	var text string
	if json.Unmarshal(m[name], &text) != nil {
		return ""
	}
	return text
}

// number returns 0 when there is no such whole number.
func (m members) number(name string) int64 { return m.count(name).Or(0) }

// count returns the whole number, also one that is written as a text, as ids may be.
func (m members) count(name string) domain.Count {
	written := string(m[name])
	if text := m.text(name); text != "" {
		written = text
	}
	n, err := strconv.ParseInt(written, 10, 64)
	if err != nil {
		return domain.Count{}
	}
	return domain.CountOf(n)
}
