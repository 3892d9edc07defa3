package parallel

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/record"
)

// journal notes which records were begun and finished, in order.
type journal struct {
	mu       sync.Mutex
	begun    []string
	done     map[string]int
	now      map[string]int // handlers that run, by lane
	together int            // most handlers at a time
	broken   []string
}

func newJournal() *journal {
	return &journal{done: make(map[string]int), now: make(map[string]int)}
}

// handle handles a record for a while; records of one lane must not overlap.
func (j *journal) handle(lane string, rec *record.Record, while time.Duration) {
	name := fmt.Sprintf("%d:%d", rec.Partition, rec.Offset)
	j.mu.Lock()
	j.begun = append(j.begun, name)
	if j.now[lane]++; lane != "" && j.now[lane] > 1 {
		j.broken = append(j.broken, name)
	}
	j.now["all"]++
	j.together = max(j.together, j.now["all"])
	j.mu.Unlock()
	pass(while)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.now[lane]--
	j.now["all"]--
	j.done[name]++
}

// In each order, whatever the handlers take: records that wait for each other are
// handled one after the other and in their order, others at the same time, never
// more than Concurrency, and what is committed never passes what is not done.
func TestOrders(t *testing.T) {
	for _, test := range []struct {
		order    Order
		lane     func(rec *record.Record) string
		together int
	}{
		{ByPartition, func(rec *record.Record) string { return fmt.Sprint(rec.Partition) }, 3},
		{ByKey, func(rec *record.Record) string { return fmt.Sprintf("%d/%s", rec.Partition, rec.Key) }, 9},
		{Unordered, func(*record.Record) string { return "" }, 10},
	} {
		for seed := range uint64(5) {
			t.Run(fmt.Sprint(test.order, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					random := rand.New(rand.NewPCG(seed, 1))
					takes := make([]time.Duration, 1000)
					for i := range takes {
						takes[i] = time.Duration(random.IntN(50)) * time.Millisecond
					}
					j := newJournal()
					lanes := make(map[string][]int64)
					var mu sync.Mutex
					r := start(t, 3, Config{Order: test.order, Concurrency: 10, MaxPending: 300, CommitInterval: 20 * time.Millisecond,
						Handle: func(_ context.Context, rec *record.Record) error {
							mu.Lock()
							lanes[test.lane(rec)] = append(lanes[test.lane(rec)], rec.Offset)
							mu.Unlock()
							j.handle(test.lane(rec), rec, takes[rec.Offset])
							return nil
						}})
					for p := range int32(3) {
						r.produce(p, 200, func(offset int64) string { return fmt.Sprint(offset % 3) })
					}
					for range 100 {
						pass(10 * time.Millisecond)
						for p := range int32(3) {
							for offset := range r.has(p) {
								j.mu.Lock()
								if name := fmt.Sprintf("%d:%d", p, offset); j.done[name] != 1 {
									t.Errorf("%d is committed of partition %d, but %s was handled %d times", r.has(p), p, name, j.done[name])
								}
								j.mu.Unlock()
							}
						}
					}
					pass(10 * time.Second)
					if err := r.stop(); !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					if len(j.broken) > 0 || j.together != test.together || len(j.done) != 600 {
						t.Errorf("%d records handled, %d at a time, want %d; overlapping: %v", len(j.done), j.together, test.together, j.broken)
					}
					for p := range int32(3) {
						if r.has(p) != 200 {
							t.Errorf("committed %d of partition %d, want 200", r.has(p), p)
						}
					}
					for lane, offsets := range lanes {
						if lane != "" && !slices.IsSorted(offsets) {
							t.Errorf("lane %s: %v", lane, offsets)
						}
					}
					if r.workers != 0 || len(r.lanes) != 0 || len(r.ready) != 0 {
						t.Errorf("left: %d workers, %d lanes, %d ready", r.workers, len(r.lanes), len(r.ready))
					}
				})
			})
		}
	}
}

// A record that takes long holds up its partition at its share of MaxPending, and
// no other one.
func TestBackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		r := start(t, 2, Config{Order: Unordered, MaxPending: 100, Handle: func(_ context.Context, rec *record.Record) error {
			if rec.Partition == 0 && rec.Offset == 0 {
				<-stuck
			}
			return nil
		}})
		r.produce(0, 1000, nil)
		r.produce(1, 1000, nil)
		pass(5 * time.Second)
		if n := r.tracker.Pending(tp(0)); n < 25 || n > 50 {
			t.Errorf("%d records are pending behind the stuck one, want at most 50", n)
		}
		if r.has(0) != -1 || r.has(1) != 1000 {
			t.Errorf("committed %d and %d, want nothing and 1000", r.has(0), r.has(1))
		}
		close(stuck)
		pass(5 * time.Second)
		if r.has(0) != 1000 {
			t.Errorf("committed %d in the end, want 1000", r.has(0))
		}
		_ = r.stop()
	})
}

// Partitions that are given up are so after their handlers have finished, with what
// these did committed, and nothing else of them begun.
func TestRevocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJournal()
		r := start(t, 2, Config{Order: Unordered, Concurrency: 3, CommitInterval: time.Hour, Handle: func(_ context.Context, rec *record.Record) error {
			j.handle("", rec, 10*time.Second)
			return nil
		}})
		r.produce(0, 10, nil)
		synctest.Wait()
		gone := make(chan time.Duration, 1)
		begin := time.Now()
		r.during(func() {
			r.giveUp([]cluster.TopicPartition{tp(0)})
			r.set(func() { delete(r.records, 0) })
			gone <- time.Since(begin)
		})
		if took := <-gone; took != 10*time.Second {
			t.Errorf("given up after %v, want 10s", took)
		}
		if r.has(0) != 3 || len(j.begun) != 3 {
			t.Errorf("committed %d, begun %v; want 3 of both", r.has(0), j.begun)
		}
		r.produce(1, 1, nil)
		pass(11 * time.Second)
		if len(j.begun) != 4 {
			t.Errorf("begun %v", j.begun)
		}
		_ = r.stop()
		if r.has(0) != 3 || r.has(1) != 1 {
			t.Errorf("committed %d and %d in the end", r.has(0), r.has(1))
		}
	})
}

