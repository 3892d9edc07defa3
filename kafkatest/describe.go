package kafkatest

import (
	"net"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/barnabas-go/kafka/protocol"
)

// describe answers a request about the cluster as it seems from the front.
func (c *Cluster) describe(s *session, req Request) ([]byte, error) {
	frame, err := s.roundTrip(s.node.id, req)
	if err != nil {
		return nil, err
	}
	kreq, err := req.parse()
	if err != nil {
		return nil, err
	}
	resp, err := parseResponse(kreq, frame)
	if err != nil {
		return nil, err
	}
	switch r := resp.(type) {
	case *kmsg.MetadataResponse:
		err = c.correctMetadata(r)
	case *kmsg.DescribeClusterResponse:
		live := c.live()
		r.ControllerID = c.Controller()
		r.Brokers = slices.DeleteFunc(r.Brokers, func(b kmsg.DescribeClusterResponseBroker) bool {
			return !slices.Contains(live, b.NodeID)
		})
	case *kmsg.OffsetForLeaderEpochResponse:
		err = c.correctEpochs(kreq.(*kmsg.OffsetForLeaderEpochRequest), r)
	case *kmsg.FindCoordinatorResponse:
		err = c.correctCoordinators(kreq.(*kmsg.FindCoordinatorRequest), r)
	}
	if err != nil {
		return nil, err
	}
	return frameResponse(resp, req.CorrelationID), nil
}

// correctMetadata takes the dead nodes out, and has leaders elected in place
// of those that are dead.
func (c *Cluster) correctMetadata(r *kmsg.MetadataResponse) error {
	live := c.live()
	dead := func(id int32) bool { return !slices.Contains(live, id) }
	r.ControllerID = c.Controller()
	r.Brokers = slices.DeleteFunc(r.Brokers, func(b kmsg.MetadataResponseBroker) bool { return dead(b.NodeID) })
	for _, t := range r.Topics {
		for i := range t.Partitions {
			p := &t.Partitions[i]
			if dead(p.Leader) {
				elected, err := c.electLeader(deref(t.Topic), p.Partition)
				if err != nil {
					return err
				}
				p.Leader, p.LeaderEpoch = elected.Leader, elected.Epoch
			}
			if dead(p.Leader) {
				p.Leader, p.ErrorCode = -1, int16(protocol.ErrLeaderNotAvailable)
			}
			for _, id := range p.Replicas {
				if dead(id) {
					p.OfflineReplicas = append(p.OfflineReplicas, id)
				}
			}
			p.ISR = slices.DeleteFunc(slices.Clone(p.ISR), dead)
		}
	}
	return nil
}

// correctEpochs tells where an epoch ended that was the last until an election,
// after which nothing has been written: at the end of the log. The embedded
// brokers, which know epochs only by their records, answer that they do not
// know, and a client would take that for lost records. Kafka notes an epoch when
// its leader is elected (Partition.makeLeader).
func (c *Cluster) correctEpochs(req *kmsg.OffsetForLeaderEpochRequest, r *kmsg.OffsetForLeaderEpochResponse) error {
	type key struct {
		topic     string
		partition int32
	}
	asked := make(map[key]int32)
	for _, t := range req.Topics {
		for _, p := range t.Partitions {
			asked[key{t.Topic, p.Partition}] = p.LeaderEpoch
		}
	}
	for _, t := range r.Topics {
		for i := range t.Partitions {
			p := &t.Partitions[i]
			epoch := asked[key{t.Topic, p.Partition}]
			if p.ErrorCode != 0 || p.EndOffset >= 0 || epoch < 0 {
				continue
			}
			now, err := c.partition(t.Topic, p.Partition)
			if err != nil {
				return err
			}
			if epoch < now.Epoch {
				p.LeaderEpoch, p.EndOffset = epoch, now.HighWatermark
			}
		}
	}
	return nil
}

// correctCoordinators names the nodes that play the coordinators' parts.
func (c *Cluster) correctCoordinators(req *kmsg.FindCoordinatorRequest, r *kmsg.FindCoordinatorResponse) error {
	if len(r.Coordinators) == 0 && r.ErrorCode == 0 {
		var err error
		r.NodeID, r.Host, r.Port, err = c.coordinatorAddr(req.CoordinatorKey)
		return err
	}
	for i := range r.Coordinators {
		k := &r.Coordinators[i]
		if k.ErrorCode != 0 {
			continue
		}
		var err error
		if k.NodeID, k.Host, k.Port, err = c.coordinatorAddr(k.Key); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) coordinatorAddr(id string) (node int32, host string, port int32, err error) {
	_, node, err = c.coordinator(id)
	if err != nil {
		return -1, "", 0, err
	}
	host, portText, err := net.SplitHostPort(c.nodes[node].addr.String())
	if err != nil {
		return -1, "", 0, err
	}
	n, err := strconv.Atoi(portText)
	return node, host, int32(n), err
}

// listGroups answers with the groups that the session's node coordinates,
// whichever broker has them.
func (c *Cluster) listGroups(s *session, req Request) ([]byte, error) {
	kreq, err := req.parse()
	if err != nil {
		return nil, err
	}
	all := kreq.ResponseKind().(*kmsg.ListGroupsResponse)
	for _, n := range c.nodes {
		frame, err := s.roundTrip(n.id, req)
		if err != nil {
			return nil, err
		}
		resp, err := parseResponse(kreq, frame)
		if err != nil {
			return nil, err
		}
		for _, g := range resp.(*kmsg.ListGroupsResponse).Groups {
			_, front, err := c.coordinator(g.Group)
			if err != nil {
				return nil, err
			}
			if front == s.node.id {
				all.Groups = append(all.Groups, g)
			}
		}
	}
	return frameResponse(all, req.CorrelationID), nil
}
