package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/conn/sasl"
	"github.com/barnabas-go/kafka/protocol"
)

// aliceToken is what alice sends by PLAIN.
const aliceToken = "\x00alice\x00s3cr3t"

var alice = sasl.Plain(sasl.Password("alice", "s3cr3t"))

// secured is the configuration of a client that authenticates as alice.
func (b *fakeBroker) secured() Config {
	cfg := b.config()
	cfg.SASL = alice
	return cfg
}

// welcome takes alice in, for a time.
func (p *peer) welcome(lifetime time.Duration) {
	p.handshake("PLAIN", 1)
	req := p.next()
	if r, ok := req.Request.(*protocol.SaslAuthenticateRequest); !ok || string(r.AuthBytes) != aliceToken {
		p.t.Errorf("broker: got %v %q", req.Key, req.Request)
	}
	p.reply(req, &protocol.SaslAuthenticateResponse{SessionLifetimeMs: lifetime.Milliseconds()})
}

// handshake agrees upon a mechanism.
func (p *peer) handshake(mechanism string, version int16) {
	req := p.next()
	if r, ok := req.Request.(*protocol.SaslHandshakeRequest); !ok || r.Mechanism != mechanism || req.Version != version {
		p.t.Errorf("broker: got %v v%d, want SaslHandshake v%d for %s", req.Key, req.Version, version, mechanism)
	}
	p.reply(req, &protocol.SaslHandshakeResponse{Mechanisms: []string{mechanism}})
}

// without is what a broker tells of its APIs that lacks one, or has only a version
// of it.
func without(key protocol.APIKey, highest int16) *protocol.ApiVersionsResponse {
	resp := allAPIs()
	kept := resp.APIKeys[:0]
	for _, a := range resp.APIKeys {
		if a.APIKey == key {
			a.MaxVersion = highest
		}
		if a.MaxVersion >= 0 {
			kept = append(kept, a)
		}
	}
	resp.APIKeys = kept
	return resp
}

func TestAuthenticates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(t, modern(func(p *peer) { p.welcome(0); serve(p) }))
		cfg := b.secured()
		var states []State
		cfg.OnStateChange = func(s StateChange) { states = append(states, s.To) }
		broker := NewBroker(1, "broker:9092", cfg)
		defer broker.Close()
		c, err := broker.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Do(t.Context(), heartbeat(1)); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(states); got != "[connecting authenticating connected]" {
			t.Errorf("states %s", got)
		}
	})
}

func TestRawTokens(t *testing.T) {
	for name, cfg := range map[string]struct {
		mechanism  sasl.Mechanism
		apiVersion string
		begin      func(*peer)
	}{
		"0.10": {alice, "", func(p *peer) { p.hello(without(protocol.SaslAuthenticate, -1)); p.handshake("PLAIN", 0) }},
		"0.9":  {gssapi{alice}, "0.9", func(*peer) {}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newFakeBroker(t, func(p *peer) {
				cfg.begin(p)
				frame := make([]byte, 4+len(aliceToken))
				if _, err := io.ReadFull(p.r, frame); err != nil || string(frame) != "\x00\x00\x00\x0d"+aliceToken {
					t.Errorf("broker: got %q, %v", frame, err)
				}
				p.write(make([]byte, 4))
				serve(p)
			})
			c := b.secured()
			c.SASL, c.APIVersion = cfg.mechanism, cfg.apiVersion
			if _, err := b.dial(c).Do(t.Context(), heartbeat(-1)); err != nil {
				t.Error(err)
			}
		})
	}
}

// gssapi is PLAIN under another name.
type gssapi struct{ sasl.Mechanism }

func (gssapi) Name() string { return "GSSAPI" }

