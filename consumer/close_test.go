package consumer

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/record"
)

// Close returns by its deadline in every state, twice is fine, and what waits ends
// with it. That no goroutine is left the bubble sees to.
func TestCloseInEveryState(t *testing.T) {
	type state struct {
		k *fakeKafka
		c *Consumer
		g *fakeGroup
	}
	polling := func(s state) {
		go func() {
			for {
				if _, err := s.c.Poll(context.Background()); errors.Is(err, ErrClosed) {
					return
				}
			}
		}()
		synctest.Wait()
	}
	for name, enter := range map[string]func(t *testing.T, s state){
		"new":           func(*testing.T, state) {},
		"subscribed":    func(t *testing.T, s state) { must(t, s.c.Subscribe("t")) },
		"assigned":      func(t *testing.T, s state) { must(t, s.c.Assign(tp(0), tp(1))) },
		"polling":       func(t *testing.T, s state) { must(t, s.c.Assign(tp(0))); polling(s) },
		"pattern":       func(t *testing.T, s state) { must(t, s.c.SubscribePattern(regexp.MustCompile("."))); polling(s) },
		"no such topic": func(t *testing.T, s state) { must(t, s.c.Subscribe("none")); polling(s) },
		"nothing listens": func(t *testing.T, s state) {
			s.k.kill(0)
			must(t, s.c.Assign(tp(0)))
			polling(s)
		},
		"broker hangs": func(t *testing.T, s state) {
			must(t, s.c.Assign(tp(0)))
			polling(s)
			s.k.set(func() { s.k.hangs[0] = true })
			pass(5 * time.Second)
		},
		"hangs from the start": func(t *testing.T, s state) {
			s.k.set(func() { s.k.hangs[0] = true })
			must(t, s.c.Assign(tp(0)))
			polling(s)
		},
		"full buffer": func(t *testing.T, s state) {
			for range 100 {
				s.k.produce(tp(0), strings.Repeat("x", 1000))
			}
			must(t, s.c.Assign(tp(0)))
			synctest.Wait()
		},
		"event waits": func(t *testing.T, s state) {
			must(t, s.c.Subscribe("t"))
			polling(s)
			s.g.send(coordinator.Assign, nil, tp(0))
		},
		"commit hangs": func(t *testing.T, s state) {
			must(t, s.c.Subscribe("t"))
			s.g.send(coordinator.Assign, nil, tp(0))
			poll(t, s.c)
			s.g.mu.Lock()
			s.g.hold = make(chan struct{})
			s.g.mu.Unlock()
		},
		"rebalance hangs": func(t *testing.T, s state) {
			must(t, s.c.Subscribe("t"))
			s.g.send(coordinator.Assign, nil, tp(0))
			poll(t, s.c)
			s.g.mu.Lock()
			s.g.hold = make(chan struct{})
			s.g.mu.Unlock()
			s.g.send(coordinator.Revoke, nil, tp(0))
			if _, err := s.c.Poll(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFakeKafka(t, 1)
				k.topic("t", 2)
				k.produce(tp(0), "a")
				g := newFakeGroup()
				c := k.unstarted(t, Config{GroupID: "g", AutoOffsetReset: ResetEarliest, FetchBufferBytes: 10_000, MaxPartitionFetchBytes: 2000})
				c.group, c.offsets = g, g
				c.start()
				enter(t, state{k, c, g})
				begin := time.Now()
				first := c.Close(within(t, 3*time.Second))
				if took := time.Since(begin); took > 3*time.Second {
					t.Errorf("Close took %v", took)
				}
				if hung := strings.Contains(name, "commit") || strings.Contains(name, "rebalance"); hung != errors.Is(first, context.DeadlineExceeded) {
					t.Errorf("Close: %v", first)
				}
				if again := c.Close(t.Context()); again != first {
					t.Errorf("second Close: %v, first: %v", again, first)
				}
				k.set(func() {
					for _, conn := range k.conns[0] {
						_ = conn.Close()
					}
				})
			})
		})
	}
}

// Close may leave the membership and the committed offsets as they are.
func TestCloseWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
		g.send(coordinator.Assign, nil, tp(0))
		poll(t, c)
		g.notes()
		must(t, c.CloseWith(t.Context(), CloseOptions{Departure: coordinator.RemainInGroup, WithoutCommit: true}))
		expect(t, "Close did", g.notes(), []string{"revoked t-0", "depart: remain in group"})
	})
}

// The listener may use the consumer while that closes.
func TestListenerCommitsInClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c")
		var problems []error
		c, g := k.member(t, Config{DisableAutoCommit: true, AutoOffsetReset: ResetEarliest, RebalanceListener: RebalanceListener{
			Revoked: func(ctx context.Context, c *Consumer, partitions []TopicPartition) {
				_, err := c.Position(ctx, partitions[0])
				problems = append(problems, err, c.CommitOffsets(ctx, map[TopicPartition]OffsetAndMetadata{tp(0): {Offset: 1}}))
				problems = append(problems, c.Commit(ctx))
			},
		}})
		g.send(coordinator.Assign, nil, tp(0))
		poll(t, c)
		must(t, c.Close(t.Context()))
		if err := errors.Join(problems...); err != nil {
			t.Error(err)
		}
		if got := g.has(tp(0)); got != 3 {
			t.Errorf("committed %d, want 3", got)
		}
		if err := c.Commit(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("commit after Close: %v", err)
		}
		if _, err := c.Position(t.Context(), tp(0)); !errors.Is(err, ErrClosed) {
			t.Errorf("position after Close: %v", err)
		}
	})
}

