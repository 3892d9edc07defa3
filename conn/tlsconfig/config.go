package tlsconfig

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"slices"
)

// New returns a configuration for connections to brokers. Files are read at once:
// the error is an [*Error] for the first that cannot be used, or that of
// [Options.Validate].
//
// Where Roots names a file, or SkipNameCheck is set, crypto/tls cannot verify the
// broker by itself: InsecureSkipVerify is set in the configuration then, and
// VerifyConnection verifies. Do not replace the one without the other.
func New(o Options) (*tls.Config, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	cfg := &tls.Config{
		RootCAs:      o.RootCAs,
		ServerName:   o.ServerName,
		MinVersion:   cmp.Or(o.MinVersion, tls.VersionTLS12),
		MaxVersion:   o.MaxVersion,
		CipherSuites: slices.Clone(o.CipherSuites),
	}
	if err := o.setCertificate(cfg); err != nil {
		return nil, err
	}
	v, err := o.verifier()
	if err != nil {
		return nil, err
	}
	if v.roots != nil && o.Roots.File == "" {
		cfg.RootCAs = v.roots.get()
	}
	cfg.InsecureSkipVerify = v.alone()
	cfg.VerifyConnection = v.verify
	return cfg, nil
}

// setCertificate sets where the client's certificate comes from.
func (o *Options) setCertificate(cfg *tls.Config) error {
	if !o.Certificate.isSet() {
		return nil
	}
	r, err := newReloaded("Certificate", o.Logger, o.certificate, o.Certificate, o.Key)
	if err != nil {
		return err
	}
	// A certificate that the broker does not seem to accept is sent all the same: the
	// broker's refusal tells more than that there was none.
	cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return r.get(), nil }
	return nil
}

// certificate reads key and chain.
func (o *Options) certificate() (*tls.Certificate, error) {
	password := cmp.Or(o.KeyPassword, o.Key.Password, o.Certificate.Password)
	wrong := func(option string, s Source, err error) (*tls.Certificate, error) {
		return nil, &Error{Option: option, Source: s.String(), Err: err}
	}
	id, err := o.Certificate.identity(password)
	if err != nil {
		return wrong("Certificate", o.Certificate, err)
	}
	if o.Key.isSet() {
		if id.key, err = o.Key.privateKey(password); err != nil {
			return wrong("Key", o.Key, err)
		}
	}
	switch {
	case len(id.certs) == 0:
		return wrong("Certificate", o.Certificate, errors.New("no certificate is in it"))
	case id.key == nil:
		return wrong("Certificate", o.Certificate, errors.New("no private key is in it: set the file that has it as Key (ssl.key.location, ssl.keystore.key)"))
	}
	chain := chainOf(id)
	if chain == nil {
		return wrong("Certificate", o.Certificate, errors.New("the private key belongs to none of the certificates"))
	}
	return chain, nil
}

// chainOf puts the certificates in order: that of the key, that of its issuer, and
// so on, whatever else is in the store. It returns nil if none is that of the key.
func chainOf(id identity) *tls.Certificate {
	signer, ok := id.key.(crypto.Signer)
	if !ok {
		return nil
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok {
		return nil
	}
	next := slices.IndexFunc(id.certs, func(c *x509.Certificate) bool { return public.Equal(c.PublicKey) })
	if next < 0 {
		return nil
	}
	chain := &tls.Certificate{PrivateKey: id.key, Leaf: id.certs[next]}
	rest := slices.Clone(id.certs)
	for next >= 0 {
		cert := rest[next]
		chain.Certificate = append(chain.Certificate, cert.Raw)
		rest = slices.Delete(rest, next, next+1)
		next = slices.IndexFunc(rest, func(c *x509.Certificate) bool {
			return bytes.Equal(c.RawSubject, cert.RawIssuer) && !bytes.Equal(c.RawSubject, c.RawIssuer)
		})
	}
	return chain
}
