package consumer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

func TestRebalance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 2)
		k.produce(tp(0), "a", "b", "c")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, MaxPollRecords: 2})
		g.send(coordinator.Assign, nil, tp(0))
		expect(t, "records", poll(t, c), []string{"0:0=a", "0:1=b"})
		expect(t, "assigning", g.notes(), []string{"assigned t-0", "done assign"})

		g.send(coordinator.Revoke, nil, tp(0))
		synctest.Wait()
		if n := len(g.notes()); n != 0 || len(c.Assignment()) != 1 {
			t.Errorf("%d things happen without a poll, assignment %v", n, c.Assignment())
		}
		if _, err := c.Poll(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("poll after the revocation: %v", err)
		}
		expect(t, "revoking", g.notes(), []string{"commit", "revoked t-0", "done revoke"})
		if got := g.has(tp(0)); got != 2 {
			t.Errorf("committed %d, want 2", got)
		}
		expect(t, "assignment", c.Assignment(), nil)

		g.send(coordinator.Assign, nil, tp(0), tp(1))
		expect(t, "from the committed offset", poll(t, c), []string{"0:2=c"})
		expect(t, "assigning", g.notes(), []string{"assigned t-0 t-1", "done assign"})

		must(t, c.CommitOffsets(t.Context(), map[TopicPartition]OffsetAndMetadata{tp(0): {Offset: 3}, tp(1): {}}))
		g.notes()
		g.send(coordinator.Revoke, nil, tp(0), tp(1))
		if _, err := c.Poll(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("poll after the revocation: %v", err)
		}
		expect(t, "revoking what is committed", g.notes(), []string{"revoked t-0 t-1", "done revoke"})
	})
}

// A rebalance that leaves partitions alone leaves alone where they are, what is
// fetched of them already, and that they are paused; the listener is told of what
// changes.
func TestIncrementalRebalance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 4)
		k.produce(tp(0), "a", "b", "c")
		k.produce(tp(1), "d")
		k.produce(tp(2), "e")
		k.produce(tp(3), "f")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, MaxPollRecords: 1})
		g.send(coordinator.Assign, nil, tp(0), tp(1), tp(2))
		expect(t, "before", poll(t, c), []string{"0:0=a"})
		must(t, c.Pause(tp(2)))
		synctest.Wait()
		g.notes()

		g.send(coordinator.Revoke, nil, tp(1))
		k.produce(tp(1), "not for us")
		expect(t, "while others give up theirs", poll(t, c), []string{"0:1=b"})
		expect(t, "revoking", g.notes(), []string{"commit", "revoked t-1", "done revoke"})
		expect(t, "kept", c.Assignment(), []TopicPartition{tp(0), tp(2)})

		g.send(coordinator.Assign, nil, tp(0), tp(2), tp(3))
		got := pollAll(t, c, 2)
		slices.Sort(got)
		expect(t, "after", got, []string{"0:2=c", "3:0=f"})
		expect(t, "assigning", g.notes(), []string{"assigned t-3", "done assign"})
		expect(t, "paused", c.Paused(), []TopicPartition{tp(2)})
		must(t, c.Resume(tp(2)))
		expect(t, "resumed", poll(t, c), []string{"2:0=e"})
		for _, kept := range []int32{0, 2} {
			if n := k.fetchedFrom(kept, 0); n != 1 {
				t.Errorf("partition %d was fetched %d times from its beginning, want once", kept, n)
			}
		}
	})
}

// fetchedFrom tells how many fetches wanted a partition from an offset on.
func (k *fakeKafka) fetchedFrom(partition int32, offset int64) (n int) {
	for _, req := range seen[*protocol.FetchRequest](k) {
		for _, topic := range req.Topics {
			for _, p := range topic.Partitions {
				if p.Partition == partition && p.FetchOffset == offset {
					n++
				}
			}
		}
	}
	return n
}

// Partitions that are lost are given up without a commit.
func TestLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, MaxPollRecords: 1})
		g.send(coordinator.Assign, nil, tp(0))
		poll(t, c)
		g.notes()
		g.send(coordinator.Lost, errors.New("fenced"), tp(0))
		if _, err := c.Poll(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("poll: %v", err)
		}
		expect(t, "losing", g.notes(), []string{"lost t-0", "done lost"})
		if got := g.has(tp(0)); got != -1 {
			t.Errorf("committed %d", got)
		}
	})
}

