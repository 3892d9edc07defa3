package kafkabroker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// keyStorePassword guards nothing: the key is made for one cluster and thrown
// away with it. Java wants a password.
const keyStorePassword = "throwaway"

// An Authority signs the certificates of brokers and of clients.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority makes one.
func NewAuthority() (*Authority, error) {
	cert, key, err := issue(&x509.Certificate{
		Subject:               pkix.Name{CommonName: "Throwaway Kafka CA"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, month, nil)
	if err != nil {
		return nil, fmt.Errorf("kafkabroker: certificate authority: %w", err)
	}
	return &Authority{cert, key}, nil
}

const month = 30 * 24 * time.Hour

// Certificate returns the authority's own.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// PEM returns the authority's own certificate as PEM.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// Server makes a certificate of a server, for localhost and 127.0.0.1.
func (a *Authority) Server() (tls.Certificate, error) {
	return a.certificate(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "localhost"},
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, month)
}

// Client makes a certificate of a client, which expires after lifetime, to the
// second.
func (a *Authority) Client(name string, lifetime time.Duration) (tls.Certificate, error) {
	return a.certificate(&x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, lifetime)
}

func (a *Authority) certificate(template *x509.Certificate, lifetime time.Duration) (tls.Certificate, error) {
	template.KeyUsage = x509.KeyUsageDigitalSignature
	cert, key, err := issue(template, lifetime, a)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("kafkabroker: certificate for %s: %w", template.Subject.CommonName, err)
	}
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}, nil
}

// certificates are what a cluster's TLS listeners need. The stores are PKCS #12,
// which all releases with TLS read (PEM came with 2.7).
type certificates struct {
	authority  *Authority
	keyStore   string // the path of the brokers' key and certificate
	trustStore string // and that of the authority whose clients they trust
}

// newCertificates makes an authority and a server certificate, and writes the
// stores into dir.
func newCertificates(dir string) (*certificates, error) {
	authority, err := NewAuthority()
	if err != nil {
		return nil, err
	}
	server, err := authority.Server()
	if err != nil {
		return nil, err
	}
	all := []*x509.Certificate{authority.cert}
	keys, err := pkcs12.Modern.Encode(server.PrivateKey, server.Leaf, all, keyStorePassword)
	if err != nil {
		return nil, fmt.Errorf("kafkabroker: key store: %w", err)
	}
	trust, err := pkcs12.Modern.EncodeTrustStore(all, keyStorePassword)
	if err != nil {
		return nil, fmt.Errorf("kafkabroker: trust store: %w", err)
	}
	c := &certificates{authority, filepath.Join(dir, "server.p12"), filepath.Join(dir, "trust.p12")}
	for path, store := range map[string][]byte{c.keyStore: keys, c.trustStore: trust} {
		if err := os.WriteFile(path, store, 0o600); err != nil {
			return nil, fmt.Errorf("kafkabroker: %w", err)
		}
	}
	return c, nil
}

// issue signs a certificate with a new key: by the given authority, or by itself
// if there is none.
func issue(template *x509.Certificate, lifetime time.Duration, by *Authority) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	template.SerialNumber = serial
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(lifetime)
	if by == nil {
		by = &Authority{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, &key.PublicKey, by.key)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}
