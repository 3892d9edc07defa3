package record

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// poolSlack is what codecs allocate where their pools are empty.
const poolSlack = 1 << 20

// allocated returns how many bytes f allocates, with the pools warm.
func allocated(f func()) int {
	f()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// readError reads the first batch of b to its end, and returns what stops that.
func readError(t *testing.T, b []byte, limit int) error {
	t.Helper()
	batch, err := NewReader(b).Next()
	if err != nil {
		return err
	}
	if err := batch.VerifyChecksum(); err != nil {
		return err
	}
	payload, err := batch.Payload(nil, limit)
	if err != nil {
		return err
	}
	var rec Record
	for c := NewCursor(batch, payload); ; {
		if ok, err := c.Next(&rec); !ok || err != nil {
			return err
		}
	}
}

// TestClaims puts records that claim what is not there into a batch,
// plain and compressed.
func TestClaims(t *testing.T) {
	long := strings.Repeat("\xff", 9) + "\x7f" // a varint of 70 bits
	huge := string(wire.AppendVarint(nil, 1<<40))
	record := func(body string) string { return string(wire.AppendVarint(nil, int64(len(body)))) + body }
	good := record("\x00\x00\x00\x01\x01\x00")
	formats := payloadFormats(t)[:5]
	for name, test := range map[string]struct {
		count   uint16
		payload string
		want    string
	}{
		"length beyond the batch":      {1, "\x7e" + good, "record 1 of 1"},
		"length of an exabyte":         {1, huge + good, "record 1 of 1"},
		"negative length":              {1, "\x01" + good, "record 1 of 1"},
		"length of 70 bits":            {1, long + good, "record 1 of 1"},
		"no length":                    {2, good + good[:1] + strings.Repeat("\xff", 6), "record 2 of 2"},
		"nothing in it":                {1, "\x00" + good, "record 1 of 1"},
		"timestamp of 70 bits":         {1, record("\x00" + long + "\x00\x01\x01\x00"), "record 1 of 1"},
		"offset of 70 bits":            {1, record("\x00\x00" + long + "\x01\x01\x00"), "record 1 of 1"},
		"negative offset":              {1, record("\x00\x00\x01\x01\x01\x00"), "record 1 of 1"},
		"offset beyond the last":       {1, record("\x00\x00\x04\x01\x01\x00"), "record 1 of 1"},
		"key beyond the record":        {1, record("\x00\x00\x00\x40\x01\x00"), "record 1 of 1"},
		"key of an exabyte":            {1, record("\x00\x00\x00" + huge + "\x01\x00"), "record 1 of 1"},
		"key of length -2":             {1, record("\x00\x00\x00\x03\x01\x00"), "record 1 of 1"},
		"value beyond the record":      {1, record("\x00\x00\x00\x01\x40\x00"), "record 1 of 1"},
		"value of length -2":           {1, record("\x00\x00\x00\x01\x03\x00"), "record 1 of 1"},
		"no headers":                   {1, record("\x00\x00\x00\x01\x01") + "\x00", "record 1 of 1"},
		"an exabyte of headers":        {1, record("\x00\x00\x00\x01\x01" + huge), "record 1 of 1"},
		"a million headers":            {1, record("\x00\x00\x00\x01\x01" + string(wire.AppendVarint(nil, 1<<20)) + good), "record 1 of 1"},
		"more headers than bytes":      {1, record("\x00\x00\x00\x01\x01\x7e\x00\x00\x00\x00"), "record 1 of 1"},
		"negative number of headers":   {1, record("\x00\x00\x00\x01\x01\x01"), "record 1 of 1"},
		"header count of 70 bits":      {1, record("\x00\x00\x00\x01\x01" + long), "record 1 of 1"},
		"header without a key":         {1, record("\x00\x00\x00\x01\x01\x02\x01\x00"), "record 1 of 1"},
		"header key beyond":            {1, record("\x00\x00\x00\x01\x01\x02\x40\x00"), "record 1 of 1"},
		"header value beyond":          {1, record("\x00\x00\x00\x01\x01\x02\x00\x40"), "record 1 of 1"},
		"header value of length -2":    {1, record("\x00\x00\x00\x01\x01\x02\x00\x03"), "record 1 of 1"},
		"bytes behind the headers":     {1, record("\x00\x00\x00\x01\x01\x00\x00"), "record 1 of 1"},
		"bytes behind the last record": {1, good + "abc", "3 bytes behind the last of 1 records"},
		"fewer records than claimed":   {2, good + strings.Repeat("\x00", 7), "record 2 of 2"},
		"more records than bytes":      {2, good, "2 records in 7 bytes"},
		"records without bytes":        {65535, good, "65535 records in 7 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, format := range formats {
				b := format.wrap(t, test.count, []byte(test.payload))
				var err error
				n := allocated(func() { err = readError(t, b, 1<<20) })
				var corrupt *CorruptError
				if !errors.As(err, &corrupt) || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("error is %v, want one with %q", err, test.want)
				}
				if corrupt.FirstOffset != 100 || corrupt.LastOffset != 100+int64(test.count) {
					t.Errorf("offsets are %d to %d", corrupt.FirstOffset, corrupt.LastOffset)
				}
				if n > poolSlack {
					t.Errorf("%d bytes allocated for a batch of %d", n, len(b))
				}
			}
		})
	}
}

