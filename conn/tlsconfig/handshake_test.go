package tlsconfig

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var serial int64

// issue makes a certificate: an authority's if it has no host, and signed by itself
// if nobody else does.
func (a *authority) issue(t *testing.T, name string, hosts ...string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: len(hosts) == 0,
	}
	if template.IsCA {
		template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	if a == nil {
		a = &authority{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// revoke returns a list with the certificates.
func (a *authority) revoke(t *testing.T, until time.Time, extra []pkix.Extension, certs ...*authority) []byte {
	t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-2 * time.Hour), NextUpdate: until, ExtraExtensions: extra}
	for _, c := range certs {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: c.cert.SerialNumber, RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.cert, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

// server is the configuration of a server with the chain.
func server(chain ...*authority) *tls.Config {
	cert := tls.Certificate{PrivateKey: chain[0].key}
	for _, a := range chain {
		cert.Certificate = append(cert.Certificate, a.cert.Raw)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}

// shake does a handshake over loopback, and returns what the client has of it.
func shake(t *testing.T, cfg, server *tls.Config, host string) (tls.ConnectionState, error) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		s, err := l.Accept()
		if err != nil {
			return
		}
		defer s.Close()
		_, _ = s.Write([]byte{1}) // tells that it is content; else the client knows more
		_, _ = s.Read(make([]byte, 1))
	}()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		near.Close()
		l.Close()
		<-served
	}()
	cfg = cfg.Clone()
	if cfg.ServerName == "" {
		cfg.ServerName = host
	}
	c := tls.Client(near, cfg)
	if err = c.HandshakeContext(t.Context()); err == nil {
		_, err = c.Read(make([]byte, 1))
	}
	return c.ConnectionState(), err
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	if !filepath.IsAbs(name) {
		name = filepath.Join(t.TempDir(), name)
	}
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func keyPEM(t *testing.T, cert *tls.Certificate) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func der(t *testing.T, name string) []byte {
	t.Helper()
	block, _ := pem.Decode(data(t, name))
	return block.Bytes
}

// logged is a logger that keeps what it is told.
func logged() (*slog.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	return slog.New(slog.NewTextHandler(&b, nil)), &b
}

func TestVerification(t *testing.T) {
	var none *authority
	root, other := none.issue(t, "root"), none.issue(t, "other")
	intermediate := root.issue(t, "intermediate")
	broker := intermediate.issue(t, "broker", "kafka-1", "127.0.0.1")
	rootPool := x509.NewCertPool()
	rootPool.AddCert(root.cert)
	file := Source{File: write(t, "root.pem", root.pem())}
	soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	lists := func(l ...[]byte) Source { return Source{Data: bytes.Join(l, nil)} }
	clean := [][]byte{intermediate.revoke(t, soon, nil), root.revoke(t, soon, nil)}
	var revoked *RevokedError
	var unlisted *UnlistedError
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	for _, tt := range []struct {
		name string
		o    Options
		host string
		as   any // nil: success
		warn string
	}{
		{"pool", Options{RootCAs: rootPool}, "kafka-1", nil, ""},
		{"bytes", Options{Roots: Source{Data: root.pem()}}, "kafka-1", nil, ""},
		{"file", Options{Roots: file}, "kafka-1", nil, ""},
		{"file, TLS 1.2", Options{Roots: file, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}}, "kafka-1", nil, ""},
		{"server name", Options{Roots: file, ServerName: "kafka-1"}, "elsewhere", nil, ""},
		{"unknown authority", Options{Roots: Source{File: write(t, "other.pem", other.pem())}}, "kafka-1", &unknown, ""},
		{"unknown authority, system's", Options{}, "kafka-1", &unknown, ""},
		{"unknown authority, system's, no check of the name", Options{SkipNameCheck: true}, "kafka-1", &unknown, "WITHOUT A CHECK OF THE NAME"},
		{"other name", Options{Roots: file}, "kafka-2", &name, ""},
		{"other name, bytes", Options{Roots: Source{Data: root.pem()}}, "kafka-2", &name, ""},
		{"other name, not checked", Options{Roots: file, SkipNameCheck: true}, "kafka-2", nil, "WITHOUT A CHECK OF THE NAME"},
		{"unknown authority, name not checked", Options{Roots: Source{Data: other.pem()}, SkipNameCheck: true}, "kafka-2", &unknown, "WITHOUT A CHECK OF THE NAME"},
		{"nothing checked", Options{SkipVerify: true}, "kafka-2", nil, "WITHOUT VERIFICATION"},
		{"lists", Options{Roots: file, CRL: lists(clean...)}, "kafka-1", nil, ""},
		{"lists, pool", Options{RootCAs: rootPool, CRL: lists(clean...)}, "kafka-1", nil, ""},
		{"revoked", Options{Roots: file, CRL: lists(intermediate.revoke(t, soon, nil, broker), clean[1])}, "kafka-1", &revoked, ""},
		{"revoked, pool", Options{RootCAs: rootPool, CRL: lists(intermediate.revoke(t, soon, nil, broker), clean[1])}, "kafka-1", &revoked, ""},
		{"revoked, name not checked", Options{Roots: file, SkipNameCheck: true, CRL: lists(intermediate.revoke(t, soon, nil, broker), clean[1])}, "kafka-1", &revoked, "WITHOUT A CHECK OF THE NAME"},
		{"issuer revoked", Options{Roots: file, CRL: lists(clean[0], root.revoke(t, soon, nil, intermediate))}, "kafka-1", &revoked, ""},
		{"revoked by an old list", Options{Roots: file, CRL: lists(intermediate.revoke(t, past, nil, broker), clean[1])}, "kafka-1", &revoked, ""},
		{"old list", Options{Roots: file, CRL: lists(intermediate.revoke(t, past, nil), clean[1])}, "kafka-1", &unlisted, ""},
		{"no list of the root", Options{Roots: file, CRL: lists(clean[0])}, "kafka-1", &unlisted, ""},
		{"list of an impostor", Options{Roots: file, CRL: lists(none.issue(t, "intermediate").revoke(t, soon, nil), clean[1])}, "kafka-1", &unlisted, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logger, log := logged()
			tt.o.Logger = logger
			cfg, err := New(tt.o)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second must not warn again
				_, err = shake(t, cfg, server(broker, intermediate), tt.host)
				var wrapped *tls.CertificateVerificationError
				switch {
				case tt.as == nil && err != nil:
					t.Errorf("refused: %v", err)
				case tt.as != nil && (!errors.As(err, tt.as) || !errors.As(err, &wrapped)):
					t.Errorf("got %v, want %T", err, tt.as)
				}
			}
			if n := strings.Count(log.String(), "level=WARN"); n != min(1, len(tt.warn)) || !strings.Contains(log.String(), tt.warn) {
				t.Errorf("logged %s", log)
			}
		})
	}
}

