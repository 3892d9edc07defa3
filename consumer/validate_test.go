package consumer

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/protocol"
)

// truncate has another node lead a partition, without the records from an offset
// on.
func (k *fakeKafka) truncate(tp TopicPartition, to int64, leader int32) {
	k.set(func() {
		l := k.log(tp)
		l.leader, l.end = leader, to
		l.epoch++
		for len(l.batches) > 0 && l.batches[len(l.batches)-1].last >= to {
			l.batches = l.batches[:len(l.batches)-1]
		}
	})
}

// epochEnd returns the largest epoch up to the given one, and where it ends.
func (l *fakeLog) epochEnd(epoch int32) (largest int32, end int64) {
	switch {
	case epoch > l.epoch:
		return -1, -1
	case epoch == l.epoch:
		return epoch, l.end
	}
	largest = -1
	for _, b := range l.batches {
		first, e := int64(binary.BigEndian.Uint64(b.bytes)), int32(binary.BigEndian.Uint32(b.bytes[12:]))
		if e > epoch {
			return max(largest, 0), first
		}
		largest = e
	}
	return largest, l.end
}

func (l *fakeLog) diverges(asked protocolPartition) bool {
	epoch, end := l.epochEnd(asked.last)
	return asked.last >= 0 && (epoch < asked.last || end < asked.offset)
}

func (k *fakeKafka) epochEnds(node int32, r *protocol.OffsetForLeaderEpochRequest) protocol.Response {
	k.mu.Lock()
	defer k.mu.Unlock()
	resp := &protocol.OffsetForLeaderEpochResponse{}
	for _, t := range r.Topics {
		out := protocol.OffsetForLeaderEpochResponseTopic{Topic: t.Topic}
		for _, p := range t.Partitions {
			answer := protocol.OffsetForLeaderEpochResponsePartition{Partition: p.Partition, LeaderEpoch: -1, EndOffset: -1}
			switch l := k.log(TopicPartition{Topic: t.Topic, Partition: p.Partition}); {
			case l.leader != node:
				answer.ErrorCode = protocol.ErrNotLeaderOrFollower
			case p.CurrentLeaderEpoch < l.epoch:
				answer.ErrorCode = protocol.ErrFencedLeaderEpoch
			default:
				answer.LeaderEpoch, answer.EndOffset = l.epochEnd(p.LeaderEpoch)
			}
			out.Partitions = append(out.Partitions, answer)
		}
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}

// beforeTruncation returns a cluster of two nodes with the records 0 to 4, and a
// consumer that has read them all.
func beforeTruncation(t *testing.T, cfg Config) (*fakeKafka, *Consumer) {
	k := newFakeKafka(t, 2)
	return k, k.readBefore(t, cfg)
}

func (k *fakeKafka) readBefore(t *testing.T, cfg Config) *Consumer {
	c := k.reader(t, cfg)
	k.produce(tp(0), "b", "c")
	k.produce(tp(0), "d", "e")
	expect(t, "before", pollAll(t, c, 4), []string{"0:1=b", "0:2=c", "0:3=d", "0:4=e"})
	synctest.Wait()
	return c
}

// A leader that lacks what was read is found out before anything is read from it,
// whether or not it has other records at these offsets, and without the help of
// its answers to fetches, too, which tell of it since version 12.
func TestLogTruncation(t *testing.T) {
	for _, version := range []int16{11, protocol.Lookup(protocol.Fetch).Max} {
		for name, replaced := range map[string][]string{"shorter": nil, "as long": {"D", "E"}, "longer": {"D", "E", "F"}} {
			t.Run(fmt.Sprintf("%s, v%d", name, version), func(t *testing.T) { testLogTruncation(t, version, replaced) })
		}
	}
}

func testLogTruncation(t *testing.T, version int16, replaced []string) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 2)
		k.most[protocol.Fetch] = version
		c := k.readBefore(t, Config{})
		k.truncate(tp(0), 3, 1)
		if replaced == nil {
			pass(5 * time.Second)
			replaced = []string{"D"}
		}
		k.produce(tp(0), replaced...)
		expect(t, "after", pollAll(t, c, len(replaced)), []string{"0:3=D", "0:4=E", "0:5=F"}[:len(replaced)])
		if lines := k.logged("log was truncated"); len(lines) != 1 || !strings.Contains(lines[0], "WARN") ||
			!strings.Contains(lines[0], "from=5 to=3 epoch=1") {
			t.Errorf("logged %q", lines)
		}
	})
}

// With ResetNone the application is told from where to where, once; its position
// is gone until it seeks.
func TestLogTruncationError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := beforeTruncation(t, Config{AutoOffsetReset: ResetNone})
		k.truncate(tp(0), 3, 1)
		k.produce(tp(0), "D", "E", "F")
		_, err := c.Poll(within(t, time.Minute))
		var truncated *LogTruncationError
		if !errors.As(err, &truncated) || *truncated != (LogTruncationError{tp(0), 5, 3, 1}) {
			t.Fatalf("poll: %v", err)
		}
		if _, err := c.Poll(within(t, time.Minute)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("another poll: %v", err)
		}
		must(t, c.Seek(tp(0), truncated.To))
		expect(t, "after a seek", poll(t, c), []string{"0:3=D", "0:4=E", "0:5=F"})
	})
}

