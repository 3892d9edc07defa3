package conn

import (
	"flag"
	"runtime"
	"testing"
	"time"
)

var cycles = flag.Int("cycles", 5000, "how often TestChurn connects")

// TestChurn connects, asks and closes, again and again: the heap stays as it is, and
// no goroutine is left. go test ./conn -run Churn -cycles 100000 takes longer.
func TestChurn(t *testing.T) {
	f := newFakeBroker(t, modern(serve))
	cfg := f.config()
	cfg.Dialer, cfg.OldBrokers = f, new(OldBrokers)
	cycle := func() {
		b := NewBroker(1, "broker:9092", cfg)
		defer b.Close()
		c, err := b.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Do(t.Context(), heartbeat(1)); err != nil {
			t.Fatal(err)
		}
	}
	for range *cycles / 10 { // until pools are filled
		cycle()
	}
	heap, goroutines := inUse(), runtime.NumGoroutine()
	began := time.Now()
	for range *cycles {
		cycle()
	}
	took := time.Since(began)
	grown := inUse() - heap
	t.Logf("%d cycles in %v, %d bytes more on the heap", *cycles, took, grown)
	if grown > 1<<20 {
		t.Errorf("the heap has grown by %d bytes in %d cycles", grown, *cycles)
	}
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
		if time.Now().After(deadline) { // the brokers' ends take a moment
			t.Fatalf("%d goroutines are left, where there were %d", runtime.NumGoroutine(), goroutines)
		}
	}
}

// inUse returns the bytes on the heap that are in use.
func inUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
