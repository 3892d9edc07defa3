package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/conn"
)

// Dialer is a [conn.Dialer] that leads through a proxy.
type Dialer struct {
	// Forward opens the connections to the proxy. Default a [conn.NetDialer].
	Forward conn.Dialer
	// TLS, if it is set, encrypts the way to the proxy; an empty ServerName stands
	// for the proxy's host. What is encrypted for the broker is so twice.
	TLS *tls.Config

	scheme  string
	addr    string // host:port of the proxy
	user    *url.Userinfo
	connect func(d *Dialer, c net.Conn, address string) error
}

// SOCKS5 returns a Dialer through the SOCKS5 proxy at addr, host:port. user, if it
// is not nil, authenticates by name and password (RFC 1929).
func SOCKS5(addr string, user *url.Userinfo) *Dialer {
	return &Dialer{scheme: "socks5", addr: addr, user: user, connect: (*Dialer).socks5}
}

// HTTPConnect returns a Dialer through the HTTP proxy at addr, host:port. user, if
// it is not nil, authenticates by name and password (Basic of RFC 7617).
func HTTPConnect(addr string, user *url.Userinfo) *Dialer {
	return &Dialer{scheme: "http", addr: addr, user: user, connect: (*Dialer).httpConnect}
}

// Parse returns the Dialer that a URL names: socks5://user:password@host:port, also
// as socks5h, or http or https in its place. The port may be left out for 1080, 80
// and 443. The error does not show a password.
func Parse(text string) (*Dialer, error) {
	u, err := url.Parse(text)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err // without the URL
		}
		return nil, fmt.Errorf("proxy: no URL: %w", err)
	}
	ports := map[string]string{"socks5": "1080", "socks5h": "1080", "http": "80", "https": "443"}
	port, ok := ports[u.Scheme]
	switch {
	case !ok:
		return nil, fmt.Errorf("proxy: scheme %q: must be socks5, socks5h, http or https", u.Scheme)
	case u.Hostname() == "":
		return nil, errors.New("proxy: no host: must be scheme://host:port")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("proxy: %s: nothing may follow the port", u.Redacted())
	}
	if u.Port() != "" {
		port = u.Port()
	}
	addr := net.JoinHostPort(u.Hostname(), port)
	if u.Scheme == "socks5" || u.Scheme == "socks5h" {
		return SOCKS5(addr, u.User), nil
	}
	d := HTTPConnect(addr, u.User)
	if d.scheme = u.Scheme; u.Scheme == "https" {
		d.TLS = new(tls.Config)
	}
	return d, nil
}

// String names the proxy without user and password.
func (d *Dialer) String() string { return d.scheme + "://" + d.addr }

// DialContext has the proxy connect to address, host:port. The error names the
// proxy. When ctx ends, it returns.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' }) {
		return nil, fmt.Errorf("proxy %v: %q is no address", d, address)
	}
	c, err := d.dialProxy(ctx)
	if err != nil {
		return nil, fmt.Errorf("proxy %v: %w", d, err)
	}
	interrupted := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	err = d.connect(d, c, address)
	if !interrupted() && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err == nil {
		return c, nil
	}
	c.Close() // err is what went wrong
	return nil, fmt.Errorf("proxy %v: connect to %s: %w", d, address, err)
}

// dialProxy connects to the proxy itself.
func (d *Dialer) dialProxy(ctx context.Context) (net.Conn, error) {
	forward := d.Forward
	if forward == nil {
		forward = new(conn.NetDialer)
	}
	c, err := forward.DialContext(ctx, "tcp", d.addr)
	if err != nil || d.TLS == nil {
		return c, err
	}
	cfg := d.TLS.Clone()
	if cfg.ServerName == "" {
		if cfg.ServerName, _, err = net.SplitHostPort(d.addr); err != nil {
			c.Close()
			return nil, err
		}
	}
	secured := tls.Client(c, cfg)
	if err := secured.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return secured, nil
}
