package consumer

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/record"
)

// consumer returns a consumer of the cluster without a group, closed at the
// test's end.
func (k *fakeKafka) consumer(t *testing.T, cfg Config) *Consumer {
	t.Helper()
	c := k.unstarted(t, cfg)
	c.start()
	closeAtEnd(t, c)
	return c
}

// unstarted returns one whose group and offsets may be set before start.
func (k *fakeKafka) unstarted(t *testing.T, cfg Config) *Consumer {
	t.Helper()
	cfg.BootstrapServers = []string{"node-0:9092"}
	cfg.Dialer = k
	cfg.Logger = slog.New(k)
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	cfg = cfg.WithDefaults()
	client, err := cluster.NewClient(cfg.Config)
	if err != nil {
		t.Fatal(err)
	}
	return newConsumer(cfg, client)
}

func closeAtEnd(t *testing.T, c *Consumer) {
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// tp is a partition of the topic "t".
func tp(partition int32) TopicPartition { return TopicPartition{Topic: "t", Partition: partition} }

// within returns a context for what must be done in that time.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// poll returns the values of the next records, in the order they came, as
// "partition:offset=value".
func poll(t *testing.T, c *Consumer) []string {
	t.Helper()
	records, err := c.Poll(within(t, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return show(records)
}

func show(records []record.Record) []string {
	list := make([]string, len(records))
	for i, r := range records {
		list[i] = fmt.Sprintf("%d:%d=%s", r.Partition, r.Offset, r.Value)
	}
	return list
}

// pollAll polls until there are n records.
func pollAll(t *testing.T, c *Consumer, n int) []string {
	t.Helper()
	var all []string
	for len(all) < n {
		all = append(all, poll(t, c)...)
	}
	return all
}

func expect[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// crc sets the checksum of a batch.
func crc(b []byte) {
	binary.BigEndian.PutUint32(b[17:], crc32.Checksum(b[21:], crc32.MakeTable(crc32.Castagnoli)))
}