func TestAuthenticationErrors(t *testing.T) {
	message := "Invalid username or password"
	refused := func(p *peer) {
		p.handshake("PLAIN", 1)
		p.reply(p.next(), &protocol.SaslAuthenticateResponse{ErrorCode: protocol.ErrSaslAuthenticationFailed, ErrorMessage: &message})
	}
	for name, test := range map[string]struct {
		script    func(*peer)
		is        error
		retriable bool
		text      []string
	}{
		"wrong password": {modern(refused), protocol.ErrSaslAuthenticationFailed, false,
			[]string{"broker:9092: sasl: PLAIN", message, "sasl.password"}},
		"mechanism": {modern(func(p *peer) {
			p.reply(p.next(), &protocol.SaslHandshakeResponse{ErrorCode: protocol.ErrUnsupportedSaslMechanism, Mechanisms: []string{"GSSAPI", "SCRAM-SHA-512"}})
		}), protocol.ErrUnsupportedSaslMechanism, false, []string{"PLAIN is not enabled", "GSSAPI, SCRAM-SHA-512", "sasl.mechanism"}},
		"no SASL": {modern(func(p *peer) {
			p.reply(p.next(), &protocol.SaslHandshakeResponse{ErrorCode: protocol.ErrIllegalSaslState})
		}), protocol.ErrIllegalSaslState, false, []string{"SaslHandshake", "Config.SASL nil"}},
		"closes": {modern(func(p *peer) { p.handshake("PLAIN", 1); p.next() }), ErrSASLClosed, true,
			[]string{"SaslAuthenticate v2", "before Kafka 1.0"}},
		"closes upon raw token": {func(p *peer) {
			p.hello(without(protocol.SaslAuthenticate, -1))
			p.handshake("PLAIN", 0)
			io.CopyN(io.Discard, p.r, int64(4+len(aliceToken)))
		}, ErrSASLClosed, true, []string{"wrong"}},
		"long raw token": {func(p *peer) {
			p.hello(without(protocol.SaslAuthenticate, -1))
			p.handshake("PLAIN", 0)
			io.CopyN(io.Discard, p.r, int64(4+len(aliceToken)))
			p.write([]byte{0, 0x10, 0, 1})
			p.drain()
		}, ErrProtocol, true, []string{"1048577 bytes"}},
		"no handshake": {func(p *peer) { p.hello(without(protocol.SaslHandshake, -1)); p.drain() }, nil, false,
			[]string{"SASL mechanism PLAIN", "0.10"}},
		"strange answer": {modern(func(p *peer) {
			p.handshake("PLAIN", 1)
			p.reply(p.next(), &protocol.SaslAuthenticateResponse{AuthBytes: []byte("hm")})
			p.drain()
		}), sasl.ErrChallenge, false, []string{"2 bytes"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newFakeBroker(t, test.script)
			_, err := Dial(t.Context(), "broker:9092", b.secured())
			var e *Error
			if !errors.As(err, &e) || e.Stage != StageSASL || e.Retriable() != test.retriable || test.is != nil && !errors.Is(err, test.is) {
				t.Fatalf("got %v", err)
			}
			for _, text := range test.text {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q does not tell %q", err, text)
				}
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("it shows the password: %v", err)
			}
		})
	}
}

func TestCredentialsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(t, modern((*peer).drain))
		cfg := b.secured()
		down := errors.New("vault is down")
		cfg.SASL = sasl.Plain(func(context.Context) (sasl.Credentials, error) { return sasl.Credentials{}, down })
		_, err := Dial(t.Context(), "broker:9092", cfg)
		if e := (*Error)(nil); !errors.As(err, &e) || e.Stage != StageSASL || !errors.Is(err, down) || !e.Retriable() {
			t.Errorf("got %v", err)
		}
		cfg.SASL = sasl.Plain(func(ctx context.Context) (sasl.Credentials, error) {
			<-ctx.Done()
			return sasl.Credentials{}, ctx.Err()
		})
		_, err = Dial(t.Context(), "broker:9092", cfg)
		if e := (*Error)(nil); !errors.As(err, &e) || e.Stage != StageSASL || !errors.Is(err, ErrConnectTimeout) {
			t.Errorf("a source that hangs: %v", err)
		}
	})
}
