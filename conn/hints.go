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
	"strings"
	"syscall"
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

	hintNotListening = "nothing listens there: is the broker running, and are host and port in bootstrap servers, or in its advertised.listeners, right?"
	hintUnreachable  = "no answer: is the host right, and does a firewall or a missing route drop the packets? Config.ConnectTimeout bounds the wait"
	hintNoHost       = "the name is not known: check bootstrap servers, and that the broker's advertised.listeners can be resolved from here"

	hintUnknownCA = "set TLS.RootCAs (ssl.ca.location, ssl.truststore.location) to the authority that signed the broker's certificate"
	hintName      = "connect by a name in the broker's certificate, or set TLS.ServerName to one"
	hintExpired   = "the broker needs a new certificate, or this machine's clock is wrong"
)

// fixedHint is for requests that a broker refuses to answer whose versions were
// set.
func fixedHint(release string) string {
	return fmt.Sprintf("Config.APIVersion (api.version) says that it is Kafka %s: if it is an older one, or one from 4.0 on, "+
		"which lacks the versions from before 2.1, set another release, or none to have brokers asked", release)
}

// dialFailure describes an error of the dial.
func dialFailure(err error) (stage Stage, hint string) {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return StageResolve, hintNoHost
		}
		return StageResolve, ""
	case errors.Is(err, syscall.ECONNREFUSED):
		return StageDial, hintNotListening
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, ErrConnectTimeout),
		errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.ETIMEDOUT):
		return StageDial, hintUnreachable
	}
	return StageDial, ""
}

// tlsFailure describes an error of the TLS handshake. It is permanent if only
// another configuration, or another certificate, helps.
func tlsFailure(err error) (hint string, permanent bool) {
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
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
	case errors.Is(err, ErrConnectTimeout):
		return hintSilent, false
	case disconnected(err):
		return hintMaybe, false
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
	if strings.Contains(op.Err.Error(), "certificate") {
		return "the broker wants a client certificate that it trusts: set TLS.Certificates (ssl.certificate.location, ssl.keystore.location)"
	}
	return "the broker refused the TLS handshake: check TLS versions, cipher suites and certificates on both sides"
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
