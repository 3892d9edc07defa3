package floor

import (
	"context"
	"errors"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/integration/bench/measure"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// inFlight is how many requests there are without an answer.
const inFlight = 5

type producer struct {
	*conn
	task  measure.Task
	codec codec.Codec
	next  int // partition
	owed  int // answers
}

// Produce sends a batch a request, to one partition after the other.
func (p *producer) Produce(_ context.Context, values *measure.Values, n int) error {
	perBatch := recordsPerBatch(p.task)
	for first := 0; first < n; first += perBatch {
		batch, err := p.batch(values, first, min(perBatch, n-first))
		if err != nil {
			return err
		}
		if err := p.send(batch); err != nil {
			return err
		}
	}
	return p.await(0)
}

func (p *producer) SendSync(_ context.Context, value []byte) error {
	values := measure.Single(value)
	batch, err := build(values, 0, 1, p.codec)
	if err != nil {
		return err
	}
	return errors.Join(p.send(batch), p.await(0))
}

func (p *producer) Send(context.Context, []byte, func(error)) error {
	return errors.New("the floor program has no paced mode")
}

func (p *producer) send(batch wire.Chunks) error {
	if err := p.await(inFlight - 1); err != nil {
		return err
	}
	partition := protocol.ProduceRequestPartition{Index: int32(p.next), Records: batch}
	p.next = (p.next + 1) % p.task.Partitions
	p.owed++
	return p.write(&protocol.ProduceRequest{
		Acks:      -1,
		TimeoutMs: 30_000,
		TopicData: []protocol.ProduceRequestTopic{{
			Name: p.task.Topic, PartitionData: []protocol.ProduceRequestPartition{partition},
		}},
	}, produceVersion)
}

// await reads answers until no more than n are owed.
func (p *producer) await(n int) error {
	for ; p.owed > n; p.owed-- {
		var resp protocol.ProduceResponse
		if err := p.read(&resp, produceVersion); err != nil {
			return err
		}
		for _, t := range resp.Responses {
			for _, partition := range t.PartitionResponses {
				if err := brokerError("produce", partition.ErrorCode); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
