package tlsconfig

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// revocations are lists of revoked certificates.
type revocations []*x509.RevocationList

// revocations reads lists in PEM or DER format.
func (s Source) revocations() (revocations, error) {
	data, err := s.read()
	if err != nil {
		return nil, err
	}
	if data[0] == 0x30 {
		list, err := parseList(data)
		return revocations{list}, err
	}
	var lists revocations
	for i, block := range blocks(data) {
		if block.Type != "X509 CRL" {
			continue
		}
		list, err := parseList(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("block %d, a revocation list: %w", i, err)
		}
		lists = append(lists, list)
	}
	if len(lists) == 0 {
		return nil, errors.New("no revocation list in PEM or DER format is in it")
	}
	return lists, nil
}

// parseList refuses lists that are for some certificates or reasons only: they mark
// themselves by extensions that must be understood (RFC 5280, 5.2).
func parseList(der []byte) (*x509.RevocationList, error) {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, err
	}
	for _, ext := range list.Extensions {
		if ext.Critical {
			return nil, fmt.Errorf("the list of %q has a critical extension %v: only complete lists are supported", list.Issuer, ext.Id)
		}
	}
	return list, nil
}

// check returns nil if no certificate of one of the chains is revoked.
func (lists revocations) check(chains [][]*x509.Certificate, now time.Time) (err error) {
	for _, chain := range chains {
		if err = lists.checkChain(chain, now); err == nil {
			return nil
		}
	}
	if err == nil {
		err = errors.New("no verified chain to hold against the revocation lists")
	}
	return err
}

// checkChain checks all but the root, which is trusted by choice.
func (lists revocations) checkChain(chain []*x509.Certificate, now time.Time) error {
	for i, cert := range chain[:len(chain)-1] {
		if err := lists.checkCertificate(cert, chain[i+1], now); err != nil {
			return err
		}
	}
	return nil
}

func (lists revocations) checkCertificate(cert, issuer *x509.Certificate, now time.Time) error {
	missing := &UnlistedError{Certificate: cert}
	covered := false
	for _, list := range lists {
		if !bytes.Equal(list.RawIssuer, issuer.RawSubject) || list.CheckSignatureFrom(issuer) != nil {
			continue
		}
		for _, revoked := range list.RevokedCertificateEntries {
			if revoked.SerialNumber.Cmp(cert.SerialNumber) == 0 {
				return &RevokedError{Certificate: cert, At: revoked.RevocationTime}
			}
		}
		if !list.NextUpdate.IsZero() && now.After(list.NextUpdate) {
			missing.Expired = list.NextUpdate
			continue
		}
		covered = true
	}
	if !covered {
		return missing
	}
	return nil
}
