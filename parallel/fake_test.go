package parallel

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/record"
)

// fakeSource is a consumer of partitions 0 to n-1 of topic t, for use within a
// bubble. Records are the test's to put into it; what is polled is in their order
// by partition.
type fakeSource struct {
	mu        sync.Mutex
	records   map[int32][]record.Record
	position  map[int32]int64
	paused    map[int32]bool
	pauses    int
	committed map[cluster.TopicPartition]consumer.OffsetAndMetadata
	commitErr error
	events    []func() // to be called by the next poll
	pollErrs  []error
	changed   chan struct{}
	atClose   func()
}

func newFakeSource() *fakeSource {
	return &fakeSource{
		records:   make(map[int32][]record.Record),
		position:  make(map[int32]int64),
		paused:    make(map[int32]bool),
		committed: make(map[cluster.TopicPartition]consumer.OffsetAndMetadata),
		changed:   make(chan struct{}),
	}
}

func (f *fakeSource) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	close(f.changed)
	f.changed = make(chan struct{})
}

// produce appends n records to a partition; key returns the key of each by offset.
func (f *fakeSource) produce(partition int32, n int, key func(offset int64) string) {
	f.set(func() {
		for range n {
			offset := f.position[partition] + int64(len(f.records[partition]))
			rec := record.Record{Topic: "t", Partition: partition, Offset: offset}
			if key != nil {
				rec.Key = []byte(key(offset))
			}
			f.records[partition] = append(f.records[partition], rec)
		}
	})
}

// during has the next poll call f, as a consumer calls its listener.
func (f *fakeSource) during(event func()) {
	f.set(func() { f.events = append(f.events, event) })
}

func (f *fakeSource) PollInto(ctx context.Context, buf []record.Record) ([]record.Record, error) {
	for {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		f.mu.Lock()
		events := f.events
		f.events = nil
		f.mu.Unlock()
		for _, event := range events {
			event()
		}
		f.mu.Lock()
		if len(f.pollErrs) > 0 {
			err := f.pollErrs[0]
			f.pollErrs = f.pollErrs[1:]
			f.mu.Unlock()
			return nil, err
		}
		for p := range int32(8) {
			n := min(len(f.records[p]), cap(buf)-len(buf))
			if f.paused[p] {
				n = 0
			}
			buf = append(buf, f.records[p][:n]...)
			f.records[p] = f.records[p][n:]
			f.position[p] += int64(n)
		}
		changed := f.changed
		f.mu.Unlock()
		if len(buf) > 0 {
			return buf, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

func (f *fakeSource) Pause(partitions ...cluster.TopicPartition) error {
	f.set(func() {
		for _, tp := range partitions {
			f.paused[tp.Partition] = true
			f.pauses++
		}
	})
	return nil
}

func (f *fakeSource) Resume(partitions ...cluster.TopicPartition) error {
	f.set(func() {
		for _, tp := range partitions {
			f.paused[tp.Partition] = false
		}
	})
	return nil
}

func (f *fakeSource) Position(_ context.Context, tp cluster.TopicPartition) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if position, ok := f.position[tp.Partition]; ok {
		return position, nil
	}
	return 0, fmt.Errorf("no position of %s", tp)
}

func (f *fakeSource) CommitOffsets(_ context.Context, offsets map[cluster.TopicPartition]consumer.OffsetAndMetadata) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.commitErr != nil {
		return f.commitErr
	}
	maps.Copy(f.committed, offsets)
	return nil
}

func (f *fakeSource) CommitAsync(ctx context.Context, offsets map[cluster.TopicPartition]consumer.OffsetAndMetadata, done func(error)) error {
	go func() { done(f.CommitOffsets(ctx, offsets)) }()
	return nil
}

func (f *fakeSource) Close(context.Context) error {
	f.atClose()
	return nil
}

// has returns the committed offset of a partition, -1 for none.
func (f *fakeSource) has(partition int32) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o, ok := f.committed[tp(partition)]; ok {
		return o.Offset
	}
	return -1
}

// running is a Run on a fakeSource.
type running struct {
	*fakeSource
	*loop
	cancel context.CancelFunc
	ended  chan error
}

// start runs cfg on partitions 0 to n-1. At the test's end it is over.
func start(t *testing.T, n int32, cfg Config) *running {
	t.Helper()
	cfg.Consumer.GroupID, cfg.Topics = "g", []string{"t"}
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		t.Fatal(err)
	}
	parent, cancel := context.WithCancel(context.Background())
	ctx, fail := context.WithCancelCause(parent)
	f := newFakeSource()
	r := &running{f, &loop{executor: newExecutor(ctx, &cfg, fail), log: slog.New(slog.DiscardHandler)}, cancel, make(chan error, 1)}
	r.loop.source = f
	var all []cluster.TopicPartition
	for p := range n {
		f.position[p] = 0
		all = append(all, tp(p))
	}
	r.take(all)
	f.atClose = func() { r.giveUp(slices.Collect(maps.Keys(r.shares))) } // what is still assigned
	go func() {
		err := r.run(ctx)
		_ = r.end(ctx)
		r.ended <- err
	}()
	return r
}

// stop ends it, and returns how it ended.
func (r *running) stop() error {
	r.cancel()
	return <-r.ended
}

// pass lets time pass by.
func pass(d time.Duration) { <-time.After(d) }
