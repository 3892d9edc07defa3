package sasl

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// tokenCache shares a token until it is time for another.
type tokenCache struct {
	fetch    TokenFunc
	fetching chan struct{} // holds the one who fetches

	mu      sync.Mutex
	token   Token
	renewAt time.Time
}

// current returns the token if it can be used; fresh if there is no need of
// another.
func (c *tokenCache) current() (token Token, usable, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	return c.token, now.Before(c.token.Expires), now.Before(c.renewAt)
}

// get returns a token. Of those who want one at the same time, one fetches it.
func (c *tokenCache) get(ctx context.Context, broker Broker) (Token, error) {
	if token, _, fresh := c.current(); fresh {
		return token, nil
	}
	select {
	case c.fetching <- struct{}{}:
		defer func() { <-c.fetching }()
	case <-ctx.Done():
		return Token{}, ctx.Err()
	}
	old, usable, fresh := c.current()
	if fresh { // meanwhile
		return old, nil
	}
	asked := time.Now()
	token, err := c.fetch(ctx, broker)
	switch {
	case err != nil && usable:
		c.keep(old, asked.Add(retryToken)) // a failing source is not asked by each connection
		return old, nil
	case err != nil:
		return Token{}, err
	case token.Expires.IsZero():
		return token, nil
	case !asked.Before(token.Expires):
		return Token{}, fmt.Errorf("%w: the token expired at %v: is this machine's clock right?", ErrCredentials, token.Expires)
	}
	c.keep(token, asked.Add(token.Expires.Sub(asked)*4/5))
	return token, nil
}

// retryToken is how long after a failure a source is left alone while the token
// that there is can be used.
const retryToken = 5 * time.Second

func (c *tokenCache) keep(token Token, renewAt time.Time) {
	if renewAt.After(token.Expires) {
		renewAt = token.Expires
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token, c.renewAt = token, renewAt
}
