package properties

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Parse reads text in the format of Java's properties files: key=value, key:value
// or key value on each line; comments after # or !; a backslash at the end
// continues the line, and \t, \n, \r, \f, \uXXXX and \ before any other character
// escape. Of several values for one key the last counts. The text is UTF-8.
//
// The error joins what is wrong with the text, the keys and the values, each with
// its line where it is on one: see [Properties.Check].
func Parse(text string) (Properties, error) {
	p, scratch := make(Properties), newSettings()
	var errs []error
	for number, line := range logicalLines(text) {
		key, value, err := parseLine(line)
		if err != nil {
			errs = append(errs, &SyntaxError{number, err.Error()})
			continue
		}
		if _, err := scratch.set(key, value); err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", number, err))
		}
		p[key] = value
	}
	if len(errs) == 0 {
		return p, p.Check()
	}
	return p, errors.Join(errs...)
}

// logicalLines yields the lines that are neither empty nor comments, continuation
// lines joined, each with the number of its first line.
func logicalLines(text string) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		lines := strings.Split(newlines.Replace(strings.TrimPrefix(text, "\ufeff")), "\n")
		for i := 0; i < len(lines); i++ {
			first, line := i+1, strings.TrimLeft(lines[i], blanks)
			if line == "" || line[0] == '#' || line[0] == '!' {
				continue
			}
			for continues(line) {
				line = line[:len(line)-1]
				if i++; i == len(lines) {
					break
				}
				line += strings.TrimLeft(lines[i], blanks)
			}
			if !yield(first, line) {
				return
			}
		}
	}
}

const blanks = " \t\f"

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// continues tells whether a line ends in a backslash that is not itself escaped.
func continues(line string) bool {
	backslashes := len(line) - len(strings.TrimRight(line, `\`))
	return backslashes%2 == 1
}

// parseLine splits a logical line at the first separator that is not escaped.
func parseLine(line string) (key, value string, err error) {
	end := 0
	for end < len(line) && !strings.ContainsRune(blanks+"=:", rune(line[end])) {
		if line[end] == '\\' {
			end++
		}
		end++
	}
	end = min(end, len(line))
	rest := strings.TrimLeft(line[end:], blanks)
	if rest != "" && (rest[0] == '=' || rest[0] == ':') {
		rest = strings.TrimLeft(rest[1:], blanks)
	}
	if key, err = unescape(line[:end]); err != nil {
		return "", "", err
	}
	if value, err = unescape(rest); err != nil {
		return "", "", err
	}
	if key == "" {
		return "", "", errors.New("there is no key before the separator")
	}
	// Java keeps blanks at the end, which nobody sees and no value needs.
	return key, strings.TrimRight(value, blanks), nil
}

var escapes = map[byte]byte{'t': '\t', 'n': '\n', 'r': '\r', 'f': '\f'}

// unescape replaces escapes by what they stand for.
func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if s[i] != 'u' {
			if c, ok := escapes[s[i]]; ok {
				b.WriteByte(c)
			} else {
				b.WriteByte(s[i])
			}
			continue
		}
		r, length, err := unicodeEscape(s[i-1:])
		if err != nil {
			return "", err
		}
		b.WriteRune(r)
		i += length - 2
	}
	return b.String(), nil
}

// unicodeEscape reads \uXXXX at the start of s, and a second one if they are the
// halves of one character.
func unicodeEscape(s string) (r rune, length int, err error) {
	if len(s) < 6 {
		return 0, 0, fmt.Errorf(`%s: \u needs four hexadecimal digits; write \\u for a backslash and a u`, s)
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return 0, 0, fmt.Errorf(`%s: \u needs four hexadecimal digits; write \\u for a backslash and a u`, s[:6])
	}
	r = rune(n)
	if !utf16.IsSurrogate(r) || !strings.HasPrefix(s[6:], `\u`) {
		return r, 6, nil
	}
	low, _, err := unicodeEscape(s[6:])
	if err != nil {
		return 0, 0, err
	}
	return utf16.DecodeRune(r, low), 12, nil
}
