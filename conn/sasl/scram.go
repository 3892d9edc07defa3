package sasl

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/xdg-go/scram"

	"github.com/barnabas-go/kafka/protocol"
)

// How often a broker may want the password to be hashed. Kafka and RFC 7677 have
// 4096 for the least; the most is against brokers that want to keep clients busy.
const (
	minIterations = 4096
	maxIterations = 1_000_000
)

// ScramSHA256 returns the mechanism SCRAM-SHA-256 (RFC 7677): the password does
// not leave the client, and the broker has to prove that it knows it. As Kafka
// does, it takes user name and password as they are, without SASLprep.
func ScramSHA256(credentials CredentialsFunc) Mechanism {
	return &scramMechanism{name: "SCRAM-SHA-256", hash: scram.SHA256, credentials: credentials}
}

// ScramSHA512 returns the mechanism SCRAM-SHA-512. See [ScramSHA256].
func ScramSHA512(credentials CredentialsFunc) Mechanism {
	return &scramMechanism{name: "SCRAM-SHA-512", hash: scram.SHA512, credentials: credentials}
}

type scramMechanism struct {
	name        string
	hash        scram.HashGeneratorFcn
	credentials CredentialsFunc

	mu   sync.Mutex
	used Credentials
	// talk begins a conversation by used, whose client keeps what it has hashed. (fmt
	// shows nothing of what is behind a function.)
	talk func() *scram.ClientConversation
}

// Name returns "SCRAM-SHA-256" or "SCRAM-SHA-512".
func (m *scramMechanism) Name() string { return m.name }

// Start asks for the credentials.
func (m *scramMechanism) Start(ctx context.Context, _ Broker) (Session, error) {
	c, err := m.credentials.get(ctx)
	if err != nil {
		return nil, err
	}
	if c.DelegationToken {
		return &scramSession{talk: newTokenConversation(m.hash, c)}, nil
	}
	talk, err := m.conversation(c)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	return &scramSession{talk: talk}, nil
}

// conversation begins one, by the client of the last one unless the credentials
// have changed.
func (m *scramMechanism) conversation(c Credentials) (conversation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.talk == nil || m.used.Username != c.Username || m.used.Password.Reveal() != c.Password.Reveal() {
		client, err := m.hash.NewClientUnprepped(c.Username, c.Password.Reveal(), "")
		if err != nil {
			return nil, err
		}
		m.used, m.talk = c, client.NewConversation
	}
	return m.talk(), nil
}

// conversation is the client's side of SCRAM. The first step is for the empty
// challenge; it is valid when the broker has proved to know the password.
type conversation interface {
	Step(challenge string) (string, error)
	Valid() bool
}

type scramSession struct {
	talk  conversation
	steps int
}

// Step returns the client's first and final message, and then checks the broker's
// proof.
func (s *scramSession) Step(_ context.Context, challenge []byte) ([]byte, bool, error) {
	s.steps++
	switch s.steps {
	case 2:
		if _, err := parseServerFirst(string(challenge)); err != nil {
			return nil, false, err
		}
	case 3:
		if reason, failed := strings.CutPrefix(string(challenge), "e="); failed {
			return nil, false, fmt.Errorf("%w: the broker says %q", protocol.ErrSaslAuthenticationFailed, reason)
		}
	}
	token, err := s.talk.Step(string(challenge))
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", ErrChallenge, err)
	}
	return []byte(token), s.talk.Valid(), nil
}

// serverFirst is the broker's first message.
type serverFirst struct {
	nonce      string
	salt       []byte
	iterations int
}

// parseServerFirst reads the broker's first message, and refuses numbers of
// iterations that are too low to be safe or too high to be meant well.
func parseServerFirst(message string) (serverFirst, error) {
	if reason, failed := strings.CutPrefix(message, "e="); failed {
		return serverFirst{}, fmt.Errorf("%w: the broker says %q", protocol.ErrSaslAuthenticationFailed, reason)
	}
	fields := strings.Split(message, ",")
	if len(fields) < 3 {
		return serverFirst{}, fmt.Errorf("%w: its first message has %d fields of 3", ErrChallenge, len(fields))
	}
	nonce, hasNonce := strings.CutPrefix(fields[0], "r=")
	salted, hasSalt := strings.CutPrefix(fields[1], "s=")
	count, hasCount := strings.CutPrefix(fields[2], "i=")
	salt, err := base64.StdEncoding.DecodeString(salted)
	if !hasNonce || !hasSalt || !hasCount || err != nil || len(salt) == 0 {
		return serverFirst{}, fmt.Errorf("%w: its first message is not nonce, salt and iterations", ErrChallenge)
	}
	iterations, err := strconv.Atoi(count)
	if err != nil || iterations < minIterations || iterations > maxIterations {
		return serverFirst{}, fmt.Errorf("%w: it wants %.20q iterations, allowed are %d to %d", ErrChallenge, count, minIterations, maxIterations)
	}
	return serverFirst{nonce, salt, iterations}, nil
}
