package floor

import (
	"bytes"
	"testing"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/integration/bench/measure"
	"github.com/barnabas-go/kafka/protocol"
)

const records = 200

// batchOf returns a batch of the first values, as one slice.
func batchOf(t *testing.T, values *measure.Values, c codec.Codec) []byte {
	t.Helper()
	chunks, err := build(values, 0, records, c)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Join(chunks, nil)
}

func newTestConsumer() *consumer {
	return newConsumer(nil, measure.Task{Topic: "t", Partitions: 1})
}

func TestTake(t *testing.T) {
	values := measure.NewValues(100, records)
	for _, c := range []codec.Codec{codec.None, codec.LZ4, codec.Zstd} {
		batch := batchOf(t, values, c)
		whole := append(bytes.Clone(batch), batch[:len(batch)-1]...) // the second one is cut off
		var sum measure.Sum
		consumer := newTestConsumer()
		if err := consumer.take(&protocol.FetchResponsePartition{Records: whole}, &sum); err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		if want := measure.SumOf(values, records); !sum.Equal(want) {
			t.Errorf("%s: sum is %v, want %v", c, sum, want)
		}
		if offset := consumer.request.Topics[0].Partitions[0].FetchOffset; offset != records {
			t.Errorf("%s: the next offset is %d", c, offset)
		}
	}
}

func TestTakeChecksTheCRC(t *testing.T) {
	batch := batchOf(t, measure.NewValues(100, records), codec.None)
	batch[len(batch)/2] ^= 1
	var sum measure.Sum
	if err := newTestConsumer().take(&protocol.FetchResponsePartition{Records: batch}, &sum); err == nil {
		t.Error("no error")
	}
	if err := newTestConsumer().take(&protocol.FetchResponsePartition{ErrorCode: protocol.ErrNotLeaderOrFollower}, &sum); err == nil {
		t.Error("no error for a partition's error code")
	}
}

func TestStepOverGarbage(t *testing.T) {
	payload := batchOf(t, measure.NewValues(100, records), codec.None)[headerSize:]
	var sum measure.Sum
	for n := range 300 {
		if err := step(payload[:n], records, &sum); err == nil {
			t.Errorf("no error for %d bytes of %d", n, len(payload))
		}
	}
	for i := range 300 {
		garbled := bytes.Clone(payload)
		garbled[i] = 0xff
		_ = step(garbled, records, &sum) // must not panic; what it finds is the CRC's concern
	}
}

func TestRecordsPerBatch(t *testing.T) {
	for _, test := range []struct{ size, limit, want int }{
		{100, 0, 8192},
		{1024, 0, 512},
		{100, 64 << 10, 512},
		{2 << 20, 0, 1},
	} {
		if n := recordsPerBatch(measure.Task{Size: test.size, BatchBytes: test.limit}); n != test.want {
			t.Errorf("%d records of %d bytes in a batch of %d, want %d", n, test.size, test.limit, test.want)
		}
	}
}
