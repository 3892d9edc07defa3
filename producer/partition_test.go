package producer

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// bench is a producer without a network: its partitions' batches are taken and
// settled by the test.
type bench struct {
	t    *testing.T
	p    *Producer
	sink *sink
	pt   *partition
	id   producerID
}

func newBench(t *testing.T) *bench {
	p := &Producer{
		log:       slog.New(slog.DiscardHandler),
		backoff:   conn.Backoff{Base: 100 * time.Millisecond, Max: time.Second},
		batchSize: 1 << 20,
		cfg:       Config{MaxRequestSize: 1 << 20, BufferMemory: 1 << 20, Config: cluster.Config{MaxInFlight: 5}},
		memory:    newMemory(1 << 20),
		clock:     newClock(),
		live:      tracker{timeout: 2 * time.Minute},
		identity:  newIdentity(nil),
		callbacks: callbacks{log: slog.New(slog.DiscardHandler)},
	}
	p.measures = newMeasures(&p.cfg, p.log)
	b := &bench{t: t, p: p, sink: newSink(p, 1), id: producerID{77, 0}}
	b.pt = b.partition(0)
	return b
}

// partition returns a partition whose leader knows the producer.
func (b *bench) partition(n int32) *partition {
	pt := &partition{producer: b.p, tp: cluster.TopicPartition{Topic: "t", Partition: n}}
	pt.sequence = sequence{known: true, proven: true, producer: b.id}
	pt.move(b.sink)
	return pt
}

// send appends one record, in a batch of its own.
func (b *bench) send() Future {
	b.t.Helper()
	if open := b.pt.openBatch(); open != nil {
		b.pt.mu.Lock()
		b.pt.seal(open)
		b.pt.arrange()
		b.pt.mu.Unlock()
	}
	f, missing, err := b.pt.append(&record.Record{Value: []byte("v")}, 0)
	if err != nil || missing != 0 {
		b.t.Fatalf("append: %d bytes missing, %v", missing, err)
	}
	return f
}

// take takes the next batch off the sink, nil if there is none.
func (b *bench) take() *batch {
	b.t.Helper()
	if b.p.lingerFor == 0 {
		b.sink.promote()
	}
	if !b.sink.hasReady() {
		return nil
	}
	batches := b.sink.take(b.id)
	if len(batches) != 1 {
		b.t.Fatalf("%d batches taken of one partition", len(batches))
	}
	return batches[0]
}

// fly sends n records and takes their batches.
func (b *bench) fly(n int) (futures []Future, batches []*batch) {
	b.t.Helper()
	for range n {
		futures = append(futures, b.send())
		batches = append(batches, b.take())
	}
	return futures, batches
}

func refusal(code protocol.ErrorCode) outcome {
	return newOutcome(&protocol.ProduceResponsePartition{ErrorCode: code}, cluster.TopicPartition{Topic: "t"}, "b:1")
}

var lostConnection = outcome{err: errors.New("connection lost"), retriable: true, uncertain: true}

func written(offset int64) outcome { return outcome{offset: offset, logAppendTime: -1} }

// backOff lets the partition's back-off pass.
func (b *bench) backOff() {
	if b.take() != nil {
		b.t.Helper()
		b.t.Fatal("no back-off")
	}
	time.Sleep(2 * time.Second) // virtual
	synctest.Wait()
}

func (b *bench) wantOffset(f Future, offset int64) {
	b.t.Helper()
	m, err := f.Get(b.t.Context())
	if err != nil || m.Offset != offset {
		b.t.Errorf("outcome is offset %d, %v; want %d", m.Offset, err, offset)
	}
}

// wantTaken checks that exactly these batches come, with these sequences in
// this epoch.
func (b *bench) wantTaken(epoch int16, sequence int32, want ...*batch) {
	b.t.Helper()
	for i, w := range want {
		got := b.take()
		if got != w {
			b.t.Fatalf("batch %d taken is not the one expected", i)
		}
		if got.producer.epoch != epoch || got.sequence != sequence+int32(i) {
			b.t.Fatalf("batch %d has epoch %d and sequence %d, want %d and %d", i, got.producer.epoch, got.sequence, epoch, sequence+int32(i))
		}
	}
}

// What comes after a batch that was given up while it was ready is sent, though
// the sink finds the partition in its list with nothing to send.
func TestSendAfterReadyIsGivenUp(t *testing.T) {
	b := newBench(t)
	b.send()
	front := b.pt.openBatch()
	b.pt.mu.Lock()
	b.pt.seal(front)
	b.pt.arrange()
	b.pt.mu.Unlock()
	b.pt.expire(front)
	b.send()
	if b.take() != nil {
		t.Error("a batch that lingers is taken")
	}
	if b.take() == nil {
		t.Error("the batch is never sent")
	}
}

func TestFailuresKeepOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		futures, batches := b.fly(3)
		waiting := b.send()
		// The first fails, the others are refused for want of it: nothing is sent
		// until all answers are in, and then all in order, with their old numbers.
		b.pt.settle(batches[0], refusal(protocol.ErrNotLeaderOrFollower))
		if b.take() != nil {
			t.Fatal("sent though a batch failed and others are in flight")
		}
		b.pt.settle(batches[1], refusal(protocol.ErrOutOfOrderSequenceNumber))
		b.pt.settle(batches[2], refusal(protocol.ErrOutOfOrderSequenceNumber))
		b.backOff()
		for i, batch := range append(batches, waiting.batch) {
			b.wantTaken(0, int32(i), batch)
			if b.take() != nil {
				t.Fatal("sent beside a batch that is tried again")
			}
			b.pt.settle(batch, written(int64(100+i)))
		}
		for i, f := range append(futures, waiting) {
			b.wantOffset(f, int64(100+i))
		}
		if free := b.p.memory.free.Load(); free != 1<<20 {
			t.Errorf("%d bytes of the buffer are free in the end, want all", free)
		}
	})
}

// A broker that does not know the producer yet takes any batch for its first.
func TestFirstBatchFliesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.pt.sequence = sequence{}
		first, second, third := b.sendMany(1)[0], b.sendMany(1)[0], b.sendMany(1)[0]
		b.wantTaken(0, 0, first.batch)
		if b.take() != nil {
			t.Fatal("sent more before the first batch was written")
		}
		b.pt.settle(first.batch, written(0))
		b.wantTaken(0, 1, second.batch, third.batch)
		b.pt.settle(second.batch, refusal(protocol.ErrMessageTooLarge))
		b.pt.settle(third.batch, refusal(protocol.ErrOutOfOrderSequenceNumber))
		fourth := b.sendMany(1)[0]
		b.wantTaken(1, 0, third.batch)
		if b.take() != nil {
			t.Fatal("sent more before the first batch of the new epoch was written")
		}
		b.pt.settle(third.batch, written(1))
		b.wantTaken(1, 1, fourth.batch)
	})
}

func TestLostConnectionResendsSameNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		_, batches := b.fly(2)
		b.pt.settle(batches[0], lostConnection)
		b.pt.settle(batches[1], lostConnection)
		b.backOff()
		b.wantTaken(0, 0, batches[0])
		b.pt.settle(batches[0], written(0))
		b.wantTaken(0, 1, batches[1])
	})
}

func TestLeaderMoveWaitsForOldLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		_, batches := b.fly(2)
		later := b.send()
		next := newSink(b.p, 2)
		b.pt.move(next)
		old := b.sink
		if b.sink = next; b.take() != nil {
			t.Fatal("sent to the new leader while the old one owes answers")
		}
		b.pt.settle(batches[0], written(0))
		b.pt.settle(batches[1], refusal(protocol.ErrNotLeaderOrFollower))
		if b.sink = old; b.take() != nil {
			t.Fatal("sent to the old leader")
		}
		b.sink = next
		b.backOff()
		b.wantTaken(0, 1, batches[1])
		b.pt.settle(batches[1], written(1))
		b.wantTaken(0, 2, later.batch)
	})
}

func TestLeaderMoveEndsBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		_, batches := b.fly(1)
		b.pt.settle(batches[0], refusal(protocol.ErrNotLeaderOrFollower))
		b.sink = newSink(b.p, 2)
		b.pt.move(b.sink)
		b.wantTaken(0, 0, batches[0])
	})
}

func TestRefusedBatchStartsNewEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		futures, batches := b.fly(3)
		b.pt.settle(batches[0], refusal(protocol.ErrMessageTooLarge))
		b.pt.settle(batches[1], refusal(protocol.ErrOutOfOrderSequenceNumber))
		b.pt.settle(batches[2], refusal(protocol.ErrOutOfOrderSequenceNumber))
		b.wantTaken(1, 0, batches[1])
		b.pt.settle(batches[1], written(0))
		b.wantTaken(1, 1, batches[2])
		_, err := futures[0].Get(t.Context())
		var lost *DeliveryError
		if !errors.As(err, &lost) || !errors.Is(err, protocol.ErrMessageTooLarge) || lost.PossiblyWritten || lost.TimedOut {
			t.Errorf("error is %#v", err)
		}
	})
}

