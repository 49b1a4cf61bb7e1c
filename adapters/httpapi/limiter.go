package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
)

// The headers that tell a caller how much of a limit is left: how many requests at once, how many of them now, and in how many seconds
// all of them again.
const (
	headerRateLimit     = "X-Ratelimit-Limit"
	headerRateRemaining = "X-Ratelimit-Remaining"
	headerRateReset     = "X-Ratelimit-Reset"
)

const (
	codeRateLimited = "rate_limited"
	reportsPerUnit  = 100    // of a batch that cost as much as one request
	maxRemembered   = 16_384 // addresses, and keys, whose spending is remembered
)

// limiter holds callers to their rates, by the address that they come from and by the key that they have.
type limiter struct {
	limits    Limits
	trusted   []netip.Prefix
	addresses *buckets[netip.Addr]
	failures  *buckets[netip.Addr]
	keys      *buckets[string]
}

func newLimiter(limits Limits, trusted []netip.Prefix) *limiter {
	return &limiter{
		limits: limits, trusted: trusted,
		addresses: newBuckets[netip.Addr](maxRemembered), failures: newBuckets[netip.Addr](maxRemembered),
		keys: newBuckets[string](maxRemembered),
	}
}

// exempt reports whether a request is of those who watch over the process: it is answered however much is asked for otherwise. One that
// brings a key to a route where that matters is like any other.
func exempt(c echo.Context) bool {
	return strings.HasPrefix(c.Path(), pathHealth) && (c.Path() != pathReady || len(c.Request().Header.Values(headerKey)) == 0)
}

// byAddress refuses whoever asks too often from one address, or failed to authenticate from it too often, before anything else is looked at.
func (l *limiter) byAddress(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if exempt(c) {
			return next(c)
		}
		client, now := household(clientOf(c.Request(), l.trusted)), began(c)
		if a := l.failures.peek(client, pace(l.limits.Failures), now); !a.granted() {
			return refuseRate(c, a, "too many requests without a valid key come from this address")
		}
		a := l.addresses.spend(client, pace(l.limits.Address), 1, now)
		if !a.granted() {
			return refuseRate(c, a, "too many requests come from this address")
		}
		showRate(c, a)
		err := next(c)
		if unauthenticated(err) || c.Get(keyStranger) != nil {
			l.failures.spend(client, pace(l.limits.Failures), 1, now)
		}
		return err
	}
}

// byKey refuses whoever asks too often with one key.
func (l *limiter) byKey(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if exempt(c) {
			return next(c)
		}
		if err := l.charge(c, 1); err != nil {
			return err
		}
		return next(c)
	}
}

// charge takes cost off what the caller's key may spend, which may have a rate of its own. The error is a refusal that takes nothing.
func (l *limiter) charge(c echo.Context, cost int) error {
	key := callerKey(c)
	if cost <= 0 || key == nil {
		return nil
	}
	rate := pace(key.Rate)
	if !rate.limited() {
		rate = pace(l.limits.Key)
	}
	a := l.keys.spend(key.Name, rate, cost, began(c))
	if !a.granted() {
		return refuseRate(c, a, "this caller makes too many requests")
	}
	showRate(c, a)
	return nil
}

// chargeBatch takes off what a batch costs beyond one request: as much for each further hundred of its reports.
func (l *limiter) chargeBatch(c echo.Context, reports int) error {
	return l.charge(c, (reports-1)/reportsPerUnit)
}

// showRate tells the caller what is left. Of the limits that a request meets it tells of the one that has the least left.
func showRate(c echo.Context, a allowance) {
	if !a.rate.limited() {
		return
	}
	header := c.Response().Header()
	if told, err := strconv.Atoi(header.Get(headerRateRemaining)); err == nil && told < a.left {
		return
	}
	header.Set(headerRateLimit, strconv.Itoa(a.rate.burst()))
	header.Set(headerRateRemaining, strconv.Itoa(a.left))
	header.Set(headerRateReset, strconv.FormatInt(int64((a.whole+time.Second-1)/time.Second), 10))
}

func refuseRate(c echo.Context, a allowance, what string) error {
	showRate(c, a)
	return &domain.Error{
		Kind: domain.KindExhausted, Code: codeRateLimited, RetryAfter: a.wait,
		Message: fmt.Sprintf("%s: %g a second are answered, %d at once; wait as long as Retry-After says", what, a.rate.PerSecond, a.rate.burst()),
	}
}

// unauthenticated reports whether a request was refused for its key or its signature.
func unauthenticated(err error) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && r.status == http.StatusUnauthorized
}
