package properties

import (
	"crypto/tls"
	"strings"

	"github.com/barnabas-go/kafka/conn/tlsconfig"
)

// tlsSettings are what the keys about TLS set.
type tlsSettings struct {
	protocol string
	options  tlsconfig.Options

	chainFile string    // librdkafka's; options.Certificate has that of Java's key store
	chain     string    // the same as text
	roots     string    // authorities as text
	key       string    // the private key as text
	names     nameCheck // whether brokers' names are checked
	protocols versions  // ssl.protocol
}

// nameCheck is what two keys say of the same; the empty text is that of neither.
type nameCheck struct{ algorithm, boolean string }

// versions are the least and the newest of TLS that may be used; 0: not set.
type versions struct{ least, newest uint16 }

// exclusive are keys of which no two may be set.
var exclusive = [][2]string{
	{"ssl.truststore.location", "ssl.truststore.certificates"},
	{"ssl.keystore.location", "ssl.certificate.location"},
	{"ssl.keystore.location", "ssl.keystore.certificate.chain"},
	{"ssl.keystore.location", "ssl.key.location"},
	{"ssl.keystore.location", "ssl.keystore.key"},
	{"ssl.certificate.location", "ssl.keystore.certificate.chain"},
	{"ssl.key.location", "ssl.keystore.key"},
	{"ssl.protocol", "ssl.enabled.protocols"},
}

// config returns the configuration of TLS, nil for plain text.
func (t *tlsSettings) config(writtenAs map[string]string) (*tls.Config, error) {
	if t.protocol != "SSL" {
		return nil, unused(writtenAs, isTLS, "connections are not encrypted unless security.protocol is SSL or SASL_SSL")
	}
	for _, pair := range exclusive {
		one, ok := writtenAs[pair[0]]
		if other, too := writtenAs[pair[1]]; ok && too {
			return nil, &ConflictError{[]string{one, other}, "keep one of them"}
		}
	}
	o := t.options
	if t.chainFile != "" {
		o.Certificate.File = t.chainFile
	}
	o.Certificate.Data, o.Key.Data, o.Roots.Data = []byte(t.chain), []byte(t.key), []byte(t.roots)
	o.MinVersion, o.MaxVersion = t.protocols.least, t.protocols.newest
	if n := t.names; n.algorithm != "" && n.boolean != "" && n.algorithm != n.boolean {
		return nil, &ConflictError{[]string{writtenAs["ssl.endpoint.identification.algorithm"], writtenAs["ssl.check.hostname"]},
			"one says that brokers' names are checked, and the other that they are not"}
	}
	o.SkipNameCheck = t.names.algorithm == "none" || t.names.boolean == "none"
	return tlsconfig.New(o)
}

// isTLS tells keys that are about TLS alone.
func isTLS(name string) bool {
	return strings.HasPrefix(name, "ssl.") || strings.HasPrefix(name, "enable.ssl.")
}
