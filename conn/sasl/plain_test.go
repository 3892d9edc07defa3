package sasl

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// The examples of RFC 4616, section 4, without an authorization identity.
func TestPlainToken(t *testing.T) {
	session, err := Plain(Password("tim", "tanstaaftanstaaf")).Start(t.Context(), Broker{})
	if err != nil {
		t.Fatal(err)
	}
	token, done, err := session.Step(t.Context(), nil)
	if string(token) != "\x00tim\x00tanstaaftanstaaf" || done || err != nil {
		t.Errorf("token %q, done %t, %v", token, done, err)
	}
	if token, done, err = session.Step(t.Context(), []byte{}); token != nil || !done || err != nil {
		t.Errorf("after the broker's consent: %q, done %t, %v", token, done, err)
	}
}

func TestPlainRefusesAnswer(t *testing.T) {
	session := &single{token: []byte("x"), sent: true}
	if _, done, err := session.Step(t.Context(), []byte("what?")); done || !errors.Is(err, ErrChallenge) {
		t.Errorf("done %t, %v", done, err)
	}
}

func TestBadCredentials(t *testing.T) {
	down := errors.New("vault is down")
	for name, test := range map[string]struct {
		credentials CredentialsFunc
		want        error
	}{
		"no user":     {Password("", "s3cr3t"), ErrCredentials},
		"no password": {Password("u", ""), ErrCredentials},
		"NUL":         {Password("u", "s3cr3t\x00"), ErrCredentials},
		"NUL in name": {Password("u\x00", "s3cr3t"), ErrCredentials},
		"source":      {func(context.Context) (Credentials, error) { return Credentials{}, down }, down},
	} {
		for _, m := range []Mechanism{Plain(test.credentials), ScramSHA256(test.credentials), ScramSHA512(test.credentials)} {
			_, err := m.Start(t.Context(), Broker{})
			if !errors.Is(err, test.want) || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("%s, %s: %v", name, m.Name(), err)
			}
		}
	}
	if _, err := Plain(DelegationToken("id", "hmac")).Start(t.Context(), Broker{}); !errors.Is(err, ErrCredentials) {
		t.Errorf("PLAIN with a delegation token: %v", err)
	}
}
