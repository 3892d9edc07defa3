package consumer

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
	"github.com/barnabas-go/kafka/record"
)

// stalls are what OnStall was told.
type stalls struct {
	mu   sync.Mutex
	list []Stall
}

func (s *stalls) add(list []Stall) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, list...)
}

func (s *stalls) told() []Stall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list
}

// pollAlong polls until the consumer is closed; the bubble waits for that.
func pollAlong(c *Consumer) {
	go func() {
		for {
			if _, err := c.Poll(context.Background()); errors.Is(err, ErrClosed) {
				return
			}
		}
	}()
}

// storageError answers fetches from partition 0 of a topic.
func storageError(topic wire.UUID) func(int32, protocol.Request) protocol.Response {
	return func(_ int32, req protocol.Request) protocol.Response {
		if _, ok := req.(*protocol.FetchRequest); !ok {
			return nil
		}
		return &protocol.FetchResponse{Responses: []protocol.FetchResponseTopic{{Topic: "t", TopicID: topic,
			Partitions: []protocol.FetchResponsePartition{{ErrorCode: protocol.ErrKafkaStorageError, PreferredReadReplica: -1, LogStartOffset: -1, LastStableOffset: -1}}}}}
	}
}

// Each reason why a partition makes no progress is told once, in time, and ends
// when it does.
func TestStalls(t *testing.T) {
	const timeout = 10 * time.Second
	for name, test := range map[string]struct {
		cfg    Config
		stall  func(t *testing.T, k *fakeKafka, c *Consumer)
		mend   func(t *testing.T, k *fakeKafka, c *Consumer)
		reason StallReason
		err    string // in the stall's
	}{
		"application": {
			cfg:    Config{MaxPollRecords: 1},
			stall:  func(t *testing.T, _ *fakeKafka, c *Consumer) { poll(t, c) },
			mend:   func(t *testing.T, _ *fakeKafka, c *Consumer) { poll(t, c) },
			reason: StallApplication,
		},
		"no leader": {
			stall: func(t *testing.T, k *fakeKafka, c *Consumer) {
				k.set(func() { k.log(tp(0)).leader = -1 })
				pollAlong(c)
			},
			mend:   func(_ *testing.T, k *fakeKafka, _ *Consumer) { k.set(func() { k.log(tp(0)).leader = 0 }) },
			reason: StallNoLeader,
		},
		"broker does not answer": {
			cfg: Config{Config: cluster.Config{RequestTimeout: 20 * time.Second}}, // by which it is over
			stall: func(t *testing.T, k *fakeKafka, c *Consumer) {
				pollAlong(c)
				pass(time.Second)
				k.set(func() { k.hangs[0] = true })
			},
			mend:   func(_ *testing.T, k *fakeKafka, _ *Consumer) { k.set(func() { k.hangs[0] = false }) },
			reason: StallBrokerSilent,
		},
		"broker cannot be reached": {
			stall: func(t *testing.T, k *fakeKafka, c *Consumer) {
				pollAlong(c)
				pass(time.Second)
				k.kill(0)
			},
			mend:   func(_ *testing.T, k *fakeKafka, _ *Consumer) { k.set(func() { k.down[0] = false }) },
			reason: StallFetchFails,
			err:    "connection refused",
		},
		"no position": {
			cfg:    Config{AutoOffsetReset: ResetNone},
			stall:  func(t *testing.T, _ *fakeKafka, c *Consumer) { pollAlong(c) },
			mend:   func(t *testing.T, _ *fakeKafka, c *Consumer) { must(t, c.Seek(tp(0), 0)) },
			reason: StallNoPosition,
		},
		"broker answers with errors": {
			stall: func(t *testing.T, k *fakeKafka, c *Consumer) {
				pollAlong(c)
				pass(time.Second)
				k.set(func() { k.answer = storageError(k.topics["t"].id) })
			},
			mend:   func(_ *testing.T, k *fakeKafka, _ *Consumer) { k.set(func() { k.answer = nil }) },
			reason: StallFetchFails,
			err:    "KAFKA_STORAGE_ERROR",
		},
		"batch that cannot be read": {
			stall: func(t *testing.T, k *fakeKafka, c *Consumer) {
				pollAlong(c)
				pass(time.Second)
				k.set(func() {
					bad := encodeBatch(nil, "bad")
					bad[len(bad)-1]++
					k.log(tp(0)).append(bad, 1)
				})
			},
			mend:   func(t *testing.T, _ *fakeKafka, c *Consumer) { must(t, c.Seek(tp(0), 3)) },
			reason: StallUnreadable,
		},
		"broker that hands out nothing": {
			stall: func(t *testing.T, k *fakeKafka, c *Consumer) {
				pollAlong(c)
				pass(time.Second)
				k.set(func() { k.log(tp(0)).end++ }) // a record which is not there
			},
			mend:   func(*testing.T, *fakeKafka, *Consumer) {}, // the next record
			reason: StallUnknown,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFakeKafka(t, 1)
				k.topic("t", 1)
				k.produce(tp(0), "a", "b")
				var told stalls
				cfg := test.cfg
				if cfg.AutoOffsetReset == ResetDefault {
					cfg.AutoOffsetReset = ResetEarliest
				}
				cfg.StallTimeout, cfg.OnStall = timeout, told.add
				c := k.unstarted(t, cfg)
				c.start()
				t.Cleanup(func() { k.set(func() { k.hangs[0] = false }); _ = c.Close(context.Background()) })
				must(t, c.Assign(tp(0)))
				test.stall(t, k, c)
				pass(timeout - time.Second)
				if list := told.told(); len(list) > 0 {
					t.Fatalf("told too soon: %v", list)
				}
				pass(timeout)
				list := told.told()
				if len(list) != 1 || list[0].Reason != test.reason || list[0].Partition != tp(0) || test.err != "" && !strings.Contains(list[0].String(), test.err) {
					t.Fatalf("told %v, want one for the reason: %s", list, test.reason)
				}
				if now := c.Stalled(); len(now) != 1 || now[0].Reason != test.reason || now[0].Since != list[0].Since {
					t.Errorf("stalled: %v", now)
				}
				if len(k.logged("partitions make no progress")) != 1 {
					t.Errorf("logged: %v", k.logged("progress"))
				}
				test.mend(t, k, c)
				k.produce(tp(0), "c")
				pass(timeout / 2)
				if now := c.Stalled(); len(now) > 0 || len(told.told()) != 1 || len(k.logged("make progress again")) != 1 {
					t.Errorf("mended, but stalled: %v; told %v", now, told.told())
				}
			})
		})
	}
}

