package producer

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/record"
)

func TestRoom(t *testing.T) {
	const mib = 1 << 20
	quick, slow := 10*time.Millisecond, 3*time.Second
	type answer struct {
		used int
		took time.Duration
		want int
	}
	for name, test := range map[string]struct {
		room    room
		answers []answer
	}{
		"full and quick":     {newRoom(mib, 4*mib), []answer{{mib - 1, quick, 2 * mib}, {2 * mib, quick, 4 * mib}, {4 * mib, quick, 4 * mib}}},
		"never full":         {newRoom(mib, 4*mib), []answer{{mib / 2, quick, mib}, {100, quick, mib}}},
		"neither":            {newRoom(mib, 4*mib), []answer{{mib, 500 * time.Millisecond, mib}}},
		"slow":               {room{4 * mib, mib, 4 * mib}, []answer{{4 * mib, slow, 2 * mib}, {10, slow, mib}, {mib, slow, mib}}},
		"bounded by setting": {newRoom(2*mib, 2*mib), []answer{{2 * mib, quick, 2 * mib}, {2 * mib, slow, 2 * mib}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := test.room
			for i, a := range test.answers {
				r.answered(a.used, a.took)
				if r.bytes != a.want {
					t.Fatalf("after answer %d the room is %d bytes, want %d", i+1, r.bytes, a.want)
				}
			}
			if r.failed(); r.bytes != r.least {
				t.Errorf("after a failure the room is %d bytes, want %d", r.bytes, r.least)
			}
		})
	}
}

// Requests grow beyond 1 MiB where nothing else is set, as the broker answers at
// once.
func TestRequestsGrow(t *testing.T) {
	for name, test := range map[string]struct {
		setting     int
		least, most int
	}{
		"default":        {0, 3 << 20, 4 << 20},
		"MaxRequestSize": {1 << 20, 1 << 19, 1 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newOldBroker(3)
				b.partitions = 8
				p := b.configured(t, Config{MaxRequestSize: test.setting, BatchSize: 1 << 19})
				value := make([]byte, 16<<10)
				for range 8 { // each time more than five requests in flight can take
					answer := b.hold()
					for i := range 1024 {
						if _, err := p.SendTo(t.Context(), int32(i%8), record.Record{Topic: "t", Value: value}); err != nil {
							t.Fatal(err)
						}
					}
					answer()
					if err := p.Flush(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				var largest int
				b.set(func() {
					for _, r := range b.produced {
						var size int
						for _, part := range r.TopicData[0].PartitionData {
							size += part.Records.Len()
						}
						largest = max(largest, size)
					}
				})
				if largest < test.least || largest > test.most {
					t.Errorf("the largest request has %d bytes, want %d to %d", largest, test.least, test.most)
				}
			})
		})
	}
}
