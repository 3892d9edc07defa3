package kafkatest

import (
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/barnabas-go/kafka/protocol"
)

// The brokers behind never die: that is how their state outlives a node. After
// a fault, a node may play the part of another's broker: coordinate the groups
// of a dead one, or be the controller. Then the node passes the requests of
// that part on to the broker whose part it is, and tells clients of the cluster
// as it seems from the front. Leaders need none of it, since the embedded
// brokers move them themselves.

func (c *Cluster) alive(node int32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nodes[node].front != nil
}

// live returns the ids of the nodes that are alive.
func (c *Cluster) live() []int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.liveLocked()
}

func (c *Cluster) liveLocked() []int32 {
	var ids []int32
	for _, n := range c.nodes {
		if n.front != nil {
			ids = append(ids, n.id)
		}
	}
	return ids
}

// Leader returns the node that leads a partition, and an error if there is no
// such partition.
func (c *Cluster) Leader(topic string, partition int32) (int32, error) {
	p, err := c.partition(topic, partition)
	if err != nil {
		return -1, err
	}
	return p.Leader, nil
}

func (c *Cluster) partition(topic string, partition int32) (*kfake.PartitionInfo, error) {
	var p *kfake.PartitionInfo
	err := c.use(func(b *kfake.Cluster) error {
		if p = b.PartitionInfo(topic, partition); p == nil {
			return fmt.Errorf("kafkatest: partition %s-%d does not exist", topic, partition)
		}
		return nil
	})
	return p, err
}

// Controller returns the node that is the controller.
func (c *Cluster) Controller() int32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.controller
}

// Coordinator returns the node that coordinates a group or transactional id.
func (c *Cluster) Coordinator(id string) (int32, error) {
	_, front, err := c.coordinator(id)
	return front, err
}

// coordinator returns the broker that coordinates id and the node that plays
// its part.
func (c *Cluster) coordinator(id string) (broker, front int32, err error) {
	err = c.use(func(b *kfake.Cluster) error {
		broker = b.CoordinatorFor(id)
		return nil
	})
	if err != nil {
		return -1, -1, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	front, moved := c.moves[id]
	if !moved {
		front = broker
	}
	if live := c.liveLocked(); len(live) > 0 && c.nodes[front].front == nil {
		hash := fnv.New32a()
		_, _ = hash.Write([]byte(id)) // never fails
		front = live[hash.Sum32()%uint32(len(live))]
		c.moves[id] = front
	}
	return broker, front, nil
}

// brokersController is the broker that is the controller of the brokers
// behind: they choose the last.
func (c *Cluster) brokersController() int32 { return int32(len(c.nodes) - 1) }

// electController chooses a node that lives if the controller does not.
func (c *Cluster) electController() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if live := c.liveLocked(); len(live) > 0 && c.nodes[c.controller].front == nil {
		c.controller = live[0]
	}
}

// electLeaders gives each partition whose leader is dead another one.
func (c *Cluster) electLeaders() error {
	m, err := c.metadata()
	if err != nil {
		return err
	}
	for _, t := range m.Topics {
		for _, p := range t.Partitions {
			if _, err := c.electLeader(deref(t.Topic), p.Partition); err != nil {
				return err
			}
		}
	}
	return nil
}

// electLeader returns the state of a partition, after it has moved from a dead
// leader to a node that lives, if any does.
func (c *Cluster) electLeader(topic string, partition int32) (*kfake.PartitionInfo, error) {
	c.electing.Lock()
	defer c.electing.Unlock()
	p, err := c.partition(topic, partition)
	if err != nil {
		return nil, err
	}
	live := c.live()
	if len(live) == 0 || slices.Contains(live, p.Leader) {
		return p, nil
	}
	to := live[int(partition)%len(live)]
	err = c.use(func(b *kfake.Cluster) error { return b.MoveTopicPartition(topic, partition, to) })
	if err != nil {
		return nil, fmt.Errorf("kafkatest: electing a leader of %s-%d: %w", topic, partition, err)
	}
	return c.partition(topic, partition)
}

