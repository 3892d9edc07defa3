package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/internal/fakebroker"
	"github.com/barnabas-go/kafka/kafkatest"
)

// certificate returns a self-signed certificate for the loopback address, and the
// file with it that trusts it.
func certificate(t *testing.T) (cert tls.Certificate, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

func TestUnreachable(t *testing.T) {
	cert, ca := certificate(t)
	_, plain := brokers(t, kafkatest.Topic("t", 1))
	secure := strings.Join(kafkatest.Start(t, kafkatest.TLS(&tls.Config{Certificates: []tls.Certificate{cert}})).BootstrapServers(), ",")
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	webAddr := strings.TrimPrefix(web.URL, "http://")
	silent := fakebroker.Listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	closing := fakebroker.Listen(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) })
	const ssl = " -X security.protocol=SSL"

	for _, test := range []struct{ name, args, want string }{
		{"nothing listens", "-b 127.0.0.1:1",
			"broker 127.0.0.1:1: dial: ...refused (nothing listens there: is the broker running, ...)"},
		{"several addresses", "-b 127.0.0.1:1,127.0.0.1:2", "...broker 127.0.0.1:...\n  broker 127.0.0.1:..."},
		{"unknown host", "-b no.such.host.invalid:9092", "broker no.such.host.invalid:9092: resolve: ..."},
		{"HTTP", "-b " + webAddr + " -X socket.connection.setup.timeout.ms=1000", "...(a web server listens there: use a Kafka listener's port in bootstrap servers, usually 9092)"},
		{"HTTP by TLS", "-b " + webAddr + ssl, "...(a web server listens there: ...)"},
		{"TLS by plaintext", "-b " + secure, "...or a TLS listener, so that Config.TLS must be set (security.protocol=SSL or SASL_SSL)?)"},
		{"plaintext by TLS", "-b " + plain + ssl, "...(...port of a TLS listener, or leave Config.TLS nil (security.protocol=PLAINTEXT)...)"},
		{"unknown authority", "-b " + secure + ssl, "...(set TLS.RootCAs (ssl.ca.location, ssl.truststore.location) to the authority that signed the broker's certificate)"},
		{"wrong name", "-b localhost:" + secure[strings.LastIndex(secure, ":")+1:] + ssl + " -X ssl.ca.location=" + ca, "...(connect by a name in the broker's certificate, or set TLS.ServerName to one)"},
		{"says nothing", "-b " + silent + " -X socket.connection.setup.timeout.ms=1000", "...(something listens but does not answer as a Kafka broker: ...)"},
		{"closes", "-b " + closing, "...(no Kafka listener that speaks plaintext does that: is it ZooKeeper's port ...)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, command := range []string{"consume -t t", "produce -t t", "topics list", "check-version", "quickstart -c 10"} {
				r := barnabas(t, "", strings.Fields(command+" "+test.args)...)
				if want := "barnabas: no broker could be used:\n  " + test.want + "\n"; !matches(r.err, want) {
					t.Errorf("%s:\n got %s\nwant %s", command, r.err, want)
				}
				if r.code != exitUnreachable || r.out != "" {
					t.Errorf("%s: exit code %d, output %q", command, r.code, r.out)
				}
			}
		})
	}
	r := barnabas(t, "", strings.Fields("check-version -b "+secure+ssl+" -X ssl.ca.location="+ca)...)
	if r.code != exitOK || r.err != "" {
		t.Errorf("with the right settings: %+v", r)
	}
}

func TestUnknownTopic(t *testing.T) {
	_, b := brokers(t, kafkatest.Topic("orders", 2), kafkatest.Topic("ordered", 1), kafkatest.Topic("billing", 1))
	for _, test := range []struct{ args, want string }{
		{"consume -t order", `topic "order" does not exist; did you mean "orders" or "ordered"? (barnabas topics create order makes it)`},
		{"consume -t ORDERS -G g", `topic "ORDERS" does not exist; did you mean "orders" or "ordered"? (...)`},
		{"consume -t payments", `topic "payments" does not exist; barnabas topics list shows those that do (barnabas topics create payments makes it)`},
		{"consume -t orders -p 2", `topic "orders" has no partition 2: it has 0 to 1`},
		{"produce -t orders -p 5", `topic "orders" has no partition 5: it has 0 to 1`},
		{"produce -t biling", `topic "biling" does not exist; did you mean "billing"? (...)`},
		{"topics describe orders biling", `topic "biling" does not exist; did you mean "billing"? (...)`},
		{"topics delete biling", `topic "biling" does not exist; did you mean "billing"? (...)`},
		{"topics create orders", `CreateTopics orders...TOPIC_ALREADY_EXISTS...`},
	} {
		r := barnabas(t, "v\n", append(strings.Fields(test.args), "-b", b)...)
		if want := "...barnabas: " + test.want + "\n"; !matches(r.err, want) {
			t.Errorf("%s:\n got %s\nwant %s", test.args, r.err, want)
		}
		if r.code != exitFailure {
			t.Errorf("%s: exit code %d", test.args, r.code)
		}
	}
	if got := must(t, "", "topics", "list", "-b", b); got != "billing\nordered\norders\n" {
		t.Errorf("there are topics now that were only asked for: %q", got)
	}
}

func TestRefusedRecords(t *testing.T) {
	_, b := brokers(t, kafkatest.Topic("t", 1))
	r := barnabas(t, strings.Repeat("x", 2<<20), "produce", "-b", b, "-t", "t")
	if want := "barnabas: record of ... bytes for topic t is larger than MaxRequestSize (max.request.size), ...\n"; r.code != exitFailure || !matches(r.err, want) {
		t.Errorf("a large record: %+v", r)
	}
	r = barnabas(t, "no separator\n", "produce", "-b", b, "-t", "t", "--property", "parse.key=true")
	if want := "barnabas: no key separator \"\\t\" in the line \"no separator\"\n"; r.code != exitFailure || !matches(r.err, want) {
		t.Errorf("a line without key: %+v", r)
	}
}
