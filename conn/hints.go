package conn

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/barnabas-go/kafka/conn/tlsconfig"
)

// What experience says about the ways in which connections fail: the likely
// cause, and the setting to change, by its Go name and by Kafka's.

const (
	hintSASL = "a SASL listener closes connections that do not authenticate: " +
		"set SASL (security.protocol=SASL_PLAINTEXT or SASL_SSL), or use another listener's port"
	hintUseTLS = "the port speaks TLS: set Config.TLS (security.protocol=SSL or SASL_SSL), or use the port of a plaintext listener"
	hintNoTLS  = "the port does not speak TLS: use the port of a TLS listener, or leave Config.TLS nil (security.protocol=PLAINTEXT)"
	hintMaybe  = "plaintext listeners close on TLS: use the port of a TLS listener, or leave Config.TLS nil (security.protocol=PLAINTEXT); " +
		"a TLS listener with ssl.client.auth=required may want a certificate in TLS.Certificates (ssl.keystore)"
	hintHTTP = "a web server listens there: use a Kafka listener's port in bootstrap servers, usually 9092"
	hintText = "something else than Kafka listens there: use a Kafka listener's port in bootstrap servers, usually 9092"

	hintClosesAll = "no Kafka listener that speaks plaintext does that: is it ZooKeeper's port (2181; clients need the brokers', usually 9092), " +
		"or a TLS listener, so that Config.TLS must be set (security.protocol=SSL or SASL_SSL)?"
	hintClosesAllTLS = "no Kafka listener does that: is it a web server's or a proxy's port?"
	hintSilent       = "something listens but does not answer as a Kafka broker: is it a Kafka listener's port, " +
		"and does it speak TLS exactly if Config.TLS is set (security.protocol)?"

	hintNotListening = "nothing listens there: is the broker running, and are host and port in bootstrap servers right?"
	hintUnreachable  = "no answer: is the host right, and does a firewall or a missing route drop the packets? Config.ConnectTimeout bounds the wait"
	hintNoHost       = "the name is not known: check bootstrap servers"
	hintNoResolver   = "the name servers cannot be asked: check this machine's network and resolver"
	hintAdvertised   = "the cluster says that this is the broker's address: is the broker running, and can its advertised.listeners be reached from here? " +
		"A broker in a container needs a listener of its own for clients outside, advertised as these reach it, such as localhost:9092"

	hintUnknownCA = "set TLS.RootCAs (ssl.ca.location, ssl.truststore.location) to the authority that signed the broker's certificate"
	hintName      = "connect by a name in the broker's certificate, or set TLS.ServerName to one"
	hintExpired   = "the broker needs a new certificate, or this machine's clock is wrong"
	hintRevoked   = "the broker needs a new certificate"
	hintNoVersion = "client and broker have no version of TLS in common: set TLS.MinVersion (ssl.enabled.protocols), or update the older one"
	hintNoCipher  = "client and broker have no cipher suite in common, or the broker demands a client certificate: " +
		"set TLS.CipherSuites (ssl.cipher.suites) or TLS.Certificates (ssl.keystore.location, ssl.certificate.location)"

	hintClientCert = "the broker wants a client certificate that it trusts: set TLS.Certificates (ssl.keystore.location, ssl.certificate.location)"
	hintClientCA   = "the broker does not trust the authority of the client's certificate: have another certificate in TLS.Certificates " +
		"(ssl.keystore.location, ssl.certificate.location), or add the authority to the broker's ssl.truststore"
	hintClientExpired = "the client's certificate has expired: put a new one into TLS.Certificates (ssl.keystore.location, ssl.certificate.location)"
	hintClientRevoked = "the client's certificate is revoked: put a new one into TLS.Certificates (ssl.keystore.location, ssl.certificate.location)"
	hintGarbled       = "so old brokers, such as Kafka 0.10 and 2.8, refuse the client's certificate, or that there is none: " +
		"set TLS.Certificates (ssl.keystore.location, ssl.certificate.location) to one that they trust"
	hintRefused = "the broker refused the TLS handshake: check TLS versions, cipher suites and certificates on both sides"
)

// alertHints are for the alerts by which a TLS server refuses a client, by words
// that crypto/tls has for them, the more special ones first. Java answers "bad
// certificate" where there is none.
var alertHints = []struct{ words, hint string }{
	{"unknown certificate authority", hintClientCA},
	{"expired certificate", hintClientExpired},
	{"revoked certificate", hintClientRevoked},
	{"certificate", hintClientCert},
	{"protocol version", hintNoVersion},
	{"handshake failure", hintNoCipher},
	{"", hintRefused},
}