// A member that is out of its group hands out none of what it has in its buffer,
// though the event comes a moment later.
func TestNothingAfterTheMembership(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, MaxPollRecords: 1})
		g.send(coordinator.Assign, nil, tp(0))
		expect(t, "before", poll(t, c), []string{"0:0=a"})
		g.mu.Lock()
		g.unjoined = true
		g.mu.Unlock()
		g.notes()
		if records, err := c.Poll(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("poll: %v, %v", show(records), err)
		}
		go func() {
			pass(time.Second)
			g.send(coordinator.Lost, errors.New("fenced"), tp(0))
		}()
		if records, err := c.Poll(within(t, 2*time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("poll: %v, %v", show(records), err)
		}
		expect(t, "losing", g.notes(), []string{"lost t-0", "done lost"})
	})
}

// Who assigns partitions to himself is no member of the group that keeps his
// offsets, and waits for no word of it.
func TestAssignWithGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
		g.mu.Lock()
		g.unjoined = true
		g.mu.Unlock()
		must(t, c.Unsubscribe(t.Context()))
		must(t, c.Assign(tp(0)))
		if records, err := c.Poll(within(t, time.Minute)); err != nil || len(records) != 1 {
			t.Errorf("%d records, %v", len(records), err)
		}
	})
}

func TestFailedMembership(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		c, g := k.member(t, Config{})
		failure := errors.New("the group is not yours")
		g.send(coordinator.Failed, failure)
		for range 2 {
			if _, err := c.Poll(within(t, time.Second)); !errors.Is(err, failure) {
				t.Fatalf("poll: %v", err)
			}
		}
		must(t, c.Subscribe("t"))
		if _, err := c.Poll(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("poll after subscribing anew: %v", err)
		}
	})
}

// A poll whose context ends while the commit before a revocation is under way is
// taken up by the next one: nothing is handed out in between.
func TestRevocationSurvivesThePoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, MaxPollRecords: 1})
		g.send(coordinator.Assign, nil, tp(0))
		poll(t, c)
		g.notes()
		g.hold = make(chan struct{})
		g.send(coordinator.Revoke, nil, tp(0))
		synctest.Wait()
		if records, err := c.Poll(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("poll: %v, %v", show(records), err)
		}
		expect(t, "so far", g.notes(), nil)
		close(g.hold)
		if records, err := c.Poll(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("poll: %v, %v", show(records), err)
		}
		expect(t, "revoking", g.notes(), []string{"commit", "revoked t-0", "done revoke"})
	})
}

// A failed commit does not keep partitions from being given up.
func TestRevocationWithoutCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
		g.send(coordinator.Assign, nil, tp(0))
		poll(t, c)
		g.notes()
		g.commitErr = errors.New("no")
		g.send(coordinator.Revoke, nil, tp(0))
		if _, err := c.Poll(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("poll: %v", err)
		}
		expect(t, "revoking", g.notes(), []string{"commit failed", "revoked t-0", "done revoke"})
		if len(k.logged("could not be committed")) != 1 {
			t.Error("the failure is not logged")
		}
	})
}

// Within a loop, the record that the body had is consumed when a revocation is
// handled, and none of the partition comes after it.
func TestRevocationWithinLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 2)
		k.produce(tp(0), "a", "b", "c")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
		g.send(coordinator.Assign, nil, tp(0))
		var got []string
		for rec, err := range c.Records(within(t, time.Minute)) {
			if errors.Is(err, context.DeadlineExceeded) {
				break
			}
			must(t, err)
			got = append(got, string(rec.Value))
			if len(got) == 2 {
				g.send(coordinator.Revoke, nil, tp(0))
				synctest.Wait()
			}
		}
		expect(t, "records", got, []string{"a", "b"})
		expect(t, "events", g.notes(), []string{"assigned t-0", "done assign", "commit", "revoked t-0", "done revoke"})
		if got := g.has(tp(0)); got != 2 {
			t.Errorf("committed %d, want 2", got)
		}
	})
}

