package integration

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// log is a topic of two partitions: one with 100 records, a second apart from
// firstTime on, and an empty one.
type log struct {
	t           *testing.T
	target      kafkabroker.Target
	p           *producer.Producer
	full, empty cluster.TopicPartition
}

var firstTime = time.UnixMilli(1_600_000_000_000)

func newLog(t *testing.T, target kafkabroker.Target) *log {
	t.Helper()
	topic := newTopic(t, target, 2)
	l := &log{
		t: t, target: target,
		p:    newProducer(t, target, func(cfg *producer.Config) { cfg.Partitioner = partitioner.Manual }),
		full: cluster.TopicPartition{Topic: topic}, empty: cluster.TopicPartition{Topic: topic, Partition: 1},
	}
	l.append(100)
	return l
}

// append adds records to the full partition.
func (l *log) append(n int) {
	l.t.Helper()
	records := make([]record.Record, n)
	for i := range records {
		records[i] = record.Record{Topic: l.full.Topic, Timestamp: firstTime.Add(time.Duration(i) * time.Second), Value: []byte("v")}
	}
	send(l.t, l.p, records...)
}

// consumer returns one with both partitions assigned.
func (l *log) consumer(change ...func(*consumer.Config)) *consumer.Consumer {
	l.t.Helper()
	c := newConsumer(l.t, l.target, change...)
	must(l.t, c.Assign(l.full, l.empty))
	return c
}

// wantNext checks that the next records come from the full partition, from an
// offset on.
func (l *log) wantNext(c *consumer.Consumer, offset int64) {
	l.t.Helper()
	records, err := c.Poll(soon(l.t))
	must(l.t, err)
	if records[0].Offset != offset || records[0].Partition != l.full.Partition {
		l.t.Errorf("the next record is %d@%d, want %d@%d", records[0].Partition, records[0].Offset, l.full.Partition, offset)
	}
}

func (l *log) wantPosition(c *consumer.Consumer, tp cluster.TopicPartition, want int64) {
	l.t.Helper()
	got, err := c.Position(soon(l.t), tp)
	must(l.t, err)
	if got != want {
		l.t.Errorf("the position of %s is %d, want %d", tp, got, want)
	}
}

// wantNothing checks that no record comes for a while.
func (l *log) wantNothing(c *consumer.Consumer) {
	l.t.Helper()
	records, err := c.Poll(within(l.t, 300*time.Millisecond))
	if len(records) > 0 || !errors.Is(err, context.DeadlineExceeded) {
		l.t.Errorf("Poll returned %d records and %v, want none until its deadline", len(records), err)
	}
}

// TestPosition moves consumers about in a partition.
func TestPosition(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		for name, test := range map[string]func(*log){
			"seek":                   seek,
			"seek to the edges":      seekToEdges,
			"pause":                  pause,
			"loop":                   loop,
			"poll":                   poll,
			"offsets":                offsets,
			"reset to earliest":      resetToEarliest,
			"reset to latest":        resetToLatest,
			"reset by default":       resetByDefault,
			"no reset":               noReset,
			"out of range, earliest": outOfRangeEarliest,
			"out of range, none":     outOfRangeNone,
			"lag":                    lag,
		} {
			t.Run(name, func(t *testing.T) { test(newLog(t, target)) })
		}
	})
}

func seek(l *log) {
	c := l.consumer(most(10))
	l.wantPosition(c, l.full, 0)
	l.wantNext(c, 0)
	l.wantPosition(c, l.full, 10)
	for _, offset := range []int64{50, 0, 99, 7} {
		must(l.t, c.Seek(l.full, offset))
		l.wantPosition(c, l.full, offset)
		l.wantNext(c, offset)
	}
	must(l.t, c.Seek(l.full, 100))
	l.wantNothing(c)
	l.append(1)
	l.wantNext(c, 100)
	other := cluster.TopicPartition{Topic: l.full.Topic, Partition: 7}
	wantError(l.t, c.Seek(other, 0), "Seek", other.String(), "not assigned")
	wantError(l.t, c.Seek(l.full, -1), "Seek", "offset -1 of "+l.full.String()+" is negative")
}

