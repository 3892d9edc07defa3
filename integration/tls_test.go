package integration

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"testing"

	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/kafkatest"
)

// startTLS starts a cluster of a target's version that speaks TLS, and returns
// it with the configuration that trusts it.
func startTLS(t *testing.T, target kafkabroker.Target) (kafkabroker.Target, *tls.Config) {
	t.Helper()
	roots := x509.NewCertPool()
	if _, ok := target.(*kafkabroker.Cluster); !ok {
		web := httptest.NewUnstartedServer(nil) // which comes with a certificate for 127.0.0.1
		web.StartTLS()
		web.Close()
		roots.AddCert(web.Certificate())
		c := kafkatest.Start(t, kafkatest.AutoCreateTopics(1), kafkatest.TLS(&tls.Config{Certificates: web.TLS.Certificates}))
		return address(c.BootstrapServers()[0]), &tls.Config{RootCAs: roots}
	}
	c, err := kafkabroker.Start(t.Context(), kafkabroker.Config{Version: target.Version(), TLS: true})
	must(t, err)
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	roots.AppendCertsFromPEM(c.CACertificate())
	return address(c.TLSBootstrapServers()[0]), &tls.Config{RootCAs: roots}
}

// distrusting is a configuration that trusts nobody.
func distrusting(cfg *tls.Config) *tls.Config {
	cfg = cfg.Clone()
	cfg.RootCAs = x509.NewCertPool()
	return cfg
}
