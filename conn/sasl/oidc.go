package sasl

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// OIDC gets tokens from the token endpoint of an OpenID Connect provider: by client
// credentials (KIP-768), or if Assertion is set by a JWT that the client has
// (KIP-1139).
type OIDC struct {
	// TokenURL is the token endpoint, an https URL. An http URL is refused, unless
	// AllowHTTP says otherwise.
	TokenURL  string
	AllowHTTP bool
	// ClientID and ClientSecret go into the header Authorization.
	ClientID     string
	ClientSecret Secret
	// Secret, if it is set, returns the ClientSecret of now, which so can rotate.
	Secret func(ctx context.Context) (Secret, error)
	// Assertion, if it is set, returns a signed JWT that stands for the client (RFC
	// 7523); ClientID and a secret are not needed then.
	Assertion func(ctx context.Context) (Secret, error)
	// Scope is what the token shall be good for; empty for the provider's default.
	Scope string
	// Parameters are further ones of the request, such as audience.
	Parameters map[string]string
	// Extensions go to the broker with the token (KIP-342).
	Extensions map[string]string
	// TLS is for the token endpoint. Default that of the client, but for the
	// ServerName; the system's roots if connections are not encrypted.
	TLS *tls.Config
	// Attempts is how often a request is tried, with back-off. Default 3.
	Attempts int
}

// Limits of what a token endpoint may cost.
const (
	defaultAttempts  = 3
	firstTokenPause  = 100 * time.Millisecond
	longestPause     = 10 * time.Second
	maxTokenResponse = 1 << 20
)

// The grants (RFC 6749, RFC 7523).
const (
	clientCredentialsGrant = "client_credentials"
	jwtBearerGrant         = "urn:ietf:params:oauth:grant-type:jwt-bearer"
)

// Token asks for a token. It is a [TokenFunc].
func (o *OIDC) Token(ctx context.Context, broker Broker) (Token, error) {
	endpoint, err := o.endpoint()
	if err != nil {
		return Token{}, err
	}
	client := o.client(broker)
	defer client.CloseIdleConnections()
	attempts := o.Attempts
	if attempts <= 0 {
		attempts = defaultAttempts
	}
	for pause := firstTokenPause; ; pause = min(2*pause, longestPause) {
		token, again, err := o.ask(ctx, client, endpoint)
		attempts--
		if err == nil || !again || attempts <= 0 || ctx.Err() != nil {
			return token, err
		}
		select {
		case <-time.After(time.Duration(float64(pause) * (0.8 + 0.4*rand.Float64()))):
		case <-ctx.Done():
			return Token{}, fmt.Errorf("%w; the last failure was: %w", ctx.Err(), err)
		}
	}
}

// endpoint checks the configuration.
func (o *OIDC) endpoint() (*url.URL, error) {
	u, err := url.Parse(o.TokenURL)
	switch {
	case err != nil || u.Host == "":
		return nil, fmt.Errorf("%w: TokenURL (sasl.oauthbearer.token.endpoint.url) is not a URL", ErrCredentials)
	case u.Scheme == "https" || u.Scheme == "http" && o.AllowHTTP:
	default:
		return nil, fmt.Errorf("%w: TokenURL %s must begin with https: secrets go there", ErrCredentials, u.Redacted())
	}
	if o.Assertion == nil && (o.ClientID == "" || o.Secret == nil && o.ClientSecret.Reveal() == "") {
		return nil, fmt.Errorf("%w: ClientID and ClientSecret must be set, or Assertion", ErrCredentials)
	}
	return u, nil
}

// client makes requests as the Kafka client does.
func (o *OIDC) client(broker Broker) *http.Client {
	transport := &http.Transport{DialContext: broker.Dial, TLSClientConfig: o.TLS, ForceAttemptHTTP2: true}
	if o.TLS == nil && broker.TLS != nil {
		transport.TLSClientConfig = broker.TLS.Clone()
		transport.TLSClientConfig.ServerName = ""
	}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // what is sent must not go elsewhere
	}}
}

