//go:build unix

package transactions

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
)

const (
	exactlyOncePartitions = 4
	exactlyOnceWorkers    = 2
)

// exactlyOnceRecords is how many records TestExactlyOnce copies, unless
// EXACTLY_ONCE_RECORDS says otherwise.
func exactlyOnceRecords(t *testing.T) int {
	t.Helper()
	spec := os.Getenv("EXACTLY_ONCE_RECORDS")
	if spec == "" {
		return 20_000
	}
	n, err := strconv.Atoi(spec)
	if err != nil || n < 1 {
		t.Fatalf("EXACTLY_ONCE_RECORDS=%s: want a number of records", spec)
	}
	return n
}

// TestExactlyOnce copies a topic by two processes in one group, which are killed
// at random, or stand still until the group has given their partitions away, and
// whose connections are cut every second. Readers of committed
// records find each record exactly once.
func TestExactlyOnce(t *testing.T) {
	config := kafkabroker.Config{Properties: map[string]string{"group.min.session.timeout.ms": "1000"}}
	kafkabroker.ForEachNew(t, config, func(t *testing.T, target kafkabroker.FaultyTarget) {
		if c, ok := target.(*kafkabroker.Cluster); ok && !c.AtLeast(2, 5) {
			t.Logf("%s cannot fence members (KIP-447)", target.Version())
			return
		}
		n := exactlyOnceRecords(t)
		input, output := newTopic(t, target, exactlyOncePartitions), newTopic(t, target, exactlyOncePartitions)
		feeder, err := kafka.NewProducer(kafka.ProducerConfig{Config: clusterConfig(t, target)})
		must(t, err)
		closeAtEnd(t, feeder.Close)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute+time.Duration(n)*time.Millisecond)
		defer cancel()
		work, stop := context.WithCancel(ctx)
		var workers sync.WaitGroup
		workers.Go(func() { feed(work, t, feeder, input, n) })
		var kills [exactlyOnceWorkers]int
		for w := range exactlyOnceWorkers {
			spec := []string{strings.Join(target.BootstrapServers(), ","), input, output, input, fmt.Sprint(input, "-", w)}
			workers.Go(func() { kills[w] = killAgainAndAgain(work, t, spec) })
		}
		count := newTally(n)
		count.read(ctx, t, target, output)
		stop()
		workers.Wait()
		t.Logf("%d of %d records came, each once; workers were killed %v times", n-count.missing, n, kills)
		if kills[0]+kills[1] == 0 {
			t.Error("no worker was killed: there were too few records")
		}
		count.rest(t, target, output)
	})
}

// feed produces n numbered records, over some time, so that there are kills
// meanwhile however few they are.
func feed(ctx context.Context, t *testing.T, p *kafka.Producer, topic string, n int) {
	const chunks = 200
	ticker := time.NewTicker(max(20*time.Second, time.Duration(n)*100*time.Microsecond) / chunks)
	defer ticker.Stop()
	for i := range n {
		if i%(n/chunks+1) == 0 {
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
		key := strconv.AppendInt(nil, int64(i), 10)
		if _, err := p.Send(ctx, kafka.Record{Topic: topic, Key: key, Value: key}); err != nil {
			t.Errorf("feed: %v", err)
			return
		}
	}
}

// killAgainAndAgain runs a worker until ctx ends, which it kills and starts again
// at random, and returns how often.
func killAgainAndAgain(ctx context.Context, t *testing.T, spec []string) (kills int) {
	for ctx.Err() == nil {
		life, end := context.WithTimeout(ctx, 3*time.Second+rand.N(9*time.Second))
		var messages bytes.Buffer
		cmd := exec.CommandContext(life, os.Args[0]) // which kills it in the end
		cmd.Env = append(os.Environ(), workerVariable+"="+strings.Join(spec, " "))
		cmd.Stderr = &messages
		err := cmd.Start()
		if err == nil {
			freeze := time.AfterFunc(time.Second+rand.N(2*time.Second), func() { standStill(life, cmd.Process) })
			err = cmd.Wait()
			freeze.Stop()
		}
		if life.Err() == nil {
			t.Errorf("a worker has ended by itself: %v\n%s", err, messages.Bytes())
			end()
			return kills
		}
		end()
		if ctx.Err() == nil {
			kills++
		}
	}
	return kills
}

// standStill stops a process, half of the time, for longer than its session lasts.
func standStill(life context.Context, process *os.Process) {
	if rand.IntN(2) == 0 || process.Signal(syscall.SIGSTOP) != nil {
		return // it has ended
	}
	select {
	case <-time.After(2*workerSession + time.Second):
	case <-life.Done():
	}
	_ = process.Signal(syscall.SIGCONT) // unless it was killed
}

// tally counts how often each record came.
type tally struct {
	seen    []int
	missing int
}

func newTally(n int) *tally { return &tally{make([]int, n), n} }

func (c *tally) note(t *testing.T, records []kafka.Record) {
	t.Helper()
	for _, rec := range records {
		i, err := strconv.Atoi(string(rec.Value))
		if err != nil || i < 0 || i >= len(c.seen) {
			t.Fatalf("a record that was never written: %q at %s-%d@%d", rec.Value, rec.Topic, rec.Partition, rec.Offset)
		}
		if c.seen[i]++; c.seen[i] > 1 {
			t.Fatalf("record %d came %d times, now at %s-%d@%d", i, c.seen[i], rec.Topic, rec.Partition, rec.Offset)
		}
		c.missing--
	}
}

// read reads committed records until each has come.
func (c *tally) read(ctx context.Context, t *testing.T, target kafkabroker.Target, topic string) {
	t.Helper()
	own := newConsumer(t, target)
	must(t, own.Subscribe(topic))
	for c.missing > 0 {
		records, err := own.Poll(ctx)
		if err != nil {
			t.Errorf("%d of %d records are missing: %v", c.missing, len(c.seen), err)
			return
		}
		c.note(t, records)
	}
}

// rest reads the topic once more, to its end: what came too often may have come
// late.
func (c *tally) rest(t *testing.T, target kafkabroker.Target, topic string) {
	t.Helper()
	p := newProducer(t, target, kafkabroker.UniqueName(t)) // its records mark the ends
	tx := begin(t, p)
	for partition := range int32(exactlyOncePartitions) {
		_, err := tx.Send(soon(t), kafka.Record{Topic: topic, Partition: partition, Value: []byte("end"), Key: []byte{byte(partition)}})
		must(t, err)
	}
	commit(t, tx)
	if got, want := len(read(t, target, topic, kafka.ReadCommitted)), len(c.seen)-c.missing+exactlyOncePartitions; got != want {
		t.Errorf("%d committed records, want %d", got, want)
	}
}
