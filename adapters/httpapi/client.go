package httpapi

import (
	"net/http"
	"net/netip"
	"strings"
)

const headerForwarded = "X-Forwarded-For"

// clientOf returns the address that a request came from: that of the connection and, while that is one of the trusted proxies, whom it says
// that it forwards for. What else stands in the header anybody may have written. The zero address stands for what is none.
func clientOf(r *http.Request, trusted []netip.Prefix) netip.Addr {
	at, _ := addressOf(r.RemoteAddr)
	if !within(trusted, at) {
		return at
	}
	hops := strings.Split(strings.Join(r.Header.Values(headerForwarded), ","), ",")
	for i := len(hops) - 1; i >= 0 && within(trusted, at); i-- {
		from, ok := addressOf(strings.TrimSpace(hops[i]))
		if !ok {
			break
		}
		at = from
	}
	return at
}

// addressOf reads an address with or without a port.
func addressOf(text string) (netip.Addr, bool) {
	address, err := netip.ParseAddr(text)
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		address = withPort.Addr()
	}
	return address.Unmap().WithZone(""), true
}

func within(prefixes []netip.Prefix, address netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// household returns what counts as one client: an IPv4 address, and of IPv6 the 64 bits that one customer gets at the least.
func household(address netip.Addr) netip.Addr {
	if !address.Is6() {
		return address
	}
	prefix, err := address.Prefix(64)
	if err != nil {
		return address // 64 bits are never too many for IPv6
	}
	return prefix.Addr()
}