// ask makes one request. It tells whether another may succeed.
func (o *OIDC) ask(ctx context.Context, client *http.Client, endpoint *url.URL) (_ Token, again bool, _ error) {
	req, err := o.request(ctx, endpoint)
	if err != nil {
		return Token{}, false, err
	}
	at := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		return Token{}, true, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenResponse+1))
	switch {
	case err != nil:
		return Token{}, true, fmt.Errorf("read answer of %s: %w", endpoint.Redacted(), err)
	case len(body) > maxTokenResponse:
		return Token{}, false, fmt.Errorf("%s answers with more than %d bytes", endpoint.Redacted(), maxTokenResponse)
	case resp.StatusCode != http.StatusOK:
		return o.refused(endpoint, resp, body)
	}
	token, err := o.read(body, at)
	if err != nil {
		err = fmt.Errorf("%s: %w", endpoint.Redacted(), err)
	}
	return token, false, err
}

// request returns a request for a token.
func (o *OIDC) request(ctx context.Context, endpoint *url.URL) (*http.Request, error) {
	form := make(url.Values)
	for name, value := range o.Parameters {
		form.Set(name, value)
	}
	if o.Scope != "" {
		form.Set("scope", o.Scope)
	}
	form.Set("grant_type", clientCredentialsGrant)
	if o.Assertion != nil {
		assertion, err := o.Assertion(ctx)
		if err != nil {
			return nil, fmt.Errorf("assertion: %w", err)
		}
		form.Set("grant_type", jwtBearerGrant)
		form.Set("assertion", assertion.Reveal())
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if o.Assertion == nil {
		secret := o.ClientSecret
		if o.Secret != nil {
			if secret, err = o.Secret(ctx); err != nil {
				return nil, fmt.Errorf("client secret: %w", err)
			}
		}
		req.SetBasicAuth(url.QueryEscape(o.ClientID), url.QueryEscape(secret.Reveal())) // RFC 6749, section 2.3.1
	}
	return req, nil
}

// refused is the error of an answer that has no token. What the provider says of it
// is shown as far as the standard has it: the rest may repeat the request.
func (o *OIDC) refused(endpoint *url.URL, resp *http.Response, body []byte) (_ Token, again bool, _ error) {
	var problem struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &problem) != nil || len(problem.Error) > 100 {
		problem.Error = "no reason given"
	}
	again = resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusRequestTimeout
	err := fmt.Errorf("%s answers %s: %s", endpoint.Redacted(), resp.Status, problem.Error)
	if !again {
		err = fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	return Token{}, again, err
}

// read takes the token out of an answer.
func (o *OIDC) read(body []byte, at time.Time) (Token, error) {
	var answer struct {
		AccessToken string  `json:"access_token"`
		IDToken     string  `json:"id_token"` // some providers have only that
		ExpiresIn   float64 `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return Token{}, errors.New("the answer is not a JSON object with access_token")
	}
	if answer.AccessToken == "" {
		answer.AccessToken = answer.IDToken
	}
	if answer.AccessToken == "" {
		return Token{}, errors.New("the answer has no access_token")
	}
	token := Token{Value: NewSecret(answer.AccessToken), Extensions: o.Extensions, Expires: expiry(answer.AccessToken)}
	if byAnswer := at.Add(time.Duration(min(answer.ExpiresIn, 1e9) * float64(time.Second))); answer.ExpiresIn > 0 && (token.Expires.IsZero() || byAnswer.Before(token.Expires)) {
		token.Expires = byAnswer
	}
	return token, nil
}

// expiry returns when a JWT expires, zero if it does not say.
func expiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	var claims struct {
		Expires float64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(payload, &claims) != nil || claims.Expires <= 0 || claims.Expires > 1e12 {
		return time.Time{}
	}
	return time.Unix(int64(claims.Expires), 0)
}
