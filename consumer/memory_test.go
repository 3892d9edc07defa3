package consumer

import (
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/protocol"
)

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// The records of 200 partitions, which are decompressed to a thousand times of what
// was fetched, take no more memory than FetchBufferBytes allows, however slow the
// application is, and each partition gets its turn.
func TestMemoryWithSlowHandler(t *testing.T) {
	const partitions, batches, budget, above = 200, 8, 32 << 20, 64 << 20
	for _, id := range []codec.Codec{codec.None, codec.LZ4, codec.Zstd} {
		t.Run(id.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFakeKafka(t, 3)
				k.topic("t", partitions)
				z, err := codec.NewCompressor(id, codec.DefaultLevel)
				must(t, err)
				size := 1 << 20 // 200 × 8 MiB in all
				if id == codec.None {
					size = 128 << 10
				}
				one := encodeBatch(z, strings.Repeat("x", size/2), strings.Repeat("y", size/2))
				k.set(func() {
					for i := range int32(partitions) {
						for range batches {
							k.log(tp(i)).append(append([]byte(nil), one...), 2)
						}
					}
				})
				before := heap()
				c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, FetchBufferBytes: budget, MaxPollRecords: 1})
				var all []TopicPartition
				for i := range int32(partitions) {
					all = append(all, tp(i))
				}
				must(t, c.Assign(all...))
				seen, most := make(map[int32]int), int64(0)
				for i := range 2 * partitions * batches {
					records, err := c.Poll(within(t, time.Minute))
					must(t, err)
					seen[records[0].Partition]++
					if i%100 == 0 {
						pass(time.Second)
						synctest.Wait()
						most = max(most, heap()-before)
					}
				}
				if most > budget+above {
					t.Errorf("%d MiB for a budget of %d", most>>20, budget>>20)
				}
				t.Logf("%d MiB at most", most>>20)
				for i := range int32(partitions) {
					if seen[i] != 2*batches {
						t.Errorf("partition %d: %d records", i, seen[i])
					}
				}
			})
		})
	}
}

// The partitions of a topic get their turns however much one of them has: none is
// left waiting until another is at its end.
func TestFairness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const partitions = 20
		k := newFakeKafka(t, 1)
		k.topic("t", partitions)
		for range 100 {
			k.produce(tp(0), strings.Repeat("x", 50_000))
		}
		for i := int32(1); i < partitions; i++ {
			for range 3 {
				k.produce(tp(i), strings.Repeat("x", 50_000))
			}
		}
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, MaxPartitionFetchBytes: 60_000, FetchMaxBytes: 120_000, FetchBufferBytes: 500_000})
		var all []TopicPartition
		for i := range int32(partitions) {
			all = append(all, tp(i))
		}
		must(t, c.Assign(all...))
		of := make(map[int32]int)
		for left, turns := partitions-1, 0; left > 0; turns++ {
			if turns == 100 {
				t.Fatalf("after 100 records: %v", of)
			}
			records, err := c.Poll(within(t, time.Minute))
			must(t, err)
			for _, r := range records {
				if of[r.Partition]++; r.Partition > 0 && of[r.Partition] == 3 {
					left--
				}
			}
		}
		if of[0] > 20 {
			t.Errorf("%d records of the large partition before 3 of each other", of[0])
		}
	})
}

// 10,000 partitions that nothing is written to cost two requests a second and
// broker, which name none of them.
func TestIdlePartitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const partitions = 10_000
		k := newFakeKafka(t, 2)
		k.topic("t", partitions)
		c := k.consumer(t, Config{AutoOffsetReset: ResetLatest})
		var all []TopicPartition
		for i := range int32(partitions) {
			all = append(all, tp(i))
		}
		must(t, c.Assign(all...))
		pass(5 * time.Second)
		k.set(func() { k.requests = nil })
		pass(time.Minute)
		fetches := seen[*protocol.FetchRequest](k)
		if want := 2 * 2 * 60; len(fetches) > want+2 || len(fetches) < want-10 {
			t.Errorf("%d fetches in a minute", len(fetches))
		}
		for _, r := range fetches {
			if len(r.Topics)+len(r.ForgottenTopicsData) > 0 {
				t.Fatalf("an idle fetch names %d topics", len(r.Topics))
			}
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if others := len(k.requests) - len(fetches); others > 2 {
			t.Errorf("%d other requests in a minute", others)
		}
	})
}
