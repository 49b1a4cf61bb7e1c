package opencloud

import (
	"errors"
	"net/http"
	"testing"
)

// What the environment says is read once for each process, so a test cannot tell by setting it.
func TestNoProxyStandsBetween(t *testing.T) {
	client := newHTTPClient(DefaultBaseURL, Timeouts{}.withDefaults(), nil)
	transport, ok := client.Transport.(*http.Transport)
	if !ok || transport.Proxy != nil {
		t.Fatal("proxy: got one, want none, whatever the environment says")
	}
	if client.Timeout <= 0 || transport.ResponseHeaderTimeout <= 0 || transport.TLSHandshakeTimeout <= 0 {
		t.Fatalf("timeouts: got %s, %s and %s, want all of them bounded",
			client.Timeout, transport.ResponseHeaderTimeout, transport.TLSHandshakeTimeout)
	}
}

func TestPlainConnectionsGoToThisMachineOnly(t *testing.T) {
	for address, allowed := range map[string]bool{
		"127.0.0.1:80": true, "127.9.9.9:80": true, "[::1]:80": true, "[::ffff:127.0.0.1]:80": true,
		"10.0.0.1:80": false, "0.0.0.0:80": false, "[::]:80": false, "169.254.169.254:80": false, "[::ffff:10.0.0.1]:80": false, "nonsense": false,
	} {
		err := loopbackOnly("tcp", address, nil)
		if (err == nil) != allowed || err != nil && !errors.Is(err, errNotLoopback) {
			t.Errorf("%s: got %v, want allowed %v", address, err, allowed)
		}
	}
}
