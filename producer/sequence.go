package producer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

// producerID is what brokers know an idempotent producer by (KIP-98). A higher
// epoch of the same id starts its sequences anew (KIP-360).
type producerID struct {
	id    int64
	epoch int16
}

var noProducerID = producerID{-1, -1}

// sequence numbers the records of one partition.
type sequence struct {
	known    bool // producer is set
	producer producerID
	next     int32
	// proven tells that the broker has written a batch of this producer. Before
	// that it takes any number for the first, so that only one may be in flight:
	// if it failed, a later one would be written before it (KAFKA-15591).
	proven bool
	// reset tells that a numbered batch will never arrive, so that the broker
	// would refuse all after it: the next batch begins a new epoch.
	reset bool
}

// number gives b its place in the sequence, unless it has one that still
// counts. False means that a new producer id is needed first.
func (pt *partition) number(b *batch, current producerID) bool {
	if current == noProducerID {
		b.producer, b.sequence = current, -1
		return true
	}
	s := &pt.sequence
	if !s.known || pt.producer.transactions != nil && s.producer != current {
		*s = sequence{known: true, producer: current}
	}
	// What the broker may have already is sent under its old number, by which
	// the broker knows it again.
	if s.reset && !(b.sequenced && b.uncertain) {
		if !s.renew(current) {
			return false
		}
		b.sequenced = false
		for _, other := range pt.queue.all() {
			other.sequenced = false
		}
	}
	if !b.sequenced {
		b.sequenced, b.producer, b.sequence = true, s.producer, s.next
		s.next = addSequence(s.next, b.builder.Count())
	}
	return true
}

// addSequence returns the sequence n records on: after the largest comes 0.
func addSequence(sequence int32, n int) int32 {
	return int32((int64(sequence) + int64(n)) & math.MaxInt32)
}

// renew begins a new epoch, or takes on the producer id that has replaced the
// old one.
func (s *sequence) renew(current producerID) bool {
	switch {
	case current.id != s.producer.id:
		s.producer = current
	case s.producer.epoch == math.MaxInt16:
		return false
	default:
		s.producer.epoch++
	}
	s.next, s.proven, s.reset = 0, false, false
	return true
}

// identity gets the producer id from the cluster when it is first needed.
type identity struct {
	client *cluster.Client
	asking chan struct{} // of capacity 1: held by who asks the cluster

	mu sync.Mutex
	// known tells that id counts: it is noProducerID for brokers that are too
	// old for idempotence.
	known bool
	id    producerID
}

func newIdentity(client *cluster.Client) *identity {
	return &identity{client: client, asking: make(chan struct{}, 1)}
}

// get returns the producer id, asking a broker for one if there is none.
func (i *identity) get(ctx context.Context) (producerID, error) {
	if id, known := i.current(); known {
		return id, nil
	}
	select {
	case i.asking <- struct{}{}:
	case <-ctx.Done():
		return noProducerID, context.Cause(ctx)
	}
	defer func() { <-i.asking }()
	if id, known := i.current(); known {
		return id, nil
	}
	id, err := i.ask(ctx)
	var unsupported *conn.UnsupportedError
	if errors.As(err, &unsupported) {
		i.client.Config().Logger.Warn("brokers older than Kafka 0.11 know no idempotent producers: retries may write records twice", "err", err)
		id, err = noProducerID, nil
	}
	if err != nil {
		return noProducerID, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.known, i.id = true, id
	return id, nil
}

func (i *identity) current() (producerID, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.id, i.known
}

func (i *identity) ask(ctx context.Context) (producerID, error) {
	resp, err := i.client.DoAny(ctx, &protocol.InitProducerIdRequest{ProducerID: -1, ProducerEpoch: -1, TransactionTimeoutMs: math.MaxInt32})
	if err != nil {
		return noProducerID, fmt.Errorf("get producer id: %w", err)
	}
	r := resp.(*protocol.InitProducerIdResponse)
	if r.ErrorCode != protocol.ErrNone {
		return noProducerID, fmt.Errorf("get producer id: %w",
			&protocol.BrokerError{Code: r.ErrorCode, API: protocol.InitProducerId, Partition: -1})
	}
	return producerID{r.ProducerID, r.ProducerEpoch}, nil
}

// discard forgets an id that brokers refuse, or whose epochs are used up.
func (i *identity) discard(id int64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.known && i.id.id == id {
		i.known = false
	}
}
