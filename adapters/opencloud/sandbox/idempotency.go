package sandbox

import "time"

const (
	// idempotencyLifetime is the sandbox's choice: Roblox promises an error after the lifetime and does not publish it.
	idempotencyLifetime = 24 * time.Hour
	maxIdempotencyKey   = 255
	maxAnswered         = 10_000
)

// idempotencyPair is what makes two updates one. It counts for one restriction: the same pair sent for another user or
// universe is another update.
type idempotencyPair struct {
	of        restrictionKey
	key       string
	firstSent string
}

// idempotencyPair reads the two query parameters, which must come together; absent is the zero pair.
func (q *request) idempotencyPair(of restrictionKey) (idempotencyPair, error) {
	key, sent := q.query.Get("idempotencyKey.key"), q.query.Get("idempotencyKey.firstSent")
	if key == "" && sent == "" {
		return idempotencyPair{}, nil
	}
	if key == "" || sent == "" || len(key) > maxIdempotencyKey {
		return idempotencyPair{}, invalidArgument("idempotencyKey.key and idempotencyKey.firstSent must come together")
	}
	at, err := time.Parse(time.RFC3339Nano, sent)
	if err != nil {
		return idempotencyPair{}, invalidArgument("idempotencyKey.firstSent must be an RFC 3339 time")
	}
	if q.now.Sub(at) > idempotencyLifetime {
		return idempotencyPair{}, invalidArgument("idempotencyKey.firstSent is older than the key's lifetime")
	}
	return idempotencyPair{of: of, key: key, firstSent: sent}, nil
}

// answeredPairs remembers the answers given to pairs, the latest maxAnswered of them.
type answeredPairs struct {
	answers map[idempotencyPair]restrictionDTO
	order   []idempotencyPair
}

func (a *answeredPairs) look(pair idempotencyPair) (restrictionDTO, bool) {
	dto, found := a.answers[pair]
	return dto, found
}

func (a *answeredPairs) keep(pair idempotencyPair, dto restrictionDTO) {
	if pair == (idempotencyPair{}) {
		return
	}
	if len(a.order) >= maxAnswered {
		delete(a.answers, a.order[0])
		a.order = a.order[1:]
	}
	if a.answers == nil {
		a.answers = map[idempotencyPair]restrictionDTO{}
	}
	a.answers[pair] = dto
	a.order = append(a.order, pair)
}
