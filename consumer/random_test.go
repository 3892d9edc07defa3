package consumer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/protocol"
)

// Whatever an application and a cluster do, each partition's records come in
// order and without a gap from wherever it was set to, and once all is well again
// they come to the end.
func TestRandomly(t *testing.T) {
	seeds := uint64(100)
	if testing.Short() {
		seeds = 20
	}
	for seed := range seeds {
		if !t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newActor(t, seed).run() })
		}) {
			return
		}
	}
}

// actor plays the application and the cluster's fate, by a seed.
type actor struct {
	t    *testing.T
	rand *rand.Rand
	k    *fakeKafka
	c    *Consumer
	next map[TopicPartition]int64 // offset expected
}

const actorPartitions = 5

func newActor(t *testing.T, seed uint64) *actor {
	a := &actor{t: t, rand: rand.New(rand.NewPCG(seed, 1)), k: newFakeKafka(t, 3), next: make(map[TopicPartition]int64)}
	a.k.topic("t", actorPartitions)
	if a.rand.IntN(4) == 0 {
		a.k.most[protocol.Fetch] = 11
	}
	a.c = a.k.consumer(t, Config{
		AutoOffsetReset:        ResetEarliest,
		FetchBufferBytes:       []int{1000, 20_000, 1_000_000}[a.rand.IntN(3)],
		MaxPartitionFetchBytes: []int{500, 5000, 100_000}[a.rand.IntN(3)],
		MaxPollRecords:         1 + a.rand.IntN(40),
	})
	a.assign()
	return a
}

func (a *actor) run() {
	for range 150 {
		a.act()
	}
	a.k.set(func() { clear(a.k.down); clear(a.k.hangs); clear(a.k.sessions) })
	if len(a.next) == 0 {
		a.assign()
	}
	must(a.t, a.c.Resume(a.c.Assignment()...))
	for deadline := time.Now().Add(2 * time.Minute); !a.atEnd(); {
		if a.poll(10 * time.Second); time.Now().After(deadline) {
			a.t.Fatalf("stuck: expected %v, ends %v", a.next, a.ends())
		}
	}
}

func (a *actor) ends() map[TopicPartition]int64 {
	ends := make(map[TopicPartition]int64)
	a.k.set(func() {
		for tp := range a.next {
			ends[tp] = a.k.log(tp).end
		}
	})
	return ends
}

func (a *actor) atEnd() bool {
	for tp, end := range a.ends() {
		if a.next[tp] != end {
			return false
		}
	}
	return true
}

// any returns an assigned partition; ok is false if there is none.
func (a *actor) any() (tp TopicPartition, ok bool) {
	list := a.c.Assignment()
	if len(list) == 0 {
		return tp, false
	}
	return list[a.rand.IntN(len(list))], true
}

func (a *actor) act() {
	some, ok := a.any()
	switch what := a.rand.IntN(20); {
	case what < 5:
		a.produce()
	case what < 12:
		a.poll(time.Duration(a.rand.IntN(1000)) * time.Millisecond)
	case what < 13 && ok:
		must(a.t, a.c.Pause(some))
	case what < 14 && ok:
		must(a.t, a.c.Resume(some))
	case what < 15 && ok:
		offset := a.rand.Int64N(a.ends()[some] + 1)
		must(a.t, a.c.Seek(some, offset))
		a.next[some] = offset
	case what < 16 && ok:
		must(a.t, a.c.SeekToBeginning(some))
		a.next[some] = 0
	case what < 17:
		a.assign()
	default:
		a.fault()
	}
}

func (a *actor) assign() {
	var list []TopicPartition
	next := make(map[TopicPartition]int64)
	for i := range int32(actorPartitions) {
		if a.rand.IntN(2) == 0 {
			list = append(list, tp(i))
			next[tp(i)] = a.next[tp(i)] // 0 if it is new
		}
	}
	must(a.t, a.c.Assign(list...))
	a.next = next
}

func (a *actor) produce() {
	z, err := codec.NewCompressor([]codec.Codec{codec.None, codec.Zstd, codec.Gzip}[a.rand.IntN(3)], codec.DefaultLevel)
	must(a.t, err)
	values := make([]string, 1+a.rand.IntN(30))
	for i := range values {
		values[i] = strings.Repeat("x", a.rand.IntN(2000))
	}
	to := tp(a.rand.Int32N(actorPartitions))
	a.k.set(func() { a.k.log(to).append(encodeBatch(z, values...), int64(len(values))) })
}

func (a *actor) fault() {
	node, of := a.rand.Int32N(3), tp(a.rand.Int32N(actorPartitions))
	switch a.rand.IntN(5) {
	case 0:
		a.k.kill(node)
		a.k.set(func() { a.k.down[node] = a.rand.IntN(2) == 0 && node != 0 })
	case 1:
		a.k.set(func() { a.k.hangs[node] = !a.k.hangs[node] && node != 0 })
	case 2:
		a.k.set(func() { clear(a.k.sessions) })
	case 3:
		a.k.set(func() { a.k.log(of).leader, a.k.log(of).epoch = node, a.k.log(of).epoch+1 })
	case 4:
		a.k.set(func() { clear(a.k.down); clear(a.k.hangs) })
	}
}

// poll takes what comes and holds it against what is expected.
func (a *actor) poll(d time.Duration) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	records, err := a.c.Poll(ctx)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrNotSubscribed) {
		a.t.Fatal(err)
	}
	for _, rec := range records {
		of := tp(rec.Partition)
		next, assigned := a.next[of]
		if !assigned || rec.Offset != next {
			a.t.Fatalf("%v: offset %d, expected %d, assigned %v", of, rec.Offset, next, assigned)
		}
		a.next[of]++
	}
}
