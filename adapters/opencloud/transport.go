package opencloud

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// newHTTPClient returns a client that sends the key nowhere but to the configured host: Go forwards x-api-key along redirects, so
// none is followed, and a proxy from the environment would see it over plain HTTP.
func newHTTPClient(base string, t Timeouts, transport http.RoundTripper) *http.Client {
	dialer := &net.Dialer{Timeout: t.Dial, KeepAlive: 30 * time.Second}
	if strings.HasPrefix(base, "http:") {
		dialer.Control = loopbackOnly
	}
	if transport == nil {
		transport = &http.Transport{
			Proxy:                  nil,
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    t.TLS,
			ResponseHeaderTimeout:  t.Header,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    16,
			MaxConnsPerHost:        64,
			IdleConnTimeout:        90 * time.Second,
			ForceAttemptHTTP2:      true,
		}
	}
	return &http.Client{
		Timeout:       t.Total,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     transport,
	}
}

var errNotLoopback = errors.New("plain http is for loopback addresses only, and the host's name leads elsewhere")

// loopbackOnly refuses to connect anywhere but to this machine: what "localhost" means is for the resolver to say.
func loopbackOnly(_, address string, _ syscall.RawConn) error {
	if to, err := netip.ParseAddrPort(address); err == nil && to.Addr().IsLoopback() {
		return nil
	}
	return errNotLoopback
}
