package properties

import (
	"fmt"
	"strings"
)

// UnknownKeyError is a key that no Kafka client has.
type UnknownKeyError struct {
	// Key as it was written.
	Key string
	// Nearest is the known key that looks most like it, empty if none does.
	Nearest string
}

// Error names the key and the nearest one.
func (e *UnknownKeyError) Error() string {
	if e.Nearest == "" {
		return fmt.Sprintf("unknown key %q", e.Key)
	}
	return fmt.Sprintf("unknown key %q: did you mean %q?", e.Key, e.Nearest)
}

// UnsupportedKeyError is a key of another Kafka client that cannot be set here.
type UnsupportedKeyError struct {
	// Key as it was written.
	Key string
	// Reason says why, and what to do instead.
	Reason string
}

// Error names the key and the reason.
func (e *UnsupportedKeyError) Error() string {
	return fmt.Sprintf("key %q is one of Kafka's, but is not supported: %s", e.Key, e.Reason)
}

// ValueError is a value that its key cannot have.
type ValueError struct {
	// Key as it was written.
	Key string
	// Value as it was written, unless it is secret.
	Value string
	// Allowed says which values the key may have.
	Allowed string
}

// Error names the key, the value and what is allowed.
func (e *ValueError) Error() string {
	return fmt.Sprintf("key %q cannot be %q: %s", e.Key, e.Value, e.Allowed)
}

// ConflictError is several keys that contradict each other.
type ConflictError struct {
	// Keys as they were written.
	Keys []string
	// Reason says why they do, and what to do.
	Reason string
}

// Error names the keys and the reason.
func (e *ConflictError) Error() string {
	quoted := make([]string, len(e.Keys))
	for i, k := range e.Keys {
		quoted[i] = fmt.Sprintf("%q", k)
	}
	return fmt.Sprintf("keys %s: %s", strings.Join(quoted, " and "), e.Reason)
}

// SyntaxError is text that is not in the format of properties.
type SyntaxError struct {
	// Line on which it is, from 1.
	Line int
	// Reason says what is wrong.
	Reason string
}

// Error names the line and the reason.
func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }
