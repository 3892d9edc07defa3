package properties

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// jaas is one login module of Java's sasl.jaas.config: its class and its options.
type jaas struct {
	class   string
	options map[string]string
}

// errJaas is the syntax; what stands there is not shown, for it holds secrets.
var errJaas = errors.New(`it must be a class, a control flag, options as name="value", and a semicolon: ` +
	`org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="..."; (its text is not shown here)`)

// controlFlags may stand after the class.
var controlFlags = []string{"required", "requisite", "sufficient", "optional"}

// parseJaas reads sasl.jaas.config.
func parseJaas(text string) (jaas, error) {
	s := jaasScanner{rest: text}
	j := jaas{class: s.word(), options: make(map[string]string)}
	flag := s.word()
	if j.class == "" || !slices.Contains(controlFlags, strings.ToLower(flag)) {
		return jaas{}, errJaas
	}
	for !s.take(';') {
		name := s.word()
		if name == "" || !s.take('=') {
			return jaas{}, errJaas
		}
		value, ok := s.value()
		if !ok {
			return jaas{}, errJaas
		}
		if _, twice := j.options[name]; twice {
			return jaas{}, fmt.Errorf("option %s stands there twice", name)
		}
		j.options[name] = value
	}
	if s.space(); s.rest != "" {
		return jaas{}, fmt.Errorf("there is more than one login module, or text after the semicolon")
	}
	return j, nil
}

// only returns an error for an option that the module does not know, by its name
// unless that may be a part of a secret.
func (j jaas) only(known ...string) error {
	for name := range j.options {
		if !slices.Contains(known, name) && !strings.HasPrefix(name, "extension_") && !strings.HasPrefix(name, "unsecuredLoginStringClaim_") {
			return fmt.Errorf("%s has an option that is not one of %s; a value with spaces or quotes must be in double quotes", j.simpleClass(), strings.Join(known, ", "))
		}
	}
	return nil
}

// simpleClass is the class without its package.
func (j jaas) simpleClass() string { return j.class[strings.LastIndexByte(j.class, '.')+1:] }

// jaasScanner takes tokens off the text, as Java's StreamTokenizer does.
type jaasScanner struct{ rest string }

func (s *jaasScanner) space() { s.rest = strings.TrimLeft(s.rest, " \t\r\n") }

func (s *jaasScanner) take(c byte) bool {
	if s.space(); s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// word takes letters, digits and what class and option names have.
func (s *jaasScanner) word() string {
	s.space()
	end := strings.IndexFunc(s.rest, func(r rune) bool {
		letter := 'a' <= r|0x20 && r|0x20 <= 'z'
		return !letter && !('0' <= r && r <= '9') && !strings.ContainsRune("._$-", r)
	})
	if end < 0 {
		end = len(s.rest)
	}
	word := s.rest[:end]
	s.rest = s.rest[end:]
	return word
}

// value takes a quoted string, with its escapes, or a word.
func (s *jaasScanner) value() (string, bool) {
	s.space()
	if s.rest == "" || s.rest[0] != '"' && s.rest[0] != '\'' {
		word := s.word()
		return word, word != ""
	}
	quote := s.rest[0]
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == quote:
			s.rest = s.rest[i+1:]
			return b.String(), true
		case c == '\\' && i+1 < len(s.rest):
			i++
			b.WriteByte(unescaped(s.rest[i]))
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	}
	return c
}
