package properties

import (
	"strconv"
	"time"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/producer"
)

var producerKeys = []Key{
	{
		Name: "acks", Aliases: []string{"request.required.acks"}, Clients: Producers, Field: "Acks", Default: "all",
		Doc: "how many replicas must have a record: all in sync, the leader, or none",
		value: oneOf(func(s *settings) *producer.Acks { return &s.producer.Acks },
			choice[producer.Acks]{producer.AcksAll, []string{"all", "-1"}},
			choice[producer.Acks]{producer.AcksLeader, []string{"1"}},
			choice[producer.Acks]{producer.AcksNone, []string{"0"}}),
	},
	{
		Name: "enable.idempotence", Clients: Producers, Field: "DisableIdempotence", Default: "true",
		Doc:   "whether brokers drop duplicates and keep the order over retries; unset, if acks, retries and max.in.flight allow it",
		value: inverted(func(s *settings) *bool { return &s.producer.DisableIdempotence }),
	},
	{
		Name: "compression.type", Aliases: []string{"compression.codec"}, Clients: Producers, Field: "Compression", Default: "none",
		Doc: "compression of record batches",
		value: oneOf(func(s *settings) *codec.Codec { return &s.producer.Compression },
			codecChoice(codec.None), codecChoice(codec.Gzip), codecChoice(codec.Snappy), codecChoice(codec.LZ4), codecChoice(codec.Zstd)),
	},
	{
		Name: "compression.level", Clients: Producers, Field: "CompressionLevel", Default: "-1",
		Doc:   "level of the codec, whichever it is; -1 for its default",
		value: level(func(s *settings, n int) { s.level = n }),
	},
	levelKey("compression.gzip.level", codec.Gzip),
	levelKey("compression.lz4.level", codec.LZ4),
	levelKey("compression.zstd.level", codec.Zstd),
	{
		Name: "batch.size", Aliases: []string{"max.batch.size"}, Clients: Producers, Field: "BatchSize", Default: "1048576",
		Doc:   "size at which a batch is full; 0 for one record a batch",
		value: batchSize(func(s *settings) *int { return &s.producer.BatchSize }),
	},
	{
		Name: "linger.ms", Aliases: []string{"queue.buffering.max.ms"}, Clients: Producers, Field: "Linger",
		Doc:   "how long a record may wait for others to share its batch; unset, it adapts",
		value: linger(func(s *settings) *time.Duration { return &s.producer.Linger }),
	},
	{
		Name: "buffer.memory", Clients: Producers, Field: "BufferMemory", Default: "33554432",
		Doc:   "bounds the records that wait to be sent or acknowledged",
		value: integer("bytes", 1, func(s *settings) *int { return &s.producer.BufferMemory }),
	},
	{
		Name: "queue.buffering.max.kbytes", Clients: Producers, Field: "BufferMemory", Default: "32768",
		Doc:   "buffer.memory in KiB",
		value: kibibytes(func(s *settings) *int { return &s.producer.BufferMemory }),
	},
	{
		Name: "max.block.ms", Clients: Producers, Field: "MaxBlock", Default: "60000",
		Doc:   "how long Send waits for metadata and for buffer memory",
		value: millisecondsOr("0", "for no wait", -1, func(s *settings) *time.Duration { return &s.producer.MaxBlock }),
	},
	{
		Name: "max.request.size", Aliases: []string{"message.max.bytes"}, Clients: Producers, Field: "MaxRequestSize", Default: "1048576",
		Doc:   "bounds a request before compression, and with it a record; unset, requests of several batches may have 4 MiB while they are answered quickly",
		value: integer("bytes", 1, func(s *settings) *int { return &s.producer.MaxRequestSize }),
	},
	{
		Name: "delivery.timeout.ms", Aliases: []string{"message.timeout.ms"}, Clients: Producers, Field: "DeliveryTimeout", Default: "120000",
		Doc:   "bounds the time from Send to the acknowledgement, retries included",
		value: milliseconds(func(s *settings) *time.Duration { return &s.producer.DeliveryTimeout }),
	},
	{
		Name: "transactional.id", Clients: Producers, Field: "TransactionalID",
		Doc:   "makes the producer transactional; of two with the same, the newer fences the older",
		value: text(func(s *settings) *string { return &s.producer.TransactionalID }),
	},
	{
		Name: "transaction.timeout.ms", Clients: Producers, Field: "TransactionTimeout", Default: "60000",
		Doc:   "how long a transaction may be open before the coordinator aborts it",
		value: milliseconds(func(s *settings) *time.Duration { return &s.producer.TransactionTimeout }),
	},
	{
		Name: "transaction.two.phase.commit.enable", Clients: Producers, Field: "TransactionTwoPhaseCommit", Default: "false",
		Doc:   "lets transactions take part in a two-phase commit with another system",
		value: boolean(func(s *settings) *bool { return &s.producer.TransactionTwoPhaseCommit }),
	},
	{
		Name: "retries", Aliases: []string{"message.send.max.retries"}, Clients: Producers, Field: "Retries",
		Doc:   "how often a batch is sent again after a failure that may pass; unset, until delivery.timeout.ms",
		value: retries(func(s *settings) *int { return &s.producer.Retries }),
	},
}

// idempotence is given up, as the Java client does, for other settings that
// exclude it, unless it is asked for: then they contradict each other.
func (s *settings) idempotence(writtenAs map[string]string) {
	_, asked := writtenAs["DisableIdempotence"]
	excluded := s.producer.Acks != producer.AcksAll || s.producer.Retries < 0 || s.client.MaxInFlight > 5
	if excluded && !asked && s.producer.TransactionalID == "" {
		s.producer.DisableIdempotence = true
	}
}

func codecChoice(c codec.Codec) choice[codec.Codec] {
	return choice[codec.Codec]{c, []string{c.String()}}
}

// levelKey is a level that counts if the codec is the one that is used (KIP-390).
func levelKey(name string, c codec.Codec) Key {
	return Key{
		Name: name, Clients: Producers, Field: "CompressionLevel", Default: "-1",
		Doc:   "level if compression.type is " + c.String(),
		value: level(func(s *settings, n int) { s.levels[c] = n }),
	}
}

// level is a compression level, which the codec checks.
func level(set func(*settings, int)) value {
	return value{"int", "must be a level of the codec: a whole number", func(s *settings, text string) bool {
		n, err := strconv.ParseInt(text, 10, 32)
		if n == -1 { // librdkafka's and gzip's default
			n = 0
		}
		set(s, int(n))
		return err == nil
	}}
}

// retries is a number whose 0 is none, which is negative in the field.
func retries(f field[int]) value {
	plain := integer("", 0, f)
	return value{plain.kind, plain.allowed, func(s *settings, text string) bool {
		ok := plain.set(s, text)
		if *f(s) == 0 {
			*f(s) = -1
		}
		return ok
	}}
}

// batchSize is a number of bytes whose 0 has each record fill a batch.
func batchSize(f field[int]) value {
	plain := integer("bytes", 0, f)
	return value{plain.kind, plain.allowed, func(s *settings, text string) bool {
		ok := plain.set(s, text)
		*f(s) = max(*f(s), 1)
		return ok
	}}
}

// linger is a time whose 0 is none, which is negative in the field.
func linger(f field[time.Duration]) value {
	return value{"int", "must be 0 to 2147483647 ms", func(s *settings, text string) bool {
		d, ok := parseMilliseconds(text)
		if d == 0 {
			d = -1
		}
		*f(s) = d
		return ok
	}}
}
