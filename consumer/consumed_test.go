package consumer

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/record"
)

// Whatever the application does next, records that it was handed and has not come
// back from are not committed without being asked for, and those before are.
func TestAutoCommitStopsBeforeWhatIsInHand(t *testing.T) {
	other := TopicPartition{Topic: "u", Partition: 0}
	for name, do := range map[string]func(t *testing.T, c *Consumer, g *fakeGroup){
		"Close":       func(t *testing.T, c *Consumer, _ *fakeGroup) { must(t, c.Close(t.Context())) },
		"Unsubscribe": func(t *testing.T, c *Consumer, _ *fakeGroup) { must(t, c.Unsubscribe(t.Context())) },
		"Unsubscribe and Assign": func(t *testing.T, c *Consumer, _ *fakeGroup) {
			must(t, c.Unsubscribe(t.Context()))
			must(t, c.Assign(other))
		},
		"Pause and Close": func(t *testing.T, c *Consumer, _ *fakeGroup) {
			must(t, c.Pause(tp(0)))
			must(t, c.Close(t.Context()))
		},
		"Seek back and Close": func(t *testing.T, c *Consumer, _ *fakeGroup) {
			must(t, c.Seek(tp(0), 2))
			must(t, c.Close(t.Context()))
		},
		"another Poll is refused": func(t *testing.T, c *Consumer, _ *fakeGroup) {
			c.polling.Store(true)
			if _, err := c.Poll(t.Context()); !errors.Is(err, ErrConcurrentPoll) {
				t.Fatal(err)
			}
			c.polling.Store(false)
			must(t, c.Close(t.Context()))
		},
		"the interval passes": func(t *testing.T, c *Consumer, _ *fakeGroup) {
			pass(time.Minute)
			must(t, c.Close(t.Context()))
		},
		"a rebalance waits": func(t *testing.T, c *Consumer, g *fakeGroup) {
			c.receive(&coordinator.Event{Kind: coordinator.Revoke, Partitions: []TopicPartition{tp(0)}})
			must(t, c.Close(t.Context()))
		},
	} {
		for way, handTwo := range waysToHold {
			t.Run(name+" after "+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					k := newFakeKafka(t, 1)
					k.topic("t", 1)
					k.topic("u", 1)
					for _, v := range []string{"a", "b", "c", "d", "e"} {
						k.produce(tp(0), v)
					}
					c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, MaxPollRecords: 2})
					g.send(coordinator.Assign, nil, tp(0))
					handTwo(t, c)
					do(t, c, g)
					synctest.Wait()
					if got := g.has(tp(0)); got != 2 {
						t.Errorf("committed %d, want 2: records 0 and 1 were consumed, 2 and 3 are in hand", got)
					}
				})
			})
		}
	}
}

// waysToHold leave the application with a record, or some, from offset 2 on; it has
// come back from those before.
var waysToHold = map[string]func(t *testing.T, c *Consumer){
	"Poll": func(t *testing.T, c *Consumer) {
		poll(t, c)
		poll(t, c)
	},
	"PollInto": func(t *testing.T, c *Consumer) {
		buf := make([]record.Record, 0, 1)
		for range 3 {
			var err error
			buf, err = c.PollInto(within(t, time.Minute), buf)
			must(t, err)
		}
	},
	"break": func(t *testing.T, c *Consumer) {
		for rec, err := range c.Records(t.Context()) {
			must(t, err)
			if rec.Offset == 2 {
				break
			}
		}
	},
	"panic": func(t *testing.T, c *Consumer) {
		defer func() {
			if r := recover(); r != "handler" {
				t.Errorf("recovered %v", r)
			}
		}()
		for rec, err := range c.Records(t.Context()) {
			must(t, err)
			if rec.Offset == 2 {
				panic("handler")
			}
		}
	},
	"a loop after Poll": func(t *testing.T, c *Consumer) {
		poll(t, c)
		for _, err := range c.Records(t.Context()) {
			must(t, err)
			break
		}
	},
	"Poll after a loop": func(t *testing.T, c *Consumer) {
		n := 0
		for _, err := range c.Records(t.Context()) {
			must(t, err)
			if n++; n == 2 {
				break
			}
		}
		poll(t, c)
	},
}

// Nothing of a first poll is committed, where it began to hand out what was fetched
// and came to its end.
func TestAutoCommitAfterOnePoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
		g.send(coordinator.Assign, nil, tp(0))
		pollAll(t, c, 3)
		must(t, c.Close(t.Context()))
		if got := g.has(tp(0)); got != 0 {
			t.Errorf("committed %d, want 0, where it began", got)
		}
	})
}

// An explicit commit of a part of what is in hand is not undone by an automatic
// one.
func TestAutoCommitDoesNotGoBack(t *testing.T) {
	for _, async := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			k := newFakeKafka(t, 1)
			k.topic("t", 1)
			k.produce(tp(0), "a", "b", "c")
			c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
			g.send(coordinator.Assign, nil, tp(0))
			pollAll(t, c, 3)
			part := map[TopicPartition]OffsetAndMetadata{tp(0): {Offset: 2, LeaderEpoch: 1, Metadata: "mine"}}
			if async {
				g.commitErr = errors.New("no")
				must(t, c.CommitAsync(t.Context(), part, nil))
				synctest.Wait()
				g.commitErr = nil
			} else {
				must(t, c.CommitOffsets(t.Context(), part))
			}
			must(t, c.Close(t.Context()))
			if got := g.has(tp(0)); got != 2 {
				t.Errorf("asynchronously: %t; committed %d, want 2", async, got)
			}
		})
	}
}

