package integration

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/conn/sasl"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/protocol"
)

const (
	oauthLogin     = `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker"`
	oauthValidator = "org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler"
	oauthSecret    = "client-s3cr3t"
)

var oauth = ability{4} // OAuthBearerValidatorCallbackHandler has this name since 4.0

// issuer is an OpenID Connect provider.
type issuer struct {
	*httptest.Server
	tokens sasl.Assertion // it signs them as clients do their assertions
	scan   *secretScan
}

func newIssuer(t *testing.T, scan *secretScan) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	i := &issuer{scan: scan}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /jwks", i.jwks)
	mux.HandleFunc("POST /token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	i.tokens = sasl.Assertion{Key: key, KeyID: "k1", Issuer: i.URL, Subject: saslUser, Audience: "kafka", Lifetime: time.Minute}
	return i
}

// jwks tells the public key (RFC 7517).
func (i *issuer) jwks(w http.ResponseWriter, _ *http.Request) {
	key := i.tokens.Key.Public().(*rsa.PublicKey)
	encode := base64.RawURLEncoding.EncodeToString
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1",
		"n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes()),
	}}}) // the broker says what it misses
}

// token gives one for the client's secret, or for an assertion.
func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	assertion := r.FormValue("assertion")
	if !(id == "client" && secret == oauthSecret) && assertion == "" {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"`+secret+` is wrong"}`)
		return
	}
	jwt, err := i.tokens.Sign(r.Context())
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	i.scan.keep(jwt.Reveal())
	fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":60}`, jwt.Reveal())
}

// TestOIDC has tokens of a provider, which the broker verifies by the provider's
// keys (KIP-768, KIP-1139).
func TestOIDC(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if _, ok := target.(*kafkabroker.Cluster); !ok || !can(target, oauth) {
			return
		}
		scan := newSecretScan(t, oauthSecret, "wrong-s3cr3t")
		i := newIssuer(t, scan)
		s := startSASL(t, target, func(cfg *kafkabroker.Config) {
			cfg.SASL = map[string]string{"OAUTHBEARER": oauthLogin}
			cfg.Properties["listener.name.sasl_plaintext.oauthbearer.sasl.server.callback.handler.class"] = oauthValidator
			cfg.Properties["sasl.oauthbearer.jwks.endpoint.url"] = i.URL + "/jwks"
			cfg.Properties["sasl.oauthbearer.expected.audience"] = "kafka"
			cfg.Properties["sasl.oauthbearer.expected.issuer"] = i.URL
			cfg.JVMOptions = []string{"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=" + i.URL + "/jwks"}
		})
		oidc := sasl.OIDC{TokenURL: i.URL + "/token", AllowHTTP: true, ClientID: "client", ClientSecret: sasl.NewSecret(oauthSecret), Scope: "kafka"}
		s.works(t, sasl.OAuthBearer(oidc.Token), scan)

		assertion := sasl.Assertion{Key: i.tokens.Key, Issuer: "client", Audience: i.URL}
		byJWT := sasl.OIDC{TokenURL: oidc.TokenURL, AllowHTTP: true, Assertion: assertion.Sign}
		s.works(t, sasl.OAuthBearer(byJWT.Token), scan)

		wrong := oidc
		wrong.ClientSecret = sasl.NewSecret("wrong-s3cr3t")
		err := s.failure(t, sasl.OAuthBearer(wrong.Token), scan)
		wantError(t, err, "sasl: OAUTHBEARER", "401 Unauthorized", "invalid_client")
		if !errors.Is(err, sasl.ErrCredentials) {
			t.Errorf("a wrong secret: %v", err)
		}
		err = s.failure(t, sasl.OAuthBearer(sasl.UnsecuredToken("mallory", 0, nil)), scan)
		if !errors.Is(err, protocol.ErrSaslAuthenticationFailed) {
			t.Errorf("a token of nobody: %v", err)
		}
	})
}

// TestUnsecuredTokens has a broker that takes anybody's word.
func TestUnsecuredTokens(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if _, ok := target.(*kafkabroker.Cluster); !ok || !can(target, oauth) {
			return
		}
		scan := newSecretScan(t)
		s := startSASL(t, target, func(cfg *kafkabroker.Config) { cfg.SASL = map[string]string{"OAUTHBEARER": oauthLogin} })
		s.works(t, sasl.OAuthBearer(sasl.UnsecuredToken(saslUser, 0, nil)), scan)
		if err := s.failure(t, sasl.OAuthBearer(sasl.UnsecuredToken("", 0, nil)), scan); !errors.Is(err, protocol.ErrSaslAuthenticationFailed) {
			t.Errorf("a token without a subject: %v", err)
		}
	})
}
