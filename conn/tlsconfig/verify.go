package tlsconfig

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// verifier verifies what crypto/tls does not: against roots that change, without
// the name, and that nothing was revoked.
type verifier struct {
	roots    *reloaded[*x509.CertPool] // nil: fixed
	fixed    *x509.CertPool            // nil: the system's
	lists    *reloaded[revocations]    // nil: none
	reloads  bool                      // roots may change
	skipName bool
	skipAll  bool

	logger *slog.Logger
	warn   sync.Once
}

func (o *Options) verifier() (*verifier, error) {
	v := &verifier{fixed: o.RootCAs, skipName: o.SkipNameCheck, skipAll: o.SkipVerify, logger: o.Logger, reloads: o.Roots.File != ""}
	var err error
	if o.Roots.isSet() {
		if v.roots, err = newReloaded("Roots", o.Logger, o.pool, o.Roots); err != nil {
			return nil, err
		}
	}
	if o.CRL.isSet() {
		v.lists, err = newReloaded("CRL", o.Logger, func() (revocations, error) {
			lists, err := o.CRL.revocations()
			if err != nil {
				return nil, &Error{Option: "CRL", Source: o.CRL.String(), Err: err}
			}
			return lists, nil
		}, o.CRL)
	}
	return v, err
}

// pool reads the roots.
func (o *Options) pool() (*x509.CertPool, error) {
	certs, err := o.Roots.authorities()
	if err != nil {
		return nil, &Error{Option: "Roots", Source: o.Roots.String(), Err: err}
	}
	pool := x509.NewCertPool()
	for _, cert := range certs {
		pool.AddCert(cert)
	}
	return pool, nil
}

// alone tells that crypto/tls must not verify.
func (v *verifier) alone() bool { return v.skipAll || v.skipName || v.reloads }

// verify is called for each new connection when the broker has proved that it has
// the key of its certificate.
func (v *verifier) verify(cs tls.ConnectionState) error {
	v.warn.Do(v.warnOnce)
	if v.skipAll {
		return nil
	}
	chains, err := v.chains(cs)
	if err == nil && v.lists != nil {
		err = v.lists.get().check(chains, time.Now())
	}
	if err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: cs.PeerCertificates, Err: err}
	}
	return nil
}

// warnOnce says loudly what is not verified.
func (v *verifier) warnOnce() {
	switch {
	case v.skipAll:
		v.logger.Warn("kafka: TLS WITHOUT VERIFICATION: anybody on the way can pose as the broker, read and change everything; " +
			"SkipVerify (enable.ssl.certificate.verification=false) is for tests only")
	case v.skipName:
		v.logger.Warn("kafka: TLS WITHOUT A CHECK OF THE NAME: whoever has a certificate of the same authority can pose as the broker; " +
			"SkipNameCheck (ssl.endpoint.identification.algorithm=, ssl_check_hostname=false) is for tests only")
	}
}

// chains returns the verified chains, which crypto/tls has found unless it must
// not.
func (v *verifier) chains(cs tls.ConnectionState) ([][]*x509.Certificate, error) {
	if !v.alone() {
		return cs.VerifiedChains, nil
	}
	if len(cs.PeerCertificates) == 0 {
		return nil, errors.New("the broker sent no certificate")
	}
	opts := x509.VerifyOptions{Roots: v.fixed, Intermediates: x509.NewCertPool(), DNSName: cs.ServerName}
	if v.roots != nil {
		opts.Roots = v.roots.get()
	}
	if v.skipName {
		opts.DNSName = ""
	} else if cs.ServerName == "" { // crypto/tls keeps addresses to itself: package conn fills them in
		return nil, errors.New("the name to hold against the certificate is not known: set ServerName")
	}
	for _, cert := range cs.PeerCertificates[1:] {
		opts.Intermediates.AddCert(cert)
	}
	return cs.PeerCertificates[0].Verify(opts)
}
