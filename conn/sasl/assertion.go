package sasl

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"
	"time"
)

// Assertion makes JWTs that stand for a client, for [OIDC].Assertion (KIP-1139).
type Assertion struct {
	// Key signs: an *rsa.PrivateKey by RS256, an *ecdsa.PrivateKey of curve P-256 by
	// ES256.
	Key crypto.Signer
	// KeyID goes into the header as kid, if it is not empty.
	KeyID string
	// Issuer, Subject and Audience are the claims iss, sub and aud.
	Issuer, Subject, Audience string
	// Lifetime of each JWT. Default 5 min.
	Lifetime time.Duration
	// Claims are those beside these, iat, exp and jti.
	Claims map[string]any
}

// Sign returns a new JWT.
func (a *Assertion) Sign(context.Context) (Secret, error) {
	lifetime := a.Lifetime
	if lifetime <= 0 {
		lifetime = 5 * time.Minute
	}
	now := time.Now()
	claims := maps.Clone(a.Claims)
	if claims == nil {
		claims = make(map[string]any)
	}
	for name, value := range map[string]string{"iss": a.Issuer, "sub": a.Subject, "aud": a.Audience} {
		if value != "" {
			claims[name] = value
		}
	}
	claims["iat"], claims["exp"], claims["jti"] = now.Unix(), now.Add(lifetime).Unix(), rand.Text()
	header := map[string]string{"typ": "JWT"}
	if a.KeyID != "" {
		header["kid"] = a.KeyID
	}
	return a.sign(header, claims)
}

func (a *Assertion) sign(header map[string]string, claims map[string]any) (Secret, error) {
	switch key := a.Key.(type) {
	case *rsa.PrivateKey:
		header["alg"] = "RS256"
	case *ecdsa.PrivateKey:
		if key.Curve != elliptic.P256() {
			return Secret{}, fmt.Errorf("%w: Assertion.Key is not of the curve P-256", ErrCredentials)
		}
		header["alg"] = "ES256"
	default:
		return Secret{}, fmt.Errorf("%w: Assertion.Key is %T, want an RSA key or an ECDSA key of the curve P-256", ErrCredentials, a.Key)
	}
	head, err := json.Marshal(header)
	if err != nil {
		return Secret{}, err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return Secret{}, fmt.Errorf("%w: claims: %w", ErrCredentials, err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode(head) + "." + encode(payload)
	signature, err := signature(a.Key, sha256.Sum256([]byte(text)))
	if err != nil {
		return Secret{}, fmt.Errorf("sign assertion: %w", err)
	}
	return NewSecret(text + "." + encode(signature)), nil
}

// signature is one as JWTs have it: that of ECDSA as two numbers of 32 bytes.
func signature(key crypto.Signer, digest [sha256.Size]byte) ([]byte, error) {
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return key.Sign(rand.Reader, digest[:], crypto.SHA256)
	}
	r, s, err := ecdsa.Sign(rand.Reader, ec, digest[:])
	if err != nil {
		return nil, err
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), nil
}

// AssertionFile returns a source of JWTs that something else keeps in a file, which
// is read anew each time.
func AssertionFile(path string) func(context.Context) (Secret, error) {
	return func(context.Context) (Secret, error) {
		text, err := os.ReadFile(path)
		if err != nil {
			return Secret{}, err
		}
		return NewSecret(strings.TrimSpace(string(text))), nil
	}
}
