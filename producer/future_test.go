package producer

import (
	"testing"
	"testing/synctest"

	"github.com/barnabas-go/kafka/record"
)

// The metadata tell the sizes of key and value, and null from empty.
func TestMetadataSizes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newOldBroker(3).configured(t, Config{})
		large := make([]byte, 1<<17)
		for _, tt := range []struct {
			key, value         []byte
			keySize, valueSize int
		}{
			{nil, nil, -1, -1},
			{[]byte{}, []byte("v"), 0, 1},
			{[]byte("key"), []byte{}, 3, 0},
			{nil, large, -1, len(large)},
			{large, nil, len(large), -1},
		} {
			m, err := p.SendSync(t.Context(), record.Record{Topic: "t", Key: tt.key, Value: tt.value})
			if err != nil || m.KeySize != tt.keySize || m.ValueSize != tt.valueSize {
				t.Errorf("%d, %d, %v; want %d, %d", m.KeySize, m.ValueSize, err, tt.keySize, tt.valueSize)
			}
		}
	})
}