func TestLostSequenceStartsNewEpoch(t *testing.T) {
	for _, code := range []protocol.ErrorCode{protocol.ErrOutOfOrderSequenceNumber, protocol.ErrUnknownProducerID} {
		t.Run(code.Name(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				_, batches := b.fly(2)
				b.pt.settle(batches[0], refusal(code))
				b.pt.settle(batches[1], refusal(code))
				b.backOff()
				b.wantTaken(1, 0, batches[0])
				b.pt.settle(batches[0], written(0))
				b.wantTaken(1, 1, batches[1])
			})
		})
	}
}

// A batch that the broker may have is sent under its old number before a new
// epoch starts, since only by that number the broker knows it again.
func TestUncertainBatchKeepsNumberThroughReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		futures, batches := b.fly(2)
		b.pt.settle(batches[0], lostConnection)
		b.pt.settle(batches[1], lostConnection)
		b.pt.expire(batches[0])
		third := b.send()
		b.backOff()
		b.wantTaken(0, 1, batches[1])
		if b.take() != nil {
			t.Fatal("sent more before the uncertain batch was settled")
		}
		b.pt.settle(batches[1], written(1)) // so the first had arrived
		b.wantTaken(1, 0, third.batch)
		b.wantOffset(futures[1], 1)
		var lost *DeliveryError
		if _, err := futures[0].Get(t.Context()); !errors.As(err, &lost) || !lost.TimedOut || !lost.PossiblyWritten {
			t.Errorf("error is %v", err)
		}
	})
}

func TestUncertainBatchRefusedJoinsNewEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		_, batches := b.fly(2)
		b.pt.settle(batches[0], lostConnection)
		b.pt.settle(batches[1], lostConnection)
		b.pt.expire(batches[0])
		b.backOff()
		b.wantTaken(0, 1, batches[1])
		b.pt.settle(batches[1], refusal(protocol.ErrOutOfOrderSequenceNumber)) // so it had not
		b.wantTaken(1, 0, batches[1])
	})
}

func TestExpiredInFlightThatWasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		futures, batches := b.fly(1)
		b.pt.expire(batches[0])
		if _, err := futures[0].Get(t.Context()); err == nil {
			t.Error("no error")
		}
		b.pt.settle(batches[0], written(0))
		later := b.send()
		b.wantTaken(0, 1, later.batch) // no gap, so no new epoch
	})
}

func TestExpiredUnsentLeavesNoGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.pt.move(nil)
		b.pt.expire(b.send().batch)
		b.pt.move(b.sink)
		if got := b.take(); got != nil {
			t.Error("the expired batch was sent")
		}
		if free := b.p.memory.free.Load(); free != 1<<20 {
			t.Errorf("%d bytes of the buffer are free, want all", free)
		}
	})
}

func TestTrackerExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.pt.move(nil) // no leader, so nothing is sent
		start := time.Now()
		f := b.send()
		_, err := f.Get(t.Context())
		var lost *DeliveryError
		if !errors.As(err, &lost) || !lost.TimedOut || lost.PossiblyWritten {
			t.Errorf("error is %v", err)
		}
		if waited := time.Since(start); waited != 2*time.Minute {
			t.Errorf("expired after %v", waited)
		}
	})
}

func TestRefusedProducerID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		_, batches := b.fly(1)
		b.pt.settle(batches[0], refusal(protocol.ErrInvalidProducerEpoch))
		b.id = producerID{78, 4}
		b.backOff()
		b.wantTaken(4, 0, batches[0])
		if batches[0].producer.id != 78 {
			t.Errorf("producer id is %d", batches[0].producer.id)
		}
	})
}

func TestRefusedProducerIDOfUncertainBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		futures, batches := b.fly(1)
		b.pt.settle(batches[0], lostConnection)
		b.backOff()
		b.wantTaken(0, 0, batches[0])
		b.pt.settle(batches[0], refusal(protocol.ErrInvalidProducerEpoch))
		var lost *DeliveryError
		if _, err := futures[0].Get(t.Context()); !errors.As(err, &lost) || !lost.PossiblyWritten {
			t.Errorf("error is %v", err)
		}
		b.id = producerID{78, 0}
		b.wantTaken(0, 0, b.send().batch)
	})
}

func TestEpochsUsedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.id.epoch = math.MaxInt16
		b.pt.sequence.producer = b.id
		_, batches := b.fly(1)
		b.pt.settle(batches[0], refusal(protocol.ErrUnknownProducerID))
		time.Sleep(2 * time.Second) // virtual
		synctest.Wait()
		if got := b.sink.take(b.id); len(got) != 0 {
			t.Fatal("sent in an epoch that cannot be")
		}
		b.id = producerID{78, 0}
		b.wantTaken(0, 0, batches[0])
	})
}

