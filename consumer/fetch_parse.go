package consumer

import (
	"encoding/binary"
	"io"
	"slices"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// parseBatches takes the batches out of the records of one partition in the
// answer to a fetch from the offset from. It leaves out batches that end before
// from, control batches and, if aborted is given, those of aborted transactions.
// next is the offset after the last batch, left out or not, and epoch its leader
// epoch, -1 if there is none. The error is that of what follows: a
// [*record.CorruptError] or [record.ErrTruncated].
func parseBatches(records []byte, from int64, aborted []protocol.FetchResponseAbortedTransaction) (batches []batch, next int64, epoch int32, err error) {
	skip := newAbortedTransactions(aborted)
	reader := record.NewReader(records)
	next, epoch = from, -1
	for {
		b, err := reader.Next()
		if err == io.EOF {
			return batches, next, epoch, nil
		}
		if err != nil {
			return batches, next, epoch, err
		}
		if b.LastOffset() >= next {
			next, epoch = b.LastOffset()+1, b.PartitionLeaderEpoch
		}
		if skip.batch(b) || b.LastOffset() < from || b.Count == 0 {
			continue
		}
		if batches == nil { // most are as large as the first
			batches = make([]batch, 0, min(len(records)/max(b.Size(), 1)+1, maxBatchesAhead))
		}
		batches = append(batches, batch{Batch: *b})
	}
}

// maxBatchesAhead bounds the memory that is made for batches that are yet to come.
const maxBatchesAhead = 128

// abortedTransactions tells which batches belong to transactions that were
// aborted (KIP-98). A transaction begins at its first offset, and ends at the
// producer's next marker.
type abortedTransactions struct {
	begin   []protocol.FetchResponseAbortedTransaction // by first offset
	aborted map[int64]struct{}                         // producers, at the offset reached
}

func newAbortedTransactions(list []protocol.FetchResponseAbortedTransaction) abortedTransactions {
	if len(list) == 0 {
		return abortedTransactions{}
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b protocol.FetchResponseAbortedTransaction) int {
		return int(max(min(a.FirstOffset-b.FirstOffset, 1), -1))
	})
	return abortedTransactions{begin: list, aborted: make(map[int64]struct{})}
}

// batch tells whether b is to be left out. It must be called for each batch, in
// order.
func (a *abortedTransactions) batch(b *record.Batch) bool {
	for len(a.begin) > 0 && a.begin[0].FirstOffset <= b.LastOffset() {
		a.aborted[a.begin[0].ProducerID] = struct{}{}
		a.begin = a.begin[1:]
	}
	if b.Attributes.Control() {
		if len(a.aborted) > 0 && isAbortMarker(b) {
			delete(a.aborted, b.ProducerID)
		}
		return true
	}
	if !b.Attributes.Transactional() || len(a.aborted) == 0 {
		return false
	}
	_, aborted := a.aborted[b.ProducerID]
	return aborted
}

// isAbortMarker reads the type of a control batch from the key of its record: two
// bytes of version, two of type.
func isAbortMarker(b *record.Batch) bool {
	const abort = 0
	payload, err := b.Payload(nil, maxControlBatch)
	if err != nil {
		return false
	}
	var rec record.Record
	ok, err := record.NewCursor(b, payload).Next(&rec)
	return ok && err == nil && len(rec.Key) >= 4 && binary.BigEndian.Uint16(rec.Key[2:]) == abort
}

// maxControlBatch bounds a control batch, which has one short record.
const maxControlBatch = 1 << 10
