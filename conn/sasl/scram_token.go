package sasl

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"hash"
	"strings"
)

// tokenConversation is SCRAM with the extension tokenauth=true, by which Kafka
// tells delegation tokens from passwords (KIP-48). The library for SCRAM has no
// extensions.
type tokenConversation struct {
	hash      func() hash.Hash
	password  Secret
	nonce     string
	first     string // the client's first message, without its header
	signature []byte // that the broker must send
	valid     bool
}

// saslName escapes what has a meaning in messages.
var saslName = strings.NewReplacer("=", "=3D", ",", "=2C")

func newTokenConversation(hash func() hash.Hash, c Credentials) *tokenConversation {
	t := &tokenConversation{hash: hash, password: c.Password, nonce: rand.Text()}
	t.first = "n=" + saslName.Replace(c.Username) + ",r=" + t.nonce + ",tokenauth=true"
	return t
}

// Step returns the next message.
func (t *tokenConversation) Step(challenge string) (string, error) {
	switch {
	case t.signature != nil:
		return "", t.verify(challenge)
	case challenge == "":
		return "n,," + t.first, nil
	default:
		return t.final(challenge)
	}
}

// Valid tells that the broker has proved to know the token.
func (t *tokenConversation) Valid() bool { return t.valid }

// final returns the client's final message, with the proof.
func (t *tokenConversation) final(challenge string) (string, error) {
	server, err := parseServerFirst(challenge)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(server.nonce, t.nonce) || len(server.nonce) == len(t.nonce) {
		return "", errors.New("its nonce does not begin with the client's")
	}
	salted, err := pbkdf2.Key(t.hash, t.password.Reveal(), server.salt, server.iterations, t.hash().Size())
	if err != nil {
		return "", err
	}
	message := "c=biws,r=" + server.nonce // biws is the header n,, in base64
	signed := t.first + "," + challenge + "," + message
	clientKey := t.mac(salted, "Client Key")
	stored := t.hash()
	stored.Write(clientKey)
	proof := t.mac(stored.Sum(nil), signed)
	subtle.XORBytes(proof, proof, clientKey)
	t.signature = t.mac(t.mac(salted, "Server Key"), signed)
	return message + ",p=" + base64.StdEncoding.EncodeToString(proof), nil
}

func (t *tokenConversation) mac(key []byte, text string) []byte {
	m := hmac.New(t.hash, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// verify checks the broker's signature.
func (t *tokenConversation) verify(challenge string) error {
	verifier, _, _ := strings.Cut(strings.TrimPrefix(challenge, "v="), ",")
	signature, err := base64.StdEncoding.DecodeString(verifier)
	if err != nil || !hmac.Equal(signature, t.signature) {
		return errors.New("its signature is wrong")
	}
	t.valid = true
	return nil
}
