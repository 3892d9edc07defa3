package kafkatest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/protocol"
)

// certificate returns a self-signed one for the loopback address, and the pool
// that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestTLS(t *testing.T) {
	kafkatest.CheckLeaks(t)
	cert, pool := certificate(t)
	c := kafkatest.Start(t, kafkatest.Topic("t", 1), kafkatest.TLS(&tls.Config{Certificates: []tls.Certificate{cert}}))
	dialer := &tls.Dialer{Config: &tls.Config{RootCAs: pool}}
	cl := newClient(t, c, kgo.Dialer(dialer.DialContext))
	mustProduce(t, cl, "t", "a")
	must(t, c.DropConnections(0))
	mustProduce(t, cl, "t", "b")

	if _, err := ask[kmsg.Response](dial(t, c, 0), kmsg.NewPtrApiVersionsRequest(), 0); err == nil {
		t.Error("a TLS listener answered plaintext")
	}
}

func TestSASL(t *testing.T) {
	for name, mechanism := range map[string]struct{ right, wrong sasl.Mechanism }{
		"PLAIN":         {plain.Auth{User: "u", Pass: "p"}.AsMechanism(), plain.Auth{User: "u", Pass: "q"}.AsMechanism()},
		"SCRAM-SHA-256": {scram.Auth{User: "u", Pass: "p"}.AsSha256Mechanism(), scram.Auth{User: "u", Pass: "q"}.AsSha256Mechanism()},
		"SCRAM-SHA-512": {scram.Auth{User: "u", Pass: "p"}.AsSha512Mechanism(), scram.Auth{User: "u", Pass: "q"}.AsSha512Mechanism()},
	} {
		t.Run(name, func(t *testing.T) {
			kafkatest.CheckLeaks(t)
			c := kafkatest.Start(t, kafkatest.Brokers(2), kafkatest.SASL(name, "u", "p"))
			must(t, c.CreateTopic("t", 1))
			cl := newClient(t, c, kgo.SASL(mechanism.right), kgo.ConsumerGroup("g"), kgo.ConsumeTopics("t"))
			mustProduce(t, cl, "t", "a")
			mustConsume(t, cl, 1)

			// A moved group is reached through connections of the cluster's own.
			from, err := c.Coordinator("g")
			must(t, err)
			must(t, c.Kill(from))
			mustProduce(t, cl, "t", "b")
			mustConsume(t, cl, 1)
			mustCommit(t, cl)

			must(t, c.Restart(from))
			wrong := newClient(t, c, kgo.SASL(mechanism.wrong))
			if err := wrong.Ping(t.Context()); !errors.Is(err, kerr.SaslAuthenticationFailed) {
				t.Errorf("with a wrong password: %v, want SASL_AUTHENTICATION_FAILED", err)
			}
			if _, err := ask[kmsg.Response](dial(t, c, int(1-from)), kmsg.NewPtrMetadataRequest(), 1); err == nil {
				t.Error("a client that did not authenticate was answered")
			}
			if c.Requests(protocol.SaslAuthenticate) == 0 {
				t.Error("nobody authenticated")
			}
		})
	}
}
