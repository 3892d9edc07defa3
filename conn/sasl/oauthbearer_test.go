package sasl

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// The message of RFC 7628, section 4.1, without host and port, which Kafka does not
// have, and with extensions as in KIP-342.
func TestBearerMessage(t *testing.T) {
	const token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
	source := func(context.Context, Broker) (Token, error) {
		return Token{Value: NewSecret(token), Extensions: map[string]string{"logicalCluster": "lkc-1", "a": "b c"}}, nil
	}
	session, err := OAuthBearer(source).Start(t.Context(), Broker{})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := session.Step(t.Context(), nil)
	if want := "n,,\x01auth=Bearer " + token + "\x01a=b c\x01logicalCluster=lkc-1\x01\x01"; err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
	if _, done, err := session.Step(t.Context(), nil); !done || err != nil {
		t.Errorf("consent: done %t, %v", done, err)
	}
}

func TestBearerRefused(t *testing.T) {
	session := &bearerSession{message: []byte("x")}
	steps := []struct {
		challenge, token string
		err              error
	}{{"", "x", nil}, {`{"status":"invalid_token","scope":"kafka"}`, "\x01", nil}, {"", "", protocol.ErrSaslAuthenticationFailed}}
	for _, step := range steps {
		token, done, err := session.Step(t.Context(), []byte(step.challenge))
		if string(token) != step.token || done || !errors.Is(err, step.err) {
			t.Errorf("%q: %q, done %t, %v", step.challenge, token, done, err)
		}
		if err != nil && !strings.Contains(err.Error(), "invalid_token") {
			t.Errorf("it does not say why: %v", err)
		}
	}
	if _, done, err := (&bearerSession{sent: true}).Step(t.Context(), []byte("what?")); done || !errors.Is(err, ErrChallenge) {
		t.Errorf("done %t, %v", done, err)
	}
}

func TestBadTokens(t *testing.T) {
	for _, token := range []Token{
		{}, {Value: NewSecret("s3cr3t\x01x=y")}, {Value: NewSecret("s3cr3t ")}, {Value: NewSecret("tökén")},
		{Value: NewSecret("t"), Extensions: map[string]string{"auth": "x"}},
		{Value: NewSecret("t"), Extensions: map[string]string{"a1": "x"}},
		{Value: NewSecret("t"), Extensions: map[string]string{"a": "s3cr3t\x01"}},
		{Value: NewSecret("t"), Expires: time.Now().Add(-time.Second)},
	} {
		_, err := OAuthBearer(func(context.Context, Broker) (Token, error) { return token, nil }).Start(t.Context(), Broker{})
		if !errors.Is(err, ErrCredentials) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%v: %v", token, err)
		}
	}
}

// A token is fetched once for all, again when four fifths of its life are over, and
// used until its end where that fails.
func TestTokensAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int32
		var failure error
		m := OAuthBearer(func(context.Context, Broker) (Token, error) {
			fetched.Add(1)
			<-time.After(time.Second)
			return Token{Value: NewSecret("t"), Expires: time.Now().Add(99 * time.Second)}, failure
		})
		start := func() error { _, err := m.Start(t.Context(), Broker{}); return err }
		fetches := func(want int32) {
			t.Helper()
			if n := fetched.Swap(0); n != want {
				t.Errorf("%d fetches, want %d", n, want)
			}
		}
		for range 10 {
			go func() {
				if err := start(); err != nil {
					t.Error(err)
				}
			}()
		}
		<-time.After(2 * time.Second)
		fetches(1)
		<-time.After(77 * time.Second)
		must(t, start())
		fetches(0)
		<-time.After(2 * time.Second)
		must(t, start())
		fetches(1)
		failure = errors.New("down")
		<-time.After(85 * time.Second)
		must(t, start())
		must(t, start())
		fetches(1)
		<-time.After(20 * time.Second)
		if err := start(); !errors.Is(err, failure) {
			t.Errorf("with an expired token: %v", err)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
