package main

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/grps/grps/domain"
)

// Within which a rate can be set.
const (
	leastRate = 0.01
	mostRate  = 1_000_000
)

// How many connections can be allowed.
const (
	leastConnections = 16
	mostConnections  = 1_000_000
	otherFiles       = 128 // open at once, besides connections: the database, the policy, calls to Roblox and to webhooks
)

// fitting returns how many connections may be open, as the system lets a process have only so many files, and a warning if that is fewer
// than asked for.
func fitting(connections int, files uint64) (most int, warning string) {
	if files >= uint64(connections)+otherFiles {
		return connections, ""
	}
	most = max(int(files)-otherFiles, leastConnections)
	return most, fmt.Sprintf("only %d of MAX_CONNECTIONS=%d fit among the %d files that the system lets this process open; raise the limit (ulimit -n)",
		most, connections, files)
}

// rate reads RATE or RATE:BURST. The zero Rate, which is no limit, stands for 0.
func (r *reader) rate(key string) domain.Rate {
	perSecond, burst, given := strings.Cut(r.text(key), ":")
	rate, err := strconv.ParseFloat(perSecond, 64)
	if err == nil && rate == 0 && !given {
		return domain.Rate{}
	}
	atOnce := int(math.Ceil(rate))
	if given && err == nil {
		atOnce, err = strconv.Atoi(burst)
	}
	if err != nil || !(rate >= leastRate && rate <= mostRate) || atOnce < 1 || atOnce > mostRate {
		r.fault(key, "must be requests a second, and perhaps how many at once, such as 200 or 0.5:10, %g … %d; or 0 for no limit",
			leastRate, mostRate)
		return domain.Rate{}
	}
	return domain.Rate{PerSecond: rate, Burst: atOnce}
}

// networks reads addresses and networks.
func (r *reader) networks(key string) []netip.Prefix {
	var networks []netip.Prefix
	for _, text := range list(r.text(key)) {
		network, err := netip.ParsePrefix(text)
		if address, notAddress := netip.ParseAddr(text); notAddress == nil {
			address = address.Unmap().WithZone("")
			network, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			r.fault(key, "holds %q, which is neither an address nor a network such as 10.0.0.0/8", text)
			continue
		}
		networks = append(networks, network.Masked())
	}
	return networks
}
