package measure

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

func TestValuesAreTheSameEachTime(t *testing.T) {
	a, b := NewValues(100, 1<<20), NewValues(100, 1<<20)
	distinct := map[string]bool{}
	for i := range a.Count() {
		if v := a.At(i); len(v) != 100 || !bytes.Equal(v, b.At(i)) || !bytes.Equal(v, a.At(i+a.Count())) {
			t.Fatalf("value %d is %q, then %q", i, v, b.At(i))
		}
		distinct[string(a.At(i))] = true
	}
	if few := NewValues(100, 3); few.Count() != 4 || !bytes.Equal(few.At(2), a.At(2)) {
		t.Errorf("of 3 values there are %d, and the last is %q", few.Count(), few.At(2))
	}
	if len(distinct) != a.Count() || a.Count()*100 < arenaBytes/2 {
		t.Errorf("%d values, %d distinct", a.Count(), len(distinct))
	}
}

func TestValuesCompressModerately(t *testing.T) {
	for _, size := range []int{100, 1024} {
		v := NewValues(size, 1<<20)
		var packed bytes.Buffer
		w, err := flate.NewWriter(&packed, 6)
		if err != nil {
			t.Fatal(err)
		}
		const batch = 1 << 20
		if _, err := w.Write(v.arena[:batch]); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if ratio := batch / float64(packed.Len()); ratio < 2 || ratio > 4 {
			t.Errorf("values of %d bytes compress by %.1f, want 2 to 4", size, ratio)
		}
	}
}

func TestSum(t *testing.T) {
	v := NewValues(64, 100)
	want := SumOf(v, 100)
	var backwards Sum
	for i := range 100 {
		backwards.Add(v.At(99 - i))
	}
	if !backwards.Equal(want) {
		t.Errorf("in another order the sum is %v, want %v", backwards, want)
	}
	for name, change := range map[string]func(values [][]byte) [][]byte{
		"one twice":   func(values [][]byte) [][]byte { values[1] = values[0]; return values },
		"one less":    func(values [][]byte) [][]byte { return values[1:] },
		"one shorter": func(values [][]byte) [][]byte { values[5] = values[5][:63]; return values },
		"one byte":    func(values [][]byte) [][]byte { values[9] = append([]byte("?"), values[9][1:]...); return values },
		"another's tail": func(values [][]byte) [][]byte {
			values[3] = append(values[3][:56:56], values[4][56:]...)
			return values
		},
	} {
		var values [][]byte
		for i := range 100 {
			values = append(values, v.At(i))
		}
		var sum Sum
		for _, value := range change(values) {
			sum.Add(value)
		}
		if sum.Equal(want) {
			t.Errorf("%s: the sum is the same", name)
		}
	}
}

func TestTally(t *testing.T) {
	v := NewValues(64, 100)
	var sum Sum
	var seen atomic.Int64
	sum.Seen = func([]byte) { seen.Add(1) }
	tally := NewTally(t.Context(), 100, &sum)
	var readers sync.WaitGroup
	for from := range 4 {
		readers.Go(func() {
			tally.Read(func(add func([]byte)) error {
				for i := from; i < 100; i += 4 {
					add(v.At(i))
				}
				<-tally.Context().Done()
				return tally.Context().Err()
			})
		})
	}
	readers.Wait()
	if err := tally.Finish(); err != nil || !sum.Equal(SumOf(v, 100)) || seen.Load() != 100 {
		t.Errorf("%d records, %d seen; error %v", sum.Records, seen.Load(), err)
	}
}

func TestTallyFails(t *testing.T) {
	var sum Sum
	tally := NewTally(t.Context(), 100, &sum)
	broken := errors.New("broken")
	tally.Read(func(func([]byte)) error { return broken })
	if err := tally.Finish(); err != broken || tally.Context().Err() != context.Canceled {
		t.Errorf("error is %v", err)
	}
}

func TestLatencies(t *testing.T) {
	var r Result
	r.setLatencies(nil)
	if r != (Result{}) {
		t.Errorf("without latencies: %+v", r)
	}
}
