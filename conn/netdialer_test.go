package conn

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fakeNet is a Resolver with a fixed answer, and a Dialer that does with each
// address what is said of it.
type fakeNet struct {
	names map[string][]string                                // addresses of hosts, and names of addresses
	at    map[string]func(context.Context) (net.Conn, error) // by address

	mu     sync.Mutex
	dialed []string
	after  []time.Duration
	start  time.Time
}

func (f *fakeNet) LookupNetIP(_ context.Context, network, host string) ([]netip.Addr, error) {
	var ips []netip.Addr
	for _, s := range f.names[host] {
		if ip := netip.MustParseAddr(s); network == "ip" || ip.Is6() {
			ips = append(ips, ip)
		}
	}
	return ips, nil
}

func (f *fakeNet) LookupAddr(_ context.Context, addr string) ([]string, error) {
	return f.names[addr], nil
}

func (f *fakeNet) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	f.mu.Lock()
	f.dialed, f.after = append(f.dialed, address), append(f.after, time.Since(f.start))
	f.mu.Unlock()
	return f.at[address](ctx)
}

// since forgets what was dialed.
func (f *fakeNet) since() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dialed, f.after, f.start = nil, nil, time.Now()
}

// remoteConn is a connection to an address.
type remoteConn struct {
	net.Conn
	remote string
	closed func()
}

func (c remoteConn) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.remote))
}

func (c remoteConn) Close() error {
	c.closed()
	return nil
}

var errTest = errors.New("refused")

func refuses(context.Context) (net.Conn, error) { return nil, errTest }

func hangs(ctx context.Context) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestNetDialerTriesAllAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeNet{start: time.Now(), names: map[string][]string{"kafka": {"10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2"}}}
		var open atomic.Int32
		accepts := func(address string, after time.Duration) func(context.Context) (net.Conn, error) {
			return func(context.Context) (net.Conn, error) {
				<-time.After(after)
				open.Add(1)
				return remoteConn{remote: address, closed: func() { open.Add(-1) }}, nil
			}
		}
		d := &NetDialer{Resolver: f, dialer: f}
		f.at = map[string]func(context.Context) (net.Conn, error){
			"10.0.0.1:9092": hangs, "[fd00::1]:9092": refuses, "10.0.0.2:9092": hangs,
			"[fd00::2]:9092": accepts("[fd00::2]:9092", 0),
		}
		c, err := d.DialContext(t.Context(), "tcp", "kafka:9092")
		if err != nil || c.RemoteAddr().String() != "[fd00::2]:9092" {
			t.Fatalf("got %v, %v", c, err)
		}
		wantOrder := []string{"10.0.0.1:9092", "[fd00::1]:9092", "10.0.0.2:9092", "[fd00::2]:9092"}
		wantTimes := []time.Duration{0, stagger, stagger, 2 * stagger}
		if !slices.Equal(f.dialed, wantOrder) || !slices.Equal(f.after, wantTimes) {
			t.Errorf("dialed %v after %v, want %v after %v", f.dialed, f.after, wantOrder, wantTimes)
		}
		f.at["10.0.0.1:9092"] = accepts("10.0.0.1:9092", stagger+1)
		f.at["[fd00::1]:9092"] = accepts("[fd00::1]:9092", 0)
		if c, err = d.DialContext(t.Context(), "tcp", "kafka:9092"); err != nil || c.RemoteAddr().String() != "[fd00::1]:9092" {
			t.Fatalf("got %v, %v", c, err)
		}
		if open.Load() != 2 {
			t.Errorf("%d connections are open, want those two that were returned", open.Load())
		}
		if c, err = d.DialContext(t.Context(), "tcp6", "kafka:9092"); err != nil || slices.Contains(f.dialed[5:], "10.0.0.1:9092") {
			t.Errorf("IPv6 alone: %v, %v, dialed %v", c, err, f.dialed)
		}
	})
}

func TestNetDialerNamesAllFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeNet{names: map[string][]string{"kafka": {"10.0.0.1", "10.0.0.2"}}}
		f.at = map[string]func(context.Context) (net.Conn, error){
			"10.0.0.1:9092": refuses,
			"10.0.0.2:9092": func(context.Context) (net.Conn, error) { return nil, errors.New("unreachable") },
		}
		d := &NetDialer{Resolver: f, dialer: f}
		if _, err := d.DialContext(t.Context(), "tcp", "kafka:9092"); !errors.Is(err, errTest) || !strings.Contains(err.Error(), "unreachable") {
			t.Errorf("got %v", err)
		}
		var dns *net.DNSError
		if _, err := d.DialContext(t.Context(), "tcp", "nobody:9092"); !errors.As(err, &dns) || !dns.IsNotFound {
			t.Errorf("unknown name: %v", err)
		}
		f.at["10.0.0.1:9092"], f.at["10.0.0.2:9092"] = hangs, hangs
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := d.DialContext(ctx, "tcp", "kafka:9092"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("all hang: %v", err)
		}
	})
}

