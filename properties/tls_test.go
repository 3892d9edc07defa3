package properties

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate returns a self-signed certificate and its key in PEM format.
func certificate(t *testing.T) (chain, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
}

func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "store.pem")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestTLS(t *testing.T) {
	chain, key := certificate(t)
	for name, test := range map[string]struct {
		p            Properties
		roots, chain bool
	}{
		"system":         {Properties{"security.protocol": "ssl"}, false, false},
		"Java":           {Properties{"ssl.truststore.location": file(t, chain), "ssl.truststore.type": "PEM", "ssl.keystore.location": file(t, key+chain), "ssl.keystore.type": "PEM", "ssl.endpoint.identification.algorithm": "https"}, true, true},
		"Java, inline":   {Properties{"ssl.truststore.certificates": chain, "ssl.keystore.certificate.chain": chain, "ssl.keystore.key": key}, true, true},
		"librdkafka":     {Properties{"ssl.ca.location": file(t, chain), "ssl.certificate.location": file(t, chain), "ssl.key.location": file(t, key)}, true, true},
		"librdkafka PEM": {Properties{"ssl.ca.pem": chain, "ssl.certificate.pem": chain, "ssl.key.pem": key}, true, true},
		"kafka-python":   {Properties{"ssl_cafile": file(t, chain), "ssl_certfile": file(t, chain), "ssl_keyfile": file(t, key)}, true, true},
	} {
		test.p["security.protocol"] = "SSL"
		c, err := test.p.Client()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.TLS == nil || c.TLS.MinVersion != tls.VersionTLS12 || c.TLS.InsecureSkipVerify {
			t.Errorf("%s: %+v", name, c.TLS)
		} else if roots, chain := c.TLS.RootCAs != nil, len(c.TLS.Certificates) == 1; roots != test.roots || chain != test.chain {
			t.Errorf("%s: roots %t, certificate %t", name, roots, chain)
		}
	}
	if c, err := (Properties{"security.protocol": "PLAINTEXT"}).Client(); err != nil || c.TLS != nil {
		t.Errorf("plain text: %v, %v", c.TLS, err)
	}
}

func TestTLSErrors(t *testing.T) {
	chain, key := certificate(t)
	_, otherKey := certificate(t)
	for _, test := range []struct {
		p    Properties
		want string
	}{
		{Properties{"ssl.ca.location": "ca.pem"}, `keys "ssl.ca.location" and "security.protocol": connections are not encrypted unless security.protocol is SSL`},
		{Properties{"ssl_cafile": "ca.pem", "security_protocol": "PLAINTEXT"}, `keys "ssl_cafile" and "security.protocol"`},
		{Properties{"security.protocol": "SSL", "ssl.ca.location": "/does/not/exist"}, "ssl.truststore.location: open /does/not/exist"},
		{Properties{"security.protocol": "SSL", "ssl.ca.location": file(t, "\xfe\xed\xfe\xed")}, "no certificate in PEM format in it; convert a JKS or PKCS#12 store"},
		{Properties{"security.protocol": "SSL", "ssl.ca.pem": chain, "ssl.ca.location": "x"}, `keys "ssl.truststore.certificates" and "ssl.truststore.location": keep one of them`},
		{Properties{"security.protocol": "SSL", "ssl.keystore.key": key}, "ssl.keystore.key: the certificate that belongs to the key is missing"},
		{Properties{"security.protocol": "SSL", "ssl.certificate.pem": chain}, "ssl.keystore.certificate.chain: the key that belongs to the certificate is missing"},
		{Properties{"security.protocol": "SSL", "ssl.certificate.pem": chain, "ssl.key.pem": otherKey}, "private key does not match public key"},
		{Properties{"security.protocol": "SSL", "ssl.truststore.type": "JKS"}, `key "ssl.truststore.type" cannot be "JKS": must be PEM`},
		{Properties{"security.protocol": "SSL", "ssl.endpoint.identification.algorithm": ""}, "connections without a check of the name are not supported yet"},
		{Properties{"security.protocol": "SSL", "ssl.key.password": "hunter2"}, `key "ssl.key.password" is one of Kafka's, but is not supported: encrypted keys come in a later version`},
	} {
		_, err := test.p.Client()
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v:\n got %v\nwant %s", test.p, err, test.want)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "PRIVATE")) {
			t.Errorf("a secret is shown: %v", err)
		}
	}
}
