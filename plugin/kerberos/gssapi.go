package kerberos

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/spnego"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/barnabas-go/kafka/conn/sasl"
)

// GSSAPI is the mechanism. It keeps tickets until they expire, for all connections.
type GSSAPI struct {
	config  func() Config // behind a function, so that fmt does not show it
	asking  chan struct{} // holds the one who asks for tickets
	mu      sync.Mutex
	closed  bool
	tickets func() *client.Client // nil for none
}

var errClosed = errors.New("kerberos: the mechanism was closed")

// New returns the mechanism. It asks nobody for a ticket yet.
func New(cfg Config) (*GSSAPI, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	return &GSSAPI{config: func() Config { return cfg }, asking: make(chan struct{}, 1)}, nil
}

// Name returns "GSSAPI".
func (g *GSSAPI) Name() string { return "GSSAPI" }

// Close forgets all tickets, and ends the goroutine that renews them.
func (g *GSSAPI) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.forget()
}

// forget drops the client of Kerberos with its tickets.
func (g *GSSAPI) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.tickets != nil {
		g.tickets().Destroy()
	}
	g.tickets = nil
}

// Start gets a ticket for the broker.
func (g *GSSAPI) Start(ctx context.Context, broker sasl.Broker) (sasl.Session, error) {
	cfg := g.config()
	service := cmp.Or(cfg.ServiceName, "kafka") + "/" + cmp.Or(cfg.DomainName, broker.Host)
	select {
	case g.asking <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	type answer struct {
		session sasl.Session
		err     error
	}
	answers := make(chan answer, 1)
	go func() { // gokrb5 knows no contexts, but has timeouts of its own
		defer func() { <-g.asking }()
		s, err := g.start(service)
		answers <- answer{s, err}
	}()
	select {
	case a := <-answers:
		return a.session, a.err
	case <-ctx.Done():
		return nil, fmt.Errorf("kerberos: ticket for %s: %w", service, ctx.Err())
	}
}

// start gets a ticket: by the client that there is, or else a new one.
func (g *GSSAPI) start(service string) (sasl.Session, error) {
	if cl, err := g.client(); err != nil {
		return nil, err
	} else if ticket, key, err := cl.GetServiceTicket(service); err == nil {
		return newSession(cl, ticket, key)
	}
	g.forget() // what it has may have expired, or have been changed
	cl, err := g.client()
	if err != nil {
		return nil, err
	}
	ticket, key, err := cl.GetServiceTicket(service)
	if err != nil {
		return nil, fmt.Errorf("kerberos: ticket for %s: %w", service, final(err))
	}
	return newSession(cl, ticket, key)
}

// client returns the client of Kerberos, logged in.
func (g *GSSAPI) client() (*client.Client, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		return nil, errClosed
	case g.tickets != nil:
		return g.tickets(), nil
	}
	cl, err := g.config().newClient()
	if err != nil {
		return nil, err
	}
	g.tickets = func() *client.Client { return cl }
	return cl, nil
}

// session authenticates, and then agrees upon no security layer (RFC 4752, section
// 3.1). That the broker can sign what it offers proves that it has the service's
// key.
type session struct {
	request []byte
	key     func() types.EncryptionKey
	steps   int
}

func newSession(cl *client.Client, ticket messages.Ticket, key types.EncryptionKey) (*session, error) {
	token, err := spnego.NewKRB5TokenAPREQ(cl, ticket, key, []int{gssapi.ContextFlagInteg, gssapi.ContextFlagConf}, nil)
	if err != nil {
		return nil, fmt.Errorf("kerberos: request: %w", err)
	}
	request, err := token.Marshal()
	if err != nil {
		return nil, fmt.Errorf("kerberos: request: %w", err)
	}
	return &session{request: request, key: func() types.EncryptionKey { return key }}, nil
}

// Step sends the ticket, chooses the security layer, and takes the broker's consent.
func (s *session) Step(_ context.Context, challenge []byte) ([]byte, bool, error) {
	s.steps++
	switch {
	case s.steps == 1:
		return s.request, false, nil
	case s.steps == 2:
		token, err := s.chooseLayer(challenge)
		return token, false, err
	case len(challenge) > 0:
		return nil, false, fmt.Errorf("%w: %d bytes after the end of GSSAPI", sasl.ErrChallenge, len(challenge))
	}
	return nil, true, nil
}

// The security layers, of which this client knows the first: none.
const noLayer = 1

// chooseLayer answers the broker's offer of security layers.
func (s *session) chooseLayer(challenge []byte) ([]byte, error) {
	var offer gssapi.WrapToken
	if err := offer.Unmarshal(challenge, true); err != nil {
		return nil, fmt.Errorf("%w: its offer of security layers: %w", sasl.ErrChallenge, err)
	}
	if ok, err := offer.Verify(s.key(), keyusage.GSSAPI_ACCEPTOR_SEAL); err != nil || !ok {
		return nil, fmt.Errorf("%w: its offer of security layers is not signed by the service's key: %v", sasl.ErrChallenge, err)
	}
	if len(offer.Payload) != 4 || offer.Payload[0]&noLayer == 0 {
		return nil, fmt.Errorf("%w: it demands a security layer of GSSAPI, which Kafka's brokers do not", sasl.ErrChallenge)
	}
	choice, err := gssapi.NewInitiatorWrapToken([]byte{noLayer, 0, 0, 0}, s.key())
	if err != nil {
		return nil, fmt.Errorf("kerberos: security layer: %w", err)
	}
	return choice.Marshal()
}
