package consumer

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/codec"
)

// What is buffered stays within the limit, give or take one answer, and all that
// memory is accounted for in the end.
func TestBufferLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 200_000
		k := newFakeKafka(t, 2)
		k.topic("t", 20)
		k.set(func() {
			for i := range 20 {
				for range 100 {
					k.log(tp(int32(i))).append(encodeBatch(nil, strings.Repeat("x", 1000)), 1)
				}
			}
		})
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, MaxPartitionFetchBytes: 10_000, FetchBufferBytes: limit})
		var all []TopicPartition
		for i := range int32(20) {
			all = append(all, tp(i))
		}
		must(t, c.Assign(all...))
		synctest.Wait() // as much as there is room for
		f := c.fetcher
		for read, most := 0, int64(0); read < 2000; {
			f.mu.Lock()
			used := f.buffer.used
			f.mu.Unlock()
			if most = max(most, used); used > limit {
				t.Fatalf("%d bytes are buffered", used)
			}
			if read == 0 && most < limit/3 {
				t.Fatalf("only %d bytes were fetched ahead", most)
			}
			records, err := c.Poll(within(t, time.Minute))
			must(t, err)
			read += len(records)
		}
		must(t, c.Pause(all...)) // has the last run given up
		if _, err := c.Poll(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.buffer.used != 0 {
			t.Errorf("%d bytes count as buffered in the end", f.buffer.used)
		}
		for _, p := range f.partitions {
			if p.buffered != 0 {
				t.Errorf("%d bytes count as buffered of %v in the end", p.buffered, p.TopicPartition)
			}
		}
	})
}

// Partitions that are paused keep the room they take, and cannot starve others.
func TestPausedPartitionsDoNotStarveOthers(t *testing.T) {
	for _, id := range []codec.Codec{codec.None, codec.Gzip} {
		t.Run(id.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFakeKafka(t, 1)
				k.topic("t", 2)
				z, err := codec.NewCompressor(id, codec.DefaultLevel)
				must(t, err)
				k.set(func() {
					for i := range int32(100) {
						k.log(tp(i%2)).append(encodeBatch(z, strings.Repeat("x", 100_000)), 1)
					}
				})
				c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, FetchBufferBytes: 300_000, MaxPollRecords: 1})
				must(t, c.Assign(tp(0)))
				poll(t, c)
				synctest.Wait()
				must(t, c.Pause(tp(0)))
				must(t, c.Assign(tp(0), tp(1)))
				pollAll(t, c, 50)
				must(t, c.Resume(tp(0)))
				pollAll(t, c, 49)
			})
		})
	}
}

// Memory that batches take once they are decompressed counts.
func TestBufferLimitAfterDecompression(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit, batch = 1_000_000, 100_000
		k := newFakeKafka(t, 1)
		k.topic("t", 4)
		z, err := codec.NewCompressor(codec.Zstd, codec.DefaultLevel)
		must(t, err)
		k.set(func() {
			for i := range int32(80) {
				k.log(tp(i%4)).append(encodeBatch(z, strings.Repeat("x", batch)), 1)
			}
		})
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, FetchBufferBytes: limit})
		must(t, c.Assign(tp(0), tp(1), tp(2), tp(3)))
		f := c.fetcher
		for read := 0; read < 80; {
			synctest.Wait()
			f.mu.Lock()
			used, most := f.buffer.used, int64(limit+f.workers*(decodeStep+batch))
			f.mu.Unlock()
			if used > most || read == 0 && used < limit {
				t.Fatalf("%d bytes are buffered, want up to %d", used, most)
			}
			records, err := c.Poll(within(t, time.Minute))
			must(t, err)
			read += len(records)
		}
	})
}