func TestSequenceWraps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.fly(1)
		b.pt.sequence.next = math.MaxInt32
		f := b.send()
		b.wantTaken(0, math.MaxInt32, f.batch)
		f = b.send()
		b.wantTaken(0, 0, f.batch)
	})
}

func TestDuplicateIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		futures, batches := b.fly(1)
		b.pt.settle(batches[0], refusal(protocol.ErrDuplicateSequenceNumber))
		b.wantOffset(futures[0], -1)
	})
}

func TestRequestSizeAndFairness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.p.cfg.MaxRequestSize = 1000
		b.p.batchSize = 1000
		for n := range int32(3) {
			pt := b.partition(n)
			for range 2 {
				if _, _, err := pt.append(&record.Record{Value: make([]byte, 600)}, 0); err != nil {
					t.Fatal(err)
				}
			}
		}
		var order []int32
		for range 6 {
			b.sink.promote()
			for _, taken := range b.sink.take(b.id) {
				order = append(order, taken.partition.tp.Partition)
			}
		}
		if want := []int32{0, 1, 2, 0, 1, 2}; !slices.Equal(order, want) {
			t.Errorf("batches went in the order of partitions %v, want %v", order, want)
		}
	})
}

// A partition may stand in a sink's list more than once, after it went to
// another and came back. A request must not hold two batches of it all the same.
func TestOneBatchOfPartitionInRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.send()
		b.pt.move(newSink(b.p, 2))
		b.pt.move(b.sink)
		b.sink.promote()
		b.send()
		for range 2 {
			b.sink.promote()
			if got := len(b.sink.take(b.id)); got != 1 {
				t.Fatalf("%d batches of a partition in a request", got)
			}
		}
	})
}

func TestRecordTooLarge(t *testing.T) {
	b := newBench(t)
	b.p.cfg.MaxRequestSize = 1000
	_, _, err := b.pt.append(&record.Record{Value: make([]byte, 1000)}, 0)
	var large *RecordTooLargeError
	if !errors.As(err, &large) || large.Limit != 1000 || large.Size <= 1000 {
		t.Errorf("error is %v", err)
	}
}

func TestLingerAdapts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.p.lingerFor, b.p.lingerAdapts = 5*time.Millisecond, true
		f := b.send()
		if b.sink.promote(); b.take() != f.batch {
			t.Fatal("a record waits though the broker owes nothing")
		}
		b.sink.inFlight = []*request{{}}
		f = b.send()
		if b.sink.promote(); b.take() != nil {
			t.Fatal("a record does not wait though the broker owes an answer")
		}
		if wait := b.sink.untilLingered(); wait != 5*time.Millisecond {
			t.Errorf("it waits for %v", wait)
		}
		time.Sleep(5 * time.Millisecond) // virtual
		if b.sink.promote(); b.take() != f.batch {
			t.Error("it waits for longer than 5 ms")
		}
	})
}

func TestLingerFixed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.p.lingerFor = 20 * time.Millisecond
		f := b.send()
		if b.sink.promote(); b.take() != nil {
			t.Fatal("sent at once")
		}
		b.p.flushing.Add(1)
		if b.sink.promote(); b.take() != f.batch {
			t.Error("a flush does not send")
		}
	})
}

func Example_deliveryError() {
	fmt.Println(&DeliveryError{
		Partition: cluster.TopicPartition{Topic: "orders", Partition: 3}, Attempts: 4, Waited: 120 * time.Second, TimedOut: true,
		Err: refusal(protocol.ErrNotLeaderOrFollower).err,
	})
	fmt.Println(&DeliveryError{
		Partition: cluster.TopicPartition{Topic: "orders", Partition: 3}, Attempts: 1,
		Err: refusal(protocol.ErrMessageTooLarge).err,
	})
	fmt.Println(&RecordTooLargeError{Topic: "orders", Size: 2 << 20, Limit: 1 << 20, Setting: "MaxRequestSize (max.request.size)"})
	// Output:
	// record for orders-3 was not delivered within DeliveryTimeout (delivery.timeout.ms), after 2m0s, sent 4 times: Produce t-0 at b:1: NOT_LEADER_OR_FOLLOWER: For requests intended only for the leader, this error indicates that the broker is not the current leader. For requests intended for any replica, this error indicates that the broker is not a replica of the topic partition. (6)
	// record for orders-3 was not delivered, sent 1 times: Produce t-0 at b:1: MESSAGE_TOO_LARGE: The request included a message larger than the max message size the server will accept. (10): raise the topic's max.message.bytes (the broker's message.max.bytes), or send less
	// record of 2097152 bytes for topic orders is larger than MaxRequestSize (max.request.size), which is 1048576: raise it (and the broker's message.max.bytes or the topic's max.message.bytes), or send less
}
