package sasl

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// UnsecuredToken returns a source of tokens that are not signed, for brokers that
// are set to take anybody's word, as they are for tests alone. They live for an
// hour, or for lifetime if that is not 0. Claims are those beside sub, iat and exp.
func UnsecuredToken(subject string, lifetime time.Duration, claims map[string]any) TokenFunc {
	if lifetime == 0 {
		lifetime = time.Hour
	}
	return func(context.Context, Broker) (Token, error) {
		now := time.Now()
		all := maps.Clone(claims)
		if all == nil {
			all = make(map[string]any)
		}
		all["sub"], all["iat"], all["exp"] = subject, now.Unix(), now.Add(lifetime).Unix()
		payload, err := json.Marshal(all)
		if err != nil {
			return Token{}, fmt.Errorf("%w: claims: %w", ErrCredentials, err)
		}
		encode := base64.RawURLEncoding.EncodeToString
		text := encode([]byte(`{"alg":"none"}`)) + "." + encode(payload) + "."
		return Token{Value: NewSecret(text), Expires: now.Add(lifetime)}, nil
	}
}
