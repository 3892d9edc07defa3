package conn

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// stagger is how long one address of a name may take before the next is dialed
// beside it (RFC 8305).
const stagger = 250 * time.Millisecond

// lastResort is how long the others may take before one is dialed that was of no
// use the last time.
const lastResort = 2 * time.Second

// Resolver looks names up. [*net.Resolver] is one.
type Resolver interface {
	// LookupNetIP returns the addresses of a host. network is "ip" or "ip6".
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	// LookupAddr returns the names of an address.
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// NetDialer is the [Dialer] that is used where none is set. It looks a name up
// at every dial, and tries all of its addresses, those of both families in turn
// (RFC 8305: a further one is begun every 250 ms, and when one fails). An address
// that takes connections, but at which no broker could be talked to, comes last
// the next time: behind one name may be several brokers, of which one hangs.
// Connections have TCP_NODELAY set.
//
// The zero NetDialer is ready for use, by several clients too.
type NetDialer struct {
	// Resolver looks names up. Default net.DefaultResolver.
	Resolver Resolver

	dialer Dialer // nil: a net.Dialer

	mu       sync.Mutex
	setbacks map[netip.AddrPort]uint64 // when an address was last of no use
	count    uint64
}

// DialContext connects to one of the addresses of a host. network is "tcp", or
// "tcp6" for IPv6 alone; address is host:port. The error names all addresses that
// were tried.
func (d *NetDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return d.dialOne(ctx, network, address)
	}
	ips, err := d.lookup(ctx, network, host)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	number, err := net.DefaultResolver.LookupPort(ctx, network, port)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	addrs, good := d.order(ips, uint16(number))
	return d.dialAny(ctx, network, addrs, good)
}

// Canonical returns the fully qualified names of a host's addresses, without the
// dot at the end, in the order of the addresses and each once: what certificates
// and Kerberos principals are made out to, where the host is an alias.
func (d *NetDialer) Canonical(ctx context.Context, host string) ([]string, error) {
	ips, err := d.lookup(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, ip := range ips {
		found, err := d.resolver().LookupAddr(ctx, ip.String())
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, &net.DNSError{Err: "no such name", Name: ip.String(), IsNotFound: true}
		}
		if name := strings.TrimSuffix(found[0], "."); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

func (d *NetDialer) resolver() Resolver {
	if d.Resolver == nil {
		return net.DefaultResolver
	}
	return d.Resolver
}

// lookup returns the addresses of a host, at least one.
func (d *NetDialer) lookup(ctx context.Context, network, host string) ([]netip.Addr, error) {
	family := "ip"
	if network == "tcp6" {
		family = "ip6"
	}
	ips, err := d.resolver().LookupNetIP(ctx, family, host)
	if err != nil {
		return nil, err
	}
	if len(ips) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	for i := range ips {
		ips[i] = ips[i].Unmap()
	}
	return ips, nil
}

// order returns the addresses as they are to be dialed: the families in turn,
// that of the first address first, and last what was of no use, the latest such at
// the end. The first so many are good.
func (d *NetDialer) order(ips []netip.Addr, port uint16) (list []netip.AddrPort, good int) {
	var families [2][]netip.AddrPort
	for _, ip := range ips {
		i := 0
		if ip.Is4() != ips[0].Is4() {
			i = 1
		}
		families[i] = append(families[i], netip.AddrPortFrom(ip, port))
	}
	for i := range max(len(families[0]), len(families[1])) {
		for _, f := range families {
			if i < len(f) {
				list = append(list, f[i])
			}
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	slices.SortStableFunc(list, func(a, b netip.AddrPort) int { return cmp.Compare(d.setbacks[a], d.setbacks[b]) })
	for good < len(list) && d.setbacks[list[good]] == 0 {
		good++
	}
	return list, good
}

func (d *NetDialer) dialOne(ctx context.Context, network, address string) (net.Conn, error) {
	if d.dialer != nil {
		return d.dialer.DialContext(ctx, network, address)
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// dialAny returns the first connection that can be had. The first so many addresses
// are good.
func (d *NetDialer) dialAny(ctx context.Context, network string, addrs []netip.AddrPort, good int) (net.Conn, error) {
	type outcome struct {
		conn net.Conn
		err  error
	}
	outcomes := make(chan outcome)
	running := 0
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		for ; running > 0; running-- {
			if o := <-outcomes; o.conn != nil {
				o.conn.Close() // it came too late
			}
		}
	}()
	var errs []error
	for len(addrs) > 0 || running > 0 {
		var next <-chan time.Time
		if len(addrs) > 0 {
			address := addrs[0].String()
			addrs = addrs[1:]
			running++
			go func() {
				conn, err := d.dialOne(ctx, network, address)
				outcomes <- outcome{conn, err}
			}()
			if good--; good == 0 {
				next = time.After(lastResort)
			} else {
				next = time.After(stagger)
			}
		}
		select {
		case o := <-outcomes:
			running--
			if o.err == nil {
				return o.conn, nil
			}
			errs = append(errs, o.err)
		case <-next:
		}
		if ctx.Err() != nil {
			addrs = nil
		}
	}
	return nil, joinDials(errs)
}

// joinDials makes one line of the failures of all addresses.
func joinDials(errs []error) error {
	err := errs[0]
	for _, further := range errs[1:] {
		err = fmt.Errorf("%w; %w", err, further)
	}
	return err
}

// setback notes that what answers at an address was of no use.
func (d *NetDialer) setback(remote net.Addr) {
	if at, ok := addrPort(remote); ok {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.setbacks == nil {
			d.setbacks = make(map[netip.AddrPort]uint64)
		}
		d.count++
		d.setbacks[at] = d.count
	}
}

// success forgets that.
func (d *NetDialer) success(remote net.Addr) {
	if at, ok := addrPort(remote); ok {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.setbacks, at)
	}
}

func addrPort(a net.Addr) (netip.AddrPort, bool) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	at := tcp.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), true
}
