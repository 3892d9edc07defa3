package coordinator

import (
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/protocol"
)

// FuzzSubscriptions takes any bytes for what the members of a group told when they
// joined, and does all that the leader and then the members do: each partition
// goes to exactly one subscriber, whatever the others sent.
func FuzzSubscriptions(f *testing.F) {
	seed := func(version int16, s protocol.ConsumerSubscription) []byte {
		b, err := protocol.EncodeConsumerSubscription(&s, version)
		if err != nil {
			f.Fatal(err)
		}
		return b
	}
	rack := "r1"
	owned := []protocol.TopicPartitions{{Topic: "t0", Partitions: []int32{0, 2}}, {Topic: "t1", Partitions: []int32{1}}}
	f.Add(
		seed(0, protocol.ConsumerSubscription{Topics: []string{"t0", "t1"}, UserData: []byte{}, GenerationID: -1}),
		seed(1, protocol.ConsumerSubscription{Topics: []string{"t1", "t22"}, UserData: []byte("data"), OwnedPartitions: owned, GenerationID: -1}),
		seed(3, protocol.ConsumerSubscription{Topics: []string{"t0", "t22", ""}, OwnedPartitions: owned, GenerationID: 7, RackID: &rack}))
	f.Add([]byte(nil), []byte{0}, []byte{0, 9, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 'x'})
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		l := &loop{Group: &Group{membership: &membership{log: slog.New(slog.DiscardHandler)}, m: newMember("", false)}}
		for i, metadata := range [][]byte{a, b, c} {
			l.m.members = append(l.m.members, protocol.JoinGroupResponseMember{MemberID: fmt.Sprint("m", i), Metadata: metadata})
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		members := l.members()
		runtime.ReadMemStats(&after)
		size := len(a) + len(b) + len(c)
		if n := after.TotalAlloc - before.TotalAlloc; n > uint64(16<<10+128*size) {
			t.Fatalf("%d bytes allocated for subscriptions of %d", n, size)
		}
		for _, assignor := range []assignors.Assignor{assignors.Range(), assignors.RoundRobin(), assignors.Sticky()} {
			checkDivision(t, assignor, members)
		}
	})
}

// checkDivision divides topics of a few partitions each among members, and reads
// the assignments as the members do.
func checkDivision(t *testing.T, assignor assignors.Assignor, members []assignors.Member) {
	subscribers := make(map[string][]string) // by topic
	for _, m := range members {
		for _, topic := range m.Topics {
			subscribers[topic] = append(subscribers[topic], m.ID)
		}
	}
	var topics []assignors.Topic
	left := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(subscribers)) {
		topic := assignors.Topic{Name: name}
		for p := range int32(len(name)%4 + 1) {
			topic.Partitions = append(topic.Partitions, assignors.Partition{Partition: p})
			left[fmt.Sprint(name, "-", p)] = true
		}
		topics = append(topics, topic)
	}
	assignments, err := assignor.Assign(topics, members)
	if err != nil {
		t.Fatal(err)
	}
	shares, err := encodeShares(members, assignments)
	if err != nil || len(shares) != len(members) {
		t.Fatalf("%d shares of %d members: %v", len(shares), len(members), err)
	}
	for i, share := range shares {
		got, err := protocol.DecodeConsumerAssignment(share.Assignment)
		if err != nil || share.MemberID != members[i].ID || !reflect.DeepEqual(partitionsOf(got.AssignedPartitions), assignments[members[i].ID].Partitions) {
			t.Fatalf("%s: %s gets %+v (%v), of %+v", assignor.Name(), share.MemberID, got, err, assignments)
		}
		for _, topic := range got.AssignedPartitions {
			for _, p := range topic.Partitions {
				tp := fmt.Sprint(topic.Topic, "-", p)
				if !left[tp] || !slices.Contains(subscribers[topic.Topic], share.MemberID) {
					t.Fatalf("%s: %s gets %s, of %+v", assignor.Name(), share.MemberID, tp, assignments)
				}
				delete(left, tp)
			}
		}
	}
	if len(left) > 0 {
		t.Fatalf("%s: nobody gets %v", assignor.Name(), left)
	}
}
