package httpapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	pathNotifications = "/roblox/webhooks"
	headerRoblox      = "roblox-signature"
	robloxPrincipal   = "roblox" // who asks for what Roblox notifies of

	eventErasure = "RightToErasureRequest"

	notifiedWithin  = 10 * time.Minute // before and after it was signed
	maxNotification = 255              // characters of its id
)

// notified answers POST /roblox/webhooks. A notification is stored, not carried out, before it is answered; what is not about erasure is
// taken and left at that.
func (s *Server) notified(c echo.Context) error {
	body, err := s.signedBody(c)
	if err != nil {
		return err
	}
	f, err := readFields(body)
	if err != nil {
		return err
	}
	if event := f.required("EventType").verbatim("EventType"); event != eventErasure && f.findings.err() == nil {
		return answer(c, notifiedDTO{Status: "ignored"})
	}
	id := f.required("NotificationId").verbatim("NotificationId")
	if id != "" && !printableASCII(id, maxNotification) {
		f.fault("NotificationId", "must be at most 255 printable ASCII characters")
	}
	user := f.required("EventPayload").nested("EventPayload").required("UserId").userID("UserId")
	if err := f.findings.err(); err != nil {
		return err
	}
	erasure, added, err := s.options.Eraser.Erase(c.Request().Context(), ports.EraseRequest{
		Caller: ports.Caller{Principal: robloxPrincipal, RequestID: requestID(c)}, User: user, Notification: id,
	})
	if err != nil {
		return err
	}
	status := "accepted"
	if !added {
		status = "duplicate"
	}
	return answer(c, notifiedDTO{Status: status, Erasure: &erasure.ID})
}

// notifiedDTO is the answer to a notification.
type notifiedDTO struct {
	Status  string  `json:"status"`            // accepted, duplicate or ignored
	Erasure *string `json:"erasure,omitempty"` // which erasure that is
}

// signedBody returns the body as Roblox signed it. The signature is that of the bytes on the wire, and of its time.
func (s *Server) signedBody(c echo.Context) ([]byte, error) {
	c.Set(keyPrincipal, robloxPrincipal)
	if len(s.options.NotificationSecrets) == 0 {
		return nil, &domain.Error{
			Kind: domain.KindBlocked, Code: "notifications_not_configured",
			Message: "notifications of Roblox are not taken: set ROBLOX_WEBHOOK_SECRET to the secret that the webhook has at Roblox",
		}
	}
	at, mac, err := robloxSignature(c.Request().Header)
	if err != nil {
		return nil, unsigned(c, deniedUnsigned, err.Error())
	}
	limit := s.options.Limits.of(c)
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return nil, bodyError(err, limit)
	}
	valid := false
	for _, secret := range s.options.NotificationSecrets {
		h := hmac.New(sha256.New, []byte(secret))
		h.Write([]byte(at + "."))
		h.Write(body)
		valid = hmac.Equal(mac, h.Sum(nil)) || valid // every secret is tried, so the time taken tells nothing about them
	}
	if !valid {
		return nil, unsigned(c, deniedSignature, "the signature in the header "+headerRoblox+" is not that of this body")
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if age := s.options.Clock.Now().Sub(time.Unix(seconds, 0)); err != nil || age < -notifiedWithin || age > notifiedWithin {
		return nil, unsigned(c, deniedTimestamp, "the notification was signed more than 10 minutes ago, or in the future")
	}
	return body, nil
}

// unsigned returns the refusal of a notification that was not signed as it must be.
func unsigned(c echo.Context, reason, detail string) error {
	c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Signature header="`+headerRoblox+`"`)
	return deny(reason, "", refuse(http.StatusUnauthorized, codeSignatureRequired, "%s", detail))
}

// robloxSignature returns the time and the code of the only signature in the headers: t=<Unix seconds>,v1=<base64>, in any order.
func robloxSignature(header http.Header) (at string, mac []byte, err error) {
	wrong := func(what string) error {
		return refusalText("the header " + headerRoblox + " " + what + "; it must be t=<Unix seconds>,v1=<base64 HMAC-SHA256>")
	}
	values := header.Values(headerRoblox)
	if len(values) != 1 {
		return "", nil, wrong("must be there once")
	}
	code := ""
	for part := range strings.SplitSeq(values[0], ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case name == "t" && at == "":
			at = value
		case name == "v1" && code == "":
			code = value
		case name == "t" || name == "v1":
			return "", nil, wrong("says something twice")
		}
	}
	if at == "" || code == "" {
		return "", nil, wrong("lacks the time or the signature")
	}
	if mac, err = base64.StdEncoding.DecodeString(code); err != nil {
		return "", nil, wrong("is not in base64")
	}
	return at, mac, nil
}

// refusalText is what is wrong with a header, for the refusal.
type refusalText string

func (t refusalText) Error() string { return string(t) }
