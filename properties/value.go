package properties

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/conn"
)

// value is what a key's text means.
type value struct {
	// kind of value, as Kafka's documentation has it.
	kind string
	// allowed says which texts have a meaning.
	allowed string
	// set puts the text's meaning into settings; false if it has none.
	set func(s *settings, text string) bool
}

// A field of the settings.
type field[T any] func(*settings) *T

// text is any text.
func text(f field[string]) value {
	return value{"string", "any text", func(s *settings, text string) bool { *f(s) = text; return true }}
}

// release is a release of Kafka, or the text of none.
func release(none string, f field[string]) value {
	allowed := "must be a release of Kafka from 0.8.0 on, such as 2.8, 0.10.2 or (0, 10, 2)"
	if none != "" {
		allowed += ", or " + none
	}
	return value{"string", allowed, func(s *settings, text string) bool {
		if none != "" && text == none {
			return true
		}
		name, err := conn.ParseRelease(text)
		*f(s) = name
		return err == nil
	}}
}

// list is texts between commas, none of them empty.
func list(what string, f field[[]string]) value {
	return value{"list", what + ", several between commas", func(s *settings, text string) bool {
		items := split(text)
		*f(s) = items
		return len(items) > 0
	}}
}

// split returns what is between commas, without what is empty.
func split(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// boolean is true or false.
func boolean(f field[bool]) value {
	return value{"boolean", "must be true or false", func(s *settings, text string) bool {
		v, err := strconv.ParseBool(strings.ToLower(text))
		*f(s) = v
		return err == nil
	}}
}

// inverted is true or false, and the field has the contrary.
func inverted(f field[bool]) value {
	plain := boolean(f)
	return value{plain.kind, plain.allowed, func(s *settings, text string) bool {
		ok := plain.set(s, text)
		*f(s) = !*f(s)
		return ok
	}}
}

// both is a value of two fields.
func both(one, other value) value {
	return value{one.kind, one.allowed, func(s *settings, text string) bool { return one.set(s, text) && other.set(s, text) }}
}

// integer is a number of units, from least up.
func integer(unit string, least int64, f field[int]) value {
	return scaled(unit, least, math.MaxInt32, 1, f)
}

// kibibytes is a number of KiB whose field has bytes.
func kibibytes(f field[int]) value { return scaled("KiB", 1, math.MaxInt32>>10, 1<<10, f) }

// socketBuffer is a size of at least 1 byte, or what stands for the system's: -1 in
// Java, and 0 in librdkafka.
func socketBuffer(f field[int]) value {
	plain := integer("bytes", 1, f)
	return value{plain.kind, plain.allowed + ", or -1 or 0 for the system's", func(s *settings, text string) bool {
		return text == "-1" || text == "0" || plain.set(s, text)
	}}
}

func scaled(unit string, least, most int64, scale int, f field[int]) value {
	return value{"int", fmt.Sprintf("must be %d to %d%s", least, most, in(unit)), func(s *settings, text string) bool {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < least || n > most {
			return false
		}
		*f(s) = int(n) * scale
		return true
	}}
}

func in(unit string) string {
	if unit == "" {
		return ""
	}
	return " " + unit
}

// milliseconds is a time of at least 1 ms.
func milliseconds(f field[time.Duration]) value {
	return value{"int", "must be 1 to 2147483647 ms", func(s *settings, text string) bool {
		d, ok := parseMilliseconds(text)
		*f(s) = d
		return ok && d >= time.Millisecond
	}}
}

// millisecondsOr is a time of at least 1 ms, or the text of a number that stands
// for something else.
func millisecondsOr(special, meaning string, stands time.Duration, f field[time.Duration]) value {
	plain := milliseconds(f)
	return value{plain.kind, fmt.Sprintf("%s, or %s %s", plain.allowed, special, meaning), func(s *settings, text string) bool {
		if text == special {
			*f(s) = stands
			return true
		}
		return plain.set(s, text)
	}}
}

// parseMilliseconds reads whole milliseconds, or as librdkafka has it for
// linger.ms, some with a fraction.
func parseMilliseconds(text string) (time.Duration, bool) {
	ms, err := strconv.ParseFloat(text, 64)
	if err != nil || !(ms >= 0 && ms <= math.MaxInt32) {
		return 0, false
	}
	return time.Duration(ms * float64(time.Millisecond)), true
}

// choice is one of the texts, each of which stands for a value.
type choice[T any] struct {
	value T
	texts []string // the first is Kafka's own
}

// oneOf is one of several choices.
func oneOf[T any](f field[T], choices ...choice[T]) value {
	var allowed []string
	for _, c := range choices {
		allowed = append(allowed, c.texts[0])
	}
	return value{"string", "must be " + or(allowed), func(s *settings, text string) bool {
		v, ok := choose(choices, text)
		if ok {
			*f(s) = v
		}
		return ok
	}}
}

// someOf is one or more of several choices, between commas.
func someOf[T any](f field[[]T], choices ...choice[T]) value {
	var allowed []string
	for _, c := range choices {
		allowed = append(allowed, c.texts[0])
	}
	return value{"list", "must be one or more of " + strings.Join(allowed, ", "), func(s *settings, text string) bool {
		var all []T
		for _, item := range split(text) {
			v, ok := choose(choices, item)
			if !ok {
				return false
			}
			all = append(all, v)
		}
		*f(s) = all
		return len(all) > 0
	}}
}

func choose[T any](choices []choice[T], text string) (v T, ok bool) {
	for _, c := range choices {
		for _, t := range c.texts {
			if strings.EqualFold(t, text) {
				return c.value, true
			}
		}
	}
	return v, false
}

// or joins words as a sentence does: "a, b or c".
func or(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