// forwardMoved answers a request at a session's node when parts have moved.
func (c *Cluster) forwardMoved(s *session, req Request) ([]byte, error) {
	switch req.APIKey {
	case protocol.Metadata, protocol.DescribeCluster, protocol.FindCoordinator, protocol.OffsetForLeaderEpoch:
		return c.describe(s, req)
	case protocol.ListGroups:
		return c.listGroups(s, req)
	case protocol.CreateTopics, protocol.DeleteTopics, protocol.CreatePartitions, protocol.AlterUserScramCredentials:
		return s.roundTrip(c.brokerFor(s.node.id, c.brokersController(), c.Controller()), req)
	}
	kreq, err := req.parse()
	if err != nil {
		return nil, err
	}
	id := coordinated(kreq)
	if id == nil {
		return s.roundTrip(s.node.id, req)
	}
	broker, front, err := c.coordinator(*id)
	if err != nil {
		return nil, err
	}
	return s.roundTrip(c.brokerFor(s.node.id, broker, front), req)
}

// brokerFor returns which broker answers for a node when a part is broker's but
// played by the node front: broker at that node, and elsewhere one that will
// say that the part is not its own.
func (c *Cluster) brokerFor(node, broker, front int32) int32 {
	switch {
	case node == front:
		return broker
	case node != broker:
		return node
	}
	return front // which is not broker, for node is and is not front
}

// coordinated returns the group or transactional id whose coordinator the
// request is for, nil if it is for none.
func coordinated(kreq kmsg.Request) *string {
	switch r := kreq.(type) {
	case *kmsg.JoinGroupRequest:
		return &r.Group
	case *kmsg.SyncGroupRequest:
		return &r.Group
	case *kmsg.HeartbeatRequest:
		return &r.Group
	case *kmsg.LeaveGroupRequest:
		return &r.Group
	case *kmsg.OffsetCommitRequest:
		return &r.Group
	case *kmsg.OffsetFetchRequest:
		if len(r.Groups) > 0 {
			return &r.Groups[0].Group
		}
		return &r.Group
	case *kmsg.OffsetDeleteRequest:
		return &r.Group
	case *kmsg.DescribeGroupsRequest:
		return first(r.Groups)
	case *kmsg.DeleteGroupsRequest:
		return first(r.Groups)
	case *kmsg.ConsumerGroupHeartbeatRequest:
		return &r.Group
	case *kmsg.ConsumerGroupDescribeRequest:
		return first(r.Groups)
	case *kmsg.ShareGroupHeartbeatRequest:
		return &r.GroupID
	case *kmsg.ShareGroupDescribeRequest:
		return first(r.GroupIDs)
	case *kmsg.AlterShareGroupOffsetsRequest:
		return &r.GroupID
	case *kmsg.DeleteShareGroupOffsetsRequest:
		return &r.GroupID
	case *kmsg.DescribeShareGroupOffsetsRequest:
		if len(r.Groups) > 0 {
			return &r.Groups[0].GroupID
		}
	}
	return transactional(kreq)
}

// transactional is coordinated for the requests of transactions.
func transactional(kreq kmsg.Request) *string {
	switch r := kreq.(type) {
	case *kmsg.InitProducerIDRequest:
		return r.TransactionalID
	case *kmsg.AddPartitionsToTxnRequest:
		if len(r.Transactions) > 0 {
			return &r.Transactions[0].TransactionalID
		}
		return &r.TransactionalID
	case *kmsg.AddOffsetsToTxnRequest:
		return &r.TransactionalID
	case *kmsg.EndTxnRequest:
		return &r.TransactionalID
	case *kmsg.TxnOffsetCommitRequest:
		return &r.Group
	case *kmsg.DescribeTransactionsRequest:
		return first(r.TransactionalIDs)
	}
	return nil
}

func first(ids []string) *string {
	if len(ids) == 0 {
		return nil
	}
	return &ids[0]
}
