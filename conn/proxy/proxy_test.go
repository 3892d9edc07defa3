package proxy

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// step is what a proxy must hear, and what it answers; both in hex.
type step struct{ hears, says string }

// scripted is a Dialer to a proxy that follows a script, then says "hello", and
// echoes.
type scripted struct {
	t     *testing.T
	steps []step
}

func (s scripted) DialContext(_ context.Context, _, address string) (net.Conn, error) {
	if address != "proxy:1080" {
		s.t.Errorf("dialed %s", address)
	}
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		for _, step := range s.steps {
			want := decode(s.t, step.hears)
			got := make([]byte, len(want))
			if _, err := io.ReadFull(far, got); err != nil || string(got) != string(want) {
				s.t.Errorf("the proxy hears %x, %v, want %x", got, err, want)
				return
			}
			if _, err := far.Write(decode(s.t, step.says)); err != nil {
				s.t.Error(err)
				return
			}
		}
		_, _ = io.WriteString(far, "hello")
		_, _ = io.Copy(far, far)
	}()
	return near, nil
}

func decode(t *testing.T, s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Error(err)
	}
	return b
}

// The bytes are those of RFC 1928 §3 to §6 and RFC 1929 §2, by hand.
func TestSOCKS5(t *testing.T) {
	login := url.UserPassword("bob", "pw")
	const noAuth, name = "05 01 00", "05 01 00 03 05 6b61666b61 2384" // kafka:9092
	for _, test := range []struct {
		address string
		user    *url.Userinfo
		steps   []step
		text    string // of the error; none if empty
		is      error
	}{
		{"kafka:9092", nil, []step{{noAuth, "05 00"}, {name, "05 00 00 01 00000000 0000"}}, "", nil},
		{"10.0.0.1:9092", nil, []step{{noAuth, "05 00"}, {"05 01 00 01 0a000001 2384", "05 00 00 03 01 61 0102"}}, "", nil},
		{"[fd00::1]:80", nil, []step{{noAuth, "05 00"}, {"05 01 00 04 fd000000000000000000000000000001 0050", "05 00 00 04 00000000000000000000000000000000 0000"}}, "", nil},
		{"kafka:9092", login, []step{{"05 02 00 02", "05 02"}, {"01 03 626f62 02 7077", "01 00"}, {name, "05 00 00 01 00000000 0000"}}, "", nil},
		{"kafka:9092", login, []step{{"05 02 00 02", "05 00"}, {name, "05 00 00 01 00000000 0000"}}, "", nil},
		{"kafka:9092", login, []step{{"05 02 00 02", "05 02"}, {"01 03 626f62 02 7077", "01 01"}}, `refuses user "bob"`, nil},
		{"kafka:9092", nil, []step{{noAuth, "05 ff"}}, "wants authentication", nil},
		{"kafka:9092", login, []step{{"05 02 00 02", "05 ff"}}, "no method", nil},
		{"kafka:9092", nil, []step{{noAuth, "05 02"}}, "no method", nil},
		{"kafka:9092", nil, []step{{noAuth, "48 54"}}, "does not speak SOCKS5", nil},
		{"kafka:9092", nil, []step{{noAuth, "05 00"}, {name, "05 05 00 01"}}, "refused", syscall.ECONNREFUSED},
		{"kafka:9092", nil, []step{{noAuth, "05 00"}, {name, "05 04 00 01"}}, "", syscall.EHOSTUNREACH},
		{"kafka:9092", nil, []step{{noAuth, "05 00"}, {name, "05 02 00 01"}}, "rules", nil},
		{"kafka:9092", nil, []step{{noAuth, "05 00"}, {name, "05 63 00 01"}}, "code 99", nil},
		{"kafka:9092", nil, []step{{noAuth, "05 00"}, {name, "05 00 00 09"}}, "type 9", nil},
		{strings.Repeat("a", 256) + ":1", nil, []step{{noAuth, "05 00"}}, "256 bytes", nil},
		{"a\r\nb:1", nil, nil, "no address", nil},
		{"kafka:9092", url.UserPassword("bob", ""), []step{{"05 02 00 02", "05 02"}}, "1 to 255 bytes", nil},
	} {
		d := SOCKS5("proxy:1080", test.user)
		d.Forward = scripted{t, test.steps}
		c, err := d.DialContext(t.Context(), "tcp", test.address)
		if test.text != "" || test.is != nil {
			if err == nil || !strings.Contains(err.Error(), test.text) || !strings.Contains(err.Error(), "socks5://proxy:1080") || test.is != nil && !errors.Is(err, test.is) || strings.Contains(err.Error(), "pw") {
				t.Errorf("%s, %v: %v", test.address, test.steps, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.address, err)
			continue
		}
		heard := make([]byte, 5)
		if _, err := io.ReadFull(c, heard); err != nil || string(heard) != "hello" {
			t.Errorf("%s: heard %q, %v", test.address, heard, err)
		}
		c.Close()
	}
}

// A proxy that says nothing is given up with the context, and what it accepted then
// has no deadline.
func TestContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, d := range []*Dialer{SOCKS5("proxy:1080", nil), HTTPConnect("proxy:1080", nil)} {
			near, far := net.Pipe()
			defer far.Close()
			go io.Copy(io.Discard, far)
			d.Forward = given{near}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			if _, err := d.DialContext(ctx, "tcp", "kafka:9092"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
				t.Errorf("after %v: %v", time.Since(start), err)
			}
		}
	})
}

