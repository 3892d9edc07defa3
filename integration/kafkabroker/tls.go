package kafkabroker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
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

// certificates are what a cluster's TLS listeners need. The key store is
// PKCS #12, which all releases with TLS read (PEM came with 2.7).
type certificates struct {
	caPEM    []byte
	keyStore string // the path of the brokers' key and certificate
}

// newCertificates makes an authority and a server certificate for localhost and
// 127.0.0.1, and writes the key store into dir.
func newCertificates(dir string) (*certificates, error) {
	ca, caKey, err := issue(&x509.Certificate{
		Subject:               pkix.Name{CommonName: "Throwaway Kafka CA"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("kafkabroker: certificate authority: %w", err)
	}
	server, serverKey, err := issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "localhost"},
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, ca, caKey)
	if err != nil {
		return nil, fmt.Errorf("kafkabroker: server certificate: %w", err)
	}
	store, err := pkcs12.Modern.Encode(serverKey, server, []*x509.Certificate{ca}, keyStorePassword)
	if err != nil {
		return nil, fmt.Errorf("kafkabroker: key store: %w", err)
	}
	path := filepath.Join(dir, "server.p12")
	if err := os.WriteFile(path, store, 0o600); err != nil {
		return nil, fmt.Errorf("kafkabroker: key store: %w", err)
	}
	return &certificates{
		caPEM:    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}),
		keyStore: path,
	}, nil
}

// issue signs a certificate with a new key: by the given authority, or by itself
// if there is none.
func issue(template, ca *x509.Certificate, caKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, error) {
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
	template.NotAfter = time.Now().Add(30 * 24 * time.Hour)
	if ca == nil {
		ca, caKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, &key.PublicKey, caKey)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}