func seekToEdges(l *log) {
	c := l.consumer(most(10))
	l.wantNext(c, 0)
	must(l.t, c.SeekToEnd())
	l.wantPosition(c, l.full, 100)
	l.wantPosition(c, l.empty, 0)
	l.wantNothing(c)
	must(l.t, c.SeekToBeginning(l.full))
	l.wantPosition(c, l.full, 0)
	l.wantNext(c, 0)
	must(l.t, c.SeekToEnd(l.full))
	l.wantPosition(c, l.full, 100)
	l.append(1)
	l.wantNext(c, 100)
}

func pause(l *log) {
	c := l.consumer(most(10))
	l.wantNext(c, 0)
	must(l.t, c.Pause(l.full))
	if got := c.Paused(); !slices.Equal(got, []cluster.TopicPartition{l.full}) {
		l.t.Errorf("paused are %v, want %v", got, l.full)
	}
	l.wantNothing(c)
	send(l.t, l.p, record.Record{Topic: l.empty.Topic, Partition: l.empty.Partition, Value: []byte("v")})
	records, err := c.Poll(soon(l.t))
	must(l.t, err)
	if len(records) != 1 || records[0].Partition != l.empty.Partition {
		l.t.Errorf("%d records came, the first from partition %d, while that was paused", len(records), records[0].Partition)
	}
	must(l.t, c.Resume(l.full))
	l.wantNext(c, 10)
	must(l.t, c.Pause(l.full))
	must(l.t, c.Seek(l.full, 70))
	l.wantNothing(c)
	must(l.t, c.Resume(l.full))
	l.wantNext(c, 70)
	if got := c.Paused(); len(got) > 0 {
		l.t.Errorf("paused are %v, want none", got)
	}
}

// loop breaks off and goes on, in loops and by Poll.
func loop(l *log) {
	c := l.consumer(most(10))
	var next int64
	read := func(n int) {
		for rec, err := range c.Records(soon(l.t)) {
			must(l.t, err)
			if rec.Offset != next {
				l.t.Fatalf("offset %d came where %d is due", rec.Offset, next)
			}
			next++
			if n--; n == 0 {
				break
			}
		}
		l.wantPosition(c, l.full, next)
	}
	read(1)
	read(33)
	l.wantNext(c, 34)
	next = 44
	read(56)
	ctx, cancel := context.WithCancel(l.t.Context())
	cancel()
	for rec, err := range c.Records(ctx) {
		if !errors.Is(err, context.Canceled) {
			l.t.Errorf("a loop that was cancelled got %v, %v", rec, err)
		}
	}
	l.append(1)
	read(1)
}

func poll(l *log) {
	c := l.consumer(most(30))
	for _, want := range []int{30, 30, 30, 10} {
		records, err := c.Poll(soon(l.t))
		must(l.t, err)
		if len(records) != want {
			l.t.Errorf("Poll returned %d records, want %d", len(records), want)
		}
	}
	l.wantNothing(c)
	start := time.Now()
	l.wantNothing(c)
	if took := time.Since(start); took < 250*time.Millisecond || took > 10*time.Second {
		l.t.Errorf("Poll returned after %v, with a deadline of 300ms", took)
	}
}