type given struct{ net.Conn }

func (g given) DialContext(context.Context, string, string) (net.Conn, error) { return g.Conn, nil }

// tunnel is a proxy of net/http, which wants bob's password.
func tunnel(t *testing.T) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodConnect:
			t.Errorf("method %s", r.Method)
		case r.Header.Get("Proxy-Authorization") != "Basic Ym9iOnB3": // bob:pw
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		broker, err := net.Dial("tcp", r.Host)
		if err != nil {
			http.Error(w, "no such broker", http.StatusBadGateway)
			return
		}
		defer broker.Close()
		w.WriteHeader(http.StatusOK)
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		go io.Copy(broker, c)
		_, _ = io.Copy(c, broker)
	})
}

func TestHTTPConnect(t *testing.T) {
	broker := httptest.NewServer(http.NotFoundHandler())
	defer broker.Close()
	address := broker.Listener.Addr().String()
	plain, secured := httptest.NewServer(tunnel(t)), httptest.NewTLSServer(tunnel(t))
	defer plain.Close()
	defer secured.Close()
	for _, test := range []struct{ proxy, user, address, text string }{
		{plain.URL, "bob:pw@", address, ""},
		{secured.URL, "bob:pw@", address, ""},
		{plain.URL, "bob:wrong@", address, "wants authentication"},
		{plain.URL, "", address, "wants authentication"},
		{plain.URL, "bob:pw@", "127.0.0.1:1", "502 Bad Gateway"},
	} {
		d, err := Parse(strings.Replace(test.proxy, "://", "://"+test.user, 1))
		if err != nil {
			t.Fatal(err)
		}
		if d.TLS != nil {
			d.TLS = secured.Client().Transport.(*http.Transport).TLSClientConfig
		}
		c, err := d.DialContext(t.Context(), "tcp", test.address)
		if test.text != "" {
			if err == nil || !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "wrong") {
				t.Errorf("%+v: %v", test, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", test, err)
			continue
		}
		_, _ = io.WriteString(c, "GET / HTTP/1.0\r\n\r\n")
		if answer, err := io.ReadAll(c); err != nil || !strings.Contains(string(answer), "404 Not Found") {
			t.Errorf("%+v: through the tunnel %q, %v", test, answer, err)
		}
		c.Close()
	}
	d, err := Parse(secured.URL)
	if err != nil {
		t.Fatal(err)
	}
	var unknown *tls.CertificateVerificationError
	if _, err := d.DialContext(t.Context(), "tcp", address); !errors.As(err, &unknown) {
		t.Errorf("an unknown authority: %v", err)
	}
}

func TestHTTPConnectOfStrangers(t *testing.T) {
	for says, text := range map[string]string{
		"SSH-2.0-OpenSSH\r\n":            "does not speak HTTP",
		"":                               "EOF",
		"HTTP/1.1 200 OK\r\nA: b":        "EOF",
		"HTTP/1.1 200 OK\r\n\r\nMORE":    "more than its answer",
		"HTTP/1.1 403 Forbidden\r\n\r\n": "403 Forbidden",
		"HTTP/1.1 200 OK\r\n" + strings.Repeat("Name: value\r\n", maxAnswer/10): "malformed",
	} {
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			_, _ = far.Read(make([]byte, 1024))
			_, _ = io.WriteString(far, says)
		}()
		d := HTTPConnect("proxy:80", nil)
		d.Forward = given{near}
		if _, err := d.DialContext(t.Context(), "tcp", "kafka:9092"); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%.40q: %v", says, err)
		}
	}
}
