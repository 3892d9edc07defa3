package protocol_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// consumerMessage is how a structure of the consumer protocol is read and
// written, for a test that is the same for both.
type consumerMessage struct {
	schema string
	decode func([]byte) (any, error)
	encode func(any, int16) ([]byte, error)
}

var consumerMessages = []consumerMessage{
	{
		"ConsumerProtocolSubscription",
		func(b []byte) (any, error) { return protocol.DecodeConsumerSubscription(b) },
		func(v any, version int16) ([]byte, error) {
			return protocol.EncodeConsumerSubscription(v.(*protocol.ConsumerSubscription), version)
		},
	},
	{
		"ConsumerProtocolAssignment",
		func(b []byte) (any, error) { return protocol.DecodeConsumerAssignment(b) },
		func(v any, version int16) ([]byte, error) {
			return protocol.EncodeConsumerAssignment(v.(*protocol.ConsumerAssignment), version)
		},
	},
}

func TestConsumerProtocolSchemas(t *testing.T) {
	for _, msg := range consumerMessages {
		t.Run(msg.schema, func(t *testing.T) {
			for _, release := range releases {
				s := loadSchema(t, release, msg.schema)
				if last := s.versions()[len(s.versions())-1]; last != protocol.ConsumerProtocolVersion {
					t.Errorf("%s has versions up to %d", release, last)
				}
				for _, version := range s.versions() {
					testConsumerMessage(t, msg, s, version)
				}
			}
		})
	}
}

func testConsumerMessage(t *testing.T, msg consumerMessage, s *schema, version int16) {
	g := &generator{Rand: rand.New(rand.NewPCG(1, uint64(version))), version: version}
	k := checker{s, version, map[string]bool{}}
	for range rounds {
		rec := g.record(s.Fields)
		in := g.encode([]byte{0, byte(version)}, s.Fields, rec, false)
		v, err := msg.decode(in)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.structure(reflect.ValueOf(v).Elem(), s.Fields, rec); err != nil {
			t.Fatalf("v%d: %v", version, err)
		}
		out, err := msg.encode(v, version)
		if err != nil || !bytes.Equal(out, in) {
			t.Fatalf("v%d: encoded %x (%v), want %x", version, out, err, in)
		}
		if _, err := msg.decode(in[:g.IntN(len(in))]); !errors.Is(err, wire.ErrMalformed) {
			t.Fatalf("v%d: a structure cut short gives %v", version, err)
		}
	}
	if list := k.uncovered(reflect.TypeFor[protocol.ConsumerAssignment]()); s.Name == "ConsumerProtocolAssignment" && len(list) > 0 {
		t.Errorf("no schema has %v", list)
	}
}

// A newer peer may send a newer version with more at its end.
func TestConsumerProtocolFromTheFuture(t *testing.T) {
	sub := &protocol.ConsumerSubscription{Topics: []string{"t"}, GenerationID: 7}
	b, err := protocol.EncodeConsumerSubscription(sub, 3)
	if err != nil {
		t.Fatal(err)
	}
	b[1] = 9 // the version
	got, err := protocol.DecodeConsumerSubscription(append(b, "more"...))
	if err != nil || !reflect.DeepEqual(got, sub) {
		t.Errorf("got %+v (%v), want %+v", got, err, sub)
	}
	b[0] = 0xff
	if _, err := protocol.DecodeConsumerSubscription(b); !errors.Is(err, wire.ErrMalformed) {
		t.Errorf("a negative version gives %v", err)
	}
	if _, err := protocol.EncodeConsumerSubscription(sub, 4); err == nil {
		t.Error("an unknown version was encoded")
	}
}

// Bytes of kafka-python.
func TestConsumerProtocolVectors(t *testing.T) {
	for i, tt := range []struct {
		value any
		want  string
	}{
		{&protocol.ConsumerSubscription{Topics: []string{"t0", "t1"}, UserData: []byte{}, GenerationID: -1},
			"000000000002000274300002743100000000"},
		{&protocol.ConsumerAssignment{AssignedPartitions: []protocol.TopicPartitions{
			{Topic: "t0", Partitions: []int32{0, 2}}, {Topic: "t1", Partitions: []int32{1}},
		}, UserData: []byte{}}, "00000000000200027430000000020000000000000002000274310000000100000001" + "00000000"},
	} {
		msg := consumerMessages[i]
		b, err := msg.encode(tt.value, 0)
		if got := hex.EncodeToString(b); err != nil || got != tt.want {
			t.Errorf("%s: %s (%v), want %s", msg.schema, got, err, tt.want)
		}
		if got, err := msg.decode(b); err != nil || !reflect.DeepEqual(got, tt.value) {
			t.Errorf("%s: %+v (%v), want %+v", msg.schema, got, err, tt.value)
		}
	}
}