// crypto/tls keeps names that are addresses to itself: not to know the name must not
// mean not to check it.
func TestNameIsNotSkipped(t *testing.T) {
	var none *authority
	root := none.issue(t, "root")
	cfg, err := New(Options{Roots: Source{File: write(t, "root.pem", root.pem())}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = shake(t, cfg, server(root.issue(t, "broker", "127.0.0.1")), "127.0.0.1")
	if err == nil || !strings.Contains(err.Error(), "set ServerName") {
		t.Errorf("got %v", err)
	}
}

func TestPartialListsAreRefused(t *testing.T) {
	var none *authority
	list := none.issue(t, "root").revoke(t, time.Now().Add(time.Hour), []pkix.Extension{{Id: []int{2, 5, 29, 28}, Critical: true, Value: []byte{0x30, 0}}})
	if _, err := New(Options{CRL: Source{Data: list}}); err == nil || !strings.Contains(err.Error(), "only complete lists") {
		t.Errorf("got %v", err)
	}
	for _, name := range []string{"crl.pem", "crl.der"} {
		lists, err := from(name).revocations()
		if err != nil || len(lists) != 1 || len(lists[0].RevokedCertificateEntries) != 1 {
			t.Errorf("%s of openssl: %v, %v", name, lists, err)
		}
	}
}

func TestVersions(t *testing.T) {
	var none *authority
	root := none.issue(t, "root")
	for _, tt := range []struct {
		least, most, of, want uint16 // want 0: refused
	}{
		{0, 0, tls.VersionTLS13, tls.VersionTLS13},
		{0, 0, tls.VersionTLS12, tls.VersionTLS12},
		{0, 0, tls.VersionTLS11, 0},
		{tls.VersionTLS13, 0, tls.VersionTLS12, 0},
		{0, tls.VersionTLS12, tls.VersionTLS13, tls.VersionTLS12},
		{tls.VersionTLS11, 0, tls.VersionTLS11, tls.VersionTLS11},
	} {
		cfg, err := New(Options{Roots: Source{Data: root.pem()}, MinVersion: tt.least, MaxVersion: tt.most})
		if err != nil {
			t.Fatal(err)
		}
		s := server(root.issue(t, "broker", "kafka"))
		s.MinVersion, s.MaxVersion = tls.VersionTLS10, tt.of
		state, err := shake(t, cfg, s, "kafka")
		if (err != nil) != (tt.want == 0) || err == nil && state.Version != tt.want {
			t.Errorf("%x to %x with a server of %x: %x, %v", tt.least, tt.most, tt.of, state.Version, err)
		}
	}
}

// New connections use what is in the files now, but nothing that cannot be used.
func TestReload(t *testing.T) {
	var none *authority
	oldRoot, newRoot := none.issue(t, "old root"), none.issue(t, "new root")
	clients := none.issue(t, "root of clients")
	keyOf := func(a *authority) []byte { return keyPEM(t, &tls.Certificate{PrivateKey: a.key}) }
	first, second := clients.issue(t, "first", "client"), clients.issue(t, "second", "client")
	soon := time.Now().Add(time.Hour)
	roots := write(t, "root.pem", oldRoot.pem())
	cert, key := write(t, "client.pem", first.pem()), write(t, "client.key", keyOf(first))
	crl := write(t, "crl.pem", oldRoot.revoke(t, soon, nil))
	logger, log := logged()
	cfg, err := New(Options{Roots: Source{File: roots}, Certificate: Source{File: cert}, Key: Source{File: key}, CRL: Source{File: crl}, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	// seen connects to a broker of an authority and returns whom it saw.
	seen := func(a *authority) (name string, err error) {
		s := server(a.issue(t, "broker", "kafka"))
		s.ClientAuth = tls.RequireAnyClientCert
		s.VerifyConnection = func(cs tls.ConnectionState) error {
			name = cs.PeerCertificates[0].Subject.CommonName
			return nil
		}
		_, err = shake(t, cfg, s, "kafka")
		return name, err
	}
	expect := func(step string, a *authority, want string) {
		t.Helper()
		if name, err := seen(a); name != want || err != nil {
			t.Errorf("%s: seen as %q, %v; want %q", step, name, err, want)
		}
	}
	refuse := func(step string, a *authority) {
		t.Helper()
		if _, err := seen(a); err == nil {
			t.Errorf("%s: no error", step)
		}
	}
	expect("at first", oldRoot, "first")
	refuse("at first, the new root", newRoot)
	write(t, cert, second.pem())
	expect("certificate without its key", oldRoot, "first")
	expect("certificate without its key, again", oldRoot, "first")
	if n := strings.Count(log.String(), "belongs to none of the certificates"); n != 1 {
		t.Errorf("told %d times what is wrong: %s", n, log)
	}
	write(t, key, keyOf(second))
	expect("with its key", oldRoot, "second")
	write(t, roots, append(oldRoot.pem(), newRoot.pem()...))
	write(t, crl, append(oldRoot.revoke(t, soon, nil), newRoot.revoke(t, soon, nil)...))
	expect("both roots", oldRoot, "second")
	expect("both roots", newRoot, "second")
	write(t, roots, []byte("not a certificate"))
	expect("a broken file", newRoot, "second")
	if err := os.Remove(roots); err != nil {
		t.Fatal(err)
	}
	expect("no file", newRoot, "second")
	write(t, roots, newRoot.pem())
	expect("the new root", newRoot, "second")
	refuse("the old root", oldRoot)
	if strings.Contains(log.String(), "PRIVATE") {
		t.Errorf("a secret is logged: %s", log)
	}
}
