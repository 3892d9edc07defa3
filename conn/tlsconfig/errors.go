package tlsconfig

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Errors that an [*Error] wraps.
var (
	// ErrPassword tells that a key or a store cannot be decrypted.
	ErrPassword = errors.New("the password is wrong, or the data are damaged")
	// ErrNoPassword tells that something is encrypted, and no password is set.
	ErrNoPassword = errors.New("encrypted, and no password is set")
)

// Error is an option that cannot be used.
type Error struct {
	// Option is the field's name.
	Option string
	// Source names the file, or tells the number of bytes.
	Source string
	// Err is what is wrong.
	Err error
}

// settings are Kafka's properties for the options.
var settings = map[string]string{
	"Roots":       "ssl.truststore, ssl.ca",
	"CRL":         "ssl.crl",
	"Certificate": "ssl.keystore, ssl.certificate",
	"Key":         "ssl.key",
}

// Error names the option, also by Kafka's properties, the file and the cause.
func (e *Error) Error() string {
	return fmt.Sprintf("TLS: %s (%s): %s: %v", e.Option, settings[e.Option], e.Source, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// RevokedError tells that a certificate of the broker's chain is on a revocation
// list.
type RevokedError struct {
	// Certificate that is revoked.
	Certificate *x509.Certificate
	// At is when it was.
	At time.Time
}

// Error names the certificate, its issuer and the time.
func (e *RevokedError) Error() string {
	return fmt.Sprintf("certificate %q, serial number %x, was revoked by %q at %s",
		e.Certificate.Subject, e.Certificate.SerialNumber, e.Certificate.Issuer, e.At.UTC().Format(time.RFC3339))
}

// UnlistedError tells that no usable revocation list covers a certificate of the
// broker's chain.
type UnlistedError struct {
	// Certificate that is not covered.
	Certificate *x509.Certificate
	// Expired is when the list of its issuer became out of date; zero if there is
	// none.
	Expired time.Time
}

// Error names the certificate and its issuer.
func (e *UnlistedError) Error() string {
	if e.Expired.IsZero() {
		return fmt.Sprintf("CRL (ssl.crl) has no revocation list of %q, which issued certificate %q: add it",
			e.Certificate.Issuer, e.Certificate.Subject)
	}
	return fmt.Sprintf("CRL (ssl.crl): the revocation list of %q, which issued certificate %q, is out of date since %s: put in a new one",
		e.Certificate.Issuer, e.Certificate.Subject, e.Expired.UTC().Format(time.RFC3339))
}
