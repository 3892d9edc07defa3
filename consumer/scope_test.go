package consumer

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/barnabas-go/kafka/coordinator"
)

// What is marked is committed, and what is not comes again; all of it does after
// an error, a panic, or a failed commit. As kafka-python's OffsetCommitContext.
func TestScoped(t *testing.T) {
	failure := errors.New("failure")
	for name, test := range map[string]struct {
		mark      []int // which of the 4 records a to d that a scope polls
		err       error
		panics    bool
		commitErr error
		committed int64
		next      string
	}{
		"all":               {mark: []int{0, 1, 2, 3}, committed: 5, next: "0:5=e"},
		"some":              {mark: []int{0, 1}, committed: 3, next: "0:3=c"},
		"in another order":  {mark: []int{2, 0}, committed: 4, next: "0:4=d"},
		"none":              {committed: -1, next: "0:1=a"},
		"marks and error":   {mark: []int{0, 1}, err: failure, committed: -1, next: "0:1=a"},
		"marks and panic":   {mark: []int{0, 1}, panics: true, committed: -1, next: "0:1=a"},
		"the commit failed": {mark: []int{0, 1}, commitErr: failure, err: failure, committed: -1, next: "0:1=a"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFakeKafka(t, 1)
				k.topic("t", 1)
				k.produce(tp(0), "first", "a", "b", "c", "d", "e")
				c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, DisableAutoCommit: true, MaxPollRecords: 1})
				g.send(coordinator.Assign, nil, tp(0))
				poll(t, c)
				g.commitErr = test.commitErr
				func() {
					defer func() {
						if recovered := recover() != nil; recovered != test.panics {
							t.Errorf("a panic is handed on: %t", recovered)
						}
					}()
					err := c.Scoped(t.Context(), func(s *Scope) error {
						for i := range 4 {
							records, err := c.Poll(t.Context())
							must(t, err)
							for _, m := range test.mark {
								if m == i {
									s.Mark(&records[0])
								}
							}
						}
						if test.panics {
							panic("handler")
						}
						if test.commitErr == nil {
							return test.err
						}
						return nil
					})
					if !errors.Is(err, test.err) {
						t.Errorf("error %v", err)
					}
				}()
				if got := g.has(tp(0)); got != test.committed {
					t.Errorf("committed %d, want %d", got, test.committed)
				}
				expect(t, "next", poll(t, c), []string{test.next})
			})
		})
	}
}

// Partitions that come within a scope go back to what is committed, and those that
// go do not matter.
func TestScopedOverRebalance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 2)
		k.produce(tp(0), "a", "b")
		k.produce(tp(1), "x", "y", "z")
		c, g := k.member(t, Config{AutoOffsetReset: ResetEarliest, DisableAutoCommit: true})
		g.committed[tp(1)] = OffsetAndMetadata{Offset: 1, LeaderEpoch: 1}
		g.send(coordinator.Assign, nil, tp(0))
		must(t, c.Scoped(t.Context(), func(s *Scope) error {
			pollAll(t, c, 2)
			g.send(coordinator.Revoke, nil, tp(0))
			go func() { g.events <- &coordinator.Event{Kind: coordinator.Assign, Partitions: []TopicPartition{tp(1)}} }()
			expect(t, "the new partition", pollAll(t, c, 2), []string{"1:1=y", "1:2=z"})
			return nil
		}))
		expect(t, "again", pollAll(t, c, 2), []string{"1:1=y", "1:2=z"})
	})
}

func TestScopedRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		never := func(*Scope) error { t.Error("it runs"); return nil }
		if err := k.consumer(t, Config{}).Scoped(t.Context(), never); !errors.Is(err, ErrNoGroup) {
			t.Errorf("without a group: %v", err)
		}
		c, _ := k.member(t, Config{})
		if err := c.Scoped(t.Context(), never); err == nil {
			t.Error("with automatic commits")
		}
	})
}
