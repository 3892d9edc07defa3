package kerberos

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/barnabas-go/kafka/conn/sasl"
)

func TestConfig(t *testing.T) {
	for name, cfg := range map[string]Config{
		"nothing":      {Principal: "alice"},
		"two ways":     {Principal: "alice", Keytab: "k", Password: sasl.NewSecret("s3cr3t")},
		"no principal": {Keytab: "k"},
	} {
		if _, err := New(cfg); err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "krb5.conf")
	g, err := New(Config{Principal: "alice@R", Password: sasl.NewSecret("s3cr3t"), ConfigFile: path})
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.Start(t.Context(), sasl.Broker{Host: "broker"})
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	if text := fmt.Sprintf("%v %+v %#v", g, g, g); strings.Contains(text, "s3cr3t") {
		t.Errorf("it shows the password: %s", text)
	}
	g.Close()
	if _, err := g.Start(t.Context(), sasl.Broker{Host: "broker"}); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// offer is a broker's offer of security layers, signed by a key.
func offer(t *testing.T, key types.EncryptionKey, payload ...byte) []byte {
	t.Helper()
	token := gssapi.WrapToken{Flags: 1, EC: 12, Payload: payload}
	if err := token.SetCheckSum(key, keyusage.GSSAPI_ACCEPTOR_SEAL); err != nil {
		t.Fatal(err)
	}
	bytes, err := token.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

func TestSecurityLayer(t *testing.T) {
	key := types.EncryptionKey{KeyType: etypeID.AES256_CTS_HMAC_SHA1_96, KeyValue: make([]byte, 32)}
	other := types.EncryptionKey{KeyType: etypeID.AES256_CTS_HMAC_SHA1_96, KeyValue: append(make([]byte, 31), 1)}
	step := func(challenge []byte) ([]byte, error) {
		s := &session{request: []byte("ap-req"), key: func() types.EncryptionKey { return key }}
		if token, _, _ := s.Step(t.Context(), nil); string(token) != "ap-req" {
			t.Errorf("first token %q", token)
		}
		token, done, err := s.Step(t.Context(), challenge)
		if done {
			t.Error("done before the broker's consent")
		}
		return token, err
	}
	answer, err := step(offer(t, key, 7, 0, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	var choice gssapi.WrapToken
	if err := choice.Unmarshal(answer, false); err != nil || string(choice.Payload) != "\x01\x00\x00\x00" {
		t.Errorf("choice %v, %v", choice.Payload, err)
	}
	for name, challenge := range map[string][]byte{
		"another key":   offer(t, other, 7, 0, 1, 0),
		"only privacy":  offer(t, key, 4, 0, 1, 0),
		"short":         offer(t, key, 7),
		"nothing":       nil,
		"not a token":   []byte("hello, who are you and what do you want?"),
		"client's flag": answer,
	} {
		if _, err := step(challenge); !errors.Is(err, sasl.ErrChallenge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
