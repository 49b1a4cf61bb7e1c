package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/grps/grps/domain"
)

const (
	maxRows     = 100 // of one list
	maxPageMark = 128 // characters of a cursor in a query
)

// query reads the parameters of a request. It keeps the first fault it meets, so a handler takes all that it needs and looks at err
// once. Parameters that no handler takes are ignored.
type query struct {
	values url.Values
	err    error // a refusal; nil while nothing is wrong
}

func queryOf(u *url.URL) *query {
	values, err := url.ParseQuery(u.RawQuery)
	q := &query{values: values}
	if err != nil {
		q.err = badQuery("the query cannot be read; encode its parts")
	}
	return q
}

// text returns a parameter as it was sent, and whether it was. One that stands there twice is a fault.
func (q *query) text(name string) (string, bool) {
	given := q.values[name]
	if len(given) == 0 {
		return "", false
	}
	if len(given) > 1 {
		q.fault(name, "must stand there once")
		return "", false
	}
	return given[0], true
}

// limit returns the parameter limit, 1 … maxRows in plain digits, or otherwise when it is absent.
func (q *query) limit(otherwise int) int {
	text, given := q.text("limit")
	if !given {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || strconv.Itoa(n) != text || n < 1 || n > maxRows {
		q.fault("limit", fmt.Sprintf("must be a whole number from 1 to %d", maxRows))
	}
	return n
}

// flag returns a switch that is on when the parameter stands there, unless it says false or 0.
func (q *query) flag(name string) bool {
	switch text, given := q.text(name); text {
	case "", "true", "1":
		return given
	case "false", "0":
	default:
		q.fault(name, "must be true or false")
	}
	return false
}

// cursor returns the parameter cursor; "" when it is absent. What it means is the use case's to say.
func (q *query) cursor() string {
	text, _ := q.text("cursor")
	if text != "" && !printableASCII(text, maxPageMark) {
		q.fault("cursor", "must be a nextCursor of an earlier answer")
	}
	return text
}

// revision returns the revision of a policy; "" when it is absent.
func (q *query) revision(name string) string {
	text, given := q.text(name)
	if given && !printableASCII(text, maxPageMark) {
		q.fault(name, "must be the policyRevision of a decision")
	}
	return text
}

// userID returns a Roblox user id in plain digits; nobody when it is absent.
func (q *query) userID(name string) domain.UserID {
	text, given := q.text(name)
	if !given {
		return domain.UserID{}
	}
	user, err := domain.ParseUserID(text)
	if err != nil {
		q.fault(name, "must be a Roblox user id in plain digits")
	}
	return user
}

// uuid returns an id of something that has a UUID; "" when it is absent.
func (q *query) uuid(name string) string {
	text, given := q.text(name)
	if given && !looksLikeUUID(text) {
		q.fault(name, "must be an id such as 01890a5d-ac96-774b-bcce-b302099a8057")
	}
	return strings.ToLower(text)
}

// action returns an action that the ledger can hold; ActionNone when it is absent.
func (q *query) action(name string) domain.Action {
	text, given := q.text(name)
	if !given {
		return domain.ActionNone
	}
	action, err := domain.ParseAction(text)
	if err != nil || action == domain.ActionNone {
		q.fault(name, "must be PROMOTE, DEMOTE, SUSPEND, BAN or RESTORE")
	}
	return action
}

// status returns a status that a decision in the ledger can have; "" when it is absent.
func (q *query) status(name string) domain.Status {
	text, given := q.text(name)
	if !given {
		return ""
	}
	switch status := domain.Status(text); status {
	case domain.StatusAwaitingApproval, domain.StatusPending, domain.StatusApplied, domain.StatusFailed, domain.StatusSuperseded,
		domain.StatusRejected, domain.StatusUndone, domain.StatusHeld, domain.StatusExpired:
		return status
	case domain.StatusAdvisory, domain.StatusNone: // such decisions are answered, not kept
	}
	q.fault(name, "must be awaiting_approval, held, pending, applied, failed, superseded, rejected, expired or undone")
	return ""
}

// instant returns a time written in RFC 3339; the zero time when it is absent.
func (q *query) instant(name string) time.Time {
	text, given := q.text(name)
	if !given {
		return time.Time{}
	}
	var at time.Time
	err := at.UnmarshalText([]byte(text))
	at = domain.Instant(at)
	if err != nil || at.Year() < firstYear || at.Year() > lastYear {
		q.fault(name, `must be an RFC 3339 instant between 1970 and 9999, such as "2026-01-02T15:04:05Z"; write a + in it as %2B`)
	}
	return at
}

func (q *query) fault(name, message string) {
	if q.err == nil {
		q.err = badQuery("the query parameter " + name + " " + message)
	}
}

func badQuery(detail string) error {
	return refuse(http.StatusBadRequest, "query_invalid", "%s", detail)
}
