package integration

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/record"
)

// everyByte is all byte values, in order.
func everyByte() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// noise is bytes that no codec makes much smaller, the same for each seed. It
// lacks one byte, which begins what stands between fields in java's text.
func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = rng.Read(b) // never fails
	return bytes.ReplaceAll(b, []byte(endOfField[:1]), []byte{0})
}

// samples are records with everything that one may have. The records of one
// call differ from those of another in what tag they bear. (No header key has a
// colon, for Java's console tools.)
func samples(target kafkabroker.Target, topic, tag string) []record.Record {
	header := func(k string, v []byte) record.Header { return record.Header{Key: k, Value: v} }
	at := func(ms int64) time.Time { return time.UnixMilli(ms) }
	list := []record.Record{
		{Key: []byte("key"), Value: []byte("value")},
		{},
		{Key: []byte{}, Value: []byte{}},
		{Key: []byte{}},
		{Value: []byte{}},
		{Key: []byte("tombstone")},
		{Value: []byte("no key")},
		{Key: everyByte(), Value: everyByte(), Headers: []record.Header{header("bytes", everyByte())}},
		{Key: []byte("ключ 鍵 🔑"), Value: []byte("значение 値 🏰"), Headers: []record.Header{header("заголовок", []byte("見出し"))}},
		{Key: []byte("headers"), Headers: []record.Header{
			header("a", []byte("1")), header("b", []byte("2")), header("a", []byte("3")), header("a", []byte("1")),
			header("null", nil), header("empty", []byte{}), header("", []byte("no name")),
		}},
		{Key: []byte("epoch"), Timestamp: at(0)},
		{Key: []byte("past"), Timestamp: at(1_000_000_000_001)},
		{Key: []byte("older than the one before"), Timestamp: at(999_999_999_999)},
		{Key: []byte("large zeros"), Value: make([]byte, 990_000)},
		{Key: []byte("large text"), Value: bytes.Repeat([]byte("As Gregor Samsa awoke one morning "), 29_000)},
		{Key: []byte("large noise"), Value: noise(990_000, 1)},
		{Key: noise(100_000, 2), Value: []byte("large key")},
		{Value: []byte("large header"), Headers: []record.Header{header(strings.Repeat("k", 10_000), noise(100_000, 3))}},
	}
	for i := range 200 {
		list = append(list, record.Record{
			Key: fmt.Appendf(nil, "key %d", i%17), Value: fmt.Appendf(nil, "value %d", i),
			Timestamp: at(1_700_000_000_000 + int64(i)), Headers: []record.Header{header("i", fmt.Append(nil, i))},
		})
	}
	for i := range list {
		list[i].Topic = topic
		list[i].Headers = append(list[i].Headers, header("tag", []byte(tag)))
	}
	return fit(target, list)
}

// difference tells how two records differ in what a producer gives them, or is
// empty. A zero timestamp in want stands for any of the last minute.
func difference(got, want *record.Record) string {
	switch {
	case !same(got.Key, want.Key):
		return fmt.Sprintf("key is %s, want %s", brief(got.Key), brief(want.Key))
	case !same(got.Value, want.Value):
		return fmt.Sprintf("value is %s, want %s", brief(got.Value), brief(want.Value))
	case len(got.Headers) != len(want.Headers):
		return fmt.Sprintf("%d headers, want %d", len(got.Headers), len(want.Headers))
	}
	for i, h := range want.Headers {
		if g := got.Headers[i]; g.Key != h.Key || !same(g.Value, h.Value) {
			return fmt.Sprintf("header %d is %s=%s, want %s=%s", i, brief([]byte(g.Key)), brief(g.Value), brief([]byte(h.Key)), brief(h.Value))
		}
	}
	if got.TimestampType == record.NoTimestamp || want.TimestampType == record.NoTimestamp {
		return untimed(got, want)
	}
	if age := time.Since(got.Timestamp); want.Timestamp.IsZero() && (age < -time.Second || age > time.Minute) {
		return fmt.Sprintf("timestamp is %v, want one of just now", got.Timestamp)
	}
	if !want.Timestamp.IsZero() && got.Timestamp.UnixMilli() != want.Timestamp.UnixMilli() {
		return fmt.Sprintf("timestamp is %v, want %v", got.Timestamp, want.Timestamp)
	}
	return ""
}

// untimed is the difference if one of the records has no timestamp: both or, where
// a tool did not print it, that one.
func untimed(got, want *record.Record) string {
	if got.TimestampType != record.NoTimestamp || !got.Timestamp.IsZero() {
		return fmt.Sprintf("timestamp is %v (%v), want none", got.Timestamp, got.TimestampType)
	}
	return ""
}

// same tells null from empty.
func same(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

func brief(b []byte) string {
	switch {
	case b == nil:
		return "null"
	case len(b) > 40:
		return fmt.Sprintf("%d bytes %q…", len(b), b[:40])
	}
	return fmt.Sprintf("%q", b)
}