// A handler that does not finish has its context ended; it is not committed, be it
// that it returns nil afterwards.
func TestRevocationOfWhatIsStuck(t *testing.T) {
	for _, lost := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var cause error
			r := start(t, 1, Config{DrainTimeout: 5 * time.Second, Handle: func(ctx context.Context, _ *record.Record) error {
				<-ctx.Done()
				cause = context.Cause(ctx)
				pass(2 * time.Second) // too late
				return nil
			}})
			r.produce(0, 2, nil)
			synctest.Wait()
			took := make(chan time.Duration, 1)
			begin := time.Now()
			want := 6 * time.Second // with a second to come to an end
			r.during(func() {
				if lost {
					want = 0
					r.lose([]cluster.TopicPartition{tp(0)})
				} else {
					r.giveUp([]cluster.TopicPartition{tp(0)})
				}
				took <- time.Since(begin)
			})
			if took := <-took; took != want {
				t.Errorf("lost: %t; given up after %v, want %v", lost, took, want)
			}
			pass(10 * time.Second)
			if wantCause := map[bool]error{false: errDrained, true: errLost}[lost]; cause != wantCause {
				t.Errorf("lost: %t; the handler's context ended with %v", lost, cause)
			}
			_ = r.stop()
			if r.has(0) > 0 {
				t.Errorf("lost: %t; committed %d", lost, r.has(0))
			}
		})
	}
}

// A handler's error ends Run; what others do is finished and committed, what comes
// behind the record is not.
func TestHandlerFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failure := errors.New("no such customer")
		r := start(t, 1, Config{Order: Unordered, Concurrency: 5, Handle: func(_ context.Context, rec *record.Record) error {
			pass(time.Duration(5-rec.Offset) * time.Second)
			if rec.Offset == 2 {
				return failure
			}
			return nil
		}})
		r.produce(0, 10, nil)
		err := <-r.ended
		var e *HandlerError
		if !errors.As(err, &e) || e.Record.Offset != 2 || !errors.Is(err, failure) ||
			err.Error() != "handle the record at offset 2 of t-0: no such customer" {
			t.Errorf("error %v", err)
		}
		if r.has(0) != 2 {
			t.Errorf("committed %d, want 2", r.has(0))
		}
	})
}

// Records that a poll returns as Run ends were handed out and not handled: the
// position is behind them, the commit is not.
func TestEndDoesNotSkip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handled := int64(0)
		r := start(t, 1, Config{Concurrency: 1, CommitInterval: time.Hour, Handle: func(context.Context, *record.Record) error {
			pass(time.Second)
			handled++
			return nil
		}})
		r.produce(0, 2, nil)
		pass(2500 * time.Millisecond)
		r.set(func() {
			r.events = append(r.events, func() {
				r.cancel()
				r.produce(0, 98, nil)
			})
		})
		if err := <-r.ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if r.position[0] != 100 || handled != 2 || r.has(0) != 2 {
			t.Errorf("position %d, committed %d, handled %d; want 100, 2, 2", r.position[0], r.has(0), handled)
		}
	})
}

// Failed commits are made again, and errors of Poll are the application's to judge.
func TestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		passing, final := errors.New("passing"), errors.New("final")
		r := start(t, 1, Config{
			Handle: func(context.Context, *record.Record) error { return nil },
			OnError: func(err error) error {
				if err == passing {
					return nil
				}
				return err
			},
		})
		r.set(func() { r.commitErr, r.pollErrs = passing, []error{passing} })
		r.produce(0, 3, nil)
		pass(5 * time.Second)
		if r.has(0) != -1 {
			t.Errorf("committed %d", r.has(0))
		}
		r.set(func() { r.commitErr = nil })
		pass(2 * time.Second)
		if r.has(0) != 3 {
			t.Errorf("committed %d, want 3", r.has(0))
		}
		r.set(func() { r.pollErrs = []error{final} })
		if err := <-r.ended; err != final {
			t.Errorf("error %v", err)
		}
	})
}

func TestConfig(t *testing.T) {
	handle := func(context.Context, *record.Record) error { return nil }
	good := Config{Consumer: consumer.Config{GroupID: "g"}, Topics: []string{"t"}, Handle: handle}
	for field, spoil := range map[string]func(*Config){
		"Consumer.GroupID": func(c *Config) { c.Consumer.GroupID = "" },
		"Topics":           func(c *Config) { c.Topics = nil },
		"Handle":           func(c *Config) { c.Handle = nil },
		"Order":            func(c *Config) { c.Order = 3 },
		"Concurrency":      func(c *Config) { c.Concurrency = -1 },
		"MaxPending":       func(c *Config) { c.MaxPending = -1 },
		"CommitInterval":   func(c *Config) { c.CommitInterval = -1 },
		"DrainTimeout":     func(c *Config) { c.DrainTimeout = 5 * time.Minute },
	} {
		bad := good
		spoil(&bad)
		err := Run(t.Context(), bad)
		var wrong *cluster.ConfigError
		if !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
