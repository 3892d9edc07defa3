package tlsconfig

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxFile bounds a file: the authorities of all the world take a quarter of a
// megabyte.
const maxFile = 16 << 20

// read returns the data.
func (s Source) read() ([]byte, error) {
	if s.File == "" {
		return s.Data, nil
	}
	f, err := os.Open(s.File)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, reason(err)
	case len(data) > maxFile:
		return nil, fmt.Errorf("more than %d MiB: no store of certificates is that large", maxFile>>20)
	case len(data) == 0:
		return nil, errors.New("the file is empty")
	}
	return data, nil
}

// reason is the error without the name of the file, which [Error] has.
func reason(err error) error {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}

// recognize tells how data are written.
func (s Source) recognize(data []byte) (StoreType, error) {
	var found StoreType
	switch {
	case bytes.HasPrefix(data, []byte("\xfe\xed\xfe\xed")):
		found = JKS
	case bytes.HasPrefix(data, []byte("\xce\xce\xce\xce")):
		return "", errors.New("it is a JCEKS store: convert it with keytool -importkeystore -deststoretype PKCS12")
	case data[0] == 0x30: // a sequence of ASN.1
		found = PKCS12
	case bytes.Contains(data, []byte("-----BEGIN ")):
		found = PEM
	default:
		return "", errors.New("it is not in PEM, PKCS #12 or JKS format")
	}
	if s.Type != "" && (s.Type == PEM) != (found == PEM) {
		return "", fmt.Errorf("it is in %s format, but its type is said to be %s", found, s.Type)
	}
	return found, nil
}

// authorities returns the certificates of a trust store.
func (s Source) authorities() ([]*x509.Certificate, error) {
	data, err := s.read()
	if err != nil {
		return nil, err
	}
	kind, err := s.recognize(data)
	if err != nil {
		return nil, err
	}
	var certs []*x509.Certificate
	switch kind {
	case PEM:
		if s.Password != "" {
			return nil, errors.New("a password is set (ssl.truststore.password), but certificates in PEM format are not encrypted: leave it away")
		}
		certs, err = pemCertificates(data)
	case JKS:
		certs, err = jksAuthorities(data, s.Password)
	case PKCS12:
		if certs, err = x509.ParseCertificates(data); err != nil {
			certs, err = pkcs12Authorities(data, s.Password)
		}
	}
	if err == nil && len(certs) == 0 {
		err = errors.New("no trusted certificate is in it")
	}
	return certs, err
}

// identity is what a key store has.
type identity struct {
	key   crypto.PrivateKey // nil if there is none
	certs []*x509.Certificate
}

// identity returns the private key and the certificates of a key store.
func (s Source) identity(keyPassword string) (identity, error) {
	data, err := s.read()
	if err != nil {
		return identity{}, err
	}
	kind, err := s.recognize(data)
	if err != nil {
		return identity{}, err
	}
	switch kind {
	case JKS:
		return jksIdentity(data, s.Password, keyPassword)
	case PKCS12:
		return pkcs12Identity(data, s.Password)
	}
	certs, err := pemCertificates(data)
	if err != nil {
		return identity{}, err
	}
	key, err := pemKey(data, keyPassword)
	return identity{key, certs}, err
}

// privateKey returns the key of a file of its own.
func (s Source) privateKey(password string) (crypto.PrivateKey, error) {
	data, err := s.read()
	if err != nil {
		return nil, err
	}
	key, err := pemKey(data, password)
	if err == nil && key == nil {
		err = errors.New("no private key in PEM format is in it")
	}
	return key, err
}
