package consumer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

func TestAssignReadsFromTheEarliest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 2)
		k.topic("t", 2)
		k.produce(tp(0), "a", "b")
		k.produce(tp(1), "c")
		k.produce(tp(0), "d")
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest})
		must(t, c.Assign(tp(0), tp(1)))
		got := pollAll(t, c, 4)
		slices.Sort(got)
		expect(t, "records", got, []string{"0:0=a", "0:1=b", "0:2=d", "1:0=c"})
		for partition, want := range []int64{3, 1} {
			if got, err := c.Position(t.Context(), tp(int32(partition))); err != nil || got != want {
				t.Errorf("position of %d: %d, %v, want %d", partition, got, err, want)
			}
			if got, ok := c.HighWatermark(tp(int32(partition))); !ok || got != want {
				t.Errorf("high watermark of %d: %d, %v, want %d", partition, got, ok, want)
			}
			if got, ok := c.Lag(tp(int32(partition))); !ok || got != 0 {
				t.Errorf("lag of %d: %d, %v, want 0", partition, got, ok)
			}
		}
	})
}

func TestDefaultStartsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "old")
		c := k.consumer(t, Config{})
		must(t, c.Assign(tp(0)))
		if got, err := c.Position(t.Context(), tp(0)); err != nil || got != 1 {
			t.Fatalf("position %d, %v, want 1", got, err)
		}
		k.produce(tp(0), "new")
		expect(t, "records", poll(t, c), []string{"0:1=new"})
	})
}

func TestSeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c")
		k.produce(tp(0), "d")
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, MaxPollRecords: 1})
		must(t, c.Assign(tp(0)))
		expect(t, "first", poll(t, c), []string{"0:0=a"})
		must(t, c.Seek(tp(0), 2)) // into the batch
		expect(t, "after seek", poll(t, c), []string{"0:2=c"})
		must(t, c.SeekToBeginning())
		expect(t, "after seek to the beginning", poll(t, c), []string{"0:0=a"})
		must(t, c.SeekToEnd(tp(0)))
		if got, err := c.Position(t.Context(), tp(0)); err != nil || got != 4 {
			t.Fatalf("position after seek to the end: %d, %v, want 4", got, err)
		}
		k.produce(tp(0), "e")
		expect(t, "after seek to the end", poll(t, c), []string{"0:4=e"})

		if err := c.Seek(tp(0), -1); err == nil {
			t.Error("seek to -1 succeeds")
		}
		var missing *NotAssignedError
		if err := c.Seek(tp(1), 0); !errors.As(err, &missing) || missing.Partition != tp(1) {
			t.Errorf("seek of another partition: %v", err)
		}
	})
}

// A loop that seeks goes on at the new position with its next record.
func TestSeekWithinLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c", "d")
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest})
		must(t, c.Assign(tp(0)))
		var got []string
		for rec, err := range c.Records(t.Context()) {
			must(t, err)
			got = append(got, string(rec.Value))
			if len(got) == 2 {
				must(t, c.Seek(tp(0), 0))
			}
			if len(got) == 5 {
				break
			}
		}
		expect(t, "records", got, []string{"a", "b", "a", "b", "c"})
	})
}

func TestPauseKeepsWhatIsBuffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 2)
		k.produce(tp(0), "a", "b", "c")
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, MaxPollRecords: 1})
		must(t, c.Assign(tp(0), tp(1)))
		expect(t, "first", poll(t, c), []string{"0:0=a"})
		must(t, c.Pause(tp(0)))
		expect(t, "paused", c.Paused(), []TopicPartition{tp(0)})
		synctest.Wait()
		fetches := len(fetchedOffsets(k, 0))
		k.produce(tp(1), "x")
		expect(t, "while paused", poll(t, c), []string{"1:0=x"})
		k.produce(tp(0), "d")
		if records, err := c.Poll(within(t, time.Minute)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("poll while paused: %v, %v", show(records), err)
		}
		if n := len(fetchedOffsets(k, 0)); n != fetches {
			t.Errorf("a paused partition was named by %d more fetches", n-fetches)
		}
		must(t, c.Resume(tp(0)))
		expect(t, "resumed", pollAll(t, c, 3), []string{"0:1=b", "0:2=c", "0:3=d"})
		expect(t, "paused", c.Paused(), nil)
	})
}

