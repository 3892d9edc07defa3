package parallel

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/record"
)

func tp(partition int32) cluster.TopicPartition {
	return cluster.TopicPartition{Topic: "t", Partition: partition}
}

func at(partition int32, offset int64) *record.Record {
	return &record.Record{Topic: "t", Partition: partition, Offset: offset, LeaderEpoch: int32(offset / 10)}
}

// wantCommittable holds what may be committed of partition 0 against an offset, -1
// for nothing new.
func wantCommittable(t *testing.T, tracker *Tracker, what string, offset int64, epoch int32) {
	t.Helper()
	got := tracker.Committable()
	want := map[cluster.TopicPartition]consumer.OffsetAndMetadata{}
	if offset >= 0 {
		want[tp(0)] = consumer.OffsetAndMetadata{Offset: offset, LeaderEpoch: epoch}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestTracker(t *testing.T) {
	var tracker Tracker
	a, b, c := tracker.Add(at(0, 5)), tracker.Add(at(0, 12)), tracker.Add(at(0, 13)) // 6 to 11 were removed
	wantCommittable(t, &tracker, "nothing is done", -1, 0)
	b.Done()
	wantCommittable(t, &tracker, "the first is not done", -1, 0)
	if n := tracker.Pending(tp(0)); n != 3 {
		t.Errorf("%d are pending, want 3", n)
	}
	a.Done()
	a.Done()
	wantCommittable(t, &tracker, "two are done", 13, 1)
	wantCommittable(t, &tracker, "nothing new", -1, 0)
	tracker.Failed(map[cluster.TopicPartition]consumer.OffsetAndMetadata{tp(0): {Offset: 13}})
	wantCommittable(t, &tracker, "the commit has failed", 13, 1)
	tracker.Skip(tp(0), 20)
	wantCommittable(t, &tracker, "the third is not done", -1, 0)
	c.Done()
	wantCommittable(t, &tracker, "behind markers", 20, 1)
	tracker.Skip(tp(0), 22)
	wantCommittable(t, &tracker, "behind more markers", 22, 1)
	tracker.Skip(tp(0), 21)
	wantCommittable(t, &tracker, "a position of before", -1, 0)
	if n := tracker.Pending(tp(0)); n != 0 {
		t.Errorf("%d are pending", n)
	}
}

// What is done of a partition that was dropped does not count, even if it has come
// again; and a seek back drops, too.
func TestTrackerDrops(t *testing.T) {
	var tracker Tracker
	late := tracker.Add(at(0, 0))
	other := tracker.Add(at(1, 7))
	tracker.Drop(tp(0))
	late.Done()
	wantCommittable(t, &tracker, "dropped", -1, 0)
	again := tracker.Add(at(0, 0))
	late.Done()
	wantCommittable(t, &tracker, "assigned again", -1, 0)
	again.Done()
	wantCommittable(t, &tracker, "done again", 1, 0)
	later := tracker.Add(at(0, 4))
	tracker.Add(at(0, 2))
	later.Done()
	wantCommittable(t, &tracker, "after a seek back", -1, 0)
	other.Done()
	if got := tracker.Committable(tp(1)); got[tp(1)].Offset != 8 || len(got) != 1 {
		t.Errorf("another partition: %v", got)
	}
	tracker.Skip(tp(2), 0)
	if got := tracker.Committable(tp(2)); len(got) != 1 || got[tp(2)].Offset != 0 {
		t.Errorf("a partition without records: %v", got)
	}
}

// For any order of acknowledgements, drops and skips, what may be committed never
// passes a record that is not done, and reaches the end once all are.
func TestTrackerNeverPassesWhatIsNotDone(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 7))
		var tracker Tracker
		type open struct {
			offset int64
			ack    Ack
		}
		pending := map[int32][]open{}
		next := map[int32]int64{}
		committed := map[int32]int64{}
		check := func() {
			for tp, o := range tracker.Committable() {
				p := tp.Partition
				for _, r := range pending[p] {
					if o.Offset > r.offset {
						t.Fatalf("seed %d: %d may be committed while record %d is not done", seed, o.Offset, r.offset)
					}
				}
				if o.Offset <= committed[p] {
					t.Fatalf("seed %d: %d may be committed after %d", seed, o.Offset, committed[p])
				}
				committed[p] = o.Offset
			}
		}
		for range 400 {
			p := int32(random.IntN(3))
			switch action := random.IntN(100); {
			case action < 45:
				next[p] += 1 + int64(random.IntN(3)) // with gaps
				pending[p] = append(pending[p], open{next[p], tracker.Add(at(p, next[p]))})
			case action < 90 && len(pending[p]) > 0:
				i := random.IntN(len(pending[p]))
				pending[p][i].ack.Done()
				pending[p] = append(pending[p][:i], pending[p][i+1:]...)
			case action < 97:
				next[p]++
				tracker.Skip(tp(p), next[p]+1)
			case action == 99:
				tracker.Drop(tp(p)) // and the records come again
				next[p] = max(committed[p]-1, 0)
				committed[p] = next[p]
				for _, late := range pending[p] {
					defer late.ack.Done()
				}
				pending[p] = nil
			}
			check()
		}
		for p, list := range pending {
			random.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
			for len(pending[p]) > 0 {
				pending[p][0].ack.Done()
				pending[p] = pending[p][1:]
				check()
			}
			tracker.Skip(tp(p), next[p]+1)
			check()
			if committed[p] != next[p]+1 || tracker.Pending(tp(p)) != 0 {
				t.Fatalf("seed %d: all is done, but %d is committed of %d", seed, committed[p], next[p]+1)
			}
		}
	}
}
