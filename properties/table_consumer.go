package properties

import (
	"time"

	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator/assignors"
)

var consumerKeys = []Key{
	{
		Name: "group.id", Clients: Consumers, Field: "GroupID",
		Doc:   "the group in which members share partitions and keep offsets",
		value: text(func(s *settings) *string { return &s.consumer.GroupID }),
	},
	{
		Name: "group.instance.id", Clients: Consumers, Field: "GroupInstanceID",
		Doc:   "makes the consumer a static member, which keeps its partitions over a restart",
		value: text(func(s *settings) *string { return &s.consumer.GroupInstanceID }),
	},
	{
		Name: "group.protocol", Clients: Consumers, Field: "GroupProtocol", Default: "classic",
		Doc: "who divides partitions: the group's members, or the brokers",
		value: oneOf(func(s *settings) *consumer.GroupProtocol { return &s.consumer.GroupProtocol },
			choice[consumer.GroupProtocol]{consumer.ClassicProtocol, []string{"classic"}},
			choice[consumer.GroupProtocol]{consumer.ConsumerProtocol, []string{"consumer"}}),
	},
	{
		Name: "group.remote.assignor", Clients: Consumers, Field: "GroupRemoteAssignor",
		Doc:   "the brokers' assignor, with group.protocol=consumer",
		value: text(func(s *settings) *string { return &s.consumer.GroupRemoteAssignor }),
	},
	{
		Name: "auto.offset.reset", Clients: Consumers, Field: "AutoOffsetReset",
		Doc:   "where to start in a partition without a usable position; unset, at the end without a committed offset, and at the nearest offset there is where that is out of range",
		value: reset(),
	},
	{
		Name: "isolation.level", Clients: Consumers, Field: "IsolationLevel", Default: "read_uncommitted",
		Doc: "which records of transactions are handed out",
		value: oneOf(func(s *settings) *consumer.IsolationLevel { return &s.consumer.IsolationLevel },
			choice[consumer.IsolationLevel]{consumer.ReadUncommitted, []string{"read_uncommitted"}},
			choice[consumer.IsolationLevel]{consumer.ReadCommitted, []string{"read_committed"}}),
	},
	{
		Name: "fetch.min.bytes", Clients: Consumers, Field: "FetchMinBytes", Default: "1",
		Doc:   "bytes that a broker gathers before it answers a fetch",
		value: integer("bytes", 1, func(s *settings) *int { return &s.consumer.FetchMinBytes }),
	},
	{
		Name: "fetch.max.wait.ms", Aliases: []string{"fetch.wait.max.ms"}, Clients: Consumers, Field: "FetchMaxWait", Default: "500",
		Doc:   "how long a broker holds a fetch for fetch.min.bytes",
		value: milliseconds(func(s *settings) *time.Duration { return &s.consumer.FetchMaxWait }),
	},
	{
		Name: "fetch.max.bytes", Clients: Consumers, Field: "FetchMaxBytes", Default: "52428800",
		Doc:   "about how large the answer to one fetch may be",
		value: integer("bytes", 1, func(s *settings) *int { return &s.consumer.FetchMaxBytes }),
	},
	{
		Name: "max.partition.fetch.bytes", Aliases: []string{"fetch.message.max.bytes"}, Clients: Consumers, Field: "MaxPartitionFetchBytes", Default: "1048576",
		Doc:   "about how much of that one partition may have",
		value: integer("bytes", 1, func(s *settings) *int { return &s.consumer.MaxPartitionFetchBytes }),
	},
	{
		Name: "queued.max.messages.kbytes", Clients: Consumers, Field: "FetchBufferBytes", Default: "65536",
		Doc:   "bounds what was fetched and not handed out yet, over all partitions",
		value: kibibytes(func(s *settings) *int { return &s.consumer.FetchBufferBytes }),
	},
	{
		Name: "max.poll.records", Clients: Consumers, Field: "MaxPollRecords", Default: "500",
		Doc:   "how many records Poll returns at most",
		value: integer("", 1, func(s *settings) *int { return &s.consumer.MaxPollRecords }),
	},
	{
		Name: "max.poll.interval.ms", Clients: Consumers, Field: "MaxPollInterval", Default: "300000",
		Doc:   "longest time between two polls before the consumer leaves its group",
		value: milliseconds(func(s *settings) *time.Duration { return &s.consumer.MaxPollInterval }),
	},
	{
		Name: "consumer.timeout.ms", Clients: Consumers, Field: "ConsumerTimeout", Default: "inf",
		Doc:   "time without a record after which a loop over Records ends",
		value: millisecondsOr("inf", "for never", 0, func(s *settings) *time.Duration { return &s.consumer.ConsumerTimeout }),
	},
	{
		Name: "session.timeout.ms", Clients: Consumers, Field: "SessionTimeout", Default: "45000",
		Doc:   "how long the coordinator keeps a member without heartbeats",
		value: milliseconds(func(s *settings) *time.Duration { return &s.consumer.SessionTimeout }),
	},
	{
		Name: "heartbeat.interval.ms", Clients: Consumers, Field: "HeartbeatInterval", Default: "3000",
		Doc:   "time between heartbeats",
		value: milliseconds(func(s *settings) *time.Duration { return &s.consumer.HeartbeatInterval }),
	},
	{
		Name: "partition.assignment.strategy", Clients: Consumers, Field: "Assignors", Default: "range, cooperative-sticky",
		Doc: "how partitions are divided among the members, by descending preference",
		value: someOf(func(s *settings) *[]assignors.Assignor { return &s.consumer.Assignors },
			choice[assignors.Assignor]{assignors.Range(), []string{"range", "org.apache.kafka.clients.consumer.RangeAssignor"}},
			choice[assignors.Assignor]{assignors.RoundRobin(), []string{"roundrobin", "org.apache.kafka.clients.consumer.RoundRobinAssignor"}},
			choice[assignors.Assignor]{assignors.Sticky(), []string{"sticky", "org.apache.kafka.clients.consumer.StickyAssignor"}},
			choice[assignors.Assignor]{assignors.CooperativeSticky(), []string{"cooperative-sticky", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"}}),
	},
	{
		Name: "enable.auto.commit", Clients: Consumers, Field: "DisableAutoCommit", Default: "true",
		Doc:   "whether what was consumed is committed without being asked for",
		value: inverted(func(s *settings) *bool { return &s.consumer.DisableAutoCommit }),
	},
	{
		Name: "auto.commit.interval.ms", Clients: Consumers, Field: "AutoCommitInterval", Default: "5000",
		Doc:   "least time between two automatic commits",
		value: milliseconds(func(s *settings) *time.Duration { return &s.consumer.AutoCommitInterval }),
	},
	{
		Name: "check.crcs", Clients: Consumers, Field: "DisableCRCCheck", Default: "true",
		Doc:   "whether batches are held against their checksums",
		value: inverted(func(s *settings) *bool { return &s.consumer.DisableCRCCheck }),
	},
	{
		Name: "exclude.internal.topics", Clients: Consumers, Field: "IncludeInternalTopics", Default: "true",
		Doc:   "whether a pattern leaves out Kafka's own topics",
		value: inverted(func(s *settings) *bool { return &s.consumer.IncludeInternalTopics }),
	},
	{
		Name: "client.rack", Clients: Consumers, Field: "ClientRack",
		Doc:   "where the consumer runs, to read from a near replica",
		value: text(func(s *settings) *string { return &s.consumer.ClientRack }),
	},
}
