package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/grps/grps/domain"
)

// errPrivate refuses an address at the moment of connecting to it.
var errPrivate = errors.New("the address is not on the Internet")

// undelivered explains why a request was not answered. What the network says is not repeated: it may hold the address, and words of the
// receiver.
func undelivered(err error) error {
	var network net.Error
	_, unknownHost := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case errors.Is(err, errPrivate):
		return &domain.Error{
			Kind: domain.KindBlocked, Code: "webhook_private",
			Message: "the webhook's host leads to a private, loopback or link-local address; WEBHOOK_ALLOW_PRIVATE=true allows that",
		}
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return timedOut()
	case unknownHost:
		return unavailable("webhook_no_host", "the webhook's host has no address")
	case untrusted:
		return unavailable("webhook_certificate", "the webhook's host shows a certificate that is not to be trusted")
	case errors.Is(err, syscall.ECONNREFUSED):
		return unavailable("webhook_no_server", "nothing listens at the webhook's address")
	}
	return unavailable("webhook_broken", "the connection to the webhook broke before it answered")
}

func timedOut() error { return unavailable("webhook_timeout", "the webhook did not answer in time") }

func unavailable(code, message string) error {
	return &domain.Error{Kind: domain.KindUnavailable, Code: code, Message: message}
}

// refusal returns what an answer means; nil when the message was taken. after is how long the receiver wants to be left alone.
func refusal(status int, after time.Duration) error {
	e := &domain.Error{Message: fmt.Sprintf("the webhook answered %d %s", status, http.StatusText(status)), RetryAfter: after}
	switch {
	case status >= 200 && status <= 299:
		return nil
	case status == http.StatusTooManyRequests:
		e.Kind, e.Code = domain.KindExhausted, "webhook_limited"
	case status == http.StatusRequestTimeout, status == http.StatusConflict, status == http.StatusTooEarly, status >= 500, status < 300:
		e.Kind, e.Code = domain.KindUnavailable, "webhook_failing"
	case status <= 399:
		e.Kind, e.Code = domain.KindBlocked, "webhook_redirects"
		e.Message += "; redirects are not followed, so name the address that it leads to"
	case status == http.StatusNotFound, status == http.StatusGone:
		e.Kind, e.Code = domain.KindNotFound, "webhook_gone"
		e.Message += "; there is nothing to tell at its address any more"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Kind, e.Code = domain.KindDenied, "webhook_denied"
	default:
		e.Kind, e.Code = domain.KindInvalid, "webhook_refused"
	}
	return e
}
