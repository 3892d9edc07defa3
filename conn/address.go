package conn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// DefaultPort is the port of an address that names none.
const DefaultPort = 9092

// Address is where a broker listens.
type Address struct {
	// Host is a name or an IP literal without brackets.
	Host string
	// Port is 1 to 65535.
	Port int
	// SecurityProtocol is the scheme before "://", such as "SASL_SSL"; empty if
	// there was none.
	SecurityProtocol string
	// IPv6 demands an IPv6 address: the host was in brackets or is such a
	// literal.
	IPv6 bool
}

// String returns host:port, which [ParseAddress] reads back, without the
// security protocol.
func (a Address) String() string {
	if a.IPv6 {
		return "[" + a.Host + "]:" + strconv.Itoa(a.Port)
	}
	return net.JoinHostPort(a.Host, strconv.Itoa(a.Port))
}

// network returns the network to dial. Only a name leaves a choice.
func (a Address) network() string {
	if _, err := netip.ParseAddr(a.Host); a.IPv6 && err != nil {
		return "tcp6"
	}
	return "tcp"
}

// ParseBootstrap reads lists of addresses, each of which may hold several
// between commas. Empty entries are passed over; none at all is an error, and
// so is every entry that [ParseAddress] refuses.
func ParseBootstrap(servers ...string) ([]Address, error) {
	var list []Address
	var errs []error
	for _, s := range servers {
		for entry := range strings.SplitSeq(s, ",") {
			if strings.TrimSpace(entry) == "" {
				continue
			}
			a, err := ParseAddress(entry)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			list = append(list, a)
		}
	}
	switch {
	case len(errs) > 0:
		return nil, errors.Join(errs...)
	case len(list) == 0:
		return nil, errors.New("bootstrap servers: no address; name one or more as host:port")
	}
	return list, nil
}

// ParseAddress reads the address of a broker: host, host:port, an IPv6 literal
// without port, [host] or [host]:port where brackets demand IPv6, each after an
// optional security protocol as in SASL_SSL://host:port. Spaces around it are
// dropped; the port is 9092 if there is none.
func ParseAddress(s string) (Address, error) {
	a := Address{Port: DefaultPort}
	rest := strings.TrimSpace(s)
	if scheme, after, ok := strings.Cut(rest, "://"); ok {
		a.SecurityProtocol, rest = strings.ToUpper(scheme), after
	}
	host, port, err := splitHostPort(rest, &a)
	if err != nil {
		return Address{}, fmt.Errorf("bad broker address %q: %w", s, err)
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return Address{}, fmt.Errorf("bad broker address %q: port %q is not a number from 1 to 65535", s, port)
		}
		a.Port = int(n)
	}
	if host == "" {
		return Address{}, fmt.Errorf("bad broker address %q: no host", s)
	}
	if strings.ContainsAny(host, " \t\r\n/@[]") {
		return Address{}, fmt.Errorf("bad broker address %q: %q is not a host name", s, host)
	}
	a.Host = host
	return a, nil
}

// splitHostPort takes the brackets and the port off; port is empty if there is
// none.
func splitHostPort(s string, a *Address) (host, port string, err error) {
	if after, ok := strings.CutPrefix(s, "["); ok {
		a.IPv6 = true
		host, rest, ok := strings.Cut(after, "]")
		if !ok {
			return "", "", errors.New("missing ]")
		}
		if rest == "" {
			return host, "", nil
		}
		port, ok := strings.CutPrefix(rest, ":")
		if !ok || port == "" {
			return "", "", fmt.Errorf("%q after ] is not a port", rest)
		}
		return host, port, nil
	}
	if ip, err := netip.ParseAddr(s); err == nil {
		a.IPv6 = ip.Is6()
		return s, "", nil
	}
	colon := strings.LastIndexByte(s, ':')
	switch {
	case colon < 0:
		return s, "", nil
	case strings.IndexByte(s, ':') != colon:
		return "", "", errors.New("several colons; write an IPv6 address with port as [address]:port, and several addresses with commas")
	case colon == len(s)-1:
		return "", "", errors.New("no port after the colon")
	}
	return s[:colon], s[colon+1:], nil
}
