package webhook

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// How long one message may take.
const (
	dialTime  = 3 * time.Second
	tlsTime   = 3 * time.Second
	totalTime = 8 * time.Second
)

// controlFunc judges an address right before it is connected to. What a name meant earlier does not count.
type controlFunc func(ctx context.Context, network, address string, conn syscall.RawConn) error

// onlyInternet refuses every address that is not on the public Internet, and every port but that of HTTPS.
func onlyInternet() controlFunc {
	return refusing(ssrf.New(ssrf.WithPorts(443)))
}

func refusing(guardian *ssrf.Guardian) controlFunc {
	return func(_ context.Context, network, address string, conn syscall.RawConn) error {
		if err := guardian.Safe(network, address, conn); err != nil {
			return fmt.Errorf("%w: %w", errPrivate, err)
		}
		return nil
	}
}

// newHTTPClient returns a client that follows no redirect, uses no proxy, and connects only to what control lets it; nil lets it connect
// anywhere. resolver nil is the system's. It speaks HTTP/1.1, in which no message waits for another one on its connection.
func newHTTPClient(control controlFunc, resolver *net.Resolver) *http.Client {
	dialer := &net.Dialer{Timeout: dialTime, ControlContext: control, Resolver: resolver}
	return &http.Client{
		Timeout:       totalTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    tlsTime,
			MaxResponseHeaderBytes: 16 << 10,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        time.Minute,
			DisableCompression:     true,
		},
	}
}
