package consumer

import (
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"testing"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// fuzzLimit is what a batch may decompress to while fuzzing.
const fuzzLimit = 64 << 10

// FuzzFetch takes any bytes for the records of a partition in the answer to a
// fetch, and goes all the way to records for the application: transactions that
// were aborted, in pairs of producer and first offset, control batches, checksums,
// decompression, offsets that were not asked for, a last batch that is not whole.
func FuzzFetch(f *testing.F) {
	repetitive := slices.Repeat([]string{"what is written again and again"}, 4)
	one, two := vector(f, vectorOne, 0), vector(f, vectorTwo, 1)
	transaction := vector(f, vectorTransaction, 10)
	aborted := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, 123456), 10)
	f.Add(slices.Concat(one, two, one[:40]), int64(0), []byte(nil), true)
	f.Add(slices.Concat(one, two), int64(2), []byte(nil), true)
	f.Add(one[:40], int64(0), []byte(nil), true)
	f.Add(slices.Concat(transaction, control(f, 13, 0), vector(f, vectorTransaction, 14), control(f, 17, 1)), int64(10), aborted, false)
	f.Add(slices.Concat(transaction, control(f, 13, 1), vector(f, vectorOne, 14)), int64(11), aborted, false)
	for _, c := range []codec.Codec{codec.Gzip, codec.Snappy, codec.LZ4, codec.Zstd} {
		z, err := codec.NewCompressor(c, 0)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(slices.Concat(encodeBatch(z, repetitive...), encodeBatch(z, repetitive...)), int64(3), []byte(nil), true)
	}
	f.Fuzz(func(t *testing.T, records []byte, from int64, aborted []byte, check bool) {
		from &= 1<<63 - 1
		var list []protocol.FetchResponseAbortedTransaction
		for ; len(aborted) >= 16; aborted = aborted[16:] {
			list = append(list, protocol.FetchResponseAbortedTransaction{
				ProducerID:  int64(binary.BigEndian.Uint64(aborted)),
				FirstOffset: int64(binary.BigEndian.Uint64(aborted[8:])),
			})
		}
		cfg := &Config{MaxBatchBytes: fuzzLimit, DisableCRCCheck: !check}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		expanded, packed := checkFetch(t, &fetcher{cfg: cfg}, records, from, list)
		runtime.ReadMemStats(&after)
		// Structs of batches, and of records, are larger than what they are made of.
		most := 16<<10 + 32*uint64(len(records)) + 64*uint64(expanded) + 64*uint64(len(list))
		if packed {
			most += fuzzLimit + 4<<20 // the codecs' pools, see there
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > most {
			t.Fatalf("%d bytes allocated for %d bytes, of which some expand to %d", n, len(records), expanded)
		}
	})
}

// checkFetch hands out the records of an answer as a fetcher and a consumer do,
// and checks what does not depend on their content. It returns how many bytes
// were decompressed, and whether any were to be.
func checkFetch(t *testing.T, f *fetcher, records []byte, from int64, aborted []protocol.FetchResponseAbortedTransaction) (expanded int, packed bool) {
	batches, next, _, err := parseBatches(records, from, aborted)
	if next < from || len(batches)*minBatch > len(records) {
		t.Fatalf("%d batches in %d bytes, the next from %d is %d", len(batches), len(records), from, next)
	}
	checkError(t, err)
	packed = compressed(batches)
	pos := newPosition(from, -1)
	for len(batches) > 0 && err == nil {
		var good int
		good, err = f.decode(batches)
		checkError(t, err)
		for i := range batches[:good] {
			expanded += int(batches[i].expanded)
			if batches[i].Attributes.Control() || len(batches[i].payload) > max(fuzzLimit, batches[i].Size()) {
				t.Fatalf("batch %+v with %d bytes is handed out", batches[i].Batch, len(batches[i].payload))
			}
		}
		if good > 0 {
			err = handOut(t, &run{p: newPartition(tp(0)), pos: pos, batches: batches[:good], from: from}, next)
		}
		batches = batches[good:]
	}
	return expanded, packed
}

// minBatch is the size of a message of format v0 with nothing in it.
const minBatch = 26

// handOut does what Poll does with a run, whatever Config.MaxPollRecords is.
func handOut(t *testing.T, r *run, next int64) error {
	r.enter(0)
	list := make([]record.Record, r.count())
	n := 0
	for r.next(&list[n]) {
		rec := &list[n]
		if rec.Offset < r.from || rec.Offset >= next || r.pos.next.Load() != rec.Offset+1 || rec.Topic != "t" {
			t.Fatalf("record %+v after %d, up to %d, position %d", rec, r.from, next, r.pos.next.Load())
		}
		if n++; n == len(list) {
			list = append(list, record.Record{}) // what ends the run has no place
		}
	}
	checkError(t, r.err)
	return r.err
}

// checkError demands that an error tells the offsets, or that the fetch was too
// small.
func checkError(t *testing.T, err error) {
	t.Helper()
	var corrupt *record.CorruptError
	if err != nil && !errors.As(err, &corrupt) && !errors.Is(err, record.ErrTruncated) {
		t.Fatalf("error is %v", err)
	}
}