// The order in which nothing is lost: fetching stops, what was consumed is
// committed, the listener is told, the group is left.
func TestCloseOrder(t *testing.T) {
	for name, test := range map[string]struct {
		close func(*Consumer, context.Context) error
		want  []string
	}{
		"with commit":    {(*Consumer).Close, []string{"commit", "revoked t-0", "leave"}},
		"without commit": {(*Consumer).CloseWithoutCommit, []string{"revoked t-0", "leave"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFakeKafka(t, 1)
				k.topic("t", 1)
				k.produce(tp(0), "a", "b")
				c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
				g.send(coordinator.Assign, nil, tp(0))
				poll(t, c)
				g.notes()
				must(t, test.close(c, t.Context()))
				expect(t, "closing", g.notes(), test.want)
			})
		})
	}
}

// A Close while the body of a loop has a record does not count it.
func TestCloseWithinLoop(t *testing.T) {
	for name, elsewhere := range map[string]bool{"in the body": false, "in another goroutine": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFakeKafka(t, 1)
				k.topic("t", 1)
				k.produce(tp(0), "a", "b", "c")
				c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
				g.send(coordinator.Assign, nil, tp(0))
				var got []string
				for rec, err := range c.Records(t.Context()) {
					if err != nil {
						got = append(got, err.Error())
						continue
					}
					got = append(got, string(rec.Value))
					switch {
					case len(got) < 2:
					case elsewhere:
						go func() { _ = c.Close(t.Context()) }()
						synctest.Wait()
					default:
						must(t, c.Close(t.Context()))
					}
				}
				expect(t, "loop", got, []string{"a", "b", ErrClosed.Error()})
				if got := g.has(tp(0)); got != 1 {
					t.Errorf("committed %d, want 1: the body has not returned for record 1", got)
				}
			})
		})
	}
}

func TestClosedConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		c, _ := k.member(t, Config{})
		must(t, c.Close(t.Context()))
		errs := map[string]error{
			"Subscribe":   c.Subscribe("t"),
			"Pattern":     c.SubscribePattern(regexp.MustCompile(".")),
			"Assign":      c.Assign(tp(0)),
			"Unsubscribe": c.Unsubscribe(t.Context()),
			"Seek":        c.Seek(tp(0), 1),
			"Pause":       c.Pause(tp(0)),
			"Commit":      c.Commit(t.Context()),
			"CommitAsync": c.CommitAsync(t.Context(), nil, nil),
		}
		_, errs["Poll"] = c.Poll(t.Context())
		_, errs["PollInto"] = c.PollInto(t.Context(), make([]record.Record, 0, 1))
		_, errs["Committed"] = c.Committed(t.Context(), tp(0))
		_, errs["EndOffsets"] = c.EndOffsets(t.Context(), tp(0))
		_, errs["Topics"] = c.Topics(t.Context())
		_, errs["PartitionsFor"] = c.PartitionsFor(t.Context(), "t")
		for _, err := range c.Records(t.Context()) {
			errs["Records"] = err
		}
		for call, err := range errs {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%s: %v", call, err)
			}
		}
	})
}

// A real membership that never found a broker, on New itself.
func TestCloseNeverConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.kill(0)
		cfg := Config{GroupID: "g"}
		cfg.BootstrapServers, cfg.Dialer, cfg.Logger = []string{"node-0"}, k, slog.New(k)
		c, err := New(cfg)
		must(t, err)
		must(t, c.Subscribe("t"))
		_, err = c.Poll(within(t, 5*time.Second))
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "connection refused") || !strings.Contains(err.Error(), "node-0:9092") {
			t.Errorf("the poll does not tell what is wrong: %v", err)
		}
		begin := time.Now()
		if err := c.Close(within(t, 5*time.Second)); err != nil || time.Since(begin) > time.Second {
			t.Errorf("Close: %v, after %v", err, time.Since(begin))
		}
	})
}

// Close ends the fetch sessions at all brokers, whether or not a fetch is under way
// there, and does not wait for brokers that do not answer.
func TestCloseEndsFetchSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 3, Config{FetchMaxWait: 20 * time.Second})
		k.produce(tp(1), "x")
		pollAll(t, c, 1)
		must(t, c.Pause(tp(1)))
		pass(time.Second)
		k.produce(tp(2), "y") // the node's next fetch is under way when it hangs
		pollAll(t, c, 1)
		pass(time.Second)
		k.set(func() {
			if len(k.sessions) != 3 {
				t.Fatalf("%d sessions of 3 nodes", len(k.sessions))
			}
			k.hangs[2] = true
		})
		begin := time.Now()
		must(t, c.Close(context.Background()))
		if took := time.Since(begin); took > endSessionTimeout+100*time.Millisecond {
			t.Errorf("Close took %v", took)
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if len(k.sessions) != 1 {
			t.Errorf("%d sessions are left, want that of the node that hangs", len(k.sessions))
		}
	})
}
