package tlsconfig

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files in testdata are made by openssl and keytool: see make.sh there.
const (
	storePassword = "correct horse"
	keyPassword   = "battery staple"
)

func data(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func from(name string) Source { return Source{File: filepath.Join("testdata", name)} }

func locked(name, password string) Source {
	s := from(name)
	s.Password = password
	return s
}

// clientCertificate returns what a broker is shown.
func clientCertificate(t *testing.T, cfg *tls.Config) *tls.Certificate {
	t.Helper()
	cert, err := cfg.GetClientCertificate(&tls.CertificateRequestInfo{})
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestClientCertificates(t *testing.T) {
	chain := from("chain.pem")
	backwards := bytes.SplitAfterN(data(t, "chain.pem"), []byte("-----END CERTIFICATE-----\n"), 2)
	for name, o := range map[string]Options{
		"PEM, PKCS #8":              {Certificate: chain, Key: from("client.key")},
		"PEM, PKCS #1":              {Certificate: chain, Key: from("client-pkcs1.key")},
		"PEM, bytes":                {Certificate: Source{Data: data(t, "chain.pem")}, Key: Source{Data: data(t, "client.key")}},
		"PEM, bytes in one":         {Certificate: Source{Data: append(data(t, "client.key"), data(t, "chain.pem")...), Type: PEM}},
		"PEM, issuer first":         {Certificate: Source{Data: append(backwards[1], backwards[0]...)}, Key: from("client.key")},
		"AES-256":                   {Certificate: chain, Key: locked("client-aes256.key", storePassword)},
		"AES-128, SHA-1":            {Certificate: chain, Key: from("client-aes128.key"), KeyPassword: storePassword},
		"Triple DES, SHA-512":       {Certificate: chain, Key: from("client-des3.key"), KeyPassword: storePassword},
		"encrypted as PEM once was": {Certificate: chain, Key: from("client-old.key"), KeyPassword: storePassword},
		"encrypted, in one":         {Certificate: locked("client.pem", storePassword)},
		"PKCS #12 of openssl":       {Certificate: locked("client.p12", storePassword)},
		"PKCS #12 of old openssl":   {Certificate: locked("client-legacy.p12", storePassword)},
		"PKCS #12 of keytool":       {Certificate: Source{File: "testdata/client-java.p12", Password: storePassword, Type: JKS}}, // as Java bears it
		"JKS":                       {Certificate: Source{File: "testdata/client.jks", Password: storePassword, Type: JKS}, KeyPassword: keyPassword},
		"JKS, bytes":                {Certificate: Source{Data: data(t, "client.jks"), Password: storePassword}, KeyPassword: keyPassword},
		"JKS, store not checked":    {Certificate: from("client.jks"), KeyPassword: keyPassword},
	} {
		cfg, err := New(o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		cert := clientCertificate(t, cfg)
		if len(cert.Certificate) != 2 || cert.Leaf.Subject.CommonName != "client" {
			t.Errorf("%s: %d certificates, the first is %s", name, len(cert.Certificate), cert.Leaf.Subject)
			continue
		}
		if _, err := tls.X509KeyPair(data(t, "chain.pem"), keyPEM(t, cert)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTrustStores(t *testing.T) {
	client, err := pemCertificates(data(t, "chain.pem"))
	if err != nil {
		t.Fatal(err)
	}
	intermediates := x509.NewCertPool()
	intermediates.AddCert(client[1])
	for name, o := range map[string]Options{
		"PEM":                   {Roots: from("root.pem")},
		"PEM, bytes":            {Roots: Source{Data: data(t, "root.pem")}},
		"DER":                   {Roots: Source{Data: der(t, "root.pem")}},
		"JKS":                   {Roots: locked("trust.jks", storePassword)},
		"JKS, not checked":      {Roots: from("trust.jks")},
		"JKS that has keys too": {Roots: locked("client.jks", storePassword)},
		"PKCS #12 of keytool":   {Roots: locked("trust.p12", storePassword)},
	} {
		pool, err := o.pool()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, err = client[0].Verify(x509.VerifyOptions{Roots: pool, Intermediates: intermediates, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOptionErrors(t *testing.T) {
	root, chain, empty := from("root.pem"), from("chain.pem"), filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	other := string(data(t, "client.key"))
	for _, tt := range []struct {
		o    Options
		is   error
		want string
	}{
		{Options{Roots: Source{File: "none.pem"}}, os.ErrNotExist, "TLS: Roots (ssl.truststore, ssl.ca): none.pem: no such file"},
		{Options{Roots: Source{File: empty}}, nil, "the file is empty"},
		{Options{Roots: Source{File: "testdata"}}, nil, "testdata: is a directory"},
		{Options{Roots: Source{Data: []byte("hello")}}, nil, "(5 bytes): it is not in PEM, PKCS #12 or JKS format"},
		{Options{Roots: from("client.key")}, nil, "no trusted certificate is in it"},
		{Options{Roots: Source{File: "testdata/root.pem", Type: JKS}}, nil, "it is in PEM format, but its type is said to be JKS"},
		{Options{Roots: Source{File: "testdata/trust.jks", Type: PEM}}, nil, "it is in JKS format, but its type is said to be PEM"},
		{Options{Roots: Source{Data: []byte("\xce\xce\xce\xce\x00")}}, nil, "keytool -importkeystore"},
		{Options{Roots: locked("root.pem", "secret")}, nil, "a password is set (ssl.truststore.password), but"},
		{Options{Roots: locked("trust.jks", "secret")}, ErrPassword, "ssl.truststore.password"},
		{Options{Roots: locked("trust.p12", "secret")}, ErrPassword, "ssl.truststore.password"},
		{Options{Roots: from("trust.p12")}, ErrNoPassword, "ssl.truststore.password"},
		{Options{Roots: locked("trust-openssl.p12", storePassword)}, nil, "keytool -importcert"},
		{Options{Roots: Source{Data: data(t, "trust.jks")[:100]}}, nil, "cut off or damaged"},
		{Options{Certificate: chain}, nil, "no private key is in it: set the file that has it as Key (ssl.key.location"},
		{Options{Certificate: root, Key: from("client.key")}, nil, "the private key belongs to none of the certificates"},
		{Options{Certificate: from("client.key")}, nil, "no certificate is in it"},
		{Options{Certificate: chain, Key: root}, nil, "TLS: Key (ssl.key): testdata/root.pem: no private key"},
		{Options{Certificate: chain, Key: from("client-aes256.key")}, ErrNoPassword, "ssl.key.password"},
		{Options{Certificate: chain, Key: from("client-old.key")}, ErrNoPassword, "ssl.key.password"},
		{Options{Certificate: chain, Key: from("client-aes256.key"), KeyPassword: "secret"}, ErrPassword, "ssl.key.password"},
		{Options{Certificate: chain, Key: from("client-old.key"), KeyPassword: "secret"}, ErrPassword, "ssl.key.password"},
		{Options{Certificate: chain, Key: from("client-scrypt.key"), KeyPassword: storePassword}, nil, "1.3.6.1.4.1.11591.4.11 is not supported: convert it with openssl pkcs8"},
		{Options{Certificate: locked("client.p12", "secret")}, ErrPassword, "ssl.keystore.password"},
		{Options{Certificate: from("client.p12")}, ErrNoPassword, "ssl.keystore.password"},
		{Options{Certificate: locked("client.jks", "secret")}, ErrPassword, "ssl.keystore.password"},
		{Options{Certificate: locked("client.jks", storePassword)}, ErrPassword, "ssl.key.password"},
		{Options{Certificate: from("client.jks")}, ErrNoPassword, "ssl.keystore.password, ssl.key.password"},
		{Options{Certificate: locked("client-two.jks", storePassword), KeyPassword: keyPassword}, nil, "several private keys"},
		{Options{CRL: root}, nil, "TLS: CRL (ssl.crl): testdata/root.pem: no revocation list"},
		{Options{RootCAs: x509.NewCertPool(), Roots: root}, nil, "RootCAs and Roots are both set"},
		{Options{Key: from("client.key")}, nil, "Key is set, but not Certificate"},
		{Options{CRL: from("crl.pem"), SkipVerify: true}, nil, "CRL and SkipVerify are both set"},
		{Options{MaxVersion: tls.VersionTLS11}, nil, "MaxVersion is TLS 1.1, MinVersion TLS 1.2: no version is left"},
		{Options{Roots: Source{File: "a", Data: []byte("b")}}, nil, "Roots has both File and Data"},
		{Options{Certificate: Source{Data: []byte("b"), Type: "BCFKS"}}, nil, `Certificate.Type is "BCFKS"`},
	} {
		_, err := New(tt.o)
		if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%v:\n got %v\nwant %v with %q", tt.o, err, tt.is, tt.want)
			continue
		}
		for _, secret := range []string{"secret", storePassword, keyPassword, other[40:80]} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("a secret is shown: %v", err)
			}
		}
	}
}

// However options are printed, nothing secret is.
func TestSecretsAreNotShown(t *testing.T) {
	key := data(t, "client.key")
	o := Options{
		Roots:       Source{File: "ca.jks", Password: "secret1"},
		Certificate: Source{File: "client.p12", Password: "secret2"},
		Key:         Source{Data: key, Password: "secret3"},
		KeyPassword: "secret4",
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("text", "options", o, "source", o.Key, "pointer", &o)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "options", o, "source", o.Key, "within", struct{ O Options }{o})
	shown := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		shown += fmt.Sprintf(verb+verb+verb, o, o.Key, &o) + fmt.Sprintf(verb, struct{ O Options }{o})
	}
	for _, secret := range []string{"secret", fmt.Sprintf("%x", "secret"), string(key[40:80]), fmt.Sprint(key[40:60]), fmt.Sprintf("%x", key[40:60])} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is shown: %s", secret, shown)
		}
	}
	if want := "tlsconfig.Options{Roots: ca.jks, Certificate: client.p12, Key: (1704 bytes)}"; o.String() != want || !strings.Contains(shown, want) {
		t.Errorf("got %s", o)
	}
}

func TestCipherSuites(t *testing.T) {
	for name, want := range map[string]uint16{
		"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		"TLS_AES_256_GCM_SHA384":                tls.TLS_AES_256_GCM_SHA384,
		// as openssl ciphers -stdname has them
		"ECDHE-RSA-AES128-GCM-SHA256":   tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		"ECDHE-ECDSA-CHACHA20-POLY1305": tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
		"ECDHE-RSA-AES256-SHA":          tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
		"ECDHE-ECDSA-AES128-SHA256":     tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
		"AES128-GCM-SHA256":             tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
		"DES-CBC3-SHA":                  tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
	} {
		if id, err := ParseCipherSuite(name); err != nil || id != want {
			t.Errorf("%s: %x, %v", name, id, err)
		}
	}
	if _, err := ParseCipherSuite("HIGH"); err == nil {
		t.Error("no error for a suite that is none")
	}
}

// PKCS #12 is left to its library, whose iterations are those that a file says.
func FuzzStores(f *testing.F) {
	for _, name := range []string{"client.jks", "trust.jks", "client.pem", "root.pem", "crl.der", "client-aes128.key"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := Source{Data: b}
		if !s.isSet() {
			return
		}
		if kind, err := s.recognize(b); err == nil && kind != PKCS12 {
			if certs, err := s.authorities(); err == nil && len(certs) == 0 {
				t.Error("no error and no certificate")
			}
			_, _ = s.identity("") // it must come back
		}
		if lists, err := s.revocations(); err == nil && len(lists) == 0 {
			t.Error("no error and no list")
		}
	})
}