// The listener may use the consumer.
func TestListenerUsesTheConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c")
		var problems []error
		c, g := k.member(t, Config{DisableAutoCommit: true, RebalanceListener: RebalanceListener{
			Assigned: func(ctx context.Context, c *Consumer, partitions []TopicPartition) {
				problems = append(problems, c.Seek(partitions[0], 1))
				_, err := c.Poll(ctx)
				if !errors.Is(err, ErrConcurrentPoll) {
					problems = append(problems, fmt.Errorf("poll: %w", err))
				}
			},
			Revoked: func(ctx context.Context, c *Consumer, _ []TopicPartition) {
				problems = append(problems, c.Commit(ctx))
			},
		}})
		g.send(coordinator.Assign, nil, tp(0))
		expect(t, "records", poll(t, c), []string{"0:1=b", "0:2=c"})
		g.send(coordinator.Revoke, nil, tp(0))
		if _, err := c.Poll(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("poll: %v", err)
		}
		if err := errors.Join(problems...); err != nil {
			t.Error(err)
		}
		if got := g.has(tp(0)); got != 3 {
			t.Errorf("committed %d, want 3", got)
		}
	})
}

// A failed look-up of committed offsets is no "none": it is tried again.
func TestCommittedOffsetsAreInsistedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b")
		c, g := k.member(t, Config{AutoOffsetReset: ResetLatest})
		g.committed[tp(0)] = OffsetAndMetadata{Offset: 1, LeaderEpoch: 1}
		g.fetchErr = errors.New("coordinator not available")
		g.send(coordinator.Assign, nil, tp(0))
		expect(t, "records", poll(t, c), []string{"0:1=b"})
	})
}

func TestAutoCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c", "d")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, MaxPollRecords: 1, AutoCommitInterval: time.Second})
		g.send(coordinator.Assign, nil, tp(0))
		poll(t, c)
		poll(t, c)
		pass(2 * time.Second)
		if got := g.has(tp(0)); got != -1 {
			t.Fatalf("committed %d while the application has the record", got)
		}
		poll(t, c)
		synctest.Wait()
		if got := g.has(tp(0)); got != 2 {
			t.Errorf("committed %d, want 2: the third record is not consumed", got)
		}
		g.commitErr = errors.New("no")
		pass(2 * time.Second)
		poll(t, c)
		synctest.Wait()
		g.mu.Lock()
		g.commitErr = nil
		g.mu.Unlock()
		pass(2 * time.Second)
		if _, err := c.Poll(within(t, 3*time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if got := g.has(tp(0)); got != 4 {
			t.Errorf("committed %d after a failure, want 4", got)
		}
		n := len(g.notes())
		if _, err := c.Poll(within(t, 10*time.Second)); !errors.Is(err, context.DeadlineExceeded) || n == 0 {
			t.Fatal(err)
		}
		expect(t, "commits of what is committed", g.notes(), nil)
	})
}

// pass lets time pass by.
func pass(d time.Duration) { <-time.After(d) }

// A loop over Records commits what its body has returned for, also when the
// buffer never runs dry, but not the record that the loop was left with.
func TestAutoCommitWithinLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), slices.Repeat([]string{"x"}, 100)...)
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, AutoCommitInterval: time.Second})
		g.send(coordinator.Assign, nil, tp(0))
		n := int64(0)
		for rec, err := range c.Records(t.Context()) {
			must(t, err)
			n++
			pass(100 * time.Millisecond)
			synctest.Wait()
			if got := g.has(tp(0)); got > rec.Offset {
				t.Fatalf("committed %d while the application has record %d", got, rec.Offset)
			} else if got < n-25 && n > 25 {
				t.Fatalf("only %d committed at record %d", got, n)
			}
			if n == 50 {
				break
			}
		}
		g.mu.Lock()
		polled := g.polled
		g.mu.Unlock()
		if polled < 4 {
			t.Errorf("the group was told of %d polls within 5 s", polled)
		}
		must(t, c.Close(t.Context()))
		if got := g.has(tp(0)); got != 49 {
			t.Errorf("committed %d, want 49", got)
		}
	})
}

