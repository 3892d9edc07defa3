package integration

import (
	"slices"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/record"
)

// An ability is something that brokers have since the release given by its
// leading numbers. What a target lacks, tests leave out, or expect an error for.
type ability []int

var (
	topicConfigs       = ability{0, 8, 1}
	nullsInTools       = ability{0, 8, 1} // the brokers have no trouble with them
	offsetStorage      = ability{0, 8, 1}
	offsetMetadata     = ability{0, 8, 2}
	lz4                = ability{0, 8, 2}
	groups             = ability{0, 9}
	tlsListeners       = ability{0, 9}
	murmur2            = ability{0, 9} // in Java's console producer
	timestamps         = ability{0, 10}
	choosesFormat      = ability{0, 10} // of logs, by message.format.version
	lz4AsSpecified     = ability{0, 10} // before, frames had a wrong checksum (KIP-57)
	apiVersions        = ability{0, 10}
	createTopics       = ability{0, 10, 1}
	offsetsByTime      = ability{0, 10, 1}
	wholeBatches       = ability{0, 10, 1} // even if larger than the fetch (KIP-74)
	alterConfigs       = ability{0, 11}
	headers            = ability{0, 11}
	idempotence        = ability{0, 11}
	choosesCreation    = ability{0, 11} // of the topics that a client asks for
	outlivesPause      = ability{1, 1}  // before, a leader could miss that a silent follower is out of the ISR (KAFKA-2729)
	zstd               = ability{2, 1}
	defaultReplication = ability{2, 4} // a factor of -1 (KIP-464)
	batchesOf1MiB      = ability{2, 5} // message.max.bytes was 1000012 before (KAFKA-4203)
	consumerProtocol   = ability{4}    // groups of KIP-848, not as early access
	offsetsByTopicID   = ability{4, 1} // are committed (KIP-848)
	onlyOwnFormat      = ability{3}    // message.format.version is ignored (KIP-724)
)

// can tells whether the brokers have the ability. Those that are not a release of
// Kafka's have all.
func can(target kafkabroker.Target, a ability) bool {
	c, ok := target.(*kafkabroker.Cluster)
	return !ok || c.AtLeast(a...)
}

// briefly is enough for what a client can tell of a broker at once. Old brokers
// have to be found out first.
func briefly(target kafkabroker.Target) time.Duration {
	if can(target, apiVersions) {
		return 500 * time.Millisecond
	}
	return 3 * time.Second
}

// groupIfStored makes a consumer one of a group where offsets can be committed.
func groupIfStored(target kafkabroker.Target, id string) func(*consumer.Config) {
	if can(target, offsetStorage) {
		return group(id)
	}
	return manually
}

// forEachWithGroups is forEach where there are groups. Elsewhere members must be
// told so.
func forEachWithGroups(t *testing.T, test func(t *testing.T, target kafkabroker.Target)) {
	t.Helper()
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if can(target, groups) {
			test(t, target)
			return
		}
		topic := newTopic(t, target, 1)
		c := newConsumer(t, target, group(topic), manually)
		must(t, c.Subscribe(topic))
		_, err := c.Poll(soon(t))
		wantError(t, err, "Subscribe with GroupID", "Kafka 0.9 or later is needed", target.BootstrapServers()[0])
	})
}

// codecsOf are the codecs that brokers know.
func codecsOf(target kafkabroker.Target) []codec.Codec {
	list := []codec.Codec{codec.None, codec.Gzip, codec.Snappy}
	if can(target, lz4) {
		list = append(list, codec.LZ4)
	}
	if can(target, zstd) {
		list = append(list, codec.Zstd)
	}
	return list
}

// franzCodecsOf are the codecs that franz-go knows in the brokers' way.
func franzCodecsOf(target kafkabroker.Target) []codec.Codec {
	return slices.DeleteFunc(codecsOf(target), func(z codec.Codec) bool { return z == codec.LZ4 && !can(target, lz4AsSpecified) })
}

// maxMessage is the default of message.max.bytes.
func maxMessage(target kafkabroker.Target) int {
	if can(target, batchesOf1MiB) {
		return 1<<20 + 12
	}
	return 1_000_012
}

// withoutNulls makes null empty.
func withoutNulls(records []record.Record) []record.Record {
	for i := range records {
		if records[i].Key == nil {
			records[i].Key = []byte{}
		}
		if records[i].Value == nil {
			records[i].Value = []byte{}
		}
	}
	return records
}

// withoutHeaders returns the records without their headers.
func withoutHeaders(records []record.Record) []record.Record {
	bare := slices.Clone(records)
	for i := range bare {
		bare[i].Headers = nil
	}
	return bare
}

// fit takes what the brokers cannot store off records.
func fit(target kafkabroker.Target, records []record.Record) []record.Record {
	for i := range records {
		if !can(target, headers) {
			records[i].Headers = nil
		}
		if !can(target, timestamps) {
			records[i].TimestampType = record.NoTimestamp
		}
	}
	return records
}
