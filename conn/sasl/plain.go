package sasl

import (
	"context"
	"fmt"
)

// Plain returns the mechanism PLAIN (RFC 4616), which sends user name and
// password as they are: connections should have TLS.
func Plain(credentials CredentialsFunc) Mechanism { return plain{credentials} }

type plain struct{ credentials CredentialsFunc }

// Name returns "PLAIN".
func (plain) Name() string { return "PLAIN" }

// Start asks for the credentials.
func (p plain) Start(ctx context.Context, _ Broker) (Session, error) {
	c, err := p.credentials.get(ctx)
	if err != nil {
		return nil, err
	}
	if c.DelegationToken {
		return nil, fmt.Errorf("%w: PLAIN cannot carry delegation tokens, SCRAM does", ErrCredentials)
	}
	return &single{token: []byte("\x00" + c.Username + "\x00" + c.Password.Reveal())}, nil
}

// single is a session of one token, to which the broker adds nothing.
type single struct {
	token []byte
	sent  bool
}

// Step returns the token, and then takes the broker's consent.
func (s *single) Step(_ context.Context, challenge []byte) ([]byte, bool, error) {
	if !s.sent {
		s.sent = true
		return s.token, false, nil
	}
	if len(challenge) > 0 {
		return nil, false, fmt.Errorf("%w: an answer of %d bytes, there must be none", ErrChallenge, len(challenge))
	}
	return nil, true, nil
}
