package integration

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/properties"
	"software.sslmate.com/src/go-pkcs12"
)

// startTLS starts a cluster of a target's version that speaks TLS, and returns
// it with the configuration that trusts it.
func startTLS(t *testing.T, target kafkabroker.Target) (kafkabroker.Target, *tls.Config) {
	t.Helper()
	secure, authority := startTLSWith(t, target, tls.NoClientCert)
	roots := x509.NewCertPool()
	roots.AddCert(authority.Certificate())
	return secure, &tls.Config{RootCAs: roots}
}

// startTLSWith starts a cluster that speaks TLS, with what it demands of clients,
// and returns it with the authority of all certificates.
func startTLSWith(t *testing.T, target kafkabroker.Target, auth tls.ClientAuthType) (kafkabroker.Target, *kafkabroker.Authority) {
	t.Helper()
	if _, ok := target.(*kafkabroker.Cluster); !ok {
		authority, err := kafkabroker.NewAuthority()
		must(t, err)
		server, err := authority.Server()
		must(t, err)
		clients := x509.NewCertPool()
		clients.AddCert(authority.Certificate())
		c := kafkatest.Start(t, kafkatest.AutoCreateTopics(1),
			kafkatest.TLS(&tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: auth, ClientCAs: clients}))
		return address(c.BootstrapServers()[0]), authority
	}
	config := kafkabroker.Config{Version: target.Version(), TLS: true}
	if auth == tls.RequireAndVerifyClientCert {
		config.Properties = map[string]string{"ssl.client.auth": "required"}
	}
	c, err := kafkabroker.Start(t.Context(), config)
	must(t, err)
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return address(c.TLSBootstrapServers()[0]), c.Authority()
}

// distrusting is a configuration that trusts nobody.
func distrusting(cfg *tls.Config) *tls.Config {
	cfg = cfg.Clone()
	cfg.RootCAs = x509.NewCertPool()
	return cfg
}

// TestMutualTLS has clients with certificates from key stores of each type, as
// properties name them, and a client without one.
func TestMutualTLS(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if !can(target, tlsListeners) {
			return
		}
		secure, authority := startTLSWith(t, target, tls.RequireAndVerifyClientCert)
		for name, p := range stores(t, authority) {
			t.Run(name, func(t *testing.T) {
				p["security.protocol"] = "SSL"
				shared, err := p.Client()
				must(t, err)
				topic := kafkabroker.UniqueName(t)
				producing := newProducer(t, secure, func(cfg *producer.Config) { cfg.TLS = shared.TLS })
				places := send(t, producing, numbered(topic, 100)...)
				c := newConsumer(t, secure, func(cfg *consumer.Config) { cfg.TLS = shared.TLS })
				must(t, c.Assign(partitionsOf(topic, 1)...))
				checkReceived(t, receive(t, c, 100), numbered(topic, 100), places)
			})
		}
		t.Run("no certificate", func(t *testing.T) {
			roots := x509.NewCertPool()
			roots.AddCert(authority.Certificate())
			errs := tryAll(t, 3*time.Second, secure, func(cfg *cluster.Config) { cfg.TLS = &tls.Config{RootCAs: roots} })
			wantAll(t, errs, secure.BootstrapServers()[0], "ssl.keystore")
		})
	})
}

// stores returns properties with a client's certificate in each type of store.
// Those of keytool are among them where that is, as it is beside Java.
func stores(t *testing.T, authority *kafkabroker.Authority) map[string]properties.Properties {
	t.Helper()
	const password = "correct horse"
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	cert, err := authority.Client("client", time.Hour)
	must(t, err)
	writeCertificate(t, dir, cert)
	must(t, os.WriteFile(at("ca.pem"), authority.PEM(), 0o600))
	keys, err := pkcs12.Modern.Encode(cert.PrivateKey, cert.Leaf, nil, password)
	must(t, err)
	must(t, os.WriteFile(at("client.p12"), keys, 0o600))
	trust, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{authority.Certificate()}, password)
	must(t, err)
	must(t, os.WriteFile(at("trust.p12"), trust, 0o600))
	all := map[string]properties.Properties{
		"PEM":    {"ssl.ca.location": at("ca.pem"), "ssl.certificate.location": at("client.pem"), "ssl.key.location": at("client.key")},
		"PKCS12": {"ssl.truststore.location": at("trust.p12"), "ssl.truststore.password": password, "ssl.keystore.location": at("client.p12"), "ssl.keystore.password": password, "ssl.keystore.type": "PKCS12"},
	}
	keytool, err := exec.LookPath("keytool")
	if errors.Is(err, exec.ErrNotFound) {
		return all
	}
	for from, to := range map[string]string{"client.p12": "client.jks", "trust.p12": "trust.jks"} {
		out, err := exec.CommandContext(t.Context(), keytool, "-importkeystore", "-srckeystore", at(from), "-srcstorepass", password,
			"-destkeystore", at(to), "-deststoretype", "JKS", "-deststorepass", password).CombinedOutput()
		if err != nil {
			t.Fatalf("keytool: %v\n%s", err, out)
		}
	}
	all["JKS"] = properties.Properties{"ssl.truststore.location": at("trust.jks"), "ssl.truststore.password": password, "ssl.truststore.type": "JKS",
		"ssl.keystore.location": at("client.jks"), "ssl.keystore.password": password, "ssl.keystore.type": "JKS"}
	return all
}

// writeCertificate writes client.pem and client.key.
func writeCertificate(t *testing.T, dir string, cert tls.Certificate) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	must(t, err)
	for name, block := range map[string]*pem.Block{
		"client.pem": {Type: "CERTIFICATE", Bytes: cert.Certificate[0]},
		"client.key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
}

// TestCertificateRotation lets a running client's certificate expire, and puts
// another one in its place.
func TestCertificateRotation(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if !can(target, tlsListeners) {
			return
		}
		secure, authority := startTLSWith(t, target, tls.RequireAndVerifyClientCert)
		dir := t.TempDir()
		short, err := authority.Client("short-lived", 5*time.Second)
		must(t, err)
		writeCertificate(t, dir, short)
		must(t, os.WriteFile(filepath.Join(dir, "ca.pem"), authority.PEM(), 0o600))
		cfg, err := properties.Properties{
			"security.protocol":        "SSL",
			"ssl.ca.location":          filepath.Join(dir, "ca.pem"),
			"ssl.certificate.location": filepath.Join(dir, "client.pem"),
			"ssl.key.location":         filepath.Join(dir, "client.key"),
			"connections.max.idle.ms":  "10", // so that there are new connections
		}.Client()
		must(t, err)
		cfg.BootstrapServers = secure.BootstrapServers()
		c, err := cluster.NewClient(cfg)
		must(t, err)
		t.Cleanup(func() {
			ctx, cancel := closing()
			defer cancel()
			if err := c.Close(ctx); err != nil {
				t.Error(err)
			}
		})
		must(t, c.Refresh(soon(t)))
		var refused *conn.Error
		eventually(t, patience, func() error {
			if !errors.As(c.Refresh(within(t, 3*time.Second)), &refused) {
				return errors.New("the client gets through with a certificate that has expired")
			}
			return nil
		})
		wantError(t, refused, "ssl.keystore")
		fresh, err := authority.Client("fresh", time.Hour)
		must(t, err)
		writeCertificate(t, dir, fresh)
		eventually(t, patience, func() error { return c.Refresh(soon(t)) })
	})
}
