package main

import (
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
