package assignors

// RebalanceProtocol is what members do with their partitions in a rebalance
// (KIP-429).
type RebalanceProtocol uint8

const (
	// EagerProtocol members give up all their partitions before they rejoin.
	EagerProtocol RebalanceProtocol = iota
	// CooperativeProtocol members keep their partitions and give up only those
	// that the new assignment takes away; a second rebalance hands them on.
	CooperativeProtocol
)

// String returns Kafka's name of the protocol.
func (p RebalanceProtocol) String() string {
	if p == CooperativeProtocol {
		return "COOPERATIVE"
	}
	return "EAGER"
}

// Assignor divides partitions among the members of a group. All members must
// share at least one assignor, by name; the broker picks one that all have.
// Methods are called from one goroutine at a time.
type Assignor interface {
	// Name identifies the assignor among all members of the group, whatever
	// their language: "range", "roundrobin".
	Name() string

	// Protocols returns the rebalance protocols that the assignor supports, at
	// least one. A member uses the most advanced one that all its assignors
	// support.
	Protocols() []RebalanceProtocol

	// UserData returns what this member tells the leader's assignor with its
	// subscription to topics; nil for nothing.
	UserData(topics []string) []byte

	// Assign divides the partitions of topics among members. It is called in
	// the leader only, with all members of the group, and with all topics that
	// any of them subscribed to and that exist, sorted by name. The result has
	// an entry for each member, by member id; members that are missing get
	// nothing. An error makes the leader fail.
	Assign(topics []Topic, members []Member) (map[string]Assignment, error)

	// OnAssignment tells the member its new assignment, before it takes effect, the
	// generation of the group in which it holds, and the member's id: what UserData
	// tells in the next rebalance may be of it.
	OnAssignment(assignment Assignment, generation int32, memberID string)
}

// Default returns the assignors of a member that names none, which are Java's:
// groups are divided by range, and may change to cooperative-sticky one member
// after the other.
func Default() []Assignor { return []Assignor{Range(), CooperativeSticky()} }

// Stateful is an assignor that keeps what it knows of its member: each membership
// gets one of its own, so that a configuration can be used for several.
type Stateful interface {
	Assignor
	// New returns an assignor of the same kind that knows nothing yet.
	New() Assignor
}

// Partitions are numbers of partitions by topic.
type Partitions map[string][]int32

// Count returns the number of partitions over all topics.
func (p Partitions) Count() int {
	n := 0
	for _, partitions := range p {
		n += len(partitions)
	}
	return n
}

// Topic is a topic whose partitions shall be divided.
type Topic struct {
	Name       string
	Partitions []Partition // sorted by number
}

// Partition is one partition of a Topic.
type Partition struct {
	Partition int32
	// Racks are those of the brokers that have a replica, empty names left out
	// (KIP-881).
	Racks []string
}

// Member is one member of the group and what it told when it joined.
type Member struct {
	ID         string
	InstanceID string   // of a static member (KIP-345), else empty
	Topics     []string // the subscription
	UserData   []byte   // from the assignor of the member
	Owned      Partitions
	Generation int32  // in which Owned was assigned, -1 if unknown (KIP-792)
	Rack       string // empty if unknown (KIP-881)
}

// Assignment is what one member gets.
type Assignment struct {
	Partitions Partitions
	// UserData is for the assignor of the member.
	UserData []byte
}

// Eager is to be embedded by assignors that support the eager protocol only,
// and neither send data with the subscription nor care for the assignment.
type Eager struct{}

// Protocols returns EagerProtocol.
func (Eager) Protocols() []RebalanceProtocol { return []RebalanceProtocol{EagerProtocol} }

// UserData returns nil.
func (Eager) UserData([]string) []byte { return nil }

// OnAssignment does nothing.
func (Eager) OnAssignment(Assignment, int32, string) {}
