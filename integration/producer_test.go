package integration

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/metrics"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// TestNewTopic sends to a topic that does not exist yet: the record is there soon
// after the topic is.
func TestNewTopic(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if !can(target, choosesCreation) {
			return // to ask for it is to create it
		}
		p := newProducer(t, target, func(cfg *producer.Config) { cfg.DisableAutoTopicCreation = true })
		topic := kafkabroker.UniqueName(t)
		type result struct {
			at   producer.Metadata
			err  error
			when time.Time
		}
		results := make(chan result, 1)
		go func() {
			at, err := p.SendSync(soon(t), record.Record{Topic: topic})
			results <- result{at, err, time.Now()}
		}()
		createTopic(t, target, topic, 1)
		created := time.Now()
		r := <-results
		must(t, r.err)
		if took := r.when.Sub(created); took > 5*time.Second {
			t.Errorf("%s was written to %v after it was created", r.at, took)
		}
	})
}

// TestSendTo sends to each partition by number, and to one that there is not.
func TestSendTo(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic := newTopic(t, target, 3)
		p := newProducer(t, target)
		for n := range int32(3) {
			f, err := p.SendTo(soon(t), n, record.Record{Topic: topic, Key: []byte("the same")})
			must(t, err)
			if at, err := f.Get(soon(t)); err != nil || at.Partition != n || at.Offset > 0 {
				t.Errorf("partition %d: %v, %v", n, at, err)
			}
		}
		_, err := p.SendTo(soon(t), 3, record.Record{Topic: topic})
		wantError(t, err, topic, "no partition 3", "partitions are 0 to 2")
		var unknown *producer.UnknownPartitionError
		if !errors.As(err, &unknown) || unknown.Partitions != 3 {
			t.Errorf("the error is %#v", err)
		}
	})
}

// TestCallbacks has a callback for each record: when Flush returns, all were
// called, by the order of each partition's records, and the metrics have counted
// the records.
func TestCallbacks(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		const partitions, records = 3, 1000
		topic := newTopic(t, target, partitions)
		p := newProducer(t, target, func(cfg *producer.Config) { cfg.BatchSize = 2000 })
		next := make([]int64, partitions) // of the callbacks' goroutine
		for i := range records {
			f, err := p.SendTo(soon(t), int32(i%partitions), record.Record{Topic: topic, Value: fmt.Appendf(nil, "record %d", i)})
			must(t, err)
			f.OnDone(func(at producer.Metadata, err error) {
				if err != nil || at.Offset != next[at.Partition] {
					t.Errorf("record %d: %v, %v; want offset %d", i, at, err, next[at.Partition])
				}
				next[at.Partition]++
			})
		}
		must(t, p.Flush(soon(t)))
		if total := next[0] + next[1] + next[2]; total != records {
			t.Errorf("%d callbacks of %d were called", total, records)
		}
		sent, _ := p.Metrics().Value("producer-topic-metrics", "record-send-total", metrics.Tag{Key: "topic", Value: topic})
		if sent < records {
			t.Errorf("record-send-total is %v, want %d", sent, records)
		}
	})
}
