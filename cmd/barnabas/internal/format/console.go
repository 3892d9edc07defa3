package format

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/barnabas-go/kafka"
)

// consoleDefaults are the properties of Kafka's DefaultMessageFormatter.
var consoleDefaults = map[string]string{
	"print.timestamp":   "false",
	"print.partition":   "false",
	"print.offset":      "false",
	"print.epoch":       "false",
	"print.headers":     "false",
	"print.key":         "false",
	"print.value":       "true",
	"key.separator":     "\t",
	"headers.separator": ",",
	"line.separator":    "\n",
	"null.literal":      "null",
}

// Console returns the printer that kafka-console-consumer has by default, with
// properties of its --property, each as key=value.
func Console(properties []string) (Printer, error) {
	p := maps.Clone(consoleDefaults)
	for _, property := range properties {
		key, value, ok := strings.Cut(property, "=")
		if _, known := p[key]; !ok || !known {
			return nil, fmt.Errorf("--property %s: must be one of %s", property,
				strings.Join(slices.Sorted(maps.Keys(consoleDefaults)), "=, ")+"=")
		}
		if _, err := strconv.ParseBool(value); strings.HasPrefix(key, "print.") && err != nil {
			return nil, fmt.Errorf("--property %s: must be true or false", property)
		}
		p[key] = value
	}
	return consoleOf(p), nil
}

func consoleOf(p map[string]string) Printer {
	var parts []Printer
	add := func(key string, print Printer) {
		if on, _ := strconv.ParseBool(p[key]); !on { // it was checked
			return
		}
		if len(parts) > 0 {
			parts = append(parts, literal(p["key.separator"]))
		}
		parts = append(parts, print)
	}
	null := p["null.literal"]
	add("print.timestamp", func(dst []byte, rec *kafka.Record) []byte {
		return strconv.AppendInt(append(append(dst, rec.TimestampType.String()...), ':'), rec.Timestamp.UnixMilli(), 10)
	})
	add("print.partition", func(dst []byte, rec *kafka.Record) []byte {
		return strconv.AppendInt(append(dst, "Partition:"...), int64(rec.Partition), 10)
	})
	add("print.offset", func(dst []byte, rec *kafka.Record) []byte {
		return strconv.AppendInt(append(dst, "Offset:"...), rec.Offset, 10)
	})
	add("print.epoch", func(dst []byte, rec *kafka.Record) []byte {
		return strconv.AppendInt(append(dst, "Epoch:"...), int64(rec.LeaderEpoch), 10)
	})
	add("print.headers", func(dst []byte, rec *kafka.Record) []byte {
		if len(rec.Headers) == 0 {
			return append(dst, "NO_HEADERS"...)
		}
		return appendHeaders(dst, rec.Headers, ":", p["headers.separator"], null)
	})
	add("print.key", func(dst []byte, rec *kafka.Record) []byte { return appendBytes(dst, rec.Key, null) })
	add("print.value", func(dst []byte, rec *kafka.Record) []byte { return appendBytes(dst, rec.Value, null) })
	return sequence(append(parts, literal(p["line.separator"])))
}

func literal(text string) Printer {
	return func(dst []byte, _ *kafka.Record) []byte { return append(dst, text...) }
}
