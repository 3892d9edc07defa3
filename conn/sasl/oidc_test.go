package sasl

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// provider answers requests for tokens, the first failures of them by a status.
type provider struct {
	failures, status int
	answer           string
	requests         []string
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.requests = append(p.requests, r.Header.Get("Authorization")+" "+string(body))
	if len(p.requests) <= p.failures {
		w.WriteHeader(p.status)
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"s3cr3t is wrong"}`)
		return
	}
	fmt.Fprint(w, p.answer)
}

// brokerOf is one of a client that trusts the server, and dials by a Dialer of its
// own.
func brokerOf(server *httptest.Server, dialed *int) Broker {
	return Broker{TLS: &tls.Config{RootCAs: server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "broker"},
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			*dialed++
			return new(net.Dialer).DialContext(ctx, network, addr)
		}}
}

func TestClientCredentials(t *testing.T) {
	p := &provider{failures: 2, status: http.StatusServiceUnavailable, answer: `{"access_token":"abc","token_type":"Bearer","expires_in":60}`}
	server := httptest.NewTLSServer(p)
	defer server.Close()
	o := &OIDC{TokenURL: server.URL + "/token", ClientID: "id:1", ClientSecret: NewSecret("s3cr3t"), Scope: "a b", Parameters: map[string]string{"audience": "kafka"}}
	dialed := 0
	token, err := o.Token(t.Context(), brokerOf(server, &dialed))
	must(t, err)
	if life := time.Until(token.Expires); token.Value.Reveal() != "abc" || life < 50*time.Second || life > time.Minute {
		t.Errorf("token %q for %v", token.Value.Reveal(), life)
	}
	basic := base64.StdEncoding.EncodeToString([]byte("id%3A1:s3cr3t"))
	if want := "Basic " + basic + " audience=kafka&grant_type=client_credentials&scope=a+b"; len(p.requests) != 3 || p.requests[2] != want {
		t.Errorf("asked by %q, want %q in the end", p.requests, want)
	}
	if dialed == 0 {
		t.Error("the client's Dialer was not used")
	}
}

func TestTokenEndpointFails(t *testing.T) {
	for name, test := range map[string]struct {
		provider  provider
		requests  int
		permanent bool
		text      string
	}{
		"refused":     {provider{failures: 9, status: http.StatusUnauthorized}, 1, true, "401 Unauthorized: invalid_client"},
		"down":        {provider{failures: 9, status: http.StatusBadGateway}, 3, false, "502 Bad Gateway"},
		"redirect":    {provider{failures: 9, status: http.StatusTemporaryRedirect}, 1, true, "307"},
		"no JSON":     {provider{answer: "<html>s3cr3t"}, 1, false, "not a JSON object"},
		"no token":    {provider{answer: `{"error":"s3cr3t"}`}, 1, false, "no access_token"},
		"long answer": {provider{answer: strings.Repeat(" ", 2<<20)}, 1, false, "more than 1048576 bytes"},
	} {
		server := httptest.NewTLSServer(&test.provider)
		o := &OIDC{TokenURL: server.URL, ClientID: "id", ClientSecret: NewSecret("s3cr3t")}
		_, err := o.Token(t.Context(), brokerOf(server, new(int)))
		server.Close()
		if err == nil || errors.Is(err, ErrCredentials) != test.permanent || !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(test.provider.requests); n != test.requests {
			t.Errorf("%s: %d requests, want %d", name, n, test.requests)
		}
	}
}

func TestOIDCConfig(t *testing.T) {
	for _, o := range []OIDC{
		{ClientID: "id", ClientSecret: NewSecret("s")},
		{TokenURL: "http://a", ClientID: "id", ClientSecret: NewSecret("s")},
		{TokenURL: "https://a", ClientSecret: NewSecret("s")},
		{TokenURL: "https://a", ClientID: "id"},
	} {
		if _, err := o.Token(t.Context(), Broker{}); !errors.Is(err, ErrCredentials) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestJWTBearer(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	for _, key := range []crypto.Signer{rsaKey, ecKey} {
		p := &provider{answer: `{"access_token":"abc"}`}
		server := httptest.NewTLSServer(p)
		a := &Assertion{Key: key, KeyID: "k1", Issuer: "me", Audience: "them", Claims: map[string]any{"x": 1}}
		o := &OIDC{TokenURL: server.URL, Assertion: a.Sign}
		_, err := o.Token(t.Context(), brokerOf(server, new(int)))
		server.Close()
		must(t, err)
		const prefix = " assertion="
		assertion, rest, _ := strings.Cut(strings.TrimPrefix(p.requests[0], prefix), "&")
		if rest != "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer" {
			t.Errorf("request %q", p.requests[0])
		}
		checkJWT(t, assertion, key)
	}
}

// checkJWT verifies a signature by its public key.
func checkJWT(t *testing.T, jwt string, key crypto.Signer) {
	t.Helper()
	signed, encoded, _ := cutLast(jwt, ".")
	signature, err := base64.RawURLEncoding.DecodeString(encoded)
	must(t, err)
	digest := sha256.Sum256([]byte(signed))
	switch public := key.Public().(type) {
	case *rsa.PublicKey:
		must(t, rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature))
	case *ecdsa.PublicKey:
		if len(signature) != 64 || !ecdsa.Verify(public, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
			t.Error("the signature is wrong")
		}
	}
	if life := time.Until(expiry(jwt)); life < 4*time.Minute || life > 5*time.Minute {
		t.Errorf("it lives for %v", life)
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	return s[:i], s[i+1:], i >= 0
}

func TestUnsecuredToken(t *testing.T) {
	token, err := UnsecuredToken("alice", time.Minute, map[string]any{"scope": []string{"a"}})(t.Context(), Broker{})
	must(t, err)
	parts := strings.Split(token.Value.Reveal(), ".")
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	must(t, err)
	if string(header) != `{"alg":"none"}` || len(parts) != 3 || parts[2] != "" {
		t.Errorf("token %q", token.Value.Reveal())
	}
	if off := expiry(token.Value.Reveal()).Sub(token.Expires).Abs(); off > time.Second {
		t.Errorf("exp is off by %v", off)
	}
}
