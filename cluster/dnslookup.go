package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/barnabas-go/kafka/conn"
)

// DNSLookup tells what bootstrap servers are taken for.
type DNSLookup uint8

const (
	// UseAllDNSIPs connects to the names as they are; all addresses of each are
	// tried. [use_all_dns_ips]
	UseAllDNSIPs DNSLookup = iota
	// ResolveCanonicalBootstrap replaces a name by those of its addresses, each of
	// which is a bootstrap server of its own: for an alias of the brokers where
	// certificates or Kerberos principals are made out to the brokers themselves.
	// [resolve_canonical_bootstrap_servers_only]
	ResolveCanonicalBootstrap
)

// String returns the value of client.dns.lookup.
func (d DNSLookup) String() string {
	switch d {
	case UseAllDNSIPs:
		return "use_all_dns_ips"
	case ResolveCanonicalBootstrap:
		return "resolve_canonical_bootstrap_servers_only"
	}
	return fmt.Sprintf("DNS lookup %d", uint8(d))
}

// canonicalizer is a Dialer that knows canonical names.
type canonicalizer interface {
	Canonical(ctx context.Context, host string) ([]string, error)
}

// bootstrapServers returns the bootstrap servers in random order, under their
// canonical names if these are wanted, and why there are none of some. Names are
// looked up every time.
func (c *Client) bootstrapServers(ctx context.Context) (seeds []conn.Address, errs []error) {
	lookup, ok := c.conns.Dialer.(canonicalizer)
	if c.cfg.DNSLookup != ResolveCanonicalBootstrap || !ok {
		seeds = slices.Clone(c.seeds)
	} else {
		ctx, cancel := context.WithTimeout(ctx, c.cfg.ConnectTimeout)
		defer cancel()
		for _, seed := range c.seeds {
			names, err := lookup.Canonical(ctx, seed.Host)
			if err != nil {
				errs = append(errs, &conn.Error{Broker: seed.String(), Stage: conn.StageResolve, Err: fmt.Errorf("canonical name: %w", err)})
				continue
			}
			for _, name := range names {
				at := seed
				at.Host, at.IPv6 = name, false
				if !slices.Contains(seeds, at) {
					seeds = append(seeds, at)
				}
			}
		}
	}
	rand.Shuffle(len(seeds), func(i, j int) { seeds[i], seeds[j] = seeds[j], seeds[i] })
	return seeds, errs
}
