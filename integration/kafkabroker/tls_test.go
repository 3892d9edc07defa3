package kafkabroker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// TestTLS checks that a client that trusts the authority, and no other, gets
// through to a listener with the key store: one of Go's own, and the brokers of
// the releases in KAFKA_VERSION.
func TestTLS(t *testing.T) {
	t.Run("go", func(t *testing.T) {
		certs, err := newCertificates(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		checkHandshake(t, serveTLS(t, certs.keyStore), certs.authority.PEM())
	})
	for _, version := range versions(t) {
		if version == Embedded {
			continue
		}
		t.Run(version, func(t *testing.T) {
			c, err := Start(t.Context(), Config{Version: version, TLS: true})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Stop()
			checkHandshake(t, c.TLSBootstrapServers()[0], c.Authority().PEM())
		})
	}
}

// serveTLS listens with the key and certificate of a key store.
func serveTLS(t *testing.T, keyStore string) (address string) {
	t.Helper()
	store, err := os.ReadFile(keyStore)
	if err != nil {
		t.Fatal(err)
	}
	key, cert, _, err := pkcs12.DecodeChain(store, keyStorePassword)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.(*tls.Conn).Handshake() // its failure shows at the other end
			conn.Close()
		}
	}()
	return l.Addr().String()
}

func checkHandshake(t *testing.T, address string, caPEM []byte) {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(caPEM) {
		t.Fatalf("no certificate in %q", caPEM)
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		if err := handshake(t, net.JoinHostPort(host, port), roots); err != nil {
			t.Errorf("handshake with %s: %v", host, err)
		}
	}
	if err := handshake(t, address, x509.NewCertPool()); err == nil {
		t.Error("a client that trusts nobody gets through")
	}
}

func handshake(t *testing.T, address string, roots *x509.CertPool) error {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots}}
	conn, err := dialer.DialContext(ctx, "tcp4", address)
	if err != nil {
		return err
	}
	return conn.Close()
}
