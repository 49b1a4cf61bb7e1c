package httpapi

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/unicode/norm"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The request headers that steer, as messages name them.
const (
	headerEvaluate       = "x-grps-evaluate"
	headerApply          = "x-grps-apply"
	headerActor          = "x-grps-actor"
	headerExperience     = "x-roblox-experience"
	headerIdempotencyKey = "idempotency-key"

	maxIdempotencyKey = 255 // characters
	maxExperience     = 128 // characters
)

// flag is a switch that a request may leave out.
type flag struct{ on, given bool }

// flags are the two switches of a request.
type flags struct{ evaluate, apply flag }

// flagsOf reads the switches. Apply implies evaluate; what contradicts itself is refused.
func flagsOf(header http.Header) (flags, error) {
	evaluate, err := flagOf(header, headerEvaluate)
	if err != nil {
		return flags{}, err
	}
	apply, err := flagOf(header, headerApply)
	if err != nil {
		return flags{}, err
	}
	if apply.on && evaluate.given && !evaluate.on {
		return flags{}, badHeader(headerEvaluate, "is false while x-grps-apply is true; nothing can be applied without evaluating")
	}
	evaluate.on = evaluate.on || apply.on
	return flags{evaluate, apply}, nil
}

func flagOf(header http.Header, name string) (flag, error) {
	text, given, err := headerText(header, name)
	if err != nil || !given {
		return flag{}, err
	}
	switch strings.ToLower(text) {
	case "true", "1":
		return flag{on: true, given: true}, nil
	case "false", "0":
		return flag{given: true}, nil
	}
	return flag{}, badHeader(name, "must be true or false")
}

// caller returns who makes the request. The error says what is wrong with the headers, or whom and where the key may not speak for.
func caller(c echo.Context) (ports.Caller, error) {
	header := c.Request().Header
	from := ports.Caller{Principal: contextText(c, keyPrincipal), RequestID: requestID(c)}
	if key := callerKey(c); key != nil {
		from.MaxRank = key.MaxRank
	}
	actor, given, err := headerText(header, headerActor)
	if err != nil {
		return ports.Caller{}, err
	}
	if given {
		if from.Actor, err = domain.ParseUserID(actor); err != nil {
			return ports.Caller{}, badHeader(headerActor, "must be a Roblox user id in plain digits")
		}
		if err := mayActFor(c, from.Actor); err != nil {
			return ports.Caller{}, err
		}
	}
	experience, _, err := headerText(header, headerExperience)
	if err != nil {
		return ports.Caller{}, err
	}
	if hasHidden(experience) || utf8.RuneCountInString(experience) > maxExperience {
		return ports.Caller{}, badHeader(headerExperience, "must be at most 128 printable characters")
	}
	from.Experience = norm.NFC.String(experience)
	return from, mayCallFrom(callerKey(c), from.Experience)
}

// idempotencyKey returns the key of the request, "" when it has none.
func idempotencyKey(header http.Header) (string, error) {
	key, given, err := headerText(header, headerIdempotencyKey)
	if err == nil && given && !printableASCII(key, maxIdempotencyKey) {
		err = badHeader(headerIdempotencyKey, "must be 1 to 255 printable ASCII characters")
	}
	return key, err
}

// headerText returns a header without space around it, and whether it was sent. Sent twice it must say the same twice.
func headerText(header http.Header, name string) (text string, given bool, err error) {
	for i, value := range header.Values(name) {
		value = strings.TrimSpace(value)
		if i > 0 && value != text {
			return "", false, badHeader(name, "was sent twice with different values")
		}
		text, given = value, true
	}
	return text, given, nil
}

func badHeader(name, message string) error {
	return refuse(http.StatusBadRequest, "header_invalid", "the header %s %s", name, message)
}

// printableASCII reports whether text has 1 to longest characters, all of them visible ASCII or spaces.
func printableASCII(text string, longest int) bool {
	for i := range len(text) {
		if text[i] < 0x20 || text[i] > 0x7e {
			return false
		}
	}
	return text != "" && len(text) <= longest
}

// hasHidden reports whether text has characters that change how it is shown or parsed without being seen, or is not UTF-8.
func hasHidden(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Noncharacter_Code_Point)
	})
}
