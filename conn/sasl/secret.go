package sasl

import (
	"fmt"
	"log/slog"
)

// hidden is what a [Secret] shows.
const hidden = "(hidden)"

// Secret is a password or a token that is not shown by accident: fmt, log/slog
// and encoders print "(hidden)" for it, also where it is in an unexported field.
// The zero Secret is the empty one.
type Secret struct {
	text *string // behind a pointer, which is all that fmt shows of unexported fields
}

// NewSecret returns a Secret of a text.
func NewSecret(text string) Secret { return Secret{&text} }

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String returns "(hidden)".
func (Secret) String() string { return hidden }

// GoString returns "(hidden)".
func (Secret) GoString() string { return hidden }

// Format writes "(hidden)", whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) } // it has no way to fail

// MarshalText returns "(hidden)", for JSON and other encodings too.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns "(hidden)".
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