// One of the brokers behind a name takes connections, but answers nothing: the
// next attempt goes to another, and a change of the name's addresses is followed.
func TestBrokerGoesOnToAnotherAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := newFakeBroker(t, (*peer).drain)
		good := newFakeBroker(t, modern(serve))
		f := &fakeNet{names: map[string][]string{"kafka": {"10.0.0.1", "10.0.0.2"}}}
		f.at = make(map[string]func(context.Context) (net.Conn, error))
		reach := func(address string, b *fakeBroker) {
			f.at[address] = func(ctx context.Context) (net.Conn, error) {
				c, err := b.DialContext(ctx, "tcp", address)
				return remoteConn{c, address, func() { c.Close() }}, err
			}
		}
		reach("10.0.0.1:9092", silent)
		reach("10.0.0.2:9092", good)
		reach("10.0.0.3:9092", good)
		cfg := good.config()
		cfg.Dialer = &NetDialer{Resolver: f, dialer: f}
		b := NewBroker(1, "kafka:9092", cfg)
		defer b.Close()
		if _, err := b.Conn(t.Context()); !errors.Is(err, ErrConnectTimeout) {
			t.Fatalf("the silent one: %v", err)
		}
		for _, address := range []string{"10.0.0.2:9092", "10.0.0.3:9092"} {
			f.since()
			c, err := b.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(f.dialed, []string{address}) {
				t.Errorf("dialed %v, want %s", f.dialed, address)
			}
			if _, err := c.Do(t.Context(), heartbeat(1)); err != nil {
				t.Fatal(err)
			}
			f.names["kafka"] = []string{"10.0.0.1", "10.0.0.3"}
			c.Close()
		}
	})
}

func TestCanonical(t *testing.T) {
	f := &fakeNet{names: map[string][]string{
		"kafka": {"10.0.0.1", "10.0.0.2", "10.0.0.3"}, "10.0.0.1": {"one.example.com."},
		"10.0.0.2": {"two.example.com.", "alias.example.com."}, "10.0.0.3": {"one.example.com."},
		"half": {"10.0.0.9"},
	}}
	d := &NetDialer{Resolver: f}
	got, err := d.Canonical(t.Context(), "kafka")
	if want := []string{"one.example.com", "two.example.com"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, host := range []string{"nobody", "half"} {
		if got, err := d.Canonical(t.Context(), host); err == nil {
			t.Errorf("%s: %v", host, got)
		}
	}
}

// An attempt may take twice as long after each that took too long (KIP-601).
func TestConnectTimeoutGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeBroker(t, (*peer).drain)
		cfg := f.config()
		cfg.ConnectTimeout, cfg.ConnectTimeoutMax, cfg.ReconnectBackoff = time.Second, 5*time.Second, time.Millisecond
		var took []time.Duration
		cfg.Hooks.Connect = func(e ConnectEvent) { took = append(took, e.Took) }
		b := NewBroker(1, "broker:9092", cfg)
		defer b.Close()
		for _, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second} {
			if _, err := b.Conn(t.Context()); !errors.Is(err, ErrConnectTimeout) {
				t.Fatal(err)
			}
			if got := took[len(took)-1]; got < want*8/10 || got > want*12/10 {
				t.Errorf("attempt %d took %v, want about %v", len(took), got, want)
			}
		}
		if took[0] != time.Second {
			t.Errorf("the first took %v", took[0])
		}
	})
}

// optionConn notes socket options.
type optionConn struct {
	net.Conn
	options map[string]any
}

func (c optionConn) SetReadBuffer(n int) error    { c.options["receive"] = n; return nil }
func (c optionConn) SetWriteBuffer(n int) error   { c.options["send"] = n; return errTest }
func (c optionConn) SetKeepAlive(keep bool) error { c.options["keep-alive"] = keep; return nil }

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

func (f dialFunc) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return f(ctx, network, address)
}

func TestSocketOptions(t *testing.T) {
	for _, test := range []struct {
		set  Config
		want map[string]any
	}{
		{Config{}, map[string]any{}},
		{Config{ReceiveBuffer: 1000, SendBuffer: 2000, DisableKeepAlive: true}, map[string]any{"receive": 1000, "send": 2000, "keep-alive": false}},
	} {
		b := newFakeBroker(t, modern(serve))
		cfg, options := b.config(), make(map[string]any)
		cfg.ReceiveBuffer, cfg.SendBuffer, cfg.DisableKeepAlive = test.set.ReceiveBuffer, test.set.SendBuffer, test.set.DisableKeepAlive
		cfg.Dialer = dialFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := b.DialContext(ctx, network, address)
			return optionConn{c, options}, err
		})
		b.dial(cfg)
		if len(options) != len(test.want) {
			t.Errorf("options %v, want %v", options, test.want)
		}
		for name, want := range test.want {
			if options[name] != want {
				t.Errorf("%s: %v, want %v", name, options[name], want)
			}
		}
	}
}
