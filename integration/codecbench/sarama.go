package main

import (
	"fmt"
	_ "unsafe" // for go:linkname

	"unsafe"

	"github.com/IBM/sarama"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/rcrowley/go-metrics"
)

// Sarama exports its messages, but nothing that turns them into bytes or back:
// its exported functions all send them to a broker. A Broker on an in-memory
// connection would add goroutines, channels and the reading of the frame to what
// is measured. So these two functions are linked to directly; their interfaces,
// which are unexported too, are had from an exported method that takes the one
// and returns the other.

//go:linkname saramaVersionedDecode github.com/IBM/sarama.versionedDecode
func saramaVersionedDecode()

//go:linkname saramaEncode github.com/IBM/sarama.encode
func saramaEncode()

var saramaCodec = saramaCodecOf((*sarama.MockWrapper).For)

// saramaCodecOf is called for the types that it infers: D is sarama's
// versionedDecoder, E its encoderWithHeader. The latter stands for sarama's
// encoder, whose only method is also its first.
func saramaCodecOf[D, E any](func(*sarama.MockWrapper, D) E) codec {
	decodeFunc, encodeFunc := saramaVersionedDecode, saramaEncode
	decode := *(*func([]byte, D, int16, metrics.Registry) error)(unsafe.Pointer(&decodeFunc))
	encode := *(*func(E, metrics.Registry) ([]byte, error))(unsafe.Pointer(&encodeFunc))
	return codec{
		name:  "sarama",
		knows: func(m *message) bool { return m.version <= saramaMax(m) },
		decoder: func(m *message) func() (any, error) {
			return func() (any, error) {
				msg := newSarama(m)
				err := decode(m.body, msg.(D), m.version, nil)
				return msg, err
			}
		},
		encoder: func(_ *message, decoded any) func() ([]byte, error) {
			return func() ([]byte, error) { return encode(decoded.(E), nil) }
		},
		walk: walkSarama,
	}
}

func newSarama(m *message) any {
	switch {
	case m.request:
		return new(sarama.ProduceRequest)
	case m.key == protocol.Metadata:
		return new(sarama.MetadataResponse)
	case m.key == protocol.Fetch:
		return new(sarama.FetchResponse)
	case m.key == protocol.Produce:
		return new(sarama.ProduceResponse)
	}
	panic(fmt.Sprintf("%s is not among the messages that are measured", m))
}

// saramaMax is what isValidVersion of sarama's messages says.
func saramaMax(m *message) int16 {
	switch m.key {
	case protocol.Metadata:
		return 11
	case protocol.Fetch:
		return 12
	}
	return 10
}
