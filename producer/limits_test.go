package producer

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// configured returns a producer that speaks to b, with a configuration of the
// test's own.
func (b *oldBroker) configured(t *testing.T, cfg Config) *Producer {
	t.Helper()
	cfg.Config.BootstrapServers, cfg.Config.Dialer, cfg.Config.Logger = []string{"old:9092"}, b, slog.New(b)
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // what a test leaves unsent shall not hold it up
		_ = p.Close(ctx)
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestSendTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOldBroker(3)
		b.partitions = 1
		p := b.configured(t, Config{})
		sendTo := func(n int32) (Metadata, error) {
			f, err := p.SendTo(t.Context(), n, record.Record{Topic: "t", Partition: 7})
			if err != nil {
				return Metadata{}, err
			}
			return f.Get(t.Context())
		}
		if m, err := sendTo(0); err != nil || m.Partition != 0 {
			t.Errorf("partition 0: %v, %v", m, err)
		}
		for _, n := range []int32{-1, 3} {
			var unknown *UnknownPartitionError
			if _, err := sendTo(n); !errors.As(err, &unknown) || unknown.Partition != n || unknown.Partitions != 1 {
				t.Errorf("partition %d of 1: %v", n, err)
			}
		}
		b.set(func() { b.partitions = 4 }) // the topic grows
		if m, err := sendTo(3); err != nil || m.Partition != 3 {
			t.Errorf("partition 3 of 4: %v, %v", m, err)
		}
	})
}

// A negative MaxBlock has Send fail rather than wait, for metadata as for memory.
func TestNeverBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOldBroker(3)
		p := b.configured(t, Config{MaxBlock: -1, BufferMemory: 10 << 10, Linger: time.Hour, DeliveryTimeout: 2 * time.Hour})
		rec := record.Record{Topic: "t", Value: make([]byte, 4<<10)}
		start := time.Now()
		b.mu.Lock() // so that the broker does not answer yet
		_, err := p.Send(t.Context(), rec)
		b.mu.Unlock()
		if err == nil || !strings.Contains(err.Error(), "MaxBlock (max.block.ms) is negative") {
			t.Errorf("without metadata: %v", err)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("Send waited: %v", waited)
		}
		synctest.Wait() // the metadata were asked for all the same
		if _, err := p.Send(t.Context(), record.Record{Topic: "t"}); err != nil {
			t.Errorf("with metadata: %v", err)
		}
		start = time.Now()
		if numbers, err := p.PartitionsFor(t.Context(), "t"); err != nil || len(numbers) != 1 {
			t.Fatal(numbers, err)
		}
		sent := 0
		for err = nil; err == nil && sent < 10; sent++ {
			_, err = p.Send(t.Context(), rec)
		}
		if !errors.Is(err, ErrBufferFull) || !strings.Contains(err.Error(), "buffer.memory") || sent < 2 {
			t.Errorf("Send %d with full memory: %v", sent, err)
		}
		if waited := time.Since(start); waited > 10*time.Millisecond {
			t.Errorf("Send waited: %v", waited)
		}
	})
}

// MaxBlock and the context bound the wait for memory, the context nothing after
// that.
func TestSendWaitsForMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOldBroker(3)
		p := b.configured(t, Config{MaxBlock: 3 * time.Second, BufferMemory: 10 << 10})
		if _, err := p.PartitionsFor(t.Context(), "t"); err != nil {
			t.Fatal(err)
		}
		answer := b.hold()
		rec := record.Record{Topic: "t", Value: make([]byte, 4<<10)}
		ctx, cancel := context.WithCancel(t.Context())
		first, err := p.Send(ctx, rec)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = p.Send(t.Context(), rec) // the last one waits for MaxBlock
		}
		if !errors.Is(err, ErrBufferFull) || !strings.Contains(err.Error(), "within 3s (MaxBlock") {
			t.Errorf("after MaxBlock: %v", err)
		}
		short, cancelShort := context.WithTimeout(t.Context(), time.Second)
		defer cancelShort()
		if _, err := p.Send(short, rec); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after the context: %v", err)
		}
		cancel() // of the first: it is on its way
		answer()
		if _, err := first.Get(t.Context()); err != nil {
			t.Errorf("the record whose context ended after Send: %v", err)
		}
	})
}

func TestTooLargeIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newOldBroker(3).configured(t, Config{MaxRequestSize: 1000, BufferMemory: 100_000})
		q := newOldBroker(3).configured(t, Config{MaxRequestSize: 100_000, BufferMemory: 1000})
		for producer, setting := range map[*Producer]string{p: "MaxRequestSize (max.request.size)", q: "BufferMemory (buffer.memory)"} {
			start := time.Now()
			_, err := producer.Send(t.Context(), record.Record{Topic: "t", Value: make([]byte, 2000)})
			var tooLarge *RecordTooLargeError
			if !errors.As(err, &tooLarge) || tooLarge.Limit != 1000 || tooLarge.Setting != setting || tooLarge.Size < 2000 {
				t.Errorf("%s: %v", setting, err)
			}
			if waited := time.Since(start); waited > 10*time.Millisecond {
				t.Errorf("%s: Send waited %v", setting, waited)
			}
		}
	})
}

// Retries bounds how often a batch is sent again.
func TestRetries(t *testing.T) {
	for retries, attempts := range map[int]int{-1: 1, 2: 3, 3: 4, 0: 4} {
		synctest.Test(t, func(t *testing.T) {
			b := newOldBroker(3)
			p := b.configured(t, Config{Retries: retries, DisableIdempotence: true})
			b.refuse = []protocol.ErrorCode{protocol.ErrNotEnoughReplicas, protocol.ErrNotEnoughReplicas, protocol.ErrNotEnoughReplicas}
			_, err := p.SendSync(t.Context(), record.Record{Topic: "t"})
			if got := len(b.sets()); got != attempts {
				t.Errorf("Retries %d: sent %d times, want %d", retries, got, attempts)
			}
			if attempts == 4 {
				if err != nil {
					t.Errorf("Retries %d: %v", retries, err)
				}
				return
			}
			var failed *DeliveryError
			if !errors.As(err, &failed) || failed.Attempts != attempts || failed.TimedOut ||
				!errors.Is(err, protocol.ErrNotEnoughReplicas) || !strings.Contains(err.Error(), "Retries (retries)") {
				t.Errorf("Retries %d: %v", retries, err)
			}
		})
	}
}

// A Send that finds a topic which another is just making known waits as that one
// does.
func TestSendToTopicBeingMadeKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newOldBroker(3).configured(t, Config{})
		half := &topic{name: "t", partitioner: p.cfg.Partitioner("t")}
		half.layout.Store(&layout{view: partitioner.Topic{Name: "t"}})
		p.topics.Store(&map[string]*topic{"t": half})
		if _, err := p.SendSync(t.Context(), record.Record{Topic: "t"}); err != nil {
			t.Error(err)
		}
	})
}
