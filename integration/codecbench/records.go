package main

import (
	"errors"
	"io"

	"github.com/IBM/sarama"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// tally is what was seen of records, so that all codecs can be held to have
// seen the same.
type tally struct{ records, bytes, offsets int }

func (t *tally) add(offset int64, key, value []byte) {
	t.records++
	t.bytes += len(key) + len(value)
	t.offsets += int(offset)
}

func walkBarnabas(decoded any) (tally, error) {
	var sum tally
	var rec record.Record
	for _, t := range decoded.(*protocol.FetchResponse).Responses {
		for i := range t.Partitions {
			batches := record.NewReader(t.Partitions[i].Records)
			for {
				batch, err := batches.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					return sum, err
				}
				if err := walkBatch(batch, &rec, &sum); err != nil {
					return sum, err
				}
			}
		}
	}
	return sum, nil
}

func walkBatch(batch *record.Batch, rec *record.Record, sum *tally) error {
	if err := batch.VerifyChecksum(); err != nil {
		return err
	}
	payload, err := batch.Payload(nil, 1<<20)
	if err != nil {
		return err
	}
	for cursor := record.NewCursor(batch, payload); ; {
		ok, err := cursor.Next(rec)
		if err != nil || !ok {
			return err
		}
		sum.add(rec.Offset, rec.Key, rec.Value)
	}
}

// walkFranz has the records parsed by package kgo, as kmsg does not.
func walkFranz(decoded any) (tally, error) {
	var sum tally
	for _, t := range decoded.(*kmsg.FetchResponse).Topics {
		for i := range t.Partitions {
			opts := kgo.ProcessFetchPartitionOpts{Topic: t.Topic, Partition: t.Partitions[i].Partition}
			parsed, _ := kgo.ProcessFetchPartition(opts, &t.Partitions[i], nil, nil)
			if parsed.Err != nil {
				return sum, parsed.Err
			}
			for _, rec := range parsed.Records {
				sum.add(rec.Offset, rec.Key, rec.Value)
			}
		}
	}
	return sum, nil
}

// walkSarama only counts: sarama parses records when it decodes the response.
func walkSarama(decoded any) (tally, error) {
	var sum tally
	for _, partitions := range decoded.(*sarama.FetchResponse).Blocks {
		for _, block := range partitions {
			for _, set := range block.RecordsSet {
				for _, rec := range set.RecordBatch.Records {
					sum.add(set.RecordBatch.FirstOffset+rec.OffsetDelta, rec.Key, rec.Value)
				}
			}
		}
	}
	return sum, nil
}