func offsets(l *log) {
	c := newConsumer(l.t, l.target) // without an assignment
	begin, err := c.BeginningOffsets(soon(l.t), l.full, l.empty)
	must(l.t, err)
	end, err := c.EndOffsets(soon(l.t), l.full, l.empty)
	must(l.t, err)
	if !maps.Equal(begin, map[cluster.TopicPartition]int64{l.full: 0, l.empty: 0}) {
		l.t.Errorf("partitions begin at %v", begin)
	}
	if !maps.Equal(end, map[cluster.TopicPartition]int64{l.full: 100, l.empty: 0}) {
		l.t.Errorf("partitions end at %v", end)
	}
	if !can(l.target, offsetsByTime) {
		_, err := c.OffsetsForTimes(soon(l.t), map[cluster.TopicPartition]time.Time{l.full: firstTime})
		wantError(l.t, err, "offsets by time", "Kafka 0.10.1 or later is needed")
		return
	}
	for after, want := range map[time.Duration]int64{
		-time.Hour: 0, 0: 0, time.Millisecond: 1, 50 * time.Second: 50, 98500 * time.Millisecond: 99, 99 * time.Second: 99,
	} {
		at, err := c.OffsetsForTimes(soon(l.t), map[cluster.TopicPartition]time.Time{l.full: firstTime.Add(after), l.empty: firstTime.Add(after)})
		must(l.t, err)
		wantTime := firstTime.Add(time.Duration(want) * time.Second)
		if got := at[l.full]; len(at) != 1 || got.Offset != want || !got.Timestamp.Equal(wantTime) {
			l.t.Errorf("%v after the first record comes %v, want only offset %d of %v", after, at, want, wantTime)
		}
	}
	none, err := c.OffsetsForTimes(soon(l.t), map[cluster.TopicPartition]time.Time{l.full: firstTime.Add(100 * time.Second)})
	must(l.t, err)
	if len(none) > 0 {
		l.t.Errorf("after the last record comes %v", none)
	}
}

func reset(to consumer.OffsetReset) func(*consumer.Config) {
	return func(cfg *consumer.Config) { cfg.AutoOffsetReset = to }
}

func resetToEarliest(l *log) { l.wantNext(l.consumer(reset(consumer.ResetEarliest)), 0) }

func resetToLatest(l *log)  { l.wantAtEnd(l.consumer(reset(consumer.ResetLatest))) }
func resetByDefault(l *log) { l.wantAtEnd(l.consumer(reset(consumer.ResetDefault))) }

func (l *log) wantAtEnd(c *consumer.Consumer) {
	l.t.Helper()
	l.wantPosition(c, l.full, 100)
	l.append(1)
	l.wantNext(c, 100)
}

func noReset(l *log) {
	c := l.consumer(reset(consumer.ResetNone))
	_, err := c.Poll(soon(l.t))
	var none *consumer.NoOffsetError
	if !errors.As(err, &none) || !slices.Equal(none.Partitions, []cluster.TopicPartition{l.full, l.empty}) {
		l.t.Errorf("Poll without a position: %v", err)
	}
	must(l.t, c.Seek(l.full, 42))
	l.wantNext(c, 42)
}

func outOfRangeEarliest(l *log) {
	c := l.consumer(reset(consumer.ResetEarliest))
	must(l.t, c.Seek(l.full, 1_000_000))
	l.wantNext(c, 0)
}

func outOfRangeNone(l *log) {
	c := l.consumer(reset(consumer.ResetNone))
	must(l.t, c.SeekToEnd(l.empty))
	must(l.t, c.Seek(l.full, 1_000_000))
	_, err := c.Poll(soon(l.t))
	var out *consumer.OffsetOutOfRangeError
	if !errors.As(err, &out) || out.Partition != l.full || out.Offset != 1_000_000 {
		l.t.Errorf("Poll out of range: %v", err)
	}
	must(l.t, c.Seek(l.full, 42))
	l.wantNext(c, 42)
}

func lag(l *log) {
	c := l.consumer(most(10))
	if lag, ok := c.Lag(l.full); ok {
		l.t.Errorf("the lag is %d before the first fetch", lag)
	}
	l.wantNext(c, 0)
	if lag, ok := c.Lag(l.full); !ok || lag != 90 {
		l.t.Errorf("the lag is %d, %v, want 90", lag, ok)
	}
	if end, ok := c.HighWatermark(l.full); !ok || end != 100 {
		l.t.Errorf("the high watermark is %d, %v, want 100", end, ok)
	}
}