// fetchedOffsets returns the offsets that fetches have named for a partition.
func fetchedOffsets(k *fakeKafka, partition int32) []int64 {
	var offsets []int64
	for _, r := range seen[*protocol.FetchRequest](k) {
		for _, t := range r.Topics {
			for _, p := range t.Partitions {
				if p.Partition == partition {
					offsets = append(offsets, p.FetchOffset)
				}
			}
		}
	}
	return offsets
}

func TestOffsetsByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 2)
		k.topic("t", 2)
		k.produce(tp(0), "a", "b", "c") // at 1000, 1001, 1002
		k.set(func() { k.log(tp(0)).start = 1 })
		c := k.consumer(t, Config{})
		start := time.Now()
		begin, err := c.BeginningOffsets(t.Context(), tp(0), tp(1))
		must(t, err)
		end, err := c.EndOffsets(t.Context(), tp(0), tp(1))
		must(t, err)
		if begin[tp(0)] != 1 || begin[tp(1)] != 0 || end[tp(0)] != 3 || end[tp(1)] != 0 || len(begin)+len(end) != 4 {
			t.Errorf("beginning %v, end %v", begin, end)
		}
		found, err := c.OffsetsForTimes(t.Context(), map[TopicPartition]time.Time{tp(0): time.UnixMilli(1001), tp(1): time.UnixMilli(0)})
		must(t, err)
		if got := found[tp(0)]; len(found) != 1 || got.Offset != 1 || got.Timestamp.UnixMilli() != 1001 {
			t.Errorf("offsets for times: %v", found)
		}
		if took := time.Since(start); took > 10*time.Millisecond {
			t.Errorf("answers took %v, though nothing failed", took)
		}
		if _, err := c.OffsetsForTimes(t.Context(), map[TopicPartition]time.Time{tp(0): time.UnixMilli(-1)}); err == nil {
			t.Error("a time before 1970 is accepted")
		}
		if found, err := c.OffsetsForTimes(t.Context(), nil); err != nil || len(found) != 0 {
			t.Errorf("offsets for no times: %v, %v", found, err)
		}
		none := TopicPartition{Topic: "t", Partition: 7}
		_, err = c.EndOffsets(within(t, time.Second), none)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, protocol.ErrUnknownTopicOrPartition) || !strings.Contains(err.Error(), "t-7") {
			t.Errorf("end of a partition that does not exist: %v", err)
		}
		must(t, c.Assign(none))
		_, err = c.Poll(within(t, time.Second))
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, protocol.ErrUnknownTopicOrPartition) || !strings.Contains(err.Error(), "t-7") {
			t.Errorf("poll of a partition that does not exist: %v", err)
		}
	})
}

// ListOffsets v0 knows segments, not records.
func TestOffsetsByTimeOfOldBrokers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.answer = func(_ int32, req protocol.Request) protocol.Response {
			if _, ok := req.(*protocol.ApiVersionsRequest); !ok {
				return nil
			}
			resp := k.apiVersions().(*protocol.ApiVersionsResponse)
			for i := range resp.APIKeys {
				if resp.APIKeys[i].APIKey == protocol.ListOffsets {
					resp.APIKeys[i].MinVersion, resp.APIKeys[i].MaxVersion = 0, 0
				}
			}
			return resp
		}
		c := k.consumer(t, Config{})
		found, err := c.OffsetsForTimes(t.Context(), map[TopicPartition]time.Time{tp(0): time.UnixMilli(1001)})
		var lack *conn.FeatureError
		if !errors.As(err, &lack) || lack.Since != "0.10.1" || found != nil {
			t.Errorf("%v, %v", found, err)
		}
	})
}

// What was consumed of partitions that Assign drops is committed.
func TestAssignCommitsWhatItDrops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 2)
		k.produce(tp(0), "a", "b")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
		must(t, c.Unsubscribe(t.Context()))
		must(t, c.Assign(tp(0)))
		pollAll(t, c, 2)
		if _, err := c.Poll(within(t, time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err) // only then the records are consumed
		}
		must(t, c.Assign(tp(1)))
		synctest.Wait()
		if got := g.has(tp(0)); got != 2 {
			t.Errorf("committed %d, want 2", got)
		}
		must(t, c.Assign(tp(0)))
		if got, err := c.Position(t.Context(), tp(0)); err != nil || got != 2 {
			t.Errorf("position after assigning it again: %d, %v", got, err)
		}
	})
}