// TestCount checks that the number of records, which others make room for, is no
// more than there can be.
func TestCount(t *testing.T) {
	b := unhex(t, vectorThree)
	order.PutUint32(b[offCount:], 1<<31-1)
	batch, err := NewReader(b).Next()
	if err != nil {
		t.Fatal(err)
	}
	_, err = batch.Payload(nil, 1<<20)
	if want := "offsets 0 to 2: 2147483647 records in 58 bytes"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want %q", err, want)
	}
}

// TestBombs checks that batches of all formats that expand beyond the limit are
// an error that costs no more memory than some times the limit.
func TestBombs(t *testing.T) {
	const limit = 128 << 10
	zeros := make([]byte, 16*limit)
	for _, format := range payloadFormats(t)[1:] {
		t.Run(fmt.Sprintf("v%d %s", format.magic, format.compressor.Codec()), func(t *testing.T) {
			checkBomb(t, format.wrap(t, 1, zeros), limit, codec.ErrTooLarge.Error())
			if format.magic == magicV2 {
				return
			}
			inner := format.wrap(t, 1, zeros[:limit])
			checkBomb(t, format.wrap(t, 1, inner), limit, "compressed itself")
			checkBomb(t, format.wrap(t, 1, bytes.Repeat(inner, 3)), limit, "compressed itself")
		})
	}
}

func checkBomb(t *testing.T, b []byte, limit int, want string) {
	t.Helper()
	var err error
	n := allocated(func() { err = readError(t, b, limit) })
	var corrupt *CorruptError
	if !errors.As(err, &corrupt) || !strings.Contains(err.Error(), want) {
		t.Fatalf("error is %v, want one with %q", err, want)
	}
	if corrupt.LastOffset < 100 || corrupt.LastOffset > 101 {
		t.Errorf("offsets are %d to %d", corrupt.FirstOffset, corrupt.LastOffset)
	}
	if n > 3*limit+poolSlack {
		t.Errorf("%d bytes allocated for %d bytes at a limit of %d", n, len(b), limit)
	}
}

// TestEveryPrefix checks that a batch of any format, cut anywhere, is left out:
// alone it is too large for the fetch, behind another one the end.
func TestEveryPrefix(t *testing.T) {
	whole := [][]byte{unhex(t, vectorThree), unhex(t, brokerV0[0]), unhex(t, brokerV1[0])}
	for _, s := range samples(t) {
		if s.codec != codec.None { // these have three messages
			whole = append(whole, s.bytes)
		}
	}
	for _, b := range whole {
		for n := 1; n < len(b); n++ {
			if _, err := NewReader(b[:n]).Next(); !errors.Is(err, ErrTruncated) {
				t.Fatalf("%d bytes of %x: %v, want ErrTruncated", n, b, err)
			}
			if batches, _ := readAll(t, slices.Concat(b, b[:n])); len(batches) != 1 {
				t.Fatalf("%d batches with %d bytes behind %x", len(batches), n, b)
			}
		}
	}
}

// TestHighestOffset checks that the offset behind a batch is always one.
func TestHighestOffset(t *testing.T) {
	for _, s := range []string{vectorThree, brokerV0[0], brokerV1[0]} {
		b := unhex(t, s)
		last := int64(0)
		if s == vectorThree {
			last = 2
		}
		order.PutUint64(b, uint64(maxOffset-last))
		if _, err := NewReader(b).Next(); err != nil {
			t.Error(err)
		}
		order.PutUint64(b, uint64(maxOffset-last+1))
		if _, err := NewReader(b).Next(); !isCorrupt(err) {
			t.Errorf("an offset of %d gives %v", maxOffset-last+1, err)
		}
	}
}

// TestUnknownCodecs checks the numbers that no codec has.
func TestUnknownCodecs(t *testing.T) {
	for _, s := range []string{vectorThree, brokerV0[0], brokerV1[0]} {
		for number := byte(5); number < 8; number++ {
			b := unhex(t, s)
			at := offMessageAttributes
			if s == vectorThree {
				at = offAttributes + 1
			}
			b[at] = number
			batch, err := NewReader(b).Next()
			if err == nil {
				_, err = batch.Payload(nil, 1<<20)
			}
			var unknown codec.UnknownCodecError
			if !errors.As(err, &unknown) || byte(unknown) != number || !isCorrupt(err) {
				t.Errorf("magic %d, codec %d: %v", b[offMagic], number, err)
			}
		}
	}
}
