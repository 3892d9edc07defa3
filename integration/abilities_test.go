package integration

import (
	"slices"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/record"
)

// An ability is something that brokers have since the release given by its
// leading numbers. What a target lacks, tests leave out, or expect an error for.
type ability []int

var (
	topicConfigs       = ability{0, 8, 1}
	nullsInTools       = ability{0, 8, 1} // the brokers have no trouble with them
	offsetStorage      = ability{0, 8, 2} // of the brokers, not in ZooKeeper
	lz4                = ability{0, 8, 2}
	groups             = ability{0, 9}
	murmur2            = ability{0, 9} // in Java's console producer
	timestamps         = ability{0, 10}
	lz4AsSpecified     = ability{0, 10} // before, frames had a wrong checksum (KIP-57)
	createTopics       = ability{0, 10, 1}
	headers            = ability{0, 11}
	zstd               = ability{2, 1}
	defaultReplication = ability{2, 4} // a factor of -1 (KIP-464)
	batchesOf1MiB      = ability{2, 4} // message.max.bytes was 1000012 before
)

// can tells whether the brokers have the ability. Those that are not a release of
// Kafka's have all.
func can(target kafkabroker.Target, a ability) bool {
	c, ok := target.(*kafkabroker.Cluster)
	return !ok || c.AtLeast(a...)
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
