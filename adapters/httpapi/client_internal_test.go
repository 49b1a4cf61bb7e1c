package httpapi

import (
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestAForwardedAddressCountsOnlyFromTrustedProxies(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::7/128")}
	for name, c := range map[string]struct {
		trusted   []netip.Prefix
		from      string
		forwarded []string
		want      string
	}{
		"no proxy":                       {nil, "203.0.113.5:1234", nil, "203.0.113.5"},
		"a claim without proxies":        {nil, "203.0.113.5:1234", []string{"198.51.100.1"}, "203.0.113.5"},
		"a claim of somebody else":       {proxies, "203.0.113.5:1234", []string{"198.51.100.1"}, "203.0.113.5"},
		"through a proxy":                {proxies, "10.0.0.1:80", []string{"198.51.100.1"}, "198.51.100.1"},
		"through a proxy that says none": {proxies, "10.0.0.1:80", nil, "10.0.0.1"},
		"through two":                    {proxies, "[2001:db8::7]:80", []string{"198.51.100.1, 10.1.2.3"}, "198.51.100.1"},
		"in two headers":                 {proxies, "10.0.0.1:80", []string{"198.51.100.1", "10.1.2.3"}, "198.51.100.1"},
		"with a claim in front":          {proxies, "10.0.0.1:80", []string{"192.0.2.99, 198.51.100.1"}, "198.51.100.1"},
		"with a proxy claimed in front":  {proxies, "10.0.0.1:80", []string{"10.9.9.9, 198.51.100.1"}, "198.51.100.1"},
		"with a port":                    {proxies, "10.0.0.1:80", []string{"198.51.100.1:5678"}, "198.51.100.1"},
		"of IPv6 with a port":            {proxies, "10.0.0.1:80", []string{"[2001:db8::9]:5678"}, "2001:db8::9"},
		"as IPv4 inside IPv6":            {proxies, "[::ffff:10.0.0.1]:80", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		"with a zone":                    {proxies, "[fe80::1%eth0]:80", nil, "fe80::1"},
		"nonsense":                       {proxies, "10.0.0.1:80", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		"nonsense in front":              {proxies, "10.0.0.1:80", []string{"unknown, 198.51.100.1"}, "198.51.100.1"},
		"only proxies":                   {proxies, "10.0.0.1:80", []string{"10.0.0.9, 10.0.0.8"}, "10.0.0.9"},
		"no address":                     {proxies, "@", []string{"198.51.100.1"}, "invalid IP"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
			r.RemoteAddr = c.from
			r.Header["X-Forwarded-For"] = c.forwarded
			if got := clientOf(r, c.trusted).String(); got != c.want {
				t.Errorf("client: got %s, want %s", got, c.want)
			}
		})
	}
}

func TestOfIPv6AHouseholdIsOneClient(t *testing.T) {
	for text, want := range map[string]string{
		"198.51.100.1": "198.51.100.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::", "2001:db8:1:2::9": "2001:db8:1:2::",
		"2001:db8:1:3::9": "2001:db8:1:3::",
	} {
		if got := household(netip.MustParseAddr(text)).String(); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	if got := household(netip.Addr{}); got.IsValid() {
		t.Errorf("no address: got %s, want none", got)
	}
}
