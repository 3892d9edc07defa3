package integration

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// TestProperties has clients configured by Kafka's own keys.
func TestProperties(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic := newTopic(t, target, 1)
		properties, err := kafka.ParseProperties(`
			bootstrap.servers = ` + strings.Join(target.BootstrapServers(), ",") + `
			compression.type = gzip
			linger.ms = 10
			group.id = ` + topic + `
			auto.offset.reset = earliest
			max.poll.records = 7
		`)
		must(t, err)
		producerConfig, err := properties.Producer()
		must(t, err)
		p, err := kafka.NewProducer(producerConfig)
		must(t, err)
		closeAtEnd(t, p.Close)
		for range 10 {
			_, err := p.Send(soon(t), record.Record{Topic: topic, Value: make([]byte, 1000)})
			must(t, err)
		}
		must(t, p.Flush(soon(t)))
		checkCodec(t, target, topic, 10, codec.Gzip)

		consumerConfig, err := properties.Consumer()
		must(t, err)
		if !can(target, offsetStorage) {
			consumerConfig.GroupID = ""
		}
		c, err := kafka.NewConsumer(consumerConfig)
		must(t, err)
		closeAtEnd(t, c.Close)
		if can(target, groups) {
			must(t, c.Subscribe(topic))
		} else {
			must(t, c.Assign(cluster.TopicPartition{Topic: topic}))
		}
		for _, want := range []int{7, 3} {
			if records, err := c.Poll(soon(t)); err != nil || len(records) != want {
				t.Errorf("Poll returned %d records, %v, want %d", len(records), err, want)
			}
		}
	})
}

// TestWrongConfig has settings that cannot work, by Go's names and by Kafka's.
func TestWrongConfig(t *testing.T) {
	t.Parallel()
	kafkatest.CheckLeaks(t)
	parsed := func(text string) func() error {
		return func() error {
			properties, err := kafka.ParseProperties(text)
			if err != nil {
				return err
			}
			_, producerErr := properties.Producer()
			_, consumerErr := properties.Consumer()
			return errors.Join(producerErr, consumerErr)
		}
	}
	newProducer := func(cfg producer.Config) func() error {
		return func() error { _, err := producer.New(cfg); return err }
	}
	newConsumer := func(cfg consumer.Config) func() error {
		return func() error { _, err := consumer.New(cfg); return err }
	}
	for name, test := range map[string]struct {
		make func() error
		want []string
	}{
		"address":     {newProducer(producer.Config{Config: cluster.Config{BootstrapServers: []string{"localhost:kafka"}}}), []string{"BootstrapServers", "localhost:kafka"}},
		"timeout":     {newConsumer(consumer.Config{Config: cluster.Config{RequestTimeout: -1}}), []string{"RequestTimeout", "-1ns", "positive"}},
		"acks":        {newProducer(producer.Config{Acks: producer.AcksLeader}), []string{"Acks and DisableIdempotence", "enable.idempotence"}},
		"delivery":    {newProducer(producer.Config{DeliveryTimeout: time.Second}), []string{"DeliveryTimeout", "Linger + RequestTimeout", "30s"}},
		"codec level": {newProducer(producer.Config{Compression: codec.Gzip, CompressionLevel: 77}), []string{"CompressionLevel", "77"}},
		"heartbeat": {newConsumer(consumer.Config{GroupID: "g", HeartbeatInterval: time.Minute}),
			[]string{"HeartbeatInterval (heartbeat.interval.ms)", "SessionTimeout (session.timeout.ms)", "1m0s and 45s"}},
		"no group":  {newConsumer(consumer.Config{GroupInstanceID: "one"}), []string{"GroupInstanceID", "GroupID (group.id)"}},
		"two":       {newConsumer(consumer.Config{FetchMaxWait: time.Minute, MaxPollRecords: -1}), []string{"FetchMaxWait", "MaxPollRecords"}},
		"key":       {parsed("bootstrap.server=localhost:9092"), []string{"bootstrap.server", "bootstrap.servers"}},
		"value":     {parsed("linger.ms=soon"), []string{"linger.ms", "soon"}},
		"java only": {parsed("key.serializer=org.apache.kafka.common.serialization.StringSerializer"), []string{"key.serializer"}},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, test.make(), test.want...) })
	}
}

// TestClosedClients calls what a closed client has.
func TestClosedClients(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic := newTopic(t, target, 1)
		tp := cluster.TopicPartition{Topic: topic}
		p, c := openProducer(t, target), openConsumer(t, target, groupIfStored(target, topic))
		send(t, p, record.Record{Topic: topic})
		must(t, c.Assign(tp))
		receive(t, c, 1)
		must(t, p.Close(soon(t)))
		must(t, c.Close(soon(t)))
		ctx := soon(t)
		for name, call := range map[string]func(context.Context) error{
			"Send":          func(ctx context.Context) error { _, err := p.Send(ctx, record.Record{Topic: topic}); return err },
			"SendSync":      func(ctx context.Context) error { _, err := p.SendSync(ctx, record.Record{Topic: topic}); return err },
			"PartitionsFor": func(ctx context.Context) error { _, err := p.PartitionsFor(ctx, topic); return err },
		} {
			if err := call(ctx); !errors.Is(err, producer.ErrClosed) {
				t.Errorf("%s of a closed producer: %v", name, err)
			}
		}
		for name, call := range map[string]func(context.Context) error{
			"Subscribe":   func(context.Context) error { return c.Subscribe(topic) },
			"Assign":      func(context.Context) error { return c.Assign(tp) },
			"Unsubscribe": c.Unsubscribe,
			"Poll":        func(ctx context.Context) error { _, err := c.Poll(ctx); return err },
			"Records": func(ctx context.Context) (err error) {
				c.Records(ctx)(func(_ record.Record, e error) bool { err = e; return true })
				return
			},
			"Commit":           c.Commit,
			"Committed":        func(ctx context.Context) error { _, err := c.Committed(ctx, tp); return err },
			"Position":         func(ctx context.Context) error { _, err := c.Position(ctx, tp); return err },
			"Seek":             func(context.Context) error { return c.Seek(tp, 0) },
			"SeekToEnd":        func(context.Context) error { return c.SeekToEnd(tp) },
			"Pause":            func(context.Context) error { return c.Pause(tp) },
			"EndOffsets":       func(ctx context.Context) error { _, err := c.EndOffsets(ctx, tp); return err },
			"BeginningOffsets": func(ctx context.Context) error { _, err := c.BeginningOffsets(ctx, tp); return err },
			"PartitionsFor":    func(ctx context.Context) error { _, err := c.PartitionsFor(ctx, topic); return err },
			"Topics":           func(ctx context.Context) error { _, err := c.Topics(ctx); return err },
		} {
			if strings.HasPrefix(name, "Commit") && !can(target, offsetStorage) {
				continue // it is in no group
			}
			if err := call(ctx); !errors.Is(err, consumer.ErrClosed) {
				t.Errorf("%s of a closed consumer: %v", name, err)
			}
		}
	})
}