// An explicit commit within the body covers the record that the body has.
func TestCommitWithinLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, DisableAutoCommit: true})
		g.send(coordinator.Assign, nil, tp(0))
		for rec, err := range c.Records(t.Context()) {
			must(t, err)
			must(t, c.Commit(t.Context()))
			if got := g.has(tp(0)); got != rec.Offset+1 {
				t.Fatalf("committed %d, want %d", got, rec.Offset+1)
			}
			if rec.Offset == 2 {
				break
			}
		}
		committed, err := c.Committed(t.Context())
		if want := (OffsetAndMetadata{Offset: 3, LeaderEpoch: 1}); err != nil || committed[tp(0)] != want {
			t.Errorf("committed: %v, %v", committed, err)
		}
	})
}

func TestCommitOffsets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		c, g := k.member(t, Config{})
		want := OffsetAndMetadata{Offset: 7, Metadata: "by hand"}
		must(t, c.CommitOffsets(t.Context(), map[TopicPartition]OffsetAndMetadata{tp(0): want}))
		if g.committed[tp(0)] != want {
			t.Errorf("committed %v", g.committed)
		}
		done := make(chan error, 1)
		must(t, c.CommitAsync(t.Context(), map[TopicPartition]OffsetAndMetadata{tp(0): {Offset: 8}}, func(err error) { done <- err }))
		must(t, <-done)
		if got := g.has(tp(0)); got != 8 {
			t.Errorf("committed %d, want 8", got)
		}
		g.commitErr = errors.New("no")
		must(t, c.CommitAsync(t.Context(), map[TopicPartition]OffsetAndMetadata{tp(0): {Offset: 9}}, func(err error) { done <- err }))
		if err := <-done; !errors.Is(err, g.commitErr) {
			t.Errorf("asynchronous commit: %v", err)
		}
		if err := c.CommitOffsets(t.Context(), map[TopicPartition]OffsetAndMetadata{tp(0): {Offset: -1}}); err == nil {
			t.Error("offset -1 is accepted")
		}
		alone := k.consumer(t, Config{})
		if err := alone.Commit(t.Context()); !errors.Is(err, ErrNoGroup) {
			t.Errorf("commit without a group: %v", err)
		}
	})
}

func TestUnsubscribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest})
		g.send(coordinator.Assign, nil, tp(0))
		poll(t, c)
		g.notes()
		must(t, c.Unsubscribe(t.Context()))
		expect(t, "unsubscribing", g.notes(), []string{"commit", "revoked t-0", "unsubscribe"})
		if _, err := c.Poll(t.Context()); !errors.Is(err, ErrNotSubscribed) {
			t.Errorf("poll: %v", err)
		}
		expect(t, "assignment", c.Assignment(), nil)
		expect(t, "subscription", c.Subscription(), nil)
		must(t, c.Assign(tp(0)))
		must(t, c.SeekToBeginning())
		expect(t, "after assigning", poll(t, c), []string{"0:0=a"})
	})
}

// One Poll or loop is under way at a time.
func TestConcurrentPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b")
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest})
		must(t, c.Assign(tp(0)))
		for _, err := range c.Records(t.Context()) {
			must(t, err)
			if _, err := c.Poll(t.Context()); !errors.Is(err, ErrConcurrentPoll) {
				t.Errorf("poll within a loop: %v", err)
			}
			for _, err := range c.Records(t.Context()) {
				if !errors.Is(err, ErrConcurrentPoll) {
					t.Errorf("loop within a loop: %v", err)
				}
			}
			break
		}
		expect(t, "afterwards", poll(t, c), []string{"0:1=b"})
	})
}

func TestPollIntoDoesNotAllocateRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.produce(tp(0), "a", "b", "c")
		c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, MaxPollRecords: 1})
		must(t, c.Assign(tp(0)))
		buf := make([]record.Record, 0, 2)
		records, err := c.PollInto(t.Context(), buf)
		must(t, err)
		expect(t, "records", show(records), []string{"0:0=a", "0:1=b"})
		if &records[0] != &buf[:1][0] {
			t.Error("the records are not in the memory given")
		}
	})
}
