package properties

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
)

// String returns keys and values by ascending key, passwords and private keys
// hidden. What is no key is hidden, too, for it may be the misspelled name of one.
func (p Properties) String() string {
	var b strings.Builder
	b.WriteString("properties[")
	for i, key := range slices.Sorted(maps.Keys(p)) {
		if i > 0 {
			b.WriteString(" ")
		}
		shown := "(hidden)"
		if k, err := lookup(key); err == nil {
			shown = k.shown(p[key])
		}
		fmt.Fprintf(&b, "%s:%s", key, shown)
	}
	b.WriteString("]")
	return b.String()
}

// Format writes what String returns, whatever the verb.
func (p Properties) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// LogValue is what String returns, for handlers that do not format.
func (p Properties) LogValue() slog.Value { return slog.StringValue(p.String()) }
