package conn

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/conn/tlsconfig"
	"github.com/barnabas-go/kafka/internal/fakebroker"
	"github.com/barnabas-go/kafka/protocol"
)

// The errors of the usual mistakes, from real listeners on loopback.
func TestErrorsThatTeach(t *testing.T) {
	good, goodCA := certificate(t, "127.0.0.1", time.Now().Add(time.Hour))
	expired, expiredCA := certificate(t, "127.0.0.1", time.Now().Add(-time.Hour))
	other, otherCA := certificate(t, "kafka.example.com", time.Now().Add(time.Hour))
	server := func(c tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{c}} }
	trusting := func(ca *x509.CertPool) *tls.Config { return &tls.Config{RootCAs: ca} }
	wantsCert := server(good)
	wantsCert.ClientAuth, wantsCert.ClientCAs = tls.RequireAndVerifyClientCert, expiredCA
	showing := func(c *tls.Config, cert tls.Certificate) *tls.Config {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
		return c
	}
	only12 := func(c *tls.Config) *tls.Config {
		c = c.Clone()
		c.MaxVersion = tls.VersionTLS12
		return c
	}
	tests := []struct {
		name      string
		addr      string
		tls       *tls.Config
		stage     Stage
		retriable bool
		want      string // after "broker host:port: stage: "; "…" stands for any text
	}{
		{"nothing listens", fakebroker.ClosedPort(t), nil, StageDial, true,
			"dial tcp ADDR: connect: connection refused (nothing listens there: is the broker running, and are host and port in bootstrap servers right?)"},
		{"TLS listener that closes, plaintext client", fakebroker.Listen(t, tlsServer(server(good))), nil, StageAPIVersions, true,
			"ApiVersions v4: connection closed by the broker… (no Kafka listener that speaks plaintext does that: is it ZooKeeper's port (2181; clients need the brokers', usually 9092), or a TLS listener, so that Config.TLS must be set (security.protocol=SSL or SASL_SSL)?)"},
		// the alert of Kafka 4.3.1's TLS listener on Java 17
		{"TLS listener, plaintext client", fakebroker.Listen(t, textServer("\x15\x03\x03\x00\x02\x02\x50")), nil, StageAPIVersions, false,
			"ApiVersions v4: protocol error: the answer is a TLS record (the port speaks TLS: set Config.TLS (security.protocol=SSL or SASL_SSL), or use the port of a plaintext listener)"},
		{"plaintext Kafka listener, TLS client", fakebroker.Listen(t, func(c net.Conn) { io.ReadFull(c, make([]byte, 4)) }), trusting(goodCA), StageTLS, true,
			"connection closed by the broker… (plaintext listeners close on TLS: use the port of a TLS listener, or leave Config.TLS nil (security.protocol=PLAINTEXT); a TLS listener with ssl.client.auth=required may want a certificate in TLS.Certificates (ssl.keystore))"},
		{"plaintext listener that answers, TLS client", fakebroker.Listen(t, textServer("-ERR unknown command\r\n")), trusting(goodCA), StageTLS, false,
			"first record does not look like a TLS handshake (the port does not speak TLS: use the port of a TLS listener, or leave Config.TLS nil (security.protocol=PLAINTEXT))"},
		{"web server", httpServer(t), nil, StageAPIVersions, false,
			`…protocol error: the answer begins with the text "HTTP/1.1 400 Bad Request" (a web server listens there: use a Kafka listener's port in bootstrap servers, usually 9092)`},
		{"web server, TLS client", httpServer(t), trusting(goodCA), StageTLS, false,
			"first record does not look like a TLS handshake (a web server listens there: use a Kafka listener's port in bootstrap servers, usually 9092)"},
		{"something else", fakebroker.Listen(t, textServer("SSH-2.0-OpenSSH_9.2p1\r\n")), nil, StageAPIVersions, false,
			`…protocol error: the answer begins with the text "SSH-2.0-OpenSSH_9.2p1" (something else than Kafka listens there: use a Kafka listener's port in bootstrap servers, usually 9092)`},
		{"ZooKeeper", fakebroker.Listen(t, zooKeeper), nil, StageAPIVersions, true,
			"ApiVersions v4: connection closed by the broker… (no Kafka listener that speaks plaintext does that: is it ZooKeeper's port (2181; clients need the brokers', usually 9092), or a TLS listener, so that Config.TLS must be set (security.protocol=SSL or SASL_SSL)?)"},
		{"says nothing", fakebroker.Listen(t, func(c net.Conn) { io.Copy(io.Discard, c) }), nil, StageAPIVersions, true,
			"connect timed out after 200ms (something listens but does not answer as a Kafka broker: is it a Kafka listener's port, and does it speak TLS exactly if Config.TLS is set (security.protocol)?)"},
		{"says nothing, TLS client", fakebroker.Listen(t, func(c net.Conn) { io.Copy(io.Discard, c) }), trusting(goodCA), StageTLS, true,
			"connect timed out after 200ms (something listens but does not answer as a Kafka broker: is it a Kafka listener's port, and does it speak TLS exactly if Config.TLS is set (security.protocol)?)"},
		{"unknown CA", fakebroker.Listen(t, tlsServer(server(good))), trusting(otherCA), StageTLS, false,
			"failed to verify certificate: x509: certificate signed by unknown authority (set TLS.RootCAs (ssl.ca.location, ssl.truststore.location) to the authority that signed the broker's certificate)"},
		{"name mismatch", fakebroker.Listen(t, tlsServer(server(other))), trusting(otherCA), StageTLS, false,
			"failed to verify certificate: x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs (connect by a name in the broker's certificate, or set TLS.ServerName to one)"},
		{"expired certificate", fakebroker.Listen(t, tlsServer(server(expired))), trusting(expiredCA), StageTLS, false,
			"failed to verify certificate: x509: certificate has expired or is not yet valid: … (the broker needs a new certificate, or this machine's clock is wrong)"},
		{"revoked certificate", fakebroker.Listen(t, tlsServer(server(good))), revoking(t, good), StageTLS, false,
			`failed to verify certificate: certificate "CN=127.0.0.1", serial number 1, was revoked by "CN=127.0.0.1" at … (the broker needs a new certificate)`},
		{"no client certificate", fakebroker.Listen(t, tlsServer(wantsCert)), trusting(goodCA), StageTLS, false,
			"ApiVersions v4: read: remote error: tls: certificate required (the broker wants a client certificate that it trusts: set TLS.Certificates (ssl.keystore.location, ssl.certificate.location))"},
		{"no client certificate, TLS 1.2", fakebroker.Listen(t, tlsServer(only12(wantsCert))), trusting(goodCA), StageTLS, false,
			"remote error: tls: handshake failure (client and broker have no cipher suite in common, or the broker demands a client certificate: set TLS.CipherSuites (ssl.cipher.suites) or TLS.Certificates (ssl.keystore.location, ssl.certificate.location))"},
		{"client certificate of an unknown CA", fakebroker.Listen(t, tlsServer(wantsCert)), showing(trusting(goodCA), other), StageTLS, false,
			"ApiVersions v4: read: remote error: tls: unknown certificate authority (the broker does not trust the authority of the client's certificate: have another certificate in TLS.Certificates (ssl.keystore.location, ssl.certificate.location), or add the authority to the broker's ssl.truststore)"},
		{"client certificate expired", fakebroker.Listen(t, tlsServer(wantsCert)), showing(trusting(goodCA), expired), StageTLS, false,
			"ApiVersions v4: read: remote error: tls: expired certificate (the client's certificate has expired: put a new one into TLS.Certificates (ssl.keystore.location, ssl.certificate.location))"},
		{"garbled alert", fakebroker.Listen(t, garblingServer(server(good))), trusting(goodCA), StageTLS, true,
			"ApiVersions v4: read: local error: tls: bad record MAC (so old brokers, such as Kafka 0.10 and 2.8, refuse the client's certificate, or that there is none: set TLS.Certificates (ssl.keystore.location, ssl.certificate.location) to one that they trust)"},
		{"no version in common", fakebroker.Listen(t, tlsServer(only12(server(good)))), &tls.Config{RootCAs: goodCA, MinVersion: tls.VersionTLS13}, StageTLS, false,
			"remote error: tls: protocol version not supported (client and broker have no version of TLS in common: set TLS.MinVersion (ssl.enabled.protocols), or update the older one)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{ClientID: "errors-that-teach", TLS: tt.tls, Logger: slog.New(slog.DiscardHandler)}
			if strings.HasPrefix(tt.name, "says nothing") {
				cfg.ConnectTimeout = 200 * time.Millisecond
			}
			if tt.name == "web server" { // it waits for the rest of a line at first
				cfg.ConnectTimeout = 2 * time.Second
			}
			_, err := Dial(t.Context(), tt.addr, cfg)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Broker != tt.addr || e.Stage != tt.stage || e.Retriable() != tt.retriable {
				t.Errorf("broker %s, stage %s, retriable %v", e.Broker, e.Stage, e.Retriable())
			}
			want := "broker ADDR: " + string(tt.stage) + ": " + tt.want
			if !matches(strings.ReplaceAll(err.Error(), tt.addr, "ADDR"), want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// matches tells whether text is as want says, where "…" stands for anything.
func matches(text, want string) bool {
	parts := strings.Split(want, "…")
	rest, ok := strings.CutPrefix(text, parts[0])
	for _, part := range parts[1:] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return ok && rest == ""
}

func TestErrorIsTyped(t *testing.T) {
	good, _ := certificate(t, "127.0.0.1", time.Now().Add(time.Hour))
	_, err := Dial(t.Context(), fakebroker.ClosedPort(t), Config{})
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("refused: %v", err)
	}
	_, err = Dial(t.Context(), fakebroker.Listen(t, tlsServer(&tls.Config{Certificates: []tls.Certificate{good}})), Config{TLS: &tls.Config{RootCAs: x509.NewCertPool()}})
	if unknown := (x509.UnknownAuthorityError{}); !errors.As(err, &unknown) {
		t.Errorf("unknown CA: %v", err)
	}
}

// revoking is a configuration that trusts a self-signed certificate's authority, but
// finds it revoked.
func revoking(t *testing.T, cert tls.Certificate) *tls.Config {
	t.Helper()
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &tls.Config{RootCAs: roots, VerifyConnection: func(cs tls.ConnectionState) error {
		if cs.ServerName != "127.0.0.1" {
			t.Errorf("VerifyConnection is told of server %q", cs.ServerName)
		}
		return &tls.CertificateVerificationError{Err: &tlsconfig.RevokedError{Certificate: cs.PeerCertificates[0], At: time.Now()}}
	}}
}

// failingDialer fails as the resolver and the network do.
type failingDialer struct{ err error }

func (d failingDialer) DialContext(context.Context, string, string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: d.err}
}

func TestDialErrors(t *testing.T) {
	for _, tt := range []struct {
		err   error
		stage Stage
		hint  string
	}{
		{&net.DNSError{Err: "no such host", Name: "broker", IsNotFound: true}, StageResolve, hintNoHost},
		{&net.DNSError{Err: "server misbehaving", Name: "broker", IsTemporary: true}, StageResolve, hintNoResolver},
		{syscall.EHOSTUNREACH, StageDial, hintUnreachable},
		{syscall.ETIMEDOUT, StageDial, hintUnreachable},
		{syscall.ECONNREFUSED, StageDial, hintNotListening},
		{syscall.EMFILE, StageDial, ""},
	} {
		_, err := Dial(t.Context(), "broker:9092", Config{Dialer: failingDialer{tt.err}})
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, tt.err) || e.Stage != tt.stage || e.Hint != tt.hint || !e.Retriable() {
			t.Errorf("%v: %v", tt.err, err)
		}
		b := NewBroker(1, "broker:9092", Config{Dialer: failingDialer{tt.err}})
		_, err = b.Conn(t.Context())
		b.Close()
		want := tt.hint
		if slices.Contains([]string{hintNoHost, hintUnreachable, hintNotListening}, want) {
			want = hintAdvertised
		}
		if !errors.As(err, &e) || e.Stage != tt.stage || e.Hint != want {
			t.Errorf("%v, of an advertised address: %v", tt.err, err)
		}
	}
}

// What fails after set-up has no hint where nothing is wrong but the network.
func TestClosedMidRequest(t *testing.T) {
	addr := fakebroker.Listen(t, func(c net.Conn) {
		p := &peer{t: t, conn: c, r: bufio.NewReader(c)}
		p.hello(allAPIs())
		p.reply(p.next(), &protocol.HeartbeatResponse{})
		p.next()
	})
	c, err := Dial(t.Context(), addr, Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Do(t.Context(), heartbeat(1)); err != nil {
		t.Fatal(err)
	}
	_, err = c.Do(t.Context(), heartbeat(2))
	want := "broker " + addr + ": request: Heartbeat v4: connection closed by the broker"
	if e := (*Error)(nil); !errors.Is(err, ErrDisconnected) || !errors.As(err, &e) || !e.Retriable() || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func tlsServer(cfg *tls.Config) func(net.Conn) {
	return func(c net.Conn) { io.Copy(io.Discard, tls.Server(c, cfg)) }
}

// garblingServer sends a record after the handshake that no key fits.
func garblingServer(cfg *tls.Config) func(net.Conn) {
	return func(c net.Conn) {
		if tls.Server(c, cfg).Handshake() == nil {
			io.WriteString(c, "\x17\x03\x03\x00\x13nineteen bytes long")
			io.Copy(io.Discard, c)
		}
	}
}

// textServer speaks first, as SSH does, and then reads what comes.
func textServer(text string) func(net.Conn) {
	return func(c net.Conn) {
		io.WriteString(c, text)
		io.Copy(io.Discard, c)
	}
}

// zooKeeper reads a packet and closes, as ZooKeeper does when a session's first
// packet claims to have seen a later transaction than it has.
func zooKeeper(c net.Conn) {
	size := make([]byte, 4)
	io.ReadFull(c, size)
	io.ReadFull(c, make([]byte, size[3]))
}

func httpServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.NotFoundHandler()}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().String()
}

// certificate returns a self-signed certificate for a host, and the pool that
// trusts it.
func certificate(t *testing.T, host string, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
