package sasl

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/xdg-go/scram"

	"github.com/barnabas-go/kafka/protocol"
)

// The exchange of RFC 7677, section 3.
const (
	rfcNonce       = "rOprNGfwEbeRWgbNEkqO"
	rfcFirst       = "n,,n=user,r=" + rfcNonce
	rfcServerFirst = "r=" + rfcNonce + "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
	rfcFinal       = "c=biws,r=" + rfcNonce + "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
	rfcServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
)

// rfcSession returns a session with the nonce of the RFC, by the library or by the
// conversation for delegation tokens without its extension.
func rfcSession(t *testing.T, token bool) Session {
	t.Helper()
	if token {
		talk := newTokenConversation(scram.SHA256, Credentials{Username: "user", Password: NewSecret("pencil")})
		talk.nonce, talk.first = rfcNonce, strings.TrimPrefix(rfcFirst, "n,,")
		return &scramSession{talk: talk}
	}
	client, err := scram.SHA256.NewClientUnprepped("user", "pencil", "")
	if err != nil {
		t.Fatal(err)
	}
	return &scramSession{talk: client.WithNonceGenerator(func() string { return rfcNonce }).NewConversation()}
}

func TestScramExchange(t *testing.T) {
	for _, token := range []bool{false, true} {
		session := rfcSession(t, token)
		for i, step := range []struct {
			challenge, token string
			done             bool
		}{{"", rfcFirst, false}, {rfcServerFirst, rfcFinal, false}, {rfcServerFinal, "", true}} {
			got, done, err := session.Step(t.Context(), []byte(step.challenge))
			if err != nil || string(got) != step.token || done != step.done {
				t.Fatalf("delegation token %t, step %d: %q, done %t, %v", token, i+1, got, done, err)
			}
		}
	}
}

func TestScramRefusesBrokers(t *testing.T) {
	first := func(s string) []string { return []string{s} }
	for name, test := range map[string]struct {
		challenges []string
		want       error
	}{
		"few iterations":       {first(strings.Replace(rfcServerFirst, "4096", "4095", 1)), ErrChallenge},
		"many iterations":      {first(strings.Replace(rfcServerFirst, "4096", "1000001", 1)), ErrChallenge},
		"negative iterations":  {first(strings.Replace(rfcServerFirst, "4096", "-4096", 1)), ErrChallenge},
		"endless iterations":   {first(strings.Replace(rfcServerFirst, "4096", strings.Repeat("9", 1000), 1)), ErrChallenge},
		"another nonce":        {first(strings.Replace(rfcServerFirst, rfcNonce, "x"+rfcNonce[1:], 1)), ErrChallenge},
		"no salt":              {first("r=" + rfcNonce + "x,s=,i=4096"), ErrChallenge},
		"nothing":              {first(""), ErrChallenge},
		"refusal at once":      {first("e=unknown-user"), protocol.ErrSaslAuthenticationFailed},
		"refusal of the proof": {[]string{rfcServerFirst, "e=invalid-proof"}, protocol.ErrSaslAuthenticationFailed},
		"wrong signature":      {[]string{rfcServerFirst, strings.Replace(rfcServerFinal, "6", "7", 1)}, ErrChallenge},
		"no signature":         {[]string{rfcServerFirst, ""}, ErrChallenge},
	} {
		for _, token := range []bool{false, true} {
			session := rfcSession(t, token)
			_, done, err := session.Step(t.Context(), nil)
			for _, challenge := range test.challenges {
				if err != nil || done {
					t.Fatalf("%s: too early: done %t, %v", name, done, err)
				}
				_, done, err = session.Step(t.Context(), []byte(challenge))
			}
			if !errors.Is(err, test.want) || done {
				t.Errorf("%s, delegation token %t: done %t, %v", name, token, done, err)
			}
		}
	}
}

// The hashed password is kept for as long as the credentials are the same.
func TestScramCredentialsRotate(t *testing.T) {
	current := Credentials{Username: "u", Password: NewSecret("old")}
	m := ScramSHA512(func(context.Context) (Credentials, error) { return current, nil }).(*scramMechanism)
	start := func() {
		t.Helper()
		if _, err := m.Start(t.Context(), Broker{}); err != nil {
			t.Fatal(err)
		}
	}
	start()
	m.used.DelegationToken = true // marks it
	if start(); !m.used.DelegationToken {
		t.Error("the client was made anew for the same credentials")
	}
	current.Password = NewSecret("new")
	if start(); m.used.Password.Reveal() != "new" {
		t.Error("the new password is not used")
	}
}

func FuzzScram(f *testing.F) {
	f.Add(rfcServerFirst, rfcServerFinal)
	f.Add("r=x,s=AA==,i=4096", "e=x")
	f.Fuzz(func(t *testing.T, serverFirst, serverFinal string) {
		for _, token := range []bool{false, true} {
			if i, ok := strings.CutPrefix(serverFirst[strings.LastIndexByte(serverFirst, ',')+1:], "i="); ok && len(i) > 4 {
				return // which only takes long
			}
			session := rfcSession(t, token)
			_, _, err := session.Step(t.Context(), nil)
			for _, challenge := range []string{serverFirst, serverFinal} {
				var done bool
				if err == nil {
					_, done, err = session.Step(t.Context(), []byte(challenge))
				}
				if done && serverFirst != rfcServerFirst {
					t.Errorf("%q was taken for a proof after %q", serverFinal, serverFirst)
				}
			}
		}
	})
}
