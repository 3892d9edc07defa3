package tlsconfig

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Options say what the *tls.Config is made of. The zero Options trust the system's
// authorities, verify the broker's name, and have no client certificate. The names
// in brackets are Kafka's properties.
type Options struct {
	// RootCAs are the authorities that sign brokers' certificates. Nil: see Roots.
	RootCAs *x509.CertPool
	// Roots has these authorities, in PEM format or as a trust store. Zero: those of
	// the system. [ssl.truststore.*, ssl.ca.location]
	Roots Source
	// CRL has revocation lists, in PEM or DER format. If it is set, each certificate
	// of the broker's chain, but for the root's, must be covered by a list of its
	// issuer that is up to date, and must not be on it. Zero: revocation is not
	// checked. [ssl.crl.location, ssl_crlfile]
	CRL Source

	// Certificate has the client's certificate chain and its private key. Zero: the
	// client has none. [ssl.keystore.*, ssl.certificate.location]
	Certificate Source
	// Key has the private key in PEM format, where it is not in Certificate.
	// [ssl.key.location]
	Key Source
	// KeyPassword decrypts the private key. Default: the password of Key, or of
	// Certificate. [ssl.key.password]
	KeyPassword string

	// ServerName is asked for (SNI) and must be in the broker's certificate. Default:
	// the host that each connection is made to.
	ServerName string
	// SkipNameCheck accepts any certificate that an authority signed, whoever it was
	// made out to. It is logged. Default false.
	// [ssl.endpoint.identification.algorithm=, ssl_check_hostname=false]
	SkipNameCheck bool
	// SkipVerify accepts any certificate at all: whoever can get in between reads and
	// changes everything. It is logged. Default false.
	// [enable.ssl.certificate.verification=false]
	SkipVerify bool

	// MinVersion and MaxVersion of TLS. Defaults tls.VersionTLS12, and the newest.
	// [ssl.enabled.protocols]
	MinVersion, MaxVersion uint16
	// CipherSuites are those allowed with TLS 1.2 and before; those of TLS 1.3 cannot
	// be chosen. Nil: Go's choice. [ssl.cipher.suites]
	CipherSuites []uint16

	// Logger gets the warnings. Nil: slog.Default().
	Logger *slog.Logger
}

// StoreType is how the data of a [Source] are written.
type StoreType string

// The types, as Kafka names them.
const (
	PEM    StoreType = "PEM"
	PKCS12 StoreType = "PKCS12"
	JKS    StoreType = "JKS"
)

// Source is a file, or the bytes that could be in one.
type Source struct {
	// File is its name. It is looked at for each new connection, and read again if it
	// was changed.
	File string
	// Data is what would be in the file.
	Data []byte
	// Type of the data. Default: told from the data. As in Java, JKS and PKCS12 stand
	// for each other.
	Type StoreType
	// Password of a key store or trust store.
	Password string
}

func (s Source) isSet() bool { return s.File != "" || len(s.Data) > 0 }

// String names the file, and tells nothing secret.
func (s Source) String() string {
	switch {
	case s.File != "":
		return s.File
	case len(s.Data) > 0:
		return fmt.Sprintf("(%d bytes)", len(s.Data))
	}
	return "none"
}

// Format writes what String returns, whatever the verb.
func (s Source) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText returns what String does, so that encoders tell nothing secret.
func (s Source) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String tells what is set, and nothing secret.
func (o Options) String() string {
	var b strings.Builder
	b.WriteString("tlsconfig.Options{Roots: ")
	switch {
	case o.RootCAs != nil:
		b.WriteString("RootCAs")
	case o.Roots.isSet():
		b.WriteString(o.Roots.String())
	default:
		b.WriteString("system")
	}
	for _, f := range []struct {
		name  string
		value Source
	}{{"CRL", o.CRL}, {"Certificate", o.Certificate}, {"Key", o.Key}} {
		if f.value.isSet() {
			fmt.Fprintf(&b, ", %s: %s", f.name, f.value)
		}
	}
	if o.ServerName != "" {
		fmt.Fprintf(&b, ", ServerName: %s", o.ServerName)
	}
	if o.SkipNameCheck {
		b.WriteString(", SkipNameCheck")
	}
	if o.SkipVerify {
		b.WriteString(", SkipVerify")
	}
	b.WriteString("}")
	return b.String()
}

// Format writes what String returns, whatever the verb.
func (o Options) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, o.String()) }

// MarshalText returns what String does, so that encoders tell nothing secret.
func (o Options) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Validate returns which options contradict each other. New calls it.
func (o Options) Validate() error {
	var errs []error
	refuse := func(is bool, what string) {
		if is {
			errs = append(errs, errors.New("tlsconfig: "+what))
		}
	}
	refuse(o.RootCAs != nil && o.Roots.isSet(), "RootCAs and Roots are both set: keep one of them")
	refuse(o.Key.isSet() && !o.Certificate.isSet(),
		"Key is set, but not Certificate: set the certificate that belongs to the key (ssl.certificate.location, ssl.keystore.certificate.chain)")
	refuse(o.SkipVerify && o.CRL.isSet(), "CRL and SkipVerify are both set: what is not verified is not held against revocation lists either")
	minimum := cmp.Or(o.MinVersion, tls.VersionTLS12)
	refuse(o.MaxVersion != 0 && o.MaxVersion < minimum,
		fmt.Sprintf("MaxVersion is %s, MinVersion %s: no version is left", tls.VersionName(o.MaxVersion), tls.VersionName(minimum)))
	for _, f := range []struct {
		name  string
		value Source
	}{{"Roots", o.Roots}, {"CRL", o.CRL}, {"Certificate", o.Certificate}, {"Key", o.Key}} {
		refuse(f.value.File != "" && len(f.value.Data) > 0, f.name+" has both File and Data: keep one of them")
		switch f.value.Type {
		case "", PEM, PKCS12, JKS:
		default:
			refuse(true, fmt.Sprintf("%s.Type is %q: must be PEM, PKCS12 or JKS, or empty to have it told from the data", f.name, string(f.value.Type)))
		}
	}
	return errors.Join(errs...)
}
