package coordinator

import (
	"context"
	"errors"
	"testing"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// What was read of a topic is not committed for another of the same name, which was
// created after the topic was deleted, where the broker knows topics by their ids.
func TestCommitOfTopicCreatedAnew(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		o := newOffsets(t, c, nil)
		for _, topic := range []string{"t", "u"} {
			if _, err := o.client.WaitTopic(t.Context(), topic); err != nil {
				t.Fatal(err)
			}
		}
		offsets := offsetMap{tp("t", 0): {Offset: 5, LeaderEpoch: 3, Metadata: "m"}, tp("u", 1): {Offset: 7, LeaderEpoch: 4}}
		if err := o.Commit(t.Context(), offsets); err != nil {
			t.Fatal(err)
		}
		if req := all[*protocol.OffsetCommitRequest](c)[0]; req.Topics[0].TopicID != topicID("t") {
			t.Errorf("committed to %+v", req.Topics[0])
		}
		got, err := o.Fetch(t.Context(), []cluster.TopicPartition{tp("t", 0), tp("t", 1), tp("u", 1)})
		if err != nil || len(got) != 2 || got[tp("t", 0)] != offsets[tp("t", 0)] || got[tp("u", 1)] != offsets[tp("u", 1)] {
			t.Errorf("%v, %v", got, err)
		}

		c.set(func() { c.ids["t"] = wire.UUID{0xee} })
		delete(c.group.offsets, tp("t", 0)) // as brokers do with those of a topic that is deleted
		offsets[tp("t", 0)] = OffsetAndMetadata{Offset: 6, LeaderEpoch: 3}
		offsets[tp("u", 1)] = OffsetAndMetadata{Offset: 8, LeaderEpoch: 4}
		if err := o.Commit(within(t, 5*second), offsets); !errors.Is(err, protocol.ErrUnknownTopicID) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("commit of what was read before: %v", err)
		}
		got, err = o.Fetch(within(t, 5*second), []cluster.TopicPartition{tp("t", 0), tp("u", 1)})
		if _, there := got[tp("t", 0)]; there || err != nil || got[tp("u", 1)].Offset != 8 {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// The coordinator that does not know a new topic yet is asked again.
func TestOffsetsOfTopicThatIsLate(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		o := newOffsets(t, c, nil)
		if _, err := o.client.WaitTopic(t.Context(), "t"); err != nil {
			t.Fatal(err)
		}
		for _, key := range []protocol.APIKey{protocol.OffsetCommit, protocol.OffsetFetch} {
			left := 3
			c.set(func() {
				c.script = func(req protocol.Request) protocol.Response {
					if req.APIKey() != key || left == 0 {
						return nil
					}
					left--
					switch req := req.(type) {
					case *protocol.OffsetCommitRequest:
						return commitResponse(req, func(string, int32) protocol.ErrorCode { return protocol.ErrUnknownTopicID })
					case *protocol.OffsetFetchRequest:
						return c.group.fetch(req) // without the names
					}
					return nil
				}
			})
			if err := o.Commit(within(t, 5*second), offsetMap{tp("t", 0): {Offset: 1}}); err != nil {
				t.Errorf("%v: %v", key, err)
			}
			got, err := o.Fetch(within(t, 5*second), []cluster.TopicPartition{tp("t", 0)})
			if err != nil || got[tp("t", 0)].Offset != 1 || left > 0 {
				t.Errorf("%v: %v, %v", key, got, err)
			}
		}
	})
}
