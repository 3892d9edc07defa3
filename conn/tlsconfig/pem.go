package tlsconfig

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// blocks yields the blocks of a PEM file with their numbers from 1.
func blocks(data []byte) func(yield func(int, *pem.Block) bool) {
	return func(yield func(int, *pem.Block) bool) {
		for i := 1; ; i++ {
			var block *pem.Block
			if block, data = pem.Decode(data); block == nil || !yield(i, block) {
				return
			}
		}
	}
}

func pemCertificates(data []byte) (certs []*x509.Certificate, err error) {
	for i, block := range blocks(data) {
		if block.Type != "CERTIFICATE" && block.Type != "TRUSTED CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("block %d, a certificate: %w", i, err)
		}
		certs = append(certs, cert)
	}
	return certs, nil
}

// pemKey returns the first private key, nil if there is none.
func pemKey(data []byte, password string) (crypto.PrivateKey, error) {
	for i, block := range blocks(data) {
		if block.Type != "PRIVATE KEY" && !strings.HasSuffix(block.Type, " PRIVATE KEY") {
			continue
		}
		key, err := parseKey(block, password)
		if err != nil {
			return nil, fmt.Errorf("block %d, a private key: %w", i, err)
		}
		return key, nil
	}
	return nil, nil
}

func parseKey(block *pem.Block, password string) (crypto.PrivateKey, error) {
	der := block.Bytes
	//lint:ignore SA1019 it is told to be insecure, which is for those to know who have such keys
	old := x509.IsEncryptedPEMBlock(block)
	encrypted := old || block.Type == "ENCRYPTED PRIVATE KEY"
	if encrypted && password == "" {
		return nil, fmt.Errorf("%w (Options.KeyPassword, ssl.key.password)", ErrNoPassword)
	}
	var err error
	switch {
	case old:
		//lint:ignore SA1019 as above
		if der, err = x509.DecryptPEMBlock(block, []byte(password)); err != nil {
			return nil, wrongKeyPassword(ErrPassword)
		}
	case encrypted:
		if der, err = decryptPKCS8(block.Bytes, password); err != nil {
			return nil, wrongKeyPassword(err)
		}
	}
	key, err := parseKeyDER(der)
	if err != nil && encrypted { // one wrong password in 256 leaves padding that looks right
		return nil, wrongKeyPassword(ErrPassword)
	}
	return key, err
}

// wrongKeyPassword says where the password is set.
func wrongKeyPassword(err error) error {
	if errors.Is(err, ErrPassword) {
		return fmt.Errorf("%w (Options.KeyPassword, ssl.key.password)", err)
	}
	return err
}

// parseKeyDER reads a key in whichever of the formats it is.
func parseKeyDER(der []byte) (crypto.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	return nil, err
}
