package httpapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

const (
	headerSignature = "x-grps-signature"
	syncActivity    = "leaderboard"

	maxSync     = 500 // entries of one pull
	defaultSync = 100
	maxCursor   = 2048 // bytes
)

// sync answers POST /sync/roblox.
func (s *Server) sync(c echo.Context) error {
	from, err := caller(c)
	if err != nil {
		return err
	}
	if err := mayReport(callerKey(c), from.Experience, domain.Experience{}); err != nil {
		return err
	}
	body, err := s.body(c)
	if err != nil {
		return err
	}
	if err := s.verify(c, body); err != nil {
		return err
	}
	request, err := readSync(body, from)
	if err != nil {
		return err
	}
	result, err := s.options.Syncer.Sync(c.Request().Context(), request)
	if err != nil {
		return err
	}
	return answer(c, syncDTO{Updated: result.Updated, Created: result.Created, NextCursor: textOrNull(result.Next)})
}

// verify checks the signature of a body as it was before its content encoding, when a secret is configured. A request that is signed as a
// whole needs no other one.
func (s *Server) verify(c echo.Context, body []byte) error {
	if key := callerKey(c); s.options.SignatureSecret == "" || key != nil && key.Signed {
		return nil
	}
	text, _, err := headerText(c.Request().Header, headerSignature)
	if err != nil {
		return err
	}
	given, err := hex.DecodeString(text)
	mac := hmac.New(sha256.New, []byte(s.options.SignatureSecret))
	mac.Write(body)
	if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Signature header="`+headerSignature+`"`)
		return deny(deniedSignature, "", refuse(http.StatusUnauthorized, codeSignatureRequired,
			"send the hex HMAC-SHA256 of the body in the header %s", headerSignature))
	}
	return nil
}

// readSync returns the request that a body holds.
func readSync(body []byte, from ports.Caller) (ports.SyncRequest, error) {
	f, err := readStrictly(body)
	if err != nil {
		return ports.SyncRequest{}, err
	}
	request := ports.SyncRequest{Caller: from, Limit: defaultSync}
	if activity := f.required("activity").take("activity"); activity != "" && (!activity.isText() || activity.text() != syncActivity) {
		f.fault("activity", `must be "`+syncActivity+`"`)
	}
	if limit, ok := f.integer("limit"); ok {
		if limit < 1 || limit > maxSync {
			f.fault("limit", fmt.Sprintf("must be 1 … %d", maxSync))
		}
		request.Limit = int(min(max(limit, 1), maxSync))
	}
	request.Cursor = f.verbatim("cursor")
	if len(request.Cursor) > maxCursor || hasHidden(request.Cursor) {
		f.fault("cursor", "must be a nextCursor of an earlier answer")
	}
	return request, f.findings.err()
}

// syncDTO is the answer to a pull.
type syncDTO struct {
	Updated    int     `json:"updated"`
	Created    int     `json:"created"`
	NextCursor *string `json:"nextCursor"`
}
