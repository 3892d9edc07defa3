package producer

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/record"
)

// Partitioners see the bytes that wait for a partition, and for how long its
// broker has taken none of them.
func TestLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newOldBroker(3)
		b.partitions = 2
		p := b.configured(t, Config{Partitioner: partitioner.Manual})
		if _, err := p.SendSync(t.Context(), record.Record{Topic: "t"}); err != nil {
			t.Fatal(err)
		}
		load := func() partitioner.Load { return (*p.topics.Load())["t"].layout.Load().view.Load(0) }
		other := func() partitioner.Load { return (*p.topics.Load())["t"].layout.Load().view.Load(1) }
		if got := load(); got != (partitioner.Load{}) {
			t.Errorf("all is acknowledged: %+v", got)
		}
		answer := b.hold()
		rec := record.Record{Topic: "t", Value: make([]byte, 64<<10)}
		for i := range p.cfg.Config.MaxInFlight + 1 { // one more than may be in flight
			if got := load(); got.Stalled != 0 || got.Bytes < int64(i*64<<10) {
				t.Errorf("%d in flight: %+v", i, got)
			}
			if _, err := p.Send(t.Context(), rec); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond) // virtual
			synctest.Wait()
		}
		time.Sleep(time.Second) // virtual
		if got := load(); got.Stalled < time.Second || got.Stalled > 2*time.Second {
			t.Errorf("a second after the broker took the last: %+v", got)
		}
		if got := other(); got.Stalled < time.Second || got.Bytes != 0 {
			t.Errorf("another partition of the broker: %+v", got)
		}
		answer()
		synctest.Wait()
		if got := load(); got != (partitioner.Load{}) {
			t.Errorf("all is acknowledged again: %+v", got)
		}
	})
}
