package properties

import (
	"time"

	"github.com/barnabas-go/kafka/partitioner"
)

// placement is what the keys of the partitioner say.
type placement struct {
	partitioner partitioner.New           // nil for the sticky one
	sticky      partitioner.StickyOptions // with which the sticky one differs from the default
}

var partitionerKeys = []Key{
	{
		Name: "partitioner.class", Aliases: []string{"partitioner"}, Clients: Producers, Field: "Partitioner", Default: "default",
		Doc: "which partition a record goes to: names of the Java client, librdkafka and kafka-python",
		value: oneOf(func(s *settings) *placement { return &s.placement },
			choice[placement]{placement{}, []string{"default", "murmur2_random", "DefaultPartitioner",
				"org.apache.kafka.clients.producer.internals.DefaultPartitioner"}},
			choice[placement]{placement{sticky: partitioner.StickyOptions{IgnoreKeys: true}},
				[]string{"org.apache.kafka.clients.producer.UniformStickyPartitioner"}},
			placedBy(partitioner.RoundRobin, "roundrobin", "RoundRobinPartitioner", "org.apache.kafka.clients.producer.RoundRobinPartitioner"),
			placedBy(partitioner.Random, "random"),
			placedBy(partitioner.Murmur2, "murmur2"),
			placedBy(partitioner.Murmur2Available, "Murmur2Partitioner"),
			placedBy(partitioner.CRC32, "consistent"),
			placedBy(partitioner.CRC32Random, "consistent_random"),
			placedBy(partitioner.FNV1a, "fnv1a"),
			placedBy(partitioner.FNV1aRandom, "fnv1a_random"),
			placedBy(partitioner.FNV1aReference, "fnv1a_reference"),
			placedBy(partitioner.Legacy, "LegacyPartitioner", "HashedPartitioner"),
			placedBy(partitioner.Manual, "manual")),
	},
	{
		Name: "partitioner.ignore.keys", Clients: Producers, Field: "Partitioner", Default: "false",
		Doc:   "whether the default partitioner places records with a key as those without",
		value: boolean(func(s *settings) *bool { return &s.options.IgnoreKeys }),
	},
	{
		Name: "partitioner.adaptive.partitioning.enable", Clients: Producers, Field: "Partitioner", Default: "true",
		Doc:   "whether the default partitioner gives less to partitions of slow brokers",
		value: inverted(func(s *settings) *bool { return &s.options.Uniform }),
	},
	{
		Name: "partitioner.availability.timeout.ms", Clients: Producers, Field: "Partitioner", Default: "0",
		Doc:   "after which the default partitioner passes over brokers that take nothing in",
		value: millisecondsOr("0", "for never", 0, func(s *settings) *time.Duration { return &s.options.AvailabilityTimeout }),
	},
}

func placedBy(p partitioner.New, names ...string) choice[placement] {
	return choice[placement]{placement{partitioner: p}, names}
}

// place sets the partitioner, nil for the default one.
func (s *settings) place(writtenAs map[string]string) error {
	options := s.options
	options.IgnoreKeys = options.IgnoreKeys || s.placement.sticky.IgnoreKeys
	s.producer.Partitioner = s.placement.partitioner
	if options == (partitioner.StickyOptions{}) {
		return nil
	}
	if s.producer.Partitioner == nil {
		s.producer.Partitioner = partitioner.Sticky(options)
		return nil
	}
	conflict := &ConflictError{Keys: []string{writtenAs["partitioner.class"]}, Reason: "the others are for the default partitioner alone: keep one or the other"}
	for _, k := range partitionerKeys[1:] {
		if written, ok := writtenAs[k.Name]; ok {
			conflict.Keys = append(conflict.Keys, written)
		}
	}
	return conflict
}
