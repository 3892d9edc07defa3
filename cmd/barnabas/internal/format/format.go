package format

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/barnabas-go/kafka"
)

// Printer appends a record as text to dst.
type Printer func(dst []byte, rec *kafka.Record) []byte

// Compile returns the printer for a format string of kcat's -f: text with \n, \t,
// \r, \\, \0 and \xHH, and these, where null stands for a key or value that is
// null:
//
//	%s value   %S its length, -1 for null   %R that in four bytes, big-endian
//	%k key     %K its length, -1 for null
//	%t topic   %p partition   %o offset   %T timestamp in ms   %h headers   %% a %
func Compile(format, null string) (Printer, error) {
	var parts []Printer
	for format != "" {
		literal, rest, found := strings.Cut(format, "%")
		if literal != "" {
			text, err := Unescape(literal)
			if err != nil {
				return nil, err
			}
			parts = append(parts, func(dst []byte, _ *kafka.Record) []byte { return append(dst, text...) })
		}
		if !found {
			break
		}
		if rest == "" {
			return nil, fmt.Errorf("format ends in %%: write %%%% for a %%")
		}
		part := verb(rest[0], null)
		if part == nil {
			return nil, fmt.Errorf("format has %%%c: must be one of %%s %%S %%R %%k %%K %%t %%p %%o %%T %%h %%%%", rest[0])
		}
		parts = append(parts, part)
		format = rest[1:]
	}
	return sequence(parts), nil
}

func sequence(parts []Printer) Printer {
	return func(dst []byte, rec *kafka.Record) []byte {
		for _, part := range parts {
			dst = part(dst, rec)
		}
		return dst
	}
}

// verb returns the printer of what follows a %, nil if it has no meaning.
func verb(c byte, null string) Printer {
	switch c {
	case 's':
		return func(dst []byte, rec *kafka.Record) []byte { return appendBytes(dst, rec.Value, null) }
	case 'S':
		return func(dst []byte, rec *kafka.Record) []byte { return strconv.AppendInt(dst, length(rec.Value), 10) }
	case 'R':
		return func(dst []byte, rec *kafka.Record) []byte {
			return binary.BigEndian.AppendUint32(dst, uint32(length(rec.Value)))
		}
	case 'k':
		return func(dst []byte, rec *kafka.Record) []byte { return appendBytes(dst, rec.Key, null) }
	case 'K':
		return func(dst []byte, rec *kafka.Record) []byte { return strconv.AppendInt(dst, length(rec.Key), 10) }
	case 't':
		return func(dst []byte, rec *kafka.Record) []byte { return append(dst, rec.Topic...) }
	case 'p':
		return func(dst []byte, rec *kafka.Record) []byte { return strconv.AppendInt(dst, int64(rec.Partition), 10) }
	case 'o':
		return func(dst []byte, rec *kafka.Record) []byte { return strconv.AppendInt(dst, rec.Offset, 10) }
	case 'T':
		return func(dst []byte, rec *kafka.Record) []byte {
			return strconv.AppendInt(dst, rec.Timestamp.UnixMilli(), 10)
		}
	case 'h':
		return func(dst []byte, rec *kafka.Record) []byte { return appendHeaders(dst, rec.Headers, "=", ",", null) }
	case '%':
		return func(dst []byte, _ *kafka.Record) []byte { return append(dst, '%') }
	default:
		return nil
	}
}

func length(b []byte) int64 {
	if b == nil {
		return -1
	}
	return int64(len(b))
}

func appendBytes(dst, b []byte, null string) []byte {
	if b == nil {
		return append(dst, null...)
	}
	return append(dst, b...)
}

func appendHeaders(dst []byte, headers []kafka.Header, between, after, null string) []byte {
	for i := range headers {
		if i > 0 {
			dst = append(dst, after...)
		}
		dst = append(dst, headers[i].Key...)
		dst = append(dst, between...)
		dst = appendBytes(dst, headers[i].Value, null)
	}
	return dst
}

// Unescape replaces \n, \t, \r, \\, \0 and \xHH by what they stand for.
func Unescape(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		if i++; i == len(s) {
			return "", fmt.Errorf(`%q ends in a backslash: write \\ for one`, s)
		}
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case '0':
			b.WriteByte(0)
		case '\\':
			b.WriteByte('\\')
		case 'x':
			n, err := strconv.ParseUint(s[i+1:min(i+3, len(s))], 16, 8)
			if err != nil || i+3 > len(s) {
				return "", fmt.Errorf(`%q: \x needs two hexadecimal digits`, s)
			}
			b.WriteByte(byte(n))
			i += 2
		default:
			return "", fmt.Errorf(`%q has \%c: must be one of \n \t \r \\ \0 \xHH`, s, s[i])
		}
	}
	return b.String(), nil
}
