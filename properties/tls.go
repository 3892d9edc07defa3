package properties

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// tlsSettings are what the keys about TLS set: a file, or the text itself.
type tlsSettings struct {
	protocol string

	rootsFile, roots string

	keystoreFile     string // chain and key in one
	chainFile, chain string
	keyFile, key     string
}

// config returns the configuration of TLS, nil for plain text.
func (t *tlsSettings) config(writtenAs map[string]string) (*tls.Config, error) {
	if t.protocol != "SSL" {
		return nil, t.unused(writtenAs)
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	errs := []error{t.loadRoots(cfg), t.loadCertificate(cfg)}
	return cfg, errors.Join(errs...)
}

// unused refuses settings of TLS that have no effect, so that who believes to be
// safe learns otherwise.
func (t *tlsSettings) unused(writtenAs map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(writtenAs)) {
		if strings.HasPrefix(name, "ssl.") {
			return &ConflictError{[]string{writtenAs[name], "security.protocol"},
				"connections are not encrypted unless security.protocol is SSL or SASL_SSL: set it, or leave the other away"}
		}
	}
	return nil
}

func (t *tlsSettings) loadRoots(cfg *tls.Config) error {
	pem, from, err := textOrFile(t.roots, "ssl.truststore.certificates", t.rootsFile, "ssl.truststore.location")
	if err != nil || pem == nil {
		return err
	}
	cfg.RootCAs = x509.NewCertPool()
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s: no certificate in PEM format in it; convert a JKS or PKCS#12 store with keytool or openssl", from)
	}
	return nil
}

func (t *tlsSettings) loadCertificate(cfg *tls.Config) error {
	if t.keystoreFile != "" {
		t.chainFile, t.keyFile = t.keystoreFile, t.keystoreFile
	}
	chain, chainFrom, err := textOrFile(t.chain, "ssl.keystore.certificate.chain", t.chainFile, "ssl.certificate.location or ssl.keystore.location")
	if err != nil {
		return err
	}
	key, keyFrom, err := textOrFile(t.key, "ssl.keystore.key", t.keyFile, "ssl.key.location or ssl.keystore.location")
	switch {
	case err != nil:
		return err
	case chain == nil && key == nil:
		return nil
	case chain == nil:
		return fmt.Errorf("%s: the certificate that belongs to the key is missing: set ssl.certificate.location", keyFrom)
	case key == nil:
		return fmt.Errorf("%s: the key that belongs to the certificate is missing: set ssl.key.location", chainFrom)
	}
	certificate, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return fmt.Errorf("%s, %s: %w (both must be in PEM format, the key not encrypted)", chainFrom, keyFrom, err)
	}
	cfg.Certificates = []tls.Certificate{certificate}
	return nil
}

// textOrFile returns the text, or what is in the file, and which key it is from;
// nil if neither is set.
func textOrFile(text, textKey, file, fileKey string) (pem []byte, from string, err error) {
	switch {
	case text != "" && file != "":
		return nil, "", &ConflictError{[]string{textKey, fileKey}, "keep one of them"}
	case text != "":
		return []byte(text), textKey, nil
	case file == "":
		return nil, "", nil
	}
	if pem, err = os.ReadFile(file); err != nil {
		return nil, "", fmt.Errorf("%s: %w", fileKey, err)
	}
	return pem, fileKey + " " + file, nil
}
