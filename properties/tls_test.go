package properties

import (
	"bytes"
	"crypto/tls"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// stores are key stores that openssl and keytool made: see make.sh there.
const stores = "../conn/tlsconfig/testdata/"

const (
	storePassword = "correct horse"
	keyPassword   = "battery staple"
)

func content(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(stores + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTLS(t *testing.T) {
	chain, key, roots := content(t, "chain.pem"), content(t, "client.key"), content(t, "root.pem")
	for name, p := range map[string]Properties{
		"Java, JKS": {"ssl.truststore.location": stores + "trust.jks", "ssl.truststore.password": storePassword, "ssl.truststore.type": "JKS",
			"ssl.keystore.location": stores + "client.jks", "ssl.keystore.password": storePassword, "ssl.key.password": keyPassword, "ssl.keystore.type": "jks"},
		"Java, PKCS #12": {"ssl.truststore.location": stores + "trust.p12", "ssl.truststore.password": storePassword, "ssl.truststore.type": "PKCS12",
			"ssl.keystore.location": stores + "client-java.p12", "ssl.keystore.password": storePassword, "ssl.key.password": storePassword},
		"Java, PEM": {"ssl.truststore.location": stores + "root.pem", "ssl.truststore.type": "PEM",
			"ssl.keystore.location": stores + "client.pem", "ssl.keystore.type": "PEM", "ssl.key.password": storePassword, "ssl.endpoint.identification.algorithm": "https"},
		"Java, text": {"ssl.truststore.certificates": roots, "ssl.keystore.certificate.chain": chain, "ssl.keystore.key": key, "ssl.keystore.type": "PEM"},
		"librdkafka": {"ssl.ca.location": stores + "root.pem", "ssl.certificate.location": stores + "chain.pem",
			"ssl.key.location": stores + "client-aes256.key", "ssl.key.password": storePassword},
		"librdkafka, PKCS #12": {"ssl.ca.location": stores + "root.pem", "ssl.keystore.location": stores + "client.p12", "ssl.keystore.password": storePassword},
		"librdkafka, text":     {"ssl.ca.pem": roots, "ssl.certificate.pem": chain, "ssl.key.pem": key},
		"kafka-python": {"ssl_cafile": stores + "root.pem", "ssl_certfile": stores + "chain.pem", "ssl_keyfile": stores + "client-old.key",
			"ssl_password": storePassword, "ssl_check_hostname": "True"},
	} {
		p["security.protocol"] = "SSL"
		c, err := p.Client()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		cert, err := c.TLS.GetClientCertificate(&tls.CertificateRequestInfo{})
		if err != nil || len(cert.Certificate) != 2 {
			t.Errorf("%s: %v, %v", name, cert, err)
		}
		if c.TLS.MinVersion != tls.VersionTLS12 || c.TLS.RootCAs == nil && c.TLS.VerifyConnection == nil {
			t.Errorf("%s: %+v", name, c.TLS)
		}
	}
	c, err := Properties{"security.protocol": "ssl"}.Client()
	if err != nil || c.TLS == nil || c.TLS.RootCAs != nil || c.TLS.InsecureSkipVerify || c.TLS.GetClientCertificate != nil {
		t.Errorf("the system's authorities: %+v, %v", c.TLS, err)
	}
	if c, err := (Properties{"security.protocol": "PLAINTEXT"}).Client(); err != nil || c.TLS != nil {
		t.Errorf("plain text: %v, %v", c.TLS, err)
	}
}

func TestTLSOptions(t *testing.T) {
	for _, tt := range []struct {
		p    Properties
		want func(*settings) bool
	}{
		{Properties{"ssl.endpoint.identification.algorithm": ""}, func(s *settings) bool { return s.client.TLS.InsecureSkipVerify && !s.tls.options.SkipVerify }},
		{Properties{"ssl.endpoint.identification.algorithm": "none"}, func(s *settings) bool { return s.client.TLS.InsecureSkipVerify }},
		{Properties{"ssl.endpoint.identification.algorithm": "HTTPS"}, func(s *settings) bool { return !s.client.TLS.InsecureSkipVerify }},
		{Properties{"ssl_check_hostname": "False"}, func(s *settings) bool { return s.client.TLS.InsecureSkipVerify && !s.tls.options.SkipVerify }},
		{Properties{"enable.ssl.certificate.verification": "true"}, func(s *settings) bool { return !s.client.TLS.InsecureSkipVerify }},
		{Properties{"enable.ssl.certificate.verification": "false"}, func(s *settings) bool { return s.client.TLS.InsecureSkipVerify && s.tls.options.SkipVerify }},
		{Properties{"ssl.enabled.protocols": "TLSv1.3"}, func(s *settings) bool { return s.client.TLS.MinVersion == tls.VersionTLS13 }},
		{Properties{"ssl.enabled.protocols": "TLSv1.2, TLSv1.1"}, func(s *settings) bool {
			return s.client.TLS.MinVersion == tls.VersionTLS11 && s.client.TLS.MaxVersion == tls.VersionTLS12
		}},
		{Properties{"ssl.protocol": "TLSv1.2"}, func(s *settings) bool { return s.client.TLS.MaxVersion == tls.VersionTLS12 }},
		{Properties{"ssl_ciphers": "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"}, func(s *settings) bool {
			return slices.Equal(s.client.TLS.CipherSuites, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384})
		}},
		{Properties{"ssl.cipher.suites": "TLS_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"}, func(s *settings) bool {
			return len(s.client.TLS.CipherSuites) == 2
		}},
		{Properties{"ssl_crlfile": stores + "crl.pem"}, func(s *settings) bool {
			return s.client.TLS.VerifyConnection != nil && !s.client.TLS.InsecureSkipVerify
		}},
	} {
		p := maps.Clone(tt.p)
		p["security.protocol"] = "SSL"
		s, err := p.settings()
		if err != nil || !tt.want(s) {
			t.Errorf("%v: %+v, %v", tt.p, s.client.TLS, err)
		}
	}
}

func TestTLSErrors(t *testing.T) {
	chain, key := content(t, "chain.pem"), content(t, "client.key")
	broken := filepath.Join(t.TempDir(), "broken.jks")
	if err := os.WriteFile(broken, bytes.Repeat([]byte("\xfe\xed\xfe\xed"), 20), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		p    Properties
		want string
	}{
		{Properties{"security.protocol": "PLAINTEXT", "ssl.ca.location": "ca.pem"}, `keys "ssl.ca.location" and "security.protocol": connections are not encrypted unless security.protocol is SSL`},
		{Properties{"security.protocol": "PLAINTEXT", "enable.ssl.certificate.verification": "true"}, `keys "enable.ssl.certificate.verification" and "security.protocol"`},
		{Properties{"ssl_cafile": "ca.pem", "security_protocol": "PLAINTEXT"}, `keys "ssl_cafile" and "security.protocol"`},
		{Properties{"ssl.ca.location": "/does/not/exist"}, "TLS: Roots (ssl.truststore, ssl.ca): /does/not/exist: no such file or directory"},
		{Properties{"ssl.truststore.location": broken}, "version 4277010157 of JKS is not known"},
		{Properties{"ssl.truststore.location": stores + "trust.jks", "ssl.truststore.password": "hunter2"}, "trust.jks: the password is wrong, or the data are damaged (ssl.keystore.password, ssl.truststore.password)"},
		{Properties{"ssl.truststore.location": stores + "trust.jks", "ssl.truststore.type": "PEM"}, "it is in JKS format, but its type is said to be PEM"},
		{Properties{"ssl.ca.pem": chain, "ssl.ca.location": "x"}, `keys "ssl.ca.location" and "ssl.ca.pem": keep one of them`},
		{Properties{"ssl.keystore.location": "x", "ssl_keyfile": "y"}, `keys "ssl.keystore.location" and "ssl_keyfile": keep one of them`},
		{Properties{"ssl.keystore.key": key}, "Key is set, but not Certificate: set the certificate that belongs to the key"},
		{Properties{"ssl.certificate.pem": chain}, "no private key is in it: set the file that has it as Key (ssl.key.location, ssl.keystore.key)"},
		{Properties{"ssl.certificate.location": stores + "root.pem", "ssl.key.pem": key}, "root.pem: the private key belongs to none of the certificates"},
		{Properties{"ssl.certificate.pem": chain, "ssl.key.location": stores + "client-aes256.key"}, "encrypted, and no password is set (Options.KeyPassword, ssl.key.password)"},
		{Properties{"ssl.certificate.pem": chain, "ssl.key.location": stores + "client-aes256.key", "ssl.key.password": "hunter2"}, "the password is wrong, or the data are damaged (Options.KeyPassword, ssl.key.password)"},
		{Properties{"ssl.truststore.type": "BCFKS"}, `key "ssl.truststore.type" cannot be "BCFKS": must be PEM, PKCS12 or JKS`},
		{Properties{"ssl.endpoint.identification.algorithm": "ldaps"}, "must be https, or empty or none for no check"},
		{Properties{"ssl.endpoint.identification.algorithm": "https", "ssl_check_hostname": "false"}, `keys "ssl.endpoint.identification.algorithm" and "ssl_check_hostname": one says`},
		{Properties{"ssl.crl.location": stores + "crl.pem", "enable.ssl.certificate.verification": "false"}, "CRL and SkipVerify are both set"},
		{Properties{"ssl.enabled.protocols": "TLSv1.1,TLSv1.3"}, "without a gap"},
		{Properties{"ssl.protocol": "TLSv1.1"}, "must be TLSv1.2 or TLSv1.3"},
		{Properties{"ssl.cipher.suites": "HIGH"}, "must be names of cipher suites"},
		{Properties{"ssl.key.password": ""}, `key "ssl.key.password" cannot be "(hidden)": must not be empty`},
	} {
		p := maps.Clone(test.p)
		if p["security_protocol"] == "" && p["security.protocol"] == "" {
			p["security.protocol"] = "SSL"
		}
		_, err := p.Client()
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v:\n got %v\nwant %s", test.p, err, test.want)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "PRIVATE")) {
			t.Errorf("a secret is shown: %v", err)
		}
	}
}
