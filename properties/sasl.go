package properties

import (
	"fmt"
	"strings"

	"github.com/barnabas-go/kafka/conn/sasl"
)

// saslSettings are what the keys about SASL set.
type saslSettings struct {
	wanted    bool // by security.protocol
	mechanism string

	username, password string
	jaas               string
	oauth              oauthSettings
}

// config returns how clients authenticate, nil if they do not.
func (s *saslSettings) config(writtenAs map[string]string) (sasl.Mechanism, error) {
	if !s.wanted {
		return nil, unused(writtenAs, isSASL, "clients do not authenticate unless security.protocol is SASL_SSL or SASL_PLAINTEXT")
	}
	switch s.mechanism {
	case "":
		return nil, &ConflictError{[]string{"security.protocol", "sasl.mechanism"},
			"with SASL_PLAINTEXT or SASL_SSL the mechanism must be set: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"}
	case "PLAIN":
		credentials, err := s.credentials("PlainLoginModule")
		return sasl.Plain(credentials), err
	case "SCRAM-SHA-256":
		credentials, err := s.credentials("ScramLoginModule")
		return sasl.ScramSHA256(credentials), err
	case "SCRAM-SHA-512":
		credentials, err := s.credentials("ScramLoginModule")
		return sasl.ScramSHA512(credentials), err
	case "OAUTHBEARER":
		return s.oauth.mechanism(s)
	}
	return nil, nil // the key was refused
}

// isSASL tells keys that are about SASL alone.
func isSASL(name string) bool { return strings.Contains(name, "sasl.") }

// credentials returns those of a user, by keys or by the login module of the
// mechanism.
func (s *saslSettings) credentials(module string) (sasl.CredentialsFunc, error) {
	if s.jaas == "" {
		if s.username == "" || s.password == "" {
			return nil, fmt.Errorf("sasl.mechanism %s: sasl.username and sasl.password must be set, or sasl.jaas.config", s.mechanism)
		}
		return sasl.Password(s.username, s.password), nil
	}
	if s.username != "" || s.password != "" {
		return nil, &ConflictError{[]string{"sasl.jaas.config", "sasl.username"}, "keep one of them"}
	}
	j, err := s.module(module, "username", "password", "tokenauth")
	if err != nil {
		return nil, err
	}
	username, password := j.options["username"], j.options["password"]
	if username == "" || password == "" {
		return nil, fmt.Errorf("sasl.jaas.config: %s needs username and password", module)
	}
	switch token := j.options["tokenauth"]; {
	case strings.EqualFold(token, "true") && module == "ScramLoginModule":
		return sasl.DelegationToken(username, password), nil
	case token == "" || strings.EqualFold(token, "false"):
		return sasl.Password(username, password), nil
	}
	return nil, fmt.Errorf("sasl.jaas.config: tokenauth must be true or false, and true only with ScramLoginModule")
}

// module returns the login module of sasl.jaas.config, which must be of a class
// and have no other options than these.
func (s *saslSettings) module(class string, options ...string) (jaas, error) {
	j, err := parseJaas(s.jaas)
	if err == nil {
		err = j.only(options...)
	}
	if err == nil && j.simpleClass() != class {
		err = fmt.Errorf("the login module of sasl.mechanism %s is %s", s.mechanism, class)
	}
	if err != nil {
		return jaas{}, fmt.Errorf("sasl.jaas.config: %w", err)
	}
	return j, nil
}
