package properties

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/conn/sasl"
)

// oauthSettings are what the keys about OAUTHBEARER set.
type oauthSettings struct {
	endpoint, clientID, clientSecret, scope string

	extensions map[string]string
	unsecured  bool
	subject    string // of unsecured tokens
	byJWT      bool   // the grant of KIP-1139

	assertionFile, keyFile             string
	issuer, assertionSubject, audience string
	lifetime                           time.Duration // of assertions, in seconds
}

// mechanism returns OAUTHBEARER.
func (o oauthSettings) mechanism(s *saslSettings) (sasl.Mechanism, error) {
	if s.jaas != "" {
		if err := o.takeJaas(s); err != nil {
			return nil, err
		}
	}
	if o.unsecured {
		if o.subject == "" {
			return nil, errors.New(`sasl.mechanism OAUTHBEARER: unsecured tokens need a principal: set sasl.oauthbearer.config to "principal=alice"`)
		}
		return sasl.OAuthBearer(sasl.UnsecuredToken(o.subject, 0, nil)), nil
	}
	if o.endpoint == "" {
		return nil, errors.New("sasl.mechanism OAUTHBEARER: sasl.oauthbearer.token.endpoint.url must be set, or in a program Config.SASL to sasl.OAuthBearer with a source of tokens")
	}
	oidc := &sasl.OIDC{TokenURL: o.endpoint, ClientID: o.clientID, ClientSecret: sasl.NewSecret(o.clientSecret), Scope: o.scope, Extensions: o.extensions}
	if o.byJWT || o.assertionFile != "" || o.keyFile != "" {
		var err error
		if oidc.Assertion, err = o.assertion(); err != nil {
			return nil, err
		}
	} else if o.clientID == "" || o.clientSecret == "" {
		return nil, errors.New("sasl.mechanism OAUTHBEARER: sasl.oauthbearer.client.credentials.client.id and .secret must be set")
	}
	return sasl.OAuthBearer(oidc.Token), nil
}

// takeJaas takes over the options of OAuthBearerLoginModule.
func (o *oauthSettings) takeJaas(s *saslSettings) error {
	j, err := s.module("OAuthBearerLoginModule", "clientId", "clientSecret", "scope")
	if err != nil {
		return err
	}
	for name, value := range j.options {
		extension, isExtension := strings.CutPrefix(name, "extension_")
		switch {
		case name == "clientId":
			o.clientID = value
		case name == "clientSecret":
			o.clientSecret = value
		case name == "scope":
			o.scope = value
		case name == "unsecuredLoginStringClaim_sub":
			o.unsecured, o.subject = true, value
		case isExtension:
			if o.extensions == nil {
				o.extensions = make(map[string]string)
			}
			o.extensions[extension] = value
		default:
			return fmt.Errorf("sasl.jaas.config: of claims of unsecured tokens only unsecuredLoginStringClaim_sub can be set")
		}
	}
	return nil
}

// assertion returns the source of JWTs that stand for the client.
func (o *oauthSettings) assertion() (func(context.Context) (sasl.Secret, error), error) {
	switch {
	case o.assertionFile != "" && o.keyFile != "":
		return nil, &ConflictError{[]string{"sasl.oauthbearer.assertion.file", "sasl.oauthbearer.assertion.private.key.file"}, "keep one of them"}
	case o.assertionFile != "":
		return sasl.AssertionFile(o.assertionFile), nil
	case o.keyFile == "":
		return nil, errors.New("sasl.oauthbearer.assertion.private.key.file or sasl.oauthbearer.assertion.file must be set for the JWT bearer grant")
	}
	key, err := signingKey(o.keyFile)
	if err != nil {
		return nil, fmt.Errorf("sasl.oauthbearer.assertion.private.key.file: %w", err)
	}
	a := &sasl.Assertion{Key: key, Issuer: o.issuer, Subject: o.assertionSubject, Audience: o.audience, Lifetime: o.lifetime}
	return a.Sign, nil
}

// signingKey reads a private key.
func signingKey(path string) (crypto.Signer, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is not in PEM format", path)
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s has no private key in PKCS#8 format that is not encrypted", path)
	}
	return signer, nil
}
