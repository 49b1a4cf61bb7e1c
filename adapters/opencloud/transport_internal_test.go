package opencloud

import (
	"errors"
	"testing"
)

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
