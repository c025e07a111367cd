package api

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// proxies are the networks whose forwarding headers count.
type proxies []netip.Prefix

// trusted reads addresses and networks; it panics on anything else, which the
// configuration has refused before.
func trusted(list []string) proxies {
	var p proxies
	for _, entry := range list {
		prefix, err := netip.ParsePrefix(entry)
		if err != nil {
			address := netip.MustParseAddr(entry)
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		p = append(p, prefix.Masked())
	}
	return p
}

func (p proxies) contain(address netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}

// client gives the address a request comes from: that of the connection or,
// behind trusted proxies, the last one in X-Forwarded-For that none of them
// added. What stands further left was written by the client itself and is never believed.
func (p proxies) client(c *fiber.Ctx) string {
	address, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if !ok {
		return ""
	}
	hops := strings.Split(c.Get(fiber.HeaderXForwardedFor), ",")
	for i := len(hops) - 1; i >= 0 && p.contain(address); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = hop
	}
	return address.Unmap().String()
}
