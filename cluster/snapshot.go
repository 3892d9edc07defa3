package cluster

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"sort"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// Snapshot is what was known of the cluster at one moment. It never changes,
// and all its methods are safe for concurrent use. Slices and pointers that it
// returns belong to it: do not change what they hold.
type Snapshot struct {
	// ClusterID is empty until a broker told it (Kafka 0.10.1 and later do).
	ClusterID string
	// Controller is the id of the controller, NoNode if not known. A cluster
	// without ZooKeeper names any broker here, which passes requests on.
	Controller int32

	nodes  map[int32]Node
	topics map[string]*Topic
	byID   map[wire.UUID]*Topic

	// coordinators holds the node for each key, NoNode after an error.
	coordinators map[coordinatorKey]int32
	// coordinatorNodes are coordinators that no metadata response has named.
	coordinatorNodes map[int32]Node
}

type coordinatorKey struct {
	kind CoordinatorKind
	key  string
}

// emptySnapshot is what is known before the first update.
func emptySnapshot() *Snapshot { return &Snapshot{Controller: NoNode} }

// Topic is a topic and its partitions.
type Topic struct {
	Name string
	// ID is zero for brokers before Kafka 2.8.
	ID wire.UUID
	// Internal tells a topic of Kafka's own, such as __consumer_offsets.
	Internal bool
	// Err is what the last answer had instead of partitions, ErrNone if it had
	// them. There are no Partitions if it is set.
	Err protocol.ErrorCode
	// Partitions by ascending number. Kafka numbers them from 0 without gaps, so
	// that the index is the number; a broken answer may have gaps.
	Partitions []Partition
}

// Partition is one partition of a topic.
type Partition struct {
	Partition int32
	// Leader is the id of the leader, NoNode if there is none.
	Leader int32
	// LeaderEpoch counts the leaders, -1 if not known: brokers before Kafka 2.4 do
	// not tell it reliably.
	LeaderEpoch int32
	// Replicas has the ids of all nodes that host the partition, the preferred
	// leader first; ISR those in sync, Offline those that are down.
	Replicas, ISR, Offline []int32
	// Err is what the last answer said of the partition, such as
	// ErrLeaderNotAvailable; ErrNone mostly.
	Err protocol.ErrorCode
}

// Partition returns the partition with a number.
func (t *Topic) Partition(number int32) (*Partition, bool) {
	if i := int(number); i >= 0 && i < len(t.Partitions) && t.Partitions[i].Partition == number {
		return &t.Partitions[i], true
	}
	i := sort.Search(len(t.Partitions), func(i int) bool { return t.Partitions[i].Partition >= number })
	if i < len(t.Partitions) && t.Partitions[i].Partition == number {
		return &t.Partitions[i], true
	}
	return nil, false
}

// Topic returns a topic by name. It also returns a topic that the brokers
// answered with an error: see [Topic].Err.
func (s *Snapshot) Topic(name string) (*Topic, bool) {
	t, ok := s.topics[name]
	return t, ok
}

// TopicByID returns a topic by its id (KIP-516).
func (s *Snapshot) TopicByID(id wire.UUID) (*Topic, bool) {
	t, ok := s.byID[id]
	return t, ok
}

// Topics returns all topics that have partitions, internal ones too, in no
// order.
func (s *Snapshot) Topics() iter.Seq[*Topic] {
	return func(yield func(*Topic) bool) {
		for _, t := range s.topics {
			if t.Err == protocol.ErrNone && !yield(t) {
				return
			}
		}
	}
}

// Leader returns the leader of a partition and its epoch, -1 if not known; ok is
// false if the partition is not known or has no leader.
func (s *Snapshot) Leader(tp TopicPartition) (node int32, epoch int32, ok bool) {
	t, found := s.topics[tp.Topic]
	if !found {
		return NoNode, -1, false
	}
	p, found := t.Partition(tp.Partition)
	if !found {
		return NoNode, -1, false
	}
	return p.Leader, p.LeaderEpoch, p.Leader != NoNode
}

// Node returns a broker by id.
func (s *Snapshot) Node(id int32) (Node, bool) {
	if n, ok := s.nodes[id]; ok {
		return n, true
	}
	n, ok := s.coordinatorNodes[id]
	return n, ok
}

// Nodes returns the brokers by ascending id.
func (s *Snapshot) Nodes() []Node {
	return slices.SortedFunc(maps.Values(s.nodes), func(a, b Node) int { return cmp.Compare(a.ID, b.ID) })
}

// clone returns a copy whose maps may be changed as long as nobody else sees it.
func (s *Snapshot) clone() *Snapshot {
	c := *s
	c.nodes = cloneMap(s.nodes)
	c.topics = cloneMap(s.topics)
	c.byID = cloneMap(s.byID)
	c.coordinators = cloneMap(s.coordinators)
	c.coordinatorNodes = cloneMap(s.coordinatorNodes)
	return &c
}

// cloneMap is maps.Clone that makes a map of nil.
func cloneMap[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return make(map[K]V)
	}
	return maps.Clone(m)
}

// put adds or replaces a topic.
func (s *Snapshot) put(t *Topic) {
	if old, ok := s.topics[t.Name]; ok {
		delete(s.byID, old.ID)
	}
	s.topics[t.Name] = t
	if !t.ID.IsZero() {
		s.byID[t.ID] = t
	}
}
