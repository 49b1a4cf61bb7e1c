package httpapi

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// The headers of a signed request, besides that of the signature.
const (
	headerKeyName   = "x-grps-key-name"
	headerTimestamp = "x-grps-timestamp"
	headerNonce     = "x-grps-nonce"

	canonicalForm = "grps-v1" // its first line, so that another form can follow one day
	maxNonce      = 128       // characters

	// signatureWindow is how far the clocks of two machines may be apart: as much earlier or later a request may be signed.
	signatureWindow = 5 * time.Minute
	// nonceKeep is how long after its timestamp a request is remembered: for the window, and as much again for replicas whose clocks differ.
	nonceKeep = 2 * signatureWindow

	codeSignatureRequired = "signature_required"
)

// signedHeaders are the headers that a signature covers: those that say for whom, from where and what else is to be done. They are in the
// order of the canonical form.
func signedHeaders() []string {
	return []string{headerIdempotencyKey, headerActor, headerApply, headerEvaluate, headerNonce, headerExperience}
}

// isSigned reports whether a request says that it is signed. A signature without a timestamp is that of the body of POST /sync/roblox.
func isSigned(header http.Header) bool { return len(header.Values(headerTimestamp)) > 0 }

// signer returns the key that signed a request, or the refusal. The signature is computed whether there is a key of that name or not.
func (k keyring) signer(c echo.Context) (*Key, error) {
	r := c.Request()
	body, err := k.wholeBody(c)
	if err != nil {
		return nil, err
	}
	signed, err := signedFrom(r, body)
	if err != nil {
		return nil, err
	}
	key := k.named(signed.keyName)
	good := signed.signedWith(key)
	switch {
	case key == nil:
		return nil, challengeSignature(c, deniedUnknownKey, "", "")
	case !good:
		return nil, challengeSignature(c, deniedSignature, key.Name, "")
	case len(r.Header.Values(headerKey)) > 0:
		return nil, challengeSignature(c, deniedSignature, key.Name, "a signed request must not hold a secret; leave x-grps-api-key out")
	case !key.Live(began(c)):
		return nil, challengeSignature(c, deniedNotLive, key.Name, "")
	}
	if apart := began(c).Sub(signed.at).Abs(); apart > signatureWindow {
		return nil, challengeSignature(c, deniedTimestamp, key.Name, fmt.Sprintf(
			"x-grps-timestamp is %d seconds away from the time of the service; %d are allowed", int64(apart/time.Second), int64(signatureWindow/time.Second)))
	}
	fresh, err := k.spend(r.Context(), key, signed)
	if err != nil {
		return nil, fmt.Errorf("remember the signature of a request: %w", err)
	}
	if !fresh {
		return nil, challengeSignature(c, deniedReplay, key.Name,
			"this request was made already; sign each anew, and give those of one second an x-grps-nonce of their own")
	}
	return key, nil
}

// spend keeps the nonce of a signed request, once there is a place for that, and reports whether it is new.
func (k keyring) spend(ctx context.Context, key *Key, signed signedRequest) (bool, error) {
	begun, err := k.gate.enter(ctx, key.Name)
	if err != nil {
		return false, err
	}
	defer k.gate.leave(begun)
	return k.nonces.SpendNonce(ctx, signed.nonceOf(key), signed.at.Add(nonceKeep))
}

// challengeSignature returns the refusal of a request that is not signed as it should be. Without words of its own it is the same whatever
// is wrong.
func challengeSignature(c echo.Context, reason, key, words string) error {
	if words == "" {
		words = "send a valid signature in x-grps-signature, with the name of its key in x-grps-key-name and the time in x-grps-timestamp"
	}
	c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Signature header="`+headerSignature+`"`)
	return deny(reason, key, refuse(http.StatusUnauthorized, codeSignatureRequired, "%s", words))
}

// wholeBody returns the body of a request as it was sent, and leaves it there for the handler.
func (k keyring) wholeBody(c echo.Context) ([]byte, error) {
	r := c.Request()
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyError(err, k.limits.of(c))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// named returns the key of that name; nil for none. As with secrets, every key is compared.
func (k keyring) named(name string) *Key {
	var found *Key
	for _, keys := range [...][]Key{k.fixed, k.changing()} {
		for i := range keys {
			if subtle.ConstantTimeCompare([]byte(keys[i].Name), []byte(name)) == 1 {
				found = &keys[i]
			}
		}
	}
	return found
}

// signedRequest is what a signature says and covers.
type signedRequest struct {
	keyName   string
	at        time.Time
	nonce     string // "" for none
	signature []byte
	canonical []byte
}

// signedFrom takes a signed request apart. The error refuses headers that nobody can read.
func signedFrom(r *http.Request, body []byte) (signedRequest, error) {
	texts := make(map[string]string)
	for _, name := range append(signedHeaders(), headerKeyName, headerTimestamp, headerSignature) {
		text, given, err := headerText(r.Header, name)
		if err != nil {
			return signedRequest{}, err
		}
		if name == headerNonce && given && !printableASCII(text, maxNonce) {
			return signedRequest{}, badHeader(headerNonce, "must be 1 to 128 printable ASCII characters")
		}
		texts[name] = text
	}
	seconds, err := strconv.ParseInt(texts[headerTimestamp], 10, 64)
	if err != nil || strconv.FormatInt(seconds, 10) != texts[headerTimestamp] || seconds < 0 || seconds > maxTimestamp {
		return signedRequest{}, badHeader(headerTimestamp, "must be the Unix time in whole seconds")
	}
	signature, err := hex.DecodeString(texts[headerSignature])
	if err != nil {
		signature = nil // it fits nothing
	}
	return signedRequest{
		keyName: texts[headerKeyName], at: time.Unix(seconds, 0).UTC(), nonce: texts[headerNonce], signature: signature,
		canonical: canonical(r, texts, body),
	}, nil
}

// maxTimestamp is the last second of the year 9999.
const maxTimestamp = 253402300799

// canonical returns the text that is signed; the README spells it out.
func canonical(r *http.Request, headers map[string]string, body []byte) []byte {
	hash := sha256.Sum256(body)
	lines := []string{canonicalForm, headers[headerTimestamp], r.Method, r.URL.RequestURI()}
	for _, name := range signedHeaders() {
		lines = append(lines, name+":"+headers[name])
	}
	return []byte(strings.Join(append(lines, hex.EncodeToString(hash[:])), "\n"))
}

// signedWith reports whether the signature is that of a key that signs. For no key it takes the same time.
func (s signedRequest) signedWith(key *Key) bool {
	signs := 1
	if key == nil || !key.Signed {
		key, signs = &Key{}, 0
	}
	mac := hmac.New(sha256.New, key.Digest[:])
	mac.Write(s.canonical)
	return subtle.ConstantTimeCompare(s.signature, mac.Sum(nil))&signs == 1
}

// nonceOf returns what of the request may be used once with the key: its nonce, or the signature where it has none.
func (s signedRequest) nonceOf(key *Key) string {
	text := "signature\n" + string(s.signature)
	if s.nonce != "" {
		text = "nonce\n" + s.nonce
	}
	sum := sha256.Sum256([]byte(key.Name + "\n" + text))
	return hex.EncodeToString(sum[:])
}

// usableNonces returns an error when keys may sign and nobody remembers what they signed.
func usableNonces(o Options) error {
	signs := o.KeySource != nil
	for _, key := range o.Keys {
		signs = signs || key.Signed
	}
	if signs && o.Nonces == nil {
		return errors.New("httpapi: the option Nonces is required with KeySource, and with keys that sign")
	}
	return nil
}
