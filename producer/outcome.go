package producer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

// outcome is what became of a batch that was sent.
type outcome struct {
	err           error // nil: it was written
	offset        int64 // of the first record, -1 if not known
	logAppendTime int64 // -1: the topic has CreateTime

	retriable bool
	// uncertain tells that it may have been written all the same.
	uncertain bool
	// outOfOrder tells that the broker has not what comes before it.
	outOfOrder bool
	// refusedID tells that the broker does not take the producer id any more.
	refusedID bool
	// tooLarge tells that the broker takes no batch of that size.
	tooLarge bool
	// stale tells that the metadata are out of date.
	stale bool
}

// newOutcome reads the answer for one partition.
func newOutcome(answer *protocol.ProduceResponsePartition, tp cluster.TopicPartition, broker string) outcome {
	o := outcome{offset: answer.BaseOffset, logAppendTime: answer.LogAppendTimeMs}
	code := answer.ErrorCode
	switch code {
	case protocol.ErrNone:
		return o
	case protocol.ErrDuplicateSequenceNumber:
		o.offset = -1
		return o // it is written, only the broker has forgotten where
	case protocol.ErrOutOfOrderSequenceNumber, protocol.ErrUnknownProducerID:
		o.outOfOrder, o.retriable = true, true
	case protocol.ErrInvalidProducerEpoch:
		o.refusedID, o.retriable = true, true
	case protocol.ErrRequestTimedOut, protocol.ErrNotEnoughReplicasAfterAppend, protocol.ErrUnknownServerError:
		o.uncertain = true
	}
	o.retriable = o.retriable || code.Retriable()
	o.tooLarge = code == protocol.ErrMessageTooLarge || code == protocol.ErrRecordListTooLarge
	o.stale = code.Kind() == protocol.KindMetadata
	o.err = &protocol.BrokerError{
		Code: code, Broker: broker, API: protocol.Produce,
		Topic: tp.Topic, Partition: tp.Partition, Message: message(answer),
	}
	return o
}

// message joins the broker's texts about the batch and about single records
// (KIP-467).
func message(answer *protocol.ProduceResponsePartition) string {
	var texts []string
	if answer.ErrorMessage != nil {
		texts = append(texts, *answer.ErrorMessage)
	}
	for _, rec := range answer.RecordErrors {
		if rec.BatchIndexErrorMessage != nil {
			texts = append(texts, *rec.BatchIndexErrorMessage)
		}
	}
	return strings.Join(texts, "; ")
}

// settle takes note of the outcome of a batch that was in flight: it is done, or
// back in the queue to be sent again.
func (pt *partition) settle(b *batch, o outcome) {
	pt.mu.Lock()
	defer pt.mu.Unlock()
	if i := slices.Index(pt.inFlight, b); i >= 0 {
		pt.inFlight = slices.Delete(pt.inFlight, i, i+1)
	}
	if pt.producer.transactions != nil {
		o = o.inTransaction(pt.follows(b))
	}
	if o.refusedID {
		pt.producer.identity.discard(b.producer.id)
	}
	switch {
	case o.err == nil:
		pt.failures = 0
		pt.sequence.proven = pt.sequence.proven || b.producer == pt.sequence.producer
		b.resolve(nil, o.offset, o.logAppendTime)
		b.discard()
	case o.refusedID && b.uncertain:
		pt.lose(b, o) // whether it is written cannot be found out any more
	case o.retriable && !b.resolved && b.attempts <= pt.producer.cfg.retries():
		pt.retry(b, o)
	case o.tooLarge && pt.split(b):
	case o.retriable && !b.resolved:
		o.err = fmt.Errorf("%w; Retries (retries) allows no more tries", o.err)
		pt.lose(b, o)
	default:
		pt.lose(b, o)
	}
	if len(pt.inFlight) == 0 {
		pt.recovering, pt.sentOn = false, nil
		pt.land()
	}
	pt.arrange()
}

// retry puts a failed batch back into the queue, before all that came after it.
func (pt *partition) retry(b *batch, o outcome) {
	b.lastErr = o.err
	b.uncertain = b.uncertain || o.uncertain
	follower := false // it was refused only because one before it failed
	if o.outOfOrder {
		b.uncertain = false // the broker lacks what is before it, so it has not it either
		follower = pt.follows(b)
	}
	if o.outOfOrder && !follower {
		pt.sequence.reset = true
		pt.producer.log.Warn("the broker has lost track of the producer's sequence: starting a new producer epoch; records acknowledged before may be lost there",
			"partition", pt.tp.String(), "err", o.err)
	}
	if o.refusedID {
		pt.sequence.reset = true
	}
	b.state = sealed
	pt.producer.measures.topic(pt.tp.Topic).retries.Record(float64(b.builder.Count()))
	pt.requeue(b)
	if !follower {
		pt.wait()
	}
}

// requeue puts batches that follow each other back into the queue, before all
// that come after them. Nothing is sent before all answers are in.
func (pt *partition) requeue(batches ...*batch) {
	at := slices.IndexFunc(pt.queue.all(), func(other *batch) bool { return other.number > batches[0].number })
	if at < 0 {
		at = pt.queue.len()
	}
	pt.queue.insert(at, batches...)
	pt.recovering = true
}

// follows tells whether a batch before b has failed: one that will be sent again
// first, or one that is lost, so that a new epoch is due already. Otherwise, when
// the broker lacks what comes before b, it has lost track of the producer.
func (pt *partition) follows(b *batch) bool {
	before := func(other *batch) bool { return other.number < b.number }
	return pt.sequence.reset || slices.ContainsFunc(pt.queue.all(), before) || slices.ContainsFunc(pt.inFlight, before)
}

// lose ends a batch that was not written and is not sent again: the broker
// refused it, or its time had passed before the answer came.
func (pt *partition) lose(b *batch, o outcome) {
	b.uncertain = b.uncertain || o.uncertain
	b.fail(o.err, false)
	if b.sequenced {
		pt.sequence.reset = true
		pt.recovering = true
	}
	b.discard()
}

// wait keeps the partition from sending for the back-off time.
func (pt *partition) wait() {
	if pt.backoff != nil {
		return
	}
	pt.failures++
	var timer *time.Timer
	timer = time.AfterFunc(pt.producer.backoff.Delay(pt.failures), func() {
		pt.mu.Lock()
		defer pt.mu.Unlock()
		if pt.backoff == timer {
			pt.backoff = nil
			pt.arrange()
		}
	})
	pt.backoff = timer
}