// fixedHint is for requests that a broker refuses to answer whose versions were
// set.
func fixedHint(release string) string {
	return fmt.Sprintf("Config.APIVersion (api.version) says that it is Kafka %s: if it is an older one, or one from 4.0 on, "+
		"which lacks the versions from before 2.1, set another release, or none to have brokers asked", release)
}

// dialFailure describes an error of the dial. The address may be one that the
// cluster has advertised.
func dialFailure(err error, advertised bool) (stage Stage, hint string) {
	var dns *net.DNSError
	stage = StageDial
	switch {
	case errors.As(err, &dns):
		stage, hint = StageResolve, hintNoHost
		if !dns.IsNotFound {
			return stage, hintNoResolver
		}
	case errors.Is(err, syscall.ECONNREFUSED):
		hint = hintNotListening
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, ErrConnectTimeout),
		errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.ETIMEDOUT):
		hint = hintUnreachable
	default:
		return stage, ""
	}
	if advertised {
		hint = hintAdvertised
	}
	return stage, hint
}

// tlsFailure describes an error of the TLS handshake. It is permanent if only
// another configuration, or another certificate, helps.
func tlsFailure(err error) (hint string, permanent bool) {
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var revoked *tlsconfig.RevokedError
	var unverified *tls.CertificateVerificationError
	switch {
	case errors.As(err, &record):
		if bytes.HasPrefix(record.RecordHeader[:], []byte("HTTP")) {
			return hintHTTP, true
		}
		return hintNoTLS, true
	case errors.As(err, &unknown):
		return hintUnknownCA, true
	case errors.As(err, &name):
		return hintName, true
	case errors.As(err, &invalid):
		if invalid.Reason == x509.Expired {
			return hintExpired, true
		}
		return "", true
	case errors.As(err, &revoked):
		return hintRevoked, true
	case errors.As(err, &unverified):
		return "", true
	case errors.Is(err, ErrConnectTimeout):
		return hintSilent, false
	case garbled(err):
		return hintGarbled, false
	case disconnected(err):
		return hintMaybe, false
	}
	if strings.Contains(err.Error(), "unsupported protocol version") { // what the server chose
		return hintNoVersion, true
	}
	hint = tlsRefusedHint(err)
	return hint, hint != ""
}

// tlsRefusedHint describes the alert by which a TLS server refused this client,
// which with TLS 1.3 comes after the handshake; empty if err is none.
func tlsRefusedHint(err error) string {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return ""
	}
	text := op.Err.Error()
	i := slices.IndexFunc(alertHints, func(a struct{ words, hint string }) bool { return strings.Contains(text, a.words) })
	return alertHints[i].hint
}

// garbled tells that a TLS record cannot be decrypted, or is none that should come
// now. With old brokers the alert that refuses a client is such a one: it comes while
// the keys change.
func garbled(err error) bool {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "local error" {
		return false
	}
	text := op.Err.Error()
	return strings.Contains(text, "bad record MAC") || strings.Contains(text, "unexpected message")
}

// strangerError tells by the first bytes of a response that the peer is no
// Kafka broker that speaks plaintext; nil if it may be one.
func (c *Conn) strangerError(r *bufio.Reader, head []byte) *Error {
	e := &Error{Broker: c.addr, Stage: StageRequest, permanent: true}
	switch {
	case (head[0] == 0x15 || head[0] == 0x16) && head[1] == 3 && head[2] <= 4:
		e.Err, e.Hint = fmt.Errorf("%w: the answer is a TLS record", ErrProtocol), hintUseTLS
	case printable(head):
		text, _ := r.Peek(min(r.Buffered(), 32))
		text, _, _ = bytes.Cut(text, []byte("\n"))
		e.Err, e.Hint = fmt.Errorf("%w: the answer begins with the text %q", ErrProtocol, bytes.TrimSpace(text)), hintText
		if bytes.HasPrefix(head, []byte("HTTP")) {
			e.Hint = hintHTTP
		}
	default:
		return nil
	}
	return e
}

// printable tells whether bytes are ASCII text. Four of them as a size would be
// more than 512 MiB.
func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
