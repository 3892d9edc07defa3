package consumer

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// Batches that kafka-python's code has built, and such that a broker 0.11 has
// answered: offset 0; offsets 1 and 2; three records of a transaction of producer
// 123456.
const (
	vectorOne         = "00000000000000000000003b00000001020318a2700000000000000000015dff7b063c0000015dff7b063cffffffffffffffffffffffffffff0000000112000000010631323300"
	vectorTwo         = "0000000000000001000000400000000202c85cbd230000000000010000015dff7cdd6c0000015dff7cde14ffffffffffffffffffffffffffff000000020c0000000100000e00d00202010000"
	vectorTransaction = "00000000000000000000006b0000000002a83a2561001000000002000000000098967f0000000000989684000000000001e240007b0000270f000000035600000008746573740a5375706572060e68656164657231066161610e6865616465723206626262047878010c000a020100000c001104000100"
)

// vector returns a batch moved to an offset, which its checksum does not cover.
func vector(t testing.TB, s string, offset int64) []byte {
	b, err := hex.DecodeString(s)
	must(t, err)
	binary.BigEndian.PutUint64(b, uint64(offset))
	return b
}

// control returns a control batch of producer 123456: the transaction with its
// record's key replaced by a marker, as in Kafka's EndTransactionMarker.
func control(t testing.TB, offset int64, marker byte) []byte {
	b := vector(t, vectorTransaction, offset)
	b[22] |= 0x20
	b = b[:61]
	b = append(b, 0x14, 0, 0, 0, 0x08, 0, 0, 0, marker, 1, 0) // key of 4 bytes: version 0, type
	binary.BigEndian.PutUint32(b[8:], uint32(len(b)-12))
	binary.BigEndian.PutUint32(b[23:], 0) // last offset delta
	binary.BigEndian.PutUint32(b[57:], 1) // count
	b[61] = byte(len(b)-62) << 1
	return b
}

func TestParseBatches(t *testing.T) {
	one, two := vector(t, vectorOne, 0), vector(t, vectorTwo, 1)
	transaction := vector(t, vectorTransaction, 10) // 10 to 12
	aborted := []protocol.FetchResponseAbortedTransaction{{ProducerID: 123456, FirstOffset: 10}}
	const abort, commit = 0, 1
	for name, c := range map[string]struct {
		records []byte
		from    int64
		aborted []protocol.FetchResponseAbortedTransaction
		want    []int64 // base offsets
		next    int64
	}{
		"nothing":            {nil, 5, nil, nil, 5},
		"two":                {slices.Concat(one, two), 0, nil, []int64{0, 1}, 3},
		"partial at the end": {slices.Concat(one, two, one[:40]), 0, nil, []int64{0, 1}, 3},
		"from within":        {slices.Concat(one, two), 2, nil, []int64{1}, 3},
		"before from":        {slices.Concat(one, two), 3, nil, nil, 3},
		"gap by compaction":  {slices.Concat(one, vector(t, vectorTwo, 7)), 0, nil, []int64{0, 7}, 9},
		"control batch":      {slices.Concat(transaction, control(t, 13, commit)), 10, nil, []int64{10}, 14},
		"control batch only": {control(t, 13, commit), 13, nil, nil, 14},
		"committed":          {transaction, 10, []protocol.FetchResponseAbortedTransaction{{ProducerID: 7, FirstOffset: 10}}, []int64{10}, 13},
		"aborted":            {slices.Concat(transaction, control(t, 13, abort), vector(t, vectorOne, 14)), 10, aborted, []int64{14}, 15},
		"committed after aborted": {
			slices.Concat(transaction, control(t, 13, abort), vector(t, vectorTransaction, 14)), 10, aborted, []int64{14}, 17},
		"aborted later": {
			slices.Concat(transaction, control(t, 13, commit), vector(t, vectorTransaction, 14), control(t, 17, abort)), 10,
			[]protocol.FetchResponseAbortedTransaction{{ProducerID: 123456, FirstOffset: 14}}, []int64{10}, 18},
		"aborted twice, listed in any order": {
			slices.Concat(transaction, control(t, 13, abort), vector(t, vectorTransaction, 14), control(t, 17, abort)), 10,
			[]protocol.FetchResponseAbortedTransaction{{ProducerID: 123456, FirstOffset: 14}, aborted[0]}, nil, 18},
		"not transactional in between": {slices.Concat(transaction, vector(t, vectorOne, 13)), 10, aborted, []int64{13}, 14},
	} {
		t.Run(name, func(t *testing.T) {
			batches, next, _, err := parseBatches(c.records, c.from, c.aborted)
			var got []int64
			for _, b := range batches {
				got = append(got, b.BaseOffset)
			}
			if err != nil || next != c.next || !slices.Equal(got, c.want) {
				t.Errorf("batches %v, next %d, %v; want %v, %d", got, next, err, c.want, c.next)
			}
		})
	}
}

func TestParseBatchesErrors(t *testing.T) {
	one := vector(t, vectorOne, 4)
	unknown := vector(t, vectorTwo, 5)
	unknown[16] = 9
	batches, next, _, err := parseBatches(slices.Concat(one, unknown), 4, nil)
	var corrupt *record.CorruptError
	if len(batches) != 1 || next != 5 || !errors.As(err, &corrupt) || corrupt.FirstOffset != 5 || !errors.Is(err, record.ErrMagic) {
		t.Errorf("unknown magic: %d batches, next %d, %v", len(batches), next, err)
	}
	if _, next, _, err := parseBatches(one[:50], 4, nil); next != 4 || !errors.Is(err, record.ErrTruncated) {
		t.Errorf("not one whole batch: next %d, %v", next, err)
	}
}
