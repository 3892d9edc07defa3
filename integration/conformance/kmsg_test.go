package conformance

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// rounds is how many random messages are tried per version and direction.
const rounds = 25

// theirs is a request or a response of kmsg.
type theirs interface {
	MaxVersion() int16
	SetVersion(int16)
	AppendTo([]byte) []byte
	ReadFrom([]byte) error
}

// pair is one message in one version, of ours and of kmsg's.
type pair struct {
	key        protocol.APIKey
	name       string
	version    int16
	flexible   bool
	known      bool // to kmsg too
	newOurs    func() protocol.Message
	newTheirs  func() theirs
	*rand.Rand // fills the messages
}

// pairs returns all messages in all versions that both sides know.
func pairs() []*pair {
	return slices.DeleteFunc(allPairs(), func(p *pair) bool { return !p.known })
}

// allPairs returns all messages in all versions that we know.
func allPairs() []*pair {
	var list []*pair
	for _, api := range protocol.APIs() {
		key := int16(api.Key)
		directions := []pair{
			{
				name:      api.Name + "Request",
				newOurs:   func() protocol.Message { return api.NewRequest() },
				newTheirs: func() theirs { return kmsg.RequestForKey(key) },
			},
			{
				name:      api.Name + "Response",
				newOurs:   func() protocol.Message { return api.NewResponse() },
				newTheirs: func() theirs { return kmsg.ResponseForKey(key) },
			},
		}
		for _, p := range directions {
			for v := api.Min; v <= api.Max; v++ {
				one := p
				one.key, one.version, one.flexible = api.Key, v, api.IsFlexible(v)
				one.known = v <= p.newTheirs().MaxVersion()
				one.Rand = rand.New(rand.NewPCG(uint64(v), uint64(key)))
				list = append(list, &one)
			}
		}
	}
	return list
}

// strayTags are the fields that kmsg writes as tags in flexible versions which
// do not have them yet, where Kafka's own code leaves them out or fails.
var strayTags = []struct {
	message, field string
	since          int16
}{
	{"ProduceResponse", "Topics.Partitions.CurrentLeader", 10},
	{"ProduceResponse", "Brokers", 10},
	{"FetchRequest", "ReplicaState", 15},
	{"FetchRequest", "Topics.Partitions.ReplicaDirectoryID", 17},
	{"FetchRequest", "Topics.Partitions.HighWatermark", 18},
	{"FetchResponse", "Brokers", 16},
}

// filled returns a message of kmsg with random content.
func (p *pair) filled() theirs {
	msg := p.newTheirs()
	msg.SetVersion(p.version)
	fill(p.Rand, msg)
	for _, stray := range strayTags {
		if p.name == stray.message && p.version < stray.since {
			resetField(reflect.ValueOf(msg).Elem(), strings.Split(stray.field, "."))
		}
	}
	if r, ok := msg.(*kmsg.ShareFetchResponse); ok && p.version >= 1 {
		noNullRecords(r)
	}
	return msg
}

// noNullRecords empties records that are null, which kmsg writes in versions
// where Kafka's own code fails.
func noNullRecords(r *kmsg.ShareFetchResponse) {
	for i := range r.Topics {
		for j := range r.Topics[i].Partitions {
			if p := &r.Topics[i].Partitions[j]; p.Records == nil {
				p.Records = []byte{}
			}
		}
	}
}

func (p *pair) decodeOurs(b []byte) (protocol.Message, error) {
	msg := p.newOurs()
	c := wire.NewDecoder(b, p.version, p.flexible)
	msg.Code(c)
	c.End()
	return msg, c.Err()
}

func (p *pair) encodeOurs(msg protocol.Message) ([]byte, error) {
	c := wire.NewEncoder(nil)
	c.Version, c.Flexible = p.version, p.flexible
	msg.Code(c)
	return c.Flat(), c.Err()
}

// TestTheirsToOurs fills messages of kmsg, whose bytes ours must read, mean the
// same by, and write again.
func TestTheirsToOurs(t *testing.T) {
	fields := 0
	list := pairs()
	for _, p := range list {
		for range rounds {
			kmsgs := p.filled()
			in := kmsgs.AppendTo(nil)
			ours, err := p.decodeOurs(in)
			if err != nil {
				t.Fatalf("%s v%d: decode %x: %v", p.name, p.version, in, err)
			}
			out, err := p.encodeOurs(ours)
			if err != nil || !bytes.Equal(out, in) {
				t.Fatalf("%s v%d: encoded\n%x (%v), kmsg has\n%x", p.name, p.version, out, err, in)
			}
			back := p.newTheirs()
			back.SetVersion(p.version)
			if err := back.ReadFrom(in); err != nil {
				t.Fatalf("%s v%d: kmsg cannot read its own: %v", p.name, p.version, err)
			}
			k := comparison{encode: func() []byte { return back.AppendTo(nil) }}
			if err := k.structs(reflect.ValueOf(ours).Elem(), reflect.ValueOf(back).Elem()); err != nil {
				t.Fatalf("%s v%d: %v", p.name, p.version, err)
			}
			fields += k.fields
		}
	}
	t.Logf("%d versions of messages, %d fields compared", len(list), fields)
}

// TestLongArrays is TestTheirsToOurs with arrays of 10,000 elements and the
// longest strings, in the first and the last version of each message.
func TestLongArrays(t *testing.T) {
	bytesRead := 0
	for _, p := range pairs() {
		if api := protocol.Lookup(p.key); p.version != api.Min && p.version != min(api.Max, p.newTheirs().MaxVersion()) {
			continue
		}
		kmsgs := p.filled()
		lengthen(reflect.ValueOf(kmsgs).Elem())
		in := kmsgs.AppendTo(nil)
		bytesRead += len(in)
		ours, err := p.decodeOurs(in)
		if err != nil {
			t.Fatalf("%s v%d: %v", p.name, p.version, err)
		}
		if out, err := p.encodeOurs(ours); err != nil || !bytes.Equal(out, in) {
			t.Errorf("%s v%d: encoded %d bytes (%v), kmsg has %d others", p.name, p.version, len(out), err, len(in))
		}
	}
	t.Logf("%d MB of messages are the same", bytesRead>>20)
}

// vary gives each field of ours another random value, unless the version refuses
// it, and returns how many it has set.
func (p *pair) vary(t *testing.T, ours protocol.Message) int {
	n := 0
	for leaf := range leaves(ours) {
		old := clone(leaf)
		fillValue(p.Rand, leaf)
		for leaf.CanInt() && leaf.Int() == -1 { // kmsg leaves out tagged structs that are all -1
			fillValue(p.Rand, leaf)
		}
		_, err := p.encodeOurs(ours)
		switch {
		case errors.Is(err, wire.ErrUnsupported):
			leaf.Set(old)
		case err != nil:
			t.Fatalf("%s v%d: %v", p.name, p.version, err)
		default:
			n++
		}
	}
	return n
}
