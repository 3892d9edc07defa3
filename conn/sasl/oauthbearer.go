package sasl

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// Token is what OAUTHBEARER sends.
type Token struct {
	// Value is the token as brokers take it, a JWT for Kafka's own validators.
	Value Secret
	// Expires is when it is of no more use; zero if that is not known, so that it is
	// asked for each time.
	Expires time.Time
	// Extensions go to the broker with it (KIP-342): names of letters, and values of
	// printable ASCII.
	Extensions map[string]string
}

// TokenFunc returns a token that is valid now. It is not called while one that it
// returned has a good while to go, and once at a time for each mechanism. It gets
// the broker for whose connection the token is, to ask others by the same Dialer.
type TokenFunc func(ctx context.Context, broker Broker) (Token, error)

// OAuthBearer returns the mechanism OAUTHBEARER (RFC 7628, KIP-255), which sends
// tokens as they are: connections should have TLS. All clients with this Mechanism
// share the tokens. A token is fetched again when four fifths of its life are over,
// counted from when it came; if that fails, the old one is used until it expires.
func OAuthBearer(token TokenFunc) Mechanism {
	return &oauthBearer{tokens: tokenCache{fetch: token, fetching: make(chan struct{}, 1)}}
}

type oauthBearer struct{ tokens tokenCache }

// Name returns "OAUTHBEARER".
func (*oauthBearer) Name() string { return "OAUTHBEARER" }

// Start gets a token.
func (o *oauthBearer) Start(ctx context.Context, broker Broker) (Session, error) {
	token, err := o.tokens.get(ctx, broker)
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	message, err := bearerMessage(token)
	if err != nil {
		return nil, err
	}
	return &bearerSession{message: message}, nil
}

// bearerMessage is the client's first message: RFC 7628, section 3.1.
func bearerMessage(token Token) ([]byte, error) {
	value := token.Value.Reveal()
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, fmt.Errorf("%w: the token is empty, or has characters that no token has", ErrCredentials)
	}
	var b strings.Builder
	b.WriteString("n,,\x01auth=Bearer " + value + "\x01")
	for _, name := range slices.Sorted(maps.Keys(token.Extensions)) {
		if !validExtension(name, token.Extensions[name]) {
			return nil, fmt.Errorf("%w: extension %q: its name must be letters and not \"auth\", its value printable ASCII", ErrCredentials, name)
		}
		b.WriteString(name + "=" + token.Extensions[name] + "\x01")
	}
	b.WriteString("\x01")
	return []byte(b.String()), nil
}

func validExtension(name, value string) bool {
	notLetter := func(r rune) bool { return r|0x20 < 'a' || r|0x20 > 'z' }
	notText := func(r rune) bool { return (r < ' ' || r > '~') && r != '\t' && r != '\r' && r != '\n' }
	return name != "" && name != "auth" && value != "" && !strings.ContainsFunc(name, notLetter) && !strings.ContainsFunc(value, notText)
}

type bearerSession struct {
	message []byte
	sent    bool
	refused error
}

// Step sends the token. A broker that refuses it says why, and fails the exchange
// once that was acknowledged.
func (s *bearerSession) Step(_ context.Context, challenge []byte) ([]byte, bool, error) {
	switch {
	case !s.sent:
		s.sent = true
		return s.message, false, nil
	case s.refused != nil:
		return nil, false, s.refused
	case len(challenge) == 0:
		return nil, true, nil
	}
	var answer struct {
		Status string `json:"status"`
		Scope  string `json:"scope"`
	}
	if err := json.Unmarshal(challenge, &answer); err != nil {
		return nil, false, fmt.Errorf("%w: its answer to the token is not JSON", ErrChallenge)
	}
	s.refused = fmt.Errorf("%w: the broker refuses the token: status %.100q, scope %.100q", protocol.ErrSaslAuthenticationFailed, answer.Status, answer.Scope)
	return []byte{1}, false, nil
}