// What is buffered of the old log is handed out before the position is reset: no
// record that was fetched is kept back.
func TestLogTruncationWithBufferedRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 2, Config{AutoOffsetReset: ResetNone})
		k.produce(tp(0), "b", "c")
		k.produce(tp(0), "d", "e")
		synctest.Wait()
		k.truncate(tp(0), 3, 1)
		k.produce(tp(0), "D", "E", "F")
		pass(5 * time.Second)
		expect(t, "buffered", pollAll(t, c, 4), []string{"0:1=b", "0:2=c", "0:3=d", "0:4=e"})
		_, err := c.Poll(within(t, time.Minute))
		var truncated *LogTruncationError
		if !errors.As(err, &truncated) || *truncated != (LogTruncationError{tp(0), 5, 3, 1}) {
			t.Fatalf("poll: %v", err)
		}
	})
}

// A leader that has all of what was read is no reason to do anything.
func TestLeaderWithTheWholeLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := beforeTruncation(t, Config{AutoOffsetReset: ResetNone})
		for round, want := range []string{"0:5=x", "0:6=x", "0:7=x"} {
			k.truncate(tp(0), int64(5+round), int32(1-round%2))
			k.produce(tp(0), "x")
			expect(t, "after", poll(t, c), []string{want})
		}
		if n := len(seen[*protocol.OffsetForLeaderEpochRequest](k)); n != 3 {
			t.Errorf("%d checks of the position for 3 changes of leaders", n)
		}
	})
}

// A position beyond the end within the epoch of the leader is one of another topic:
// it is out of range, and the new topic is read from where the policy says.
func TestPositionOfAnotherTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
		g.committed[tp(0)] = OffsetAndMetadata{Offset: 720, LeaderEpoch: 1}
		g.send(coordinator.Assign, nil, tp(0))
		expect(t, "records", poll(t, c), []string{"0:0=a", "0:1=b", "0:2=c"})
	})
}

// The epoch of a committed offset is held against the log; without one there is
// nothing to hold.
func TestCommittedEpoch(t *testing.T) {
	for name, want := range map[string]struct {
		epoch int32
		first string
	}{
		"truncated":        {1, "0:3=D"},
		"without an epoch": {-1, "0:5=F"},
		"of this leader":   {2, "0:5=F"},
		"of another topic": {9, "0:0=a"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFakeKafka(t, 2)
				k.topic("t", 1)
				k.produce(tp(0), "a", "b", "c")
				k.truncate(tp(0), 3, 1)
				k.produce(tp(0), "D", "E", "F")
				c, g := k.member(t, Config{})
				g.committed[tp(0)] = OffsetAndMetadata{Offset: 5, LeaderEpoch: want.epoch}
				g.send(coordinator.Assign, nil, tp(0))
				expect(t, "records", poll(t, c)[:1], []string{want.first})
			})
		})
	}
}

// A leader of the past, which does not know the epoch of the committed offset yet, is
// not believed that the offset is one of another topic.
func TestCommittedEpochAheadOfFormerLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 2)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
		g.send(coordinator.Assign, nil, tp(0))
		expect(t, "records", pollAll(t, c, 3), []string{"0:0=a", "0:1=b", "0:2=c"})
		g.send(coordinator.Revoke, nil, tp(0))
		_, _ = c.Poll(within(t, time.Second))
		k.truncate(tp(0), 3, 1)
		k.produce(tp(0), "d", "e")
		asked := 0
		k.set(func() {
			k.answer = func(node int32, req protocol.Request) protocol.Response {
				if _, ok := req.(*protocol.OffsetForLeaderEpochRequest); !ok || node != 0 {
					return nil
				}
				asked++
				return &protocol.OffsetForLeaderEpochResponse{Topics: []protocol.OffsetForLeaderEpochResponseTopic{{Topic: "t",
					Partitions: []protocol.OffsetForLeaderEpochResponsePartition{{LeaderEpoch: -1, EndOffset: -1}}}}}
			}
		})
		g.committed[tp(0)] = OffsetAndMetadata{Offset: 4, LeaderEpoch: 2}
		g.send(coordinator.Assign, nil, tp(0))
		expect(t, "records", poll(t, c), []string{"0:4=e"})
		if asked == 0 {
			t.Error("the former leader was not asked")
		}
	})
}

// Brokers before Kafka 2.3 cannot be asked: fetching goes on as it did.
func TestTruncationOnOldBrokers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 2, Config{AutoOffsetReset: ResetNone})
		k.set(func() { k.most[protocol.OffsetForLeaderEpoch] = 2 })
		k.kill(0)
		k.set(func() { k.down[0] = false })
		k.produce(tp(0), "b")
		expect(t, "records", poll(t, c), []string{"0:1=b"})
		k.truncate(tp(0), 2, 1)
		k.produce(tp(0), "c")
		expect(t, "records", poll(t, c), []string{"0:2=c"})
	})
}
