package sasl

import (
	"context"
	"fmt"
	"strings"
)

// Credentials are who a client is, and what proves it.
type Credentials struct {
	// Username, or the id of a delegation token.
	Username string
	// Password, or the HMAC of the delegation token in base64.
	Password Secret
	// DelegationToken tells that these are those of a token (KIP-48), which brokers
	// take by SCRAM alone.
	DelegationToken bool
}

// CredentialsFunc returns the credentials that are valid now. It is called for
// each connection, from several goroutines, and may ask others; ctx bounds that.
type CredentialsFunc func(ctx context.Context) (Credentials, error)

// Password returns credentials that do not change.
func Password(username, password string) CredentialsFunc {
	return fixed(Credentials{Username: username, Password: NewSecret(password)})
}

// DelegationToken returns credentials of a token (KIP-48): its id, and its HMAC in
// base64 as kafka-delegation-tokens.sh shows it.
func DelegationToken(id, hmac string) CredentialsFunc {
	return fixed(Credentials{Username: id, Password: NewSecret(hmac), DelegationToken: true})
}

func fixed(c Credentials) CredentialsFunc {
	return func(context.Context) (Credentials, error) { return c, nil }
}

// get returns the credentials, checked for what no mechanism can send.
func (f CredentialsFunc) get(ctx context.Context) (Credentials, error) {
	c, err := f(ctx)
	if err != nil {
		return Credentials{}, fmt.Errorf("credentials: %w", err)
	}
	switch {
	case c.Username == "":
		err = fmt.Errorf("%w: the user name is empty", ErrCredentials)
	case c.Password.Reveal() == "":
		err = fmt.Errorf("%w: the password of user %q is empty", ErrCredentials, c.Username)
	case strings.ContainsRune(c.Username, 0) || strings.ContainsRune(c.Password.Reveal(), 0):
		err = fmt.Errorf("%w: user name or password has a NUL character", ErrCredentials)
	}
	return c, err
}