// Records of one partition that nobody takes may fill the buffer so that others
// make no progress.
func TestStallOfFullBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 2)
		for range 30 {
			k.produce(tp(0), strings.Repeat("x", 1000))
		}
		var told stalls
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, FetchBufferBytes: 10_000, MaxPartitionFetchBytes: 6000, StallTimeout: time.Second, OnStall: told.add})
		must(t, c.Assign(tp(0), tp(1)))
		pass(100 * time.Millisecond)
		k.produce(tp(1), strings.Repeat("y", 1000)) // for which there is no room
		pass(10 * time.Second)
		reasons := make(map[int32]StallReason)
		for _, s := range told.told() {
			reasons[s.Partition.Partition] = s.Reason
		}
		if reasons[0] != StallApplication || reasons[1] != StallBufferFull {
			t.Errorf("partition 0: %s, partition 1: %s", reasons[0], reasons[1])
		}
	})
}

// Who is at the end, or pauses, or does not want to know, does not stall.
func TestNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 2)
		k.produce(tp(0), "a")
		k.produce(tp(1), "b")
		var told stalls
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, StallTimeout: time.Second, OnStall: told.add})
		must(t, c.Assign(tp(0), tp(1)))
		must(t, c.Pause(tp(1)))
		pollAlong(c)
		off := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, StallTimeout: -1, OnStall: told.add})
		must(t, off.Assign(tp(0)))
		pass(time.Minute)
		if list := told.told(); len(list) > 0 || len(c.Stalled()) > 0 || len(off.Stalled()) > 0 {
			t.Errorf("told %v, stalled %v", list, c.Stalled())
		}
	})
}

// Lag counts from the position to the end, in offsets and in time.
func TestLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c", "d") // at 1000 to 1003 ms
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, MaxPollRecords: 1})
		if _, ok := c.Lag(tp(0)); ok {
			t.Error("there is a lag without an assignment")
		}
		must(t, c.Assign(tp(0)))
		if _, ok := c.TimeLag(tp(0)); ok {
			t.Error("there is a time lag before the first fetch")
		}
		for i := range int64(4) {
			pass(time.Second)
			offsets, ok := c.Lag(tp(0))
			age, timeOK := c.TimeLag(tp(0))
			if want := time.Since(time.UnixMilli(1000 + i)); !ok || !timeOK || offsets != 4-i || age != want {
				t.Errorf("at %d: lag %d, %v; age %v, %v, want %v", i, offsets, ok, age, timeOK, want)
			}
			poll(t, c)
		}
		pass(time.Second)
		offsets, _ := c.Lag(tp(0))
		if age, ok := c.TimeLag(tp(0)); offsets != 0 || !ok || age != 0 {
			t.Errorf("at the end: lag %d, age %v, %v", offsets, age, ok)
		}
		must(t, c.Pause(tp(0)))
		pass(time.Second)
		k.produce(tp(0), "e")
		pass(time.Second)
		if high, ok := c.HighWatermark(tp(0)); !ok || high != 4 {
			t.Errorf("high watermark of a paused partition %d, %v", high, ok)
		}
	})
}

func TestTimeAt(t *testing.T) {
	for _, test := range []struct {
		batch  record.Batch
		offset int64
		want   int64
	}{
		{record.Batch{BaseOffset: 10, LastOffsetDelta: 4, BaseTimestamp: 1000, MaxTimestamp: 1400}, 10, 1000},
		{record.Batch{BaseOffset: 10, LastOffsetDelta: 4, BaseTimestamp: 1000, MaxTimestamp: 1400}, 13, 1300},
		{record.Batch{BaseOffset: 10, LastOffsetDelta: 4, BaseTimestamp: 1000, MaxTimestamp: 1400}, 9, 1000},
		{record.Batch{BaseOffset: 10, LastOffsetDelta: 4, BaseTimestamp: 1000, MaxTimestamp: 1400, Attributes: 8}, 11, 1400}, // LogAppendTime
		{record.Batch{BaseOffset: 10, BaseTimestamp: 1000, MaxTimestamp: 1000}, 10, 1000},
		{record.Batch{BaseOffset: 10, BaseTimestamp: -1, MaxTimestamp: -1}, 10, -1},
	} {
		if got := timeAt(&test.batch, test.offset); got != test.want {
			t.Errorf("%+v at %d: %d, want %d", test.batch, test.offset, got, test.want)
		}
	}
}
