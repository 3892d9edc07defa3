package tlsconfig

import (
	"crypto/x509"
	"errors"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"
)

func pkcs12Authorities(data []byte, password string) ([]*x509.Certificate, error) {
	certs, err := pkcs12.DecodeTrustStore(data, password)
	if err != nil {
		return nil, pkcs12Error(err, password, "ssl.truststore.password")
	}
	return certs, nil
}

func pkcs12Identity(data []byte, password string) (identity, error) {
	key, cert, others, err := pkcs12.DecodeChain(data, password)
	if err != nil {
		return identity{}, pkcs12Error(err, password, "ssl.keystore.password")
	}
	return identity{key, append([]*x509.Certificate{cert}, others...)}, nil
}

// pkcs12Error says what to do about an error.
func pkcs12Error(err error, password, setting string) error {
	switch wrong := errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption); {
	case wrong && password == "":
		return fmt.Errorf("%w (%s)", ErrNoPassword, setting)
	case wrong:
		return fmt.Errorf("%w (%s)", ErrPassword, setting)
	}
	return fmt.Errorf("%w (a trust store needs entries made by keytool -importcert, a key store one private key with its certificate)", err)
}
