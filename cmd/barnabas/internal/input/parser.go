package input

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/barnabas-go/kafka"
)

// Parser makes records of lines. The zero Parser makes each line a value.
type Parser struct {
	// KeySeparator is what is between key and value; empty: lines have no keys.
	KeySeparator string
	// Strict refuses a line without KeySeparator, which is else a value alone.
	Strict bool
	// EmptyIsNull makes empty keys and values null.
	EmptyIsNull bool
	// NullMarker is a key, value or header value that is null; empty: none is.
	NullMarker string

	// HeadersDelimiter is what is between headers and the rest; empty: lines have
	// no headers.
	HeadersDelimiter string
	// HeaderSeparator is what is between two headers, and HeaderKeySeparator
	// between name and value of one.
	HeaderSeparator, HeaderKeySeparator string
}

// Parse sets key, value and headers of a record, which share the line's memory.
func (p *Parser) Parse(line []byte, rec *kafka.Record) error {
	rest := line
	if p.HeadersDelimiter != "" {
		headers, after, ok := bytes.Cut(rest, []byte(p.HeadersDelimiter))
		switch {
		case ok:
			if err := p.headers(headers, rec); err != nil {
				return err
			}
			rest = after
		case p.Strict:
			return fmt.Errorf("no headers delimiter %q in the line %q", p.HeadersDelimiter, shortened(line))
		}
	}
	if p.KeySeparator != "" {
		key, after, ok := bytes.Cut(rest, []byte(p.KeySeparator))
		switch {
		case ok:
			rec.Key, rest = p.nullable(key), after
		case p.Strict:
			return fmt.Errorf("no key separator %q in the line %q", p.KeySeparator, shortened(line))
		}
	}
	rec.Value = p.nullable(rest)
	return nil
}

// nullable returns nil for what stands for null, and otherwise never nil.
func (p *Parser) nullable(b []byte) []byte {
	switch {
	case p.EmptyIsNull && len(b) == 0, p.NullMarker != "" && string(b) == p.NullMarker:
		return nil
	case b == nil:
		return []byte{}
	}
	return b
}

func (p *Parser) headers(text []byte, rec *kafka.Record) error {
	if len(text) == 0 || p.NullMarker != "" && string(text) == p.NullMarker {
		return nil
	}
	for part := range bytes.SplitSeq(text, []byte(p.HeaderSeparator)) {
		name, value, ok := bytes.Cut(part, []byte(p.HeaderKeySeparator))
		if !ok && p.Strict {
			return fmt.Errorf("no header key separator %q in the header %q", p.HeaderKeySeparator, shortened(part))
		}
		rec.Headers = append(rec.Headers, kafka.Header{Key: string(name), Value: p.nullable(value)})
	}
	return nil
}

func shortened(line []byte) []byte {
	if len(line) > 50 {
		return append(bytes.Clone(line[:50]), "..."...)
	}
	return line
}

// Console returns the parser that Kafka's console producer has, with properties
// of its --property, each as key=value.
func Console(properties []string) (Parser, error) {
	var parseKey, parseHeaders, ignoreError bool
	p := Parser{KeySeparator: "\t", HeadersDelimiter: "\t", HeaderSeparator: ",", HeaderKeySeparator: ":"}
	texts := map[string]*string{
		"key.separator": &p.KeySeparator, "headers.delimiter": &p.HeadersDelimiter, "headers.separator": &p.HeaderSeparator,
		"headers.key.separator": &p.HeaderKeySeparator, "null.marker": &p.NullMarker,
	}
	flags := map[string]*bool{"parse.key": &parseKey, "parse.headers": &parseHeaders, "ignore.error": &ignoreError}
	for _, property := range properties {
		key, value, _ := strings.Cut(property, "=")
		if text, ok := texts[key]; ok && value != "" {
			*text = value
			continue
		}
		flag, ok := flags[key]
		if !ok {
			return p, fmt.Errorf("--property %s: must be one of parse.key=, key.separator=, parse.headers=, headers.delimiter=, headers.separator=, headers.key.separator=, null.marker=, ignore.error=", property)
		}
		var err error
		if *flag, err = strconv.ParseBool(value); err != nil {
			return p, fmt.Errorf("--property %s: must be true or false", property)
		}
	}
	if !parseKey {
		p.KeySeparator = ""
	}
	if !parseHeaders {
		p.HeadersDelimiter = ""
	}
	p.Strict = !ignoreError
	return p, nil
}