// Who comes back, be it to hear that the time is over, has consumed what it had.
func TestComingBackConsumes(t *testing.T) {
	for name, back := range map[string]func(t *testing.T, c *Consumer){
		"Poll": func(t *testing.T, c *Consumer) {
			if _, err := c.Poll(ended()); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		},
		"Records": func(t *testing.T, c *Consumer) {
			for _, err := range c.Records(ended()) {
				if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
		},
		"Commit": func(t *testing.T, c *Consumer) { must(t, c.Commit(t.Context())) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFakeKafka(t, 1)
				k.topic("t", 1)
				k.produce(tp(0), "a", "b", "c")
				c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
				g.send(coordinator.Assign, nil, tp(0))
				pollAll(t, c, 3)
				back(t, c)
				must(t, c.Close(t.Context()))
				if got := g.has(tp(0)); got != 3 {
					t.Errorf("committed %d, want 3", got)
				}
			})
		})
	}
}

func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// A loop ends without an error when no record comes for ConsumerTimeout, and
// another goes on where it was.
func TestConsumerTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a")
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, ConsumerTimeout: 3 * time.Second})
		must(t, c.Assign(tp(0)))
		loop := func(wait time.Duration) (values string, took time.Duration) {
			begin := time.Now()
			for rec, err := range c.Records(t.Context()) {
				must(t, err)
				values += string(rec.Value)
				pass(wait)
				if len(values) < 3 {
					go func() {
						pass(2 * time.Second)
						k.produce(tp(0), "b")
					}()
				}
			}
			return values, time.Since(begin)
		}
		if values, took := loop(10 * time.Second); values != "abb" || took != 37*time.Second {
			t.Errorf("%s in %v, want abb in 3 handlers of 10 s, 2 waits of 2 s and the last one of 3 s", values, took)
		}
		k.produce(tp(0), "c")
		if values, _ := loop(0); values != "cbb" {
			t.Errorf("the next loop: %s", values)
		}
	})
}

func TestSeeks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c", "d") // at 1000 to 1003 ms
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, DisableAutoCommit: true})
		g.send(coordinator.Assign, nil, tp(0))
		pollAll(t, c, 4)
		at := func(what string, err error, want int64) {
			t.Helper()
			must(t, err)
			if got, err := c.Position(within(t, time.Second), tp(0)); err != nil || got != want {
				t.Errorf("%s: position %d, %v; want %d", what, got, err, want)
			}
		}
		at("by time", c.SeekToTime(time.UnixMilli(1002)), 2)
		at("by a time before all", c.SeekToTime(time.UnixMilli(0), tp(0)), 0)
		at("by a time after all", c.SeekToTime(time.UnixMilli(5000)), 4)
		at("committed, but nothing is", c.SeekToCommitted(), 0)
		must(t, c.CommitOffsets(t.Context(), map[TopicPartition]OffsetAndMetadata{tp(0): {Offset: 3, LeaderEpoch: 1}}))
		at("committed", c.SeekToCommitted(tp(0)), 3)
		expect(t, "records", poll(t, c), []string{"0:3=d"})
		at("with an epoch", c.SeekTo(tp(0), OffsetAndMetadata{Offset: 1, LeaderEpoch: 1}), 1)
		expect(t, "records", poll(t, c), []string{"0:1=b", "0:2=c", "0:3=d"})

		var elsewhere *NotAssignedError
		for _, err := range []error{c.SeekToTime(time.Now(), tp(7)), c.SeekToCommitted(tp(7)), c.SeekTo(tp(7), OffsetAndMetadata{})} {
			if !errors.As(err, &elsewhere) {
				t.Errorf("of a partition that is not assigned: %v", err)
			}
		}
		if err := c.SeekToTime(time.UnixMilli(-1)); err == nil {
			t.Error("a time before 1970 is accepted")
		}
		if err := k.consumer(t, Config{}).SeekToCommitted(); !errors.Is(err, ErrNoGroup) {
			t.Errorf("without a group: %v", err)
		}
	})
}

// by_duration starts at the first record that is young enough, both without a
// committed offset and out of range.
func TestResetByDuration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c", "d")
		age := time.Since(time.UnixMilli(1001))
		c := k.consumer(t, Config{AutoOffsetReset: ResetByDuration, ResetDuration: age})
		must(t, c.Assign(tp(0)))
		expect(t, "records", poll(t, c), []string{"0:1=b", "0:2=c", "0:3=d"})
		must(t, c.Seek(tp(0), 100))
		pass(time.Second)
		if _, err := c.Poll(within(t, time.Minute)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err) // all records are too old by now
		}
		k.produce(tp(0), "e")
		expect(t, "from the end", poll(t, c), []string{"0:4=e"})
	})
}

func TestEnforceRebalance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		c, g := k.member(t, Config{})
		must(t, c.EnforceRebalance("racks have moved"))
		must(t, c.EnforceRebalance(""))
		expect(t, "rejoins", g.notes(), []string{"rejoin: racks have moved", "rejoin: the application enforces a rebalance"})
		must(t, c.Unsubscribe(t.Context()))
		if err := c.EnforceRebalance(""); !errors.Is(err, ErrNotSubscribed) {
			t.Errorf("without a subscription: %v", err)
		}
		must(t, c.SubscribePattern(regexp.MustCompile("^t$")))
		must(t, c.Close(t.Context()))
		if err := c.EnforceRebalance(""); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		if err := k.consumer(t, Config{}).EnforceRebalance(""); !errors.Is(err, ErrNoGroup) {
			t.Errorf("without a group: %v", err)
		}
	})
}
