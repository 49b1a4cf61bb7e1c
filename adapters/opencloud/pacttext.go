package opencloud

import (
	"encoding/json"
	"slices"
)

// pactDTO is a pact in the store. Its instants are told by how long after At they come, and those before it are not told apart.
type pactDTO struct {
	At    int64              `json:"at"`
	Until map[string]int64   `json:"until"`
	Pools map[string]poolDTO `json:"pools"`
}

type poolDTO struct {
	Per    int64               `json:"per"`
	Free   turnsDTO            `json:"free"`
	Held   map[string]turnsDTO `json:"held,omitempty"`
	Wants  map[string]want     `json:"wants,omitempty"`
	Closed int64               `json:"closed,omitempty"`
	Code   string              `json:"code,omitempty"`
}

// turnsDTO is turns in the store: how many may be used now, then in how long each of the others may.
type turnsDTO []int64

// mostTurns is more than any limit allows for.
const mostTurns = 100_000

func packed(turns []int64, at int64) turnsDTO {
	dto := turnsDTO{0}
	for _, turn := range shifted(turns, -at) {
		if turn == 0 {
			dto[0]++
		} else {
			dto = append(dto, turn)
		}
	}
	return dto
}

func (d turnsDTO) unpacked(at int64) []int64 {
	if len(d) == 0 {
		return nil
	}
	turns := make([]int64, clamp(int(d[0]), mostTurns), clamp(int(d[0]), mostTurns)+len(d)-1)
	return shifted(append(turns, d[1:]...), at)
}

// parsePact reads what pact.text wrote; anything else is a pact that nothing was agreed on in.
func parsePact(text string) *pact {
	p := &pact{until: make(map[string]int64), pools: make(map[string]*pool)}
	var dto pactDTO
	if json.Unmarshal([]byte(text), &dto) != nil {
		return p
	}
	p.at = dto.At
	for id, span := range dto.Until {
		p.until[id] = dto.At + span
	}
	for name, d := range dto.Pools {
		pl := &pool{
			per: d.Per, free: d.Free.unpacked(dto.At), held: make(map[string][]int64), wants: make(map[string]want),
			closed: dto.At + d.Closed, code: d.Code,
		}
		for id, turns := range d.Held {
			pl.held[id] = turns.unpacked(dto.At)
		}
		for id, w := range d.Wants {
			pl.wants[id] = w
		}
		p.pools[name] = pl
	}
	return p
}

func (p *pact) text() (string, error) {
	dto := pactDTO{At: p.at, Until: make(map[string]int64), Pools: make(map[string]poolDTO)}
	for id, until := range p.until {
		dto.Until[id] = until - p.at
	}
	for name, pl := range p.pools {
		d := poolDTO{
			Per: pl.per, Free: packed(pl.free, p.at), Held: make(map[string]turnsDTO), Wants: pl.wants,
			Closed: max(pl.closed-p.at, 0), Code: pl.code,
		}
		for id, turns := range pl.held {
			d.Held[id] = packed(turns, p.at)
		}
		dto.Pools[name] = d
	}
	text, err := json.Marshal(dto)
	return string(text), err
}

// shifted returns instants so much later, none of them before the origin, in order.
func shifted(instants []int64, by int64) []int64 {
	moved := make([]int64, len(instants))
	for i, at := range instants {
		moved[i] = max(at+by, 0)
	}
	slices.Sort(moved)
	return moved
}
